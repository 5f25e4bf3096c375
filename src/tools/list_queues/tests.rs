//! Queues of the memory tracker, as a client sees them.

use std::sync::Arc;

use backends::model::{Load, Queue, Queues, RunId, RunningJob, WaitingJob, Worker};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::memory_tracker::{MemoryTracker, answer, ask, notes, rows};

fn waiting(run: &str) -> WaitingJob {
    WaitingJob {
        run: RunId::new(run),
        name: Some(format!("train {run}")),
        since: Some(Timestamp::from_second(1_795_170_000).unwrap()),
    }
}

fn queue(name: &str, jobs: usize) -> Queue {
    let waiting = (1..=jobs).map(|number| waiting(&format!("{name}-{number}"))).collect();
    Queue { id: format!("id of {name}"), name: name.to_owned(), tags: vec!["a100".to_owned()], waiting }
}

fn worker(id: &str, queues: &[&str], busy: bool) -> Worker {
    let job = RunningJob {
        run: RunId::new("r9"),
        name: Some("resnet".to_owned()),
        project: Some("vision".to_owned()),
        running_for: Some(SignedDuration::from_hours(3)),
        last_iteration: Some(199),
    };
    Worker {
        id: id.to_owned(),
        host: Some("10.0.0.7".to_owned()),
        queues: queues.iter().map(|name| format!("id of {name}")).collect(),
        job: busy.then_some(job),
        seen: Some(Timestamp::from_second(1_795_170_600).unwrap()),
        load: Load { gpu_percent: busy.then_some(87.5), ..Load::default() },
        ..Worker::default()
    }
}

fn lab(queues: Vec<Queue>, workers: Vec<Worker>) -> MemoryTracker {
    MemoryTracker::of(Vec::new()).with_queues(Queues { queues, workers, notes: Vec::new() })
}

async fn listed(tracker: MemoryTracker) -> Value {
    answer(tracker, "list_queues", json!({})).await
}

#[tokio::test]
async fn why_a_job_does_not_start_stands_with_its_queue() {
    let queues = vec![queue("cpu", 1), queue("gpu", 2), queue("idle", 1), queue("empty", 0)];
    let workers = vec![
        worker("a:gpu0", &["gpu"], true),
        worker("a:gpu1", &["gpu"], true),
        worker("b", &["idle", "empty"], false),
    ];

    let found = listed(lab(queues, workers)).await;

    let states: Vec<String> =
        rows(&found, "queues").iter().map(|row| format!("{}: {}", row["queue"], row["state"])).collect();
    assert_eq!(
        states,
        [
            r#""cpu": "jobs wait; no worker serves this queue: nothing in it starts until one does""#,
            r#""gpu": "jobs wait; all its 2 workers are busy""#,
            r#""idle": "jobs wait; its workers are idle""#,
            r#""empty": "nothing waits; its workers are idle""#,
        ]
    );
    let waiting = rows(&found, "waiting");
    let second = waiting.iter().find(|row| row["run"] == "lab:gpu-2").unwrap();
    assert_eq!(
        (&second["queue"], &second["position"], &second["since"]),
        (&json!("gpu"), &json!(2), &json!("2026-11-20T10:20:00Z"))
    );
    let workers = rows(&found, "workers");
    assert_eq!(workers[0]["state"], "busy");
    assert_eq!((&workers[0]["run"], &workers[0]["name"]), (&json!("lab:r9"), &json!("resnet")));
    assert_eq!((&workers[0]["running_for"], &workers[0]["last_iteration"]), (&json!("3h"), &json!(199)));
    assert_eq!(workers[0]["gpu_percent"], 87.5);
    assert_eq!((&workers[2]["state"], &workers[2]["queues"]), (&json!("idle"), &json!(["idle", "empty"])));
    assert_eq!(workers[2]["gpu_percent"], "");
}

#[tokio::test]
async fn a_long_queue_is_counted_whole_and_what_is_left_out_is_said() {
    let tracker = lab(vec![queue("gpu", 5_000), queue("tiny", 2)], vec![worker("a", &["gpu"], true)]);

    let reply = tracker.tool("list_queues", json!({})).await;

    let found = reply.structured.unwrap();
    assert!(reply.text.chars().count() <= 20_000 && found.to_string().chars().count() <= 20_000);
    assert_eq!((&found["waiting_total"], &found["queues_total"]), (&json!(5_002), &json!(2)));
    assert_eq!(rows(&found, "queues")[0]["waiting"], 5_000);
    let listed = rows(&found, "waiting");
    assert!(listed.len() > 50 && listed[0]["run"] == "lab:gpu-1");
    assert!(listed.iter().filter(|row| row["queue"] == "tiny").count() == 2, "the short queue is whole");
    let left_out = 5_002 - listed.len();
    let told = notes(&found);
    assert!(told.contains(&format!("{left_out} of the 5000 that wait in 'gpu' are not listed")), "{told}");
    assert!(told.contains(r#"search_runs {"status":["queued"]"#), "{told}");
    assert_eq!(rows(&found, "workers").len(), 1);
}

#[tokio::test]
async fn a_tracker_without_queues_says_so_beside_one_that_has_them() {
    let with = Arc::new(lab(vec![queue("gpu", 1)], Vec::new()).called("cml"));
    let without = Arc::new(MemoryTracker::of(Vec::new()));

    let reply = ask(vec![with, without], "list_queues", json!({})).await;

    let found = reply.structured.unwrap();
    assert_eq!(rows(&found, "waiting")[0]["run"], "cml:gpu-1");
    let told = notes(&found);
    assert!(told.contains("lab (mlflow) has no queues and no workers"), "{told}");
    assert!(told.contains(r#"search_runs {"projects":["lab:*"],"status":["queued"]}"#), "{told}");
}

#[tokio::test]
async fn names_of_queues_are_cleaned() {
    let queue = Queue { name: "gpu\u{202e}\u{1b}[31m".to_owned(), ..queue("gpu", 1) };

    let reply = lab(vec![queue], Vec::new()).tool("list_queues", json!({})).await;

    assert!(!reply.text.contains(['\u{202e}', '\u{1b}']), "{}", reply.text);
}

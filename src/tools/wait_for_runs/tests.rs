//! Waiting for runs of the memory tracker, on a clock that nobody waits for.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backends::Call;
use backends::call::{Clock, Progress};
use backends::model::{Job, Queue, Queues, Run, RunId, Status, WaitingJob, Worker};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::dispatch::{self, Reply};
use crate::memory_tracker::{MemoryTracker, Stage, notes, rows, run, trackers};
use crate::policy::Policy;

/// A clock that goes as fast as tokio's, which tests stop and move.
struct Hand(Instant);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::try_from(self.0.elapsed()).unwrap()
    }

    fn jitter(&self) -> f64 {
        0.0
    }
}

/// Keeps what is told of progress.
#[derive(Default)]
struct Heard(Mutex<Vec<(u64, String)>>);

impl Progress for Heard {
    fn report(&self, done: u64, total: Option<u64>, message: &str) {
        assert!(total.is_some());
        self.0.lock().unwrap().push((done, message.to_owned()));
    }
}

struct Waited {
    reply: Reply,
    heard: Vec<(u64, String)>,
    took: Duration,
    tracker: Arc<MemoryTracker>,
}

impl Waited {
    fn answer(&self) -> &Value {
        assert!(!self.reply.is_error, "{}", self.reply.text);
        self.reply.structured.as_ref().unwrap()
    }

    fn looks(&self) -> usize {
        self.tracker.lookups.load(Ordering::Relaxed)
    }
}

async fn wait(tracker: MemoryTracker, arguments: Value) -> Waited {
    wait_until(tracker, arguments, CancellationToken::new()).await
}

async fn wait_until(tracker: MemoryTracker, arguments: Value, token: CancellationToken) -> Waited {
    let (begun, heard, tracker) = (Instant::now(), Arc::new(Heard::default()), Arc::new(tracker));
    let progress = Arc::clone(&heard) as Arc<dyn Progress>;
    let call = Call::new("ada", Arc::new(Hand(begun))).with_progress(progress).with_cancellation(token);
    let known = Arc::new(trackers(vec![Arc::clone(&tracker)]));
    let arguments = arguments.as_object().cloned().unwrap();
    let reply = dispatch::call(Policy::default(), known, call, "wait_for_runs", arguments).await.unwrap();
    let heard = heard.0.lock().unwrap().clone();
    Waited { reply, heard, took: begun.elapsed(), tracker }
}

fn at(id: &str, status: Status, metrics: &[(&str, f64)]) -> Run {
    let ended = status.is_over().then_some(Timestamp::UNIX_EPOCH);
    Run { status: Some(status), ended, ..run(id, &[], metrics) }
}

/// A tracker on which one run goes through these states.
fn through(stages: &[(Status, f64)]) -> MemoryTracker {
    let stage = |(status, f1): &(Status, f64)| Stage::Runs(vec![at("a", *status, &[("f1", *f1)])]);
    MemoryTracker::of(vec![at("a", Status::Running, &[])]).with_stages(stages.iter().map(stage).collect())
}

use Status::{Failed, Finished, Queued, Running};

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_the_run_does_and_looks_less_and_less_often() {
    let waited =
        wait(through(&[(Running, 0.1), (Running, 0.2), (Running, 0.3), (Finished, 0.9)]), json!({"runs": ["a"]})).await;

    assert_eq!(waited.answer()["outcome"], "met");
    // 1 s, 1.5 s and 2.25 s between four looks.
    assert_eq!((waited.took.as_millis(), waited.looks()), (4_750, 4));
    assert_eq!(rows(waited.answer(), "runs")[0]["metrics.f1"], 0.9);
    let told: Vec<&str> = waited.heard.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(told[1], "run-a: running for 1s, f1 0.2 at step 10");
    assert!(told[3].starts_with("run-a: finished"), "{told:?}");
    assert_eq!(waited.heard.iter().map(|(done, _)| *done).collect::<Vec<_>>(), [0, 1, 2, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_says_where_the_run_stands_and_gives_the_call_that_goes_on() {
    let waited =
        wait(through(&[(Running, 0.5)]), json!({"runs": ["run-a"], "until": "metrics.f1 > 0.9", "timeout_s": 20}))
            .await;

    let answer = waited.answer();
    assert_eq!((waited.took.as_secs(), &answer["outcome"]), (20, &json!("not yet")));
    let row = &rows(answer, "runs")[0];
    assert_eq!((&row["run"], &row["met"], &row["metrics.f1"]), (&json!("lab:a"), &json!(false), &json!(0.5)));
    assert_eq!(row["state"], "running for 20s; it does not hold yet");
    let next = answer["next"].as_str().unwrap().strip_prefix("wait_for_runs ").unwrap();
    let next: Value = serde_json::from_str(next).unwrap();
    assert_eq!(next, json!({"runs": ["lab:a"], "until": "metrics.f1 > 0.9", "timeout_s": 20}));
    assert!(!wait(through(&[(Running, 0.95)]), next).await.reply.is_error);
}

#[tokio::test(start_paused = true)]
async fn it_may_wait_longer_than_any_other_tool_and_no_longer_than_it_was_told() {
    let waited = wait(through(&[(Running, 0.5)]), json!({"runs": ["a"], "timeout_s": 600})).await;

    assert_eq!((waited.took.as_secs(), &waited.answer()["outcome"]), (600, &json!("not yet")));
    assert!((60..=70).contains(&waited.looks()), "{}", waited.looks());
    assert!(wait(through(&[(Running, 0.5)]), json!({"runs": ["a"], "timeout_s": 601})).await.reply.is_error);
}

#[tokio::test(start_paused = true)]
async fn without_a_timeout_it_tells_how_things_are_with_one_question() {
    let waited = wait(through(&[(Running, 0.5)]), json!({"runs": ["a"], "timeout_s": 0})).await;

    assert_eq!((waited.took, waited.looks()), (Duration::ZERO, 1));
    assert_eq!(waited.answer()["outcome"], "not yet");
    assert_eq!(waited.answer()["next"], r#"wait_for_runs {"runs":["lab:a"]}"#);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_fails_before_the_filter_holds_ends_the_wait_at_once() {
    let waited =
        wait(through(&[(Running, 0.5), (Failed, 0.6)]), json!({"runs": ["a"], "until": "metrics.f1 > 0.9"})).await;

    let answer = waited.answer();
    assert_eq!((waited.took.as_secs(), &answer["outcome"]), (1, &json!("cannot be met any more")));
    assert_eq!(answer["next"], r#"diagnose_run {"run":"lab:a"}"#);
    assert!(notes(answer).contains("lab:a: failed after 0s, and it does not hold"), "{}", notes(answer));
}

#[tokio::test(start_paused = true)]
async fn a_failed_run_has_ended_and_that_is_said() {
    let waited = wait(through(&[(Running, 0.5), (Failed, 0.6)]), json!({"runs": ["a"]})).await;

    assert_eq!(waited.answer()["outcome"], "met");
    assert!(notes(waited.answer()).contains("1 of 1 met it; 1 failed or were stopped, which counts as ended"));
}

#[tokio::test(start_paused = true)]
async fn any_returns_at_the_first_and_finished_waits_for_all() {
    let both = |a, b| Stage::Runs(vec![at("a", a, &[]), at("b", b, &[])]);
    let stages =
        || vec![both(Running, Queued), both(Running, Running), both(Running, Finished), both(Finished, Finished)];
    let tracker = || MemoryTracker::of(vec![at("a", Running, &[]), at("b", Running, &[])]).with_stages(stages());
    for (until, looks) in [("started", 2), ("any", 3), ("finished", 4)] {
        let waited = wait(tracker(), json!({"runs": ["a", "b"], "until": until})).await;
        assert_eq!((waited.looks(), &waited.answer()["outcome"]), (looks, &json!("met")), "{until}");
        let onward = r#"wait_for_runs {"runs":["lab:a"],"until":"any"}"#;
        assert_eq!(notes(waited.answer()).contains(onward), until == "any", "{}", notes(waited.answer()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_tracker_that_goes_down_is_told_and_asked_again() {
    let up = |status| Stage::Runs(vec![at("a", status, &[])]);
    let tracker = || MemoryTracker::of(vec![at("a", Running, &[])]);

    let back = tracker().with_stages(vec![up(Running), Stage::Down, Stage::Down, up(Finished)]);
    let waited = wait(back, json!({"runs": ["a"]})).await;
    assert_eq!(waited.answer()["outcome"], "met");
    assert!(waited.heard[1].1.ends_with("lab does not answer"), "{:?}", waited.heard);
    assert!(notes(waited.answer()).contains("lab did not answer for 3.7s from 1970-01-01T00:00:01Z, and does again"));

    let waited =
        wait(tracker().with_stages(vec![up(Running), Stage::Down]), json!({"runs": ["a"], "timeout_s": 5})).await;
    assert_eq!(waited.answer()["outcome"], "not yet");
    let told = notes(waited.answer());
    assert!(told.contains("lab has not answered since 1970-01-01T00:00:01Z: nobody answers"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_run_is_refused_at_once() {
    let waited = wait(through(&[(Running, 0.5)]), json!({"runs": ["a", "nowhere"]})).await;

    assert!(waited.reply.is_error);
    assert_eq!(waited.took, Duration::ZERO);
    assert!(waited.reply.text.starts_with("no run 'nowhere'"), "{}", waited.reply.text);
    assert!(waited.reply.text.contains("so nothing is waited for"), "{}", waited.reply.text);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_deleted_meanwhile_ends_the_wait() {
    let tracker = MemoryTracker::of(vec![at("a", Running, &[])]);
    let stages = vec![Stage::Runs(vec![at("a", Running, &[])]), Stage::Runs(Vec::new())];

    let waited = wait(tracker.with_stages(stages), json!({"runs": ["a"]})).await;

    assert_eq!(waited.answer()["outcome"], "cannot be met any more");
    assert!(notes(waited.answer()).contains("lab:a: it is no longer there"));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_wait_ends_at_once() {
    let token = CancellationToken::new();
    let stop = token.clone();
    let waiting = tokio::spawn(wait_until(through(&[(Running, 0.5)]), json!({"runs": ["a"], "timeout_s": 600}), token));
    tokio::time::sleep(Duration::from_millis(1_700)).await;

    stop.cancel();
    let waited = waiting.await.unwrap();

    assert_eq!((waited.took.as_millis(), waited.looks()), (1_700, 2));
    assert_eq!(waited.reply.text, "the call was cancelled");
}

#[tokio::test(start_paused = true)]
async fn a_name_means_the_metric_that_the_run_logs_once_it_does() {
    let stage = |status, metrics: &[(&str, f64)]| Stage::Runs(vec![at("a", status, metrics)]);
    let stages = vec![
        stage(Running, &[]),
        stage(Running, &[("val/f1", 0.5)]),
        stage(Running, &[("val/f1", 0.95), ("loss/f1x", 1.0)]),
    ];
    let tracker = MemoryTracker::of(vec![at("a", Running, &[])]).with_stages(stages);

    let waited = wait(tracker, json!({"runs": ["a"], "until": "metrics.f1 > 0.9"})).await;

    assert_eq!((&waited.answer()["outcome"], waited.looks()), (&json!("met"), 3));
    assert!(notes(waited.answer()).contains("metrics.f1 read as metrics.val/f1"), "{}", notes(waited.answer()));
    assert!(waited.heard[2].1.contains("val/f1 0.95"), "{:?}", waited.heard);
}

#[tokio::test(start_paused = true)]
async fn a_queued_run_has_its_place_and_whether_anybody_serves_it() {
    let job = |id: &str| WaitingJob { run: RunId::new(id), name: None, since: Some(Timestamp::UNIX_EPOCH) };
    let queue =
        Queue { id: "q".to_owned(), name: "gpu".to_owned(), waiting: vec![job("x"), job("a")], ..Queue::default() };
    let queues = |workers| Queues { queues: vec![queue.clone()], workers, notes: Vec::new() };
    let worker = Worker { id: "w".to_owned(), queues: vec!["q".to_owned()], ..Worker::default() };
    for (workers, served) in [(vec![], "no worker serves this queue"), (vec![worker], "1 of its 1 workers idle")] {
        let tracker = through(&[(Queued, 0.0)]).with_queues(queues(workers));

        let waited = wait(tracker, json!({"runs": ["a"], "timeout_s": 0})).await;

        let row = &rows(waited.answer(), "runs")[0];
        assert_eq!((&row["queue"], &row["position"]), (&json!("gpu"), &json!("2 of 2")));
        assert_eq!(row["state"], format!("queued, 2 of 2 in 'gpu'; {served}"));
        assert_eq!(waited.tracker.searches.load(Ordering::Relaxed), 1, "one question for all queues");
        assert!(waited.heard[0].1.starts_with("run-a: 2 of 2 in gpu"), "{:?}", waited.heard);
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_leads_to_the_runs_that_it_logged() {
    let job = |status: Status, native: &str, runs: &[&str]| Job {
        id: "987".to_owned(),
        name: Some("nightly".to_owned()),
        status: Some(status),
        native_status: native.to_owned(),
        reason: None,
        started: None,
        ended: None,
        web_url: None,
        runs: runs.iter().map(|id| RunId::new(*id)).collect(),
    };
    let states = vec![
        job(Queued, "PENDING", &[]),
        job(Running, "RUNNING", &["a"]),
        job(Finished, "TERMINATED, SUCCESS", &["a"]),
    ];
    let tracker = || through(&[(Running, 0.5), (Finished, 0.95)]).with_job(states.clone());

    let waited = wait(tracker(), json!({"runs": ["lab:job/987"]})).await;
    let table = rows(waited.answer(), "runs");
    assert_eq!((&table[0]["run"], &table[0]["status"]), (&json!("lab:job/987"), &json!("finished")));
    assert_eq!((&table[1]["run"], &table[1]["logged_by"]), (&json!("lab:a"), &json!("lab:job/987")));

    let waited = wait(tracker(), json!({"runs": ["job/987"], "until": "metrics.f1 > 0.9"})).await;
    assert_eq!(rows(waited.answer(), "runs")[0]["state"], "it holds for lab:a; finished (TERMINATED, SUCCESS)");

    let refused = wait(tracker(), json!({"runs": ["lab:job/1"]})).await;
    assert!(refused.reply.is_error && refused.reply.text.starts_with("no job run 1"), "{}", refused.reply.text);
}

#[tokio::test]
async fn a_job_is_a_reference_wherever_runs_are_taken() {
    let job = |runs: &[&str]| Job {
        id: "987".to_owned(),
        name: None,
        status: Some(Running),
        native_status: "RUNNING".to_owned(),
        reason: None,
        started: None,
        ended: None,
        web_url: None,
        runs: runs.iter().map(|id| RunId::new(*id)).collect(),
    };
    let tracker = through(&[(Running, 0.5)]).with_job(vec![job(&["a"])]);
    let found = crate::memory_tracker::answer(tracker, "get_runs", json!({"runs": ["lab:job/987"]})).await;
    assert_eq!(found["runs"][0]["run"], "lab:a");
    assert!(notes(&found).contains("the job lab:job/987 (RUNNING) logged lab:a"), "{}", notes(&found));

    let tracker = through(&[(Running, 0.5)]).with_job(vec![job(&[])]);
    let refused = crate::memory_tracker::refusal(tracker, "get_runs", json!({"runs": ["lab:job/987"]})).await;
    assert!(refused.contains(r#"Next: wait_for_runs {"runs":["lab:job/987"],"timeout_s":0}"#), "{refused}");
}

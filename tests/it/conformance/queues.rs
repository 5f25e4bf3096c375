//! What waits in queues, and waiting for runs: the same of every backend, and through the tools.

use backends::model::RunId;
use serde_json::{Value, json};

use super::{BACKENDS, Running};

/// The rows of a table, each as an object.
fn rows(answer: &Value, table: &str) -> Vec<serde_json::Map<String, Value>> {
    let columns: Vec<String> = serde_json::from_value(answer[table]["columns"].clone()).unwrap_or_default();
    let rows: Vec<Vec<Value>> = serde_json::from_value(answer[table]["rows"].clone()).unwrap_or_default();
    rows.into_iter().map(|row| columns.iter().cloned().zip(row).collect()).collect()
}

async fn waited(running: &Running, arguments: Value) -> Value {
    running.asker.ask("wait_for_runs", arguments).await.answered().structured
}

#[tokio::test]
async fn who_claims_queues_has_them_with_what_waits_in_order() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let claimed = running.tracker.capabilities().queues;
        assert_eq!(running.tracker.queues().is_some(), claimed, "{}", running.name);
        let Some(queues) = running.tracker.queues() else { continue };
        let all = queues.queues(&running.call).await.unwrap();
        let gpu = all.queues.iter().find(|queue| queue.name == "gpu").unwrap();
        let waiting: Vec<&RunId> = gpu.waiting.iter().map(|job| &job.run).collect();
        assert_eq!(waiting[1], &running.run("bench.10"), "{}", running.name);
        assert!(gpu.waiting.is_sorted_by_key(|job| job.since));
        let places = queues.places(&running.call, &[running.run("bench.10"), running.run("bench.4")]).await.unwrap();
        let [place] = places.as_slice() else { panic!("{places:?}") };
        assert_eq!((place.queue.as_str(), place.position, place.waiting), ("gpu", 2, waiting.len()));
    }
}

#[tokio::test]
async fn a_run_that_has_ended_is_not_waited_for_and_one_that_waits_is_told_where() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let (ended, queued) = (running.reference("bench.4"), running.reference("bench.10"));

        let found = waited(&running, json!({"runs": [ended.as_str()]})).await;
        assert_eq!(found["outcome"], "met", "{}", running.name);
        let found = waited(&running, json!({"runs": [queued.as_str()], "timeout_s": 0})).await;
        assert_eq!(found["outcome"], "not yet", "{}", running.name);
        let row = &rows(&found, "runs")[0];
        assert_eq!(row["run"], queued, "{}", running.name);
        assert!(row["status"].as_str().unwrap().starts_with("queued"), "{}: {}", running.name, row["status"]);
        let place = row.get("position").and_then(Value::as_str);
        assert_eq!(place, running.tracker.capabilities().queues.then_some("2 of 2"), "{}", running.name);
    }
}

#[tokio::test]
async fn a_filter_is_read_as_in_a_search_and_what_can_no_longer_hold_is_told() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let run = running.reference("bench.4");

        let found = waited(&running, json!({"runs": [run.as_str()], "until": "metrics.accuracy > 0.1"})).await;
        assert_eq!(found["outcome"], "met", "{}: {found}", running.name);
        let found = waited(&running, json!({"runs": [run.as_str()], "until": "metrics.accuracy > 2"})).await;
        assert_eq!(found["outcome"], "cannot be met any more", "{}: {found}", running.name);
    }
}

//! How histories and the runs they belong to are asked for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use crate::memory_tracker::{MemoryTracker, answer, ask, notes, refusal, rows, run};

fn curves() -> MemoryTracker {
    let runs = vec![run("aaaa0001", &[], &[("loss", 0.5), ("acc", 0.9)]), run("aaaa0002", &[], &[("loss", 0.25)])];
    MemoryTracker::of(runs)
        .with_history("aaaa0001", "loss", &[(1, 0.9), (2, 0.5)])
        .with_history("aaaa0001", "acc", &[(1, 0.9)])
        .with_history("aaaa0002", "loss", &[(1, 0.3), (2, 0.25)])
}

fn history(runs: &[&str], metrics: &[&str]) -> Value {
    json!({"runs": runs, "metrics": metrics})
}

#[tokio::test(start_paused = true)]
async fn histories_named_by_id_and_whole_name_are_read_while_their_runs_are_looked_up() {
    for metric in ["loss", "metrics.loss"] {
        let tracker = Arc::new(curves().answering_only_both_at_once());
        let arguments = history(&["aaaa0001", "aaaa0002"], &[metric]);
        let asked = ask(vec![Arc::clone(&tracker)], "get_metric_history", arguments);
        let reply = tokio::time::timeout(Duration::from_secs(1), asked).await.expect("one waits for the other");
        assert!(!reply.is_error, "{}", reply.text);
        let rows = rows(reply.structured.as_ref().unwrap(), "series");
        let lasts: Vec<&Value> = rows.iter().map(|row| &row["last"]).collect();
        assert_eq!(lasts, [&json!(0.5), &json!(0.25)]);
        assert_eq!(tracker.readings.load(Ordering::Relaxed), 1, "and are not read again");
    }
}

#[tokio::test]
async fn what_only_the_runs_tell_is_asked_of_them_first() {
    for (metrics, x) in [(json!(["l*"]), "step"), (json!([]), "step"), (json!(["loss"]), "elapsed")] {
        let tracker = Arc::new(curves());
        let arguments = json!({"runs": ["aaaa0001"], "metrics": metrics, "x": x});
        let reply = ask(vec![Arc::clone(&tracker)], "get_metric_history", arguments).await;
        assert!(!reply.is_error, "{}", reply.text);
        assert_eq!(tracker.readings.load(Ordering::Relaxed), 1, "{metrics} {x}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_as_ever_though_it_was_read_early() {
    let error = refusal(curves(), "get_metric_history", history(&["aaaa0001"], &["los"])).await;
    assert!(error.contains("no metric 'los' in these runs; near: loss"), "{error}");
    let error = refusal(curves(), "get_metric_history", history(&["gone"], &["loss"])).await;
    assert!(error.contains("no run 'gone'"), "{error}");
    let some = answer(curves(), "get_metric_history", history(&["aaaa0001", "aaaa0002"], &["acc", "loss"])).await;
    assert!(notes(&some).contains("1 of 2 runs have no metric 'acc'"), "{some}");
    assert_eq!(rows(&some, "series").len(), 3);
}

//! Metrics and params that a tracker writes with titles and sections.

use super::*;

/// Runs whose metrics and params have titles and sections, as some trackers write them.
fn titled() -> Vec<Run> {
    let one = |id: &str, lr: &str, value: f64| {
        run(
            id,
            &[("General/lr", lr), ("General/seed", id)],
            &[("val_f1/val_f1", value), ("loss/train", 1.0), ("loss/val", 2.0)],
        )
    };
    vec![one("a1", "0.1", 0.5), one("a2", "0.1", 0.7), one("a3", "0.2", 0.9)]
}

#[tokio::test]
async fn a_metric_is_found_without_its_title() {
    let arguments = json!({"metric": "val_f1", "columns": ["params.lr"]});
    let answer = answer(MemoryTracker::of(titled()), "rank_runs", arguments).await;

    let first = Value::Object(rows(&answer, "runs").remove(0));
    assert_eq!(
        first,
        json!({"rank": 1, "run": "lab:a3", "name": "run-a3", "metrics.val_f1/val_f1": 0.9, "params.General/lr": "0.2"})
    );
    assert_eq!(notes(&answer), "params.lr read as params.General/lr\nmetrics.val_f1 read as metrics.val_f1/val_f1");
}

#[tokio::test]
async fn a_metric_that_may_be_several_is_asked_back() {
    let message = refusal(MemoryTracker::of(titled()), "rank_runs", json!({"metric": "loss"})).await;
    assert!(message.contains("it may mean metrics.loss/train, metrics.loss/val: name one of them"), "{message}");
}

#[tokio::test]
async fn groups_are_named_without_their_section() {
    for arguments in [
        json!({"metric": "val_f1", "group_by": ["lr"]}),
        json!({"metric": "val_f1", "average_over": ["seed"]}),
        json!({"metric": "val_f1", "group_by": ["params.lr"]}),
    ] {
        let answer = answer(MemoryTracker::of(titled()), "rank_runs", arguments.clone()).await;
        let groups = rows(&answer, "groups");
        assert_eq!(groups.len(), 2, "{arguments}");
        assert_eq!((&groups[1]["params.General/lr"], &groups[1]["n"]), (&json!("0.1"), &json!(2)), "{answer}");
        assert!(notes(&answer).contains(" read as params.General/"), "{answer}");
    }
}

#[tokio::test]
async fn each_tracker_is_ranked_by_what_it_calls_the_metric() {
    let plain = MemoryTracker::of(vec![run("b1", &[], &[("val_f1", 0.8)])]).called("home");
    let trackers = vec![Arc::new(MemoryTracker::of(titled())), Arc::new(plain)];

    let answer = ask(trackers, "rank_runs", json!({"metric": "val_f1"})).await.structured.unwrap();

    assert_eq!(ids(&answer), ["lab:a3", "home:b1", "lab:a2", "lab:a1"]);
    assert!(notes(&answer).contains("metrics.val_f1 read as metrics.val_f1/val_f1 on lab"), "{answer}");
}

/// The older page has the metric exactly, the newer one only something that resembles it.
#[tokio::test]
async fn a_metric_that_turns_up_late_is_the_one_that_was_named() {
    let tracker = MemoryTracker::of(vec![
        run("a1", &[], &[("loss/train", 0.1)]),
        run("a2", &[], &[("loss", 2.0), ("loss/train", 0.2)]),
        run("a3", &[], &[("loss", 1.0)]),
    ]);

    let answer = answer(tracker.with_pages_of(1), "rank_runs", json!({"metric": "loss"})).await;

    assert_eq!(ids(&answer), ["lab:a3", "lab:a2"]);
    assert!(!notes(&answer).contains("read as"), "{answer}");
}

//! Metrics read at the step where one was best.

use super::*;

pub(super) fn curves() -> MemoryTracker {
    two()
        .with_history("aaaa0001", "val_f1", &[(0, 0.1), (5, 0.9), (10, 0.5)])
        .with_history("aaaa0001", "val/loss", &[(0, 5.0), (5, 1.5), (5, 1.25), (10, 2.0)])
        .with_history("aaaa0002", "val_f1", &[(0, f64::NAN), (7, 0.8), (10, 0.6)])
        .with_history("aaaa0002", "val/loss", &[(0, 4.0), (10, 3.0)])
        .with_history("aaaa0002", "size", &[(7, 7.0)])
}

#[tokio::test]
async fn metrics_are_read_at_the_step_where_one_was_best() {
    let answer = compared(curves(), json!({"at_best_of": "metrics.val_f1"})).await;

    assert_eq!(answer["metrics_read"], json!("at the step where val_f1 was highest"));
    assert_eq!(answer["steps"], json!(["A: 5", "B: 7"]));
    let values = |name: &str| {
        let row = rows(&answer, "metrics").into_iter().find(|row| row["metric"] == name).unwrap();
        (row["A"].clone(), row["B"].clone())
    };
    assert_eq!(values("val_f1"), (json!(0.9), json!(0.8)));
    // The last of two reports at step 5; none at step 7.
    assert_eq!(values("val/loss"), (json!(1.25), json!("")));
    assert_eq!(values("size"), (json!(""), json!(7)));
    assert!(notes(&answer).contains("an empty cell is"), "{answer}");
    let alone = compared(curves(), json!({"at_best_of": "val_f1", "keys": ["val_f1"]})).await;
    assert!(!notes(&alone).contains("an empty cell is"), "{alone}");
}

#[tokio::test]
async fn the_metric_whose_best_step_it_is_stays_whatever_the_keys() {
    let answer = compared(curves(), json!({"at_best_of": "val_f1", "keys": ["size"]})).await;
    let metrics: Vec<Value> = rows(&answer, "metrics").iter().map(|row| row["metric"].clone()).collect();
    assert_eq!(metrics, [json!("val_f1"), json!("size")]);
}

#[tokio::test]
async fn a_run_without_a_best_step_is_told() {
    let tracker =
        two().with_history("aaaa0001", "val_f1", &[(5, 0.9)]).with_history("aaaa0002", "val_f1", &[(1, f64::NAN)]);
    let answer = compared(tracker, json!({"at_best_of": "val_f1"})).await;
    assert_eq!(answer["steps"], json!(["A: 5", "B: none"]));
    assert!(notes(&answer).contains("B: no finite value of val_f1"), "{answer}");
}

#[tokio::test]
async fn a_best_step_needs_a_metric_that_is_there_and_a_direction() {
    for (metric, told) in
        [("val_f2", "none of these runs has a metric 'val_f2'; near: val_f1"), ("size", "not clear from its name")]
    {
        let message = refusal(curves(), "compare_runs", json!({"runs": BOTH, "at_best_of": metric})).await;
        assert!(message.contains(told), "{message}");
    }
}

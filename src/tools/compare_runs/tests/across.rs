//! Runs of trackers that call the same things otherwise.

use super::*;

/// Each tracker is asked for its own names, and the values stand in one row.
#[tokio::test]
async fn metrics_of_two_trackers_are_read_where_each_calls_one_best() {
    let titled = run("cccc0003", &[], &[("val_f1/val_f1", 0.6), ("loss/val", 3.0)]);
    let titled = MemoryTracker::of(vec![titled])
        .titled()
        .called("cml")
        .with_history("cccc0003", "val_f1/val_f1", &[(0, 0.2), (4, 0.7), (10, 0.6)])
        .with_history("cccc0003", "loss/val", &[(0, 4.0), (4, 2.5), (10, 3.0)]);
    let arguments = json!({"runs": ["lab:aaaa0001", "cml:cccc0003"], "at_best_of": "val_f1"});

    let answer = ask(vec![Arc::new(curves()), Arc::new(titled)], "compare_runs", arguments).await.structured.unwrap();

    assert_eq!(answer["metrics_read"], json!("at the step where val_f1 was highest"));
    assert_eq!(answer["steps"], json!(["A: 5", "B: 4"]));
    let values: Vec<(Value, Value, Value)> = rows(&answer, "metrics")
        .iter()
        .map(|row| (row["metric"].clone(), row["A"].clone(), row["B"].clone()))
        .collect();
    assert!(values.contains(&(json!("val_f1"), json!(0.9), json!(0.7))), "{answer}");
    assert!(values.contains(&(json!("val/loss"), json!(1.25), json!(2.5))), "{answer}");
    assert!(notes(&answer).contains("metrics.val_f1 read as metrics.val_f1/val_f1 on cml"), "{answer}");
}

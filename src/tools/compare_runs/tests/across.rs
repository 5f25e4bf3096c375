//! Runs of trackers that call the same things otherwise.

use super::best_step::curves;
use super::*;

#[tokio::test]
async fn runs_of_two_trackers_are_compared() {
    let one = MemoryTracker::of(vec![run("aaaa0001", &[("lr", "0.1")], &[("val_f1", 0.5)])]);
    let other = MemoryTracker::of(vec![run("bbbb0001", &[("lr", "0.2")], &[("val_f1", 0.4)])]).called("home");
    let trackers = vec![Arc::new(one), Arc::new(other)];

    let reply = ask(trackers, "compare_runs", json!({"runs": ["lab:aaaa0001", "home:bbbb0001"]})).await;

    let answer = reply.structured.unwrap();
    assert_eq!(letters(&answer)[1], ("B".into(), "home:bbbb0001".into()));
    assert_eq!(rows(&answer, "metrics")[0]["B is"], json!("worse"));
}

#[tokio::test]
async fn what_trackers_call_otherwise_stands_in_one_row() {
    let one = MemoryTracker::of(vec![run("aaaa0001", &[("lr", "0.1")], &[("val_f1", 0.5)])]);
    let other = MemoryTracker::of(vec![run("bbbb0001", &[("General/lr", "0.2")], &[("val_f1/val_f1", 0.4)])]);
    let trackers = vec![Arc::new(one), Arc::new(other.called("home"))];

    let arguments = json!({"runs": ["lab:aaaa0001", "home:bbbb0001"]});
    let answer = ask(trackers, "compare_runs", arguments).await.structured.unwrap();

    assert_eq!(rows(&answer, "metrics")[0]["B is"], json!("worse"));
    assert_eq!(rows(&answer, "params"), [json!({"param": "lr", "A": "0.1", "B": "0.2"}).as_object().unwrap().clone()]);
    assert!(
        notes(&answer)
            .contains("names of home are shown as other trackers have them: val_f1/val_f1 as val_f1, General/lr as lr"),
        "{answer}"
    );
}

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

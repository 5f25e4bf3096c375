//! Runs ranked by the best value of each curve, not by the last.

use super::*;

fn curves() -> MemoryTracker {
    MemoryTracker::of(vec![
        run("a", &[], &[("acc", 0.5)]),
        run("b", &[], &[("acc", f64::NAN)]),
        run("c", &[], &[("acc", f64::NAN)]),
        run("d", &[], &[]),
    ])
    .with_history("a", "acc", &[(1, 0.6), (2, 0.5)])
    .with_history("b", "acc", &[(1, 0.2), (4, 0.8), (9, f64::NAN)])
    .with_history("c", "acc", &[(1, f64::NAN)])
}

#[tokio::test]
async fn at_best_ranks_by_the_best_value_of_each_curve() {
    let answer = answer(curves(), "rank_runs", json!({"metric": "acc", "at": "best"})).await;
    let told: Vec<(Value, Value, Value)> = rows(&answer, "runs")
        .into_iter()
        .map(|row| (row["run"].clone(), row["max.acc"].clone(), row["step"].clone()))
        .collect();
    assert_eq!(told, [(json!("lab:b"), json!(0.8), json!(4)), (json!("lab:a"), json!(0.6), json!(1))]);
    assert_eq!(
        answer["best"],
        json!("lab:b acc = 0.8 at step 4 (highest of 2 finished runs; left out: 1 without the metric, 1 NaN)")
    );
}

#[tokio::test]
async fn when_no_curve_holds_a_finite_value_nobody_is_best() {
    let tracker =
        MemoryTracker::of(vec![run("c", &[], &[("acc", f64::NAN)])]).with_history("c", "acc", &[(1, f64::NAN)]);
    let answer = answer(tracker, "rank_runs", json!({"metric": "acc", "at": "best", "average_over": ["seed"]})).await;
    assert_eq!(answer["ranked"], json!(0));
    assert!(notes(&answer).contains("left out: 1 NaN"), "{answer}");
}

#[tokio::test]
async fn best_values_of_a_part_are_said_to_be_of_a_part() {
    let runs = (0..30).map(|n: u32| run(&format!("{n:02}"), &[], &[("acc", 0.5)])).collect();
    let tracker = MemoryTracker::of(runs).with_pages_of(10).failing_after(1);
    let tracker =
        (0..30).fold(tracker, |all, n: u32| all.with_history(&format!("{n:02}"), "acc", &[(1, f64::from(n))]));
    let answer = answer(tracker, "rank_runs", json!({"metric": "acc", "at": "best", "limit": 1})).await;
    assert_eq!(
        answer["best"],
        json!("lab:09 acc = 9 at step 1 (highest of 10 finished runs among the 10 newest, which were read)")
    );
}

#[tokio::test]
async fn extremes_that_the_server_keeps_cost_no_history() {
    let mut kept = run("a", &[], &[("acc", 0.5)]);
    kept.metrics.get_mut("acc").unwrap().max = Some((0.7, Some(3)));
    let answer = answer(MemoryTracker::of(vec![kept]), "rank_runs", json!({"metric": "acc", "at": "best"})).await;
    assert_eq!(rows(&answer, "runs")[0]["max.acc"], json!(0.7));
}

#[tokio::test]
async fn a_history_that_cannot_be_read_is_not_passed_off_as_ranked() {
    let tracker = MemoryTracker::of(vec![run("a", &[], &[("acc", 0.5)]), run("b", &[], &[("acc", 0.9)])]).with_history(
        "a",
        "acc",
        &[(1, 0.6)],
    );
    let answer = answer(tracker, "rank_runs", json!({"metric": "acc", "at": "best"})).await;
    assert_eq!(ids(&answer), ["lab:a"]);
    assert!(notes(&answer).contains("the histories of 1 runs could not be read"), "{answer}");
}

#[tokio::test]
async fn more_histories_than_are_read_are_told_and_groups_refuse_them() {
    let runs: Vec<Run> = (0..201).map(|n: u32| run(&format!("{n:03}"), &[], &[("acc", f64::from(n))])).collect();
    let tracker = || {
        let all = MemoryTracker::of(runs.clone());
        (0..201).fold(all, |all, n: u32| all.with_history(&format!("{n:03}"), "acc", &[(1, f64::from(n))]))
    };
    let answer = answer(tracker(), "rank_runs", json!({"metric": "acc", "at": "best", "limit": 1})).await;
    assert_eq!(ids(&answer), ["lab:200"]);
    assert!(notes(&answer).contains("the histories of 200 of 201 runs were read"), "{answer}");
    let message = refusal(tracker(), "rank_runs", json!({"metric": "acc", "at": "best", "group_by": ["user"]})).await;
    assert!(message.contains("these are 201; at most 200 are read"), "{message}");
}

#[tokio::test]
async fn extremes_that_the_tracker_keeps_need_no_history() {
    let kept = |id: &str, last: f64, best: f64| {
        let mut run = run(id, &[], &[("val_f1", last)]);
        run.metrics.get_mut("val_f1").unwrap().max = Some((best, Some(40)));
        run
    };
    // More than there are histories in one call.
    let runs: Vec<Run> =
        (0..250_u32).map(|n| kept(&format!("r{n:03}"), f64::from(n), 1_000.0 - f64::from(n))).collect();

    let answer =
        answer(MemoryTracker::of(runs), "rank_runs", json!({"metric": "val_f1", "at": "best", "limit": 1})).await;

    assert_eq!(rows(&answer, "runs")[0]["max.val_f1"], json!(1_000));
    assert_eq!(rows(&answer, "runs")[0]["step"], json!(40));
    assert!(answer["best"].as_str().unwrap().contains("of 250 finished runs"), "{answer}");
    assert!(notes(&answer).contains("those that the tracker keeps of each curve"), "{answer}");
}

#[tokio::test]
async fn a_single_value_that_is_not_finite_needs_no_history_to_be_left_out() {
    let single = |id: &str, value: f64| {
        let mut run = run(id, &[], &[("val_f1", value)]);
        let metric = run.metrics.get_mut("val_f1").unwrap();
        (metric.count, metric.max) = (Some(1), Some((value, Some(0))));
        run
    };
    let runs = vec![single("a1", 0.5), single("a2", f64::NAN), single("a3", f64::INFINITY)];

    let answer = answer(MemoryTracker::of(runs), "rank_runs", json!({"metric": "val_f1", "at": "best"})).await;

    assert!(answer["best"].as_str().unwrap().contains("left out: 1 NaN, 1 infinite"), "{answer}");
    assert!(!notes(&answer).contains("could not be read"), "{answer}");
}

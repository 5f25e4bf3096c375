//! Runs in the order of a metric.

mod best_values;
mod groups;
mod titled;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use backends::model::{Run, Status};
use serde_json::{Value, json};

use crate::memory_tracker::{MemoryTracker, answer, ask, notes, refusal, rows, run};

fn with_status(mut run: Run, status: Status) -> Run {
    run.status = Some(status);
    run
}

/// Three that can be ranked, and one for each reason why not.
fn mixed() -> Vec<Run> {
    let valued = |id: &str, value: f64| run(id, &[("lr", "0.1")], &[("val_f1", value)]);
    vec![
        valued("a1", 0.5),
        run("a2", &[("lr", "0.2")], &[("val_f1", 0.9), ("val/loss", 0.3)]),
        valued("a3", 0.7),
        run("b1", &[], &[("accuracy", 1.0)]),
        valued("b2", f64::NAN),
        valued("b3", f64::INFINITY),
        valued("b4", f64::NEG_INFINITY),
        with_status(valued("c1", 0.99), Status::Running),
        with_status(valued("c2", 0.99), Status::Queued),
        with_status(valued("c3", 0.99), Status::Failed),
        with_status(valued("c4", 0.99), Status::Stopped),
    ]
}

fn ids(answer: &Value) -> Vec<String> {
    rows(answer, "runs").iter().map(|row| row["run"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_best_finished_run_wins_and_everyone_left_out_is_counted() {
    let answer = answer(MemoryTracker::of(mixed()), "rank_runs", json!({"metric": "val_f1"})).await;

    assert_eq!(ids(&answer), ["lab:a2", "lab:a3", "lab:a1"]);
    assert_eq!(
        answer["best"],
        json!(
            "lab:a2 val_f1 = 0.9 (highest of 3 finished runs; left out: 1 without the metric, 1 NaN, 2 infinite, 2 not finished, 1 failed, 1 stopped)"
        )
    );
    assert_eq!(answer["direction"], json!("max (from the metric's name)"));
    let first = Value::Object(rows(&answer, "runs").remove(0));
    assert_eq!(first, json!({"rank": 1, "run": "lab:a2", "name": "run-a2", "metrics.val_f1": 0.9, "params.lr": "0.2"}));
}

#[tokio::test]
async fn a_filter_that_names_a_status_decides_who_competes() {
    let answer = answer(
        MemoryTracker::of(mixed()),
        "rank_runs",
        json!({"metric": "val_f1", "filter": "status in ('running', 'failed')"}),
    )
    .await;
    assert_eq!(ids(&answer), ["lab:c1", "lab:c3"]);
    assert_eq!(answer["best"], json!("2 runs tie at val_f1 = 0.99: lab:c1, lab:c3 (highest of 2 runs)"));
    assert_eq!(rows(&answer, "runs")[1]["rank"], json!(1));
    assert_eq!(rows(&answer, "runs")[1]["status"], json!("failed"));
}

#[tokio::test]
async fn a_loss_is_best_when_low_and_the_caller_has_the_last_word() {
    let runs = || MemoryTracker::of(vec![run("a", &[], &[("loss", 1.0)]), run("b", &[], &[("loss", 2.0)])]);
    assert_eq!(ids(&answer(runs(), "rank_runs", json!({"metric": "loss"})).await), ["lab:a", "lab:b"]);
    let asked = answer(runs(), "rank_runs", json!({"metric": "metrics.loss", "direction": "max"})).await;
    assert_eq!(ids(&asked), ["lab:b", "lab:a"]);
    assert_eq!(asked["direction"], json!("max (as asked)"));
}

#[tokio::test]
async fn a_misspelt_metric_without_a_direction_is_told_its_neighbours_first() {
    let runs = || vec![run("a", &[], &[("size", 0.5), ("val_f1", 0.9)])];

    let message = refusal(MemoryTracker::of(runs()), "rank_runs", json!({"metric": "szie", "limit": 3})).await;
    assert!(message.contains("no run that was looked at has metrics.szie; near: metrics.size"), "{message}");
    assert!(message.contains(r#"rank_runs {"metric":"size","limit":3,"direction":"max"}"#), "{message}");

    let strange = refusal(MemoryTracker::of(runs()), "rank_runs", json!({"metric": "qqq"})).await;
    let told =
        "no run that was looked at has metrics.qqq; they have metrics.size, metrics.val_f1; direction max or min";
    assert!(strange.starts_with(told), "{strange}");
    assert!(strange.ends_with(r#"Next: search_runs {"columns":["metrics.*"],"limit":3}"#), "{strange}");
    let bare = MemoryTracker::of(vec![run("a", &[], &[])]);
    let bare = refusal(bare, "rank_runs", json!({"metric": "qqq"})).await;
    assert!(bare.contains("they have no metrics at all"), "{bare}");

    let unclear = refusal(MemoryTracker::of(runs()), "rank_runs", json!({"metric": "Size"})).await;
    assert!(unclear.contains("not clear from its name"), "{unclear}");
}

#[tokio::test]
async fn a_name_that_does_not_tell_the_direction_is_asked_back_with_calls_to_copy() {
    let runs = MemoryTracker::of(vec![run("a", &[], &[("size", 1.0)])]);
    let message = refusal(runs, "rank_runs", json!({"metric": "size", "limit": 3})).await;
    assert!(message.contains(r#"rank_runs {"metric":"size","limit":3,"direction":"max"}"#), "{message}");
}

#[tokio::test]
async fn what_is_too_long_is_refused_and_not_repeated() {
    let runs = || MemoryTracker::of(vec![run("a", &[], &[("size", 1.0)])]);
    let message = refusal(runs(), "rank_runs", json!({"metric": "x".repeat(10_000)})).await;
    assert_eq!(message, "metric is a name of 1 to 500 characters, such as val_f1, not of 10000");
    let filter = format!("params.x = '{}'", "y".repeat(3_000));
    let message = refusal(runs(), "rank_runs", json!({"metric": "size", "filter": filter})).await;
    assert!(message.len() < 200, "{message}");
}

#[tokio::test]
async fn a_metric_that_nobody_logged_has_no_winner() {
    let message = refusal(MemoryTracker::of(mixed()), "rank_runs", json!({"metric": "val_f1_score"})).await;
    assert!(message.contains("none of 11 runs has metrics.val_f1_score"), "{message}");
    assert!(message.ends_with(r#"Next: rank_runs {"metric":"val_f1"}"#), "{message}");
}

#[tokio::test]
async fn when_nobody_can_be_ranked_the_reasons_are_given() {
    let runs = vec![
        run("a", &[], &[("loss", f64::NAN)]),
        run("b", &[], &[("loss", f64::NAN)]),
        with_status(run("c", &[], &[("loss", 1.0)]), Status::Running),
    ];
    let answer = answer(MemoryTracker::of(runs), "rank_runs", json!({"metric": "loss"})).await;
    assert_eq!(answer["ranked"], json!(0));
    let notes = notes(&answer);
    assert!(
        notes.contains("no run can be ranked by loss among all 3 runs; left out: 2 NaN, 1 not finished"),
        "{notes}"
    );
    assert!(notes.contains("status = 'running'") && notes.contains("at best"), "{notes}");
}

#[tokio::test]
async fn no_run_at_all_is_explained() {
    let answer =
        answer(MemoryTracker::of(mixed()), "rank_runs", json!({"metric": "val_f1", "filter": "params.lr = 7"})).await;
    assert!(notes(&answer).contains("no run fits"), "{answer}");
}

#[tokio::test]
async fn a_tie_that_the_limit_cuts_is_told() {
    let runs = ["a", "b", "c", "d"].map(|id| run(id, &[], &[("acc", if id == "a" { 0.9 } else { 0.5 })])).to_vec();
    let answer = answer(MemoryTracker::of(runs), "rank_runs", json!({"metric": "acc", "limit": 2})).await;
    assert_eq!(ids(&answer), ["lab:a", "lab:b"]);
    assert!(notes(&answer).contains("2 more runs share rank 2 with the last one shown"), "{answer}");
}

#[tokio::test]
async fn params_that_tell_most_come_first_and_constant_ones_not_at_all() {
    let runs = (0..40).map(|n: u32| {
        let optimizer = if n.is_multiple_of(2) { "adam" } else { "sgd" };
        let (seed, noise) = ((n % 5).to_string(), f64::from(n) / 1_000.0);
        let params = [("a_seed", seed.as_str()), ("optimizer", optimizer), ("size", "b")];
        run(&format!("{n:02}"), &params, &[("acc", if n.is_multiple_of(2) { 0.9 } else { 0.5 } - noise)])
    });
    let answer = answer(MemoryTracker::of(runs.collect()), "rank_runs", json!({"metric": "acc", "limit": 25})).await;
    assert_eq!(
        answer["runs"]["columns"],
        json!(["rank", "run", "name", "metrics.acc", "params.optimizer", "params.a_seed"])
    );
}

#[tokio::test]
async fn columns_asked_for_stand_in_place_of_the_params() {
    let arguments = json!({"metric": "val_f1", "limit": 1, "columns": ["metrics.val/loss", "metrics.val_f1", "user"]});
    let answer = answer(MemoryTracker::of(mixed()), "rank_runs", arguments).await;
    assert_eq!(
        Value::Object(rows(&answer, "runs").remove(0)),
        json!({"rank": 1, "run": "lab:a2", "name": "run-a2", "metrics.val_f1": 0.9, "metrics.val/loss": 0.3, "user": "ada"})
    );
}

#[tokio::test]
async fn a_thousand_runs_take_one_question() {
    let runs = (0..1_000).map(|n: u32| run(&format!("{n:04}"), &[], &[("acc", f64::from(n))])).collect();
    let tracker = Arc::new(MemoryTracker::of(runs));
    let reply = ask(vec![Arc::clone(&tracker)], "rank_runs", json!({"metric": "acc", "limit": 1})).await;
    assert!(reply.text.contains("lab:0999 acc = 999 (highest of 1000 finished runs)"), "{}", reply.text);
    assert_eq!(tracker.searches.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn many_pages_are_read_to_the_end() {
    let mut runs: Vec<Run> = (0..95).map(|n: u32| run(&format!("{n:02}"), &[], &[("acc", f64::from(n))])).collect();
    runs.extend((95..100).map(|n: u32| run(&format!("{n:02}"), &[], &[("acc", f64::NAN)])));
    let answer =
        answer(MemoryTracker::of(runs).with_pages_of(10), "rank_runs", json!({"metric": "acc", "limit": 2})).await;
    assert_eq!(answer["best"], json!("lab:94 acc = 94 (highest of 95 finished runs; left out: 5 NaN)"));
    assert_eq!(ids(&answer), ["lab:94", "lab:93"]);
}

#[tokio::test]
async fn what_cannot_be_read_to_the_end_is_still_ranked_right_and_counted_honestly() {
    // The best run lies on a page that is never read; the tracker's own order knows it.
    let runs = (0..100).map(|n: u32| run(&format!("{n:02}"), &[], &[("acc", f64::from(n))])).collect();
    let tracker = MemoryTracker::of(runs).with_pages_of(10).failing_after(3);
    let answer = answer(tracker, "rank_runs", json!({"metric": "acc", "limit": 2})).await;
    assert_eq!(ids(&answer), ["lab:99", "lab:98"]);
    assert_eq!(
        answer["best"],
        json!("lab:99 acc = 99 (highest of all finished runs; 20 were read to count: 20 can be ranked)")
    );
    assert!(notes(&answer).contains("reading ended early: the server went away"), "{answer}");
}

#[tokio::test]
async fn trackers_compete_with_each_other_and_one_that_fails_is_told() {
    let lab = MemoryTracker::of(vec![run("a", &[], &[("acc", 0.5)])]);
    let home = MemoryTracker::of(vec![run("b", &[], &[("acc", 0.6)])]).called("home");
    let away = MemoryTracker::of(Vec::new()).called("away").failing_after(0);
    let trackers = [lab, home, away].map(Arc::new).to_vec();

    let answer = ask(trackers, "rank_runs", json!({"metric": "acc"})).await.structured.unwrap();

    assert_eq!(ids(&answer), ["home:b", "lab:a"]);
    assert!(
        answer["best"]
            .as_str()
            .unwrap()
            .contains("highest of 2 finished runs among the 2 read of the trackers that answered"),
        "{answer}"
    );
    assert!(notes(&answer).contains("away: the server went away"), "{answer}");
}

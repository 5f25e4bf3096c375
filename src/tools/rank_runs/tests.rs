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

fn seeds() -> MemoryTracker {
    let one =
        |id: &str, model: &str, seed: &str, acc: f64| run(id, &[("model", model), ("seed", seed)], &[("acc", acc)]);
    MemoryTracker::of(vec![
        one("a1", "vit", "1", 0.90),
        one("a2", "vit", "2", 0.91),
        one("a3", "vit", "3", 0.92),
        one("b1", "mlp", "1", 0.50),
        one("b2", "mlp", "2", 0.52),
        one("b3", "mlp", "3", 0.51),
        one("b4", "mlp", "4", f64::NAN),
    ])
}

#[tokio::test]
async fn runs_parted_by_their_folders_alone_are_told_how_to_be_put_together() {
    let one = |id: &'static str, model: &'static str, acc: f64| {
        run(id, &[("model", model), ("seed", id), ("out_dir", id)], &[("acc", acc)])
    };
    let runs = vec![one("a1", "vit", 0.9), one("a2", "vit", 0.8), one("b1", "mlp", 0.5)];
    let told = answer(MemoryTracker::of(runs), "rank_runs", json!({"metric": "acc", "average_over": ["seed"]})).await;
    assert!(notes(&told).contains(r#"every run has its own out_dir: average_over ["seed","out_dir"] puts"#), "{told}");
}

#[tokio::test]
async fn groups_have_mean_spread_interval_and_a_lead_that_can_be_told_from_chance() {
    for arguments in [
        json!({"metric": "acc", "group_by": ["params.model"]}),
        json!({"metric": "acc", "group_by": ["model"]}),
        json!({"metric": "acc", "average_over": ["seed"]}),
    ] {
        let answer = answer(seeds(), "rank_runs", arguments.clone()).await;
        let groups: Vec<Value> = rows(&answer, "groups").into_iter().map(Value::Object).collect();
        assert_eq!(
            groups,
            [
                json!({"rank": 1, "params.model": "vit", "n": 3, "mean": 0.91, "std": 0.01, "ci95_low": 0.885159, "ci95_high": 0.934841, "left_out": "", "best_run": "lab:a3"}),
                json!({"rank": 2, "params.model": "mlp", "n": 3, "mean": 0.51, "std": 0.01, "ci95_low": 0.485159, "ci95_high": 0.534841, "left_out": 1, "best_run": "lab:b2"}),
            ],
            "{arguments}"
        );
        assert_eq!(
            answer["best"],
            json!(
                "params.model = vit: mean acc 0.91 (n = 3, std 0.01, 95 % CI 0.885159 to 0.934841), the highest of 2 groups of 6 finished runs; left out: 1 NaN"
            )
        );
        assert_eq!(
            answer["lead"],
            json!("ahead of params.model = mlp by 0.4 (95 % CI 0.37733 to 0.42267): separable with n = 3 and 3")
        );
    }
}

#[tokio::test]
async fn a_lead_of_a_low_metric_is_told_as_a_gain() {
    let one = |id: &str, model: &str, loss: f64| run(id, &[("model", model)], &[("loss", loss)]);
    let runs = vec![one("a", "x", 1.0), one("b", "x", 1.1), one("c", "y", 1.05), one("d", "y", 1.25)];
    let answer = answer(MemoryTracker::of(runs), "rank_runs", json!({"metric": "loss", "group_by": "model"})).await;
    let lead = answer["lead"].as_str().unwrap();
    assert!(
        lead.starts_with("ahead of params.model = y by 0.1 (95 % CI -")
            && lead.ends_with("not separable with n = 2 and 2"),
        "{lead}"
    );
}

#[tokio::test]
async fn single_runs_have_no_interval_and_the_lead_says_so() {
    let runs = vec![run("a", &[("m", "x")], &[("acc", 0.5)]), run("b", &[], &[("acc", 0.4)])];
    let answer = answer(MemoryTracker::of(runs), "rank_runs", json!({"metric": "acc", "group_by": ["m"]})).await;
    assert_eq!(answer["groups"]["columns"], json!(["rank", "params.m", "n", "mean", "best_run"]));
    assert_eq!(rows(&answer, "groups")[1]["params.m"], json!("(none)"));
    assert!(answer["lead"].as_str().unwrap().contains("is not known"), "{answer}");
    assert!(notes(&answer).contains("2 of 2 groups have a single run"), "{answer}");
}

#[tokio::test]
async fn a_grouping_that_makes_no_sense_is_refused() {
    for (arguments, told) in [
        (json!({"average_over": ["sed"]}), "average_over: no run that can be ranked has 'sed'; near: seed"),
        (json!({"group_by": ["params.modle"]}), "near: params.model"),
        (json!({"group_by": ["model"], "average_over": ["seed"]}), "give one"),
        (json!({"group_by": ["model"], "columns": ["user"]}), "columns are of single runs"),
    ] {
        let mut all = json!({"metric": "acc"});
        all.as_object_mut().unwrap().extend(arguments.as_object().unwrap().clone());
        let message = refusal(seeds(), "rank_runs", all).await;
        assert!(message.contains(told), "{message}");
    }
}

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

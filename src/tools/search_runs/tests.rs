use std::sync::Arc;

use backends::model::Run;
use serde_json::{Value, json};

use crate::memory_tracker::{MemoryTracker, answer, ask, notes, refusal, rows, run};

fn titled(id: &str, value: f64) -> Run {
    run(id, &[("General/lr", "0.1")], &[("val_f1/val_f1", value), ("loss/train", 1.0), ("loss/val", 2.0)])
}

fn ids(answer: &Value) -> Vec<String> {
    rows(answer, "runs").iter().map(|row| row["run"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn columns_are_found_without_title_and_section() {
    let arguments = json!({"columns": ["metrics.val_f1", "params.lr"]});
    let answer = answer(MemoryTracker::of(vec![titled("a1", 0.5)]), "search_runs", arguments).await;

    let row = &rows(&answer, "runs")[0];
    assert_eq!((&row["metrics.val_f1/val_f1"], &row["params.General/lr"]), (&json!(0.5), &json!("0.1")));
    assert_eq!(notes(&answer), "metrics.val_f1 read as metrics.val_f1/val_f1\nparams.lr read as params.General/lr");
}

#[tokio::test]
async fn a_column_that_may_be_several_is_asked_back() {
    let tracker = MemoryTracker::of(vec![titled("a1", 0.5)]);
    let message = refusal(tracker, "search_runs", json!({"columns": ["metrics.loss"]})).await;
    assert!(message.contains("it may mean metrics.loss/train, metrics.loss/val"), "{message}");
}

#[tokio::test]
async fn runs_of_two_trackers_stand_in_one_order_by_what_each_calls_the_metric() {
    let titled = MemoryTracker::of(vec![titled("a1", 0.5), titled("a2", 0.9)]).titled();
    let plain = MemoryTracker::of(vec![run("b1", &[], &[("val_f1", 0.7)])]).called("home");

    let arguments = json!({"order_by": "metrics.val_f1 desc"});
    let answer = ask(vec![Arc::new(titled), Arc::new(plain)], "search_runs", arguments).await.structured.unwrap();

    assert_eq!(ids(&answer), ["lab:a2", "home:b1", "lab:a1"]);
    let values: Vec<Value> = rows(&answer, "runs").iter().map(|row| row["metrics.val_f1"].clone()).collect();
    assert_eq!(values, [json!(0.9), json!(0.7), json!(0.5)]);
    let notes = notes(&answer);
    assert_eq!(notes.matches("read as").count(), 1, "{notes}");
    assert!(notes.contains("none is among these"), "{notes}");
}

#[tokio::test]
async fn an_order_by_a_name_that_nobody_has_is_refused() {
    let runs = vec![titled("a1", 0.5), titled("a2", 0.9)];
    for tracker in [MemoryTracker::of(runs.clone()), MemoryTracker::of(runs.clone()).titled()] {
        let message = refusal(tracker, "search_runs", json!({"order_by": "metrics.val_acc desc"})).await;
        assert!(message.contains("cannot order by a metric that is not there"), "{message}");
    }
    let message = refusal(MemoryTracker::of(runs), "get_runs", json!({"runs": ["best val_acc"]})).await;
    assert!(message.contains("no finished run has a finite value"), "{message}");
}

#[tokio::test]
async fn the_best_run_is_found_by_a_name_without_its_title() {
    let tracker = MemoryTracker::of(vec![titled("a1", 0.5), titled("a2", 0.9)]);

    let answer = answer(tracker, "get_runs", json!({"runs": ["best val_f1"]})).await;

    assert_eq!(answer["runs"][0]["run"], json!("lab:a2"));
    assert!(notes(&answer).contains("metrics.val_f1 read as metrics.val_f1/val_f1"), "{answer}");
}

#[tokio::test]
async fn metrics_of_the_machine_are_shown_only_when_they_are_named() {
    let tracker = || {
        let mut run = run("a1", &[], &[("system/cpu", 9.0), ("system/gpu", 8.0), ("val_f1", 0.5)]);
        run.metrics.iter_mut().for_each(|(name, metric)| metric.machine = name.starts_with("system/"));
        MemoryTracker::of(vec![run])
    };
    let columns = |answer: &Value| answer["runs"]["columns"].to_string();

    let usual = answer(tracker(), "search_runs", json!({})).await;
    assert!(columns(&usual).contains("metrics.val_f1") && !columns(&usual).contains("system/"), "{usual}");
    let all = answer(tracker(), "search_runs", json!({"columns": ["metrics.*"]})).await;
    assert!(!columns(&all).contains("system/"), "{all}");
    assert_eq!(notes(&all), "2 metrics about the machine not shown; columns ['metrics.system/*'] shows");
    let named = answer(tracker(), "search_runs", json!({"columns": ["metrics.system/*"]})).await;
    assert!(columns(&named).contains("metrics.system/cpu"), "{named}");
}

#[tokio::test]
async fn extremes_are_columns_where_the_tracker_keeps_them() {
    let arguments = json!({"columns": ["min.loss", "max.loss"]});
    let mut kept = run("a1", &[], &[("loss", 2.0)]);
    let metric = kept.metrics.get_mut("loss").unwrap();
    (metric.min, metric.max) = (Some((0.5, Some(7))), Some((3.0, None)));
    let shown = answer(MemoryTracker::of(vec![kept]), "search_runs", arguments.clone()).await;
    assert_eq!((&rows(&shown, "runs")[0]["min.loss"], &rows(&shown, "runs")[0]["max.loss"]), (&json!(0.5), &json!(3)));

    let without = answer(MemoryTracker::of(vec![run("a1", &[], &[("loss", 2.0)])]), "search_runs", arguments).await;
    assert!(notes(&without).contains("values of 'loss' are not kept with these runs; get_metric_history"), "{without}");
}

#[tokio::test]
async fn tags_are_columns_by_their_name_and_by_a_pattern() {
    let mut tagged = run("a1", &[], &[]);
    tagged.tags =
        [("harness", "lm-eval"), ("golden", "")].map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    for columns in [json!(["tags.harness"]), json!(["tags.har*"])] {
        let found = answer(MemoryTracker::of(vec![tagged.clone()]), "search_runs", json!({"columns": columns})).await;
        assert_eq!(found["runs"]["columns"][3], json!("tags.harness"), "{found}");
        assert_eq!(found["runs"]["rows"][0][3], json!("lm-eval"), "{found}");
    }
}

#[tokio::test]
async fn a_column_without_its_group_is_what_the_rows_have_of_that_name() {
    let both =
        run("a1", &[("lr", "0.1"), ("optimizer", "adam")], &[("lr", 0.01), ("lr/head", 0.02), ("val/loss", 2.0)]);
    let asked = json!({"columns": ["optimizer", "lr", "loss"]});
    let shown = answer(MemoryTracker::of(vec![both.clone()]), "search_runs", asked).await;
    let columns = ["run", "name", "status", "params.optimizer", "metrics.lr", "params.lr", "metrics.val/loss"];
    assert_eq!(shown["runs"]["columns"], json!(columns), "{shown}");
    let reply =
        ask(vec![Arc::new(MemoryTracker::of(vec![both]))], "search_runs", json!({"columns": ["optimiser"]})).await;
    assert!(reply.text.contains("no column 'optimiser'; near: params.optimizer; columns are run, "), "{}", reply.text);
    let none = answer(MemoryTracker::of(Vec::new()), "search_runs", json!({"columns": ["optimiser"]})).await;
    assert!(rows(&none, "runs").is_empty(), "without runs there is nothing to tell a name by: {none}");
}

#[tokio::test]
async fn an_extreme_that_the_filter_names_is_a_column() {
    let mut kept = run("a1", &[], &[("loss", 2.0)]);
    kept.metrics.get_mut("loss").unwrap().max = Some((3.0, None));
    let shown = answer(MemoryTracker::of(vec![kept]), "search_runs", json!({"filter": "max.loss > 2.5"})).await;
    let row = &rows(&shown, "runs")[0];
    assert_eq!((&row["max.loss"], &row["metrics.loss"]), (&json!(3), &json!(2)));
}

#[tokio::test]
async fn columns_that_are_empty_in_every_row_are_named() {
    let arguments = json!({"columns": ["user", "parent", "note"]});
    let shown = answer(MemoryTracker::of(vec![titled("a1", 0.5)]), "search_runs", arguments).await;
    assert_eq!(notes(&shown), "none of these runs has: parent, note");
}

#[tokio::test]
async fn a_project_of_two_trackers_leads_to_a_call_with_both() {
    let [lab, home] = ["lab", "home"].map(|name| Arc::new(MemoryTracker::of(vec![run("a1", &[], &[])]).called(name)));
    let reply = ask(vec![lab, home], "search_runs", json!({"projects": ["bench"]})).await;
    assert!(reply.is_error && reply.text.contains("may mean 2 projects"), "{}", reply.text);
    assert!(reply.text.ends_with(r#"search_runs {"projects":["lab:1","home:1"]}"#), "{}", reply.text);
}

#[tokio::test]
async fn of_metrics_that_as_many_runs_have_those_that_tell_what_is_better_are_shown() {
    let metrics = ["epoch", "extra_0", "extra_1", "extra_2", "extra_3", "extra_4", "val_loss"].map(|name| (name, 0.5));
    let told = answer(MemoryTracker::of(vec![run("a1", &[], &metrics)]), "search_runs", json!({})).await;
    let columns = told["runs"]["columns"].to_string();
    assert!(columns.contains("metrics.val_loss") && !columns.contains("extra_4"), "{columns}");
}

#[tokio::test]
async fn where_the_filter_leaves_nothing_the_order_is_not_to_blame() {
    let tracker = MemoryTracker::of(vec![run("aaaa0001", &[("val/loss", "a")], &[])]);
    let question = json!({"filter": "params.`val loss` is null", "order_by": "metrics.loss asc"});
    let answer = answer(tracker, "search_runs", question).await;
    assert!(rows(&answer, "runs").is_empty(), "{answer}");
    let notes = notes(&answer);
    assert!(notes.contains("params.`val loss` read as params.val/loss") && notes.contains("no run fits"), "{notes}");
}

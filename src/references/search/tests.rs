use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::memory_tracker::{MemoryTracker, answer, ask, notes, refusal, rows, run};

/// Metrics with titles, params with sections.
fn titled() -> MemoryTracker {
    MemoryTracker::of(vec![
        run("a1", &[("Args/lr", "0.1"), ("Hydra/model/size", "9")], &[("loss/train", 0.4), ("acc/val", 0.5)]),
        run("a2", &[("Args/lr", "0.2")], &[("loss/train", 0.2), ("acc/val", 0.7), ("acc/test", 0.6)]),
        run("a3", &[("Args/lr", "0.2")], &[("loss/train", 0.6)]),
    ])
    .titled()
    .called("cml")
}

/// Metrics and params without.
fn plain() -> MemoryTracker {
    MemoryTracker::of(vec![
        run("b1", &[("lr", "0.1"), ("model/size", "9")], &[("train_loss", 0.3), ("val_acc", 0.5)]),
        run("b2", &[("lr", "0.2")], &[("train_loss", 0.5), ("val_acc", 0.6)]),
    ])
}

fn ids(answer: &Value) -> Vec<String> {
    rows(answer, "runs").iter().map(|row| row["run"].as_str().unwrap().to_owned()).collect()
}

async fn of_both(arguments: Value) -> Value {
    let reply = ask(vec![Arc::new(plain()), Arc::new(titled())], "search_runs", arguments).await;
    assert!(!reply.is_error, "{}", reply.text);
    reply.structured.unwrap()
}

#[tokio::test]
async fn a_metric_orders_runs_of_both_spellings_whichever_is_said() {
    for (said, told) in [
        ("train_loss", "cml: metrics.train_loss read as metrics.loss/train"),
        ("loss/train", "lab: metrics.loss/train read as metrics.train_loss"),
    ] {
        let answer = of_both(json!({"order_by": format!("metrics.{said} asc")})).await;

        assert_eq!(ids(&answer), ["cml:a2", "lab:b1", "cml:a1", "lab:b2", "cml:a3"], "{said}");
        assert_eq!(notes(&answer).matches(" read as ").count(), 1, "{answer}");
        assert!(notes(&answer).contains(told), "{answer}");
    }
}

#[tokio::test]
async fn a_filter_finds_runs_of_both_spellings_whichever_is_said() {
    for (filter, found) in [
        ("metrics.train_loss < 0.35", &["cml:a2", "lab:b1"][..]),
        ("metrics.loss/train < 0.35", &["cml:a2", "lab:b1"]),
        ("params.lr = '0.1'", &["cml:a1", "lab:b1"]),
        ("params.General/lr = '0.1'", &["cml:a1", "lab:b1"]),
        ("params.model/size is not null", &["cml:a1", "lab:b1"]),
        ("not metrics.train_loss >= 0.35 or params.Args/lr = '0.1'", &["cml:a1", "cml:a2", "lab:b1"]),
        // None of these is without it, under whichever name.
        ("metrics.train_loss is null or metrics.loss/train is null", &[]),
        ("metrics.acc/val is null", &["cml:a3"]),
        ("metrics.val_acc is null", &["cml:a3"]),
    ] {
        let answer = of_both(json!({"filter": filter, "order_by": "id"})).await;
        let mut answered = ids(&answer);
        answered.sort();
        assert_eq!(answered, found, "{filter}: {answer}");
    }
}

/// One question with two names, each of another tracker, is one with the same name twice.
#[tokio::test]
async fn every_key_of_a_question_is_respelt_and_told() {
    let filter = "metrics.train_loss < 0.45 and params.lr = '0.1'";
    let answer = answer(titled(), "search_runs", json!({"filter": filter, "order_by": "metrics.val_acc desc"})).await;

    assert_eq!(ids(&answer), ["cml:a1"]);
    for told in [
        "metrics.train_loss read as metrics.loss/train",
        "params.lr read as params.Args/lr",
        "metrics.val_acc read as metrics.acc/val",
    ] {
        assert_eq!(notes(&answer).matches(told).count(), 1, "{told}: {answer}");
    }
}

#[tokio::test]
async fn several_that_fit_are_named_and_none_is_taken() {
    let message = refusal(titled(), "search_runs", json!({"filter": "metrics.acc > 0"})).await;
    assert!(message.contains("it may mean metrics.acc/test, metrics.acc/val: name one of them"), "{message}");

    let exact = MemoryTracker::of(vec![run("b1", &[], &[("acc", 0.9)])]);
    let arguments = json!({"order_by": "metrics.acc desc"});
    let reply = ask(vec![Arc::new(exact), Arc::new(titled())], "search_runs", arguments).await.structured.unwrap();
    assert_eq!(ids(&reply), ["lab:b1"]);
    assert!(notes(&reply).contains("cml: no run has exactly metrics.acc; it may mean metrics.acc/test"), "{reply}");
}

#[tokio::test]
async fn what_is_only_asked_to_be_missing_holds_whichever_may_be_meant() {
    let answer = answer(titled(), "search_runs", json!({"filter": "metrics.acc is null"})).await;

    assert_eq!(ids(&answer).len(), 3);
    assert!(notes(&answer).contains("no run has exactly metrics.acc; it may mean metrics.acc/test"), "{answer}");
}

#[tokio::test]
async fn a_name_that_is_there_costs_no_look_up_and_means_itself() {
    let tracker = MemoryTracker::of(vec![run("b1", &[("lr", "1")], &[("loss", 0.9), ("loss/train", 0.1)])]);
    for arguments in [
        json!({"order_by": "metrics.loss"}),
        json!({"filter": "metrics.loss > 0.5 and params.lr = '1' and not metrics.loss/train > 5"}),
    ] {
        let answer = answer(tracker.clone(), "search_runs", arguments).await;
        assert_eq!((ids(&answer), notes(&answer).contains("read as")), (vec!["lab:b1".to_owned()], false));
    }
    assert_eq!((tracker.searches.load(Ordering::Relaxed), tracker.namings.load(Ordering::Relaxed)), (2, 0));
}

/// The newest run has only what resembles it.
#[tokio::test]
async fn a_name_of_an_older_run_means_itself() {
    let runs = vec![run("b1", &[], &[("loss/train", 0.1)]), run("b2", &[], &[("loss", 0.9)])];

    let answer = answer(MemoryTracker::of(runs), "search_runs", json!({"filter": "metrics.loss < 0.5"})).await;

    assert_eq!((ids(&answer).len(), notes(&answer).contains("read as")), (0, false), "{answer}");
    assert!(notes(&answer).contains("metrics.loss is in older runs than the newest 1"), "{answer}");
}

#[tokio::test]
async fn later_pages_keep_the_spelling_whatever_is_logged_meanwhile() {
    let question = json!({"order_by": "metrics.train_loss asc", "limit": 1, "columns": ["run"]});
    let first = answer(titled(), "search_runs", question.clone()).await;
    let mut later = vec![run("a0", &[], &[("train_loss/x", 0.0), ("train/loss", 0.0)])];
    later.extend(["a1", "a2", "a3"].map(|id| run(id, &[], &[("loss/train", 0.5)])));
    let tracker = MemoryTracker::of(later).titled().called("cml");
    let mut asked = question;
    asked["cursor"] = first["next_cursor"].clone();

    let second = answer(tracker.clone(), "search_runs", asked).await;

    assert_eq!((ids(&first), ids(&second)), (vec!["cml:a2".to_owned()], vec!["cml:a2".to_owned()]));
    assert!(notes(&second).contains("metrics.train_loss read as metrics.loss/train"), "{second}");
    assert_eq!((tracker.searches.load(Ordering::Relaxed), tracker.namings.load(Ordering::Relaxed)), (1, 0));
}

#[tokio::test]
async fn pages_of_both_spellings_are_one_list() {
    let mut asked = json!({"order_by": "metrics.train_loss asc", "limit": 2});
    let mut all = Vec::new();
    for _ in 0..3 {
        let answer = of_both(asked.clone()).await;
        assert!(notes(&answer).contains("metrics.train_loss read as metrics.loss/train"), "{answer}");
        all.extend(ids(&answer));
        asked["cursor"] = answer["next_cursor"].clone();
    }
    assert_eq!(all, ["cml:a2", "lab:b1", "cml:a1", "lab:b2", "cml:a3"]);
    assert!(asked["cursor"].is_null());
}

#[tokio::test]
async fn rankings_and_selectors_read_their_filters_likewise() {
    let trackers = || vec![Arc::new(plain()), Arc::new(titled())];
    let arguments = json!({"metric": "train_loss", "filter": "params.lr = '0.1'"});
    let ranked = ask(trackers(), "rank_runs", arguments).await.structured.unwrap();
    assert_eq!(ids(&ranked), ["lab:b1", "cml:a1"]);
    assert!(notes(&ranked).contains("cml: params.lr read as params.Args/lr"), "{ranked}");

    for (reference, expected) in [("where params.lr = '0.1'", 2), ("best train_loss", 1)] {
        let found = ask(trackers(), "get_runs", json!({"runs": [reference]})).await.structured.unwrap();
        assert_eq!(found["returned"], expected, "{found}");
        assert!(notes(&found).contains("cml: "), "{found}");
    }
}

#[tokio::test]
async fn a_name_that_nothing_has_is_told_with_its_neighbours() {
    let filter = "metrics.loss/trian < 1 or params.lr = '0.1'";
    let told = notes(&answer(titled(), "search_runs", json!({"filter": filter})).await);
    assert!(told.contains("no run here has metrics.loss/trian; there are metrics.loss/train"), "{told}");

    let message = refusal(plain(), "search_runs", json!({"filter": "metrics.train_los < 1"})).await;
    assert!(message.contains("none of 1 runs has metrics.train_los; near: metrics.train_loss"), "{message}");
}

#[tokio::test]
async fn what_is_about_the_machine_is_meant_only_where_nothing_else_is() {
    let mut one = run("a1", &[], &[(":monitor:gpu/load", 0.9), ("cpu/load", 0.1), (":monitor:gpu/heat", 9.0)]);
    one.metrics.iter_mut().for_each(|(name, metric)| metric.machine = name.starts_with(":monitor:"));
    for (said, meant) in [("load", "cpu/load"), ("heat", ":monitor:gpu/heat")] {
        let tracker = MemoryTracker::of(vec![one.clone()]).titled();
        let answer = answer(tracker, "search_runs", json!({"filter": format!("metrics.{said} > 0")})).await;
        let told = format!("metrics.{said} read as {}", backends::query::Key::Metric(meant.to_owned()));
        assert!(notes(&answer).contains(&told), "{answer}");
    }
}

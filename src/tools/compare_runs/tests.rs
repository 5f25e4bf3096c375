//! What differs between runs.

mod across;
mod artifact;
mod best_step;
mod datasets;
mod references;

use std::sync::Arc;

use backends::model::{Code, DatasetInput, Run, Status};
use serde_json::{Value, json};

use crate::memory_tracker::{MemoryTracker, answer, ask, notes, refusal, rows, run};

fn two() -> MemoryTracker {
    MemoryTracker::of(vec![
        run("aaaa0001", &[("lr", "0.1"), ("model", "vit"), ("warmup", "10")], &[("val_f1", 0.5), ("val/loss", 2.0)]),
        run("aaaa0002", &[("lr", "0.2"), ("model", "vit")], &[("val_f1", 0.6), ("val/loss", 3.0), ("size", 7.0)]),
    ])
}

const BOTH: [&str; 2] = ["aaaa0001", "aaaa0002"];

async fn compared(tracker: MemoryTracker, more: Value) -> Value {
    let mut arguments = json!({"runs": BOTH});
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    answer(tracker, "compare_runs", arguments).await
}

fn letters(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows(answer, "runs").iter().map(|row| (text(&row["letter"]), text(&row["run"]))).collect()
}

#[tokio::test]
async fn only_what_differs_is_shown_and_the_rest_is_counted() {
    let answer = compared(two(), json!({})).await;

    let params: Vec<Value> = rows(&answer, "params").into_iter().map(Value::Object).collect();
    assert_eq!(
        params,
        [json!({"param": "lr", "A": "0.1", "B": "0.2"}), json!({"param": "warmup", "A": "10", "B": ""})]
    );
    assert_eq!(answer["equal"], json!("1 param"));
    assert_eq!(letters(&answer), [("A".into(), "lab:aaaa0001".into()), ("B".into(), "lab:aaaa0002".into())]);
}

#[tokio::test]
async fn two_runs_have_change_percent_and_verdict() {
    let answer = compared(two(), json!({})).await;

    let metrics: Vec<Value> = rows(&answer, "metrics").into_iter().map(Value::Object).collect();
    assert_eq!(
        metrics,
        [
            json!({"metric": "val/loss", "A": 2, "B": 3, "B-A": 1, "percent": 50, "better": "lower", "B is": "worse"}),
            json!({"metric": "val_f1", "A": 0.5, "B": 0.6, "B-A": 0.1, "percent": 20, "better": "higher", "B is": "better"}),
            json!({"metric": "size", "A": "", "B": 7, "B-A": "", "percent": "", "better": "", "B is": ""}),
        ]
    );
}

#[tokio::test]
async fn keys_show_what_fits_equal_or_not() {
    let narrowed = compared(two(), json!({"keys": ["val*", "model"]})).await;
    assert_eq!(rows(&narrowed, "params")[0]["param"], json!("model"));
    assert_eq!(rows(&narrowed, "metrics").len(), 2);
    assert_eq!(narrowed.get("equal"), None);

    let all = compared(two(), json!({"keys": ["*"]})).await;
    assert_eq!((rows(&all, "params").len(), rows(&all, "metrics").len()), (3, 3));

    let strange = compared(two(), json!({"keys": ["acc*"]})).await;
    assert!(notes(&strange).contains("no param or metric of these runs fits 'acc*'"), "{strange}");
}

#[tokio::test]
async fn of_several_runs_the_best_are_marked_and_nan_and_infinity_never_are() {
    let values = [0.5, f64::NAN, 0.7, f64::INFINITY, 0.7];
    let runs = (1..).zip(values).map(|(n, value)| run(&format!("aaaa000{n}"), &[], &[("val_f1", value)])).collect();

    let answer =
        answer(MemoryTracker::of(runs), "compare_runs", json!({"runs": ["where metrics.val_f1 is not null"]})).await;

    let metric = rows(&answer, "metrics").remove(0);
    assert_eq!(metric["best"], json!("C, E (highest)"));
    assert_eq!((&metric["B"], &metric["D"]), (&json!("NaN"), &json!("Infinity")));
    assert_eq!((&metric["C-A"], metric.get("B-A")), (&json!(0.2), None));
}

#[tokio::test]
async fn changes_of_many_runs_are_shown_when_a_baseline_is_asked_for() {
    let metrics: Vec<(String, f64)> = (0..10).map(|n| (format!("acc_{n}"), f64::from(n))).collect();
    let runs: Vec<Run> = (1..=4_i32)
        .map(|n| {
            let own: Vec<(&str, f64)> =
                metrics.iter().map(|(name, value)| (name.as_str(), value + f64::from(n))).collect();
            run(&format!("aaaa000{n}"), &[], &own)
        })
        .collect();
    let ask = |more: Value| {
        let mut arguments = json!({"runs": ["last 4"]});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        answer(MemoryTracker::of(runs.clone()), "compare_runs", arguments)
    };

    let unasked = ask(json!({})).await;
    assert_eq!(unasked["metrics"]["columns"], json!(["metric", "A", "B", "C", "D", "best"]));
    assert_eq!(unasked.get("baseline"), None);

    let asked = ask(json!({"baseline": "aaaa0002"})).await;
    assert_eq!(asked["baseline"], json!("A"));
    assert_eq!(rows(&asked, "metrics")[0]["B-A"], json!(-1));
}

#[tokio::test]
async fn values_that_look_alike_when_rounded_are_shown_in_full() {
    let runs = vec![run("aaaa0001", &[], &[("x", 0.123_456_78)]), run("aaaa0002", &[], &[("x", 0.123_456_79)])];
    let answer = compared(MemoryTracker::of(runs), json!({})).await;
    let metric = rows(&answer, "metrics").remove(0);
    assert_eq!((&metric["A"], &metric["B"]), (&json!(0.123_456_78), &json!(0.123_456_79)));
    assert!(notes(&answer).contains("none is judged"), "{answer}");
}

#[tokio::test]
async fn tags_datasets_and_code_that_differ_are_shown() {
    let data = |name: &str, context: &str| DatasetInput {
        name: name.to_owned(),
        version: Some("v1".to_owned()),
        context: Some(context.to_owned()),
        ..DatasetInput::default()
    };
    let with = |id: &str, commit: &str, datasets: Vec<DatasetInput>, golden: Option<&str>| {
        let mut one = run(id, &[], &[]);
        one.code = Code { commit: Some(commit.into()), entry_point: Some("train.py".into()), ..Code::default() };
        one.datasets = datasets;
        one.tags.extend(golden.map(|value| ("golden".to_owned(), value.to_owned())));
        one.system_tags.insert("mlflow.source.name".to_owned(), id.to_owned());
        one
    };
    let runs = vec![
        with("aaaa0001", "c1", vec![data("web", "training"), data("web", "test"), data("mmlu", "test")], Some("yes")),
        with("aaaa0002", "c2", vec![data("web", "training"), data("mmlu", "test")], None),
    ];

    let answer = compared(MemoryTracker::of(runs), json!({})).await;

    let told = json!({"columns": ["fact", "A", "B"], "rows": [
        ["dataset web@v1", "test, training", "training"],
        ["commit", "c1", "c2"],
        ["tags.golden", "yes", ""],
    ]});
    assert_eq!(answer["context"], told);
    assert_eq!(answer["equal"], json!("1 dataset, 1 fact on code"));
}

#[tokio::test]
async fn runs_in_which_nothing_differs_are_said_to_be_alike() {
    let answer = compared(MemoryTracker::of(BOTH.map(|id| run(id, &[("lr", "1")], &[])).to_vec()), json!({})).await;
    assert_eq!(answer["equal"], json!("1 param"));
    assert!(notes(&answer).contains("nothing that was recorded of these runs differs"), "{answer}");
    assert!(!notes(&answer).contains("packages"), "what no run has is no difference: {answer}");
}

#[tokio::test]
async fn a_table_that_does_not_fit_says_what_is_left_out() {
    let wide = |id: &str| {
        let params: Vec<(String, String)> =
            (0..400).map(|n| (format!("param_{n:03}"), format!("{id} {}", "v".repeat(80)))).collect();
        let params: Vec<(&str, &str)> = params.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        run(id, &params, &[("val_f1", id.len() as f64)])
    };
    let reply = ask(
        vec![Arc::new(MemoryTracker::of(vec![wide("aaaa0001"), wide("aaaa0002x")]))],
        "compare_runs",
        json!({"runs": ["aaaa0001", "aaaa0002x"]}),
    )
    .await;

    let answer = reply.structured.unwrap();
    let left = 400 - rows(&answer, "params").len();
    assert!(left > 0 && reply.text.chars().count() <= 20_000 && answer.to_string().chars().count() <= 20_000);
    assert!(notes(&answer).contains(&format!("not shown for want of room: {left} params")), "{}", notes(&answer));
    assert_eq!(rows(&answer, "metrics").len(), 1);
}

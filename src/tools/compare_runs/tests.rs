mod across;
mod datasets;

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
async fn the_page_that_shows_runs_side_by_side_stands_for_all_of_them() {
    let page = |runs: &str| json!({"runs": [format!("http://lab/runs/{runs}")]});
    let answer = answer(two(), "compare_runs", page("aaaa0002,aaaa0001")).await;
    assert_eq!(letters(&answer), [("A".into(), "lab:aaaa0002".into()), ("B".into(), "lab:aaaa0001".into())]);

    let message = refusal(two(), "compare_runs", page("aaaa0001,bbbb0001")).await;
    assert!(message.contains("bbbb0001"), "{message}");
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
async fn the_baseline_stands_first_by_whatever_reference_it_is_given() {
    for baseline in ["aaaa0002", "lab:aaaa0002", "run-aaaa0002", "last 1", "where params.lr = 0.2"] {
        // All started at once, so the last is the one with the lowest id.
        let expected = if baseline == "last 1" { "lab:aaaa0001" } else { "lab:aaaa0002" };
        let answer = compared(two(), json!({"baseline": baseline})).await;
        assert_eq!(letters(&answer)[0], ("A".into(), expected.into()), "{baseline}");
        assert_eq!(answer["baseline"], json!("A"));
    }
}

#[tokio::test]
async fn a_baseline_that_is_not_compared_is_refused() {
    let mut tracker = vec![run("aaaa0003", &[], &[])];
    tracker.extend(BOTH.map(|id| run(id, &[], &[])));
    let tracker = || MemoryTracker::of(tracker.clone());
    let ask = |baseline: &str| refusal(tracker(), "compare_runs", json!({"runs": BOTH, "baseline": baseline}));

    let message = ask("run-aaaa0003").await;
    assert!(message.contains("baseline 'run-aaaa0003' (lab:aaaa0003) is not one of runs"), "{message}");
    let message = ask("last 3").await;
    assert!(message.contains("stands for 2 of the runs"), "{message}");
}

#[tokio::test]
async fn a_comparison_needs_two_different_runs() {
    for (runs, told) in [
        (json!([]), "runs is missing"),
        (json!(["aaaa0001"]), "only one run to compare (lab:aaaa0001)"),
        (json!(["aaaa0001", " aaaa0001"]), "'aaaa0001' is named twice"),
        (json!(["aaaa0001", "lab:aaaa0001"]), "2 references stand for only 1 different run (lab:aaaa0001)"),
        (json!(["aaaa0001", "aaaa0002", "run-aaaa0001"]), "3 references stand for only 2 different runs"),
        (json!(["aaaa0001", "nobody"]), "no run 'nobody'"),
    ] {
        let message = refusal(two(), "compare_runs", json!({"runs": runs})).await;
        assert!(message.contains(told), "{runs}: {message}");
    }
}

#[tokio::test]
async fn more_runs_than_fit_are_refused() {
    let names: Vec<String> = (0..51).map(|n| format!("run-{n}")).collect();
    let message = refusal(two(), "compare_runs", json!({"runs": names})).await;
    assert!(message.contains("51 runs were named, at most 50"), "{message}");
}

#[tokio::test]
async fn a_run_that_is_not_there_is_told_beside_the_others() {
    let answer = answer(two(), "compare_runs", json!({"runs": ["aaaa0001", "nobody", "aaaa0002"]})).await;
    assert_eq!(letters(&answer).len(), 2);
    assert!(notes(&answer).contains("no run 'nobody'"), "{answer}");
}

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

fn curves() -> MemoryTracker {
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

#[tokio::test]
async fn documents_are_compared_by_key_path() {
    let tracker = two()
        .with_file("aaaa0001", "out/config.json", r#"{"train": {"lr": 0.1, "steps": 10}, "seed": 1}"#)
        .with_file("aaaa0002", "out/config.json", r#"{"seed": 1.0, "train": {"lr": 0.2, "steps": 10, "note": "x"}}"#);

    let answer = compared(tracker, json!({"artifact": "config.json"})).await;

    let keys: Vec<Value> = rows(&answer, "artifact").into_iter().map(Value::Object).collect();
    assert_eq!(
        keys,
        [json!({"key": "train.lr", "A": "0.1", "B": "0.2"}), json!({"key": "train.note", "A": "", "B": "x"})]
    );
    assert!(answer["equal"].as_str().unwrap().contains("2 keys of the artifact"), "{answer}");
    assert!(notes(&answer).contains("artifact 'config.json' is out/config.json"), "{answer}");
}

#[tokio::test]
async fn requirements_are_compared_by_package() {
    let tracker = two()
        .with_file("aaaa0001", "model/requirements.txt", "# made\nmlflow==2.15.1\nnumpy==1.26 # old\ntorch\n")
        .with_file("aaaa0002", "model/requirements.txt", "torch\nnumpy==2.0\nmlflow==2.15.1\n");
    let answer = compared(tracker, json!({"artifact": "requirements.txt"})).await;
    let rows: Vec<Value> = rows(&answer, "artifact").into_iter().map(Value::Object).collect();
    assert_eq!(rows, [json!({"key": "numpy", "A": "==1.26", "B": "==2.0"})]);
}

#[tokio::test]
async fn other_texts_are_compared_line_by_line() {
    let tracker = two().with_file("aaaa0001", "train.py", "import torch\nlr = 0.1\nprint(lr)\n").with_file(
        "aaaa0002",
        "train.py",
        "import torch\nlr = 0.2\nprint(lr)\n",
    );

    let answer = compared(tracker, json!({"artifact": "train.py"})).await;

    let text = answer["lines"]["text"].as_str().unwrap();
    assert!(text.contains("-lr = 0.1\n+lr = 0.2\n") && text.starts_with("--- A train.py\n+++ B train.py"), "{text}");
    assert_eq!(answer["lines"]["untrusted_from"], json!("files of runs A and B"));
}

#[tokio::test]
async fn files_that_are_equal_missing_or_doubtful_are_told_and_the_rest_stands() {
    let same = two().with_file("aaaa0001", "a.txt", "x").with_file("aaaa0002", "a.txt", "x");
    let one = two().with_file("aaaa0001", "a.txt", "x").with_file("aaaa0002", "b.txt", "x");
    let doubtful = two().with_file("aaaa0001", "p/a.txt", "x").with_file("aaaa0001", "q/a.txt", "x");
    for (tracker, told) in [
        (same, vec!["artifact 'a.txt' is the same in A, B"]),
        (one, vec!["artifact, B: ", "no file 'a.txt'; near: b.txt", "nothing to compare it with"]),
        (doubtful, vec!["artifact, A: ", "p/a.txt", "q/a.txt", "artifact, B: ", "no file 'a.txt'"]),
    ] {
        let answer = compared(tracker, json!({"artifact": "a.txt"})).await;
        assert_eq!(rows(&answer, "params").len(), 2);
        for told in told {
            assert!(notes(&answer).contains(told), "{told}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_file_too_large_to_compare_is_told() {
    let large = "x".repeat(1_000_001);
    let tracker = two().with_file("aaaa0001", "a.txt", &large).with_file("aaaa0002", "a.txt", "x");
    let answer = compared(tracker, json!({"artifact": "a.txt"})).await;
    assert!(notes(&answer).contains("artifact, A: 'a.txt' has 1"), "{}", notes(&answer));
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

#[tokio::test]
async fn a_model_version_stands_for_its_run_and_states_are_shown_where_they_differ() {
    let mut runs: Vec<Run> = BOTH.map(|id| run(id, &[], &[])).to_vec();
    runs[1].tags.insert("model".to_owned(), "fraud/3".to_owned());
    runs[1].status = Some(Status::Failed);

    let answer = answer(MemoryTracker::of(runs), "compare_runs", json!({"runs": ["aaaa0001", "fraud/3"]})).await;

    assert_eq!(letters(&answer)[1].1, "lab:aaaa0002");
    assert_eq!(rows(&answer, "runs")[1]["status"], json!("failed"));
    assert_eq!(answer["project"], json!("bench"));
    assert!(notes(&answer).contains("'fraud/3' is a model made by lab:aaaa0002"), "{answer}");
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

use backends::model::{
    Artifact, Embedded, Metric, ModelReference, Outline, Pipeline, PipelineStep, Report, Run, RunId, Status, StepState,
};
use serde_json::{Value, json};

use crate::memory_tracker::{MemoryTracker, answer, notes, refusal, rows, run};

async fn first(tracker: MemoryTracker, more: Value) -> Value {
    let mut arguments = json!({"runs": ["a1"]});
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    answer(tracker, "get_runs", arguments).await
}

/// A run of which a tracker keeps much.
fn rich() -> Run {
    let mut run = run("a1", &[("General/lr", "0.1")], &[("loss/train", 0.123_456_789), (":monitor:gpu/load", 90.0)]);
    run.metrics.get_mut(":monitor:gpu/load").unwrap().machine = true;
    let loss = run.metrics.get_mut("loss/train").unwrap();
    *loss = Metric {
        step: None,
        first: Some((2.5, Some(0))),
        min: Some((0.1, Some(7))),
        max: Some((f64::INFINITY, None)),
        count: Some(12),
        ..*loss
    };
    run.code.diff = Some((1..=50).map(|line| format!("+line {line}\n")).collect());
    run.environment = [("container image", "nvidia/cuda"), ("python", "3.11.7"), ("db_password", "hunter2")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    run.configs = [("OmegaConf".to_owned(), "lr: 0.1\n".repeat(1_000)), ("model".to_owned(), "{}".to_owned())].into();
    run
}

#[tokio::test]
async fn metrics_show_what_the_tracker_keeps_of_them() {
    let answer = first(MemoryTracker::of(vec![rich()]), json!({"include": ["metrics"]})).await;

    let shown = &answer["runs"][0];
    assert_eq!(
        rows(shown, "metrics").into_iter().map(Value::Object).collect::<Vec<_>>(),
        [json!({
            "metric": "loss/train", "value": 0.123_456_789, "first": 2.5, "first_step": 0,
            "min": 0.1, "min_step": 7, "max": "Infinity", "count": 12
        })]
    );
    assert_eq!(
        notes(&answer),
        "1 metric about the machine not shown; keys [':monitor:gpu/*'] shows\nno packages are kept"
    );
}

#[tokio::test]
async fn a_tracker_that_keeps_only_last_values_has_no_empty_columns() {
    let tracker = MemoryTracker::of(vec![run("a1", &[], &[("loss", 0.5)])]);
    let answer = first(tracker, json!({"include": ["metrics"]})).await;
    assert_eq!(answer["runs"][0]["metrics"]["columns"], json!(["metric", "value", "step"]));
}

#[tokio::test]
async fn metrics_of_the_machine_are_shown_when_they_are_named() {
    for (keys, shown) in [("*", 1), (":monitor*", 1), ("load", 1), ("loss*", 1)] {
        let answer = first(MemoryTracker::of(vec![rich()]), json!({"include": ["metrics"], "keys": [keys]})).await;
        let names = rows(&answer["runs"][0], "metrics");
        let machine = names.iter().filter(|row| row["metric"] == json!(":monitor:gpu/load")).count();
        assert_eq!((names.len(), machine == 1), (shown, !matches!(keys, "*" | "loss*")), "{keys}: {answer}");
    }
}

#[tokio::test]
async fn of_one_run_the_beginning_of_its_changes_is_shown() {
    let answer = first(MemoryTracker::of(vec![rich()]), json!({"include": ["code"]})).await;

    let shown = &answer["runs"][0];
    let text = shown["uncommitted_changes"]["text"].as_str().unwrap();
    assert_eq!((text.lines().count(), text.lines().last()), (40, Some("+line 40")));
    assert_eq!(shown["uncommitted_changes"]["untrusted_from"], json!("run lab:a1"));
    assert_eq!(notes(shown), "uncommitted_changes is the beginning of 50 lines");
    assert_eq!(
        shown["environment"],
        json!({"container image": "nvidia/cuda", "db_password": "***", "python": "3.11.7"})
    );
}

#[tokio::test]
async fn of_one_run_configuration_is_shown_and_of_several_only_named() {
    let one = first(MemoryTracker::of(vec![rich()]), json!({"include": ["config"]})).await;
    let configs = one["runs"][0]["config"].as_array().unwrap();
    assert_eq!(
        configs[1],
        json!({"config": "model", "characters": 2, "text": {"untrusted_from": "run lab:a1", "text": "{}"}})
    );
    let long = configs[0]["text"]["text"].as_str().unwrap();
    assert!(long.starts_with("lr: 0.1\nlr") && long.ends_with("(+4000 characters)"), "{long}");
    assert!(notes(&configs[0]).contains(r#"read_artifact {"runs":["lab:a1"],"path":"config/OmegaConf"}"#), "{one}");

    let tracker = MemoryTracker::of(vec![rich(), run("a2", &[], &[])]);
    let several = answer(tracker, "get_runs", json!({"runs": ["a1", "a2"], "include": ["config", "code"]})).await;
    let named: Vec<Value> = rows(&several["runs"][0], "config").into_iter().map(Value::Object).collect();
    assert_eq!(named, [json!({"name": "OmegaConf", "characters": 8_000}), json!({"name": "model", "characters": 2})]);
    assert!(several["runs"][0]["uncommitted_changes"].is_null(), "{several}");
}

#[tokio::test]
async fn artifacts_and_models_show_where_they_are_kept() {
    let mut run = rich();
    run.models = vec![ModelReference {
        id: "m1".to_owned(),
        output: true,
        framework: Some("PyTorch".to_owned()),
        location: Some("s3://bucket/m.pt".to_owned()),
        ..ModelReference::default()
    }];
    let tracker = MemoryTracker::of(vec![run]).with_artifacts(
        "a1",
        vec![
            Artifact::folder("logs"),
            Artifact {
                kind: Some("pandas".to_owned()),
                location: Some("http://ada:hunter2@files/x.csv".to_owned()),
                hash: Some("e75cc01271d0f5bd2f4ecccca0ac146c2acf4f98f412cb2aeb1d36e83dce5120".to_owned()),
                preview: Some("a  b\n1  2\n".to_owned()),
                content_type: Some("text/csv".to_owned()),
                ..Artifact::file("x.csv", Some(8))
            },
        ],
    );
    let answer = first(tracker, json!({"include": ["artifacts", "models"]})).await;

    let files: Vec<Value> = rows(&answer["runs"][0], "artifacts").into_iter().map(Value::Object).collect();
    assert_eq!(
        files[1],
        json!({
            "path": "x.csv", "bytes": 8, "kind": "pandas", "content_type": "text/csv",
            "location": "http://***@files/x.csv", "hash": "e75cc01271d0", "preview": "a b 1 2"
        })
    );
    assert_eq!(files[0]["kind"], json!("folder"));
    let models = rows(&answer["runs"][0], "models");
    assert_eq!(models[0]["model"], json!("lab:m1"));
    assert_eq!((&models[0]["framework"], &models[0]["location"]), (&json!("PyTorch"), &json!("s3://bucket/m.pt")));
}

#[tokio::test]
async fn moments_of_the_start_and_the_end_are_told_once() {
    let mut late = run("a1", &[], &[]);
    late.created = late.started.map(|at| at - jiff::Span::new().hours(1));
    late.updated = late.ended.map(|at| at + jiff::Span::new().milliseconds(400));
    let answer = first(MemoryTracker::of(vec![late]), json!({})).await;
    let shown = &answer["runs"][0];
    assert_eq!((&shown["created"], &shown["updated"]), (&json!("1969-12-31T23:00:00Z"), &Value::Null));
}

#[tokio::test]
async fn only_few_runs_come_with_their_pages() {
    let many: Vec<Run> = (10..21).map(|number| linked(&format!("a{number}"))).collect();
    let ids: Vec<String> = many.iter().map(|run| run.id.to_string()).collect();
    let tracker = MemoryTracker::of(many);

    let all = answer(tracker.clone(), "get_runs", json!({"runs": ids})).await;
    let few = answer(tracker, "get_runs", json!({"runs": &ids[..10]})).await;

    assert!(all["runs"][0]["url"].is_null() && notes(&all).contains("search_runs with columns ['url']"), "{all}");
    assert!(few["runs"][9]["url"].is_string() && !notes(&few).contains("url"), "{few}");
}

fn linked(id: &str) -> Run {
    Run { web_url: Some(format!("https://tracker.test/{id}")), ..run(id, &[], &[]) }
}

#[tokio::test]
async fn lists_that_none_of_the_runs_has_are_named_once() {
    let mut made = run("a2", &[], &[]);
    made.models = vec![ModelReference { id: "m1".to_owned(), ..ModelReference::default() }];
    let tracker = MemoryTracker::of(vec![run("a1", &[], &[]), made]);
    let include = json!(["models", "datasets"]);

    let both = answer(tracker.clone(), "get_runs", json!({"runs": ["a1", "a2"], "include": include})).await;
    let one = answer(tracker, "get_runs", json!({"runs": ["a1"], "include": include})).await;

    assert_eq!((&both["none_recorded"], &one["none_recorded"]), (&json!(["datasets"]), &json!(["datasets", "models"])));
}

#[tokio::test]
async fn a_model_of_several_runs_leads_to_those_runs() {
    let made = |id: &str| {
        let mut run = run(id, &[], &[]);
        run.tags.insert("model".to_owned(), "fraud".to_owned());
        run
    };
    let told = refusal(MemoryTracker::of(vec![made("a1"), made("a2")]), "get_runs", json!({"runs": ["fraud"]})).await;
    assert!(told.contains("may mean 2 runs"), "{told}");
    assert!(told.contains(r#"Next: get_runs {"runs":["lab:a1","lab:a2"],"include":["models","metrics"]}"#), "{told}");
}

#[tokio::test]
async fn a_pipeline_has_a_line_and_on_request_its_steps_in_their_order() {
    let step = |name: &str, parents: &[&str], state| PipelineStep {
        name: name.to_owned(),
        parents: parents.iter().map(|parent| (*parent).to_owned()).collect(),
        run: matches!(state, StepState::Ran(_)).then(|| RunId::new(format!("run-of-{name}"))),
        state,
        cached: name == "prepare",
        started: None,
        ended: None,
        reason: (name == "train").then(|| "out of memory".to_owned()),
    };
    let ran = |status| StepState::Ran(Some(status));
    let steps = vec![
        step("evaluate", &["train"], StepState::Waiting),
        step("train", &["prepare"], ran(Status::Failed)),
        step("prepare", &[], ran(Status::Finished)),
        step("export", &["prepare"], StepState::Skipped),
    ];
    let outline = Outline::Pipeline(Pipeline::of(steps, true));
    let lab = MemoryTracker::of(vec![run("a1", &[], &[])]).with_outline("a1", outline);

    let shown = &first(lab.clone(), json!({})).await["runs"][0];
    let line = "4 steps: 1 finished, 1 failed (train), 1 skipped (export), 1 not run because of train (evaluate)";
    assert_eq!((&shown["pipeline"], shown.get("steps")), (&json!(line), None));

    let whole = &first(lab, json!({"include": ["children"]})).await["runs"][0];
    let steps = rows(whole, "steps");
    let column = |name: &str| -> Vec<Value> { steps.iter().map(|row| row[name].clone()).collect() };
    assert_eq!(column("step"), ["prepare", "train", "export", "evaluate"]);
    assert_eq!(column("status"), ["finished", "failed", "skipped", "not run because of train"]);
    let reference = json!("lab:run-of-train");
    assert_eq!(
        (&steps[1]["run"], &steps[1]["reason"], &steps[3]["run"]),
        (&reference, &json!("out of memory"), &json!(""))
    );
    assert_eq!((&steps[0]["cached"], &steps[1]["cached"]), (&json!("cached"), &json!("")));
}

#[tokio::test]
async fn a_report_says_how_it_is_read_and_what_it_shows() {
    let plot = Embedded {
        kind: "scalar".to_owned(),
        title: Some("val/loss".to_owned()),
        runs: vec![RunId::new("b2")],
        address: Some("http://lab/widget".to_owned()),
    };
    let picture =
        Embedded { kind: "image".to_owned(), address: Some("http://files/a.png".to_owned()), ..Embedded::default() };
    let report = Report { path: "report.md".to_owned(), characters: 3_210, embedded: vec![plot, picture] };
    let lab = MemoryTracker::of(vec![run("a1", &[], &[])]).with_outline("a1", Outline::Report(report));

    let shown = &first(lab, json!({})).await["runs"][0];

    assert_eq!(shown["report"], "3210 characters");
    let embedded = rows(shown, "embedded");
    assert_eq!((&embedded[0]["runs"], &embedded[0]["address"]), (&json!(["lab:b2"]), &json!("")));
    assert_eq!(embedded[1]["address"], "http://files/a.png");
    let reading = "read_artifact {\"runs\":[\"lab:a1\"],\"path\":\"report.md\"}";
    assert!(notes(shown).contains(reading), "{shown}");
}

#[tokio::test]
async fn a_filter_that_no_run_fits_leads_to_the_search_that_tells_why() {
    let tracker = MemoryTracker::of(vec![run("a1", &[], &[("loss", 0.5)])]);
    let told = refusal(tracker, "get_runs", json!({"runs": ["where metrics.loss > 1"]})).await;
    assert!(told.ends_with(r#"Next: search_runs {"filter":"metrics.loss > 1"}"#), "{told}");
}

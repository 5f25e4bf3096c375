//! A store with all that can be logged, written where the environment says: tests/live/test_local_write.py opens it with
//! MLflow and holds what it reads against `written.json`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use backends::local::write::{DatasetSource, LoggedDataset, Measurement, NewExperiment, NewRun, Permission, Store};
use backends::model::{ProjectId, RunId, Status};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

/// A folder; without it, a temporary one. An `mlflow.db` that is in it is written to, else it is made.
const FOLDER: &str = "TRACKER_MCP_WRITTEN_STORE";
const EXPERIMENT: &str = "written here – 模型";
const STARTED: Timestamp = Timestamp::constant(1_780_300_800, 123_000_000);

#[test]
fn a_store_is_written_with_all_that_can_be_logged() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::var_os(FOLDER).map_or_else(|| temporary.path().to_path_buf(), PathBuf::from);
    let file = folder.join("mlflow.db");
    let mut store =
        if file.exists() { Store::open(&file, Permission::AnyStore) } else { Store::create(&file, STARTED) }.unwrap();

    let written = write(&mut store);

    std::fs::write(folder.join("written.json"), serde_json::to_vec_pretty(&written).unwrap()).unwrap();
    let again = Store::open(&file, Permission::AnyStore).unwrap();
    assert_eq!(again.experiment(EXPERIMENT).unwrap().unwrap().as_str(), written["experiment"]["id"]);
    assert!(again.experiment("Default").unwrap().is_some());
}

fn write(store: &mut Store) -> Value {
    let tags = [("mlflow.note.content", "Made **here**."), ("team", "vision")];
    let new = NewExperiment { name: EXPERIMENT.to_owned(), artifact_location: None, tags: texts(&tags) };
    let experiment = store.create_experiment(&new, STARTED).unwrap();
    let parent = store.create_run(&experiment, &NewRun::named("sweep", STARTED)).unwrap();
    let runs = [
        full(store, &experiment, &parent),
        json!({"id": parent.as_str(), "name": "sweep", "status": "RUNNING", "user": "unknown", "start": ms(STARTED),
            "end": null, "tags": {"mlflow.runName": "sweep"}, "params": {}, "metrics": {}, "artifacts": {}, "datasets": []}),
        failed(store, &experiment),
    ];
    json!({
        "experiment": {"id": experiment.as_str(), "name": EXPERIMENT, "tags": new.tags, "created": ms(STARTED)},
        "runs": runs,
    })
}

/// A finished run with everything.
fn full(store: &mut Store, experiment: &ProjectId, parent: &RunId) -> Value {
    let new = NewRun {
        user: Some("ada".to_owned()),
        parent: Some(parent.clone()),
        source: Some("train.py".to_owned()),
        commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        tags: texts(&[("mlflow.note.content", "It's a \"note\".\nTwo lines."), ("empty", "")]),
        ..NewRun::named("it's 100% – 🚀", STARTED)
    };
    let run = store.create_run(experiment, &new).unwrap();
    let long = "ü".repeat(6_000);
    let params = [("lr", "1e-3"), ("model/depth", "3"), ("empty", ""), ("größe", "模型"), ("long", &long)];
    store.log_params(&run, &params).unwrap();
    let points = points();
    store.log_metrics(&run, &points).unwrap();
    store.set_tags(&run, &[("team", "nlp"), ("empty", ""), ("team", "vision")]).unwrap();
    let artifacts = artifacts(store, &run);
    let datasets = datasets();
    store.log_inputs(&run, &datasets).unwrap();
    store.end_run(&run, Status::Finished, STARTED + 90.minutes()).unwrap();

    let mut tags = new.tags.clone();
    tags.extend(texts(&[
        ("mlflow.parentRunId", parent.as_str()),
        ("mlflow.runName", &new.name),
        ("mlflow.source.git.commit", "0123456789abcdef0123456789abcdef01234567"),
        ("mlflow.source.name", "train.py"),
        ("mlflow.source.type", "LOCAL"),
        ("mlflow.user", "ada"),
        ("team", "vision"),
    ]));
    let mut metrics: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for point in &points {
        metrics.entry(point.key).or_default().push(json!([format!("{:?}", point.value), ms(point.time), point.step]));
    }
    let datasets: Vec<Value> = datasets.iter().map(shown).collect();
    json!({"id": run.as_str(), "name": new.name, "status": "FINISHED", "user": "ada", "start": ms(STARTED),
        "end": ms(STARTED + 90.minutes()), "tags": tags, "params": texts(&params), "metrics": metrics,
        "artifacts": artifacts, "datasets": datasets})
}

fn failed(store: &mut Store, experiment: &ProjectId) -> Value {
    let run = store.create_run(experiment, &NewRun::named("broken", STARTED)).unwrap();
    store.set_tags(&run, &[("mlflow.runName", "renamed"), ("failure_reason", "OOM")]).unwrap();
    store.end_run(&run, Status::Failed, STARTED + 1.second()).unwrap();
    json!({"id": run.as_str(), "name": "renamed", "status": "FAILED", "user": "unknown", "start": ms(STARTED),
        "end": ms(STARTED + 1.second()), "tags": {"mlflow.runName": "renamed", "failure_reason": "OOM"}, "params": {},
        "metrics": {}, "artifacts": {}, "datasets": []})
}

/// More than go in at once, and every kind of number.
fn points() -> Vec<Measurement<'static>> {
    let point = |key, value, step: i64| Measurement { key, value, time: STARTED + step.abs().seconds(), step };
    let mut points: Vec<_> = (0..2_500_i32).map(|step| point("loss", 1.0 / f64::from(step + 3), step.into())).collect();
    points.extend([
        point("val/f1 score", 0.5, 10),
        point("val/f1 score", 0.1 + 0.2, 20),
        point("val/f1 score", 0.75, 15),
        point("diverged", 1.0, 0),
        point("diverged", f64::NAN, 1),
        point("bounds", f64::NEG_INFINITY, -5),
        point("bounds", f64::INFINITY, i64::from(i32::MAX)),
        point("tiny", 5e-324, 0),
        point("zero", -0.0, 0),
        point("system/cpu_utilization_percentage", 12.5, 0),
    ]);
    points
}

/// Files by path, with their content in hexadecimal digits.
fn artifacts(store: &Store, run: &RunId) -> BTreeMap<String, String> {
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let files: [(&str, &[u8]); 4] = [
        ("config.yml", b"lr: 0.001\n"),
        ("reports/deep/100% größe.txt", "все хорошо\n".as_bytes()),
        ("model/weights.bin", &bytes),
        ("empty.txt", b""),
    ];
    let log = |(path, content): (&str, &[u8])| {
        let file = store.log_artifact(run, path, &mut &*content).unwrap();
        assert_eq!(std::fs::read(file).unwrap(), content);
        (path.to_owned(), content.iter().map(|byte| format!("{byte:02x}")).collect())
    };
    files.into_iter().map(log).collect()
}

fn datasets() -> [LoggedDataset; 3] {
    let dataset = |name: &str, source, context: Option<&str>| LoggedDataset {
        name: name.to_owned(),
        digest: "a1b2c3d4".to_owned(),
        source,
        schema: None,
        profile: None,
        context: context.map(ToOwned::to_owned),
    };
    [
        LoggedDataset {
            schema: Some(r#"{"mlflow_colspec": [{"type": "double", "name": "x", "required": true}]}"#.to_owned()),
            profile: Some(r#"{"num_rows": 150, "num_elements": 150}"#.to_owned()),
            ..dataset("iris", DatasetSource::Local("/data/it's iris.csv".to_owned()), Some("training"))
        },
        dataset("web", DatasetSource::Http("https://example.org/a.csv".to_owned()), Some("evaluation")),
        dataset("made", DatasetSource::Code("make.py".to_owned()), None),
    ]
}

fn shown(dataset: &LoggedDataset) -> Value {
    let (kind, source) = match &dataset.source {
        DatasetSource::Local(uri) => ("local", json!({"uri": uri})),
        DatasetSource::Http(url) => ("http", json!({"url": url})),
        DatasetSource::Code(name) => ("code", json!({"tags": {"mlflow.source.name": name}})),
    };
    json!({"name": dataset.name, "digest": dataset.digest, "source_type": kind, "source": source,
        "schema": dataset.schema, "profile": dataset.profile, "context": dataset.context})
}

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn ms(time: Timestamp) -> i64 {
    time.as_millisecond()
}

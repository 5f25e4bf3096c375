//! Versions of registered models: they stand for the run that made them, and are shown with it.

use serde_json::json;

use crate::mlflow_double::{Double, Experiment, ModelVersion, Store, StoredRun, Version};
use crate::tracker_of_double::{ask, config};

fn store() -> Store {
    let version = |version: u64, run: &str, alias: Option<&str>| ModelVersion {
        name: "eval/model".to_owned(),
        version,
        run_id: run.repeat(32),
        alias: alias.map(ToOwned::to_owned),
    };
    Store {
        experiments: vec![Experiment::new(1, "vision")],
        runs: ["a", "b"].map(|id| StoredRun::new(&id.repeat(32), id)).to_vec(),
        versions: vec![version(1, "a", None), version(2, "b", Some("champion")), version(3, "", None)],
    }
}

#[tokio::test]
async fn a_model_version_stands_for_the_run_that_made_it() {
    let double = Double::start(Version::V3_17, store()).await;
    let config = config(&double);
    for (reference, run) in [
        ("eval/model/1", Some("a")),
        ("models:/eval/model/2", Some("b")),
        ("eval/model@champion", Some("b")),
        ("models:/eval/model@champion", Some("b")),
        // A version without a run, versions, aliases and models that are not there.
        ("eval/model/3", None),
        ("eval/model/4", None),
        ("eval/model@nobody", None),
        ("nothing@champion", None),
    ] {
        let reply = ask(&config, "get_runs", json!({"runs": [reference]})).await;

        let found = reply.structured.map(|answer| answer["runs"][0]["run"].as_str().unwrap().to_owned());
        assert_eq!(found, run.map(|run| format!("mlflow:{}", run.repeat(32))), "{reference}: {}", reply.text);
    }
}

#[tokio::test]
async fn the_models_of_several_runs_cost_one_request() {
    let double = Double::start(Version::V3_17, store()).await;
    let runs = ["a", "b"].map(|id| id.repeat(32));

    let reply = ask(&config(&double), "get_runs", json!({"runs": runs, "include": ["models"]})).await;

    let answer = reply.structured.unwrap();
    for (at, model) in ["mlflow:eval/model/1", "mlflow:eval/model/2"].into_iter().enumerate() {
        assert_eq!(answer["runs"][at]["models"]["rows"][0][0], model);
    }
    assert_eq!(double.seen().iter().filter(|seen| seen.path.ends_with("/model-versions/search")).count(), 1);
}

//! Files of a task, over real connections: an API that answers as recorded, and a file server beside it.

mod file_server;
mod held;
mod lab;
mod listing;
mod plots_and_samples;

use lab::{Lab, TASK, TITLES, media};
use serde_json::{Value, json};

use super::path as as_path;
use crate::clearml::tests::call;
use crate::model::{Artifact, ByteRange};
use crate::{ErrorKind, Result};

fn from(offset: u64, length: u64) -> ByteRange {
    ByteRange::From { offset, length }
}

const ALL: ByteRange = ByteRange::From { offset: 0, length: 10_000 };

fn paths(rows: &[Artifact]) -> Vec<String> {
    rows.iter().map(|row| format!("{}{}", row.path, if row.folder { "/" } else { "" })).collect()
}

/// A task with one artifact.
fn with_artifact(artifact: &Value) -> Value {
    json!({"tasks": [{"id": TASK, "execution": {"artifacts": [artifact]}}]})
}

#[tokio::test]
async fn a_model_is_listed_with_its_place_and_read_there() {
    let lab = Lab::of(&media()["of_model"]).await;
    lab.serves_all("weights").await;
    let page = lab.list("models").await.unwrap();
    assert_eq!(paths(&page.rows), ["models/fraud-model"]);
    assert!(page.rows[0].location.as_deref().unwrap().ends_with("/models/model.pt"));
    assert_eq!(&lab.read("models/fraud-model", ALL).await.unwrap().bytes[..], b"weights");
    // A model whose place is not known is not listed.
    assert_eq!(Lab::recorded().await.list("models").await.unwrap().rows, []);
}

#[tokio::test]
async fn whatever_an_artifact_is_called_it_can_be_read() {
    for key in ["../../etc/passwd", "/abs", "a//b/", "..", "C:/x", "a\\b", "a\nb", "", "s3://bucket/x"] {
        let lab = Lab::recorded().await;
        let uri = format!("{}/stored", lab.files.uri());
        let lab = lab.with(&with_artifact(&json!({"key": key, "uri": uri}))).await;
        lab.serves("/stored", "found").await;
        let part = lab.read(&as_path(key), ALL).await.unwrap();
        assert_eq!(&part.bytes[..], b"found", "{key:?}");
    }
}

#[tokio::test]
async fn a_hostile_path_or_run_is_refused_without_a_request() {
    let lab = Lab::recorded().await;
    for wanted in ["../x", "/etc/passwd", "a//b", "file:///etc/passwd", "", "a\\b"] {
        assert_eq!(lab.read(wanted, ALL).await.unwrap_err().kind, ErrorKind::BadInput, "{wanted}");
    }
    for run in ["", "../x", "a b", "x\"]}"] {
        let run = crate::model::RunId::new(run);
        assert_eq!(lab.tracker.artifacts(&call(), &run, "", None).await.unwrap_err().kind, ErrorKind::NotFound);
    }
    assert_eq!((lab.requests().await, lab.logins()), (0, 0));
}

#[tokio::test]
async fn an_unknown_run_file_and_a_folder_are_told_apart() {
    let lab = Lab::recorded().await;
    let kind = async |wanted: &str| lab.read(wanted, ALL).await.map(|_| ()).map_err(|error| error.kind);
    assert_eq!(kind("no_such").await, Err(ErrorKind::NotFound));
    assert_eq!(kind("plots/none.json").await, Err(ErrorKind::NotFound));
    for folder in ["config", "plots", "plots/report", "debug", "debug/samples/input"] {
        assert_eq!(kind(folder).await, Err(ErrorKind::BadInput), "{folder}");
    }
    let nobody = Lab::of(&json!({"tasks": []})).await;
    lab::refuses(&nobody.api, TITLES).await;
    for outcome in [nobody.list("").await.map(|_| ()), nobody.read("a", ALL).await.map(|_| ())] as [Result<()>; 2] {
        let error = outcome.unwrap_err();
        assert!(error.kind == ErrorKind::NotFound && error.message.contains("there is no run"), "{error}");
    }
}

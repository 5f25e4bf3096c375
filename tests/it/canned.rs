//! Canned answers of an MLflow server on 127.0.0.1, for tests that look at what happens around an answer.

use serde_json::{Value, json};
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// The one experiment that a canned server has.
pub(crate) const EXPERIMENT: &str = "bench";

/// The id of the run with this number, as MLflow writes ids.
pub(crate) fn run_id(number: usize) -> String {
    format!("{number:032x}")
}

/// A run as `runs/search` gives it, with these params and tags.
pub(crate) fn run(number: usize, name: &str, params: &[(&str, &str)], tags: &[(&str, &str)]) -> Value {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<Value> {
        pairs.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
    };
    json!({
        "info": {
            "run_id": run_id(number),
            "run_name": name,
            "experiment_id": "1",
            "user_id": "ada",
            "status": "FINISHED",
            "start_time": 1_780_300_800_000_u64,
            "end_time": 1_780_300_860_000_u64,
            "lifecycle_stage": "active",
        },
        "data": {
            "metrics": [{"key": "val_f1", "value": 0.5, "timestamp": 1_780_300_801_000_u64, "step": 1}],
            "params": pairs(params),
            "tags": pairs(tags),
        },
    })
}

/// A server with one experiment, these runs and this note on the experiment.
pub(crate) async fn mlflow(runs: Vec<Value>, note: &str) -> MockServer {
    let server = MockServer::start().await;
    answer(&server, "/api/2.0/mlflow/runs/search", ResponseTemplate::new(200).set_body_json(json!({"runs": runs})))
        .await;
    with_experiment(&server, note).await;
    let nothing = ResponseTemplate::new(200).set_body_json(json!({}));
    let others = path_regex("^/api/2.0/mlflow/(artifacts/list|model-versions/search)$");
    Mock::given(method("GET")).and(others).respond_with(nothing).mount(&server).await;
    server
}

/// Gives a server its experiment and its version.
pub(crate) async fn with_experiment(server: &MockServer, note: &str) {
    let experiment = json!({
        "experiment_id": "1",
        "name": EXPERIMENT,
        "lifecycle_stage": "active",
        "creation_time": 1_780_000_000_000_u64,
        "last_update_time": 1_780_300_000_000_u64,
        "tags": [{"key": "mlflow.note.content", "value": note}],
    });
    let page = ResponseTemplate::new(200).set_body_json(json!({"experiments": [experiment]}));
    answer(server, "/api/2.0/mlflow/experiments/search", page).await;
    let version = ResponseTemplate::new(200).set_body_string("3.17.2");
    Mock::given(method("GET")).and(path("/version")).respond_with(version).mount(server).await;
}

/// Answers a POST to this path, whatever it says.
pub(crate) async fn answer(server: &MockServer, at: &str, answer: ResponseTemplate) {
    Mock::given(method("POST")).and(path(at)).respond_with(answer).mount(server).await;
}

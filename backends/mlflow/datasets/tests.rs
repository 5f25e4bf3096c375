//! What is asked of servers for datasets, and what is made of their answers.

use std::sync::Arc;

use serde_json::{Value, json};
use url::Url;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::super::{Mlflow, config};
use crate::call::SystemClock;
use crate::model::{Dataset, Page};
use crate::secret::SafeUrl;
use crate::settings::Environment;
use crate::tracker::{DatasetQuery, FoundDataset, ProjectScope};
use crate::{Call, Tracker};

fn call() -> Call {
    Call::new("tests", Arc::new(SystemClock))
}

fn mlflow(server: &MockServer) -> Mlflow {
    let found = config::find(&Environment::of(&[("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")], None)).unwrap();
    Mlflow::new(config::Config { url: SafeUrl::new(Url::parse(&server.uri()).unwrap()), ..found.config.unwrap() })
}

/// A server with so many experiments, in the first of which each of these inputs (name and digest) was logged by a run of
/// its own, the last one last.
async fn with(experiments: usize, inputs: Vec<(String, String)>, newest: bool) -> MockServer {
    let server = MockServer::start().await;
    let all: Vec<Value> = (1..=experiments)
        .map(|id| json!({"experiment_id": id.to_string(), "name": format!("e{id}"), "lifecycle_stage": "active"}))
        .collect();
    let answer = ResponseTemplate::new(200).set_body_json(json!({"experiments": all}));
    Mock::given(path("/api/2.0/mlflow/experiments/search")).respond_with(answer).mount(&server).await;
    let told = inputs.clone();
    Mock::given(path("/ajax-api/2.0/mlflow/experiments/search-datasets"))
        .respond_with(move |request: &Request| {
            let asked: Value = request.body_json().unwrap();
            let ids = asked["experiment_ids"].as_array().unwrap();
            assert!(ids.len() <= 20, "the server refuses more");
            let summary = |(name, digest): &(String, String)| {
                json!({"experiment_id": "1", "name": name, "digest": digest, "context": "training"})
            };
            // Where several are asked for, the server cuts its answer.
            let most = if ids.len() > 1 { 1_000 } else { usize::MAX };
            let first = ids.contains(&json!("1"));
            let rows: Vec<Value> = told.iter().filter(|_| first).take(most).map(summary).collect();
            ResponseTemplate::new(200).set_body_json(json!({"dataset_summaries": rows}))
        })
        .mount(&server)
        .await;
    Mock::given(path("/api/2.0/mlflow/runs/search"))
        .respond_with(move |request: &Request| {
            let body: Value = request.body_json().unwrap();
            let filter = body["filter"].as_str().unwrap();
            let run = |(number, (name, digest)): (usize, &(String, String))| {
                json!({"info": {"run_id": format!("{number:032x}"), "experiment_id": "1", "run_name": format!("r{number}"),
                                "status": "FINISHED", "start_time": 1_780_000_000_000_i64 + number as i64 * 1_000},
                       "inputs": {"dataset_inputs": [{"tags": [], "dataset": {"name": name, "digest": digest,
                                  "source_type": "local", "source": "{\"uri\": \"/data/x\"}"}}]}})
            };
            let fits = |(_, (name, _)): &(usize, &(String, String))| filter.contains(&format!("'{name}'"));
            let from: usize = body["page_token"].as_str().map_or(0, |token| token.parse().unwrap());
            let size = usize::try_from(body["max_results"].as_u64().unwrap()).unwrap();
            let all: Vec<Value> = inputs.iter().enumerate().filter(fits).map(run).rev().collect();
            let next = (from + size < all.len()).then(|| (from + size).to_string());
            let runs: Vec<Value> = all.into_iter().skip(from).take(size).collect();
            ResponseTemplate::new(200).set_body_json(json!({"runs": runs, "next_page_token": next}))
        })
        .mount(&server)
        .await;
    if newest {
        let golden = json!({"dataset_id": "d-1234", "name": "golden", "tags": "{\"team\": \"nlp\", \"mlflow.user\": \"x\"}",
                            "profile": "{\"num_records\": 2}", "digest": "8868", "created_by": "ada"});
        let answer = ResponseTemplate::new(200).set_body_json(json!({"datasets": [golden]}));
        Mock::given(path("/api/3.0/mlflow/datasets/search")).respond_with(answer).mount(&server).await;
        let answer = ResponseTemplate::new(200).set_body_json(json!({"experiment_ids": ["1"]}));
        Mock::given(path("/api/3.0/mlflow/datasets/d-1234/experiment-ids")).respond_with(answer).mount(&server).await;
    }
    server
}

fn logged(name: &str, count: usize) -> Vec<(String, String)> {
    (0..count).map(|number| (name.to_owned(), format!("d{number:04}"))).collect()
}

async fn search(tracker: &Mlflow, call: &Call, text: Option<&str>) -> Page<Dataset> {
    let query = DatasetQuery {
        projects: ProjectScope::All,
        text: text.map(ToOwned::to_owned),
        tags: Vec::new(),
        limit: 20,
        cursor: None,
    };
    tracker.datasets().unwrap().search(call, &query).await.unwrap()
}

async fn get(tracker: &Mlflow, call: &Call, texts: &[&str]) -> Vec<FoundDataset> {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    tracker.datasets().unwrap().get(call, &texts, false).await.unwrap()
}

#[tokio::test]
async fn a_list_is_one_request_for_twenty_experiments_and_one_for_evaluation_datasets() {
    let server = with(45, logged("many", 3), true).await;
    let tracker = mlflow(&server);
    search(&tracker, &call(), None).await;
    let again = call();
    let page = search(&tracker, &again, None).await;
    assert_eq!((again.requests(), page.rows.len(), page.total), (3 + 1, 4, Some(4)));
    let golden = &page.rows[0];
    assert_eq!((golden.reference.as_str(), golden.rows, golden.tags.len()), ("d-1234", Some(2), 1));
}

#[tokio::test]
async fn what_the_server_cut_is_asked_for_by_experiment() {
    let server = with(3, logged("many", 1_200), false).await;
    let page = search(&mlflow(&server), &call(), Some("MAN")).await;
    assert_eq!(page.rows.len(), 1_200);
    assert!(page.notes.iter().any(|note| note.contains("experiment 1 has more inputs")), "{:?}", page.notes);
}

#[tokio::test]
async fn a_server_without_evaluation_datasets_is_asked_for_them_once() {
    let server = with(1, logged("many", 1), false).await;
    let tracker = mlflow(&server);
    search(&tracker, &call(), None).await;
    get(&tracker, &call(), &["many"]).await;
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked.iter().filter(|request| request.url.path().starts_with("/api/3.0/")).count(), 1);
}

#[tokio::test]
async fn datasets_asked_together_cost_at_most_three_requests() {
    let inputs = [logged("many", 700), logged("few", 2)].concat();
    let server = with(1, inputs, true).await;
    let tracker = mlflow(&server);
    search(&tracker, &call(), None).await;
    for texts in [&["many", "few", "golden"][..], &["many@d0000"], &["golden"], &["many", "few@d0001", "d-1234"]] {
        let asked = call();
        let found = get(&tracker, &asked, texts).await;
        assert!(found.iter().all(|one| matches!(one, FoundDataset::Found(_))), "{texts:?}: {found:?}");
        assert!(asked.requests() <= 3, "{texts:?}: {}", asked.requests());
    }
}

#[tokio::test]
async fn a_name_is_found_behind_newer_runs_of_another() {
    // The runs of `few` are older than a whole page of those of `many`.
    let inputs = [logged("few", 2), logged("many", 600)].concat();
    let server = with(1, inputs, false).await;
    let found = get(&mlflow(&server), &call(), &["many", "few"]).await;
    let uses = |found: &FoundDataset| match found {
        FoundDataset::Found(found) => (found[0].dataset.reference.clone(), found[0].more_uses),
        other => panic!("{other:?}"),
    };
    assert_eq!(uses(&found[0]), ("many@d0599".to_owned(), true));
    assert_eq!(uses(&found[1]).0, "few@d0001");
}

#[tokio::test]
async fn three_hundred_digests_are_listed_whole_and_counted_with_the_dataset() {
    let server = with(1, logged("many", 300), false).await;
    let tracker = mlflow(&server);
    assert_eq!(search(&tracker, &call(), Some("many")).await.rows.len(), 300);
    let FoundDataset::Found(found) = get(&tracker, &call(), &["many"]).await.remove(0) else { panic!() };
    assert_eq!((found[0].versions_in_all, found[0].versions.len()), (300, 20));
    assert_eq!((found[0].dataset.reference.as_str(), found[0].more_uses), ("many@d0299", false));
}

#[tokio::test]
async fn databricks_offers_no_questions_about_datasets() {
    let variables = [
        ("MLFLOW_TRACKING_URI", "databricks"),
        ("DATABRICKS_HOST", "https://dbc-1.cloud.databricks.com"),
        ("DATABRICKS_TOKEN", "dapi-1"),
    ];
    let tracker = Mlflow::new(config::find(&Environment::of(&variables, None)).unwrap().config.unwrap());
    assert!(tracker.datasets().is_none() && !tracker.capabilities().datasets);
}

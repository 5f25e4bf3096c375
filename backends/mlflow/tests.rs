//! What is asked of servers: paths, headers and bodies, on servers that answer as MLflow and Databricks do.

mod models;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::ErrorKind;
use crate::call::Clock;
use crate::query::{Filter, Order};
use crate::secret::SafeUrl;
use crate::tracker::{Candidate, Match};

mod jobs;

const EXPERIMENTS: &str = "/api/2.0/mlflow/experiments/search";
const RUNS: &str = "/api/2.0/mlflow/runs/search";
const PATH_NAME: &str = "/Users/ada@example.org/llm eval";
const RUN: &str = "8aa0cb1eb8234eae8d547e2e7ef9d313";
const NO_PAGE: &str = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n";

struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        "2026-11-20T10:00:00Z".parse().unwrap()
    }

    fn jitter(&self) -> f64 {
        0.0
    }
}

fn call() -> Call {
    Call::new("test", Arc::new(StandingClock))
}

/// The tracker that these variables configure, with its address moved to a test server.
fn tracker(variables: &[(&str, &str)], server: &MockServer) -> Mlflow {
    let config = config::find(&Environment::of(variables, None)).unwrap().config.unwrap();
    Mlflow::new(Config { url: SafeUrl::new(Url::parse(&server.uri()).unwrap()), ..config })
}

fn databricks(server: &MockServer) -> Mlflow {
    let variables = [
        ("MLFLOW_TRACKING_URI", "databricks"),
        ("DATABRICKS_HOST", "https://dbc-1.cloud.databricks.com"),
        ("DATABRICKS_TOKEN", "dapi-1"),
        ("MLFLOW_TRACKING_USERNAME", "ada"),
        ("MLFLOW_TRACKING_PASSWORD", "pw"),
        ("MLFLOW_WORKSPACE", "team-b"),
    ];
    tracker(&variables, server)
}

fn mlflow(server: &MockServer, variables: &[(&str, &str)]) -> Mlflow {
    tracker(&[&[("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")], variables].concat(), server)
}

async fn answers(server: &MockServer, verb: &str, route: &str, answer: ResponseTemplate) {
    Mock::given(method(verb)).and(path(route)).respond_with(answer).mount(server).await;
}

fn text(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.as_bytes(), "text/html; charset=utf-8")
}

fn json(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// A server with one experiment and one run.
async fn server() -> MockServer {
    let server = MockServer::start().await;
    let experiment = json!({"experiment_id": "7", "name": PATH_NAME, "lifecycle_stage": "active"});
    answers(&server, "POST", EXPERIMENTS, json(json!({"experiments": [experiment]}))).await;
    let info = json!({"run_id": RUN, "experiment_id": "7", "run_name": "a", "status": "FINISHED", "lifecycle_stage": "active"});
    answers(&server, "POST", RUNS, json(json!({"runs": [{"info": info}]}))).await;
    server
}

/// Everything that the server was sent: method and path, headers by name, body.
async fn sent(server: &MockServer) -> Vec<wiremock::Request> {
    server.received_requests().await.unwrap()
}

async fn routes(server: &MockServer) -> Vec<String> {
    sent(server).await.iter().map(|request| format!("{} {}", request.method, request.url.path())).collect()
}

/// The bodies of all searches for runs.
async fn searches(server: &MockServer) -> Vec<Value> {
    let sent = sent(server).await;
    sent.iter().filter(|request| request.url.path() == RUNS).map(|request| request.body_json().unwrap()).collect()
}

fn query(filter: &str, order: &str) -> RunQuery {
    RunQuery {
        projects: ProjectScope::All,
        text: None,
        filter: Some(Filter::parse(filter, StandingClock.now()).unwrap()),
        order: Order::parse(order).unwrap(),
        include_archived: false,
        parts: Parts::NONE,
        limit: 5,
        cursor: None,
    }
}

#[tokio::test]
async fn databricks_is_asked_with_the_token_alone() {
    let server = server().await;
    let tracker = databricks(&server);

    tracker.status(&call()).await.unwrap();
    tracker.search_runs(&call(), &query("status = 'failed'", "")).await.unwrap();
    tracker.runs(&call(), &[RunId::new(RUN)], Parts::NONE).await.unwrap();

    for request in sent(&server).await {
        let header = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header("authorization").as_deref(), Some("Bearer dapi-1"), "{}", request.url);
        assert_eq!(header("x-mlflow-workspace"), None, "{}", request.url);
    }
    let mut routes = routes(&server).await;
    routes.sort();
    routes.dedup();
    assert_eq!(routes, ["GET /version", &format!("POST {EXPERIMENTS}"), &format!("POST {RUNS}")]);
}

#[tokio::test]
async fn databricks_is_well_without_a_version() {
    for version in [
        text(404, NO_PAGE),
        ResponseTemplate::new(404)
            .set_body_json(json!({"error_code": "ENDPOINT_NOT_FOUND", "message": "No API found"})),
        ResponseTemplate::new(303).insert_header("location", "/login.html"),
        text(200, "<html>sign in</html>"),
        text(403, "no"),
    ] {
        let server = server().await;
        answers(&server, "GET", "/version", version).await;

        let status = databricks(&server).status(&call()).await.unwrap();

        assert_eq!((status.version, status.user, status.sign_in.as_str()), (None, None, "token"));
    }
}

#[tokio::test]
async fn an_experiment_of_databricks_goes_by_its_path_and_links_to_its_page() {
    let server = server().await;
    let tracker = databricks(&server);

    let found = tracker.resolve(&call(), Referent::Project, PATH_NAME).await.unwrap();
    let runs = tracker.runs(&call(), &[RunId::new(RUN)], Parts::NONE).await.unwrap();

    let expected = Candidate {
        id: "7".to_owned(),
        name: PATH_NAME.to_owned(),
        project: None,
        started: None,
        matched: Match::Name,
    };
    assert_eq!(found.candidates, [expected]);
    let run = &runs.found[0].run;
    assert_eq!(run.project.name, PATH_NAME);
    assert_eq!(run.web_url.clone().unwrap(), format!("{}/ml/experiments/7/runs/{RUN}", server.uri()));
}

#[tokio::test]
async fn too_many_requests_of_databricks_say_when_to_come_back() {
    let server = MockServer::start().await;
    let body = json!({"error_code": "RESOURCE_EXHAUSTED", "message": "Too many requests. Please wait a moment..."});
    let answer = ResponseTemplate::new(429).insert_header("retry-after", "3600").set_body_json(body);
    answers(&server, "POST", EXPERIMENTS, answer).await;

    let error = databricks(&server).search_runs(&call(), &query("status = 'failed'", "")).await.unwrap_err();

    assert_eq!((error.kind, error.temporary), (ErrorKind::Unavailable, true));
    assert_eq!(error.retry_after, Some(Duration::from_secs(3_600)));
    assert!(error.message.starts_with("Databricks asks for fewer requests (HTTP 429); try again later"), "{error}");
    assert_eq!(sent(&server).await.len(), 1);
}

#[tokio::test]
async fn a_refused_token_of_databricks_names_its_setting() {
    let server = MockServer::start().await;
    let body = json!({"error_code": "403", "message": "Invalid access token."});
    answers(&server, "POST", EXPERIMENTS, ResponseTemplate::new(403).set_body_json(body)).await;

    let error = databricks(&server).status(&call()).await.unwrap_err();

    assert_eq!(error.kind, ErrorKind::NotAllowed);
    assert!(error.message.contains("check DATABRICKS_TOKEN"), "{error}");
}

#[tokio::test]
async fn user_and_password_go_to_a_server_that_tells_its_version() {
    let server = server().await;
    answers(&server, "GET", "/version", text(200, "3.17.2\n")).await;
    let variables = [("MLFLOW_TRACKING_USERNAME", "Aladdin"), ("MLFLOW_TRACKING_PASSWORD", "open sesame")];

    let status = mlflow(&server, &variables).status(&call()).await.unwrap();

    assert_eq!((status.version.as_deref(), status.user.as_deref()), (Some("3.17.2"), Some("Aladdin")));
    for request in sent(&server).await {
        assert_eq!(request.headers["authorization"], "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}

#[tokio::test]
async fn a_version_that_cannot_be_had_now_is_a_failure() {
    let server = server().await;
    let answer = text(503, "later").insert_header("retry-after", "3600");
    answers(&server, "GET", "/version", answer).await;

    assert_eq!(mlflow(&server, &[]).status(&call()).await.unwrap_err().kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_search_says_all_that_mlflow_can_do_of_it() {
    let server = server().await;
    let query =
        query("metrics.`val/loss` < 0.5 and params.opt = \"it's\" and status = 'failed'", "metrics.`val/loss` asc");

    mlflow(&server, &[]).search_runs(&call(), &query).await.unwrap();

    let searches = searches(&server).await;
    assert_eq!(
        searches[0],
        json!({
            "experiment_ids": ["7"],
            "max_results": 5,
            "run_view_type": "ACTIVE_ONLY",
            "filter": "metrics.`val/loss` < 0.5 AND params.`opt` = \"it's\" AND attributes.status = 'FAILED' \
                       AND metrics.`val/loss` > -1.7976931348623157e308",
            "order_by": ["metrics.`val/loss` ASC", "attributes.run_id ASC"],
        })
    );
    assert!(!routes(&server).await.contains(&"GET /version".to_owned()));
}

#[tokio::test]
async fn a_dataset_is_joined_only_by_servers_that_can() {
    let dataset = "datasets.name = 'mmlu'";
    for (version, filter, order, expected) in [
        (text(200, "2.15.1"), "dataset = 'mmlu'", "", true),
        (text(200, "2.15.1"), "dataset = 'mmlu' and status = 'failed'", "", true),
        (text(200, "2.15.1"), "dataset = 'mmlu' and params.opt = 'adam'", "", false),
        (text(200, "2.15.1"), "dataset = 'mmlu'", "metrics.loss asc", false),
        (text(200, "3.17.2"), "dataset = 'mmlu' and params.opt = 'adam'", "metrics.loss asc", true),
        (text(404, NO_PAGE), "dataset = 'mmlu' and params.opt = 'adam'", "", true),
    ] {
        let server = server().await;
        answers(&server, "GET", "/version", version).await;
        let tracker = mlflow(&server, &[]);

        tracker.search_runs(&call(), &query(filter, order)).await.unwrap();
        tracker.search_runs(&call(), &query(filter, order)).await.unwrap();

        for search in searches(&server).await {
            let filter = search["filter"].as_str().unwrap_or_default();
            assert_eq!(filter.contains(dataset), expected, "{filter}");
        }
        let versions = routes(&server).await.iter().filter(|route| *route == "GET /version").count();
        assert_eq!(versions, 1, "{filter}");
    }
}

#[tokio::test]
async fn the_workspace_goes_along_where_the_server_has_workspaces() {
    let server = server().await;
    let info = json!({"store_type": "SqlStore", "workspaces_enabled": true});
    answers(&server, "GET", "/api/3.0/mlflow/server-info", json(info)).await;
    let tracker = mlflow(&server, &[("MLFLOW_WORKSPACE", "team-b")]);

    tracker.search_runs(&call(), &query("status = 'failed'", "")).await.unwrap();

    let with_header: Vec<String> = sent(&server)
        .await
        .iter()
        .filter(|request| request.headers.get("x-mlflow-workspace").is_some_and(|name| name == "team-b"))
        .map(|request| request.url.path().to_owned())
        .collect();
    assert_eq!(with_header, [EXPERIMENTS, RUNS]);
    assert_eq!(routes(&server).await.len(), 3, "the server is asked once whether it has workspaces");
}

#[tokio::test]
async fn a_workspace_on_a_server_without_them_is_an_error_that_names_the_setting() {
    for info in [json(json!({"workspaces_enabled": false})), text(404, NO_PAGE)] {
        let server = server().await;
        answers(&server, "GET", "/api/3.0/mlflow/server-info", info).await;

        let error = mlflow(&server, &[("MLFLOW_WORKSPACE", "team-b")]).status(&call()).await.unwrap_err();

        assert_eq!(error.kind, ErrorKind::BadInput);
        assert_eq!(error.message, "MLFLOW_WORKSPACE is 'team-b', but this MLflow server has no workspaces; unset it");
        assert!(!routes(&server).await.contains(&format!("POST {EXPERIMENTS}")));
    }
}

#[tokio::test]
async fn a_model_stands_for_the_run_that_made_it() {
    let server = MockServer::start().await;
    let experiment = json!({"experiment_id": "7", "name": "e"});
    answers(&server, "POST", EXPERIMENTS, json(json!({"experiments": [experiment]}))).await;
    let run = json!({"info": {"run_id": RUN, "experiment_id": "7", "run_name": "trained"}});
    let by_id = wiremock::matchers::body_partial_json(json!({"filter": format!("attributes.run_id IN ('{RUN}')")}));
    Mock::given(method("POST"))
        .and(path(RUNS))
        .and(by_id)
        .respond_with(json(json!({"runs": [run]})))
        .mount(&server)
        .await;
    answers(&server, "POST", RUNS, json(json!({}))).await;
    let version = json!({"model_version": {"name": "my model", "version": "2", "run_id": RUN}});
    Mock::given(method("GET"))
        .and(path("/api/2.0/mlflow/registered-models/alias"))
        .and(wiremock::matchers::query_param("name", "my model"))
        .and(wiremock::matchers::query_param("alias", "champion"))
        .respond_with(json(version.clone()))
        .mount(&server)
        .await;
    let unknown = json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "Registered model alias nope not found."});
    answers(
        &server,
        "GET",
        "/api/2.0/mlflow/registered-models/alias",
        ResponseTemplate::new(400).set_body_json(unknown),
    )
    .await;
    answers(&server, "GET", "/api/2.0/mlflow/model-versions/get", json(version)).await;
    let tracker = mlflow(&server, &[]);

    for (text, found) in [("my model@champion", true), ("models:/my model/2", true), ("my model@nope", false)] {
        let resolution = tracker.resolve(&call(), Referent::Run, text).await.unwrap();
        let expected: Vec<&str> = Some(RUN).filter(|_| found).into_iter().collect();
        assert_eq!(resolution.candidates.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), expected, "{text}");
        assert!(resolution.candidates.iter().all(|one| one.matched == Match::Model), "{text}");
    }
}

//! A registry of MLflow that is large or odd: nothing is cut in silence, and no model costs requests of its own.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tracker_mcp::config::Config;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::canned;
use crate::tracker_of_double::ask;

/// Models of the registry, and versions of the model `many`.
const MODELS: usize = 1_160;
const VERSIONS: usize = 300;

fn parameter(request: &Request, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn model(name: &str) -> Value {
    json!({
        "name": name,
        "creation_timestamp": 1_780_300_800_000_u64,
        "last_updated_timestamp": 1_780_300_800_000_u64,
        "description": "of the registry",
        "latest_versions": [version(name, 1)],
        "aliases": [{"alias": "champion", "version": "1"}],
        "tags": [{"key": "team", "value": "risk"}],
    })
}

/// Odd versions have no run.
fn version(name: &str, number: usize) -> Value {
    let run = if number.is_multiple_of(2) { canned::run_id(1) } else { String::new() };
    json!({"name": name, "version": number.to_string(), "current_stage": "None", "status": "READY", "run_id": run,
           "source": "s3://bucket/x", "creation_timestamp": 1_780_300_800_000_u64})
}

/// As MLflow pages: 100 if nothing is said, at most 1,000.
fn registered(request: &Request) -> ResponseTemplate {
    let filter = parameter(request, "filter").unwrap_or_default();
    if let Some(list) = filter.strip_prefix("name IN (") {
        // Prompts are asked for apart.
        let names = list.split_once(')').map_or(list, |(names, _)| names).split(',');
        let models: Vec<Value> = match filter.contains("is_prompt") {
            true => Vec::new(),
            false => names.map(|name| model(name.trim_matches(['\'', '"']))).collect(),
        };
        return ResponseTemplate::new(200).set_body_json(json!({"registered_models": models}));
    }
    let most: usize = parameter(request, "max_results").map_or(100, |most| most.parse().unwrap());
    if most > 1_000 {
        return refusal("Invalid value for request parameter max_results. It must be at most 1000");
    }
    let from: usize = parameter(request, "page_token").map_or(0, |token| token.parse().unwrap());
    let end = (from + most).min(MODELS);
    let part = filter.strip_prefix("name ILIKE '%").and_then(|rest| rest.split_once("%'"));
    let part = part.map(|(part, _)| part).unwrap_or_default();
    let names = (from..end).map(|number| format!("bulk-{number:04}")).filter(|name| name.contains(part));
    let models: Vec<Value> = names.map(|name| model(&name)).collect();
    let mut answer = json!({"registered_models": models});
    if end < MODELS && part.is_empty() {
        answer["next_page_token"] = json!(end.to_string());
    }
    ResponseTemplate::new(200).set_body_json(answer)
}

fn one(request: &Request) -> ResponseTemplate {
    let name = parameter(request, "name").unwrap();
    if name == "nobody" {
        let body =
            json!({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Registered Model with name=nobody not found"});
        return ResponseTemplate::new(404).set_body_json(body);
    }
    ResponseTemplate::new(200).set_body_json(json!({"registered_model": model(&name)}))
}

fn versions(request: &Request) -> ResponseTemplate {
    let filter = parameter(request, "filter").unwrap_or_default();
    let count = if filter.contains("'many'") { VERSIONS } else { 2 };
    let names = filter.trim_start_matches("name IN (").trim_start_matches("name = ").trim_end_matches(')');
    let names = names.split(',').map(|name| name.trim_matches(['\'', '"']));
    let versions: Vec<Value> =
        names.flat_map(|name| (1..=count).rev().map(move |number| version(name, number))).collect();
    ResponseTemplate::new(200).set_body_json(json!({"model_versions": versions}))
}

fn refusal(message: &str) -> ResponseTemplate {
    let body = json!({"error_code": "INVALID_PARAMETER_VALUE", "message": message});
    ResponseTemplate::new(400).set_body_json(body)
}

/// What 2.15.1 says to a list of names.
fn no_lists(request: &Request) -> bool {
    parameter(request, "filter").is_some_and(|filter| filter.contains(" IN ("))
}

async fn server(takes_lists: bool) -> MockServer {
    let server = MockServer::start().await;
    let runs = json!({"runs": [canned::run(1, "trainer", &[], &[])]});
    canned::answer(&server, "/api/2.0/mlflow/runs/search", ResponseTemplate::new(200).set_body_json(runs)).await;
    canned::with_experiment(&server, "").await;
    let told = "Only the 'run_id' attribute supports comparison with a list of quoted string values.";
    if !takes_lists {
        Mock::given(method("GET")).and(no_lists).respond_with(refusal(told)).mount(&server).await;
    }
    for (at, respond) in [
        ("registered-models/search", registered as fn(&Request) -> ResponseTemplate),
        ("registered-models/get", one),
        ("model-versions/search", versions),
    ] {
        let at = path(format!("/api/2.0/mlflow/{at}"));
        Mock::given(method("GET")).and(at).respond_with(respond).mount(&server).await;
    }
    server
}

fn config(server: &MockServer) -> Config {
    Config::discover(&backends::settings::Environment::of(&[("MLFLOW_TRACKING_URI", &server.uri())], None))
}

/// The endpoints that were asked, but for experiments.
async fn asked(server: &MockServer) -> Vec<String> {
    let seen = server.received_requests().await.unwrap();
    let mut paths: Vec<String> = seen.iter().map(|request| request.url.path().to_owned()).collect();
    paths.retain(|path| !path.ends_with("experiments/search"));
    paths.sort();
    paths
}

fn column(answer: &Value, table: &str, name: &str) -> Vec<String> {
    let columns = answer[table]["columns"].as_array().unwrap();
    let at = columns.iter().position(|column| column == name).unwrap();
    answer[table]["rows"].as_array().unwrap().iter().map(|row| row[at].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_registry_of_1160_models_is_listed_whole_by_pages_that_fit() {
    let server = server(true).await;
    let config = config(&server);
    let mut names = BTreeSet::new();
    let mut arguments = json!({"limit": 100});
    for page in 0.. {
        assert!(page < 40, "no end");
        let reply = ask(&config, "search_models", arguments.clone()).await;
        assert!(reply.text.chars().count() <= 20_000, "{}", reply.text.len());
        assert_eq!(asked(&server).await.len(), page + 1);
        let answer = reply.structured.unwrap();
        names.extend(column(&answer, "models", "model"));
        match answer.get("next_cursor") {
            Some(cursor) => arguments["cursor"] = cursor.clone(),
            None => break,
        }
    }
    assert_eq!(names.len(), MODELS);
}

#[tokio::test]
async fn three_hundred_versions_are_counted_and_all_are_had_by_going_on() {
    let server = server(true).await;
    let config = config(&server);
    let mut seen = BTreeSet::new();
    let mut reference = "mlflow:many".to_owned();
    for _ in 0..10 {
        let reply = ask(&config, "get_models", json!({"models": [reference], "limit": 70})).await;
        assert!(reply.text.chars().count() <= 20_000, "{}", reply.text.len());
        let answer = reply.structured.unwrap();
        assert_eq!(answer["models"][0]["versions_in_all"], VERSIONS);
        seen.extend(column(&answer["models"][0], "versions", "version"));
        let Some((_, rest)) = reply.text.split_once(r#"get_models {"models":[""#) else { break };
        reference = rest.split_once('"').unwrap().0.to_owned();
    }
    assert_eq!(seen.len(), VERSIONS);
}

#[tokio::test]
async fn several_models_together_cost_three_requests() {
    let server = server(true).await;
    let models = ["a", "it's b", "c d"];

    let reply = ask(&config(&server), "get_models", json!({"models": models})).await;

    let answer = reply.structured.unwrap();
    assert_eq!(answer["returned"], 3, "{}", reply.text);
    let expected = ["model-versions/search", "registered-models/search", "runs/search"];
    assert_eq!(asked(&server).await, expected.map(|path| format!("/api/2.0/mlflow/{path}")));
}

#[tokio::test]
async fn a_server_that_takes_no_lists_is_asked_for_each_model() {
    let server = server(false).await;

    let reply = ask(&config(&server), "get_models", json!({"models": ["a", "b"]})).await;

    assert_eq!(reply.structured.unwrap()["returned"], 2, "{}", reply.text);
    let paths = asked(&server).await;
    let count = |end: &str| paths.iter().filter(|path| path.ends_with(end)).count();
    // One list is tried first, and refused.
    assert_eq!((count("registered-models/search"), count("registered-models/get")), (1, 2));
    assert_eq!((count("model-versions/search"), count("runs/search")), (2, 1));
}

#[tokio::test]
async fn a_version_without_a_run_is_a_version() {
    let server = server(true).await;

    let reply = ask(&config(&server), "get_models", json!({"models": ["it's a model/1"]})).await;

    let answer = reply.structured.unwrap();
    let model = &answer["models"][0];
    assert_eq!(model["asked_for"]["version"], "mlflow:it's a model/1", "{}", reply.text);
    assert_eq!(model["asked_for"]["source_run"], "none: no run made it");
    assert_eq!(column(model, "versions", "version"), ["mlflow:it's a model/2", "mlflow:it's a model/1"]);
    let seen = server.received_requests().await.unwrap();
    let filters = seen.iter().filter_map(|request| parameter(request, "filter"));
    assert!(filters.into_iter().any(|filter| filter == "name = \"it's a model\""));
}

#[tokio::test]
async fn an_unknown_model_is_an_error_with_its_neighbours_and_an_unknown_version_with_those_there_are() {
    let server = server(true).await;
    let config = config(&server);

    let nobody = ask(&config, "get_models", json!({"models": ["nobody"]})).await;
    let ninth = ask(&config, "get_models", json!({"models": ["a/9"]})).await;

    assert!(nobody.text.contains("no model 'nobody'"), "{}", nobody.text);
    assert!(nobody.text.contains("Next: "), "{}", nobody.text);
    assert!(ninth.text.contains("there are: 'a', 'a@champion', 'a/2', 'a/1'"), "{}", ninth.text);
    assert!(ninth.text.contains(r#"Next: get_models {"models":["a"]}"#), "{}", ninth.text);
}

#[tokio::test]
async fn a_misspelt_query_is_told_its_neighbours_with_one_request_more_and_the_call_that_finds_them() {
    let server = server(true).await;
    let config = config(&server);

    let misspelt = ask(&config, "search_models", json!({"query": "bukl-0042", "tags": ["team=risk"]})).await;
    let told = "no registered model's name contains 'bukl-0042' among those that fit the other arguments; did you mean 'bulk-0042'";
    assert!(misspelt.text.contains(told), "{}", misspelt.text);
    assert!(misspelt.text.contains(r#"? search_models {"query":"bulk-0042"}"#), "{}", misspelt.text);
    assert_eq!(asked(&server).await.len(), 2);

    let strange = ask(&config, "search_models", json!({"query": "qqq", "tracker": "mlflow"})).await;
    let told = r#"no registered model's name contains 'qqq'; all: search_models {"tracker":"mlflow"}"#;
    assert!(strange.text.contains(told), "{}", strange.text);
    let unfitting = ask(&config, "search_models", json!({"filter": "alias = 'nobody'"})).await;
    assert!(unfitting.text.contains("no registered model fits; all: search_models {}"), "{}", unfitting.text);
}

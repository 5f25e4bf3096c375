//! The toolset `traces`, on what an MLflow server answered (`tests/live/sample_traces.py` put it there).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tracker_mcp::catalogue::find;
use tracker_mcp::policy::opt_in;
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::asking::Asker;
use crate::canned;
use crate::guide_examples::examples;
use crate::replay::Server;

/// The trace that failed.
const FAILED: &str = "tr-da7d2ebbb8fe6d9083bb7124409a2b81";

fn recorded(name: &str) -> Value {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/traces").join(name);
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// A server with the traces of the sample, whose spans are these.
async fn server(spans: Value) -> MockServer {
    let server = MockServer::start().await;
    let get = |at: String, body: Value| {
        Mock::given(method("GET")).and(path(at)).respond_with(ResponseTemplate::new(200).set_body_json(body))
    };
    let page = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    canned::answer(&server, "/api/3.0/mlflow/traces/search", page(recorded("search.json"))).await;
    get(format!("/api/3.0/mlflow/traces/{FAILED}"), recorded("info.json")).mount(&server).await;
    get("/ajax-api/3.0/mlflow/get-trace-artifact".to_owned(), spans).mount(&server).await;
    let run = canned::run(1, "evaluation", &[], &[]);
    canned::answer(&server, "/api/2.0/mlflow/runs/search", page(json!({"runs": [run]}))).await;
    let experiment = json!({"experiment_id": "1", "name": "traces demo", "lifecycle_stage": "active"});
    canned::answer(&server, "/api/2.0/mlflow/experiments/search", page(json!({"experiments": [experiment]}))).await;
    let nothing = page(json!({}));
    let others = path_regex("^/api/2.0/mlflow/(artifacts/list|model-versions/search)$");
    Mock::given(method("GET")).and(others).respond_with(nothing).mount(&server).await;
    get("/version".to_owned(), json!("3.17.2")).mount(&server).await;
    server
}

/// Who asks it with the toolset on.
fn asker(server: &MockServer) -> Asker {
    let uri = server.uri();
    Asker::configured(&format!("[server]\ntoolsets = default, traces\n[tracker mlflow]\nkind = mlflow\nurl = {uri}\n"))
}

/// As many spans as told in the shape of the recorded ones: a root with parts, of which each has up to 499.
fn many(count: usize) -> Value {
    let id = |number: usize| format!("{number:016x}");
    let span = |number: usize, parent: Option<usize>, name: String, code: &str| {
        json!({
            "trace_id": "2n0uu7j+bZCDu3EkQJorgQ==", "span_id": id(number), "parent_span_id": parent.map(id), "name": name,
            "start_time_unix_nano": 1_795_208_500_559_834_808_u64 + number as u64 * 1_000,
            "end_time_unix_nano": 1_795_208_500_559_834_808_u64 + number as u64 * 1_000 + 900,
            "status": {"code": code, "message": ""},
            "attributes": {"mlflow.spanType": "\"EMBEDDING\"", "mlflow.spanInputs": "{\"text\": \"a document\"}"},
        })
    };
    let spans = (0..count).map(|number| match number {
        0 => span(0, None, "batch".to_owned(), "STATUS_CODE_OK"),
        _ if number % 500 == 1 => span(number, Some(0), format!("part {}", number / 500), "STATUS_CODE_OK"),
        3_777 => span(number, Some((number - 1) / 500 * 500 + 1), "embed".to_owned(), "STATUS_CODE_ERROR"),
        _ => span(number, Some((number - 1) / 500 * 500 + 1), "embed".to_owned(), "STATUS_CODE_OK"),
    });
    json!({"spans": spans.collect::<Value>()})
}

/// The ids in the table of spans.
fn ids(structured: &Value) -> Vec<String> {
    let rows = structured["spans"]["rows"].as_array().unwrap();
    rows.iter().map(|row| row[0].as_str().unwrap_or_default().to_owned()).filter(|id| !id.is_empty()).collect()
}

#[tokio::test]
async fn the_tools_are_off_until_they_are_asked_for() {
    let server = server(recorded("spans.json")).await;
    let uri = server.uri();
    let off = Asker::configured(&format!("[tracker mlflow]\nkind = mlflow\nurl = {uri}\n"));
    for tool in ["search_traces", "get_trace"] {
        let told = off.ask(tool, json!({})).await.refused();
        assert!(told.contains("`toolsets = default, traces` below [server]"), "{told}");
    }
    let index = off.ask("get_guide", json!({})).await.answered();
    assert!(index.text.contains("`toolsets = default, traces`"), "{}", index.text);
    let closed =
        format!("[server]\ntoolsets = all\n[tracker mlflow]\nkind = mlflow\nurl = {uri}\ntoolsets = default\n");
    let told = Asker::configured(&closed).ask("search_traces", json!({})).await.refused();
    assert!(told.contains("mlflow is not open to search_traces"), "{told}");
}

#[tokio::test]
async fn every_example_of_their_guides_is_answered_within_its_requests() {
    let server = server(recorded("spans.json")).await;
    let asker = asker(&server);
    asker.ask("get_project", json!({"project": "traces demo"})).await.answered();
    let off = examples().into_iter().filter(|(tool, _)| find(tool).is_some_and(|entry| opt_in(entry).is_some()));
    let mut ran = 0;
    for (tool, example) in off {
        // A run's name and a selector are looked up.
        let most = if tool == "search_traces" { 1 + 5 * u64::from(example.arguments.contains_key("run")) } else { 3 };
        let asked = asker.ask(tool, Value::Object(example.arguments)).await;
        assert!(asked.requests <= most, "{tool}: {} requests, not {most}", asked.requests);
        let answer = asked.answered();
        assert!(!answer.text.contains("no trace fits"), "{}: {}", answer.question, answer.text);
        ran += 1;
    }
    assert_eq!(ran, 6);
}

#[tokio::test]
async fn a_search_is_one_request_and_a_trace_two() {
    let server = server(recorded("spans.json")).await;
    let asker = asker(&server);
    asker.ask("search_traces", json!({})).await.answered();
    let found = asker.ask("search_traces", json!({"filter": "status = 'failed' and feedback.correct is null"})).await;
    assert_eq!(found.requests, 1);
    let found = found.answered();
    assert_eq!(found.structured["traces"]["rows"].as_array().unwrap().len(), 1, "{}", found.text);
    let trace = asker.ask("get_trace", json!({"trace": FAILED})).await;
    assert_eq!(trace.requests, 2);
}

#[tokio::test]
async fn errors_come_first_and_secrets_are_masked() {
    let server = server(recorded("spans.json")).await;
    let answer = asker(&server).ask("get_trace", json!({"trace": FAILED})).await.answered();
    let text = &answer.text;
    let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part} in {text}"));
    assert!(place("rag chain > lookup") < place("tokens: 150 (120 in, 30 out)"));
    assert!(place("ValueError: no entry for 'fail please'") < place("slowest_path"));
    assert!(text.contains("cost_usd: 0.000036") && text.contains("· generate"), "{text}");
    assert!(!text.contains("AKIA") && !answer.structured.to_string().contains("AKIA"));
    assert_eq!(
        answer.structured["exception"]["untrusted_from"],
        "span ab09bc579543e087 of trace mlflow:".to_owned() + FAILED
    );
}

#[tokio::test]
async fn spans_come_from_the_api_where_their_page_is_not_let_through() {
    let server = MockServer::start().await;
    let page = |name: &str| ResponseTemplate::new(200).set_body_json(recorded(name));
    let at = format!("/api/3.0/mlflow/traces/{FAILED}");
    Mock::given(method("GET")).and(path(at)).respond_with(page("info.json")).mount(&server).await;
    let whole = Mock::given(method("GET")).and(path("/api/3.0/mlflow/traces/get"));
    whole.respond_with(page("whole.json")).mount(&server).await;
    canned::with_experiment(&server, "").await;
    let fetched = asker(&server).ask("get_trace", json!({"trace": FAILED})).await.answered();
    let usual = crate::traces::server(recorded("spans.json")).await;
    let usual = asker(&usual).ask("get_trace", json!({"trace": FAILED})).await.answered();
    assert_eq!(fetched.structured["spans"], usual.structured["spans"]);
    assert_eq!(fetched.structured["errors"], usual.structured["errors"]);
}

#[tokio::test]
async fn a_trace_of_five_thousand_spans_is_told_in_one_answer_and_whole_by_paging() {
    let server = server(many(5_000)).await;
    let asker = asker(&server);
    let first = asker.ask("get_trace", json!({"trace": FAILED})).await.answered();
    let failed = format!("{:016x}", 3_777);
    assert!(ids(&first.structured).contains(&failed), "{}", first.text);
    assert!(first.text.contains("more of embed"), "{}", first.text);
    let (mut seen, mut pages) = (Vec::new(), 0);
    let mut cursor = first.structured["next_cursor"].as_str().map(str::to_owned);
    while let Some(next) = cursor {
        let page = asker.ask("get_trace", json!({"trace": FAILED, "limit": 500, "cursor": next})).await.answered();
        seen.extend(ids(&page.structured));
        cursor = page.structured["next_cursor"].as_str().map(str::to_owned);
        pages += 1;
        assert!(pages < 60, "it never ends");
    }
    assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (5_000, 5_000), "{pages} pages");
}

#[tokio::test]
async fn a_server_that_is_too_old_is_named_with_its_version() {
    let server = MockServer::start().await;
    canned::with_experiment(&server, "").await;
    server.reset().await;
    let experiments = json!({"experiments": [{"experiment_id": "1", "name": "a", "lifecycle_stage": "active"}]});
    let page = ResponseTemplate::new(200).set_body_json(experiments);
    canned::answer(&server, "/api/2.0/mlflow/experiments/search", page).await;
    let version = ResponseTemplate::new(200).set_body_string("2.15.1");
    Mock::given(method("GET")).and(path("/version")).respond_with(version).mount(&server).await;
    for (tool, arguments) in [("search_traces", json!({})), ("get_trace", json!({"trace": FAILED}))] {
        let told = asker(&server).ask(tool, arguments).await.refused();
        assert!(told.contains("MLflow 2.15.1: traces are read from MLflow 3.0 on"), "{told}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_told_with_what_can() {
    let server = server(recorded("spans.json")).await;
    let asker = asker(&server);
    for (tool, arguments, words) in [
        ("search_traces", json!({"filter": "optimizer = 'x'"}), "keys of traces are id, name, status"),
        ("search_traces", json!({"filter": "span.name = 'x' or status = 'ok'"}), "may be joined by and"),
        ("search_traces", json!({"filter": "run_id = 'x'"}), "the argument run"),
        ("get_trace", json!({"trace": FAILED, "span": "lookp"}), "near: lookup"),
        ("get_trace", json!({"trace": FAILED, "fields": ["spans.*.nme"]}), "did you mean name?"),
        ("get_trace", json!({"trace": "last 3"}), "no single trace"),
        ("get_trace", json!({"trace": "http://127.0.0.1:1/#/experiments/1/runs/abc"}), "no page of a trace"),
    ] {
        let told = asker.ask(tool, arguments.clone()).await.refused();
        assert!(told.contains(words), "{tool} {arguments}: {told}");
    }
}

/// A store on this machine keeps no traces that are read here: what it has under the same name is not meant.
#[tokio::test]
async fn only_projects_of_trackers_with_traces_are_meant() {
    let (server, cml) = (server(recorded("spans.json")).await, Server::start("clearml-2.0.0").await);
    let experiment = json!({"experiment_id": "1", "name": "bench", "lifecycle_stage": "active"});
    let experiments = ResponseTemplate::new(200).set_body_json(json!({"experiments": [experiment]}));
    Mock::given(path("/api/2.0/mlflow/experiments/search"))
        .respond_with(experiments)
        .with_priority(1)
        .mount(&server)
        .await;
    let (uri, other) = (server.uri(), cml.uri());
    let asker = Asker::configured(&format!(
        "[server]\ntoolsets = default, traces\n[tracker mlflow]\nkind = mlflow\nurl = {uri}\n\
         [tracker cml]\nkind = clearml\nurl = {other}\nweb_url = {other}\nfiles_url = {other}\n\
         access_key = tests-access-key\nsecret_key = tests-secret-key\n"
    ));

    let found = asker.ask("search_traces", json!({"projects": ["bench"]})).await.answered();
    assert!(found.structured["returned"].as_u64().unwrap() > 0, "{}", found.text);
    asker.ask("get_trace", json!({"trace": "last failed in bench"})).await.answered();

    let named = asker.ask("search_traces", json!({"projects": ["cml:bench"]})).await.refused();
    assert!(named.contains("cml (clearml) keeps none"), "{named}");
    let runs = asker.ask("search_runs", json!({"projects": ["bench"]})).await.refused();
    assert!(runs.contains("may mean 2 projects"), "{runs}");
}

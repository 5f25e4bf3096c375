//! The binary over its standard streams: what it writes, and how it ends.

use std::time::Duration;

use rmcp::ClientServiceExt;
use rmcp::transport::TokioChildProcess;
use serde_json::{Value, json};
use tempfile::tempdir;
use wiremock::ResponseTemplate;

use crate::canned;
use crate::connection::{ERAS, call, text};
use crate::process::{Ended, Process, binary};

/// Everything that can be logged is.
const TRACE: [(&str, &str); 2] = [("TRACKER_MCP_LOG", "trace"), ("RUST_LOG", "trace")];

/// Nothing but what went wrong is logged.
const ERRORS: [(&str, &str); 1] = [("TRACKER_MCP_LOG", "error")];

fn messages(ended: &Ended) -> Vec<Value> {
    ended
        .stdout
        .iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[tokio::test]
async fn a_client_that_starts_the_binary_speaks_either_era_with_it() {
    let home = tempdir().unwrap();
    let mlflow = canned::mlflow(vec![canned::run(1, "first", &[], &[])], "").await;
    for era in ERAS {
        let process = TokioChildProcess::new(binary(&[("MLFLOW_TRACKING_URI", &mlflow.uri())], home.path())).unwrap();
        let client = ().serve_with_lifecycle(process, era.lifecycle()).await.unwrap();

        let tools = client.list_tools(None).await.unwrap().tools;
        let answer = call(&client, "search_runs", json!({})).await.unwrap();

        assert_eq!(client.peer_info().unwrap().protocol_version.as_str(), era.version());
        let mlflow = backends::registry::KINDS.iter().find(|kind| kind.name == "mlflow").unwrap();
        let offered = tracker_mcp::catalogue::CATALOGUE
            .iter()
            .filter(|entry| tracker_mcp::policy::opt_in(entry).is_none() && entry.offered_by(mlflow.capabilities));
        assert_eq!(tools.len(), offered.count());
        assert!(text(&answer).contains("first"), "{}", text(&answer));
        client.cancel().await.unwrap();
    }
}

#[tokio::test]
async fn a_list_says_how_long_it_may_be_kept_and_that_it_is_of_one_user() {
    let home = tempdir().unwrap();
    let mut process = Process::start(binary(&[], home.path()));
    process.initialize().await;
    for (id, method) in [(1, "tools/list"), (2, "resources/list"), (3, "resources/templates/list")] {
        process.send(Some(id), method, json!({})).await;

        let result = process.answer(id).await["result"].clone();

        assert_eq!((&result["ttlMs"], &result["cacheScope"]), (&json!(300_000), &json!("private")), "{method}");
    }
    assert_eq!(process.end().await.code, Some(0));
}

#[tokio::test]
async fn a_client_that_closes_before_the_handshake_is_left_quietly() {
    let home = tempdir().unwrap();

    let ended = Process::start(binary(&ERRORS, home.path())).end().await;

    assert_eq!((ended.code, ended.stdout.as_slice(), ended.stderr.as_str()), (Some(0), [].as_slice(), ""));
}

#[tokio::test]
async fn a_client_that_closes_in_the_middle_of_the_handshake_is_left_quietly() {
    let home = tempdir().unwrap();
    let mut process = Process::start(binary(&ERRORS, home.path()));
    let client = json!({"name": "test", "version": "1"});
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
    process.send(Some(0), "initialize", params).await;
    process.answer(0).await;

    let ended = process.end().await;

    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn standard_output_carries_json_rpc_and_nothing_else_however_much_is_logged() {
    let home = tempdir().unwrap();
    let mlflow = canned::mlflow(vec![canned::run(1, "first", &[], &[])], "").await;
    let uri = mlflow.uri();
    let variables = [TRACE.as_slice(), &[("MLFLOW_TRACKING_URI", uri.as_str())]].concat();
    let mut process = Process::start(binary(&variables, home.path()));
    process.initialize().await;
    process.line("this is not JSON").await;
    process.send(Some(1), "no/such/method", json!({})).await;
    process.call(2, "no_such_tool", json!({})).await;
    process.call(3, "search_runs", json!({})).await;
    process.call(4, "get_runs", json!({"runs": ["nowhere"]})).await;
    process.call(5, "search_runs", json!({"filter": "metrics.a >"})).await;

    let ended = process.end().await;

    let messages = messages(&ended);
    assert!(messages.iter().all(|message| message["jsonrpc"] == "2.0"), "{messages:?}");
    let answered = |id: u64| messages.iter().find(|message| message["id"] == id).unwrap_or_else(|| panic!("no {id}"));
    assert_eq!((&answered(1)["error"]["code"], &answered(2)["error"]["code"]), (&json!(-32601), &json!(-32602)));
    assert_eq!([3, 4, 5].map(|id| answered(id)["result"]["isError"].clone()), [json!(false), json!(true), json!(true)]);
    assert_eq!(ended.code, Some(0));
    assert!(ended.stderr.contains("TRACE") && ended.stderr.contains("audit"), "the log was not written");
}

#[tokio::test]
async fn standard_output_stays_clean_when_the_tracker_cannot_be_reached() {
    let home = tempdir().unwrap();
    let closed = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap() };
    let uri = format!("http://{closed}");
    let variables = [TRACE.as_slice(), &[("MLFLOW_TRACKING_URI", uri.as_str())]].concat();
    let mut process = Process::start(binary(&variables, home.path()));
    process.initialize().await;
    process.call(1, "search_runs", json!({})).await;

    let answer = process.answer(1).await;
    let ended = process.end().await;

    assert_eq!(answer["result"]["isError"], true);
    assert!(answer["result"].get("structuredContent").is_none(), "{answer}");
    assert_eq!(messages(&ended).len(), 2, "the answers of initialize and of the call");
    assert_eq!(ended.code, Some(0));
}

#[tokio::test]
async fn calls_under_way_are_answered_after_the_input_ended() {
    let home = tempdir().unwrap();
    let mlflow = wiremock::MockServer::start().await;
    canned::with_experiment(&mlflow, "").await;
    let late = ResponseTemplate::new(200).set_body_json(json!({"runs": [canned::run(1, "late", &[], &[])]}));
    canned::answer(&mlflow, "/api/2.0/mlflow/runs/search", late.set_delay(Duration::from_millis(300))).await;
    let uri = mlflow.uri();
    let mut process = Process::start(binary(&[("MLFLOW_TRACKING_URI", &uri)], home.path()));
    process.initialize().await;
    process.call(1, "search_runs", json!({})).await;
    process.call(2, "get_project", json!({"project": canned::EXPERIMENT})).await;

    let ended = process.end().await;

    let messages = messages(&ended);
    for id in [1, 2] {
        let answer = messages.iter().find(|message| message["id"] == id).unwrap_or_else(|| panic!("no answer to {id}"));
        assert_eq!(answer["result"]["isError"], false, "{answer}");
    }
    assert_eq!(ended.code, Some(0));
}

//! A ClearML that cannot be reached, or is not set up rightly: told soon, with what to mend, and the start is not kept up.

use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::asking::Asker;
use crate::process::{Process, binary};

/// Until when somebody knows that a server is not there.
const SOON: Duration = Duration::from_secs(6);

const KEYS: [(&str, &str); 2] =
    [("CLEARML_API_ACCESS_KEY", "tests-access-key"), ("CLEARML_API_SECRET_KEY", "tests-secret-key")];

/// What is said when the projects are asked for.
async fn told(variables: &[(&str, &str)]) -> String {
    let began = Instant::now();
    let told = Asker::of(variables, None).ask("list_projects", json!({})).await.refused();
    assert!(began.elapsed() < SOON, "{told}");
    told
}

/// The same of the server at this address.
async fn told_of(host: &str) -> String {
    told(&[&[("CLEARML_API_HOST", host)], &KEYS[..]].concat()).await
}

/// The address of a server that gives this answer to everything.
async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// An address where nobody listens.
fn unused() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_with_the_setting_of_its_address() {
    let told = told_of(&unused()).await;
    assert!(told.contains("refused the connection") && told.contains("CLEARML_API_HOST"), "{told}");
}

/// Its queue of connections is full, so that no further one is answered: what a firewall makes of an address.
#[tokio::test]
async fn an_address_that_answers_no_connection_is_told_soon() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(300), tokio::net::TcpStream::connect(address)).await
    {
        waiting.push(stream);
        assert!(waiting.len() < 100, "the queue does not fill");
    }

    let told = told_of(&format!("http://{address}")).await;

    assert!(told.contains("the connection was not answered") && told.contains("CLEARML_API_HOST"), "{told}");
}

#[tokio::test]
async fn the_web_page_in_the_place_of_the_api_is_told_as_such() {
    let page = "<!doctype html><html><head><title>ClearML</title></head><body></body></html>";
    for status in [200, 404, 405] {
        let server = answering(ResponseTemplate::new(status).set_body_raw(page, "text/html")).await;

        let told = told_of(&server.uri()).await;

        assert!(told.contains("port 8008") && told.contains("CLEARML_API_HOST"), "{status}: {told}");
        assert!(!told.contains("doctype"), "{status}: {told}");
    }
}

#[tokio::test]
async fn wrong_keys_are_told_with_where_keys_are_made() {
    let refusal = json!({"meta": {"result_code": 401, "result_subcode": 20, "result_msg":
        "Unauthorized (invalid credentials) (failed to locate provided credentials)"}, "data": {}});
    let server = answering(ResponseTemplate::new(401).set_body_json(refusal)).await;

    let told = told_of(&server.uri()).await;

    assert!(told.contains("CLEARML_API_ACCESS_KEY") && told.contains("Settings, Workspace"), "{told}");
    assert!(!told.contains("tests-secret-key"), "{told}");
}

#[tokio::test]
async fn an_expired_token_is_told_with_its_variable() {
    let refusal = json!({"meta": {"result_code": 401, "result_subcode": 23, "result_msg":
        "Invalid token (invalid jwt token): reason=Signature has expired"}, "data": {}});
    let server = answering(ResponseTemplate::new(401).set_body_json(refusal)).await;

    let told = told(&[("CLEARML_API_HOST", &server.uri()), ("CLEARML_AUTH_TOKEN", "a.b.c")]).await;

    assert!(told.contains("set a fresh CLEARML_AUTH_TOKEN") && told.contains("has expired"), "{told}");
}

#[tokio::test]
async fn mixed_up_schemes_are_told_as_such() {
    let server = answering(ResponseTemplate::new(200)).await;
    let told = told_of(&server.uri().replace("http://", "https://")).await;
    assert!(told.contains("http:// instead of https://") && told.contains("CLEARML_API_HOST"), "{told}");
}

#[tokio::test]
async fn keys_that_are_missing_are_told_without_a_request() {
    let server = answering(ResponseTemplate::new(500)).await;
    let host = ("CLEARML_API_HOST", server.uri());
    let host = (host.0, host.1.as_str());
    for (variables, named) in [
        (vec![host], "CLEARML_API_ACCESS_KEY and CLEARML_API_SECRET_KEY"),
        (vec![host, KEYS[0]], "set CLEARML_API_SECRET_KEY"),
        (vec![("CLEARML_API_HOST", "127.0.0.1:8008"), KEYS[0], KEYS[1]], "CLEARML_API_HOST has no http://"),
    ] {
        let told = told(&variables).await;
        assert!(told.contains(named), "{told}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_server_that_is_not_there_keeps_nobody_from_starting() {
    let home = TempDir::new().unwrap();
    let host = unused();
    let mut process =
        Process::start(binary(&[&[("CLEARML_API_HOST", host.as_str())], &KEYS[..]].concat(), home.path()));

    let began = Instant::now();
    process.initialize().await;
    process.send(Some(1), "tools/list", json!({})).await;
    let tools = process.answer(1).await;
    let started = began.elapsed();
    process.call(2, "list_trackers", json!({})).await;
    let trackers = process.answer(2).await["result"]["structuredContent"].to_string();

    assert!(started < Duration::from_secs(3), "{started:?}");
    assert!(!tools["result"]["tools"].as_array().unwrap().is_empty());
    assert!(trackers.contains("refused the connection"), "{trackers}");
    process.end().await;
}

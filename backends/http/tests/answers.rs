//! Answers of well-behaved servers over a real connection: headers, compression, ranges, redirects, JSON and its likes.

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::{Value, json};
use wiremock::matchers::{any, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::support::{call, settings};
use crate::ErrorKind;
use crate::http::{Access, Client, Credential, FixedCredential, Request};
use crate::secret::Secret;

fn read(path: &str) -> Request {
    Request::get(Access::Read, path)
}

async fn server(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(template).mount(&server).await;
    server
}

fn client(server: &MockServer) -> Client {
    Client::new(settings(&server.uri()))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_request_says_who_asks_and_what_it_reads() {
    let server = server(ResponseTemplate::new(200).set_body_json(json!({}))).await;
    let mut settings = settings(&format!("{}/base", server.uri()));
    settings.headers = vec![("X-Workspace".to_owned(), crate::settings::Value::Plain("team".to_owned()))];
    settings.authorize = Arc::new(FixedCredential(Credential::bearer(&Secret::new("token"))));
    let request = Request::post(Access::Read, "api/runs/search", &json!({"max_results": 5})).query("page", "a b");
    Client::new(settings).send(&call(), request).await.unwrap();

    let received = server.received_requests().await.unwrap().pop().unwrap();
    let header = |name: &str| received.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(received.url.path(), "/base/api/runs/search");
    assert_eq!(received.url.query(), Some("page=a+b"));
    assert_eq!(received.body, br#"{"max_results":5}"#);
    assert_eq!(header("user-agent").unwrap(), concat!("tracker-mcp/", env!("CARGO_PKG_VERSION")));
    assert_eq!(header("accept").unwrap(), "application/json");
    assert_eq!(header("accept-encoding").unwrap(), "gzip");
    assert_eq!(header("content-type").unwrap(), "application/json");
    assert_eq!(header("x-workspace").unwrap(), "team");
    assert_eq!(header("authorization").unwrap(), "Bearer token");
    assert_eq!(header("cookie"), None);
    assert_eq!(header("origin"), None);
}

#[tokio::test]
async fn a_cookie_is_not_kept() {
    let server =
        server(ResponseTemplate::new(200).insert_header("set-cookie", "session=1").set_body_json(json!({}))).await;
    let client = client(&server);
    for _ in 0..2 {
        client.send(&call(), read("a")).await.unwrap();
    }
    let received = server.received_requests().await.unwrap();
    assert!(received.iter().all(|request| !request.headers.contains_key("cookie")));
}

#[tokio::test]
async fn a_compressed_answer_is_read_and_counted_decompressed() {
    let body = format!("[{}1]", "1,".repeat(5_000));
    let template =
        ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_bytes(gzip(body.as_bytes()));
    let server = server(template).await;
    let call = call();
    let numbers: Vec<u8> = client(&server).json(&call, read("a")).await.unwrap();
    assert_eq!((numbers.len(), call.bytes()), (5_001, body.len() as u64));
}

#[tokio::test]
async fn a_large_answer_is_parsed_too() {
    let numbers: Vec<u32> = (0..100_000).collect();
    let server = server(ResponseTemplate::new(200).set_body_json(&numbers)).await;
    let read: Vec<u32> = client(&server).json(&call(), read("a")).await.unwrap();
    assert_eq!(read, numbers);
}

#[tokio::test]
async fn a_part_of_a_file_is_asked_for_uncompressed() {
    let server = MockServer::start().await;
    Mock::given(header("range", "bytes=10-19"))
        .and(header("accept-encoding", "identity"))
        .and(header("accept", "*/*"))
        .respond_with(
            ResponseTemplate::new(206).insert_header("content-range", "bytes 10-19/100").set_body_string("0123456789"),
        )
        .mount(&server)
        .await;
    let reply = client(&server).send(&call(), read("file").range(10..=19)).await.unwrap();
    assert_eq!((reply.status, reply.body.as_ref()), (206, b"0123456789".as_slice()));
    assert_eq!(reply.header("Content-Range"), Some("bytes 10-19/100"));
}

#[tokio::test]
async fn the_end_of_a_file_is_asked_for_by_its_length() {
    let server = MockServer::start().await;
    Mock::given(header("range", "bytes=-200"))
        .respond_with(ResponseTemplate::new(206).insert_header("content-range", "bytes 800-999/1000"))
        .mount(&server)
        .await;
    let reply = client(&server).send(&call(), read("file").last(200)).await.unwrap();
    assert_eq!((reply.status, reply.header("content-range")), (206, Some("bytes 800-999/1000")));
}

#[tokio::test]
async fn a_range_that_a_file_does_not_have_is_an_answer_and_without_a_range_a_refusal() {
    let server = server(ResponseTemplate::new(416).insert_header("content-range", "bytes */5")).await;
    let reply = client(&server).send(&call(), read("file").range(10..=19)).await.unwrap();
    assert_eq!((reply.status, reply.header("content-range")), (416, Some("bytes */5")));
    assert!(client(&server).send(&call(), read("file")).await.is_err());
}

#[tokio::test]
async fn only_the_beginning_is_read_where_no_more_is_wanted() {
    let server = server(ResponseTemplate::new(200).set_body_string("0123456789")).await;
    let read = async |most| client(&server).send(&call(), read("file").at_most(most)).await.unwrap();
    let (shorter, equal, longer) = (read(4).await, read(10).await, read(11).await);
    assert_eq!((shorter.body.as_ref(), shorter.cut), (b"0123".as_slice(), true));
    assert_eq!((equal.body.as_ref(), equal.cut), (b"0123456789".as_slice(), false));
    assert_eq!((longer.body.len(), longer.cut), (10, false));
}

#[tokio::test]
async fn a_body_at_its_cap_is_read_and_one_byte_more_is_too_large() {
    let server = server(ResponseTemplate::new(200).set_body_string("x".repeat(1_000))).await;
    let client = client(&server);
    assert_eq!(client.send(&call(), read("a").body_cap(1_000)).await.unwrap().body.len(), 1_000);
    let error = client.send(&call(), read("a").body_cap(999)).await.unwrap_err();
    assert_eq!((error.kind, error.temporary), (ErrorKind::TooLarge, false));
    assert!(error.message.contains("larger than 1 MB"), "{error}");
}

#[tokio::test]
async fn a_compressed_bomb_is_stopped_at_the_cap() {
    let bomb = gzip(&vec![0; 100_000_000]);
    assert!(bomb.len() < 200_000);
    let server =
        server(ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_bytes(bomb)).await;
    let call = call();
    let error = client(&server).send(&call, read("a").body_cap(1_000_000)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge);
    assert!(call.bytes() < 2_000_000, "{}", call.bytes());
}

#[tokio::test]
async fn a_redirect_to_another_server_is_not_followed() {
    let other = server(ResponseTemplate::new(200).set_body_json(json!({}))).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/login?next=secret", other.uri());
        let server = server(ResponseTemplate::new(status).insert_header("location", location)).await;
        for request in [read("a"), Request::post(Access::Read, "a", &json!({}))] {
            let error = client(&server).send(&call(), request).await.unwrap_err();
            assert!(error.message.contains(&other.uri()) && !error.message.contains("secret"), "{error}");
            assert!(!error.temporary);
        }
    }
    assert!(other.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed_with_the_credential() {
    let server = MockServer::start().await;
    let moved = ResponseTemplate::new(302).insert_header("location", "/new?x=1");
    Mock::given(path("/old")).respond_with(moved).mount(&server).await;
    Mock::given(path("/new"))
        .and(method("GET"))
        .and(header("authorization", "Bearer token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"found": true})))
        .mount(&server)
        .await;
    let mut settings = settings(&server.uri());
    settings.authorize = Arc::new(FixedCredential(Credential::bearer(&Secret::new("token"))));
    let answer: Value = Client::new(settings).json(&call(), read("old")).await.unwrap();
    assert_eq!(answer, json!({"found": true}));
}

#[tokio::test]
async fn a_redirected_post_names_the_path_to_use() {
    let server = server(ResponseTemplate::new(301).insert_header("location", "/mlflow/api?x=1")).await;
    let request = Request::post(Access::Write, "api", &json!({}));
    let error = client(&server).send(&call(), request).await.unwrap_err();
    assert!(error.message.contains("redirects POST /api to /mlflow/api,"), "{error}");
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[derive(Debug, Deserialize)]
struct Runs {
    #[serde(rename = "runs")]
    _runs: Vec<u32>,
}

async fn refusal_of(template: ResponseTemplate) -> crate::Error {
    let server = server(template).await;
    client(&server).json::<Runs>(&call(), read("api/runs")).await.unwrap_err()
}

#[tokio::test]
async fn a_web_page_instead_of_json_is_named_as_such() {
    let page = ResponseTemplate::new(200).set_body_raw("\n <!doctype html><title>Sign in</title>", "text/html");
    let error = refusal_of(page).await;
    assert!(
        error.message.contains("a login page or a proxy") && error.message.ends_with("check TRACKING_URI"),
        "{error}"
    );
    assert_eq!((error.kind, error.temporary), (ErrorKind::Unavailable, false));
}

#[tokio::test]
async fn what_is_no_json_is_told_by_its_place_and_not_by_its_content() {
    for (body, words) in [
        (r#"{"runs": [1, hunter2]}"#, "invalid JSON (line 1, column"),
        (r#"{"runs": [1, 2"#, "JSON that ends too early"),
        ("OK", "invalid JSON"),
        (" ", "nothing instead of JSON"),
    ] {
        let error = refusal_of(ResponseTemplate::new(200).set_body_string(body)).await;
        assert!(error.message.contains(words), "{body}: {error}");
        assert!(error.message.contains("/api/runs") && !error.message.contains("hunter2"), "{body}: {error}");
        assert_eq!((error.kind, error.temporary), (ErrorKind::Unavailable, false), "{body}");
    }
}

#[tokio::test]
async fn bare_words_for_what_json_has_no_number_for_are_read_as_text() {
    let body = r#"{"a": [NaN, -Infinity,Infinity], "say \"NaN\\ [": "Infinity \\\"NaN", "nan": {"NaN":NaN}}"#;
    let server = server(ResponseTemplate::new(200).set_body_string(body)).await;
    let read: serde_json::Value = client(&server).json(&call(), read("api/runs")).await.unwrap();
    let expected = json!({
        "a": ["NaN", "-Infinity", "Infinity"], "say \"NaN\\ [": "Infinity \\\"NaN", "nan": {"NaN": "NaN"}
    });
    assert_eq!(read, expected);
}

#[tokio::test]
async fn json_of_another_shape_is_told_without_its_content() {
    let error = refusal_of(ResponseTemplate::new(200).set_body_string(r#"{"runs": ["hunter2"]}"#)).await;
    assert!(error.message.contains("unexpected shape") && !error.message.contains("hunter2"), "{error}");
    assert_eq!(error.kind, ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_refusal_is_explained_by_the_backend_from_the_beginning_of_its_body() {
    let body = format!("no such run {}", "x".repeat(1_000_000));
    let server = server(ResponseTemplate::new(404).set_body_string(body)).await;
    let error = client(&server).send(&call(), read("api/runs")).await.unwrap_err();
    assert!(error.message.starts_with("lab said 404 to /api/runs: no such run"), "{}", &error.message[..60]);
    assert!(error.message.len() < 65_000);
}

#[tokio::test]
async fn a_busy_server_is_asked_again_over_the_wire() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(429)).up_to_n_times(1).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(json!([]))).mount(&server).await;
    let call = call();
    client(&server).send(&call, read("a")).await.unwrap();
    assert_eq!(call.requests(), 2);
}

//! The backend against a server that signs in and answers as recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::join_all;
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::ErrorKind;
use crate::call::SystemClock;
use crate::model::Part;

mod datasets;
mod double;
mod exchanges;
mod overview;
mod pipelines;
mod projects;
mod questions;
mod queues;
mod resolve;
mod search;
mod used_datasets;

const ID: &str = "af9078a7c8054dc586defbe5cc698460";

/// The tracker of this server, found as a user's would be.
pub(super) fn tracker(server: &MockServer) -> Arc<dyn Tracker> {
    discover(&environment(server)).unwrap().tracker.unwrap()
}

fn environment(server: &MockServer) -> Environment {
    let uri = server.uri();
    let variables = [
        ("CLEARML_API_HOST", uri.as_str()),
        ("CLEARML_WEB_HOST", "http://web.test"),
        ("CLEARML_FILES_HOST", uri.as_str()),
        ("CLEARML_API_ACCESS_KEY", "AKEY"),
        ("CLEARML_API_SECRET_KEY", "hunter2-hunter2"),
    ];
    Environment::of(&variables, None)
}

pub(super) fn call() -> Call {
    Call::new("tests", Arc::new(SystemClock))
}

/// A token as `auth.login` gives it.
pub(super) fn token(number: u64, api_version: &str) -> String {
    let claims = json!({"identity": {"user": "u1", "user_name": "Ada"}, "exp": 4_102_444_800_u64 + number,
                        "api_version": api_version, "server_version": "2.0.0"});
    format!("e30.{}.signature", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

pub(super) fn answer(data: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"meta": {"result_code": 200, "result_msg": "OK"}, "data": data}))
}

/// A server that signs us in; gives a token with another number each time, and counts.
pub(super) async fn signing_in(api_version: &'static str) -> (MockServer, Arc<AtomicU64>) {
    let server = MockServer::start().await;
    let logins = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&logins);
    Mock::given(method("POST"))
        .and(path("/auth.login"))
        .and(header("authorization", "Basic QUtFWTpodW50ZXIyLWh1bnRlcjI="))
        .respond_with(move |_: &Request| {
            let number = counted.fetch_add(1, Ordering::Relaxed);
            answer(&json!({"token": token(number, api_version)}))
        })
        .mount(&server)
        .await;
    (server, logins)
}

#[tokio::test]
async fn fifty_parallel_questions_with_an_expired_token_sign_in_once_more() {
    let (server, logins) = signing_in("2.31").await;
    let fresh = format!("Bearer {}", token(1, "2.31"));
    Mock::given(path("/v2.31/tasks.get_by_id_ex"))
        .and(header("authorization", fresh.as_str()))
        .respond_with(answer(&json!({"tasks": [{"id": ID}]})))
        .mount(&server)
        .await;
    let expired = json!({"meta": {"result_code": 401, "result_subcode": 30, "result_msg": "Signature has expired"}});
    Mock::given(path("/v2.31/tasks.get_by_id_ex"))
        .respond_with(ResponseTemplate::new(401).set_body_json(expired))
        .with_priority(10)
        .mount(&server)
        .await;
    let (tracker, call) = (tracker(&server), call());
    let ids = [RunId::new(ID)];
    let answers = join_all((0..50).map(|_| tracker.runs(&call, &ids, Parts::NONE))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|answer| answer.found.len() == 1)), "{answers:?}");
    assert_eq!(logins.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn the_older_of_both_versions_is_spoken() {
    for (server_speaks, prefix) in [("2.23", "/v2.23/"), ("2.31", "/v2.31/"), ("3.4", "/v2.31/")] {
        let (server, _) = signing_in(server_speaks).await;
        Mock::given(method("POST")).respond_with(answer(&json!({"tasks": []}))).mount(&server).await;
        tracker(&server).runs(&call(), &[RunId::new(ID)], Parts::NONE).await.unwrap();
        let asked = server.received_requests().await.unwrap();
        assert_eq!(asked.last().unwrap().url.path(), format!("{prefix}tasks.get_by_id_ex"));
    }
}

#[tokio::test]
async fn all_runs_come_with_one_request_and_the_missing_ones_are_named() {
    let (server, _) = signing_in("2.31").await;
    let recorded: Value = serde_json::from_str(include_str!("fixtures/tasks.get_by_id_ex.json")).unwrap();
    Mock::given(path("/v2.31/tasks.get_by_id_ex")).respond_with(answer(&recorded["data"])).mount(&server).await;
    let unknown = RunId::new("ffffffffffffffffffffffffffffffff");
    let asked = [unknown.clone(), RunId::new(ID), RunId::new(""), RunId::new("../x"), RunId::new(ID)];
    let parts = Parts::of(&[Part::Params, Part::Artifacts]);
    let found = tracker(&server).runs(&call(), &asked, parts).await.unwrap();
    assert_eq!(found.found.iter().map(|details| details.run.id.as_str()).collect::<Vec<_>>(), [ID, ID]);
    assert_eq!(found.missing, [unknown, RunId::new(""), RunId::new("../x")]);
    assert_eq!(found.found[0].artifacts, Some(Vec::new()));
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 2);
    let body: Value = requests[1].body_json().unwrap();
    assert_eq!(body["id"], json!([ID, "ffffffffffffffffffffffffffffffff"]));
    assert!(body["only_fields"].as_array().unwrap().contains(&json!("execution.artifacts")));
}

#[tokio::test]
async fn without_an_id_the_server_is_not_asked() {
    let server = MockServer::start().await;
    for ids in [&[][..], &[RunId::new("")], &[RunId::new("a b")]] {
        let found = tracker(&server).runs(&call(), ids, Parts::of(&Part::ALL)).await.unwrap();
        assert_eq!(found.missing, ids);
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn children_come_with_one_more_request_for_all_runs() {
    let (server, _) = signing_in("2.31").await;
    let tasks = json!({"tasks": [{"id": "a"}, {"id": "b"}]});
    Mock::given(path("/v2.31/tasks.get_by_id_ex")).respond_with(answer(&tasks)).mount(&server).await;
    let children = json!({"tasks": [{"id": "a2", "parent": {"id": "a"}}, {"id": "a1", "parent": "a"}]});
    Mock::given(path("/v2.31/tasks.get_all_ex")).respond_with(answer(&children)).mount(&server).await;
    let ids = ["a", "b"].map(RunId::new);
    let found = tracker(&server).runs(&call(), &ids, Parts::of(&[Part::Children])).await.unwrap();
    let children = |at: usize| -> Vec<String> {
        found.found[at].children.as_ref().unwrap().iter().map(|child| child.id.to_string()).collect()
    };
    assert_eq!((children(0), children(1)), (vec!["a2".to_owned(), "a1".to_owned()], Vec::new()));
    let body: Value = server.received_requests().await.unwrap()[2].body_json().unwrap();
    assert_eq!(body["parent"], json!(["a", "b"]));
}

#[tokio::test]
async fn a_wrong_key_is_told_with_the_settings_and_without_the_secret() {
    let server = MockServer::start().await;
    let refusals: Vec<Value> = serde_json::from_str(include_str!("fixtures/refusals.json")).unwrap();
    let refused = ResponseTemplate::new(401).set_body_json(&refusals[0]["body"]);
    Mock::given(path("/auth.login")).respond_with(refused).mount(&server).await;
    let error = tracker(&server).status(&call()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotAllowed);
    assert!(error.message.contains("CLEARML_API_SECRET_KEY") && !error.message.contains("hunter2"), "{error}");
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_status_tells_version_and_user() {
    let (server, _) = signing_in("2.31").await;
    let user = json!({"user": {"id": "u1", "name": "Ada Lovelace"}});
    Mock::given(path("/v2.31/users.get_current_user")).respond_with(answer(&user)).mount(&server).await;
    let status = tracker(&server).status(&call()).await.unwrap();
    assert_eq!((status.version.as_deref(), status.user.as_deref()), (Some("2.0.0"), Some("Ada Lovelace")));
    assert_eq!(status.sign_in, "access key and secret key");
}

#[tokio::test]
async fn a_web_page_where_the_api_should_be_is_told() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(200).set_body_raw("<!doctype html><title>ClearML</title>", "text/html");
    Mock::given(method("POST")).respond_with(page).mount(&server).await;
    let error = tracker(&server).status(&call()).await.unwrap_err();
    assert!(error.message.contains("web page"), "{error}");
}

//! Long calls: they tell how far they are, and stop when they are told to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rmcp::ClientHandler;
use rmcp::model::{CallToolRequest, ClientRequest, ProgressNotificationParam, ServerResult};
use rmcp::service::{NotificationContext, PeerRequestOptions, RoleClient};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::timeout;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::canned;
use crate::connection::{Client, ERAS, call, config, connect, connect_as, request, text};

/// When what is waited for is given up: less than the 15 s after which a request ends by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client that keeps what it is told of progress.
#[derive(Clone, Default)]
struct Listener {
    heard: Arc<Mutex<Vec<ProgressNotificationParam>>>,
    news: Arc<Notify>,
}

impl ClientHandler for Listener {
    async fn on_progress(&self, params: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.heard.lock().unwrap().push(params);
        self.news.notify_one();
    }
}

/// A server whose one experiment has this many pages of one run each.
async fn with_pages(pages: usize) -> MockServer {
    let server = MockServer::start().await;
    canned::with_experiment(&server, "").await;
    let answer = move |request: &Request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let page: usize = body["page_token"].as_str().map_or(0, |token| token.parse().unwrap());
        let runs = json!([canned::run(page, &format!("run {page}"), &[], &[])]);
        let next = (page + 1 < pages).then(|| (page + 1).to_string());
        ResponseTemplate::new(200).set_body_json(json!({"runs": runs, "next_page_token": next}))
    };
    Mock::given(method("POST")).and(path("/api/2.0/mlflow/runs/search")).respond_with(answer).mount(&server).await;
    server
}

#[tokio::test]
async fn a_client_that_gives_a_token_hears_how_far_a_long_call_is() {
    let mlflow = with_pages(4).await;
    for era in ERAS {
        let listener = Listener::default();
        let client = connect_as(listener.clone(), era, config(Some(&mlflow.uri()))).await;
        let asked =
            ClientRequest::CallToolRequest(CallToolRequest::new(request("get_project", json!({"project": "bench"}))));

        let handle = client.send_cancellable_request(asked, PeerRequestOptions::no_options()).await.unwrap();
        let token = handle.progress_token.clone();
        let ServerResult::CallToolResult(answer) = handle.await_response().await.unwrap() else {
            panic!("{era:?}: not the result of a call")
        };

        assert_eq!(answer.structured_content.unwrap()["runs_counted"], 4);
        let all = async {
            while listener.heard.lock().unwrap().len() < 3 {
                listener.news.notified().await;
            }
        };
        timeout(PATIENCE, all).await.expect("three notifications come");
        let mut heard = listener.heard.lock().unwrap().clone();
        heard.sort_by(|a, b| a.progress.total_cmp(&b.progress));
        assert_eq!(heard.iter().map(|told| told.progress).collect::<Vec<_>>(), [1.0, 2.0, 3.0]);
        assert!(
            heard.iter().all(|told| told.progress_token == token && told.message.as_deref() == Some("runs counted"))
        );
    }
}

/// A server that takes one request for runs and never answers it. Tells when the request has come, and ends when the
/// other side has hung up.
async fn silent(listener: TcpListener, asked: Arc<Notify>) {
    let (mut connection, _) = listener.accept().await.unwrap();
    let mut bytes = [0; 4096];
    let mut length = connection.read(&mut bytes).await.unwrap();
    asked.notify_one();
    while length > 0 {
        length = connection.read(&mut bytes).await.unwrap_or(0);
    }
}

#[tokio::test]
async fn a_call_that_is_cancelled_stops_asking_the_tracker() {
    for era in ERAS {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Notify::new());
        let hung_up = tokio::spawn(silent(listener, Arc::clone(&asked)));
        let client = connect(era, config(Some(&uri))).await;
        let call = ClientRequest::CallToolRequest(CallToolRequest::new(request("search_runs", json!({}))));

        let handle = client.send_cancellable_request(call, PeerRequestOptions::no_options()).await.unwrap();
        asked.notified().await;
        handle.cancel(Some("enough".to_owned())).await.unwrap();

        timeout(PATIENCE, hung_up).await.expect("the request is dropped").unwrap();
        still_serves(&client).await;
    }
}

async fn still_serves(client: &Client) {
    let answer = call(client, "get_guide", json!({})).await.unwrap();
    assert!(text(&answer).contains("Guides"));
}

/// A server whose one run is at work and never ends.
async fn at_work() -> MockServer {
    let mut run = canned::run(0, "trains", &[], &[]);
    run["info"]["status"] = json!("RUNNING");
    run["info"].as_object_mut().unwrap().remove("end_time");
    canned::mlflow(vec![run], "").await
}

fn waiting(seconds: u64) -> ClientRequest {
    let arguments = json!({"runs": [canned::run_id(0)], "timeout_s": seconds});
    ClientRequest::CallToolRequest(CallToolRequest::new(request("wait_for_runs", arguments)))
}

#[tokio::test]
async fn who_waits_for_a_run_hears_where_it_stands_and_may_stop_at_any_time() {
    let mlflow = at_work().await;
    for era in ERAS {
        let listener = Listener::default();
        let client = connect_as(listener.clone(), era, config(Some(&mlflow.uri()))).await;

        let handle = client.send_cancellable_request(waiting(600), PeerRequestOptions::no_options()).await.unwrap();
        timeout(PATIENCE, listener.news.notified()).await.expect("the first look is told");
        handle.cancel(Some("enough".to_owned())).await.unwrap();

        let heard = listener.heard.lock().unwrap().clone();
        assert_eq!((heard[0].progress, heard[0].total), (0.0, Some(600.0)));
        let message = heard[0].message.clone().unwrap();
        assert!(message.starts_with("trains: running") && message.ends_with(", val_f1 0.5 at step 1"), "{message}");
        // The connection is free again at once, and the same question is answered.
        let again = client.send_cancellable_request(waiting(0), PeerRequestOptions::no_options()).await.unwrap();
        let answer = timeout(PATIENCE, again.await_response()).await.expect("an answer comes").unwrap();
        let ServerResult::CallToolResult(answer) = answer else { panic!("{era:?}: not the result of a call") };
        assert_eq!(answer.structured_content.unwrap()["outcome"], "not yet");
    }
}

//! Credentials: sent to the tracker with every request, and shown to nobody.

use backends::registry;
use backends::settings::{Environment, Value};
use wiremock::matchers::{any, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Way, assert_hidden, credentials, said, ways, written};
use crate::canned;
use crate::connection::Era;

/// The `Authorization` headers that a server got.
async fn received(server: &MockServer) -> Vec<Option<String>> {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .map(|one| one.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()))
        .collect()
}

#[tokio::test]
async fn each_way_to_sign_in_reaches_the_tracker_with_every_request_and_no_answer() {
    let mlflow = canned::mlflow(vec![canned::run(1, "first", &[], &[])], "").await;
    for way in ways(&mlflow.uri()) {
        mlflow.reset().await;
        canned::with_experiment(&mlflow, "").await;

        let said = said(&way.config()).await;

        let headers = received(&mlflow).await;
        assert!(headers.len() > 10, "{}: {} requests", way.name, headers.len());
        assert!(headers.iter().all(|header| header.as_ref() == Some(&way.header)), "{}: {headers:?}", way.name);
        assert_hidden(way.name, &said, &credentials());
        assert!(said.contains(canned::EXPERIMENT), "{}: nothing was answered", way.name);
    }
}

#[tokio::test]
async fn the_doctor_and_the_whole_log_show_where_credentials_come_from_and_not_what_they_are() {
    let mlflow = canned::mlflow(vec![canned::run(1, "first", &[], &[])], "").await;
    let ways = ways(&mlflow.uri());
    let each = ways.iter().map(|way| async {
        let written = written(&way.environment(), way.home.path()).await;

        assert_hidden(way.name, &written, &credentials());
        let masked = if way.name == "a token" { "token = ***" } else { "password = ***" };
        assert!(written.contains(masked) && written.contains("reachable"), "{}: {written}", way.name);
    });
    futures::future::join_all(each).await;
}

#[tokio::test]
async fn a_tracker_that_refuses_connections_is_told_without_its_credentials() {
    let closed = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap() };
    let mut all = ways(&format!("http://{closed}"));
    let databricks = [
        ("MLFLOW_TRACKING_URI", "databricks".to_owned()),
        ("DATABRICKS_HOST", format!("https://{closed}")),
        ("DATABRICKS_TOKEN", super::TOKEN.to_owned()),
    ];
    all.push(Way {
        name: "Databricks",
        variables: databricks.to_vec(),
        home: super::home(None),
        header: String::new(),
    });
    let each = all.iter().map(|way| async {
        let (config, environment) = (way.config(), way.environment());
        let (said, written) = tokio::join!(said(&config), written(&environment, way.home.path()));

        assert_hidden(way.name, &(said.clone() + &written), &credentials());
        assert!(said.contains("refused the connection"), "{}: {said}", way.name);
    });
    futures::future::join_all(each).await;
}

#[tokio::test]
async fn nothing_is_sent_to_another_server_that_a_redirect_names() {
    let elsewhere = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&elsewhere).await;
    for status in [301, 302, 303, 307, 308] {
        let mlflow = MockServer::start().await;
        let target = elsewhere.uri().replace("://", "://eve:plover@") + "/login?token=plover";
        let redirect = ResponseTemplate::new(status).insert_header("location", target.as_str());
        Mock::given(any()).respond_with(redirect).mount(&mlflow).await;
        for way in ways(&mlflow.uri()) {
            let said = said(&way.config()).await;

            assert_hidden(way.name, &said, &credentials());
            assert!(said.contains("redirects") && said.contains("another server"), "{status}: {said}");
        }
        assert!(received(&mlflow).await.iter().all(Option::is_some));
    }
    assert_eq!(received(&elsewhere).await, Vec::<Option<String>>::new());
}

#[tokio::test]
async fn a_redirect_within_the_tracker_takes_the_credentials_along() {
    let mlflow = MockServer::start().await;
    let there = ResponseTemplate::new(302).insert_header("location", "/prefix/version");
    Mock::given(method("GET")).and(wiremock::matchers::path("/version")).respond_with(there).mount(&mlflow).await;
    canned::with_experiment(&mlflow, "").await;
    for way in ways(&mlflow.uri()) {
        let client = crate::connection::connect(Era::Modern, way.config()).await;

        crate::connection::call(&client, "list_trackers", serde_json::json!({})).await.unwrap();

        let requests = mlflow.received_requests().await.unwrap();
        let moved = requests.iter().rfind(|request| request.url.path() == "/prefix/version").expect("it was followed");
        assert_eq!(moved.headers.get("authorization").unwrap().to_str().unwrap(), way.header, "{}", way.name);
    }
}

#[tokio::test]
async fn what_is_printed_for_debugging_shows_no_credentials() {
    for way in ways("http://127.0.0.1:1") {
        let environment = Environment::of(&way.environment(), Some(way.home.path()));
        let found = registry::discover(&environment);
        let settings: Vec<_> = found.iter().map(|one| (&one.name, &one.settings, &one.warnings)).collect();
        let failures: Vec<_> = found.iter().map(|one| one.tracker.as_ref().err()).collect();

        let debug = format!("{environment:?} {settings:?} {failures:?} {:#?}", settings);

        assert_hidden(way.name, &debug, &credentials());
        let has_secret = |one: &registry::Discovered| one.settings.iter().any(|s| matches!(s.value, Value::Secret(_)));
        assert!(found.iter().any(has_secret), "{}: no secret was found", way.name);
        let shown: Vec<String> = found.iter().flat_map(|one| &one.settings).map(|s| s.value.to_string()).collect();
        assert_hidden(way.name, &shown.join(" "), &credentials());
    }
}

//! What real servers say when they refuse, through the whole stack: a sentence that names what to check.

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use crate::asking::Asker;

/// A server that gives this recorded answer to everything.
async fn always(recorded: &str) -> MockServer {
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    let response = &recorded["response"];
    let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
    let body = response["body"].as_str().unwrap().as_bytes().to_vec();
    let answer = ResponseTemplate::new(status).set_body_raw(body, response["content_type"].as_str().unwrap());
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(answer).mount(&server).await;
    server
}

#[tokio::test]
async fn a_refusal_of_a_real_server_reaches_the_user_as_a_sentence() {
    for (recorded, sentence) in [
        (
            include_str!("../fixtures/shared/unauthenticated.json"),
            "(HTTP 401); check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (this server takes no token)",
        ),
        (include_str!("../fixtures/shared/host-refused.json"), "start the server with --allowed-hosts naming it"),
        (include_str!("../fixtures/shared/unknown-path.json"), "check the URL, a path prefix may be missing or wrong"),
        (
            include_str!("../fixtures/shared/no-workspaces.json"),
            "this MLflow server has no workspaces; unset MLFLOW_WORKSPACE",
        ),
        (include_str!("../fixtures/shared/unknown-workspace.json"), "Workspace 'nope' not found"),
    ] {
        let server = always(recorded).await;
        let secrets = [("MLFLOW_TRACKING_USERNAME", "bob"), ("MLFLOW_TRACKING_PASSWORD", "hunter2-plover")];
        let uri = server.uri();
        let variables = [&secrets[..], &[("MLFLOW_TRACKING_URI", uri.as_str())]].concat();
        let asker = Asker::of(&variables, None);
        for (tool, arguments) in [
            ("list_projects", json!({})),
            ("get_project", json!({"project": "bench"})),
            ("search_runs", json!({"query": "x"})),
            ("get_runs", json!({"runs": ["last"]})),
            ("get_runs", json!({"runs": ["sweep parent"]})),
        ] {
            let told = asker.ask(tool, arguments).await.refused();
            assert!(told.contains(sentence), "{tool}: {told}");
            assert!(!told.contains("hunter2-plover") && !told.contains('<'), "{tool}: {told}");
        }
        let trackers = asker.ask("list_trackers", json!({})).await.answered();
        assert_eq!(trackers.column("trackers", "reachable"), [json!(false)], "{}", trackers.text);
        assert!(trackers.words("trackers", "problem")[0].contains(sentence), "{}", trackers.text);
        assert!(!trackers.text.contains("hunter2-plover"), "{}", trackers.text);
    }
}

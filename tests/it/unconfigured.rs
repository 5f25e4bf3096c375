//! No configuration of ours at all: `claude mcp add tracker -- tracker-mcp` on the machine of somebody who has used
//! trackers before.

use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::tempdir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::canned;
use crate::process::{Process, binary};

fn write(home: &Path, name: &str, content: &str) {
    let path = home.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// What a process in these surroundings answers to `list_trackers` and `search_runs`.
async fn asked(variables: &[(&str, &str)], home: &Path) -> [Value; 2] {
    let mut process = Process::start(binary(variables, home));
    process.initialize().await;
    process.call(1, "list_trackers", json!({})).await;
    let listed = process.answer(1).await;
    process.call(2, "search_runs", json!({})).await;
    let runs = process.answer(2).await;
    assert_eq!(process.end().await.code, Some(0));
    [listed["result"].clone(), runs["result"].clone()]
}

#[tokio::test]
async fn trackers_are_found_where_their_own_clients_look_and_each_gets_its_own_credentials_alone() {
    let mlflow = canned::mlflow(vec![canned::run(1, "in the lab", &[], &[])], "").await;
    let clearml = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(403)).mount(&clearml).await;
    // Bound and dropped: nobody listens there.
    let databricks = { TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap() };
    let home = tempdir().unwrap();
    let credentials = "[mlflow]\nmlflow_tracking_username = ada\nmlflow_tracking_password = of-mlflow\n";
    write(home.path(), ".mlflow/credentials", credentials);
    write(home.path(), ".databrickscfg", &format!("[DEFAULT]\nhost = https://{databricks}\ntoken = of-databricks\n"));
    let conf = format!(
        "api {{\n  api_server: {0}\n  web_server: {0}\n  files_server: {0}\n  credentials {{ \"access_key\" = \"of-clearml\", \"secret_key\" = \"of-clearml\" }}\n}}\n",
        clearml.uri()
    );
    write(home.path(), "clearml.conf", &conf);

    let [listed, runs] = asked(&[("MLFLOW_TRACKING_URI", &mlflow.uri())], home.path()).await;

    let rows = listed["structuredContent"]["trackers"]["rows"].as_array().unwrap();
    let told: Vec<[&str; 3]> = rows.iter().map(|row| [0, 1, 2].map(|at| row[at].as_str().unwrap())).collect();
    assert_eq!(
        told,
        [
            ["mlflow", "mlflow", &mlflow.uri()],
            ["clearml", "clearml", &clearml.uri()],
            ["databricks", "databricks", &format!("https://{databricks}")],
        ]
    );
    let text = runs["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("in the lab") && text.contains("clearml: ") && text.contains("databricks "), "{text}");
    for (server, own) in [(&mlflow, "Basic YWRhOm9mLW1sZmxvdw=="), (&clearml, "Basic b2YtY2xlYXJtbDpvZi1jbGVhcm1s")] {
        let requests = server.received_requests().await.unwrap();
        let sent = requests.iter().filter_map(|request| request.headers.get("authorization"));
        let sent: Vec<&str> = sent.map(|value| value.to_str().unwrap()).collect();
        assert!(!sent.is_empty() && sent.iter().all(|value| *value == own), "{sent:?}");
    }
}

#[tokio::test]
async fn a_workspace_of_databricks_that_has_no_token_is_not_taken_for_a_tracker() {
    let mlflow = canned::mlflow(vec![canned::run(1, "in the lab", &[], &[])], "").await;
    let home = tempdir().unwrap();
    write(home.path(), ".databrickscfg", "[DEFAULT]\nhost = https://127.0.0.1:9\nauth_type = databricks-cli\n");

    let [listed, _] = asked(&[("MLFLOW_TRACKING_URI", &mlflow.uri())], home.path()).await;

    assert_eq!(listed["structuredContent"]["trackers"]["rows"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_in_the_working_directory_is_not_taken() {
    let home = tempdir().unwrap();
    let listener = MockServer::start().await;
    write(home.path(), "tracker-mcp.ini", &format!("[tracker lab]\nkind = mlflow\nurl = {}\n", listener.uri()));

    let [listed, _] = asked(&[], home.path()).await;

    assert_eq!(listed["isError"], true);
    assert_eq!(listener.received_requests().await.unwrap().len(), 0);
}

//! Surroundings that name no tracker, or none that can be used.

use serde_json::json;

use crate::asking::Asker;

/// The tools that need a tracker, with arguments that are right.
fn questions() -> [(&'static str, serde_json::Value); 5] {
    [
        ("list_trackers", json!({})),
        ("list_projects", json!({})),
        ("get_project", json!({"project": "bench"})),
        ("search_runs", json!({})),
        ("get_runs", json!({"runs": ["last"]})),
    ]
}

#[tokio::test]
async fn without_any_tracker_every_tool_says_what_to_set() {
    let asker = Asker::of(&[], None);
    for (tool, arguments) in questions() {
        let told = asker.ask(tool, arguments).await.refused();
        assert!(told.contains("no tracker is configured") && told.contains("MLFLOW_TRACKING_URI"), "{tool}: {told}");
    }
    asker.ask("get_guide", json!({"topic": "filters"})).await.answered();
}

#[tokio::test]
async fn a_placeholder_that_a_client_left_counts_as_not_set() {
    for placeholder in ["${input:x}", "${MLFLOW_TRACKING_URI}", "", "  "] {
        let asker = Asker::of(&[("MLFLOW_TRACKING_URI", placeholder)], None);
        let told = asker.ask("search_runs", json!({})).await.refused();
        assert!(told.contains("no tracker is configured"), "{placeholder:?}: {told}");
    }
}

#[tokio::test]
async fn a_placeholder_of_the_documentation_is_told_to_be_no_address() {
    for placeholder in ["<your-server>", "http://<your-server>:5000", "https://<host>"] {
        let asker = Asker::of(&[("MLFLOW_TRACKING_URI", placeholder)], None);
        for (tool, arguments) in questions() {
            let asked = asker.ask(tool, arguments).await.well_formed();
            let told = asked.text();
            assert!(
                told.contains("MLFLOW_TRACKING_URI") && told.contains("not the address of a server"),
                "{tool} {placeholder}: {told}"
            );
            assert!(told.contains("http://host:5000"), "{told}");
        }
    }
}

#[tokio::test]
async fn a_store_that_is_not_there_is_told_by_its_path() {
    for (uri, path) in [
        ("sqlite:////data/ada/mlflow.db", "there is no file /data/ada/mlflow.db"),
        ("sqlite:///no-such.db", "there is no file no-such.db"),
        ("file:///data/ada/mlruns", "/data/ada/mlruns"),
    ] {
        let asker = Asker::of(&[("MLFLOW_TRACKING_URI", uri)], None);
        for (tool, arguments) in questions() {
            let asked = asker.ask(tool, arguments).await.well_formed();
            assert!(asked.text().contains(path), "{tool} {uri}: {}", asked.text());
        }
    }
}

#[tokio::test]
async fn a_password_in_the_address_of_a_store_is_not_repeated() {
    let asker = Asker::of(&[("MLFLOW_TRACKING_URI", "postgresql://svc:plover-xyzzy@db.example.org/runs")], None);
    for (tool, arguments) in questions() {
        let asked = asker.ask(tool, arguments).await.well_formed();
        assert!(!asked.text().contains("plover-xyzzy"), "{tool}: {}", asked.text());
        assert!(asked.text().contains("mlflow server"), "{tool}: {}", asked.text());
    }
}

#[tokio::test]
async fn a_tracker_that_is_not_configured_is_told_with_those_that_are() {
    let asker = Asker::of(&[("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")], None);
    for (tool, arguments) in
        [("list_projects", json!({"tracker": "prod"})), ("search_runs", json!({"tracker": "prod"}))]
    {
        let told = asker.ask(tool, arguments).await.refused();
        assert!(told.contains("no tracker 'prod'; configured: mlflow"), "{tool}: {told}");
    }
}

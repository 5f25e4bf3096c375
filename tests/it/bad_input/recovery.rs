//! An error proposes the next call; copied out of its text, that call finds something.

use serde_json::{Value, json};

use crate::conformance::BACKENDS;

#[tokio::test]
async fn the_call_that_an_error_proposes_leads_on() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for (tool, arguments) in [
            ("get_runs", json!({"runs": ["sweep parnet"]})),
            ("get_runs", json!({"runs": ["0123456789abcdef0123456789abcdef"]})),
            ("get_runs", json!({"runs": ["nothing that anybody would call a run"]})),
            ("get_runs", json!({"runs": ["resnet rerun"]})),
            ("get_runs", json!({"runs": ["last queued in vision/resnet"]})),
            ("get_runs", json!({"runs": ["best num/ber in odd names"]})),
            ("get_project", json!({"project": "bnech"})),
            ("get_project", json!({"project": "vision"})),
            ("get_project", json!({"project": "nothing that anybody would call a project"})),
            ("search_runs", json!({"projects": ["vision/resnt"]})),
            ("search_runs", json!({"projects": ["visoin/*"]})),
            ("search_runs", json!({"projects": ["bench"], "order_by": "metrics.val_fl desc"})),
            ("search_runs", json!({"projects": ["bench"], "filter": "metrics.val_fl > 0.5"})),
            ("search_runs", json!({"tracker": "prod"})),
        ] {
            // Where `vision` is a project it is no mistake.
            if arguments["project"].as_str().is_some_and(|project| running.makes(project)) {
                continue;
            }
            let told = running.asker.ask(tool, arguments).await.refused();
            let next = running.asker.follow(&told).await.answered();
            let rows = |name: &str| match &next.structured[name] {
                Value::Array(records) => records.len(),
                table => table["rows"].as_array().map_or(0, Vec::len),
            };
            let found = rows("runs") + rows("projects") + rows("trackers");
            assert!(found > 0, "{}: {told}\n{} finds nothing: {}", running.name, next.question, next.text);
        }
    }
}

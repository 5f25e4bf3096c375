//! The page for those who come from another server names calls that exist.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use backends::Call;
use serde_json::{Map, Value, json};
use tracker_mcp::catalogue;
use tracker_mcp::dispatch;
use tracker_mcp::policy::Policy;
use tracker_mcp::trackers::Trackers;

use crate::asking::Standing;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/coming-from.md");
    std::fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

/// The rows of its tables, cell by cell, without the heads.
fn rows(page: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    page.lines().filter(|line| line.starts_with("| `")).map(cells).collect()
}

/// What stands in back-quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The calls in a text: the name of a tool, and its arguments.
fn calls(text: &str) -> Vec<(String, Map<String, Value>)> {
    let call = |code: &&str| {
        let (tool, arguments) = code.split_once(" {")?;
        let arguments: Value = serde_json::from_str(&format!("{{{arguments}")).unwrap_or_else(|_| panic!("{code}"));
        Some((tool.to_owned(), arguments.as_object()?.clone()))
    };
    quoted(text).iter().filter_map(call).collect()
}

async fn asked(tool: &str, arguments: Map<String, Value>) -> String {
    let call = Call::new("tests", Arc::new(Standing));
    let reply = dispatch::call(Policy::default(), Arc::new(Trackers::new(Vec::new())), call, tool, arguments).await;
    reply.unwrap_or_else(|| panic!("no tool {tool}")).text
}

/// Without a tracker a call whose arguments are right ends with the question for one, and with nothing else.
#[tokio::test]
async fn every_call_is_one_that_is_taken() {
    let unconfigured = asked("list_trackers", Map::new()).await;
    assert!(unconfigured.contains("no tracker is configured"), "{unconfigured}");
    let calls = calls(&page());
    assert!(calls.len() > 30, "{}", calls.len());
    for (tool, arguments) in calls {
        assert!(catalogue::find(&tool).is_some(), "{tool}");
        let shown = json!(arguments).to_string();
        let told = asked(&tool, arguments).await;
        let is_guide = tool == "get_guide" && told.starts_with("# ");
        assert!(is_guide || told == unconfigured, "{tool} {shown}: {told}");
    }
}

#[test]
fn every_tool_of_theirs_has_its_row() {
    let page = page();
    let named = |section: &str| -> BTreeSet<String> {
        let section = page.split("\n## ").find(|part| part.starts_with(section)).unwrap();
        rows(section)
            .iter()
            .flat_map(|row| quoted(&row[0]).into_iter().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    };
    assert_eq!(named("mcp_clearml").len(), 15 + 4 + 4);
    assert_eq!(named("clearml-mcp").len(), 14);
    for row in rows(&page) {
        assert!(!calls(&row[1]).is_empty() || row[1] == "none yet", "{row:?}");
    }
}

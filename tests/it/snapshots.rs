//! What clients are given of the tools, kept as files: `UPDATE_SNAPSHOTS=1 cargo test --test it` rewrites them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use backends::call::SystemClock;
use rmcp::model::Tool;
use serde_json::{Value, json};
use tracker_mcp::schema;
use tracker_mcp::server::Server;
use tracker_mcp::{catalogue, policy};

use crate::connection::config;
use crate::tools_page;

/// Most bytes of the whole list, and of one tool in it, as compact JSON.
const LIST_LIMIT: usize = 17_000;
const TOOL_LIMIT: usize = 1_800;
/// Of a tool that has to be asked for, which is in no list but those of the few who did.
const OPT_IN_LIMIT: usize = 1_300;
/// Most characters of a description: of a tool, of an argument.
const DESCRIPTION_LIMIT: usize = 300;
const ARGUMENT_LIMIT: usize = 90;

fn tools() -> Vec<Tool> {
    Server::new(config(None), Arc::new(SystemClock)).tools().unwrap()
}

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares what is generated with the file, or rewrites the file.
fn snapshot(path: &str, generated: &str) {
    let file = in_repository(path);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, generated).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    if let Some(difference) = difference(&kept, generated) {
        panic!("{path} is not what is generated; if the change is meant, UPDATE_SNAPSHOTS=1 rewrites it\n{difference}");
    }
}

/// The first line in which two texts differ.
fn difference(kept: &str, generated: &str) -> Option<String> {
    if kept == generated {
        return None;
    }
    let (mut kept, mut generated) = (kept.split('\n'), generated.split('\n'));
    for number in 1.. {
        let (old, new) = (kept.next(), generated.next());
        if old != new {
            let shown = |line: Option<&str>| line.unwrap_or("(the end)").to_owned();
            return Some(format!("line {number}\n  kept:      {}\n  generated: {}", shown(old), shown(new)));
        }
    }
    None
}

#[test]
fn a_difference_is_told_by_its_first_line() {
    assert_eq!(difference("a\nb\n", "a\nb\n"), None);
    assert_eq!(difference("a\nb\n", "a\nc\n").unwrap(), "line 2\n  kept:      b\n  generated: c");
    assert_eq!(difference("a", "a\n").unwrap(), "line 2\n  kept:      (the end)\n  generated: ");
}

#[test]
fn each_tool_is_listed_as_its_snapshot_shows() {
    for tool in tools() {
        let listed = serde_json::to_string_pretty(&tool).unwrap();
        snapshot(&format!("tests/it/snapshots/tools/{}.json", tool.name), &format!("{listed}\n"));
    }
}

#[test]
fn there_is_no_snapshot_of_a_tool_that_is_gone() {
    let expected: BTreeSet<String> = tools().iter().map(|tool| format!("{}.json", tool.name)).collect();

    let folder = std::fs::read_dir(in_repository("tests/it/snapshots/tools")).unwrap();
    let found: BTreeSet<String> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();

    assert_eq!(found, expected);
}

#[test]
fn the_page_of_the_tools_is_what_the_catalogue_and_the_guides_say() {
    snapshot("docs/tools.md", &tools_page::tools_page(&tools()));
}

#[test]
fn the_list_is_small() {
    let asked_for = |tool: &Tool| catalogue::find(&tool.name).is_some_and(|entry| policy::opt_in(entry).is_some());
    let (opt_in, tools): (Vec<Tool>, Vec<Tool>) = tools().into_iter().partition(asked_for);
    let bytes = |value: &Value| value.to_string().len();
    let whole = bytes(&json!({ "tools": tools }));
    assert!(whole <= LIST_LIMIT, "tools/list has {whole} bytes, at most {LIST_LIMIT} are allowed");
    for tool in &tools {
        let size = bytes(&serde_json::to_value(tool).unwrap());
        assert!(size <= TOOL_LIMIT, "{} has {size} bytes, at most {TOOL_LIMIT} are allowed", tool.name);
    }
    for tool in &opt_in {
        let size = bytes(&serde_json::to_value(tool).unwrap());
        assert!(size <= OPT_IN_LIMIT, "{} has {size} bytes, at most {OPT_IN_LIMIT} are allowed", tool.name);
    }
}

#[test]
fn names_and_descriptions_keep_their_limits() {
    for tool in tools() {
        let name = tool.name.as_ref();
        assert!((1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
        let description = tool.description.as_deref().unwrap_or_default().chars().count();
        assert!((1..=DESCRIPTION_LIMIT).contains(&description), "{name}: description of {description} characters");
        for (argument, schema) in tool.input_schema["properties"].as_object().unwrap() {
            let text = schema["description"].as_str().unwrap_or_default();
            let length = text.chars().count();
            assert!((1..=ARGUMENT_LIMIT).contains(&length), "{name}.{argument}: {length} characters: {text}");
        }
    }
}

#[test]
fn every_tool_has_a_title_and_all_four_hints() {
    for tool in tools() {
        let name = tool.name.as_ref();
        let hints = tool.annotations.as_ref().unwrap_or_else(|| panic!("{name} has no annotations"));
        assert!(tool.title.as_deref().is_some_and(|title| !title.is_empty()), "{name}");
        assert_eq!(hints.title, tool.title, "{name}: older clients read the title of the annotations");
        assert_eq!((hints.read_only_hint, hints.destructive_hint), (Some(true), Some(false)), "{name}");
        assert_eq!((hints.idempotent_hint, hints.open_world_hint), (Some(true), Some(true)), "{name}");
        assert!(tool.output_schema.is_none(), "{name}: an output schema costs bytes in every list");
    }
}

#[test]
fn schemas_are_flat_and_portable() {
    for tool in tools() {
        let schema = Value::Object(tool.input_schema.as_ref().clone());
        assert_eq!(schema::portable(&schema), Ok(()), "{}", tool.name);
        let text = schema.to_string();
        for word in ["$ref", "$defs", "$schema", "anyOf", "oneOf", "allOf", "format", "\"title\":", "null"] {
            assert!(!text.contains(word), "{}: {word} stands in {text}", tool.name);
        }
    }
}

#[test]
fn arguments_are_required_enumerated_and_preset_where_the_contract_says_so() {
    let tools = tools();
    let schema =
        |name: &str| Value::Object(tools.iter().find(|tool| tool.name == name).unwrap().input_schema.as_ref().clone());
    for (tool, required) in [
        ("list_trackers", json!(null)),
        ("get_guide", json!(null)),
        ("list_projects", json!(null)),
        ("get_project", json!(["project"])),
        ("search_runs", json!(null)),
        ("get_runs", json!(["runs"])),
    ] {
        assert_eq!(schema(tool).get("required").cloned().unwrap_or_default(), required, "{tool}");
    }
    let statuses = json!(["created", "queued", "running", "finished", "failed", "stopped"]);
    assert_eq!(schema("search_runs")["properties"]["status"]["items"]["enum"], statuses);
    for (tool, limit) in [("search_runs", 20), ("list_projects", 50), ("search_datasets", 20), ("search_models", 20)] {
        let expected =
            json!({"type": "integer", "minimum": 1, "description": "max 100", "maximum": 100, "default": limit});
        assert_eq!(schema(tool)["properties"]["limit"], expected, "{tool}");
    }
}

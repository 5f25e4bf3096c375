//! The README says what is so.

use std::collections::BTreeSet;
use std::path::Path;

use backends::query::Filter;
use serde_json::Value;
use tracker_mcp::catalogue::CATALOGUE;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap().replace("\r\n", "\n")
}

/// What stands below a heading of the README.
fn section(heading: &str) -> String {
    let readme = read("README.md");
    let section = readme.split("\n## ").find(|section| section.starts_with(heading));
    section.unwrap_or_else(|| panic!("the README has no section {heading}")).to_owned()
}

/// The blocks of a text that are fenced with this word.
fn fenced(text: &str, word: &str) -> Vec<String> {
    let blocks = text.split("\n```").collect::<Vec<_>>();
    let inside = blocks.iter().skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
    inside.filter(|(language, _)| *language == word).map(|(_, block)| block.to_owned()).collect()
}

/// What stands in back-quotes in the first column of the tables.
fn first_column(text: &str) -> Vec<String> {
    let cells = text.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|line| line.split(" | ").next());
    cells
        .flat_map(|cell| format!("`{cell}").split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

#[test]
fn its_table_of_tools_is_the_catalogue() {
    let tools: Vec<&str> = CATALOGUE.iter().map(|entry| entry.name).collect();
    assert_eq!(first_column(&section("Tools")), tools);
}

#[test]
fn its_filters_are_read() {
    let now = "2026-11-20T10:00:00Z".parse().unwrap();
    let filters = fenced(&section("Tools"), "");
    let filters: Vec<&str> = filters.iter().flat_map(|block| block.lines()).collect();
    assert_eq!(filters.len(), 6);
    for filter in filters {
        assert!(Filter::parse(filter, now).is_ok(), "{filter}");
    }
}

#[test]
fn its_snippets_for_clients_are_json_and_name_a_tracker() {
    let snippets = fenced(&section("Install"), "json");
    assert_eq!(snippets.len(), 1);
    let snippet: Value = serde_json::from_str(&snippets[0]).unwrap();
    let server = &snippet["mcpServers"]["tracker"];
    assert!(server["command"].as_str().unwrap().ends_with("/tracker-mcp"));
    assert!(server["env"]["MLFLOW_TRACKING_URI"].as_str().unwrap().starts_with("http"));
}

/// The variables that the sources read: names of theirs in quotes.
fn variables_read() -> BTreeSet<String> {
    let mut texts = vec![read("src/cli/mod.rs"), read("src/config/file.rs")];
    for kind in ["mlflow", "mlflow_model", "local", "clearml"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("backends").join(kind), &mut texts);
    }
    // Their tests have variables of their own.
    let texts: Vec<&str> = texts.iter().filter_map(|text| text.split("#[cfg(test)]\nmod ").next()).collect();
    let quoted = texts.iter().flat_map(|text| text.split('"'));
    let ours = |word: &&str| {
        ["MLFLOW_", "DATABRICKS_", "CLEARML_", "TRACKER_MCP_"].iter().any(|start| word.starts_with(start))
            && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    quoted.filter(ours).map(str::to_owned).collect()
}

fn sources(folder: &Path, texts: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let of_tests = path.file_stem().is_some_and(|name| name == "tests");
        if path.is_dir() && !of_tests {
            sources(&path, texts);
        } else if path.is_file() && !of_tests {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_variable_that_is_read_is_documented_and_no_other() {
    let documented: BTreeSet<String> = first_column(&section("Configuration")).into_iter().collect();
    let not_supported: BTreeSet<String> =
        ["MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4"].map(str::to_owned).into_iter().collect();

    let read: BTreeSet<String> = variables_read().difference(&not_supported).cloned().collect();

    let of_others = |name: &String| name.starts_with('~') || name.ends_with("_PROXY");
    assert_eq!(documented.into_iter().filter(|name| !of_others(name)).collect::<BTreeSet<_>>(), read);
    let limits = section("What it does not do");
    assert!(not_supported.iter().all(|name| limits.contains(name.as_str())));
}

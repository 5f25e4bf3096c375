//! Who knows the names of a server's fields.

use super::{backends, before_tests, files, holds_only_tests, none};

/// Whether a file of a backend may know the names of a server's fields: answers are read by `wire*`, questions are
/// written by `api*`, refusals are read by `error.rs`; what a kind of store has in common is `*_model.rs`.
fn knows_fields(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.starts_with("wire") || name.starts_with("api") || name == "error.rs" || name.ends_with("_model.rs")
}

/// Where a file reads JSON by the names of fields: a type with named fields that is deserialised, or a loose value.
/// What is cut to a cursor of ours has no names.
fn fields_known(path: &str, text: &str) -> Vec<String> {
    let text = before_tests(text);
    let mut faults = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.contains("serde_json::Value") || line.contains("json!") || line.contains("serde_json::{") {
            faults.push(format!("{path}:{}: {}", at + 1, line.trim()));
        }
    }
    for derived in text.split("#[derive(").skip(1) {
        let (derives, item) = derived.split_once(")]").unwrap_or_default();
        let item = item_of(item);
        if derives.contains("Deserialize") && item.lines().skip(1).any(is_named_field) {
            faults.push(format!("{path}: a type with named fields is read from JSON: {item}"));
        }
    }
    faults
}

/// The struct or enum with which a text begins, its attributes left out.
fn item_of(text: &str) -> &str {
    let at = text.find("struct ").into_iter().chain(text.find("enum ")).min().unwrap_or_default();
    let text = text.get(at..).unwrap_or_default();
    let head = text.lines().next().unwrap_or_default();
    if head.ends_with('{') { text.split("\n}").next().unwrap_or_default() } else { head }
}

/// `name: Type,` with or without visibility.
fn is_named_field(line: &str) -> bool {
    let line = line.trim_start();
    let line = line
        .strip_prefix("pub(super) ")
        .or_else(|| line.strip_prefix("pub(crate) "))
        .or_else(|| line.strip_prefix("pub "))
        .unwrap_or(line);
    line.split_once(':').is_some_and(|(name, rest)| {
        !rest.starts_with(':')
            && !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    })
}

#[test]
fn only_the_wire_knows_the_names_of_a_servers_fields() {
    for backend in backends() {
        let sources = files(&[&format!("backends/{backend}")], &[".rs"]);
        let others = sources.iter().filter(|(path, _)| !knows_fields(path) && !holds_only_tests(path));
        none(
            "fields of a server's JSON are known outside wire*, api*, error.rs and *_model.rs",
            others.flat_map(|(path, text)| fields_known(path, text)),
        );
    }
}

#[test]
fn a_file_that_reads_fields_by_name_is_found() {
    let faults = |text| fields_known("backends/mlflow/search.rs", text).len();
    assert_eq!(faults("#[derive(Debug, Deserialize)]\nstruct Page {\n    run_id: String,\n}\n"), 1);
    assert_eq!(
        faults("#[derive(Deserialize)]\nenum Page {\n    A {\n        pub(super) run_id: String,\n    },\n}\n"),
        1
    );
    assert_eq!(faults("use serde_json::Value;\n"), 1);
    assert_eq!(faults("let body = json!({\"run_id\": 1});\n"), 1);
    assert_eq!(
        faults("#[derive(Deserialize)]\nstruct Cursor(Option<String>, usize);\nstruct Plan {\n    text: String,\n}\n"),
        0
    );
    assert_eq!(faults("#[derive(Deserialize)]\nenum Cursor {\n    #[serde(rename = \"s\")]\n    Streams(u8),\n}\n"), 0);
    assert_eq!(faults("#[derive(Debug)]\nstruct Plan {\n    text: String,\n}\n"), 0);
}

//! The rules of the house, read off the source tree. Each rule is a function of a path and a text, and each is shown a
//! text that breaks it.

mod dependencies;
mod fields;
mod naming;
mod tree;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The files below these folders of the repository that end so, by their path from its root with `/`.
fn files(folders: &[&str], endings: &[&str]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    folders.iter().for_each(|folder| walk(&root().join(folder), endings, &mut found));
    assert!(!found.is_empty(), "there are no files in {folders:?}");
    found
}

fn walk(folder: &Path, endings: &[&str], found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !matches!(name, "target" | ".git" | "__pycache__") {
                walk(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let from_root = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            found.insert(
                from_root,
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
            );
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fails with all files and lines that a rule finds fault with.
fn none(rule: &str, faults: impl IntoIterator<Item = String>) {
    let faults: Vec<String> = faults.into_iter().collect();
    assert!(faults.is_empty(), "{rule}:\n  {}", faults.join("\n  "));
}

/// The places where a word stands, in files that the rule is for.
fn standing(word: &str, files: &BTreeMap<String, String>, may: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = files.iter().filter(|(path, _)| !may(path)).flat_map(|(path, text)| {
        let lines = text.lines().enumerate().filter(|(_, line)| line.contains(word));
        lines.map(move |(at, line)| format!("{path}:{}: {}", at + 1, line.trim()))
    });
    lines.collect()
}

/// Whether a whole file is tests.
fn holds_only_tests(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// A file without the tests at its end.
fn before_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default()
}

/// The folders that the registry lists as kinds.
fn backends() -> Vec<String> {
    let registry = read("backends/registry.rs");
    let named: Vec<String> = registry
        .split("crate::")
        .skip(1)
        .filter_map(|rest| rest.split_once("::KIND").map(|(name, _)| name.to_owned()))
        .collect();
    let named: Vec<String> =
        named.into_iter().filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).collect();
    assert!(named.contains(&"mlflow".to_owned()), "the registry is not understood: {named:?}");
    named
}

//! The guides as they lie in the folder.

mod finding;
mod format;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("guides")
}

/// The tools' guides as they lie in the folder: the catalogue embeds them, this module only reads them.
fn tools() -> Vec<Guide> {
    files("tools").into_iter().map(|(name, text)| Guide::parse(name.leak(), text.leak()).unwrap()).collect()
}

/// Name and text of the guides in a folder, sorted.
fn files(of: &str) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(folder().join(of))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn everything() -> Vec<(String, String)> {
    let readme = ("README".to_owned(), fs::read_to_string(folder().join("README.md")).unwrap());
    let instructions = ("instructions".to_owned(), fs::read_to_string(folder().join("instructions.md")).unwrap());
    ["tools", "categories", "topics", "prompts"].into_iter().flat_map(files).chain([readme, instructions]).collect()
}

#[test]
fn every_category_and_topic_in_the_folder_is_embedded_and_nothing_else_lies_there() {
    let embedded = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        let mut list: Vec<_> = list.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        list.sort();
        list
    };
    let top: BTreeSet<_> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();

    assert_eq!(embedded(CATEGORIES), files("categories"));
    assert_eq!(embedded(TOPICS), files("topics"));
    assert_eq!(
        top.iter().map(String::as_str).collect::<Vec<_>>(),
        ["README.md", "categories", "instructions.md", "prompts", "tools", "topics"]
    );
}

#[test]
fn every_guide_is_read_and_has_a_name_of_its_own() {
    let guides = all(&tools()).unwrap();

    let names: BTreeSet<_> = guides.iter().map(|guide| guide.name).collect();

    assert_eq!(names.len(), guides.len(), "two guides share a name: {names:?}");
    for name in names {
        assert!(name.len() <= 32 && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
    }
}

#[test]
fn a_tool_belongs_to_a_category_and_nothing_else_does() {
    for tool in tools() {
        let category = tool.category.unwrap_or_default();
        assert!(CATEGORIES.iter().any(|(name, _)| *name == category), "{}: {category:?}", tool.name);
    }
    for guide in all(&[]).unwrap() {
        assert_eq!(guide.category, None, "{}", guide.name);
    }
}

#[test]
fn a_tools_guide_has_its_four_sections_in_order() {
    for tool in tools() {
        let headings: Vec<_> = tool.body.lines().filter(|line| line.starts_with('#')).collect();

        assert_eq!(
            headings,
            ["## When to use it", "## Use instead", "## Examples", "## Reading the answer"],
            "{}",
            tool.name
        );
    }
}

#[test]
fn a_tool_has_two_to_four_examples_with_questions() {
    for tool in tools() {
        let examples = tool.examples().unwrap();

        assert!((2..=4).contains(&examples.len()), "{}: {} examples", tool.name, examples.len());
        for example in examples {
            assert!(example.question.ends_with(['?', '.']), "{}: {}", tool.name, example.question);
            assert!(!example.arguments.contains_key("cursor"), "only an answer can give a cursor");
        }
    }
}

#[test]
fn descriptions_keep_their_limit_and_tools_on_runs_speak_of_both_worlds() {
    for tool in tools() {
        let length = tool.summary.chars().count();
        let first_sentence = tool.summary.split(". ").next().unwrap_or_default();

        assert!(length <= 300, "{}: {length} characters", tool.name);
        if tool.category == Some("runs") {
            assert!(first_sentence.contains("runs or ClearML tasks"), "{}: {first_sentence}", tool.name);
        }
    }
}

#[test]
fn list_projects_says_where_the_experiments_of_clearml_are_found() {
    let summary = find("list_projects", &tools()).unwrap().summary;

    assert!(summary.contains("ClearML") && summary.contains("experiment") && summary.contains("search_runs"));
}

#[test]
fn categories_and_topics_are_short() {
    for (name, text) in CATEGORIES.iter().chain(TOPICS) {
        let length = text.chars().count();
        assert!(length <= 4_000, "{name}: {length} characters");
    }
}

#[test]
fn no_guide_speaks_of_a_tool_that_does_not_exist() {
    let names: Vec<_> = files("tools").into_iter().map(|(name, _)| name).collect();
    let verbs = [
        "list", "get", "search", "rank", "compare", "read", "diagnose", "plot", "wait", "launch", "stop", "delete",
        "restore", "update", "create", "register", "post",
    ];
    for (guide, text) in everything() {
        for word in text.split(|c: char| !(c.is_ascii_lowercase() || c == '_')) {
            let verb = word.split_once('_').filter(|(_, noun)| !noun.is_empty()).map(|(verb, _)| verb);
            let tool_like = verb.is_some_and(|verb| verbs.contains(&verb))
                || ["log_run", "run_experiment", "run_job"].contains(&word);
            assert!(!tool_like || names.iter().any(|name| name == word), "{guide} speaks of {word}");
        }
    }
}

#[test]
fn guides_that_are_referred_to_exist() {
    let tools = tools();
    for (guide, text) in everything().iter().filter(|(name, _)| name != "README") {
        for (_, after) in text.match_indices("guide `").map(|(at, found)| text.split_at(at + found.len())) {
            let name = after.split('`').next().unwrap_or_default();
            assert!(all(&tools).unwrap().iter().any(|g| g.name == name), "{guide} refers to {name}");
        }
    }
}

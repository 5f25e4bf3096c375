//! How a guide is read.

use serde_json::json;

use super::*;

fn error_of(text: &'static str) -> String {
    Guide::parse("sample", text).and_then(|guide| guide.examples()).unwrap_err().message
}

#[test]
fn a_guide_is_read_key_by_key() {
    let guide = Guide::parse("a", "---\ntitle: A: b\ncategory: runs\nsummary: c\n---\n\nbody\n---\nmore\n").unwrap();

    assert_eq!(
        guide,
        Guide { name: "a", title: "A: b", category: Some("runs"), summary: "c", body: "body\n---\nmore" }
    );
    assert_eq!(guide.markdown(), "# A: b\n\nc\n\nbody\n---\nmore\n");
}

#[test]
fn line_ends_of_windows_change_nothing() {
    let text = "---\r\ntitle: A\r\nsummary: b\r\n---\r\n## Examples\r\n\r\nq?\r\n\r\n```json\r\n{\"a\": 1}\r\n```\r\n\r\n## Z\r\nz\r\n";

    let guide = Guide::parse("a", text).unwrap();
    let examples = guide.examples().unwrap();

    assert_eq!((guide.title, guide.summary), ("A", "b"));
    assert_eq!(examples.len(), 1);
    assert_eq!(examples[0].question, "q?");
    assert_eq!(Value::from(examples[0].arguments.clone()), json!({"a": 1}));
}

#[test]
fn front_matter_that_breaks_the_format_is_an_error_that_names_the_place() {
    for (text, named) in [
        ("title: A\n", "front matter"),
        ("---\ntitle: A\nsummary: b\n", "front matter"),
        ("---\ntitle: A\nsummary: b\nauthor: c\n---\n", "`author`"),
        ("---\ntitle: A\nsummary: b\ntitle: c\n---\n", "twice"),
        ("---\ntitle: A\n---\n", "`summary` is missing"),
        ("---\nsummary: A\n---\n", "`title` is missing"),
        ("---\ntitle:\nsummary: b\n---\n", "`title` is empty"),
        ("---\ntitle: A\nsummary: b\n  second line\n---\n", "`  second line`"),
    ] {
        let message = error_of(text);
        assert!(message.contains("`sample`") && message.contains(named), "{text:?}: {message}");
    }
}

#[test]
fn examples_that_break_the_format_are_an_error_that_names_the_place() {
    for (examples, named) in [
        ("```json\n{}\n```\n", "no question"),
        ("q?\n", "`q?` has no arguments"),
        ("q?\nr?\n```json\n{}\n```\n", "before `r?`"),
        ("q?\n```json\n[1]\n```\n", "no JSON object"),
        ("q?\n```json\n{}\n", "does not end"),
    ] {
        let message = error_of(format!("---\ntitle: A\nsummary: b\n---\n## Examples\n\n{examples}").leak());
        assert!(message.contains(named), "{examples:?}: {message}");
    }
}

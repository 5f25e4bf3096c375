use proptest::prelude::*;
use serde_json::json;

use super::super::document::{Entry, Format, Place};

const PLACE: Place<'static> = Place { section: "extensions", name: "tracker" };

fn entry() -> Entry {
    let value = json!({
        "enabled": true, "name": "tracker", "cmd": "C:\\a b", "args": ["--config", "yes"], "envs": { "A": "no", "B": "x: #y", "C": "12" },
        "timeout": 300,
    });
    Entry { value, inputs: Vec::new() }
}

#[test]
fn texts_are_written_so_that_they_are_read_the_same() {
    let with = Format::Yaml.with("", PLACE, &entry()).unwrap();
    assert_eq!(
        with,
        r#"extensions:
  tracker:
    enabled: true
    name: tracker
    cmd: "C:\\a b"
    args: ["--config", "yes"]
    envs:
      A: "no"
      B: "x: #y"
      C: "12"
    timeout: 300
"#
    );
}

#[test]
fn documents_of_all_kinds_stay() {
    for text in [
        "# only a comment\n",
        "---\na: 1\n",
        "a: 1\n\n\n",
        "text: |\n  extensions:\n    tracker: x\n",
        "text: |+\n  kept\n\n\n",
        "extensions:\n    a:\n        cmd: x\n# last\n",
        "extensions:\n  a: &shared\n    cmd: x\n  b: *shared\nlist:\n- extensions\n- b: 1\n",
        "\"extensions\":\n  a: {cmd: x}\n",
        "extensions: # mine\n  # first\n  a:\n    cmd: >\n      folded\n\n  'b c':\n    cmd: \"two\n      lines\"\n",
        "  a: 1\n  extensions:\n    b: 1\n",
        "a: {b: 1,\n  c: 2}\nextensions:\n\n  b: 1\n",
    ] {
        let with = Format::Yaml.with(text, PLACE, &entry()).unwrap();
        assert_eq!(Format::Yaml.with(&with, PLACE, &entry()).unwrap(), with);
        assert_eq!(Format::Yaml.without(&with, PLACE).unwrap(), text, "{with}");
    }
}

#[test]
fn forms_that_cannot_be_edited_by_lines_are_refused() {
    for text in [
        "{a: 1, extensions: {}}\n",
        "{}\n",
        "extensions: {a: 1}\n",
        "extensions: [a]\n",
        "extensions: text\n",
        "extensions: *x\n",
        "a: 1\n...\n",
        "a: 1\rextensions:\n",
        "a: &x\n  b: 1\nextensions: *x\n",
        "? extensions\n: a: 1\n",
        "extensions:\n  a: 1\nextensions:\n  b: 1\n",
    ] {
        let refused = Format::Yaml.with(text, PLACE, &entry());
        assert!(refused.is_err(), "{text}: {refused:?}");
    }
}

#[test]
fn an_entry_is_replaced_to_its_last_line_and_not_beyond() {
    let text =
        "extensions:\n  tracker:\n    cmd: |\n      a\n\n      b\n    args:\n    - x\n\n\n  # b\n  b:\n    cmd: x\n";
    let with = Format::Yaml.with(text, PLACE, &entry()).unwrap();
    assert!(with.ends_with("    timeout: 300\n\n\n  # b\n  b:\n    cmd: x\n"), "{with}");
    assert_eq!(Format::Yaml.without(text, PLACE).unwrap(), "extensions:\n\n\n  # b\n  b:\n    cmd: x\n");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[a-c:{}\\[\\]\\- \"'\n#|>&*1,\r]{0,30}(extensions:[a-c:{} \n#\r]{0,20})?") {
        if let Ok(with) = Format::Yaml.with(&text, PLACE, &entry()) {
            prop_assert_eq!(Format::Yaml.entry(&with, PLACE).unwrap(), Some(entry()));
        }
    }
}

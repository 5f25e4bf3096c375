//! Any JSON document survives.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::document::{Entry, Format, Place};

const PLACE: Place<'static> = Place { section: "mcpServers", name: "tracker" };

fn entry() -> Entry {
    let env = json!({ "A": "1", "B": "${input:tracker-B}" });
    let value = json!({ "command": "/opt/tracker-mcp", "args": ["--config", "/x y"], "env": env });
    Entry { value, inputs: vec![json!({ "id": "tracker-B", "type": "promptString" })] }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(Value::from("a // no comment, /* neither */ {\"[")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|all| Value::Object(all.into_iter().collect())),
        ]
    })
}

/// Documents with and without other servers, inputs and other keys, in three layouts.
fn document() -> impl Strategy<Value = String> {
    let name = "[a-z\"\\\\é]{1,6}";
    let servers = prop::option::of(prop::collection::vec((name, value()), 1..3));
    let inputs = prop::option::of(prop::collection::vec("[a-z]{1,4}", 1..3));
    let others = prop::collection::vec((name, value()), 0..4);
    (servers, inputs, others, 0..4usize, 0..4usize).prop_map(|(servers, inputs, others, at, layout)| {
        let mut all: Vec<(String, Value)> = others;
        if let Some(servers) = servers {
            all.insert(at.min(all.len()), ("mcpServers".to_owned(), Value::Object(servers.into_iter().collect())));
        }
        if let Some(inputs) = inputs {
            let inputs: Vec<Value> = inputs.into_iter().map(|id| json!({ "id": id })).collect();
            all.insert(at.min(all.len()), ("inputs".to_owned(), Value::from(inputs)));
        }
        let whole = Value::Object(all.into_iter().collect());
        let pretty = || serde_json::to_string_pretty(&whole).unwrap();
        match layout {
            0 => whole.to_string(),
            1 => pretty(),
            2 => pretty().replace('\n', "\r\n"),
            _ => format!("\u{feff}// mine\n{} // the end", pretty()),
        }
    })
}

fn strict(text: &str) -> Value {
    let text = text.trim_start_matches('\u{feff}').trim_start_matches("// mine\n");
    serde_json::from_str(text.trim_end_matches(" // the end")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_put_in_and_taken_out_leaves_the_document_as_it_was(text in document()) {
        let with = Format::Jsonc.with(&text, PLACE, &entry()).unwrap();

        let mut expected = strict(&text);
        expected["mcpServers"]["tracker"] = entry().value;
        let inputs = expected["inputs"].as_array().cloned().unwrap_or_default();
        expected["inputs"] = Value::from([inputs, entry().inputs].concat());
        prop_assert_eq!(strict(&with), expected);
        prop_assert_eq!(&Format::Jsonc.with(&with, PLACE, &entry()).unwrap(), &with);
        let without = Format::Jsonc.without(&with, PLACE).unwrap();
        // Of an object without members only the space inside may have gone.
        if text.trim() != "{}" {
            prop_assert_eq!(without, text);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "[{}\\[\\]:,\"a /*\n\r1-]{0,24}|\\{[{}:,\"a /*\n1]{0,12}\\}", comments in any::<bool>()) {
        let format = if comments { Format::Jsonc } else { Format::Json };
        if let Ok(with) = format.with(&text, PLACE, &entry()) {
            prop_assert_eq!(format.entry(&with, PLACE).unwrap(), Some(entry()));
        }
    }
}

#[test]
fn comments_and_commas_of_all_kinds_stay() {
    for text in [
        "{ \"a\": 1 /* one */ }",
        "{ \"a\": 1 // one\n}",
        "{ \"a\": 1, /* one */ }",
        "{\n  \"a\": 1, // one\n}",
        "{\n  \"a\": 1 // one, two\n  // three\n}",
        "{\n  /* , */ \"a\": 1\n  ,\n  // last\n}",
        "{\n\t\"mcpServers\": { \"x\": {}, },\n}",
        "{\n  \"mcpServers\": { // all\n    \"x\": {} } }",
        "{\"mcpServers\":{\"x\":{}/*,*/}}",
        "{\r\n  \"mcpServers\": {\r\n    \"x\": {}, // y\r\n  },\r\n}\r\n",
        "// before\n{\n  \"mcpServers\": {\n    // none, but \"tracker\": {}\n    \"x\": 1\n  }\n}\n// after\n",
        "{\"mcpServers\":{\"x\":{}}}\n",
        "{ /* nothing */ }",
        "{ // nothing\n}",
    ] {
        let only_entry = Entry { inputs: Vec::new(), value: json!({ "command": "x" }) };
        let with = Format::Jsonc.with(text, PLACE, &only_entry).unwrap();
        assert_eq!(Format::Jsonc.without(&with, PLACE).unwrap(), text, "{with}");
    }
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    for (text, line) in [
        ("{\"mcpServers\": {},\n \"mcpServers\": {}}", 2),
        ("{\"mcpServers\": {\"tracker\": {},\n\n \"tracker\": {}}}", 3),
    ] {
        assert_eq!(Format::Jsonc.with(text, PLACE, &entry()).unwrap_err().line, line);
    }
}

#[test]
fn an_entry_among_others_is_found_and_cut_wherever_it_stands() {
    for (text, without) in [
        ("{\"mcpServers\": {\"tracker\": {}, \"b\": 1}}", "{\"mcpServers\": {\"b\": 1}}"),
        ("{\"mcpServers\": {\"a\": 1, \"tracker\": {}, \"b\": 1}}", "{\"mcpServers\": {\"a\": 1, \"b\": 1}}"),
        ("{\"mcpServers\": {\"a\": 1, \"tracker\": {}}}", "{\"mcpServers\": {\"a\": 1}}"),
        (
            "{\"mcpServers\": {\n  \"a\": 1, // a\n  \"tracker\": {}, // t\n  \"b\": 1\n}}",
            "{\"mcpServers\": {\n  \"a\": 1, // a\n   // t\n  \"b\": 1\n}}",
        ),
    ] {
        assert_eq!(Format::Jsonc.without(text, PLACE).unwrap(), without);
    }
}

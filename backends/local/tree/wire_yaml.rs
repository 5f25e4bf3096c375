//! YAML as values: what MLflow writes of traces, without tags, anchors and the like.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// How deep values may lie within each other.
const DEEPEST: usize = 64;

/// A list or a map that is not at its end yet.
enum Open {
    List(Vec<Value>),
    Names(Map<String, Value>, Option<String>),
}

/// The value of a text; a sentence if it cannot be read.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let mut parser = Parser::new_from_str(text);
    let mut open: Vec<Open> = Vec::new();
    while let Some(event) = parser.next_event() {
        let (event, _) = event.map_err(|error| format!("{} at line {}", error.info(), error.marker().line()))?;
        let value = match event {
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                open.push(Open::Names(Map::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|ended| match ended {
                Open::List(values) => Value::Array(values),
                Open::Names(names, _) => Value::Object(names),
            }),
            Event::Scalar(text, style, ..) => Some(scalar(&text, style)),
            _ => None,
        };
        if open.len() > DEEPEST {
            return Err("it is too deep".to_owned());
        }
        let Some(value) = value else { continue };
        match open.last_mut() {
            None => return Ok(value),
            Some(Open::List(values)) => values.push(value),
            Some(Open::Names(names, name)) => match (name.take(), value) {
                (Some(name), value) => drop(names.insert(name, value)),
                (None, Value::String(text)) => *name = Some(text),
                (None, other) => *name = Some(other.to_string()),
            },
        }
    }
    Err("it is empty".to_owned())
}

/// Only plain text may be a number, a truth or nothing.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    match text {
        _ if style != ScalarStyle::Plain => Value::String(text.to_owned()),
        "" | "~" | "null" => Value::Null,
        "true" | "false" => Value::Bool(text == "true"),
        _ => match text.parse() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::String(text.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read;

    #[test]
    fn values_are_those_that_were_written() {
        let text = "name: labels\nat: '2026-11-21T00:32:17.605Z'\nfeedback:\n  value:\n  - a\n  - 2.5\n  - x: null\n    y: []\n\
                    valid: true\nspan_id: '0012'\nlong: a text\n  that goes on\nempty: ''\n";
        let expected = json!({
            "name": "labels", "at": "2026-11-21T00:32:17.605Z", "feedback": {"value": ["a", 2.5, {"x": null, "y": []}]},
            "valid": true, "span_id": "0012", "long": "a text that goes on", "empty": "",
        });
        assert_eq!(read(text), Ok(expected));
    }

    #[test]
    fn what_is_no_yaml_is_told() {
        for text in ["", "a: 'open", "a: b: c"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read(&"[".repeat(100)), Err("it is too deep".to_owned()));
    }
}

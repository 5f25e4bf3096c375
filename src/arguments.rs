//! Arguments as models write them: lenient on the wire, strict in meaning.

mod aliases;
mod coerce;

use backends::nearest::nearest;
use backends::{Error, Result};
use serde_json::{Map, Value};

use crate::render::one_line;

/// How many wrong arguments one error names.
const NAMED: usize = 5;
/// How many characters of a name that is none are repeated.
const NAME_CAP: usize = 60;

/// Reads the arguments of a call against the schema of its tool (one that [`crate::schema::flat`] made), so that serde
/// then finds what it expects. The remarks say what was read differently from how it was written; they belong into the answer.
///
/// `null` and empty text are absent. One text is a list of one, a list written as JSON text is a list, `"20"` is 20.
/// Names that other tools use are understood where they are in the table of `arguments.md`.
///
/// # Errors
/// *Bad input* naming every argument that is wrong, missing or unknown, with what is accepted.
pub fn lenient(tool_schema: &Value, raw: Map<String, Value>) -> Result<(Map<String, Value>, Vec<String>)> {
    let nothing = Map::new();
    let properties = tool_schema.get("properties").and_then(Value::as_object).unwrap_or(&nothing);
    let mut reading = Reading::of(properties);
    // Real names first, so that an alias is measured against the name that it stands for.
    let (real, others): (Vec<_>, Vec<_>) =
        raw.into_iter().filter(|(_, value)| !is_absent(value)).partition(|(name, _)| properties.contains_key(name));
    for (name, value) in real {
        reading.take(&name, &name, value);
    }
    for (written, value) in others {
        match aliases::meaning(&written, properties) {
            Some(name) => reading.take(&written, name, value),
            None => reading.unknown(&written),
        }
    }
    reading.require(tool_schema);
    reading.finish()
}

/// Whether a value says nothing.
fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(values) => values.iter().all(is_absent),
        _ => false,
    }
}

struct Reading<'a> {
    properties: &'a Map<String, Value>,
    read: Map<String, Value>,
    /// Names under which something wrong was given: they are not missing besides.
    refused: Vec<String>,
    remarks: Vec<String>,
    problems: Vec<String>,
    unknown: bool,
}

impl<'a> Reading<'a> {
    fn of(properties: &'a Map<String, Value>) -> Self {
        Self {
            properties,
            read: Map::new(),
            refused: Vec::new(),
            remarks: Vec::new(),
            problems: Vec::new(),
            unknown: false,
        }
    }

    /// Reads what was `written` under a name as the argument `name`.
    fn take(&mut self, written: &str, name: &str, value: Value) {
        let Some(schema) = self.properties.get(name) else { return };
        let wanted = coerce::Wanted { label: written, schema, clamps: name == "limit" };
        let value = match coerce::value(wanted, value, &mut self.remarks) {
            Ok(value) => value,
            Err(problem) => {
                self.refused.push(name.to_owned());
                self.problems.push(problem);
                return;
            }
        };
        if written != name {
            self.remarks.push(format!("{written} read as {name}"));
        }
        match self.read.get(name) {
            Some(other) if *other != value => self.problems.push(format!(
                "{written} means {name}, and {name} is given too, differently ({} and {}): give only {name}",
                coerce::shown(&value),
                coerce::shown(other)
            )),
            _ => {
                self.read.insert(name.to_owned(), value);
            }
        }
    }

    fn unknown(&mut self, written: &str) {
        self.unknown = true;
        let near = nearest(written, self.properties.keys().map(String::as_str), 1);
        let hint = near.first().map(|name| format!(", nearest is {name}")).unwrap_or_default();
        self.problems.push(format!("there is no argument {}{hint}", one_line(written, NAME_CAP)));
    }

    fn require(&mut self, tool_schema: &Value) {
        let required = tool_schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if self.read.contains_key(name) || self.refused.iter().any(|refused| refused == name) {
                continue;
            }
            let schema = self.properties.get(name);
            let meaning = schema.and_then(|schema| schema.get("description")).and_then(Value::as_str);
            self.problems.push(match meaning {
                Some(meaning) => format!("{name} is missing ({meaning})"),
                None => format!("{name} is missing"),
            });
        }
    }

    fn finish(mut self) -> Result<(Map<String, Value>, Vec<String>)> {
        if self.problems.is_empty() {
            // In the order of the schema, whatever the order on the wire was: equal questions are equal.
            let ordered = self.properties.keys().filter_map(|name| self.read.remove_entry(name)).collect();
            return Ok((ordered, self.remarks));
        }
        let further = self.problems.len().saturating_sub(NAMED);
        self.problems.truncate(NAMED);
        let mut message = self.problems.join("; ");
        if further > 0 {
            message.push_str(&format!("; and {further} more"));
        }
        if self.unknown {
            let names: Vec<_> = self.properties.keys().map(String::as_str).collect();
            message.push_str(&match names.as_slice() {
                [] => "; this tool takes no arguments".to_owned(),
                names => format!("; accepted are {}", names.join(", ")),
            });
        }
        Err(Error::bad_input(message))
    }
}

#[cfg(test)]
mod tests;

//! A YAML file of Continue that holds one server and nothing else.

use serde_json::Value;

use super::document::{Entry, Fault, Place};
use super::yaml;

/// The file of a server.
pub(super) fn of(place: Place<'_>, value: &Value) -> String {
    let members = value.as_object().into_iter().flatten();
    let members: String = members.map(|(key, value)| yaml::block(key, value, "    ", "\n")).collect();
    let listed = members.replacen("    ", "  - ", 1);
    format!("name: {}\nversion: 0.0.1\nschema: v1\n{}:\n{listed}", place.name, place.section)
}

/// What such a file says of its server.
pub(super) fn entry(whole: &Value, place: Place<'_>) -> Result<Option<Entry>, Fault> {
    if whole.is_null() {
        return Ok(None);
    }
    let servers = whole.get(place.section).and_then(Value::as_array).map(Vec::as_slice);
    match servers {
        Some([server]) if server.get("name").and_then(Value::as_str) == Some(place.name) => {
            Ok(Some(Entry { value: server.clone(), inputs: Vec::new() }))
        }
        _ => Err(Fault::new(
            1,
            format!("expected a file of the server '{0}' alone: {1}: with one - name: {0}", place.name, place.section),
        )),
    }
}

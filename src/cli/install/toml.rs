//! TOML, edited as text by whole tables.

use std::ops::Range;

use serde_json::{Map, Value};
use toml_edit::{Document, Item, Table, Value as Written};

use super::document::{Fault, Place};
use super::json_text::spliced;

/// All that it says.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    Ok(of_table(parsed(text)?.as_table()))
}

/// The text with the entry: where the old one stood, or at the end.
pub(super) fn with(text: &str, place: Place<'_>, value: &Value) -> Result<String, Fault> {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let block = table(place, value, newline);
    let mut tables = tables(text, place)?.into_iter();
    if let Some(first) = tables.next() {
        let others = tables.map(|range| (range, String::new()));
        return Ok(spliced(text, &[(first, block)].into_iter().chain(others).collect::<Vec<_>>()));
    }
    let ended = if text.is_empty() || text.ends_with('\n') { "" } else { newline };
    let blank = if text.is_empty() { "" } else { newline };
    Ok(format!("{text}{ended}{blank}{block}"))
}

/// The text without the entry, and without the blank line before it.
pub(super) fn without(text: &str, place: Place<'_>) -> Result<String, Fault> {
    let without_blank_line = |range: Range<usize>| {
        let before = text.get(..range.start).unwrap_or_default();
        let blank =
            ["\r\n", "\n"].into_iter().find(|end| before.strip_suffix(end).is_some_and(|line| line.ends_with('\n')));
        (range.start - blank.map_or(0, str::len)..range.end, String::new())
    };
    Ok(spliced(text, &tables(text, place)?.into_iter().map(without_blank_line).collect::<Vec<_>>()))
}

fn parsed(text: &str) -> Result<Document<&str>, Fault> {
    Document::parse(text).map_err(|error| {
        let what = error.message().lines().next().unwrap_or("this is no TOML").to_owned();
        Fault::at(text, error.span().map_or(0, |span| span.start), what)
    })
}

/// The lines of the tables that make up the entry, in the order in which they stand.
fn tables(text: &str, place: Place<'_>) -> Result<Vec<Range<usize>>, Fault> {
    let document = parsed(text)?;
    let Some(section) = document.get(place.section) else { return Ok(Vec::new()) };
    let refused = |item: &Item, what: String| {
        Fault::at(text, item.span().map_or(0, |span| span.start), format!("expected {what}"))
    };
    let Item::Table(all) = section else {
        return Err(refused(section, format!("tables such as [{}.NAME]", place.section)));
    };
    let Some(entry) = all.get(place.name) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    if !gather(text, entry, &mut found) {
        return Err(refused(entry, format!("a table [{}.{}]", place.section, place.name)));
    }
    found.sort_by_key(|range| range.start);
    Ok(found)
}

/// Takes down the lines of a table and of those below it; says whether it is made of such alone.
fn gather(text: &str, item: &Item, found: &mut Vec<Range<usize>>) -> bool {
    let Item::Table(table) = item else { return false };
    if table.is_dotted() {
        return false;
    }
    if !table.is_implicit() {
        let Some(span) = table.span() else { return false };
        let end = last(table).unwrap_or(span.start).max(span.start);
        let rest = text.get(end..).unwrap_or_default();
        let end = rest.find('\n').map_or(text.len(), |newline| end + newline + 1);
        found.push(span.start..end);
    }
    let mut below = table.iter().filter(|(_, item)| !item.is_value() && !item.as_table().is_some_and(Table::is_dotted));
    below.all(|(_, item)| gather(text, item, found))
}

/// Where the last value that stands right in a table ends.
fn last(table: &Table) -> Option<usize> {
    let ends = table.iter().filter_map(|(_, item)| match item {
        Item::Value(value) => value.span().map(|span| span.end),
        Item::Table(table) if table.is_dotted() => last(table),
        _ => None,
    });
    ends.max()
}

fn of_table(table: &Table) -> Value {
    Value::Object(table.iter().map(|(key, item)| (key.to_owned(), of_item(item))).collect())
}

fn of_item(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => of_value(value),
        Item::Table(table) => of_table(table),
        Item::ArrayOfTables(tables) => Value::Array(tables.iter().map(of_table).collect()),
    }
}

fn of_value(value: &Written) -> Value {
    match value {
        Written::String(text) => Value::from(text.value().as_str()),
        Written::Integer(number) => Value::from(*number.value()),
        // Infinities and NaN are no JSON; as text they can be compared all the same.
        Written::Float(number) if number.value().is_finite() => Value::from(*number.value()),
        Written::Float(number) => Value::from(number.value().to_string()),
        Written::Boolean(flag) => Value::from(*flag.value()),
        Written::Datetime(time) => Value::from(time.value().to_string()),
        Written::Array(list) => list.iter().map(of_value).collect(),
        Written::InlineTable(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.to_owned(), of_value(value))).collect::<Map<_, _>>())
        }
    }
}

/// A table as text.
fn table(place: Place<'_>, value: &Value, newline: &str) -> String {
    let lines =
        value.as_object().into_iter().flatten().map(|(key, value)| format!("{key} = {}{newline}", inline(value)));
    format!("[{}.{}]{newline}{}", place.section, place.name, lines.collect::<String>())
}

/// A value on one line. What JSON writes of texts and numbers is TOML too.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let parts: Vec<String> = map.iter().map(|(key, value)| format!("{key} = {}", inline(value))).collect();
            format!("{{ {} }}", parts.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

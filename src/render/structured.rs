//! The structured form: compact JSON without nulls and empty sections.

use serde_json::{Map, Value, json};

use super::answer::{Answer, Item, Table};
use super::cell::Precision;
use super::key::escape_key;
use super::untrusted::one_line;

/// How many characters of the label of a block are shown.
pub(super) const SOURCE_CAP: usize = 200;

/// The answer as JSON: facts as keys, tables as `{"columns": […], "rows": [[…]]}`, notes as `"notes": […]`, blocks
/// of others as `{"untrusted_from": …, "text": …}`. It holds the same facts as [`super::to_text`].
pub fn to_structured(answer: &Answer) -> Value {
    let mut object = Map::new();
    let mut notes = Vec::new();
    for item in answer.items.iter().filter(|item| !item.is_empty()) {
        match item {
            Item::Fact { key, value } => put(&mut object, key, value.value(Precision::default())),
            Item::Table(shown) => put(&mut object, &shown.name, table(shown)),
            Item::Records { name, entries } => put(&mut object, name, entries.iter().map(to_structured).collect()),
            Item::Section { name, body } => put(&mut object, name, to_structured(body)),
            Item::Note(sentence) => notes.push(sentence.as_str()),
            Item::Foreign { name, source, text } => {
                let block = json!({"untrusted_from": one_line(source, SOURCE_CAP), "text": text.shown()});
                put(&mut object, name, block);
            }
            Item::Image(image) => put(&mut object, "image", image.structured()),
            Item::Guide(text) => put(&mut object, "text", Value::from(text.shown())),
        }
    }
    if !notes.is_empty() {
        put(&mut object, "notes", Value::from(notes));
    }
    Value::Object(object)
}

fn table(table: &Table) -> Value {
    let columns = table.shown_columns();
    let names: Vec<_> = columns.iter().map(|(_, column, _)| escape_key(&column.name)).collect();
    let cells = |row: &Vec<_>| {
        let cell = |(at, _, precision): &(usize, _, Precision)| Some(super::Cell::value(row.get(*at)?, *precision));
        columns.iter().filter_map(cell).collect::<Value>()
    };
    json!({"columns": names, "rows": table.rows.iter().map(cells).collect::<Value>()})
}

/// Puts a value under its name, or under the next free number of it: nothing is overwritten.
fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    let mut key = name.to_owned();
    let mut number = 1;
    while object.contains_key(&key) {
        number += 1;
        key = format!("{name}_{number}");
    }
    object.insert(key, value);
}

#[cfg(test)]
mod tests {
    use super::to_structured;
    use crate::render::{Answer, Cell, Column, Item, Keep, Table};
    use serde_json::json;

    #[test]
    fn every_kind_of_item_has_its_place() {
        let answer = Answer::new()
            .fact("returned", 1_usize)
            .fact("total", None::<u64>)
            .table("runs", vec![Column::new("run"), Column::new("gone")], vec![vec![Cell::text("lab:1")]])
            .records("details", vec![Answer::new().fact("run", Cell::text("lab:1"))])
            .section("counters", Answer::new().fact("failed", 2_i64))
            .section("nothing", Answer::new())
            .foreign("log", "run lab:1", "hello", 100, Keep::End)
            .note("only a page was read")
            .guide("Filters …");
        assert_eq!(
            to_structured(&answer),
            json!({
                "returned": 1,
                "runs": {"columns": ["run"], "rows": [["lab:1"]]},
                "details": [{"run": "lab:1"}],
                "counters": {"failed": 2},
                "log": {"untrusted_from": "run lab:1", "text": "hello"},
                "text": "Filters …",
                "notes": ["only a page was read"],
            })
        );
    }

    #[test]
    fn a_name_that_occurs_twice_overwrites_nothing() {
        let answer = Answer::new().fact("notes", 1_i64).fact("a", 2_i64).fact("a", 3_i64).note("x");
        assert_eq!(to_structured(&answer), json!({"notes": 1, "a": 2, "a_2": 3, "notes_2": ["x"]}));
    }

    #[test]
    fn empty_columns_stay_when_asked_for() {
        let table = Table::new("t", vec![Column::new("a"), Column::new("b")], vec![vec![Cell::from(1_i64)]]);
        let answer = Answer::new().with(Item::Table(table.with_empty_columns()));
        assert_eq!(to_structured(&answer), json!({"t": {"columns": ["a", "b"], "rows": [[1, ""]]}}));
    }
}

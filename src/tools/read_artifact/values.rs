//! Values of JSON and YAML: one key of one file, or of the same file of several runs as a table.

use backends::Error;
use serde_json::json;

use super::{Shown, View};
use crate::artifact::{Content, File, Format, Missed, Node, Parsed, detect, lookup, parse};
use crate::problem::{Problem, Result};
use crate::render::{Answer, Cell, Column, escape_key, fit, one_line};
use crate::tools::onward::Onward;

/// The largest document that is read, in bytes.
const LARGEST: u64 = 16_000_000;
/// Values that one key gives at most.
const MOST: usize = 500;
/// Columns of a table over several runs.
const COLUMNS: usize = 30;

/// What a key leads to in one file.
pub(super) struct Values {
    /// Each value with the way to it.
    pairs: Vec<(String, Cell)>,
    /// More than are shown lie there.
    more: bool,
    notes: Vec<String>,
}

/// Reads the values for a single file.
pub(super) async fn read(file: &File, format: Format, key: &str) -> Result<View> {
    Ok(Box::new(OneFile { values: find(file, format, key).await? }))
}

/// Finds the values.
pub(super) async fn find(file: &File, format: Format, key: &str) -> Result<Values> {
    let bytes = file.whole(LARGEST).await?;
    let encoding = match detect(&bytes, 0) {
        Content::Text(encoding) => encoding,
        Content::Binary(kind) => {
            let shown = file.shown();
            return Err(Error::bad_input(format!("'{shown}' has no keys: it is binary ({kind}); leave key out")).into());
        }
    };
    let text = encoding.decode(&bytes);
    let as_json = match format {
        Format::Json => true,
        Format::Yaml => false,
        _ => text.trim_start().starts_with(['{', '[']),
    };
    let Parsed { node, broken } = parse(text, as_json).await?;
    let language = if as_json { "JSON" } else { "YAML" };
    let broken =
        broken.map(|why| format!("the {language} is broken, what follows was not read: {}", one_line(&why, 200)));
    let found = chosen(&node, key);
    let found = found.map_err(|missed| missing(file, key, &missed, broken.as_deref(), format))?;
    let mut leaves = Vec::new();
    let whole = found.iter().fold(true, |whole, (way, node)| node.leaves(way, MOST, &mut leaves) && whole);
    let cell = |(way, node): (String, &Node)| {
        let name = way.rsplit(['.', '[']).next().unwrap_or_default().to_owned();
        (way, node.cell(&name))
    };
    let notes = broken.into_iter().chain(encoding.remark().map(ToOwned::to_owned)).collect();
    Ok(Values { pairs: leaves.into_iter().map(cell).collect(), more: !whole, notes })
}

/// What a key leads to; if nothing, what the keys in it lead to that commas part.
fn chosen<'a>(node: &'a Node, key: &str) -> Result<Vec<(String, &'a Node)>, Missed> {
    let missed = match lookup(node, key) {
        Ok(found) => return Ok(found),
        Err(missed) => missed,
    };
    let keys: Vec<&str> = key.split(',').map(str::trim).filter(|key| !key.is_empty()).collect();
    if keys.len() < 2 {
        return Err(missed);
    }
    let each: Result<Vec<_>, Missed> = keys.into_iter().map(|key| lookup(node, key)).collect();
    each.map(|found| found.concat())
}

fn missing(file: &File, key: &str, missed: &Missed, broken: Option<&str>, format: Format) -> Problem {
    let name = |name: &String| format!("'{}'", escape_key(&one_line(name, 80)));
    let names = |names: &[String]| names.iter().map(name).collect::<Vec<_>>().join(", ");
    let at = if missed.reached.is_empty() {
        "the document".to_owned()
    } else {
        format!("'{}'", one_line(&missed.reached, 120))
    };
    let wanted = one_line(&missed.missing, 80);
    let mut error = Error::not_found(format!(
        "'{}' has no key '{}': {at} is {} and has no '{wanted}'",
        file.shown(),
        one_line(key, 120),
        missed.what
    ));
    if !missed.near.is_empty() {
        error = error.and(format!("near: {}", names(&missed.near)));
    }
    if missed.names.iter().any(|name| !missed.near.contains(name)) {
        error = error.and(format!("the first names there: {}", names(&missed.names)));
    }
    if let Some(broken) = broken {
        error = error.and(broken);
    }
    if !matches!(format, Format::Json | Format::Yaml) {
        error = error.and("by its name the file is neither JSON nor YAML; leave key out to read it as text");
    }
    let near = missed.near.first().filter(|_| !missed.missing.contains(['.', '[']));
    let mut arguments = json!({"runs": [file.run.text()], "path": file.path.as_ref()});
    if let (Some(near), Some(arguments)) = (near, arguments.as_object_mut()) {
        let way = if missed.reached.is_empty() { near.clone() } else { format!("{}.{near}", missed.reached) };
        arguments.insert("key".to_owned(), way.into());
    }
    Problem::from(error).next("read_artifact", arguments)
}

/// The values of one file as a table of keys and values.
struct OneFile {
    values: Values,
}

impl Shown for OneFile {
    fn count(&self) -> usize {
        self.values.pairs.len()
    }

    fn answer(&self, count: usize, _: Option<&Onward>) -> Answer {
        let Values { pairs, more, notes } = &self.values;
        let rows = pairs.iter().take(count).map(|(way, cell)| vec![Cell::key(way), cell.clone()]).collect();
        let left = pairs.len().saturating_sub(count);
        let mut answer = Answer::new().table("values", vec![Column::new("key"), Column::exact("value")], rows);
        if left > 0 || *more {
            let of = if *more { format!("more than {}", pairs.len()) } else { pairs.len().to_string() };
            answer = answer.note(format!("{count} of {of} values are shown; a longer key leads to fewer"));
        }
        answer.notes(notes)
    }
}

/// The values of several files as a table: a row for each run.
pub(super) fn compared(files: Vec<(File, Values)>, characters: usize, finish: impl Fn(Answer) -> Answer) -> Answer {
    let mut columns: Vec<String> = Vec::new();
    for (way, _) in files.iter().flat_map(|(_, values)| &values.pairs) {
        if !columns.contains(way) {
            columns.push(way.clone());
        }
    }
    let all = columns.len();
    columns.truncate(COLUMNS);
    fit(columns.len(), characters, |count| {
        let shown = columns.get(..count).unwrap_or_default();
        let mut heads = vec![Column::new("run"), Column::new("file")];
        heads.extend(shown.iter().map(|way| Column::exact(way.clone())));
        let row = |(file, values): &(File, Values)| {
            let mut row = vec![Cell::text(file.run.text()), Cell::foreign(&file.path)];
            let value =
                |way: &String| values.pairs.iter().find(|(known, _)| known == way).map(|(_, cell)| cell.clone());
            row.extend(shown.iter().map(|way| value(way).unwrap_or(Cell::Missing)));
            row
        };
        let mut answer = Answer::new().table("values", heads, files.iter().map(row).collect());
        if count < all {
            answer = answer.note(format!("{count} of {all} values are shown; a longer key leads to fewer"));
        }
        for (file, values) in &files {
            answer = answer.notes(file.remark().map(|remark| format!("{}: {remark}", file.run.text())));
            answer = answer.notes(values.notes.iter().map(|note| format!("{}: {note}", file.run.text())));
        }
        finish(answer)
    })
}

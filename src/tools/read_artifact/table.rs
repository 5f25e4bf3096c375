//! Rows of CSV, TSV and JSON lines.

use backends::Error;
use backends::nearest::nearest;
use serde_json::json;

use super::{Part, Shown, View, Want, picture, start};
use crate::artifact::{Encoding, File, Format, Lines, Node, Rows, head, lookup, number, parse, rows, tail};
use crate::problem::{Problem, Result};
use crate::render::{Answer, Cell, Column, Keep, one_line};
use crate::tools::onward::Onward;

/// Columns that are shown unless some are named.
const COLUMNS: usize = 40;

/// Rows of a table, those columns of it that are shown, and where it goes on.
struct Table {
    file: File,
    columns: Vec<String>,
    rows: Vec<Row>,
    /// Where the row behind these begins.
    onward: Option<(u64, u64)>,
    size: Option<u64>,
    part: Part,
    encoding: Encoding,
    notes: Vec<String>,
}

struct Row {
    /// Where it begins: the byte and the line.
    start: (u64, u64),
    cells: Vec<Cell>,
}

pub(super) async fn read(
    file: &File,
    format: Format,
    key: Option<&str>,
    want: &Want,
    onward: Option<&Onward>,
) -> Result<View> {
    let going_on = onward.filter(|onward| onward.goes_on());
    let found = rows(file, format, going_on.map(Onward::at), want.lines, want.part == Part::Tail).await?;
    let Rows { header, rows, onward, size, to_end, encoding, faults } = match found {
        Ok(found) => found,
        Err(kind) => return Ok(picture::binary(file, kind, None)),
    };
    let mut notes = faults;
    let chosen: Vec<usize> = match key {
        Some(key) => columns(file, &header, key)?,
        None => {
            if header.len() > COLUMNS {
                notes.push(format!("{COLUMNS} of {} columns are shown; key names others: a,b", header.len()));
            }
            (0..header.len().min(COLUMNS)).collect()
        }
    };
    if want.part == Part::Tail && !rows.is_empty() {
        notes.push("these are the last rows; part head with next_cursor leads through all".to_owned());
    } else if to_end && going_on.is_none() && rows.len() < want.lines {
        notes.push(format!("these are all {} rows", rows.len()));
    }
    let name = |at: &usize| header.get(*at).cloned().unwrap_or_default();
    let columns: Vec<String> = chosen.iter().map(name).collect();
    let row = |row: crate::artifact::Row| {
        let cell = |(at, name): (&usize, &String)| value(name, row.cells.get(*at).map(String::as_str));
        Row { start: (row.from, 0), cells: chosen.iter().zip(&columns).map(cell).collect() }
    };
    let rows = rows.into_iter().map(row).collect();
    let onward = onward.map(|at| (at, 0));
    Ok(Box::new(Table { file: file.clone(), columns, rows, onward, size, part: want.part, encoding, notes }))
}

/// A field: a number where it is written as one.
fn value(name: &str, field: Option<&str>) -> Cell {
    match field {
        None | Some("") => Cell::Missing,
        Some(text) => match number(text) {
            Cell::Foreign(_) => Cell::foreign_of(name, text),
            number => number,
        },
    }
}

/// The places of the columns that a key names.
fn columns(file: &File, header: &[String], key: &str) -> Result<Vec<usize>> {
    let known = |name: &str| header.iter().position(|column| column.trim() == name);
    if let Some(at) = known(key.trim()) {
        return Ok(vec![at]);
    }
    key.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| {
            known(name).ok_or_else(|| {
                let near = nearest(name, header.iter().map(String::as_str), 4);
                let some: Vec<&str> =
                    if near.is_empty() { header.iter().take(20).map(String::as_str).collect() } else { near };
                let shown: Vec<String> = some.iter().map(|column| format!("'{}'", one_line(column, 60))).collect();
                let what = format!("'{}' has no column '{}'", file.shown(), one_line(name, 80));
                let error =
                    Error::not_found(what).and(format!("of {} columns near: {}", header.len(), shown.join(", ")));
                let first = some.first().copied().unwrap_or_default();
                let arguments = json!({"runs": [file.run.text()], "path": file.path.as_ref(), "key": first});
                Problem::from(error).next("read_artifact", arguments)
            })
        })
        .collect()
}

/// A JSON document in each line: the keys are the columns.
pub(super) async fn read_json_lines(file: &File, key: &str, want: &Want, onward: Option<&Onward>) -> Result<View> {
    let going_on = onward.filter(|onward| onward.goes_on());
    let found = match want.part {
        Part::Head => head(file, start(onward), want.lines).await?,
        Part::Tail => tail(file, going_on.map(Onward::at), want.lines).await?,
    };
    let Lines { lines, size, encoding } = match found {
        Ok(found) => found,
        Err(kind) => return Ok(picture::binary(file, kind, None)),
    };
    let columns: Vec<String> = key.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect();
    let (mut rows, mut broken, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    let mut names: Vec<String> = Vec::new();
    let mut to = 0;
    for line in &lines {
        to = line.to;
        if line.text.trim().is_empty() {
            continue;
        }
        let document = parse(line.text.clone(), true).await?;
        if document.broken.is_some() {
            broken.push(line.start);
        }
        if let (Node::Map(map), true) = (&document.node, names.is_empty()) {
            names.extend(map.iter().map(|(name, _)| name.clone()));
        }
        let cell = |key: &String| match lookup(&document.node, key).ok().and_then(|found| found.into_iter().next()) {
            Some((_, node)) => node.cell(key.rsplit('.').next().unwrap_or(key)),
            None => Cell::Missing,
        };
        rows.push(Row { start: (line.start.at, line.start.line), cells: columns.iter().map(cell).collect() });
    }
    if !rows.is_empty() && rows.iter().all(|row| row.cells.iter().all(Cell::is_missing)) {
        let shown: Vec<String> = names.iter().take(20).map(|name| format!("'{}'", one_line(name, 60))).collect();
        let what = format!("none of {} lines of '{}' has '{}'", rows.len(), file.shown(), one_line(key, 80));
        return Err(Error::not_found(what).and(format!("the first has {}", shown.join(", "))).into());
    }
    if let Some(first) = broken.first() {
        let place = if first.line > 0 { format!("line {}", first.line) } else { format!("byte {}", first.at) };
        notes.push(format!(
            "{} lines are no whole JSON document (or longer than is read at once), the first in {place}",
            broken.len()
        ));
    }
    let ended = size.is_none_or(|size| to >= size);
    let line = lines.last().map_or(0, |last| if last.start.line > 0 { last.start.line + 1 } else { 0 });
    let onward = (want.part == Part::Head && !ended).then_some((to, line));
    Ok(Box::new(Table { file: file.clone(), columns, rows, onward, size, part: want.part, encoding, notes }))
}

impl Shown for Table {
    fn count(&self) -> usize {
        self.rows.len()
    }

    fn answer(&self, count: usize, onward: Option<&Onward>) -> Answer {
        let count = count.min(self.rows.len());
        let first = if self.part == Part::Tail { self.rows.len() - count } else { 0 };
        let shown = self.rows.get(first..first + count).unwrap_or_default();
        let cut = self.rows.get(count).map(|row| row.start);
        let next = if self.part == Part::Head { cut.or(self.onward) } else { None };
        let cursor = next.and_then(|(at, line)| onward?.cursor(&self.file.run, at, line));
        let columns = self.columns.iter().map(Column::exact).collect();
        let rows = shown.iter().map(|row| row.cells.clone()).collect();
        let table = crate::render::Table::new("rows", columns, rows).with_empty_columns();
        let mut answer = Answer::new()
            .fact("returned", count)
            .fact("next_cursor", cursor.clone().map(Cell::Text))
            .with(crate::render::Item::Table(table));
        if self.rows.is_empty() {
            let columns = self.columns.join(", ");
            answer = match columns.is_empty() {
                true => answer.note("the file is empty"),
                false => answer
                    .foreign("columns", self.file.source(), &columns, 4_000, Keep::Start)
                    .note("there are no rows"),
            };
        }
        if next.is_some() && cursor.is_none() {
            answer = answer.note("more rows follow; read this run alone to go on");
        }
        let changed = self.file.changed(self.size);
        answer.notes(&self.notes).notes(self.encoding.remark()).notes(changed)
    }
}

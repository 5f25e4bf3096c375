//! The answer to `fields`: one row for each span where all are of spans, else one for each value.

use std::collections::BTreeMap;

use backends::Error;

use super::fields::{Found, select, text};
use super::{Shown, document};
use crate::problem::Result;
use crate::render::{Answer, Cell, Column, fit, redact_value};

/// Paths at once.
const MOST: usize = 30;
/// Characters of a value where few are shown, and where many are.
const LONG: usize = 6_000;
const SHORT: usize = 300;
/// Values that are few.
const FEW: usize = 3;

/// The values at these paths: of the trace, or of one span.
pub(super) fn answer(shown: &Shown<'_>, from: Option<usize>, paths: &[String], limit: usize) -> Result<Answer> {
    if paths.len() > MOST {
        return Err(Error::bad_input(format!("{} fields were named, at most {MOST} are looked up", paths.len())).into());
    }
    let nodes = &shown.tree.nodes;
    let (document, span) = match from.and_then(|at| nodes.get(at)) {
        Some(node) => (document::of_span(node.span), Some(node.span.id.as_str())),
        None => (document::of_trace(&shown.found.trace, nodes.iter().map(|node| node.span)), None),
    };
    let found = paths.iter().map(|path| select(&document, path)).collect::<Result<Vec<_>>>()?;
    let of_spans =
        found.iter().flatten().all(|one| one.path.len() > 2 && one.path.first().is_some_and(|at| at == "spans"));
    let (columns, rows) =
        if of_spans && span.is_none() { by_span(shown, &found.concat()) } else { one_by_one(&found.concat()) };
    let skip = usize::try_from(shown.onward.at()).unwrap_or(usize::MAX);
    let total = rows.len();
    let page: Vec<Vec<Cell>> = rows.into_iter().skip(skip).take(limit).collect();
    let head = Answer::new()
        .fact("trace", Cell::text(shown.found.text()))
        .fact("span", span.map(|id| Cell::foreign_up_to(id, 40)));
    Ok(fit(page.len(), shown.call.allowance().characters, |count| {
        let end = skip.saturating_add(count);
        head.clone()
            .table("fields", columns.iter().map(Column::new).collect(), page.iter().take(count).cloned().collect())
            .fact("returned", count)
            .fact("total", total)
            .fact("next_cursor", (end < total).then(|| shown.cursor(end)))
    }))
}

/// A row for each span that has one of them, a column for each path.
fn by_span(shown: &Shown<'_>, found: &[Found<'_>]) -> (Vec<String>, Vec<Vec<Cell>>) {
    let mut columns: Vec<String> = Vec::new();
    let mut rows: BTreeMap<usize, BTreeMap<usize, Cell>> = BTreeMap::new();
    let cap = cap(found.len());
    for one in found {
        let [_, place, within @ ..] = one.path.as_slice() else { continue };
        let Ok(place) = place.parse::<usize>() else { continue };
        let name = within.join(".");
        let column = columns.iter().position(|known| *known == name).unwrap_or_else(|| {
            columns.push(name);
            columns.len() - 1
        });
        rows.entry(place).or_default().insert(column, cell(one, cap));
    }
    let row = |(place, mut cells): (usize, BTreeMap<usize, Cell>)| {
        let id = shown.tree.nodes.get(place).map(|node| Cell::foreign_up_to(&node.span.id, 40));
        let rest = (0..columns.len()).map(|column| cells.remove(&column).unwrap_or(Cell::Missing));
        std::iter::once(Cell::from(id)).chain(rest).collect()
    };
    let rows = rows.into_iter().map(row).collect();
    let names = std::iter::once("span".to_owned()).chain(columns.iter().map(|name| crate::render::escape_key(name)));
    (names.collect(), rows)
}

fn one_by_one(found: &[Found<'_>]) -> (Vec<String>, Vec<Vec<Cell>>) {
    let cap = cap(found.len());
    let row = |one: &Found<'_>| vec![Cell::key(&one.path.join(".")), cell(one, cap)];
    (vec!["path".to_owned(), "value".to_owned()], found.iter().map(row).collect())
}

fn cap(values: usize) -> usize {
    if values <= FEW { LONG } else { SHORT }
}

fn cell(one: &Found<'_>, cap: usize) -> Cell {
    match one.value {
        serde_json::Value::Number(number) => number.as_f64().map_or(Cell::Missing, Cell::Exact),
        serde_json::Value::Bool(flag) => Cell::Flag(*flag),
        other => {
            let key = one.path.iter().rev().find(|key| key.parse::<usize>().is_err());
            Cell::foreign_up_to(&redact_value(key.map_or("", String::as_str), &text(other)), cap)
        }
    }
}

//! The columns of a table of runs.

mod wanted;

use std::collections::BTreeMap;

use backends::model::{Run, Status};
use backends::query::Key;
use jiff::Timestamp;

use crate::direction;
use crate::problem::Result;
use crate::references::{Aligned, Name};
use crate::render::{Cell, Column, one_line, redact_value};

pub(super) use wanted::Wanted;
use wanted::matching;

/// Headline metrics that are shown unasked.
const HEADLINES: usize = 5;
/// Characters of a reason or note in a row.
const REASON: usize = 160;

/// A column of a table of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RunColumn {
    Plain(&'static str),
    Metric(Name),
    /// Its lowest value, where the tracker keeps it.
    Min(Name),
    /// Its highest value, where the tracker keeps it.
    Max(Name),
    Param(Name),
    Tag(String),
}

/// A run with the name of its tracker.
pub(super) type Row<'a> = (&'a str, &'a Run);

/// The columns for these rows: those asked for, or the default ones. `first` are the metrics that the question names, as
/// it names them: last, lowest or highest value.
/// The second are sentences on what names were read as, and on columns that no row has.
///
/// # Errors
/// *Bad input* for a name that may mean several, and for one without its group that nothing here has.
pub(super) fn of(wanted: &[Wanted], first: &[RunColumn], rows: &[Row<'_>]) -> Result<(Vec<RunColumn>, Vec<String>)> {
    let mut columns = vec![RunColumn::Plain("run"), RunColumn::Plain("name"), RunColumn::Plain("status")];
    let mut notes = Vec::new();
    if wanted.is_empty() {
        columns.extend(["started", "duration", "project"].map(RunColumn::Plain));
        columns.extend(headlines(first, rows));
    } else {
        for one in wanted {
            let (found, said) = matching(one, rows)?;
            notes.extend(said.into_iter().filter(|note| !notes.contains(note)).collect::<Vec<_>>());
            for column in found {
                if !columns.contains(&column) {
                    columns.push(column);
                }
            }
        }
        notes.extend(without_any(wanted, rows));
    }
    if rows.iter().any(|(_, run)| run.archived) && !columns.contains(&RunColumn::Plain("archived")) {
        columns.push(RunColumn::Plain("archived"));
    }
    let told = |(_, run): &Row<'_>| run.status == Some(Status::Failed) && run.reason.is_some();
    if rows.iter().any(told) && !columns.contains(&RunColumn::Plain("reason")) {
        columns.push(RunColumn::Plain("reason"));
    }
    Ok((columns, notes))
}

/// A sentence on columns that were asked for and are left out, because they are empty in every row.
fn without_any(wanted: &[Wanted], rows: &[Row<'_>]) -> Option<String> {
    let lacks = |name: &str, run: &Run| match name {
        "created" => run.created.is_none(),
        "started" => run.started.is_none(),
        "ended" => run.ended.is_none(),
        "updated" => run.updated.is_none(),
        "user" => run.user.is_none(),
        "type" => run.kind.is_none(),
        "parent" => run.parent.is_none(),
        "reason" => run.reason.is_none(),
        "note" => run.note.is_none(),
        "url" => run.web_url.is_none(),
        _ => false,
    };
    let empty = wanted.iter().filter_map(|one| match one {
        Wanted::Plain(name) if rows.iter().all(|(_, run)| lacks(name, run)) => Some(*name),
        _ => None,
    });
    let empty: Vec<&str> = if rows.is_empty() { Vec::new() } else { empty.collect() };
    (!empty.is_empty()).then(|| format!("none of these runs has: {}", empty.join(", ")))
}

/// Sentences on the names in these columns that stand for those of other trackers.
pub(super) fn about(aligned: &Aligned, columns: &[RunColumn]) -> Vec<String> {
    let metric = |name: &str| {
        columns.iter().any(|column| match column {
            RunColumn::Metric(one) | RunColumn::Min(one) | RunColumn::Max(one) => one.shown() == name,
            _ => false,
        })
    };
    let param = |name: &str| {
        columns.iter().any(|column| if let RunColumn::Param(one) = column { one.shown() == name } else { false })
    };
    aligned.notes(metric, param)
}

/// Metrics of the question first, then those that most rows have, without those of the machine.
fn headlines(first: &[RunColumn], rows: &[Row<'_>]) -> Vec<RunColumn> {
    let mut chosen: Vec<RunColumn> = Vec::new();
    for column in first {
        if !chosen.contains(column) {
            chosen.push(column.clone());
        }
    }
    let mut frequency: BTreeMap<&String, usize> = BTreeMap::new();
    let metrics = rows.iter().flat_map(|(_, run)| &run.metrics).filter(|(_, metric)| !metric.machine);
    for (name, _) in metrics {
        *frequency.entry(name).or_default() += 1;
    }
    let mut frequent: Vec<(&String, usize)> = frequency.into_iter().collect();
    // Of those that as many have, what tells which side is better.
    frequent.sort_by_key(|(name, runs)| (std::cmp::Reverse(*runs), direction::better(name).is_none()));
    for (name, _) in frequent {
        let is_shown = |one: &RunColumn| matches!(one, RunColumn::Metric(shown) if shown.shown() == name);
        if chosen.len() < HEADLINES && !chosen.iter().any(is_shown) {
            chosen.push(RunColumn::Metric(Name::exactly(Key::Metric(name.clone()))));
        }
    }
    chosen
}

/// Whether a name fits a pattern in which `*` is any text.
pub(super) fn glob(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part).and_then(|at| rest.get(at + part.len()..)) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl RunColumn {
    /// The column of what a filter or an order names: a metric's last, lowest or highest value.
    pub(super) fn of_metric(key: &Key, rows: &[Row<'_>]) -> Option<Self> {
        let column = match key {
            Key::Metric(_) => Self::Metric,
            Key::Min(_) => Self::Min,
            Key::Max(_) => Self::Max,
            _ => return None,
        };
        Some(column(Name::read(key, rows.iter().copied()).unwrap_or_else(|_| Name::exactly(key.clone()))))
    }

    /// Whether a row has the metric, its extreme, the param or the tag.
    fn is_in(&self, (tracker, run): &Row<'_>) -> bool {
        let metric = |name: &Name| run.metrics.get(name.on(tracker));
        match self {
            Self::Plain(_) => true,
            Self::Metric(name) => metric(name).is_some(),
            Self::Min(name) => metric(name).is_some_and(|metric| metric.min.is_some()),
            Self::Max(name) => metric(name).is_some_and(|metric| metric.max.is_some()),
            Self::Param(name) => run.params.contains_key(name.on(tracker)),
            Self::Tag(name) => run.tag(name).is_some(),
        }
    }

    /// The column as a table shows it.
    pub(super) fn head(&self) -> Column {
        match self {
            Self::Plain(name) => Column::new(*name),
            Self::Metric(name) => Column::new(format!("metrics.{}", name.shown())),
            Self::Min(name) => Column::new(format!("min.{}", name.shown())),
            Self::Max(name) => Column::new(format!("max.{}", name.shown())),
            Self::Param(name) => Column::new(format!("params.{}", name.shown())),
            Self::Tag(name) => Column::new(format!("tags.{name}")),
        }
    }

    /// The value of a run of this tracker; `reference` is its full reference.
    pub(super) fn cell(&self, run: &Run, reference: &str, now: Timestamp, tracker: &str) -> Cell {
        let metric = |name: &Name| run.metrics.get(name.on(tracker));
        let extreme = |extreme: Option<(f64, Option<i64>)>| Cell::from(extreme.map(|(value, _)| value));
        match self {
            Self::Metric(name) => Cell::from(metric(name).map(|metric| metric.value)),
            Self::Min(name) => extreme(metric(name).and_then(|metric| metric.min)),
            Self::Max(name) => extreme(metric(name).and_then(|metric| metric.max)),
            Self::Param(name) => named(name.on(tracker), run.params.get(name.on(tracker)).map(String::as_str)),
            Self::Tag(name) => named(name, run.tag(name)),
            Self::Plain(name) => match *name {
                "run" => Cell::text(reference),
                "name" => Cell::foreign(&run.name),
                "status" => status(run),
                "started" => Cell::from(run.started),
                "created" => Cell::from(run.created),
                "ended" => Cell::from(run.ended),
                "updated" => Cell::from(run.updated),
                "duration" => Cell::from(run.duration(now)),
                "project" => Cell::foreign(&run.project.name),
                "user" => Cell::from(run.user.as_deref().map(Cell::foreign)),
                "type" => Cell::from(run.kind.as_deref().map(Cell::foreign)),
                "parent" => Cell::from(run.parent.as_ref().map(|id| Cell::text(format!("{tracker}:{id}")))),
                "commit" => Cell::from(run.code.commit.as_deref().map(Cell::foreign)),
                "dataset" => Cell::List(run.datasets.iter().map(|data| Cell::foreign(&data.name)).collect()),
                "model" => Cell::List(run.models.iter().map(|model| Cell::foreign(&model.id)).collect()),
                "archived" => Cell::from(run.archived),
                "reason" => Cell::from(run.reason.as_deref().map(|text| Cell::foreign_up_to(text, REASON))),
                "note" => Cell::from(run.note.as_deref().map(|text| Cell::foreign_up_to(text, REASON))),
                "url" => Cell::from(run.web_url.clone().map(Cell::Text)),
                _ => Cell::Missing,
            },
        }
    }
}

/// Our word, with the server's own where that says more.
pub(super) fn status(run: &Run) -> Cell {
    match (run.status, &run.native_status) {
        (Some(status), Some(native)) => Cell::text(format!("{status} ({})", one_line(native, 30))),
        (Some(status), None) => Cell::text(status.word()),
        (None, Some(native)) => Cell::text(format!("unknown ({})", one_line(native, 30))),
        (None, None) => Cell::text("unknown"),
    }
}

/// The first `most` tags: words, and `key=value`.
pub(super) fn tags(tags: &BTreeMap<String, String>, most: usize) -> Cell {
    let one = |(key, value): (&String, &String)| match value.is_empty() {
        true => Cell::key(key),
        false => Cell::foreign(&format!("{key}={}", redact_value(key, value))),
    };
    Cell::List(tags.iter().take(most).map(one).collect())
}

fn named(name: &str, value: Option<&str>) -> Cell {
    Cell::from(value.map(|value| Cell::foreign_of(name, value)))
}

#[cfg(test)]
mod tests;

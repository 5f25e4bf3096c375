//! The columns of a table of runs.

use std::collections::{BTreeMap, BTreeSet};

use backends::Error;
use backends::model::{Run, Status};
use backends::nearest::nearest;
use backends::query::Key;
use jiff::Timestamp;

use super::machine;
use crate::direction;
use crate::problem::Result;
use crate::references::{Aligned, Name};
use crate::render::{Cell, Column, one_line, redact_value};

/// Headline metrics that are shown unasked.
const HEADLINES: usize = 5;
/// Columns that a wildcard adds at most.
const WILDCARD: usize = 60;
/// Characters of a reason or note in a row.
const REASON: usize = 160;

/// Columns that are no metric, param or tag.
const PLAIN: &[&str] = &[
    "run", "name", "status", "created", "started", "ended", "updated", "duration", "project", "user", "type", "parent",
    "commit", "dataset", "model", "archived", "reason", "note", "url",
];

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

/// What was asked for, before the rows are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Plain(&'static str),
    /// `metrics.`, `min.`, `max.`, `params.` or `tags.` and a name or glob.
    Named(Group, String),
}

/// A group of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Metrics,
    Min,
    Max,
    Params,
    Tags,
}

impl Group {
    fn names<'a>(self, run: &'a Run) -> Box<dyn Iterator<Item = &'a String> + 'a> {
        match self {
            Self::Metrics => Box::new(run.metrics.keys()),
            Self::Min => Box::new(run.metrics.iter().filter(|(_, one)| one.min.is_some()).map(|(name, _)| name)),
            Self::Max => Box::new(run.metrics.iter().filter(|(_, one)| one.max.is_some()).map(|(name, _)| name)),
            Self::Params => Box::new(run.params.keys()),
            Self::Tags => Box::new(run.tags.keys()),
        }
    }

    fn key(self, name: String) -> Key {
        match self {
            Self::Metrics => Key::Metric(name),
            Self::Min => Key::Min(name),
            Self::Max => Key::Max(name),
            Self::Params => Key::Param(name),
            Self::Tags => Key::Tag(name),
        }
    }

    fn is_of_metrics(self) -> bool {
        matches!(self, Self::Metrics | Self::Min | Self::Max)
    }

    /// The column of a name as it is.
    fn exactly(self, name: &str) -> RunColumn {
        self.column(Name::exactly(self.key(name.to_owned())))
    }

    fn column(self, name: Name) -> RunColumn {
        match self {
            Self::Metrics => RunColumn::Metric(name),
            Self::Min => RunColumn::Min(name),
            Self::Max => RunColumn::Max(name),
            Self::Params => RunColumn::Param(name),
            Self::Tags => RunColumn::Tag(name.shown().to_owned()),
        }
    }
}

/// A run with the name of its tracker.
pub(super) type Row<'a> = (&'a str, &'a Run);

impl Wanted {
    /// Reads `metrics.val_f1`, `params.*`, `` metrics.`val loss` ``, `user`.
    pub(super) fn read(text: &str) -> Result<Self> {
        let text = text.trim();
        for (prefix, group) in [
            ("metrics.", Group::Metrics),
            ("metric.", Group::Metrics),
            ("min.", Group::Min),
            ("max.", Group::Max),
            ("params.", Group::Params),
            ("param.", Group::Params),
            ("tags.", Group::Tags),
            ("tag.", Group::Tags),
        ] {
            if let Some(name) = text.strip_prefix(prefix).filter(|name| !name.is_empty()) {
                let bare = name.strip_prefix('`').and_then(|name| name.strip_suffix('`'));
                return Ok(Self::Named(group, bare.map_or_else(|| name.to_owned(), |bare| bare.replace("``", "`"))));
            }
        }
        let lowered = text.to_lowercase();
        let plain = match lowered.as_str() {
            "id" | "run_id" | "ref" | "reference" => "run",
            "run_name" => "name",
            "start_time" | "start" => "started",
            "end_time" | "end" => "ended",
            "experiment" => "project",
            "user_id" => "user",
            other => other,
        };
        match PLAIN.iter().find(|known| **known == plain) {
            Some(known) => Ok(Self::Plain(known)),
            None => {
                let near = nearest(&lowered, PLAIN.iter().copied(), 2);
                let near = if near.is_empty() { String::new() } else { format!("; near: {}", near.join(", ")) };
                let shown = one_line(text, 60);
                Err(Error::bad_input(format!(
                    "no column '{shown}'{near}; columns are {} and metrics.NAME, min.NAME, max.NAME, params.NAME, tags.NAME (params.* for all)",
                    PLAIN.join(", ")
                ))
                .into())
            }
        }
    }
}

/// The columns for these rows: those asked for, or the default ones. `first` are the metrics that the question names, as
/// it names them: last, lowest or highest value.
/// The second are sentences on what names were read as, and on columns that no row has.
///
/// # Errors
/// *Bad input* for a name that may mean several.
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

fn matching(wanted: &Wanted, rows: &[Row<'_>]) -> Result<(Vec<RunColumn>, Vec<String>)> {
    let (group, pattern) = match wanted {
        Wanted::Plain(name) => return Ok((vec![RunColumn::Plain(name)], Vec::new())),
        Wanted::Named(group, pattern) => (*group, pattern),
    };
    let names: BTreeSet<&String> = rows.iter().flat_map(|(_, run)| group.names(run)).collect();
    if !pattern.contains('*') {
        let name = Name::read(&group.key(pattern.clone()), rows.iter().copied())?;
        let has = |(at, run): &Row<'_>| match group {
            Group::Tags => run.tag(pattern).is_some(),
            _ => group.names(run).any(|known| known == name.on(at)),
        };
        let mut notes = name.notes();
        if !rows.is_empty() && !rows.iter().any(has) {
            notes.push(missing(group, &name, pattern, &names));
        }
        return Ok((vec![group.column(name)], notes));
    }
    let machine = machine::names(rows.iter().map(|(_, run)| *run));
    let hides = |name: &str| group.is_of_metrics() && machine.contains(name) && !machine::is_named(pattern, name);
    let (hidden, found): (Vec<&String>, Vec<&String>) =
        names.into_iter().filter(|name| glob(pattern, name)).partition(|name| hides(name));
    let count = found.len();
    let shown = one_line(pattern, 80);
    let mut notes: Vec<String> = (count > WILDCARD)
        .then(|| format!("'{shown}' fits {count} names, the first {WILDCARD} are shown"))
        .into_iter()
        .collect();
    notes.extend(machine::hidden(hidden.into_iter().map(String::as_str), "columns", "metrics."));
    Ok((found.into_iter().take(WILDCARD).map(|name| group.exactly(name)).collect(), notes))
}

/// A sentence on a name that no row has.
fn missing(group: Group, name: &Name, pattern: &str, names: &BTreeSet<&String>) -> String {
    let shown = one_line(pattern, 80);
    if matches!(group, Group::Min | Group::Max) && name.is_known() {
        return format!(
            "the lowest and highest values of '{shown}' are not kept with these runs; get_metric_history reads them from the curve, rank_runs with at best ranks by them"
        );
    }
    let near = nearest(pattern, names.iter().map(|name| name.as_str()), 3);
    let near: Vec<String> = near.iter().map(|name| one_line(name, 80)).collect();
    let near = if near.is_empty() { String::new() } else { format!("; near: {}", near.join(", ")) };
    format!("no run here has '{shown}'{near}")
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

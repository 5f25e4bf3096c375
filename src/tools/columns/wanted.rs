//! The columns that were asked for, and which of those that rows have are meant.

use std::collections::BTreeSet;

use backends::Error;
use backends::model::Run;
use backends::nearest::nearest;
use backends::query::Key;

use super::{Row, RunColumn, glob};
use crate::problem::{Problem, Result};
use crate::references::Name;
use crate::render::one_line;
use crate::tools::machine;

/// Columns that a wildcard adds at most.
const WILDCARD: usize = 60;
/// Columns that are no metric, param or tag.
const PLAIN: &[&str] = &[
    "run", "name", "status", "created", "started", "ended", "updated", "duration", "project", "user", "type", "parent",
    "commit", "dataset", "model", "archived", "reason", "note", "url",
];

/// What was asked for, before the rows are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tools) enum Wanted {
    Plain(&'static str),
    /// `metrics.`, `min.`, `max.`, `params.` or `tags.` and a name or glob.
    Named(Group, String),
    /// A name without its group: the rows tell what has it.
    Bare(String),
}

/// A group of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tools) enum Group {
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

impl Wanted {
    /// Reads `metrics.val_f1`, `params.*`, `` metrics.`val loss` ``, `user`, `lr`.
    pub(in crate::tools) fn read(text: &str) -> Self {
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
                return Self::Named(group, bare.map_or_else(|| name.to_owned(), |bare| bare.replace("``", "`")));
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
        PLAIN
            .iter()
            .find(|known| **known == plain)
            .map_or_else(|| Self::Bare(text.to_owned()), |known| Self::Plain(known))
    }
}

/// The columns of these rows that were meant, and sentences on what names were read as.
pub(super) fn matching(wanted: &Wanted, rows: &[Row<'_>]) -> Result<(Vec<RunColumn>, Vec<String>)> {
    match wanted {
        Wanted::Plain(name) => Ok((vec![RunColumn::Plain(name)], Vec::new())),
        Wanted::Named(group, pattern) => in_group(*group, pattern, rows),
        Wanted::Bare(_) if rows.is_empty() => Ok((Vec::new(), Vec::new())),
        Wanted::Bare(name) => bare(name, rows),
    }
}

/// The columns of a name without its group: a metric, a param, a tag, or each of these that rows have.
fn bare(name: &str, rows: &[Row<'_>]) -> Result<(Vec<RunColumn>, Vec<String>)> {
    let (mut columns, mut notes) = (Vec::new(), Vec::new());
    let groups = [Group::Metrics, Group::Params, Group::Tags];
    let exact = |group: &Group| rows.iter().any(|(_, run)| group.names(run).any(|known| known == name));
    // Where one is called just so, others that are only called alike are not meant.
    let is_exact = groups.iter().any(exact);
    for group in groups.into_iter().filter(|group| !is_exact || exact(group)) {
        let (found, said) = in_group(group, name, rows)?;
        let found: Vec<RunColumn> =
            found.into_iter().filter(|column| rows.iter().any(|row| column.is_in(row))).collect();
        if !found.is_empty() {
            notes.extend(said);
        }
        columns.extend(found);
    }
    if columns.is_empty() { Err(no_column(name, rows)) } else { Ok((columns, notes)) }
}

/// The error of a name that is neither a column nor anything that a row has.
fn no_column(name: &str, rows: &[Row<'_>]) -> Problem {
    let groups = [(Group::Metrics, "metrics."), (Group::Params, "params."), (Group::Tags, "tags.")];
    let named = groups.into_iter().flat_map(|(group, prefix)| {
        let names: BTreeSet<&String> = rows.iter().flat_map(|(_, run)| group.names(run)).collect();
        let near = nearest(name, names.iter().map(|name| name.as_str()), 2);
        near.into_iter().map(|name| format!("{prefix}{}", one_line(name, 60))).collect::<Vec<_>>()
    });
    let near = nearest(&name.to_lowercase(), PLAIN.iter().copied(), 2);
    let near: Vec<String> = near.into_iter().map(ToOwned::to_owned).chain(named).collect();
    let near = if near.is_empty() { String::new() } else { format!("; near: {}", near.join(", ")) };
    Error::bad_input(format!(
        "no column '{}'{near}; columns are {} and metrics.NAME, min.NAME, max.NAME, params.NAME, tags.NAME (params.* for all)",
        one_line(name, 60),
        PLAIN.join(", ")
    ))
    .into()
}

fn in_group(group: Group, pattern: &str, rows: &[Row<'_>]) -> Result<(Vec<RunColumn>, Vec<String>)> {
    let names: BTreeSet<&String> = rows.iter().flat_map(|(_, run)| group.names(run)).collect();
    if !pattern.contains('*') {
        let name = Name::read(&group.key(pattern.to_owned()), rows.iter().copied())?;
        let mut notes = name.notes();
        let column = group.column(name.clone());
        if !rows.is_empty() && !rows.iter().any(|row| column.is_in(row)) {
            notes.push(missing(group, &name, pattern, &names));
        }
        return Ok((vec![column], notes));
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

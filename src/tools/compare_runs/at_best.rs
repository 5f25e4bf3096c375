//! The metrics of each run at the step where one of them was best.

use std::collections::BTreeSet;

use backends::model::{Axis, CurveSource, CurveWant, Point, Series};
use backends::nearest::nearest;
use backends::query::{Direction, Key};
use backends::{Call, Error};
use futures::StreamExt;
use serde_json::json;

use super::entries::Entry;
use super::metrics::Values;
use crate::direction;
use crate::problem::{Problem, Result};
use crate::references::Name;
use crate::render::{Cell, one_line};

/// Histories of one comparison at most; each costs a request where the server gives them one by one.
const HISTORIES: usize = 200;
/// Runs whose histories are read at once.
const AT_ONCE: usize = 4;
/// Whole numbers up to here are exact as steps on an axis.
const EXACT_STEPS: i64 = 1 << 53;

/// What was read.
pub(super) struct AtBest {
    /// The metric whose best step it is.
    pub(super) metric: Name,
    direction: Direction,
    /// Where the metric was best, for each run.
    steps: Vec<Option<i64>>,
    /// The values there, for each run.
    pub(super) values: Vec<Values>,
    /// What was not read.
    pub(super) notes: Vec<String>,
}

impl AtBest {
    /// Where the metrics were read, for the head of the answer.
    pub(super) fn facts(&self, entries: &[Entry]) -> Vec<(&'static str, Cell)> {
        let shown = one_line(self.metric.shown(), 80);
        let steps = entries.iter().zip(&self.steps).map(|(entry, step)| match step {
            Some(step) => Cell::text(format!("{}: {step}", entry.label)),
            None => Cell::text(format!("{}: none", entry.label)),
        });
        let place = format!("at the step where {shown} was {}", superlative(self.direction));
        vec![("metrics_read", Cell::text(place)), ("steps", Cell::List(steps.collect()))]
    }
}

fn superlative(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "lowest",
        Direction::Descending => "highest",
    }
}

/// Reads the metrics that are `wanted` at the step where `metric` was best, run by run.
pub(super) async fn read(
    call: &Call,
    entries: &[Entry],
    metric: &str,
    wanted: impl Fn(&str) -> bool,
) -> Result<AtBest> {
    let metric = named(metric, entries)?;
    let direction = direction::better(metric.shown()).ok_or_else(|| {
        let shown = one_line(metric.shown(), 80);
        Error::bad_input(format!("whether '{shown}' is best high or low is not clear from its name, so neither is the step where it was best; name another metric for at_best_of"))
    })?;
    let mut read = AtBest { metric, direction, steps: Vec::new(), values: Vec::new(), notes: Vec::new() };
    read.notes.extend(read.metric.notes());
    let metrics = read.others(entries, wanted);
    let reading: Vec<_> = entries
        .iter()
        .map(|entry| at_best(call, entry, read.metric.on(entry.reference.tracker.name()), direction, &metrics))
        .collect();
    let found: Vec<backends::Result<Option<Found>>> = futures::stream::iter(reading).buffered(AT_ONCE).collect().await;
    if let (Some(Err(error)), true) = (found.first(), found.iter().all(Result::is_err)) {
        return Err(error.clone().into());
    }
    for (entry, found) in entries.iter().zip(found) {
        let nothing = |note| (None, Values::new(), vec![format!("{}: {note}", entry.label)]);
        let (step, values, notes) = match found {
            Ok(Some(Found { best, values, notes })) => (best.step, values, notes),
            Ok(None) => {
                let shown = one_line(read.metric.shown(), 80);
                nothing(format!("no finite value of {shown}, so no step where it was best"))
            }
            Err(error) => nothing(format!("its metrics at that step were not read: {error}")),
        };
        read.steps.push(step);
        read.values.push(values);
        read.notes.extend(notes.into_iter().filter(|note| !read.notes.contains(note)).collect::<Vec<_>>());
    }
    let all: BTreeSet<&String> = read.values.iter().flat_map(|values| values.keys()).collect();
    if read.values.iter().any(|values| values.len() < all.len()) {
        read.notes.push("an empty cell is a metric that was not logged at that step".to_owned());
    }
    Ok(read)
}

impl AtBest {
    /// Whether a name is that of the metric whose best step it is.
    pub(super) fn is_of(&self, name: &str) -> bool {
        self.metric.meant().any(|meant| meant == name)
    }

    /// The names of the other metrics to read; those that can be judged first, as many as are read.
    fn others(&mut self, entries: &[Entry], wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let names: BTreeSet<&String> = entries.iter().flat_map(|entry| entry.run.metrics.keys()).collect();
        let mut names: Vec<&String> = names.into_iter().filter(|name| !self.is_of(name) && wanted(name)).collect();
        names.sort_by_key(|name| direction::better(name).is_none());
        let most = HISTORIES / entries.len().max(1) - 1;
        if names.len() > most {
            let left = names.len() - most;
            self.notes.push(format!(
                "{left} metrics were not read at that step ({HISTORIES} histories at most); name some with keys"
            ));
        }
        names.into_iter().take(most).cloned().collect()
    }
}

/// The metric that is meant, which at least one of the runs has.
fn named(metric: &str, entries: &[Entry]) -> Result<Name> {
    let bare = metric.trim();
    let short = bare.strip_prefix("metrics.").unwrap_or(bare).trim_matches('`');
    let has = |name: &str| entries.iter().any(|entry| entry.run.metrics.contains_key(name));
    let said = [bare, short].into_iter().find(|name| has(name)).unwrap_or(short);
    let runs = entries.iter().map(|entry| (entry.reference.tracker.name(), &entry.run));
    let name = Name::read(&Key::Metric(said.to_owned()), runs)?;
    if name.is_known() {
        return Ok(name);
    }
    let names: BTreeSet<&String> = entries.iter().flat_map(|entry| entry.run.metrics.keys()).collect();
    let near = nearest(short, names.iter().map(|name| name.as_str()), 4);
    let near: Vec<String> = near.into_iter().map(|name| one_line(name, 80)).collect();
    let mut error = Error::not_found(format!("at_best_of: none of these runs has a metric '{}'", one_line(bare, 80)));
    if !near.is_empty() {
        error = error.and(format!("near: {}", near.join(", ")));
    }
    let runs: Vec<String> = entries.iter().take(3).map(|entry| entry.reference.text()).collect();
    Err(Problem::from(error).next("get_runs", json!({"runs": runs, "include": ["metrics"]})))
}

/// What was read of one run.
struct Found {
    /// The best point of the metric.
    best: Point,
    /// The values of the metrics at its step.
    values: Values,
    /// What was not read.
    notes: Vec<String>,
}

/// Reads the metrics of a run at the step where one was best; none if that has no finite value.
async fn at_best(
    call: &Call,
    entry: &Entry,
    metric: &str,
    direction: Direction,
    others: &[String],
) -> backends::Result<Option<Found>> {
    let tracker = &entry.reference.tracker;
    let series = |metric: &str| Series {
        run: entry.reference.id.clone(),
        started: entry.run.started,
        metric: metric.to_owned(),
        kept: entry.run.metrics.get(metric).copied(),
    };
    if !entry.run.metrics.contains_key(metric) {
        return Ok(None);
    }
    let whole = CurveWant { axis: Axis::Step, from: None, to: None, samples: 0 };
    let curves = tracker.curves(call, &[series(metric)], &whole).await?;
    let mut notes = curves.notes;
    let best = curves.curves.first().and_then(|curve| match direction {
        Direction::Ascending => curve.statistics.min,
        Direction::Descending => curve.statistics.max,
    });
    let Some(best) = best else { return Ok(None) };
    let mut values = Values::from([(metric.to_owned(), best.value)]);
    let own: Vec<Series> =
        others.iter().filter(|name| entry.run.metrics.contains_key(*name)).map(|name| series(name)).collect();
    if own.is_empty() {
        return Ok(Some(Found { best, values, notes }));
    }
    let Some(step) = best.step else {
        return Err(Error::unsupported("the tracker does not tell at which step it was best"));
    };
    if step.abs() > EXACT_STEPS {
        return Err(Error::unsupported(format!("step {step} is too large to be looked up")));
    }
    #[allow(clippy::cast_precision_loss)] // Looked at above.
    let step = Some(step as f64);
    let there = CurveWant { axis: Axis::Step, from: step, to: step, samples: 0 };
    let curves = tracker.curves(call, &own, &there).await?;
    notes.extend(curves.notes);
    for curve in curves.curves {
        if curve.source == CurveSource::BucketMeans {
            let shown = one_line(&curve.metric, 80);
            notes.push(format!("{shown} is known there as an average of neighbouring steps only, and left out"));
            continue;
        }
        // Of several reports at one step the last stands.
        if let Some(point) = curve.statistics.last {
            values.insert(curve.metric, point.value);
        }
    }
    Ok(Some(Found { best, values, notes }))
}

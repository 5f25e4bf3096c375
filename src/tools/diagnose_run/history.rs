//! The metrics that a diagnosis is about, and their points.

use std::cmp::Reverse;

use backends::model::{Axis, Curve, CurveSource, CurveWant, Metric, Point, Run, Status};
use backends::nearest::nearest;
use backends::query::Key;
use backends::{Call, Error, ErrorKind};
use serde_json::json;

use super::times;
use crate::analysis::diagnosis::{Sampling, Series};
use crate::direction;
use crate::problem::{Problem, Result};
use crate::references::{Name, RunRef};
use crate::render::{escape_key, one_line, unescape_key};
use crate::tools::columns::glob;

/// Requests at most once the run is known: where each metric costs one, and where many come at once.
const REQUESTS: (u64, u64) = (9, 5);
/// Metrics of one answer at most.
const METRICS: usize = 12;
/// Reports of a series that still comes together with others where the server counts them.
const TOGETHER: u64 = 6_000;
/// Points of a longer one that come with one request.
const PAGE: u64 = 10_000;
/// Points of a series that are looked at one by one (about 10 bytes each); of a longer one, the extremes of short stretches.
const POINTS: usize = 1_000_000;
/// So many such series may be looked at so; of more, fewer points of each.
const LONG: usize = 4;
/// Metrics that a note names.
const NAMED: usize = 12;

/// The points of some metrics of a run.
#[derive(Default)]
pub(super) struct History {
    curves: Vec<Curve>,
    /// What is to be said of the choice and the reading.
    pub(super) notes: Vec<String>,
}

impl History {
    /// Reads the metrics that a name or glob stands for, or the main ones: as many as the requests allow, of which so many
    /// were made before the run was known.
    pub(super) async fn read(call: &Call, before: u64, run: &RunRef, head: &Run, metric: Option<&str>) -> Result<Self> {
        let mut history = Self::default();
        let mut wanted = match metric.map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => {
                let (wanted, notes) = named(run, head, &unescape_key(text))?;
                history.notes = notes;
                wanted
            }
            None => main(head),
        };
        if wanted.is_empty() {
            let none = head.metrics.is_empty();
            let what =
                if none { "the run logged no metrics" } else { "each metric has a single value: there are no curves" };
            history.notes.push(what.to_owned());
            return Ok(history);
        }
        let skipped = wanted.split_off(affordable(call.requests().saturating_sub(before), &wanted));
        history.left_out(&skipped);
        let series: Vec<_> = wanted.iter().map(|(name, kept)| series(run, head, name, kept)).collect();
        let samples = POINTS * LONG / wanted.len().clamp(LONG, METRICS);
        let want = CurveWant { axis: Axis::Step, from: None, to: None, samples };
        match run.tracker.curves(call, &series, &want).await {
            Ok(found) => {
                history.curves = found.curves;
                history.notes.extend(found.notes);
                if head.status == Some(Status::Running) {
                    times::add(call, run, &series, &mut history.curves).await;
                }
            }
            Err(error) if error.kind == ErrorKind::Cancelled => return Err(error.into()),
            Err(error) => history.notes.push(format!("the histories could not be read: {error}")),
        }
        Ok(history)
    }

    fn left_out(&mut self, skipped: &[(&str, &Metric)]) {
        if skipped.is_empty() {
            return;
        }
        let mut names: Vec<String> = skipped.iter().take(NAMED).map(|(name, _)| shown(name)).collect();
        if skipped.len() > NAMED {
            names.push(format!("{} more", skipped.len() - NAMED));
        }
        self.notes
            .push(format!("not checked, so that few requests are made: {}; metric checks them", names.join(", ")));
    }

    /// What the rules are held against.
    pub(super) fn series(&self) -> Vec<Series<'_>> {
        let sampling = |curve: &Curve| match curve.source {
            CurveSource::BucketMeans => Sampling::Means,
            CurveSource::Exact if curve.samples.len() as u64 == curve.statistics.count => Sampling::Every,
            CurveSource::Exact => Sampling::Extremes,
        };
        let series = |curve| Series { sampling: sampling(curve), ..Series::new(&curve.metric, &curve.samples) };
        self.curves.iter().map(series).collect()
    }

    /// Each metric with how many points it has, and the last of them.
    pub(super) fn lengths(&self) -> impl Iterator<Item = (&str, u64, Option<Point>)> {
        self.curves.iter().map(|curve| (curve.metric.as_str(), curve.statistics.count, curve.statistics.last))
    }
}

fn series(run: &RunRef, head: &Run, name: &str, kept: &Metric) -> backends::model::Series {
    backends::model::Series { run: run.id.clone(), started: head.started, metric: name.to_owned(), kept: Some(*kept) }
}

/// The metrics whose last value is NaN or infinite, those about the machine left out. A tracker may keep that of a metric
/// whose history has finite values alone.
pub(super) fn broken(head: &Run) -> impl Iterator<Item = (&str, f64)> {
    let broken = head.metrics.iter().filter(|(_, metric)| !metric.machine && !metric.value.is_finite());
    broken.map(|(name, metric)| (name.as_str(), metric.value))
}

/// A name as others gave it, for a sentence.
pub(super) fn shown(name: &str) -> String {
    one_line(&escape_key(name), 80)
}

/// How many of the metrics are affordable after so many requests; at least the first.
fn affordable(made: u64, wanted: &[(&str, &Metric)]) -> usize {
    let at_once = wanted.iter().any(|(_, metric)| metric.count.is_some());
    let most = if at_once { REQUESTS.1.saturating_sub(1) } else { REQUESTS.0 };
    let mut room = most.saturating_sub(made);
    let mut count = 0;
    for (_, metric) in wanted.iter().take(METRICS) {
        let cost = match metric.count {
            None => 1,
            Some(..=TOGETHER) => 0,
            Some(points) => points.div_ceil(PAGE),
        };
        if cost > room {
            break;
        }
        room -= cost;
        count += 1;
    }
    count.max(1)
}

/// Metrics of a run with their names.
type Named<'a> = Vec<(&'a str, &'a Metric)>;

/// The metrics that a name or glob stands for, and what is to be said of that. A name may leave out the title that is the
/// same as it, or be spelt as another tracker spells it.
fn named<'a>(run: &RunRef, head: &'a Run, text: &str) -> Result<(Named<'a>, Vec<String>)> {
    let bare = text.strip_prefix("metrics.").unwrap_or(text);
    let all = || head.metrics.iter().map(|(name, metric)| (name.as_str(), metric));
    let end = format!("/{bare}");
    let exact: Vec<_> = all().filter(|(name, _)| *name == text || *name == bare).collect();
    let mut found = match exact.is_empty() {
        false => exact,
        true if bare.contains('*') => all().filter(|(name, _)| glob(bare, name)).collect(),
        true => all().filter(|(name, _)| name.ends_with(&end)).collect(),
    };
    let mut notes = Vec::new();
    if found.is_empty() && !bare.contains('*') {
        let tracker = run.tracker.name();
        let read = Name::read(&Key::Metric(bare.to_owned()), [(tracker, head)])?;
        found.extend(all().filter(|(name, _)| read.is_known() && read.on(tracker) == *name));
        notes = read.notes();
    }
    if found.is_empty() {
        let shown_text = one_line(text, 80);
        let near = nearest(&bare.replace('*', ""), head.metrics.keys().map(String::as_str), 5);
        let next = match near.first() {
            Some(first) => json!({"run": run.text(), "metric": escape_key(first)}),
            None => json!({"run": run.text()}),
        };
        let near: Vec<String> = near.into_iter().map(shown).collect();
        let error = Error::not_found(format!("{} has no metric '{shown_text}'", run.text()));
        let error = if near.is_empty() { error } else { error.and(format!("near: {}", near.join(", "))) };
        return Err(Problem::from(error).next("diagnose_run", next));
    }
    found.sort_by_key(|(name, _)| (rank(name), *name));
    Ok((found, notes))
}

/// The metrics that tell how a training went: losses with their pairs, the learning rate, what is better one way, the rest.
fn main(head: &Run) -> Named<'_> {
    let has_course = |metric: &Metric| metric.step.is_some_and(|step| step > 0) || metric.count.is_some_and(|n| n > 1);
    let all = head.metrics.iter().filter(|(_, metric)| !metric.machine && has_course(metric));
    let mut wanted: Vec<_> = all.map(|(name, metric)| (name.as_str(), metric)).collect();
    wanted.sort_by_key(|(name, metric)| (rank(name), Reverse(metric.count), *name));
    wanted
}

/// Losses of training and validation first, then the learning rate, then what tells which side is better.
fn rank(name: &str) -> (u8, u8) {
    let words = direction::words(name);
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let is_validation = says(&["val", "valid", "validation", "eval", "evaluation", "dev", "test"]);
    let is_rate = says(&["lr"]) || (says(&["learning"]) && says(&["rate"]));
    // `loss` and `train_loss` before `aux_loss`.
    let others = words.len().saturating_sub(if is_validation || says(&["train", "training"]) { 2 } else { 1 });
    let further = u8::try_from(others).unwrap_or(u8::MAX);
    match () {
        () if says(&["loss"]) && further == 0 => (0, 0),
        () if is_rate => (1, further),
        () if says(&["loss"]) => (2, further),
        () if direction::better(name).is_some() && is_validation => (3, further),
        () if direction::better(name).is_some() => (4, further),
        () => (5, further),
    }
}

#[cfg(test)]
mod tests {
    use backends::model::Metric;

    use super::{affordable, main, rank};
    use crate::memory_tracker::run;

    #[test]
    fn as_many_metrics_are_read_as_requests_are_left() {
        let metric = |count| Metric { count, ..Metric::last(0.5, Some(9)) };
        let (uncounted, short, long) = (metric(None), metric(Some(6_000)), metric(Some(30_000)));
        assert_eq!(affordable(2, &[("a", &uncounted); 9]), 7);
        assert_eq!(affordable(2, &[("a", &short); 9]), 9);
        // What is too long for what is left is read all the same where nothing else is asked for.
        assert_eq!(affordable(2, &[("a", &long), ("b", &short)]), 1);
        assert_eq!(affordable(2, &[("a", &short), ("b", &long), ("c", &short)]), 1);
    }

    #[test]
    fn losses_come_in_pairs_before_the_rate_and_the_rest() {
        let names = ["grad_norm", "val_accuracy", "aux_loss", "lr", "val_loss", "train_loss", "epoch"];
        let metrics: Vec<(&str, f64)> = names.iter().map(|name| (*name, 1.0)).collect();
        let head = run("r", &[], &metrics);
        let order: Vec<&str> = main(&head).into_iter().map(|(name, _)| name).collect();
        assert_eq!(order, ["train_loss", "val_loss", "lr", "aux_loss", "val_accuracy", "epoch", "grad_norm"]);
        assert_eq!(rank("val/loss"), rank("loss"));
    }
}

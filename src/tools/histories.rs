//! Histories of runs: which series a question means, and reading them with one question to each tracker.

use std::collections::HashMap;
use std::sync::Arc;

use backends::model::{Axis, Curve, CurveWant, Metric, Part, Parts, Series};
use backends::{Call, Error, Tracker};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::Row;
use super::curves::{Shown, reach};
use super::kinds;
use super::series::{MOST, choose};
use crate::problem::{Problem, Result};
use crate::references::{Fetched, RunRef, fetch_runs, given_runs};
use crate::render::{one_line, unescape_key};
use crate::trackers::{Trackers, ask};

/// Runs of one answer at most.
pub(super) const MOST_RUNS: usize = 20;

#[derive(Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum X {
    #[default]
    Step,
    Time,
    Elapsed,
}

impl From<X> for Axis {
    fn from(x: X) -> Self {
        match x {
            X::Step => Self::Step,
            X::Time => Self::Time,
            X::Elapsed => Self::Elapsed,
        }
    }
}

/// Which histories are asked for, as the arguments have it.
pub(super) struct Asked<'a> {
    /// The tool that is called, for the calls that a refusal suggests.
    pub(super) tool: &'static str,
    pub(super) runs: &'a [String],
    /// Names or globs; none for the main ones.
    pub(super) metrics: &'a [String],
    pub(super) axis: Axis,
    pub(super) from: Option<f64>,
    pub(super) to: Option<f64>,
}

/// Histories that were read: metric by metric, those that have a point in the range.
pub(super) struct Histories {
    /// The runs that were found.
    pub(super) found: Fetched,
    /// Their references.
    references: Vec<String>,
    /// Each with the place of its run.
    pub(super) curves: Vec<(usize, Curve)>,
    /// The samples of each that were asked for.
    pub(super) samples: usize,
    /// What is to be said of them.
    pub(super) notes: Vec<String>,
}

impl Histories {
    /// The curves with the references and names of their runs.
    pub(super) fn shown(&self) -> Vec<Shown<'_>> {
        let shown = self.curves.iter().filter_map(|(place, curve)| {
            let (reference, name) = (self.references.get(*place)?, &self.found.runs.get(*place)?.1.run.name);
            Some(Shown { reference, name, curve })
        });
        shown.collect()
    }
}

/// Reads them, with so many samples each as `samples` says for their number.
pub(super) async fn read(
    trackers: &Trackers,
    call: &Call,
    asked: &Asked<'_>,
    samples: impl Fn(usize) -> usize,
) -> Result<Histories> {
    let wanted =
        |series: usize| CurveWant { axis: asked.axis, from: asked.from, to: asked.to, samples: samples(series) };
    let lookup = fetch_runs(trackers, call, asked.runs, MOST_RUNS, Parts::of(&[Part::Metrics]));
    let (found, early) = match given(trackers, asked) {
        Some(series) => {
            let want = wanted(series.len());
            let reading = async { Ok(read_series(call, &series, &want).await) };
            let (found, early) = futures::future::try_join(lookup, reading).await?;
            (found, Some((series, early)))
        }
        None => (lookup.await?, None),
    };
    let references: Vec<String> = found.runs.iter().map(|(run, _)| run.text()).collect();
    let rows: Vec<Row<'_>> = found.runs.iter().map(|(run, details)| (run.tracker.name(), &details.run)).collect();
    let chosen = choose(asked.tool, &rows, &references, asked.metrics)?;
    let series: Vec<Wanted> = chosen
        .metrics
        .iter()
        .flat_map(|(metric, places)| places.iter().filter_map(|place| Wanted::of(&found, *place, metric)))
        .collect();
    let want = wanted(series.len());
    let read = match early {
        Some((asked, early)) if asked == series => early?,
        _ => read_series(call, &series, &want).await?,
    };
    let mut notes = notes(&found);
    notes.extend(chosen.notes);
    notes.extend(read.notes);
    let place = |run: &str| references.iter().position(|reference| reference == run);
    let curves = read.curves.into_iter().filter_map(|(run, curve)| Some((place(&run)?, curve)));
    let (within, beyond): (Vec<_>, Vec<_>) = curves.partition(|(_, curve)| curve.statistics.count > 0);
    if within.is_empty() {
        return Err(nothing(&beyond, &want));
    }
    notes.extend(beyond.iter().map(|(place, curve)| {
        let run = references.get(*place).map(String::as_str).unwrap_or_default();
        format!("no point of '{}' in {run} lies in the range{}", one_line(&curve.metric, 80), reach(&[curve], &want))
    }));
    if matches!(want.axis, Axis::Step) {
        let of = |(place, _): &(usize, Curve)| found.runs.get(*place).map(|(run, _)| run.tracker.kind());
        notes.extend(kinds::steps(within.iter().filter_map(of)));
    }
    Ok(Histories { found, references, curves: within, samples: want.samples, notes })
}

/// What is to be said of the runs.
fn notes(found: &Fetched) -> Vec<String> {
    let missing = found.missing.iter().map(|(_, problem)| problem.to_string());
    found.remarks.iter().cloned().chain(missing).chain(found.failed.iter().cloned()).collect()
}

/// A series that is read.
#[derive(Clone)]
struct Wanted {
    run: RunRef,
    /// When the run was started, where that is known.
    started: Option<Timestamp>,
    metric: String,
    /// What the tracker keeps of it, where the run was read.
    kept: Option<Metric>,
}

impl PartialEq for Wanted {
    fn eq(&self, other: &Self) -> bool {
        self.run.text() == other.run.text() && self.metric == other.metric
    }
}

impl Wanted {
    fn of(found: &Fetched, place: usize, metric: &str) -> Option<Self> {
        let (run, details) = found.runs.get(place)?;
        let kept = details.run.metrics.get(metric).copied();
        Some(Self { run: run.clone(), started: details.run.started, metric: metric.to_owned(), kept })
    }
}

/// The series that are meant, if ids and whole names say so themselves: they can be read while the runs are looked up.
fn given(trackers: &Trackers, asked: &Asked<'_>) -> Option<Vec<Wanted>> {
    let name = |text: &String| {
        let name = unescape_key(text.trim());
        name.strip_prefix("metrics.").map_or(name.clone(), ToOwned::to_owned)
    };
    let names: Vec<String> = asked.metrics.iter().map(name).collect();
    // Seconds since the start need the start.
    if names.is_empty() || names.iter().any(|name| name.contains('*')) || matches!(asked.axis, Axis::Elapsed) {
        return None;
    }
    let runs = given_runs(trackers, asked.runs)?;
    // Where the server keeps facts of a series, they come with the run, and spare the tracker a look-up of its own.
    if runs.iter().any(|run| run.tracker.capabilities().metric_extremes) {
        return None;
    }
    let mut series: Vec<Wanted> = Vec::new();
    for name in names {
        for run in &runs {
            let one = Wanted { run: run.clone(), started: None, metric: name.clone(), kept: None };
            if !series.contains(&one) {
                series.push(one);
            }
        }
    }
    (series.len() <= MOST).then_some(series)
}

/// The curves in the order of the series, each with its run.
struct Read {
    curves: Vec<(String, Curve)>,
    notes: Vec<String>,
}

/// One question to each tracker for all of its series.
async fn read_series(call: &Call, series: &[Wanted], want: &CurveWant) -> Result<Read> {
    let mut homes: Vec<Arc<dyn Tracker>> = Vec::new();
    let mut asked: HashMap<String, Vec<Series>> = HashMap::new();
    for Wanted { run, started, metric, kept } in series {
        let of_tracker = asked.entry(run.tracker.name().to_owned()).or_insert_with(|| {
            homes.push(Arc::clone(&run.tracker));
            Vec::new()
        });
        of_tracker.push(Series { run: run.id.clone(), started: *started, metric: metric.clone(), kept: *kept });
    }
    let answers = ask(homes, call, |tracker, call| {
        let series = asked.get(tracker.name()).cloned().unwrap_or_default();
        async move { tracker.curves(&call, &series, want).await }
    })
    .await?;
    let mut notes = answers.failed;
    let mut curves: HashMap<(String, String), Curve> = HashMap::new();
    for (tracker, answer) in answers.answered {
        notes.extend(answer.notes);
        let key = |curve: &Curve| (format!("{}:{}", tracker.name(), curve.run), curve.metric.clone());
        curves.extend(answer.curves.into_iter().map(|curve| (key(&curve), curve)));
    }
    let in_order = series.iter().filter_map(|one| {
        let run = one.run.text();
        let curve = curves.remove(&(run.clone(), one.metric.clone()))?;
        Some((run, curve))
    });
    Ok(Read { curves: in_order.collect(), notes })
}

/// Why there is nothing to show.
fn nothing(beyond: &[(usize, Curve)], want: &CurveWant) -> Problem {
    let curves: Vec<&Curve> = beyond.iter().map(|(_, curve)| curve).collect();
    if curves.is_empty() {
        return Error::not_found("the tracker has no history of these metrics: not a single point").into();
    }
    let end = |name: &str, end: Option<f64>| end.map(|end| format!("{name} {end}"));
    let range: Vec<String> = end("x_min", want.from).into_iter().chain(end("x_max", want.to)).collect();
    Error::not_found(format!("no point lies in the range ({}){}", range.join(", "), reach(&curves, want))).into()
}

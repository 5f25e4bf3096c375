//! `get_metric_history`

use std::collections::HashMap;
use std::sync::Arc;

use backends::model::{Axis, Curve, CurveWant, Metric, Part, Parts, Run, Series};
use backends::{Call, Capabilities, Error, Tracker};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::columns::Row;
use super::curves::{Shown, curves_in, reach};
use super::kinds;
use super::series::{MOST, choose};
use crate::problem::{Problem, Result};
use crate::references::{Fetched, RunRef, fetch_runs, given_runs};
use crate::render::{Answer, fit, one_line, unescape_key};
use crate::tool::{Access, Tool};
use crate::trackers::{Trackers, ask};

/// `get_metric_history`
pub struct GetMetricHistory;

/// Runs of one answer at most.
const MOST_RUNS: usize = 20;
/// Samples that all series of an answer have together at most: more do not fit into it.
const SAMPLES: usize = 2_400;
/// Samples that keep what must not be lost of a series.
const FEWEST: usize = 5;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 1-20: id, unique name, invocation_id, URL, 'last 3', 'where FILTER'
    runs: Vec<String>,
    /// names or globs (*loss*); default the main ones
    #[serde(default)]
    metrics: Vec<String>,
    /// x axis; elapsed: seconds since the run began
    #[serde(default)]
    x: X,
    /// samples per series, 0: statistics only
    #[serde(default = "points")]
    #[schemars(range(min = 0, max = 1000))]
    points: usize,
    /// from this x on; for time seconds since 1970
    x_min: Option<f64>,
    /// up to this x
    x_max: Option<f64>,
}

#[derive(Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum X {
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

fn points() -> usize {
    50
}

impl Tool for GetMetricHistory {
    const NAME: &'static str = "get_metric_history";
    const GUIDE: &'static str = include_str!("../../guides/tools/get_metric_history.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.runs
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        check(&input)?;
        let lookup = fetch_runs(trackers, call, &input.runs, MOST_RUNS, Parts::of(&[Part::Metrics]));
        let (found, early) = match given(trackers, &input) {
            Some(series) => {
                let want = wanted(&input, series.len());
                let reading = async { Ok(read(call, &series, &want).await) };
                let (found, early) = futures::future::try_join(lookup, reading).await?;
                (found, Some((series, early)))
            }
            None => (lookup.await?, None),
        };
        let heads: Vec<&Run> = found.runs.iter().map(|(_, details)| &details.run).collect();
        let references: Vec<String> = found.runs.iter().map(|(run, _)| run.text()).collect();
        let rows: Vec<Row<'_>> = found.runs.iter().map(|(run, details)| (run.tracker.name(), &details.run)).collect();
        let chosen = choose(Self::NAME, &rows, &references, &input.metrics)?;
        let series: Vec<Wanted> = chosen
            .metrics
            .iter()
            .flat_map(|(metric, places)| places.iter().filter_map(|place| Wanted::of(&found, *place, metric)))
            .collect();
        let want = wanted(&input, series.len());
        let read = match early {
            Some((asked, early)) if asked == series => early?,
            _ => read(call, &series, &want).await?,
        };
        let mut notes = notes(&found);
        notes.extend(chosen.notes);
        notes.extend(read.notes);
        let place = |run: &str| references.iter().position(|reference| reference == run);
        let curves: Vec<(usize, Curve)> =
            read.curves.into_iter().filter_map(|(run, curve)| Some((place(&run)?, curve))).collect();
        let (within, beyond): (Vec<_>, Vec<_>) = curves.iter().partition(|(_, curve)| curve.statistics.count > 0);
        if within.is_empty() {
            return Err(nothing(&beyond, &want));
        }
        notes.extend(beyond.iter().map(|(place, curve)| {
            let run = references.get(*place).map(String::as_str).unwrap_or_default();
            format!(
                "no point of '{}' in {run} lies in the range{}",
                one_line(&curve.metric, 80),
                reach(&[curve], &want)
            )
        }));
        let shown: Vec<Shown<'_>> = within
            .iter()
            .filter_map(|(place, curve)| {
                let (reference, name) = (references.get(*place)?, &heads.get(*place)?.name);
                Some(Shown { reference, name, curve })
            })
            .collect();
        if matches!(want.axis, Axis::Step) {
            let of = |(place, _): &&(usize, Curve)| found.runs.get(*place).map(|(run, _)| run.tracker.kind());
            notes.extend(kinds::steps(within.iter().filter_map(of)));
        }
        let page = |samples| curves_in(want.axis, &shown, samples, input.points).notes(&notes);
        Ok(fit(want.samples, call.allowance().characters, page))
    }
}

fn check(input: &Input) -> Result<()> {
    if input.runs.is_empty() {
        let error = Error::bad_input("runs is empty; name at least one, such as 'last' or an id");
        return Err(Problem::from(error).next("get_metric_history", json!({"runs": ["last"]})));
    }
    if input.runs.len() > MOST_RUNS {
        let count = input.runs.len();
        return Err(Error::bad_input(format!("{count} runs were named, at most {MOST_RUNS} are read at once")).into());
    }
    match (input.x_min, input.x_max) {
        (Some(from), Some(to)) if from > to => {
            Err(Error::bad_input(format!("x_min {from} is greater than x_max {to}; no point can lie between")).into())
        }
        _ => Ok(()),
    }
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
fn given(trackers: &Trackers, input: &Input) -> Option<Vec<Wanted>> {
    let name = |text: &String| {
        let name = unescape_key(text.trim());
        name.strip_prefix("metrics.").map_or(name.clone(), ToOwned::to_owned)
    };
    let names: Vec<String> = input.metrics.iter().map(name).collect();
    // Seconds since the start need the start.
    if names.is_empty() || names.iter().any(|name| name.contains('*')) || matches!(input.x, X::Elapsed) {
        return None;
    }
    let runs = given_runs(trackers, &input.runs)?;
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

/// What is wanted of each of so many series.
fn wanted(input: &Input, series: usize) -> CurveWant {
    let room = (SAMPLES / series.max(1)).max(FEWEST);
    CurveWant { axis: input.x.into(), from: input.x_min, to: input.x_max, samples: input.points.min(room) }
}

/// The curves in the order of the series, each with its run.
struct Read {
    curves: Vec<(String, Curve)>,
    notes: Vec<String>,
}

/// One question to each tracker for all of its series.
async fn read(call: &Call, series: &[Wanted], want: &CurveWant) -> Result<Read> {
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
fn nothing(beyond: &[&(usize, Curve)], want: &CurveWant) -> Problem {
    let curves: Vec<&Curve> = beyond.iter().map(|(_, curve)| curve).collect();
    if curves.is_empty() {
        return Error::not_found("the tracker has no history of these metrics: not a single point").into();
    }
    let end = |name: &str, end: Option<f64>| end.map(|end| format!("{name} {end}"));
    let range: Vec<String> = end("x_min", want.from).into_iter().chain(end("x_max", want.to)).collect();
    Error::not_found(format!("no point lies in the range ({}){}", range.join(", "), reach(&curves, want))).into()
}

#[cfg(test)]
mod tests;

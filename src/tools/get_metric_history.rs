//! `get_metric_history`

use std::collections::HashMap;
use std::sync::Arc;

use backends::model::{Axis, Curve, CurveWant, Part, Parts, Run, Series};
use backends::{Call, Capabilities, Error, Tracker};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::columns::Row;
use super::curves::{Shown, curves_in, reach};
use super::series::choose;
use crate::problem::{Problem, Result};
use crate::references::{Fetched, fetch_runs};
use crate::render::{Answer, BUDGET, fit, one_line};
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
        let found = fetch_runs(trackers, call, &input.runs, MOST_RUNS, Parts::of(&[Part::Metrics])).await?;
        let heads: Vec<&Run> = found.runs.iter().map(|(_, details)| &details.run).collect();
        let references: Vec<String> = found.runs.iter().map(|(run, _)| run.text()).collect();
        let rows: Vec<Row<'_>> = found.runs.iter().map(|(run, details)| (run.tracker.name(), &details.run)).collect();
        let chosen = choose(Self::NAME, &rows, &references, &input.metrics)?;
        let series: Vec<(usize, &str)> = chosen
            .metrics
            .iter()
            .flat_map(|(metric, places)| places.iter().map(|place| (*place, metric.as_str())))
            .collect();
        let room = (SAMPLES / series.len().max(1)).max(FEWEST);
        let want =
            CurveWant { axis: input.x.into(), from: input.x_min, to: input.x_max, samples: input.points.min(room) };
        let read = read(call, &found, &series, &want).await?;
        let mut notes = notes(&found);
        notes.extend(chosen.notes);
        notes.extend(read.notes);
        let (within, beyond): (Vec<_>, Vec<_>) = read.curves.iter().partition(|(_, curve)| curve.statistics.count > 0);
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
        let page = |samples| curves_in(want.axis, &shown, samples, input.points).notes(&notes);
        Ok(fit(want.samples, BUDGET, page))
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

/// The curves in the order of the series, each with the place of its run.
struct Read {
    curves: Vec<(usize, Curve)>,
    notes: Vec<String>,
}

/// One question to each tracker for all of its series.
async fn read(call: &Call, found: &Fetched, series: &[(usize, &str)], want: &CurveWant) -> Result<Read> {
    let mut homes: Vec<Arc<dyn Tracker>> = Vec::new();
    let mut asked: HashMap<String, Vec<Series>> = HashMap::new();
    for (place, metric) in series {
        let Some((run, details)) = found.runs.get(*place) else { continue };
        let of_tracker = asked.entry(run.tracker.name().to_owned()).or_insert_with(|| {
            homes.push(Arc::clone(&run.tracker));
            Vec::new()
        });
        let started = details.run.started;
        of_tracker.push(Series { run: run.id.clone(), started, metric: (*metric).to_owned() });
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
    let in_order = series.iter().filter_map(|(place, metric)| {
        let (run, _) = found.runs.get(*place)?;
        Some((*place, curves.remove(&(run.text(), (*metric).to_owned()))?))
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

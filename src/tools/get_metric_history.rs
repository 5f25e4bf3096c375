//! `get_metric_history`

use backends::{Call, Capabilities, Error};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::curves::curves_in;
use super::histories::{self, Asked, MOST_RUNS, X};
use crate::problem::{Problem, Result};
use crate::render::{Answer, fit};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `get_metric_history`
pub struct GetMetricHistory;

/// Samples that all series of an answer have together at most: more do not fit into it.
const SAMPLES: usize = 2_400;
/// Samples that keep what must not be lost of a series.
const FEWEST: usize = 5;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 1-20: id, name, URL, 'last 3', 'where FILTER'
    runs: Vec<String>,
    /// names or globs; default the main ones
    #[serde(default)]
    metrics: Vec<String>,
    /// elapsed: seconds since the run began
    #[serde(default)]
    x: X,
    /// samples per series, 0: statistics only
    #[serde(default = "points")]
    #[schemars(range(min = 0, max = 1000))]
    points: usize,
    /// from; time: Unix seconds
    x_min: Option<f64>,
    /// to
    x_max: Option<f64>,
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
        let asked = Asked {
            tool: Self::NAME,
            runs: &input.runs,
            metrics: &input.metrics,
            axis: input.x.into(),
            from: input.x_min,
            to: input.x_max,
        };
        let room = |series: usize| input.points.min((SAMPLES / series.max(1)).max(FEWEST));
        let read = histories::read(trackers, call, &asked, room).await?;
        let shown = read.shown();
        let page = |samples| curves_in(asked.axis, &shown, samples, input.points).notes(&read.notes);
        Ok(fit(read.samples, call.allowance().characters, page))
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

#[cfg(test)]
mod tests;

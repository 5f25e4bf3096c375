//! `wait_for_runs`

mod goal;
mod pause;
mod telling;
mod until;
mod watched;

use std::time::Duration;

use backends::model::{Part, Parts, Run};
use backends::query::Key;
use backends::{Call, Capabilities, Error};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use crate::problem::{Problem, Result};
use crate::references::{Fetched, JobRef, RunRef, fetch_runs, job};
use crate::render::{Answer, one_line};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;
use goal::{Goal, Outcome};
use telling::{Ended, message};
use until::Until;
use watched::Watched;

/// `wait_for_runs`
pub struct WaitForRuns;

/// Runs and jobs of one call at most.
const MOST: usize = 20;
/// Seconds that it waits if nothing else is said: clients give a call up after 60 s.
const TIMEOUT: u64 = 45;
/// Seconds that it waits at most.
const LONGEST: u64 = 600;
/// What a look at the end of the time may take.
const LAST_LOOK: Duration = Duration::from_secs(5);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 1-20, as in get_runs
    runs: Vec<String>,
    /// any, started, metrics.f1 > 0.9; else finished
    until: Option<String>,
    /// 0: status now
    #[serde(default = "timeout")]
    #[schemars(with = "i64")]
    timeout_s: u64,
}

fn timeout() -> u64 {
    TIMEOUT
}

impl Tool for WaitForRuns {
    const NAME: &'static str = "wait_for_runs";
    const GUIDE: &'static str = include_str!("../../guides/tools/wait_for_runs.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.runs
    }

    fn waits(input: &Input) -> Duration {
        Duration::from_secs(input.timeout_s.min(LONGEST))
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let begun = Instant::now();
        check(&input)?;
        let until = Until::read(input.until.as_deref(), call.now())?;
        let parts: Parts = until.keys().iter().filter_map(Key::part).chain([Part::Metrics]).collect();
        // What comes before the wait has the time of every other call.
        let usual = call.within(call.allowance().time);
        let (found, jobs) = named(trackers, &usual, &input.runs, parts).await?;
        let runs: Vec<(RunRef, Run)> = found.runs.into_iter().map(|(reference, one)| (reference, one.run)).collect();
        let mut watched = Watched::new(runs, jobs, parts);
        let keeps_extremes = watched.homes().iter().all(|home| home.capabilities().metric_extremes);
        until::check(&until, keeps_extremes)?;
        watched.begin(&usual).await?;
        let mut goal = Goal::new(until, &watched.rows())?;
        let end = begun + Duration::from_secs(input.timeout_s);
        let mut looks = 1;
        let (verdicts, outcome) = loop {
            let verdicts = goal.verdicts(&watched, call.clock().now());
            call.progress(begun.elapsed().as_secs(), Some(input.timeout_s), &message(&watched, &goal, call));
            if let Some(outcome) = goal.outcome(&verdicts) {
                break (verdicts, outcome);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break (verdicts, Outcome::NotYet);
            }
            let pause = pause::after(looks, call.clock().jitter()).max(watched.rest()).min(left);
            tokio::time::sleep(pause).await;
            watched.again(call, left.saturating_sub(pause).max(LAST_LOOK)).await;
            goal.learn(&watched.rows());
            looks += 1;
        };
        let waited = begun.elapsed().as_secs();
        let (watched, goal, input, remarks) = (&watched, &goal, &input, found.remarks.as_slice());
        Ok(Ended { watched, goal, verdicts: &verdicts, outcome, waited, input, remarks }.answer(call))
    }
}

fn check(input: &Input) -> Result<()> {
    if input.runs.is_empty() {
        let error = Error::bad_input("runs is empty; name at least one, such as 'last running' or an id");
        return Err(Problem::from(error).next("wait_for_runs", json!({"runs": ["last running"]})));
    }
    if input.runs.len() > MOST {
        let count = input.runs.len();
        return Err(Error::bad_input(format!("{count} runs were named, at most {MOST} are waited for at once")).into());
    }
    if input.timeout_s > LONGEST {
        let error = Error::bad_input(format!("timeout_s is {}, at most {LONGEST} s are waited", input.timeout_s));
        let arguments = json!({"runs": input.runs, "timeout_s": LONGEST});
        return Err(Problem::from(error).next("wait_for_runs", arguments));
    }
    Ok(())
}

/// The runs and jobs that were named: all of them, since it is no use to wait for some.
async fn named(
    trackers: &Trackers,
    call: &Call,
    references: &[String],
    parts: Parts,
) -> Result<(Fetched, Vec<JobRef>)> {
    let mut jobs: Vec<JobRef> = Vec::new();
    let mut runs: Vec<String> = Vec::new();
    for text in references {
        match job(trackers, text)? {
            Some(one) if jobs.iter().any(|known| known.text() == one.text()) => {}
            Some(one) => jobs.push(one),
            None => runs.push(text.clone()),
        }
    }
    if runs.is_empty() {
        return Ok((Fetched::default(), jobs));
    }
    let found = fetch_runs(trackers, call, &runs, MOST - jobs.len(), parts).await?;
    if let Some((_, problem)) = found.missing.first() {
        let mut problem = problem.clone();
        let others: Vec<String> = found.missing.iter().skip(1).map(|(text, _)| one_line(text, 80)).collect();
        if !others.is_empty() {
            problem.error = problem.error.and(format!("nor is there {}", others.join(", ")));
        }
        problem.error = problem.error.and("so nothing is waited for");
        return Err(problem);
    }
    match found.failed.first() {
        Some(failure) => Err(Error::unavailable(format!("{failure}; so nothing is waited for")).into()),
        None => Ok((found, jobs)),
    }
}

#[cfg(test)]
mod tests;

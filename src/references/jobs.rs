//! Launched jobs, `dbx:job/987`: they lead to the runs that they logged.

use std::sync::Arc;

use backends::model::{Job, RunId};
use backends::{Call, Error, Tracker};
use serde_json::json;

use super::runs::{Found, RunRef};
use super::text::{Reference, read};
use crate::problem::{Problem, Result};
use crate::render::one_line;
use crate::trackers::Trackers;

/// What stands before the number of a job.
const JOB: &str = "job/";
/// Digits of the longest number.
const DIGITS: usize = 20;

/// A launched job of a tracker.
#[derive(Clone)]
pub struct JobRef {
    /// The tracker.
    pub tracker: Arc<dyn Tracker>,
    /// Its number there.
    pub id: String,
}

impl JobRef {
    /// `tracker:job/id`, as other tools take it.
    pub fn text(&self) -> String {
        format!("{}:{JOB}{}", self.tracker.name(), self.id)
    }

    /// The job, with the runs that it logged.
    ///
    /// # Errors
    /// What the tracker says.
    pub async fn read(&self, call: &Call) -> backends::Result<Job> {
        let jobs = self.tracker.jobs();
        jobs.ok_or_else(|| Error::unsupported(format!("{} launches no jobs", self.tracker.name())))?
            .job(call, &self.id)
            .await
    }
}

/// The job that a reference means; `None` if it means none. Nobody is asked.
///
/// # Errors
/// *Bad input* if it may be of several trackers.
pub fn job(trackers: &Trackers, text: &str) -> Result<Option<JobRef>> {
    match read(trackers, text, None) {
        Ok(Reference::Named(asked, name)) => Ok(among(&asked, &name)?),
        // What is wrong with it is told by whoever reads it as a run.
        _ => Ok(None),
    }
}

/// The job of this name on one of the trackers: only some of them launch jobs.
pub(super) fn among(asked: &[Arc<dyn Tracker>], name: &str) -> backends::Result<Option<JobRef>> {
    let number = name.strip_prefix(JOB).filter(|number| (1..=DIGITS).contains(&number.len()));
    let Some(number) = number.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit())) else {
        return Ok(None);
    };
    let mut homes = asked.iter().filter(|tracker| tracker.jobs().is_some());
    match (homes.next(), homes.next()) {
        (None, _) => Ok(None),
        (Some(only), None) => Ok(Some(JobRef { tracker: Arc::clone(only), id: number.to_owned() })),
        (Some(first), Some(second)) => {
            let (first, second) = (first.name(), second.name());
            Err(Error::bad_input(format!(
                "'{name}' may be of {first} or {second}; say which: {first}:{name} or {second}:{name}"
            )))
        }
    }
}

/// The runs that a job logged.
///
/// # Errors
/// *Not found* if it logged none so far, which leads to waiting for it.
pub(super) async fn logged(call: &Call, job: &JobRef) -> Result<Found> {
    let read = job.read(call).await?;
    let (text, state) = (job.text(), one_line(&read.native_status, 60));
    let runs: Vec<RunRef> =
        read.runs.iter().map(|id: &RunId| RunRef { tracker: Arc::clone(&job.tracker), id: id.clone() }).collect();
    if runs.is_empty() {
        let error = Error::not_found(format!("the job {text} ({state}) has logged no run so far"));
        return Err(Problem::from(error).next("wait_for_runs", json!({"runs": [text], "timeout_s": 0})));
    }
    let listed: Vec<String> = runs.iter().take(3).map(RunRef::text).collect();
    let more = if runs.len() > 3 { format!(" and {} more", runs.len() - 3) } else { String::new() };
    let remark = format!("the job {text} ({state}) logged {}{more}", listed.join(", "));
    Ok(Found { runs, remark: Some(remark), unsure: Vec::new() })
}

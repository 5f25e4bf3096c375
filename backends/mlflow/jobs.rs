//! Jobs of Databricks, and the runs that they logged: those that carry the job run's number in a tag.

use async_trait::async_trait;

use crate::model::{Job, Part, Parts, RunId};
use crate::query::{Filter, Key, Order, Predicate};
use crate::tracker::{ProjectScope, RunQuery};
use crate::{Call, Error, ErrorKind, Result, Tracker, TrackerJobs};

use super::Mlflow;

/// The tag that MLflow's client sets inside a job (`MLFLOW_DATABRICKS_JOB_RUN_ID` in its `mlflow_tags.py`).
const JOB_RUN: &str = "mlflow.databricks.jobRunID";
/// Runs that are told of one job.
const RUNS: usize = 20;
/// Numbers that runs are looked for by: the job run's own, and of its tasks the last ones.
const NUMBERS: usize = 4;

#[async_trait]
impl TrackerJobs for Mlflow {
    async fn job(&self, call: &Call, id: &str) -> Result<Job> {
        let job = self.api.job_run(call, id).await.map_err(|error| absent(error, id))?;
        let mut numbers = job.numbers();
        if numbers.len() > NUMBERS {
            numbers.drain(1..=numbers.len() - NUMBERS);
        }
        let logged_by = Predicate::is_in(Key::Tag(JOB_RUN.to_owned()), numbers);
        let query = RunQuery {
            projects: ProjectScope::All,
            text: None,
            filter: Some(Filter::from(logged_by)),
            order: Order::default(),
            include_archived: false,
            parts: Parts::of(&[Part::Tags]),
            limit: RUNS,
            cursor: None,
        };
        let runs: Vec<RunId> = self.search_runs(call, &query).await?.rows.into_iter().map(|run| run.id).collect();
        Ok(job.into_job(runs))
    }
}

/// Databricks calls a number that no job run has a wrong parameter.
fn absent(error: Error, id: &str) -> Error {
    let says_so = matches!(error.kind, ErrorKind::BadInput | ErrorKind::NotFound);
    if says_so { Error::not_found(format!("no job run {id} ({error})")) } else { error }
}

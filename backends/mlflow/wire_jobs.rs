//! A job run of Databricks as JSON, field for field, as documented for `jobs/runs/get` of the Jobs API 2.1
//! (<https://docs.databricks.com/api/workspace/jobs_21/getrun>; its state:
//! <https://databricks.github.io/sdk-js/api/interfaces/_databricks_sdk-jobs.v2.RunState.html>).

use jiff::Timestamp;
use serde::Deserialize;

use crate::model::{Job, RunId, Status};

/// A job run, or one of its tasks, which has a number of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct JobRun {
    run_id: u64,
    run_name: Option<String>,
    state: RunState,
    /// In milliseconds since 1970.
    start_time: Option<i64>,
    /// In milliseconds since 1970; 0 while it runs.
    end_time: Option<i64>,
    run_page_url: Option<String>,
    tasks: Vec<JobRun>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RunState {
    life_cycle_state: String,
    /// Only of a run that has ended.
    result_state: Option<String>,
    state_message: Option<String>,
    /// Why it waits.
    queue_reason: Option<String>,
}

impl JobRun {
    /// Its number and those of its tasks: the runs that a task logs carry the task's.
    pub(super) fn numbers(&self) -> Vec<String> {
        let tasks = self.tasks.iter().map(|task| task.run_id).filter(|number| *number != self.run_id);
        std::iter::once(self.run_id).chain(tasks).map(|number| number.to_string()).collect()
    }

    /// Our model of it, with the runs that it logged.
    pub(super) fn into_job(self, runs: Vec<RunId>) -> Job {
        let said = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let time = |millis: Option<i64>| {
            millis.filter(|millis| *millis > 0).and_then(|millis| Timestamp::from_millisecond(millis).ok())
        };
        let RunState { life_cycle_state, result_state, state_message, queue_reason } = self.state;
        let status = status(&life_cycle_state, result_state.as_deref());
        let result = result_state.map(|result| format!(", {result}")).unwrap_or_default();
        Job {
            id: self.run_id.to_string(),
            name: said(self.run_name),
            status,
            native_status: format!("{life_cycle_state}{result}"),
            reason: said(state_message).or_else(|| said(queue_reason)),
            started: time(self.start_time),
            ended: time(self.end_time).filter(|_| status.is_some_and(Status::is_over)),
            web_url: said(self.run_page_url),
            runs,
        }
    }
}

/// Our word for a state: what ended well, badly, or because of somebody or something else.
fn status(life_cycle: &str, result: Option<&str>) -> Option<Status> {
    Some(match (life_cycle, result) {
        ("QUEUED" | "PENDING" | "BLOCKED" | "WAITING_FOR_RETRY", _) => Status::Queued,
        ("RUNNING" | "TERMINATING", _) => Status::Running,
        ("INTERNAL_ERROR", _) => Status::Failed,
        ("SKIPPED", _) => Status::Stopped,
        ("TERMINATED", Some("SUCCESS" | "SUCCESS_WITH_FAILURES")) => Status::Finished,
        ("TERMINATED", Some("CANCELED" | "UPSTREAM_CANCELED" | "EXCLUDED" | "MAXIMUM_CONCURRENT_RUNS_REACHED")) => {
            Status::Stopped
        }
        ("TERMINATED", _) => Status::Failed,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(state: serde_json::Value) -> Job {
        let run: JobRun = serde_json::from_value(json!({"run_id": 987, "state": state, "end_time": 5})).unwrap();
        run.into_job(Vec::new())
    }

    #[test]
    fn every_documented_state_has_a_word() {
        for (life_cycle, result, expected) in [
            ("QUEUED", None, Status::Queued),
            ("PENDING", None, Status::Queued),
            ("BLOCKED", None, Status::Queued),
            ("WAITING_FOR_RETRY", None, Status::Queued),
            ("RUNNING", None, Status::Running),
            ("TERMINATING", None, Status::Running),
            ("TERMINATED", Some("SUCCESS"), Status::Finished),
            ("TERMINATED", Some("SUCCESS_WITH_FAILURES"), Status::Finished),
            ("TERMINATED", Some("FAILED"), Status::Failed),
            ("TERMINATED", Some("TIMEDOUT"), Status::Failed),
            ("TERMINATED", Some("UPSTREAM_FAILED"), Status::Failed),
            ("TERMINATED", Some("CANCELED"), Status::Stopped),
            ("SKIPPED", None, Status::Stopped),
            ("INTERNAL_ERROR", Some("FAILED"), Status::Failed),
        ] {
            let told = job(json!({"life_cycle_state": life_cycle, "result_state": result}));
            assert_eq!(told.status, Some(expected), "{life_cycle} {result:?}");
            assert_eq!(told.ended.is_some(), expected.is_over(), "{life_cycle} {result:?}");
        }
        assert_eq!(job(json!({"life_cycle_state": "SLEEPING"})).status, None);
    }

    #[test]
    fn what_the_server_says_of_the_state_is_told() {
        let queued = job(json!({"life_cycle_state": "QUEUED", "queue_reason": "limit of 5 runs", "state_message": ""}));
        assert_eq!(queued.reason.as_deref(), Some("limit of 5 runs"));
        let failed = job(
            json!({"life_cycle_state": "TERMINATED", "result_state": "FAILED", "state_message": "task train failed"}),
        );
        assert_eq!(
            (failed.native_status.as_str(), failed.reason.as_deref()),
            ("TERMINATED, FAILED", Some("task train failed"))
        );
    }
}

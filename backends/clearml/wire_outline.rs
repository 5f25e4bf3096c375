//! What pipelines and reports consist of, field for field: the configuration object `Pipeline` as the SDK writes it
//! (0.17 to 2.1: steps by name, later versions with more fields) and the text of a report.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::model::{Outline, Pipeline, PipelineStep, Report, RunId, Status, StepState};

use super::report_text::embedded;
use super::wire::{WireText, status};

/// What `only_fields` asks for.
pub(super) const FIELDS: &[&str] = &["id", "type", "status", "configuration.Pipeline", "report"];
/// The configuration object that holds the steps.
const PIPELINE: &str = "Pipeline";
/// The path under which the text of a report is a file of its task.
pub(super) const TEXT: &str = "report.md";

/// Answer of `tasks.get_by_id_ex`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Outlined {
    pub(super) tasks: Vec<Document>,
}

/// A task, as far as it leads others or is a text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Document {
    pub(super) id: String,
    r#type: Option<String>,
    status: Option<String>,
    configuration: BTreeMap<String, WireText>,
    /// Left out by the server while it is empty.
    report: Option<String>,
}

impl Document {
    /// The text, if the task is a report.
    pub(super) fn text(&self) -> Option<&str> {
        let is_report = self.r#type.as_deref() == Some(super::wire_names::REPORT);
        is_report.then(|| self.report.as_deref().unwrap_or_default())
    }

    /// What it consists of; a sentence instead where that cannot be read.
    pub(super) fn outline(&self) -> Option<Result<Outline, String>> {
        if let Some(text) = self.text() {
            let report =
                Report { path: TEXT.to_owned(), characters: text.chars().count() as u64, embedded: embedded(text) };
            return Some(Ok(Outline::Report(report)));
        }
        let text = self.configuration.get(PIPELINE)?.value.as_deref()?;
        let steps = serde_json::from_str::<Map<String, Value>>(text);
        Some(match steps {
            Ok(steps) => {
                let steps = steps.iter().map(|(name, step)| read(name, step)).collect();
                Ok(Outline::Pipeline(Pipeline::of(steps, is_over(self.status.as_deref().and_then(status)))))
            }
            Err(error) => Err(format!(
                "its configuration object {PIPELINE} is not the JSON that pipelines keep their steps in: {error}"
            )),
        })
    }
}

/// Whether a pipeline in this state starts no further steps.
pub(super) fn is_over(status: Option<Status>) -> bool {
    matches!(status, Some(Status::Finished | Status::Failed | Status::Stopped))
}

/// A step. Every field may be missing, and a field of another kind counts as missing: people edit this text.
fn read(name: &str, step: &Value) -> PipelineStep {
    let text = |field: &str| step.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let truth = |field: &str| step.get(field).and_then(Value::as_bool).unwrap_or(false);
    // Of a step that failed or was stopped `executed` is false: those behind it are not run.
    let run = text("job_id").or(text("executed")).map(RunId::new);
    let word = text("status");
    let parents = step.get("parents").and_then(Value::as_array).into_iter().flatten();
    let moment = |field: &str| step.get(field).and_then(Value::as_f64).and_then(seconds);
    PipelineStep {
        name: name.to_owned(),
        parents: parents.filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        state: match (word, &run) {
            (Some("skipped"), _) => StepState::Skipped,
            (_, None) if truth("skip_job") => StepState::Skipped,
            (_, None) => StepState::Waiting,
            (Some(word), Some(_)) => StepState::Ran(ran(word)),
            (None, Some(_)) => StepState::Ran(None),
        },
        run,
        cached: word == Some("cached"),
        started: moment("job_started"),
        ended: moment("job_ended"),
        reason: None,
    }
}

/// Our word for the state of a step that has a run.
fn ran(word: &str) -> Option<Status> {
    match word {
        "running" => Some(Status::Running),
        "aborted" => Some(Status::Stopped),
        "cached" => Some(Status::Finished),
        // A run was made for it and is not in a queue yet.
        "pending" => Some(Status::Created),
        word => status(word),
    }
}

fn seconds(since: f64) -> Option<Timestamp> {
    let milliseconds = (since * 1_000.0).round();
    // What a moment can be is far within what a float counts exactly.
    #[allow(clippy::cast_possible_truncation)]
    (milliseconds.abs() < 9e15).then(|| Timestamp::from_millisecond(milliseconds as i64).ok()).flatten()
}

#[cfg(test)]
mod tests;

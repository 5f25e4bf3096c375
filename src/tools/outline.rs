//! Pipelines and reports in words.

use std::collections::BTreeMap;

use backends::model::{Embedded, Pipeline, PipelineStep, Report, StepState};
use jiff::Timestamp;
use serde_json::json;

use crate::references::RunRef;
use crate::render::{Answer, Cell, Column, one_line};

/// Steps of one state that a sentence names.
const NAMED: usize = 5;
/// Characters of a reason in a row.
const REASON: usize = 160;
/// Things of a report that are listed.
const EMBEDDED: usize = 20;
/// Characters of an address.
const ADDRESS: usize = 200;

/// How many steps are in which state, and which those are that did not go well: `3 steps: 1 finished, 1 failed (train), 1
/// not run because of train (evaluate)`.
pub(super) fn summary(pipeline: &Pipeline) -> String {
    let mut states: Vec<(String, bool, Vec<&str>)> = Vec::new();
    for step in &pipeline.steps {
        let (word, telling) =
            (state(step), !matches!(step.state, StepState::Ran(Some(backends::model::Status::Finished))));
        match states.iter_mut().find(|(known, _, _)| *known == word) {
            Some((_, _, names)) => names.push(&step.name),
            None => states.push((word, telling, vec![&step.name])),
        }
    }
    let told = states.iter().map(|(word, telling, names)| match telling {
        true => format!("{} {word} ({})", names.len(), listed(names)),
        false => format!("{} {word}", names.len()),
    });
    let count = pipeline.steps.len();
    let steps = if count == 1 { "step" } else { "steps" };
    match count {
        0 => "no steps so far".to_owned(),
        _ => format!("{count} {steps}: {}", told.collect::<Vec<_>>().join(", ")),
    }
}

/// Some names, the first of them in full.
pub(super) fn listed(names: &[&str]) -> String {
    let mut shown: Vec<String> = names.iter().take(NAMED).map(|name| one_line(name, 60)).collect();
    if names.len() > NAMED {
        shown.push(format!("{} more", names.len() - NAMED));
    }
    shown.join(", ")
}

/// What became of a step.
fn state(step: &PipelineStep) -> String {
    match &step.state {
        StepState::Ran(Some(status)) => status.word().to_owned(),
        StepState::Ran(None) => "in an unknown state".to_owned(),
        StepState::Waiting => "waiting".to_owned(),
        StepState::Skipped => "skipped".to_owned(),
        StepState::NotRun { because_of: None } => "not run".to_owned(),
        StepState::NotRun { because_of: Some(cause) } => format!("not run because of {}", one_line(cause, 60)),
    }
}

/// The steps in their order, one row each.
pub(super) fn steps_in(answer: Answer, pipeline: &Pipeline, tracker: &str, now: Timestamp) -> Answer {
    let row = |step: &PipelineStep| {
        vec![
            Cell::foreign(&step.name),
            Cell::from(step.run.as_ref().map(|id| Cell::text(format!("{tracker}:{id}")))),
            Cell::foreign(&state(step)),
            Cell::from(step.started),
            Cell::from(step.duration(now)),
            Cell::from(step.cached.then_some("cached").map(Cell::text)),
            Cell::List(step.parents.iter().map(|parent| Cell::foreign(parent)).collect()),
            Cell::from(step.reason.as_deref().map(|reason| Cell::foreign_up_to(reason, REASON))),
        ]
    };
    let columns = ["step", "run", "status", "started", "duration", "cached", "after", "reason"].map(Column::new);
    answer.table("steps", columns.to_vec(), pipeline.steps.iter().map(row).collect())
}

/// What a report is like, and how its text is read.
pub(super) fn report_in(answer: Answer, report: &Report, run: &RunRef) -> Answer {
    let tracker = run.tracker.name();
    let row = |one: &Embedded| {
        let runs = one.runs.iter().map(|id| Cell::text(format!("{tracker}:{id}"))).collect();
        vec![
            Cell::foreign(&one.kind),
            Cell::from(one.title.as_deref().map(Cell::foreign)),
            Cell::List(runs),
            // What is drawn of runs is had from them.
            Cell::from(
                one.address.as_deref().filter(|_| one.runs.is_empty()).map(|at| Cell::foreign_up_to(at, ADDRESS)),
            ),
        ]
    };
    let shown: Vec<Vec<Cell>> = report.embedded.iter().take(EMBEDDED).map(row).collect();
    let more = report.embedded.len().saturating_sub(EMBEDDED);
    let reading = json!({"runs": [run.text()], "path": report.path});
    let answer = answer
        .fact("report", Cell::text(format!("{} characters", report.characters)))
        .table("embedded", ["kind", "shows", "runs", "address"].map(Column::new).to_vec(), shown)
        .note(format!("to read the text of the report: read_artifact {reading}"));
    if more > 0 { answer.note(format!("{more} more things are embedded; its text has all")) } else { answer }
}

/// The names of steps that were not run, by the step because of which they were not.
pub(super) fn not_run(pipeline: &Pipeline) -> BTreeMap<&str, Vec<&str>> {
    let mut kept: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for step in &pipeline.steps {
        if let StepState::NotRun { because_of: Some(cause) } = &step.state {
            kept.entry(cause).or_default().push(&step.name);
        }
    }
    kept
}

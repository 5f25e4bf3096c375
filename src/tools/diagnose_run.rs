//! `diagnose_run`

mod below;
mod evidence;
mod findings;
mod history;
mod times;
mod verdict;

use backends::model::{Part, Parts, Run, Status};
use backends::{Call, Capabilities, Error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::analysis::diagnosis::diagnose;
use crate::problem::{NextCall, Result};
use crate::references::{RunRef, fetch_runs};
use crate::render::{Answer, Cell, Keep, enforce, one_line};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;
use below::Below;
use evidence::Evidence;
use history::History;

/// `diagnose_run`
pub struct DiagnoseRun;

/// Characters of an answer.
const AIM: usize = 8_000;
/// Characters of the last lines.
const LINES: usize = 2_500;
/// Characters of a reason.
const REASON: usize = 1_000;

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// id, name, URL, or 'last', 'last failed'
    run: String,
    /// name or glob; default the main ones
    metric: Option<String>,
}

impl Tool for DiagnoseRun {
    const NAME: &'static str = "diagnose_run";
    const GUIDE: &'static str = include_str!("../../guides/tools/diagnose_run.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.runs
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let parts = Parts::of(&[Part::Metrics, Part::Tags, Part::Outline]);
        let fetched = fetch_runs(trackers, call, std::slice::from_ref(&input.run), 1, parts).await?;
        let Some((run, details)) = fetched.runs.first() else {
            return Err(Error::not_found(format!("no run '{}'", one_line(&input.run, 80))).into());
        };
        let head = &details.run;
        // How a run was named is not to cost it a check.
        let before = call.requests();
        let mut below = Below::steps(call, run, head, details.outline.as_ref()).await;
        let ended_badly = matches!(head.status, Some(Status::Failed | Status::Stopped));
        let mut evidence = match &below {
            // The steps say how it goes; what the pipeline itself writes is about their order.
            Some(below) if below.is_bad() || !ended_badly => Evidence::default(),
            _ => Evidence::read(call, run, head).await,
        };
        let history = History::read(call, before, run, head, input.metric.as_deref()).await?;
        let running = (head.status == Some(Status::Running)).then(|| call.now());
        let diagnosis = diagnose(&history.series(), running);
        if below.is_none() && diagnosis.checks.is_empty() && !evidence.tells() && has_begun(head) {
            below = Below::children(call, run).await;
        }
        // The log that tells most: its own, or that of what failed below it.
        let mut told_of = run.clone();
        if let Some((failed, of_failed)) = below.as_mut().and_then(|below| below.evidence.take()) {
            told_of = failed;
            evidence = of_failed;
        }
        let verdict = verdict::verdict(head, &evidence, &diagnosis, below.as_ref());
        let mut answer = Answer::new()
            .fact("verdict", Cell::text(verdict))
            .fact("run", Cell::text(run.text()))
            .fact("name", Cell::foreign(&head.name))
            .fact("status", head.status.map(|status| Cell::text(status.word())))
            .fact("started", head.started.map(Cell::Time))
            .fact("duration", head.duration(call.now()).map(Cell::Duration))
            .fact("reason", head.reason.as_deref().map(|reason| Cell::foreign_up_to(reason, REASON)));
        if let Some(below) = &below {
            answer = below.failed_in(answer).notes(&below.notes);
        }
        answer = evidence.cause_in(answer);
        answer = findings::findings_in(answer, &diagnosis);
        answer = findings::checks_in(answer, &diagnosis, &history, head);
        answer = evidence_in(answer, &told_of, &evidence);
        let next = match told_of.text() == run.text() {
            true => next(run, head, &evidence, &diagnosis),
            false => NextCall { tool: "diagnose_run", arguments: json!({"run": told_of.text()}) },
        };
        answer = answer.notes(&history.notes).notes(&evidence.notes).notes(&fetched.remarks);
        Ok(enforce(answer.note(format!("next: {next}")), AIM))
    }
}

/// Whether there can be runs below it that say more than it does itself.
fn has_begun(head: &Run) -> bool {
    !matches!(head.status, Some(Status::Created | Status::Queued))
}

/// The traceback and the last lines, as others wrote them.
fn evidence_in(mut answer: Answer, run: &RunRef, evidence: &Evidence) -> Answer {
    let Some(log) = &evidence.log else { return answer };
    let source = format!("run {}, {}", run.text(), log.name);
    answer = answer.fact("log", Cell::foreign_up_to(&log.name, 300));
    if let Some(traceback) = &log.traceback {
        answer = answer.foreign("traceback", source.clone(), &traceback.telling(), LINES, Keep::End);
    }
    if !log.last.is_empty() {
        answer = answer.foreign("last_lines", source, &log.last.join("\n"), LINES, Keep::End);
    }
    answer
}

/// The call that leads on.
fn next(run: &RunRef, head: &Run, evidence: &Evidence, diagnosis: &crate::analysis::diagnosis::Diagnosis) -> NextCall {
    let call = |tool: &'static str, arguments: Value| NextCall { tool, arguments };
    let failed = matches!(head.status, Some(Status::Failed | Status::Stopped));
    match (diagnosis.findings.first(), &evidence.log) {
        (_, Some(log)) if failed && log.is_file => call("read_log", json!({"run": run.text(), "file": log.name})),
        (_, Some(_)) if failed => call("read_log", json!({"run": run.text()})),
        (Some(finding), _) => {
            let metric = crate::render::escape_key(&finding.metric);
            call("get_metric_history", json!({"runs": [run.text()], "metrics": [metric]}))
        }
        (None, None) if failed => call("list_artifacts", json!({"run": run.text()})),
        (None, _) if !head.metrics.is_empty() => call("get_metric_history", json!({"runs": [run.text()]})),
        (None, _) => call("get_runs", json!({"runs": [run.text()]})),
    }
}

#[cfg(test)]
mod tests;

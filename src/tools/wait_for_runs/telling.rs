//! What is told of a wait: while it lasts, and at its end.

use backends::Call;
use backends::model::{Metric, Run, Status};
use serde_json::{Map, json};

use super::goal::{Goal, Outcome};
use super::until::{Until, Verdict, state};
use super::watched::Watched;
use super::{Input, TIMEOUT};
use crate::problem::NextCall;
use crate::references::RunRef;
use crate::render::{Answer, Cell, Column, in_words, one_line, redact};
use crate::tools::columns::{self, RunColumn, status};
use crate::tools::figures::rounded;

/// Runs that a message on progress names.
const NAMED: usize = 3;
/// Characters of a reason.
const REASON: usize = 300;

/// Where everything stands, in a line.
pub(super) fn message(watched: &Watched, goal: &Goal, call: &Call) -> String {
    let now = call.clock().now();
    let of_run = |reference: &RunRef| {
        let Some(run) = watched.run(reference) else { return reference.text() };
        let name = if run.name.is_empty() { reference.text() } else { one_line(&run.name, 40) };
        let state = match watched.place(reference) {
            Some(place) => format!("{} of {} in {}", place.position, place.waiting, one_line(&place.queue, 40)),
            None => state(run, now),
        };
        format!("{name}: {state}{}", last_value(run, goal.first_metric(reference.tracker.name())))
    };
    let runs = watched.runs.iter().map(of_run);
    let jobs = watched.jobs.iter().map(|job| {
        let state = watched.job(job).map(|job| one_line(&job.native_status, 60)).unwrap_or_default();
        format!("{}: {state}", job.text())
    });
    let all: Vec<String> = runs.chain(jobs).collect();
    let mut told: Vec<String> = all.iter().take(NAMED).cloned().collect();
    if all.len() > NAMED {
        told.push(format!("{} more", all.len() - NAMED));
    }
    told.extend(watched.down().iter().map(|(name, ..)| format!("{name} does not answer")));
    redact(&told.join("; ")).into_owned()
}

/// The metric that is waited for, or else the one with the highest step, with that.
fn last_value(run: &Run, wanted: Option<&str>) -> String {
    let usual = || run.metrics.iter().filter(|(_, metric)| !metric.machine).max_by_key(|(_, metric)| metric.step);
    let wanted = wanted.map(|name| run.metrics.get_key_value(name));
    let Some((name, metric)) = wanted.unwrap_or_else(usual) else { return String::new() };
    let value = if metric.value.is_finite() { rounded(metric.value) } else { metric.value.to_string() };
    let step = last_step(run).map(|step| format!(" at step {step}")).unwrap_or_default();
    format!(", {} {value}{step}", one_line(name, 60))
}

/// The highest step that is known of a run.
fn last_step(run: &Run) -> Option<i64> {
    let steps = |metric: &Metric| {
        let points = [metric.first, metric.min, metric.max].into_iter().flatten().filter_map(|(_, step)| step);
        points.chain(metric.step).max()
    };
    run.metrics.values().filter(|metric| !metric.machine).filter_map(steps).max()
}

/// How a wait went.
pub(super) struct Ended<'a> {
    pub(super) watched: &'a Watched,
    pub(super) goal: &'a Goal,
    pub(super) verdicts: &'a [(String, Verdict)],
    pub(super) outcome: Outcome,
    /// In whole seconds.
    pub(super) waited: u64,
    pub(super) input: &'a Input,
    /// What references were read as.
    pub(super) remarks: &'a [String],
}

impl Ended<'_> {
    /// The answer.
    pub(super) fn answer(&self, call: &Call) -> Answer {
        let next = self.next();
        let answer = Answer::new()
            .fact("outcome", Cell::text(self.outcome.word()))
            .fact("until", Cell::foreign(&self.goal.until.words()))
            .fact("waited_s", self.waited);
        self.table(answer, call)
            .fact("next", next.map(|next| Cell::text(next.to_string())))
            .note(self.summary())
            .notes(self.others())
            .notes(self.remarks)
            .notes(self.goal.notes())
            .notes(self.trouble())
    }

    /// One row for each run and job, then for each run that a job logged.
    fn table(&self, answer: Answer, call: &Call) -> Answer {
        let Self { watched, goal, .. } = self;
        let now = call.clock().now();
        let rows = watched.rows();
        let named: Vec<RunColumn> = goal.metrics().filter_map(|key| RunColumn::of_metric(key, &rows)).collect();
        let metrics: Vec<RunColumn> = match columns::of(&[], &named, &rows) {
            Ok((columns, _)) => columns.into_iter().filter(is_of_metric).collect(),
            Err(_) => named,
        };
        let mut head: Vec<Column> = [
            "run",
            "name",
            "status",
            "met",
            "state",
            "reason",
            "step",
            "queue",
            "position",
            "waiting_since",
            "logged_by",
        ]
        .map(Column::new)
        .to_vec();
        head.extend(metrics.iter().map(RunColumn::head));
        head.push(Column::new("url"));
        let row = |reference: &RunRef, run: &Run, verdict: Option<&Verdict>, logged_by: Option<String>| {
            let (text, tracker) = (reference.text(), reference.tracker.name());
            let place = watched.place(reference);
            let mut cells = vec![Cell::text(text.as_str()), Cell::foreign(&run.name), status(run)];
            cells.extend(judged(verdict));
            cells.extend([
                Cell::from(run.reason.as_deref().map(|text| Cell::foreign_up_to(text, REASON))),
                Cell::from(last_step(run)),
                Cell::from(place.map(|place| Cell::foreign(&place.queue))),
                Cell::from(place.map(|place| Cell::text(format!("{} of {}", place.position, place.waiting)))),
                Cell::from(place.and_then(|place| place.since)),
                Cell::from(logged_by.map(Cell::text)),
            ]);
            cells.extend(metrics.iter().map(|column| column.cell(run, &text, now, tracker)));
            cells.push(Cell::from(run.web_url.clone().map(Cell::Text)));
            cells
        };
        let verdict = |reference: &str| self.verdicts.iter().find(|(text, _)| text == reference).map(|(_, one)| one);
        let mut table: Vec<Vec<Cell>> = Vec::new();
        for reference in &watched.runs {
            let Some(run) = watched.run(reference) else { continue };
            table.push(row(reference, run, verdict(&reference.text()), None));
        }
        for reference in &watched.jobs {
            let Some(job) = watched.job(reference) else { continue };
            let name = job.name.as_deref().map(Cell::foreign);
            let state =
                job.status.map_or_else(|| Cell::foreign(&job.native_status), |status| Cell::text(status.word()));
            let mut cells = vec![Cell::text(reference.text()), Cell::from(name), state];
            cells.extend(judged(verdict(&reference.text())));
            cells.push(Cell::from(job.reason.as_deref().map(|text| Cell::foreign_up_to(text, REASON))));
            cells.resize(head.len() - 1, Cell::Missing);
            cells.push(Cell::from(job.web_url.as_deref().map(Cell::foreign)));
            table.push(cells);
            let logged = watched.logged(reference);
            table.extend(logged.iter().map(|(run_ref, run)| row(run_ref, run, None, Some(reference.text()))));
        }
        answer.table("runs", head, table)
    }

    /// What became of it, in a sentence.
    fn summary(&self) -> String {
        let all = self.verdicts.len();
        let count = |fits: fn(&Verdict) -> bool| self.verdicts.iter().filter(|(_, verdict)| fits(verdict)).count();
        let met = count(|verdict| matches!(verdict, Verdict::Met(_)));
        let badly = self.ended_badly().len();
        let how = match (badly, &self.goal.until) {
            (0, _) | (_, Until::Holds(_)) => String::new(),
            (badly, _) => format!("; {badly} failed or were stopped, which counts as ended"),
        };
        match self.outcome {
            Outcome::Met => format!("{met} of {all} met it{how}"),
            Outcome::Never => {
                let lost: Vec<String> = self
                    .verdicts
                    .iter()
                    .filter_map(|(text, verdict)| match verdict {
                        Verdict::Never(why) => Some(format!("{text}: {why}")),
                        _ => None,
                    })
                    .collect();
                format!("the wait ended because it cannot be met any more: {}", lost.join("; "))
            }
            Outcome::NotYet if self.input.timeout_s == 0 => format!("as it is now: {met} of {all} met it{how}"),
            Outcome::NotYet => {
                format!(
                    "timeout after {} s: {met} of {all} met it{how}; nothing was changed or stopped",
                    self.input.timeout_s
                )
            }
        }
    }

    /// The runs that failed or were stopped.
    fn ended_badly(&self) -> Vec<String> {
        let badly = |run: &Run| matches!(run.status, Some(Status::Failed | Status::Stopped));
        let runs = self.watched.runs.iter().filter(|run| self.watched.run(run).is_some_and(badly));
        let jobs = self.watched.jobs.iter().filter(|job| {
            let known = self.watched.job(job);
            known.is_some_and(|job| matches!(job.status, Some(Status::Failed | Status::Stopped)))
        });
        runs.map(RunRef::text).chain(jobs.map(|job| job.text())).collect()
    }

    /// The call that leads on: waiting goes on if the time was over; what failed is looked into.
    fn next(&self) -> Option<NextCall> {
        if self.outcome == Outcome::NotYet {
            return self.going_on();
        }
        let failed = |run: &&RunRef| self.watched.run(run).is_some_and(|run| run.status == Some(Status::Failed));
        let failed = self.watched.runs.iter().find(failed);
        failed.map(|run| NextCall { tool: "diagnose_run", arguments: json!({"run": run.text()}) })
    }

    /// How to go on waiting for those that are open when the wait has ended because of others.
    fn others(&self) -> Option<String> {
        let call = self.going_on().filter(|_| self.outcome != Outcome::NotYet)?;
        Some(format!("others are open; to go on waiting for them: {call}"))
    }

    /// The call that waits for those that are not there yet.
    fn going_on(&self) -> Option<NextCall> {
        let open = self.verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::NotYet(_)));
        let open: Vec<&str> = open.map(|(text, _)| text.as_str()).collect();
        let mut arguments = Map::from_iter([("runs".to_owned(), json!(open))]);
        if let Some(until) = &self.input.until {
            arguments.insert("until".to_owned(), json!(until));
        }
        if ![0, TIMEOUT].contains(&self.input.timeout_s) {
            arguments.insert("timeout_s".to_owned(), json!(self.input.timeout_s));
        }
        (!open.is_empty()).then(|| NextCall { tool: "wait_for_runs", arguments: arguments.into() })
    }

    /// Trackers that did not answer.
    fn trouble(&self) -> Vec<String> {
        let down = self.watched.down().into_iter().map(|(name, since, error)| {
            format!("{name} has not answered since {since:.0}: {error}; its runs are shown as they were last seen")
        });
        let recovered = self.watched.recovered().iter().map(|(name, from, to)| {
            format!("{name} did not answer for {} from {from:.0}, and does again", in_words(to.duration_since(*from)))
        });
        down.chain(recovered).collect()
    }
}

fn is_of_metric(column: &RunColumn) -> bool {
    matches!(column, RunColumn::Metric(_) | RunColumn::Min(_) | RunColumn::Max(_))
}

/// Whether it is met, and where it stands.
fn judged(verdict: Option<&Verdict>) -> [Cell; 2] {
    match verdict {
        Some(Verdict::Met(state)) => [Cell::from(true), Cell::foreign_up_to(state, REASON)],
        Some(Verdict::NotYet(state) | Verdict::Never(state)) => [Cell::from(false), Cell::foreign_up_to(state, REASON)],
        None => [Cell::Missing, Cell::Missing],
    }
}

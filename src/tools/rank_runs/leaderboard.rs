//! The ranking run by run.

use std::collections::BTreeSet;

use backends::Call;
use backends::model::Status;
use backends::query::{Direction, Key};

use super::super::candidates::{Candidate, Field, by_reference};
use super::super::columns::{self, RunColumn};
use super::super::figures::{side, told_apart};
use super::Question;
use super::words::{among, direction};
use crate::analysis::{Ranked, rank, telling};
use crate::problem::Result;
use crate::references::{Aligned, Name, untold};
use crate::render::{Answer, Cell, Column, fit};

/// Params that are shown unasked.
const VARYING: usize = 6;
/// Runs that a sentence names.
const NAMED: usize = 5;

/// The best runs, what they differ in, and who was left out.
pub(super) fn answer(call: &Call, question: &Question, mut field: Field, aligned: &Aligned) -> Result<Answer> {
    let ranked_runs = field.candidates.len();
    let tellings = Tellings::of(question, &field.candidates);
    let entrants =
        field.entrants(&question.contest).into_iter().map(|candidate| (candidate.value, candidate)).collect();
    let ranked = rank(entrants, question.contest.direction, by_reference);
    let mut notes = Vec::new();
    if let (Some(last), Some(next)) =
        (question.limit.checked_sub(1).and_then(|at| ranked.get(at)), ranked.get(question.limit))
        && last.rank == next.rank
    {
        let more = ranked.iter().skip(question.limit).take_while(|one| one.rank == last.rank).count();
        notes.push(format!("{more} more runs share rank {} with the last one shown", last.rank));
    }
    let best = best(question, &field, &ranked, ranked_runs);
    let shown: Vec<&Ranked<Candidate>> = ranked.iter().take(question.limit).collect();
    let (columns, more) = chosen(question, &tellings, &shown)?;
    notes.extend(untold(more, &field.notes));
    notes.extend(columns::about(aligned, &columns));
    let page = |rows: usize| {
        let answer = Answer::new()
            .fact("best", Cell::text(&best))
            .fact("direction", direction(question))
            .with(table(call, question, &columns, &shown, rows))
            .fact("returned", rows);
        let answer = if rows < shown.len() {
            answer.note(format!("{} more do not fit into one answer; name fewer columns", shown.len() - rows))
        } else {
            answer
        };
        answer.notes(&notes).notes(&field.notes)
    };
    Ok(fit(shown.len(), call.allowance().characters, page))
}

/// Who is best, in one sentence.
fn best(question: &Question, field: &Field, ranked: &[Ranked<Candidate>], ranked_runs: usize) -> String {
    let Some(first) = ranked.first() else { return String::new() };
    let metric = question.contest.shown_metric();
    let leaders: Vec<&Ranked<Candidate>> = ranked.iter().take_while(|one| one.rank == 1).collect();
    let next = ranked.iter().find(|one| one.rank > 1).map(|one| one.value);
    let value = format!("{metric} = {}", told_apart(first.value, next.into_iter()));
    let of = format!("{} of {}", side(question.contest.direction), among(question, field, ranked_runs));
    match (leaders.as_slice(), first.item.step) {
        ([only], Some(step)) => format!("{} {value} at step {step} ({of})", only.item.reference()),
        ([only], None) => format!("{} {value} ({of})", only.item.reference()),
        (several, _) => {
            let listed: Vec<String> = several.iter().take(NAMED).map(|one| one.item.reference()).collect();
            let more = several.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{} runs tie at {value}: {}{more} ({of})", several.len(), listed.join(", "))
        }
    }
}

/// How much each param tells about the metric, the most telling first.
struct Tellings(Vec<String>);

impl Tellings {
    fn of<'a>(question: &Question, candidates: &'a [Candidate]) -> Self {
        if !question.columns.is_empty() {
            return Self(Vec::new());
        }
        let names: BTreeSet<&String> = candidates.iter().flat_map(|candidate| candidate.run.params.keys()).collect();
        let mut told: Vec<(f64, &String)> = names
            .into_iter()
            .map(|name| {
                let run =
                    |candidate: &'a Candidate| (candidate.run.params.get(name).map(String::as_str), candidate.value);
                (telling(&candidates.iter().map(run).collect::<Vec<_>>()), name)
            })
            .collect();
        told.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.cmp(y)));
        Self(told.into_iter().map(|(_, name)| name.clone()).collect())
    }
}

/// The columns asked for, or the params that vary among the runs shown.
fn chosen(
    question: &Question,
    tellings: &Tellings,
    shown: &[&Ranked<Candidate>],
) -> Result<(Vec<RunColumn>, Vec<String>)> {
    let runs: Vec<&backends::model::Run> = shown.iter().map(|one| &one.item.run).collect();
    if !question.columns.is_empty() {
        let rows: Vec<columns::Row<'_>> = shown.iter().map(|one| (one.item.tracker.name(), &one.item.run)).collect();
        let (columns, notes) = columns::of(&question.columns, &[], &rows)?;
        let unwanted = |column: &RunColumn| match column {
            RunColumn::Plain("status") => runs.iter().all(|run| run.status == Some(Status::Finished)),
            RunColumn::Metric(name) => name.shown() == question.contest.metric && !question.contest.at_best,
            _ => false,
        };
        return Ok((columns.into_iter().filter(|column| !unwanted(column)).collect(), notes));
    }
    let differ = |value: &dyn Fn(&backends::model::Run) -> Option<String>| {
        runs.windows(2).any(|pair| matches!(pair, [a, b] if value(a) != value(b)))
    };
    let mut columns = vec![RunColumn::Plain("run"), RunColumn::Plain("name")];
    if runs.iter().any(|run| run.status != Some(Status::Finished)) {
        columns.push(RunColumn::Plain("status"));
    }
    if differ(&|run| Some(run.project.name.clone())) {
        columns.push(RunColumn::Plain("project"));
    }
    let varying: Vec<&String> =
        tellings.0.iter().filter(|name| differ(&|run| run.params.get(*name).cloned())).collect();
    columns
        .extend(varying.iter().take(VARYING).map(|name| RunColumn::Param(Name::exactly(Key::Param((*name).clone())))));
    let more = varying.len().saturating_sub(VARYING);
    let note = (more > 0).then(|| format!("{more} more params vary; columns ['params.*'] shows all"));
    Ok((columns, note.into_iter().collect()))
}

fn table(
    call: &Call,
    question: &Question,
    columns: &[RunColumn],
    shown: &[&Ranked<Candidate>],
    rows: usize,
) -> crate::render::Item {
    let value = match (question.contest.at_best, question.contest.direction) {
        (false, _) => format!("metrics.{}", question.contest.metric),
        (true, Direction::Ascending) => format!("min.{}", question.contest.metric),
        (true, Direction::Descending) => format!("max.{}", question.contest.metric),
    };
    // The value stands behind the head of the run: reference and name.
    let (head, tail) = columns.split_at(columns.len().min(2));
    let heads = [Column::new("rank")]
        .into_iter()
        .chain(head.iter().map(RunColumn::head))
        .chain([Column::new(value), Column::new("step")])
        .chain(tail.iter().map(RunColumn::head))
        .collect();
    let cells = |one: &&Ranked<Candidate>| {
        let Candidate { tracker, run, value, step, .. } = &one.item;
        let reference = one.item.reference();
        let cell = |column: &RunColumn| column.cell(run, &reference, call.now(), tracker.name());
        [Cell::from(one.rank)]
            .into_iter()
            .chain(head.iter().map(cell))
            .chain([Cell::from(*value), Cell::from(*step)])
            .chain(tail.iter().map(cell))
            .collect()
    };
    let rows = shown.iter().take(rows).map(cells).collect();
    crate::render::Item::Table(crate::render::Table::new("runs", heads, rows))
}

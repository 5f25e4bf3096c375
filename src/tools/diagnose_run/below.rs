//! The runs below one: which step of a pipeline failed, which children of a sweep.

use backends::model::{Outline, Part, Parts, Pipeline, Run, RunId, Status, StepState};
use backends::query::{Direction, Filter, Key, Order};
use backends::tracker::{ProjectScope, RunQuery};
use backends::{Call, Result};

use super::evidence::Evidence;
use crate::references::RunRef;
use crate::render::{Answer, Cell, Column};
use crate::tools::outline::{listed, not_run, summary};

/// Children that are looked at.
const MOST: usize = 100;
/// Failed ones that are listed.
const LISTED: usize = 10;
/// Characters of a reason in a row.
const REASON: usize = 300;

/// What is known of the runs below one.
#[derive(Default)]
pub(super) struct Below {
    /// How they are, in a sentence.
    pub(super) says: String,
    /// Those that did not go well.
    failed: Vec<Failed>,
    /// What the log of the first of them says.
    pub(super) evidence: Option<(RunRef, Evidence)>,
    /// What is to be said of the reading.
    pub(super) notes: Vec<String>,
}

/// A run below that did not go well.
struct Failed {
    step: Option<String>,
    run: RunRef,
    head: Run,
}

impl Below {
    /// The steps of a pipeline: what it knows of them, and of those that did not go well what their runs say.
    pub(super) async fn steps(call: &Call, run: &RunRef, head: &Run, outline: Option<&Outline>) -> Option<Self> {
        let Some(Outline::Pipeline(pipeline)) = outline else { return None };
        let mut pipeline = pipeline.clone();
        let over = matches!(head.status, Some(Status::Finished | Status::Failed | Status::Stopped));
        // A pipeline tells late how its steps go on.
        let telling = |state: &StepState| matches!(state, StepState::Ran(status) if *status != Some(Status::Finished));
        let looked_at = pipeline.steps.iter().filter(|step| telling(&step.state));
        let ids: Vec<RunId> = looked_at.filter_map(|step| step.run.clone()).take(MOST).collect();
        let mut below = Self::default();
        let mut heads = Vec::new();
        if !ids.is_empty() {
            match run.tracker.runs(call, &ids, Parts::of(&[Part::Metrics, Part::Tags])).await {
                Ok(found) => heads.extend(found.found.into_iter().map(|details| details.run)),
                Err(error) => below.notes.push(format!("the runs of its steps could not be read: {error}")),
            }
        }
        pipeline.look_at(&heads, over);
        let badly =
            |status: Status| pipeline.steps.iter().filter(move |step| step.state == StepState::Ran(Some(status)));
        let all: Vec<_> = badly(Status::Failed).chain(badly(Status::Stopped)).collect();
        for step in all {
            if let Some(head) = heads.iter().find(|head| Some(&head.id) == step.run.as_ref()) {
                below.failed.push(Failed::of(run, Some(step.name.clone()), head.clone()));
            }
        }
        below.says = of_steps(&pipeline);
        below.look(call).await;
        Some(below)
    }

    /// The children of a run that has no steps, if there are any.
    pub(super) async fn children(call: &Call, run: &RunRef) -> Option<Self> {
        let page = match children(call, run).await {
            Ok(page) if page.rows.is_empty() => return None,
            Ok(page) => page,
            Err(error) => {
                let notes = vec![format!("whether runs lie below it could not be asked: {error}")];
                return Some(Self { notes, ..Self::default() });
            }
        };
        let count = page.rows.len();
        let more = if page.next.is_some() { "newest " } else { "" };
        let failed = page.rows.into_iter().filter(|child| child.status == Some(Status::Failed));
        let failed: Vec<Failed> = failed.map(|child| Failed::of(run, None, child)).collect();
        let says = match failed.len() {
            0 => format!("none of its {more}{count} children failed"),
            some => format!("{some} of its {more}{count} children failed"),
        };
        let mut below = Self { says, failed, ..Self::default() };
        below.look(call).await;
        Some(below)
    }

    /// Reads the log of the first that did not go well.
    async fn look(&mut self, call: &Call) {
        if let Some(first) = self.failed.first() {
            let evidence = Evidence::read(call, &first.run, &first.head).await;
            self.evidence = Some((first.run.clone(), evidence));
        }
    }

    /// Whether any did not go well.
    pub(super) fn is_bad(&self) -> bool {
        !self.failed.is_empty()
    }

    /// Of which run the log was read, in words.
    pub(super) fn first(&self) -> Option<String> {
        let first = self.failed.first()?;
        let name = listed(&[first.step.as_deref().unwrap_or(&first.head.name)]);
        Some(if first.step.is_some() { format!("step {name}") } else { format!("child {name}") })
    }

    /// Those that did not go well, in an answer.
    pub(super) fn failed_in(&self, answer: Answer) -> Answer {
        let row = |one: &Failed| {
            vec![
                Cell::from(one.step.as_deref().map(Cell::foreign)),
                Cell::text(one.run.text()),
                Cell::foreign(&one.head.name),
                Cell::from(one.head.status.map(|status| Cell::text(status.word()))),
                Cell::from(one.head.ended),
                Cell::from(one.head.reason.as_deref().map(|reason| Cell::foreign_up_to(reason, REASON))),
            ]
        };
        let columns = ["step", "run", "name", "status", "ended", "reason"].map(Column::new).to_vec();
        let rows = self.failed.iter().take(LISTED).map(row).collect();
        let answer = answer.table("failed_below", columns, rows);
        match self.failed.len().saturating_sub(LISTED) {
            0 => answer,
            more => answer.note(format!("{more} more did not go well; search_runs with parent = '…' lists them")),
        }
    }
}

impl Failed {
    fn of(above: &RunRef, step: Option<String>, head: Run) -> Self {
        Self { step, run: RunRef { tracker: above.tracker.clone(), id: head.id.clone() }, head }
    }
}

/// Which steps failed and what was not run because of that; else how many are in which state.
fn of_steps(pipeline: &Pipeline) -> String {
    let failed: Vec<&str> = pipeline.steps.iter().filter(|step| step.failed()).map(|step| step.name.as_str()).collect();
    if failed.is_empty() {
        return summary(pipeline);
    }
    let kept: Vec<&str> = not_run(pipeline).into_values().flatten().collect();
    let because =
        if kept.is_empty() { String::new() } else { format!(" (not run because of that: {})", listed(&kept)) };
    format!("{} of {} steps failed: {}{because}", failed.len(), pipeline.steps.len(), listed(&failed))
}

async fn children(call: &Call, run: &RunRef) -> Result<backends::model::Page<Run>> {
    let query = RunQuery {
        projects: ProjectScope::All,
        text: None,
        filter: Some(Filter::equals(Key::Parent, run.id.as_str())),
        order: Order(vec![(Key::Started, Direction::Descending)]),
        include_archived: false,
        parts: Parts::NONE,
        limit: MOST,
        cursor: None,
    };
    run.tracker.search_runs(call, &query).await
}

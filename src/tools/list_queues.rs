//! `list_queues`

use std::collections::BTreeSet;
use std::sync::Arc;

use backends::model::{Queue, Queues, WaitingJob, Worker};
use backends::{Call, Capabilities, Error, Tracker};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::problem::{NextCall, Problem, Result};
use crate::render::{Answer, Cell, Column, fit, one_line};
use crate::tool::{Access, Tool};
use crate::trackers::{EVERY, Trackers, ask};

/// `list_queues`
pub struct ListQueues;

/// Jobs of each queue that are shown before the rest of a long one is.
const FRONT: usize = 3;
/// Tags of a queue or worker that a row shows.
const TAGS: usize = 8;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

impl Tool for ListQueues {
    const NAME: &'static str = "list_queues";
    const GUIDE: &'static str = include_str!("../../guides/tools/list_queues.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.queues
    }

    fn instead() -> Option<NextCall> {
        Some(NextCall { tool: "search_runs", arguments: json!({"status": ["queued"]}) })
    }

    async fn run(trackers: &Trackers, call: &Call, _: Input) -> Result<Answer> {
        let asked = trackers.asked(Some(EVERY))?;
        let (with, without): (Vec<_>, Vec<_>) = asked.into_iter().partition(|tracker| tracker.queues().is_some());
        if with.is_empty() {
            return Err(nowhere(&without));
        }
        let answers = ask(with, call, |tracker, call| async move {
            match tracker.queues() {
                Some(queues) => queues.queues(&call).await,
                None => Err(Error::unsupported(has_none(tracker.as_ref()))),
            }
        })
        .await?;
        let all = All { answered: &answers.answered };
        let items = all.items();
        let answer =
            fit(items.len(), call.allowance().characters, |shown| all.page(items.get(..shown).unwrap_or_default()));
        Ok(answer
            .notes(without.iter().map(|tracker| has_none(tracker.as_ref())))
            .notes(&answers.failed)
            .notes(trackers.not_asked(Some(EVERY))))
    }
}

/// That a tracker has no queues, and what to ask instead.
fn has_none(tracker: &dyn Tracker) -> String {
    let name = tracker.name();
    let call = json!({"projects": [format!("{name}:*")], "status": ["queued"]});
    format!(
        "{name} ({}) has no queues and no workers; its runs that wait for a machine: search_runs {call}",
        tracker.kind()
    )
}

/// The problem that no tracker has queues.
fn nowhere(without: &[Arc<dyn Tracker>]) -> Problem {
    let told: Vec<String> = without.iter().map(|tracker| format!("{} ({})", tracker.name(), tracker.kind())).collect();
    let error = Error::unsupported(format!("there are no queues on {}", told.join(", ")));
    Problem { error, next: ListQueues::instead().into_iter().collect() }
}

/// What the trackers answered.
struct All<'a> {
    answered: &'a [(Arc<dyn Tracker>, Queues)],
}

/// A row that may be left out: by tracker, and its place there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    Worker { tracker: usize, worker: usize },
    Waiting { tracker: usize, queue: usize, position: usize },
}

impl All<'_> {
    /// All rows on workers and waiting jobs, what matters most first: the front of each queue, workers, then what waits
    /// behind.
    fn items(&self) -> Vec<Item> {
        let mut items: Vec<(usize, Item)> = Vec::new();
        for (tracker, (_, answer)) in self.answered.iter().enumerate() {
            items.extend((0..answer.workers.len()).map(|worker| (FRONT, Item::Worker { tracker, worker })));
            for (queue, one) in answer.queues.iter().enumerate() {
                let row = |position| {
                    let rank = if position < FRONT { position } else { position + 1 };
                    (rank, Item::Waiting { tracker, queue, position })
                };
                items.extend((0..one.waiting.len()).map(row));
            }
        }
        items.sort_by_key(|(rank, _)| *rank);
        items.into_iter().map(|(_, item)| item).collect()
    }

    fn page(&self, shown: &[Item]) -> Answer {
        let several = self.answered.len() > 1;
        let (mut queues, mut waiting, mut workers) = (Vec::new(), Vec::new(), Vec::new());
        let mut left_out = Vec::new();
        for (tracker, (home, answer)) in self.answered.iter().enumerate() {
            let name = home.name();
            for (at, queue) in answer.queues.iter().enumerate() {
                queues.push(self.queue(name, answer, queue));
                let is_shown = |position| shown.contains(&Item::Waiting { tracker, queue: at, position });
                let rows = queue.waiting.iter().enumerate().filter(|(position, _)| is_shown(*position));
                let before = waiting.len();
                waiting.extend(rows.map(|(position, job)| job_row(name, queue, position, job)));
                let missing = queue.waiting.len() - (waiting.len() - before);
                if missing > 0 {
                    let (of, queue) = (queue.waiting.len(), one_line(&queue.name, 60));
                    left_out.push(format!("{missing} of the {of} that wait in '{queue}' are not listed"));
                }
            }
            let is_shown = |worker| shown.contains(&Item::Worker { tracker, worker });
            let rows = answer.workers.iter().enumerate().filter(|(at, _)| is_shown(*at));
            let before = workers.len();
            workers.extend(rows.map(|(_, worker)| worker_row(name, answer, worker)));
            let missing = answer.workers.len() - (workers.len() - before);
            if missing > 0 {
                left_out.push(format!(
                    "{missing} of {} workers of {name} are not listed; the queues count all",
                    answer.workers.len()
                ));
            }
        }
        if left_out.iter().any(|note| note.contains("that wait in")) {
            left_out.push(format!(
                "all that wait: search_runs {}",
                json!({"status": ["queued"], "order_by": "created asc"})
            ));
        }
        let columns = |names: &[&str]| names.iter().map(|name| Column::new(*name)).collect();
        let notes = self.answered.iter().flat_map(|(home, answer)| {
            answer.notes.iter().map(move |note| if several { format!("{}: {note}", home.name()) } else { note.clone() })
        });
        Answer::new()
            .table("queues", columns(&["queue", "tracker", "waiting", "workers", "busy", "state", "tags"]), queues)
            .table("waiting", columns(&["queue", "position", "run", "name", "since"]), waiting)
            .table(
                "workers",
                columns(&[
                    "worker",
                    "tracker",
                    "host",
                    "user",
                    "queues",
                    "state",
                    "run",
                    "name",
                    "project",
                    "running_for",
                    "last_iteration",
                    "gpu_percent",
                    "gpu_memory_mb",
                    "cpu_percent",
                    "seen",
                    "tags",
                ]),
                workers,
            )
            .fact("queues_total", self.answered.iter().map(|(_, answer)| answer.queues.len()).sum::<usize>())
            .fact(
                "waiting_total",
                self.answered
                    .iter()
                    .flat_map(|(_, answer)| &answer.queues)
                    .map(|queue| queue.waiting.len())
                    .sum::<usize>(),
            )
            .fact("workers_total", self.answered.iter().map(|(_, answer)| answer.workers.len()).sum::<usize>())
            .notes(left_out)
            .notes(notes)
    }

    fn queue(&self, tracker: &str, answer: &Queues, queue: &Queue) -> Vec<Cell> {
        let serving: Vec<&Worker> = answer.workers.iter().filter(|worker| worker.queues.contains(&queue.id)).collect();
        let busy = serving.iter().filter(|worker| worker.job.is_some()).count();
        vec![
            Cell::foreign(&queue.name),
            Cell::text(tracker),
            Cell::from(queue.waiting.len()),
            Cell::from(serving.len()),
            Cell::from(busy),
            Cell::text(state(queue.waiting.len(), serving.len(), busy)),
            words(&queue.tags),
        ]
    }
}

/// Why what waits in a queue does not start.
fn state(waiting: usize, workers: usize, busy: usize) -> String {
    let wait = if waiting == 0 { "nothing waits" } else { "jobs wait" };
    let served = match (workers, busy) {
        (0, _) if waiting == 0 => "no worker serves this queue".to_owned(),
        (0, _) => "no worker serves this queue: nothing in it starts until one does".to_owned(),
        (1, 1) => "its worker is busy".to_owned(),
        (all, busy) if all == busy => format!("all its {all} workers are busy"),
        (_, 0) => "its workers are idle".to_owned(),
        (all, busy) => format!("{} of its {all} workers idle", all - busy),
    };
    format!("{wait}; {served}")
}

fn job_row(tracker: &str, queue: &Queue, position: usize, job: &WaitingJob) -> Vec<Cell> {
    vec![
        Cell::foreign(&queue.name),
        Cell::from(position + 1),
        Cell::text(format!("{tracker}:{}", job.run)),
        Cell::from(job.name.as_deref().map(Cell::foreign)),
        Cell::from(job.since),
    ]
}

fn worker_row(tracker: &str, answer: &Queues, worker: &Worker) -> Vec<Cell> {
    let served = worker.queues.iter().map(|id| {
        let queue = answer.queues.iter().find(|queue| queue.id == *id);
        Cell::foreign(queue.map_or(id, |queue| &queue.name))
    });
    let job = worker.job.as_ref();
    vec![
        Cell::foreign(&worker.id),
        Cell::text(tracker),
        Cell::from(worker.host.as_deref().map(Cell::foreign)),
        Cell::from(worker.user.as_deref().map(Cell::foreign)),
        Cell::List(served.collect()),
        Cell::text(if job.is_some() { "busy" } else { "idle" }),
        Cell::from(job.map(|job| Cell::text(format!("{tracker}:{}", job.run)))),
        Cell::from(job.and_then(|job| job.name.as_deref()).map(Cell::foreign)),
        Cell::from(job.and_then(|job| job.project.as_deref()).map(Cell::foreign)),
        Cell::from(job.and_then(|job| job.running_for)),
        Cell::from(job.and_then(|job| job.last_iteration)),
        Cell::from(worker.load.gpu_percent),
        Cell::from(worker.load.gpu_memory_mb),
        Cell::from(worker.load.cpu_percent),
        Cell::from(worker.seen),
        words(&worker.tags),
    ]
}

fn words(tags: &[String]) -> Cell {
    let tags: BTreeSet<&String> = tags.iter().collect();
    Cell::List(tags.into_iter().take(TAGS).map(|tag| Cell::foreign(tag)).collect())
}

#[cfg(test)]
mod tests;

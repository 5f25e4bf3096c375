//! Queues and workers: one question for each, and one for what the workers' machines report.

use std::collections::HashSet;

use async_trait::async_trait;
use jiff::SignedDuration;

use crate::model::{PlaceInQueue, Queues, RunId, Worker};
use crate::{Call, ErrorKind, Result, TrackerQueues};

use super::ClearMl;
use super::api::{Api, PAGE};
use super::api_queues::INTERVAL;
use super::wire_queues::{WireEntry, WireQueue, WireWorker};

/// Workers whose statistics the server tells at once.
const TOLD: usize = 10;

#[async_trait]
impl TrackerQueues for ClearMl {
    async fn queues(&self, call: &Call) -> Result<Queues> {
        let (queues, workers) = futures::join!(self.api.queues(call), self.api.workers(call));
        let (queues, workers) = (queues?, workers?);
        let mut notes = Vec::new();
        if queues.len() >= PAGE {
            notes.push(format!("only the first {} queues are read", queues.len()));
        }
        let mut workers: Vec<Worker> = workers.into_iter().map(WireWorker::into_worker).collect();
        workers.sort_by(|a, b| a.id.cmp(&b.id));
        notes.extend(add_loads(&self.api, call, &mut workers).await?);
        Ok(Queues { queues: queues.into_iter().map(WireQueue::into_queue).collect(), workers, notes })
    }

    async fn places(&self, call: &Call, runs: &[RunId]) -> Result<Vec<PlaceInQueue>> {
        let wanted: HashSet<&str> = runs.iter().map(RunId::as_str).collect();
        let queues = self.api.queues(call).await?;
        Ok(queues.into_iter().flat_map(|queue| places(queue, &wanted)).collect())
    }
}

/// Where these tasks stand in a queue.
fn places(queue: WireQueue, wanted: &HashSet<&str>) -> Vec<PlaceInQueue> {
    let name = queue.shown_name().to_owned();
    let workers = queue.workers.len();
    let busy = queue.workers.iter().filter(|worker| worker.is_busy()).count();
    let waiting = queue.entries.len();
    let asked = |entry: &WireEntry| entry.task().is_some_and(|task| wanted.contains(task));
    let place = |(at, entry): (usize, WireEntry)| {
        let job = entry.into_job()?;
        let queue = name.clone();
        Some(PlaceInQueue { run: job.run, queue, position: at + 1, waiting, since: job.since, workers, busy })
    };
    queue.entries.into_iter().enumerate().filter(|(_, entry)| asked(entry)).filter_map(place).collect()
}

/// Adds what the workers' machines report, of those that were heard of lately: the server fills gaps with zeros. That a
/// server has no statistics is no reason to tell nothing.
async fn add_loads(api: &Api, call: &Call, workers: &mut [Worker]) -> Result<Option<String>> {
    // The server's clock made both times; ours may be another.
    let Some(now) = workers.iter().filter_map(|worker| worker.seen).max() else { return Ok(None) };
    let is_current = |worker: &Worker| {
        worker.seen.is_some_and(|seen| now.duration_since(seen) <= SignedDuration::from_secs(INTERVAL))
    };
    let mut current: Vec<&mut Worker> = workers.iter_mut().filter(|worker| is_current(worker)).collect();
    // Those at work first: how busy they are is the question.
    current.sort_by_key(|worker| worker.job.is_none());
    let left_out = current.len().saturating_sub(TOLD);
    let ids: Vec<&str> = current.iter().take(TOLD).map(|worker| worker.id.as_str()).collect();
    let mut loads = match api.worker_statistics(call, &ids, now).await {
        Ok(statistics) => statistics.into_loads(),
        Err(error) if error.kind == ErrorKind::Cancelled => return Err(error),
        Err(error) => return Ok(Some(format!("how busy the machines are was not told: {error}"))),
    };
    for worker in current.into_iter().take(TOLD) {
        worker.load = loads.remove(&worker.id).unwrap_or_default();
    }
    Ok((left_out > 0).then(|| format!("how busy the machine is was read of {TOLD} workers, not of {left_out} others")))
}

//! Work in the memory tracker: runs that change from look to look, queues, and launched jobs.

use std::borrow::Cow;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use backends::model::{Job, PlaceInQueue, Queues, Run, RunId};
use backends::{Call, Error, Result, TrackerJobs, TrackerQueues};

use super::MemoryTracker;

/// What a question for runs by their ids finds.
#[derive(Clone)]
pub(crate) enum Stage {
    /// These runs.
    Runs(Vec<Run>),
    /// Nobody who answers.
    Down,
}

impl MemoryTracker {
    /// The first question for runs by their ids finds the first stage, and so on; the last one lasts.
    pub(crate) fn with_stages(mut self, stages: Vec<Stage>) -> Self {
        self.stages = stages;
        self
    }

    /// One that has queues and workers.
    pub(crate) fn with_queues(mut self, queues: Queues) -> Self {
        self.queued = Some(queues);
        self
    }

    /// One that launches jobs; the first question for a job finds the first, and so on; the last one lasts.
    pub(crate) fn with_job(mut self, states: Vec<Job>) -> Self {
        self.launched = states;
        self
    }

    /// The runs at the question of this number.
    pub(super) fn at_look(&self, number: usize) -> Result<Cow<'_, [Run]>> {
        match self.stages.get(number).or(self.stages.last()) {
            Some(Stage::Runs(runs)) => Ok(Cow::Borrowed(runs)),
            Some(Stage::Down) => Err(Error::unavailable("nobody answers at http://lab")),
            None => Ok(Cow::Borrowed(&self.runs)),
        }
    }
}

#[async_trait]
impl TrackerQueues for MemoryTracker {
    async fn queues(&self, _: &Call) -> Result<Queues> {
        self.searches.fetch_add(1, Ordering::Relaxed);
        Ok(self.queued.clone().unwrap_or_default())
    }

    async fn places(&self, _: &Call, runs: &[RunId]) -> Result<Vec<PlaceInQueue>> {
        self.searches.fetch_add(1, Ordering::Relaxed);
        let mut places = Vec::new();
        let Some(queued) = &self.queued else { return Ok(places) };
        for queue in &queued.queues {
            let serving = || queued.workers.iter().filter(|worker| worker.queues.contains(&queue.id));
            for (at, job) in queue.waiting.iter().enumerate().filter(|(_, job)| runs.contains(&job.run)) {
                places.push(PlaceInQueue {
                    run: job.run.clone(),
                    queue: queue.name.clone(),
                    position: at + 1,
                    waiting: queue.waiting.len(),
                    since: job.since,
                    workers: serving().count(),
                    busy: serving().filter(|worker| worker.job.is_some()).count(),
                });
            }
        }
        Ok(places)
    }
}

#[async_trait]
impl TrackerJobs for MemoryTracker {
    async fn job(&self, _: &Call, id: &str) -> Result<Job> {
        let number = self.namings.fetch_add(1, Ordering::Relaxed);
        let job = self.launched.get(number).or(self.launched.last());
        job.filter(|job| job.id == id).cloned().ok_or_else(|| Error::not_found(format!("no job run {id}")))
    }
}

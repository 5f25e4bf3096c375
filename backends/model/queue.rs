//! Queues of jobs that wait for a worker, and the workers.

use jiff::{SignedDuration, Timestamp};

use super::RunId;

/// A queue, with what waits in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// The tracker's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Words that people put on it.
    pub tags: Vec<String>,
    /// All jobs that wait in it, the next one first.
    pub waiting: Vec<WaitingJob>,
}

/// A job that waits in a queue: the run that it will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingJob {
    /// The run.
    pub run: RunId,
    /// Its name, if the run is still there.
    pub name: Option<String>,
    /// Since when it waits.
    pub since: Option<Timestamp>,
}

/// Something that takes jobs from queues and executes them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Worker {
    /// What it calls itself: the machine, and often what of it (`host:gpu0`).
    pub id: String,
    /// The address that it reports from.
    pub host: Option<String>,
    /// On whose behalf it works.
    pub user: Option<String>,
    /// Words that people put on it.
    pub tags: Vec<String>,
    /// The ids of the queues that it serves, in the order in which it looks into them.
    pub queues: Vec<String>,
    /// What it executes; without a job it is idle.
    pub job: Option<RunningJob>,
    /// When it was last heard of.
    pub seen: Option<Timestamp>,
    /// How busy its machine is, as far as it reported that.
    pub load: Load,
}

/// A job at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningJob {
    /// The run.
    pub run: RunId,
    /// Its name, if it is told.
    pub name: Option<String>,
    /// The name of the run's project, if it is told.
    pub project: Option<String>,
    /// From its start up to its last report.
    pub running_for: Option<SignedDuration>,
    /// The iteration that it reported last.
    pub last_iteration: Option<i64>,
}

/// How busy a machine is: means of the last minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// Of its GPUs, in percent.
    pub gpu_percent: Option<f64>,
    /// Memory in use of a GPU, in MB.
    pub gpu_memory_mb: Option<f64>,
    /// Of its processors, in percent.
    pub cpu_percent: Option<f64>,
}

/// All queues of a tracker and all its workers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queues {
    /// The queues, by name.
    pub queues: Vec<Queue>,
    /// The workers that are alive, by id.
    pub workers: Vec<Worker>,
    /// What could not be had, as sentences for the reader.
    pub notes: Vec<String>,
}

/// Where a run waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceInQueue {
    /// The run.
    pub run: RunId,
    /// The queue's name.
    pub queue: String,
    /// Its place, from 1.
    pub position: usize,
    /// How many wait in the queue, this one too.
    pub waiting: usize,
    /// Since when it waits.
    pub since: Option<Timestamp>,
    /// Workers that serve the queue.
    pub workers: usize,
    /// Those of them that are at work.
    pub busy: usize,
}

//! ClearML's queues and workers as JSON, field for field (API 2.31, recorded on server 2.0.0).

use std::collections::HashMap;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::model::{Load, Queue, RunId, RunningJob, WaitingJob, Worker};

use super::wire::Linked;
use super::wire_values::{Moment, Number};

/// What agents report of a machine: in percent, but memory in MB.
const GPU: &str = "gpu_usage";
const GPU_MEMORY: &str = "gpu_memory_used";
const CPU: &str = "cpu_usage";
/// All that is asked for.
pub(super) const STATISTICS: [&str; 3] = [GPU, GPU_MEMORY, CPU];

/// Answer of `queues.get_all_ex`.
#[derive(Debug, Deserialize)]
pub(super) struct WireQueues {
    pub(super) queues: Vec<WireQueue>,
}

/// A queue, with its entries in order.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireQueue {
    id: String,
    name: String,
    /// The name that people see, where that is another.
    display_name: Option<String>,
    tags: Vec<String>,
    pub(super) entries: Vec<WireEntry>,
    /// Those that serve it.
    pub(super) workers: Vec<QueueWorker>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WireEntry {
    task: Option<Linked>,
    added: Option<Moment>,
}

/// A worker as its queue has it.
#[derive(Debug, Deserialize)]
pub(super) struct QueueWorker {
    #[serde(default)]
    task: Option<Linked>,
}

impl QueueWorker {
    /// Whether it is at work.
    pub(super) fn is_busy(&self) -> bool {
        self.task.as_ref().and_then(Linked::id).is_some()
    }
}

impl WireEntry {
    /// The task that waits.
    pub(super) fn task(&self) -> Option<&str> {
        self.task.as_ref().and_then(Linked::id)
    }

    /// Our model of it; `None` where the task is gone.
    pub(super) fn into_job(self) -> Option<WaitingJob> {
        let task = self.task?;
        Some(WaitingJob {
            run: RunId::new(task.id()?),
            name: task.name().map(ToOwned::to_owned),
            since: self.added.and_then(Moment::time),
        })
    }
}

impl WireQueue {
    /// The name that people see.
    pub(super) fn shown_name(&self) -> &str {
        self.display_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.name)
    }

    /// Our model of it.
    pub(super) fn into_queue(self) -> Queue {
        Queue {
            name: self.shown_name().to_owned(),
            id: self.id,
            tags: self.tags,
            waiting: self.entries.into_iter().filter_map(WireEntry::into_job).collect(),
        }
    }
}

/// Answer of `workers.get_all`.
#[derive(Debug, Deserialize)]
pub(super) struct WireWorkers {
    pub(super) workers: Vec<WireWorker>,
}

/// A worker: an agent, or one of several on a machine.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireWorker {
    pub(super) id: String,
    ip: Option<String>,
    user: Option<Linked>,
    tags: Vec<String>,
    queues: Vec<Linked>,
    task: Option<CurrentTask>,
    project: Option<Linked>,
    last_activity_time: Option<Moment>,
}

#[derive(Debug, Deserialize)]
struct CurrentTask {
    id: String,
    name: Option<String>,
    /// In milliseconds.
    running_time: Option<i64>,
    last_iteration: Option<i64>,
}

impl WireWorker {
    /// Our model of it.
    pub(super) fn into_worker(self) -> Worker {
        let name = |linked: &Linked| linked.name().filter(|name| !name.is_empty()).map(ToOwned::to_owned);
        let project = self.project.as_ref().and_then(name);
        Worker {
            host: self.ip.filter(|ip| !ip.is_empty()),
            user: self.user.as_ref().and_then(name),
            tags: self.tags,
            queues: self.queues.iter().filter_map(Linked::id).map(ToOwned::to_owned).collect(),
            job: self.task.filter(|task| !task.id.is_empty()).map(|task| task.into_job(project)),
            seen: self.last_activity_time.and_then(Moment::time),
            load: Load::default(),
            id: self.id,
        }
    }
}

impl CurrentTask {
    fn into_job(self, project: Option<String>) -> RunningJob {
        RunningJob {
            run: RunId::new(self.id),
            name: self.name,
            project,
            // What never reported has been running for nothing.
            running_for: self.running_time.filter(|time| *time > 0).map(SignedDuration::from_millis),
            last_iteration: self.last_iteration,
        }
    }
}

/// Answer of `workers.get_stats`: by worker and metric, a mean for each interval, the last of them last.
#[derive(Debug, Deserialize)]
pub(super) struct WireStatistics {
    workers: Vec<WorkerStatistics>,
}

#[derive(Debug, Deserialize)]
struct WorkerStatistics {
    worker: String,
    #[serde(default)]
    metrics: Vec<MetricStatistics>,
}

#[derive(Debug, Deserialize)]
struct MetricStatistics {
    metric: String,
    #[serde(default)]
    stats: Vec<Means>,
}

#[derive(Debug, Deserialize)]
struct Means {
    #[serde(default)]
    values: Vec<Option<Number>>,
}

impl WireStatistics {
    /// How busy each machine was in the last interval, by worker.
    pub(super) fn into_loads(self) -> HashMap<String, Load> {
        self.workers.into_iter().map(|worker| (worker.worker, load(&worker.metrics))).collect()
    }
}

fn load(metrics: &[MetricStatistics]) -> Load {
    let last = |name: &str| {
        let one = metrics.iter().find(|one| one.metric == name)?;
        one.stats.first()?.values.last()?.map(|Number(value)| value)
    };
    Load { gpu_percent: last(GPU), gpu_memory_mb: last(GPU_MEMORY), cpu_percent: last(CPU) }
}

//! The questions for queues and workers.

use jiff::Timestamp;
use serde_json::json;

use crate::{Call, Result};

use super::api::Api;
use super::wire_queues::{STATISTICS, WireQueue, WireQueues, WireStatistics, WireWorker, WireWorkers};

/// The interval that one mean is over, in seconds.
pub(super) const INTERVAL: i64 = 120;
/// How far back statistics are asked for, in seconds: the server leaves the interval out that is not over.
const BACK: i64 = 3 * INTERVAL;

impl Api {
    /// `queues.get_all_ex`: all queues, hidden ones too, with all their entries in order. `max_task_entries` is not sent:
    /// what it cuts off is counted nowhere.
    pub(super) async fn queues(&self, call: &Call) -> Result<Vec<WireQueue>> {
        let body = json!({"search_hidden": true, "order_by": ["name"]});
        let WireQueues { queues } = self.ask(call, "queues.get_all_ex", &body).await?;
        Ok(queues)
    }

    /// `workers.get_all`: those that are registered and were heard of within the hour.
    pub(super) async fn workers(&self, call: &Call) -> Result<Vec<WireWorker>> {
        let WireWorkers { workers } = self.ask(call, "workers.get_all", &json!({"last_seen": 3600})).await?;
        Ok(workers)
    }

    /// `workers.get_stats`: means of what agents reported of the machines of these workers (at least one) up to now. The
    /// server tells no more than ten workers.
    pub(super) async fn worker_statistics(
        &self,
        call: &Call,
        workers: &[&str],
        now: Timestamp,
    ) -> Result<WireStatistics> {
        let items = STATISTICS.map(|key| json!({"key": key, "aggregation": "avg"}));
        let now = now.as_second();
        let body = json!({
            "worker_ids": workers,
            "from_date": now - BACK,
            "to_date": now,
            "interval": INTERVAL,
            "items": items,
        });
        self.ask(call, "workers.get_stats", &body).await
    }
}

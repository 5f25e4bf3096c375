//! Queues of jobs, and the workers that serve them.

use async_trait::async_trait;

use crate::model::{PlaceInQueue, Queues, RunId};
use crate::{Call, Result};

/// The side of a tracker that knows queues. Every method is one question.
#[async_trait]
pub trait TrackerQueues: Send + Sync {
    /// All queues with all that waits in them, and all workers that are alive: at most 3 requests.
    async fn queues(&self, call: &Call) -> Result<Queues>;

    /// Where these runs wait, hidden queues too: 1 request. Those that wait nowhere are left out.
    async fn places(&self, call: &Call, runs: &[RunId]) -> Result<Vec<PlaceInQueue>>;
}

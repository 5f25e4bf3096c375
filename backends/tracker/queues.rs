//! Queues of jobs, and the workers that serve them.

use async_trait::async_trait;

/// The side of a tracker that knows queues. Every method is one question.
#[async_trait]
pub trait TrackerQueues: Send + Sync {}

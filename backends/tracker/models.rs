//! Models: registered ones with versions, and those that runs logged.

use async_trait::async_trait;

/// The side of a tracker that knows models. Every method is one question.
#[async_trait]
pub trait TrackerModels: Send + Sync {}

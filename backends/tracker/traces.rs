//! Traces of GenAI applications: trees of spans with inputs, outputs, times and costs.

use async_trait::async_trait;

/// The side of a tracker that knows traces. Every method is one question.
#[async_trait]
pub trait TrackerTraces: Send + Sync {}

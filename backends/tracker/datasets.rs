//! Datasets: what runs were trained and evaluated on, with versions, sizes and lineage.

use async_trait::async_trait;

/// The side of a tracker that knows datasets. Every method is one question.
#[async_trait]
pub trait TrackerDatasets: Send + Sync {}

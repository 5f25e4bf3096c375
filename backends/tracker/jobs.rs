//! Jobs that are launched apart from runs, and lead to the runs that they log.

use async_trait::async_trait;

use crate::model::Job;
use crate::{Call, Result};

/// The side of a tracker that knows launched jobs. Every method is one question.
#[async_trait]
pub trait TrackerJobs: Send + Sync {
    /// The job of this number, with the runs that it logged: 2 requests, and one more for each of its tasks up to 3.
    ///
    /// # Errors
    /// *Not found* if there is none.
    async fn job(&self, call: &Call, id: &str) -> Result<Job>;
}

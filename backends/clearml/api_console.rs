//! The question about what a task wrote to its console.

use crate::model::{ConsoleRange, RunId};
use crate::{Call, Result};

use super::api::Api;
use super::wire_console::{Log, question};

impl Api {
    /// `events.get_task_log`: about so many of the first or last events of a console.
    pub(super) async fn log(&self, call: &Call, run: &RunId, range: ConsoleRange, most: usize) -> Result<Log> {
        self.ask(call, "events.get_task_log", &question(run.as_str(), range, most)).await
    }
}

//! What a task wrote to its console.

use crate::model::{Console, ConsoleRange, RunId};
use crate::{Call, Result};

use super::api::Api;

/// Events that are asked for at once at most: the server refuses more than 10,000.
const MOST: usize = 5_000;

pub(super) async fn read(api: &Api, call: &Call, run: &RunId, range: ConsoleRange, most: usize) -> Result<Console> {
    let most = most.clamp(1, MOST);
    let log = api.log(call, run, range, most).await?;
    let more = log.len() >= most;
    Ok(Console { messages: log.messages(), more })
}

//! `tracker-mcp call`

use std::process::ExitCode;
use std::sync::Arc;

use backends::Call;
use backends::call::Clock;
use serde_json::{Map, Value};

use super::print;
use crate::config::Config;
use crate::dispatch;

/// Calls one tool and prints its answer: the text, or what programs get.
pub(super) async fn call(
    config: Config,
    clock: Arc<dyn Clock>,
    tool: &str,
    arguments: &str,
    as_json: bool,
) -> Result<ExitCode, String> {
    let arguments: Map<String, Value> = serde_json::from_str(arguments).map_err(|error| {
        format!("the arguments are not a JSON object ({error}); write e.g. '{{\"query\": \"resnet\"}}'")
    })?;
    let Config { trackers, policy, allowance, .. } = config;
    // The same caller as over stdio: cursors may be passed from one to the other.
    let call = Call::new("stdio", clock).with_allowance(allowance);
    let reply = dispatch::call(policy, Arc::clone(&trackers), call, tool, arguments).await;
    let reply = reply.ok_or_else(|| dispatch::unknown_tool(policy, &trackers, tool))?;
    if reply.is_error {
        return Err(reply.text);
    }
    match reply.structured {
        Some(structured) if as_json => print(&structured.to_string()),
        _ => print(&reply.text),
    }
    Ok(ExitCode::SUCCESS)
}

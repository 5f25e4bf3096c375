//! `tracker-mcp tools`

use std::process::ExitCode;
use std::sync::Arc;

use backends::call::Clock;
use serde_json::json;

use super::print;
use crate::config::Config;
use crate::server::Server;

/// Shows the tools: as clients get them, or a line each.
pub(super) fn show(config: Config, clock: Arc<dyn Clock>, as_json: bool) -> Result<ExitCode, String> {
    let tools = Server::new(config, clock).tools().map_err(|error| error.message)?;
    if as_json {
        print(&json!({ "tools": tools }).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let width = tools.iter().map(|tool| tool.name.len()).max().unwrap_or_default();
    for tool in &tools {
        print(&format!("{:width$}  {}", tool.name, tool.description.as_deref().unwrap_or_default()));
    }
    Ok(ExitCode::SUCCESS)
}

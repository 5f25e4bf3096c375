//! `tracker-mcp doctor`

use std::process::ExitCode;
use std::sync::Arc;

use backends::Call;
use backends::call::Clock;
use serde_json::Map;

use super::print;
use crate::config::Config;
use crate::dispatch;
use crate::render::redact;

/// Shows every setting with its source, then asks each tracker how it is. Fails if one is not usable.
pub(super) async fn check(config: Config, clock: Arc<dyn Clock>) -> Result<ExitCode, String> {
    let Config { trackers, policy, .. } = config;
    for tracker in trackers.all() {
        print(&format!("tracker {} ({})", tracker.name, tracker.kind));
        for setting in &tracker.settings {
            // A plain value may be an address with a password in it.
            print(&redact(&format!("  {} = {}  ({})", setting.key, setting.value, setting.source)));
        }
        for warning in &tracker.warnings {
            print(&redact(&format!("  warning: {warning}")));
        }
        print("");
    }
    let call = Call::new("stdio", clock);
    let reply = dispatch::call(policy, Arc::clone(&trackers), call, "list_trackers", Map::new()).await;
    let reply = reply.ok_or("list_trackers is not offered")?;
    if reply.is_error {
        return Err(reply.text);
    }
    print(&reply.text);
    let usable = reply.structured.as_ref().is_some_and(all_reachable);
    Ok(if usable { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn all_reachable(answer: &serde_json::Value) -> bool {
    let Some(table) = answer.get("trackers") else { return false };
    let columns = table.get("columns").and_then(|columns| columns.as_array());
    let at = columns.and_then(|columns| columns.iter().position(|column| column == "reachable"));
    let rows = table.get("rows").and_then(|rows| rows.as_array());
    match (at, rows) {
        (Some(at), Some(rows)) => rows.iter().all(|row| row.get(at) == Some(&serde_json::Value::Bool(true))),
        _ => false,
    }
}

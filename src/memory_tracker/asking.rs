//! Asking a tool as a client does, and reading what it answers.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::MemoryTracker;
use crate::dispatch::{self, Reply};
use crate::policy::Policy;

/// Calls a tool as a client does.
pub(crate) async fn ask(trackers: Vec<Arc<MemoryTracker>>, tool: &str, arguments: Value) -> Reply {
    let trackers = super::trackers(trackers);
    let arguments: Map<String, Value> = arguments.as_object().cloned().unwrap_or_default();
    dispatch::call(Policy::default(), Arc::new(trackers), super::call(), tool, arguments).await.unwrap()
}

/// The structured answer of a call that must end well.
pub(crate) async fn answer(tracker: MemoryTracker, tool: &str, arguments: Value) -> Value {
    let reply = ask(vec![Arc::new(tracker)], tool, arguments).await;
    assert!(!reply.is_error, "{}", reply.text);
    reply.structured.unwrap()
}

/// What was said to a call that must be refused.
pub(crate) async fn refusal(tracker: MemoryTracker, tool: &str, arguments: Value) -> String {
    let reply = ask(vec![Arc::new(tracker)], tool, arguments).await;
    assert!(reply.is_error, "{}", reply.text);
    reply.text
}

/// The rows of a table, each as an object.
pub(crate) fn rows(answer: &Value, table: &str) -> Vec<Map<String, Value>> {
    let columns: Vec<String> = serde_json::from_value(answer[table]["columns"].clone()).unwrap_or_default();
    let rows: Vec<Vec<Value>> = serde_json::from_value(answer[table]["rows"].clone()).unwrap_or_default();
    rows.into_iter().map(|row| columns.iter().cloned().zip(row).collect()).collect()
}

/// All notes of an answer.
pub(crate) fn notes(answer: &Value) -> String {
    serde_json::from_value::<Vec<String>>(answer["notes"].clone()).unwrap_or_default().join("\n")
}

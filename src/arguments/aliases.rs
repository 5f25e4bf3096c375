//! Names that models know from other tools, and which of ours they mean.

use serde_json::{Map, Value};

/// Foreign names, and ours in the order of preference: the first that the tool has is meant.
const ALIASES: &[(&[&str], &[&str])] = &[
    (&["run_ids", "task_ids"], &["runs", "run"]),
    (&["run_id", "task_id"], &["run", "runs"]),
    (&["experiment_ids"], &["projects", "project"]),
    (&["experiment", "experiment_id", "experiment_name", "project_name", "project_id"], &["project", "projects"]),
    (&["metric_name", "metric_key"], &["metric", "metrics"]),
    (&["artifact_path"], &["path"]),
    (&["filter_string"], &["filter"]),
    (&["max_results", "top"], &["limit"]),
    (&["page_token"], &["cursor"]),
    (&["dataset_ids"], &["datasets"]),
    (&["model_name"], &["models"]),
    (&["trace_id", "request_id"], &["trace"]),
    (&["extract_fields"], &["fields"]),
    (&["span_id"], &["span"]),
];

/// The argument of a tool that a foreign name means.
pub(super) fn meaning(written: &str, properties: &Map<String, Value>) -> Option<&'static str> {
    let (_, ours) = ALIASES.iter().find(|(foreign, _)| foreign.contains(&written))?;
    ours.iter().copied().find(|name| properties.contains_key(*name))
}

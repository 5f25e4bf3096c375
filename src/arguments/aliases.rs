//! Names that models know from other tools, and which of ours they mean.

use serde_json::{Map, Value};

/// Foreign names, and ours in the order of preference: the first that the tool has is meant.
const ALIASES: &[(&[&str], &[&str])] = &[
    (&["run_ids", "task_ids"], &["runs", "run"]),
    (&["run_id", "task_id"], &["run", "runs"]),
    (&["experiments", "experiment_ids", "experiment_names"], &["projects", "project"]),
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

/// The argument of a tool that a foreign name means: by the table, or one that is only written as several, or several as one.
pub(super) fn meaning<'a>(written: &str, properties: &'a Map<String, Value>) -> Option<&'a str> {
    let of_tool = |name: &str| properties.get_key_value(name).map(|(name, _)| name.as_str());
    let foreign = ALIASES.iter().find(|(foreign, _)| foreign.contains(&written));
    let foreign = foreign.and_then(|(_, ours)| ours.iter().find_map(|name| of_tool(name)));
    foreign.or_else(|| of_tool(&format!("{written}s"))).or_else(|| of_tool(written.strip_suffix('s')?))
}

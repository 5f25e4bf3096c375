//! Every example of every tool's guide is a call that works.

use std::collections::BTreeSet;
use std::path::Path;

use backends::registry::KINDS;
use serde_json::{Map, Value, json};
use tracker_mcp::catalogue::{CATALOGUE, find};
use tracker_mcp::guide::Example;
use tracker_mcp::policy::opt_in;

use crate::conformance::{BACKENDS, Running};

/// All examples with their tool.
pub(crate) fn examples() -> Vec<(&'static str, Example)> {
    let of = |entry: &'static tracker_mcp::tool::Entry| {
        let examples = entry.guide().unwrap().examples().unwrap();
        examples.into_iter().map(|example| (entry.name, example))
    };
    CATALOGUE.iter().flat_map(of).collect()
}

/// The requests that a question may cost when the projects are known: the table of the catalogue.
fn promised(backend: &str, tool: &str, arguments: &Map<String, Value>) -> u64 {
    let texts =
        |name: &str| arguments.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    match tool {
        "get_guide" => 0,
        "list_trackers" => 2,
        // ClearML keeps the names of series apart from projects and runs.
        "get_project" if backend == "clearml" => 4,
        "list_projects" | "get_project" => 1,
        "search_runs" => {
            // One stream for what a filter says at once; a text, and a window of time, may mean several things.
            let streams = if arguments.contains_key("query") || arguments.contains_key("since") { 4 } else { 1 };
            // An order by a metric is filled up with the runs that have no finite value of it.
            let stages =
                arguments.get("order_by").and_then(Value::as_str).is_some_and(|order| order.starts_with("metrics."));
            // ClearML: what `val_f1` and `lr` mean is looked up, and kept for a minute.
            let names = if backend == "clearml" { 3 } else { 0 };
            names
                + streams
                + u64::from(stages)
                + texts("projects").filter(|project| project.ends_with("/*")).count() as u64
        }
        "get_runs" => {
            let looked_up = texts("runs").count() as u64;
            let parts =
                texts("include").filter(|part| ["artifacts", "models", "children"].contains(part)).count() as u64;
            1 + looked_up + parts
        }
        // One for the runs and one for each series: at most five metrics of at most three runs here.
        "get_metric_history" => 1 + 4 * texts("runs").count() as u64 + 15,
        // The run, the log or the folders above it, and each metric; many metrics come at once with ClearML.
        "diagnose_run" if backend == "clearml" => 1 + 6,
        "diagnose_run" => 1 + 10,
        // The run, the folder of logs, the log; where the end of a path is given, the folders above it too.
        "read_log" if arguments.contains_key("file") => 1 + 15,
        "read_log" => 1 + 3,
        // The values of bars, dots and sweeps come with the runs.
        "plot_metrics" if arguments.get("kind").is_some_and(|kind| kind != "curves") => {
            1 + 4 * texts("runs").count() as u64
        }
        "plot_metrics" => 1 + 4 * texts("runs").count() as u64 + 15,
        // One for each folder that is opened.
        "list_artifacts" => 1 + 10,
        // For each run the file, and the folders above it where only the end of its path is known.
        "read_artifact" => 1 + texts("runs").map(|run| if run.len() == 16 { 12 } else { 1 }).sum::<u64>() * 8,
        "compare_runs" => {
            let whole = ["artifact", "at_best_of"].iter().any(|name| arguments.contains_key(*name));
            let named = texts("runs").count() as u64 + u64::from(arguments.contains_key("baseline"));
            1 + 3 * named + if whole { 30 } else { 0 }
        }
        // Pages of candidates; the best value of each is in its history.
        "rank_runs" if arguments.get("at").is_some_and(|at| at == "best") => 2 + 60,
        "rank_runs" | "rank_params" => 3,
        // MLflow is asked by 20 experiments, and for evaluation datasets; ClearML's projects are looked up where some are named.
        "search_datasets" => 3 + texts("projects").filter(|project| project.ends_with("/*")).count() as u64,
        // ClearML: under which aliases runs use datasets is looked up, and kept for a minute.
        "get_datasets" => 3 + u64::from(backend == "clearml"),
        // Queues, workers, and how busy their machines are.
        "list_queues" => 3,
        // What the references mean, the runs themselves, and where they wait.
        "wait_for_runs" => 4 * texts("runs").count() as u64 + 2,
        "search_models" => 1,
        // ClearML: the models, the tasks that made them and those that use them. MLflow: the model, its versions, their
        // runs, and the file in which a single model says what it is.
        "get_models" => {
            if backend == "clearml" {
                3
            } else {
                4
            }
        }
        _ => panic!("how many requests does {tool} promise?"),
    }
}

/// Asks once for something that needs all projects.
async fn knows_the_projects(running: &Running) {
    running.asker.ask("get_project", json!({"project": "bench"})).await.answered();
}

/// Whether a kind of tracker knows the schemes of addresses in the arguments: only MLflow has `models:/`.
fn speaks(backend: &str, arguments: &Map<String, Value>) -> bool {
    let kind = KINDS.iter().find(|kind| kind.name == backend).unwrap();
    let foreign = KINDS.iter().flat_map(|other| other.schemes).filter(|scheme| !kind.schemes.contains(scheme));
    let text = Value::Object(arguments.clone()).to_string();
    !foreign.into_iter().any(|scheme| text.contains(&format!("\"{scheme}:/")))
}

#[tokio::test]
async fn every_example_is_answered_in_both_forms_and_within_its_requests() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        knows_the_projects(&running).await;
        // Those of the toolsets that are off are run in `traces.rs`.
        let here = |tool: &str| {
            find(tool).is_some_and(|entry| opt_in(entry).is_none() && entry.offered_by(running.tracker.capabilities()))
        };
        for (tool, mut example) in examples().into_iter().filter(|(tool, _)| here(tool)) {
            if !speaks(backend.name, &example.arguments) {
                continue;
            }
            let most = promised(backend.name, tool, &example.arguments);
            if let Some(tracker) = example.arguments.get_mut("tracker") {
                *tracker = json!(running.tracker.name());
            }
            let asked = running.asker.ask(tool, Value::Object(example.arguments)).await;
            let requests = asked.requests;
            let answer = asked.answered();
            assert!(requests <= most, "{}: {}: {requests} requests, not {most}", running.name, answer.question);
            let found = &answer.structured;
            let filled = |value: &Value| match value {
                Value::Array(things) => !things.is_empty(),
                Value::Object(table) => table.get("rows").is_some_and(|rows| rows != &Value::Array(Vec::new())),
                other => !other.is_null(),
            };
            let parts = found.as_object().into_iter().flatten();
            let some =
                parts.filter(|(name, _)| *name != "notes" && *name != "returned").any(|(_, value)| filled(value));
            assert!(some, "{}: {} finds nothing: {}", running.name, answer.question, answer.text);
        }
    }
}

#[test]
fn every_argument_but_the_cursor_is_used_by_an_example() {
    for entry in CATALOGUE {
        let schema = Value::Object(entry.schema());
        let known: BTreeSet<&str> =
            schema["properties"].as_object().into_iter().flat_map(|all| all.keys()).map(String::as_str).collect();
        let examples = entry.guide().unwrap().examples().unwrap();
        let mut used: BTreeSet<&str> =
            examples.iter().flat_map(|example| example.arguments.keys()).map(String::as_str).collect();
        assert!(!used.contains("cursor"), "{}: an example cannot know a cursor", entry.name);
        used.extend(known.contains("cursor").then_some("cursor"));
        assert_eq!(used, known, "{}", entry.name);
    }
}

#[test]
fn the_guides_of_tools_are_those_of_the_catalogue() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("guides/tools");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.collect();
    let tools: BTreeSet<String> = CATALOGUE.iter().map(|entry| format!("{}.md", entry.name)).collect();
    assert_eq!(files, tools);
}

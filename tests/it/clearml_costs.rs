//! What questions about ClearML cost when the projects are known, beside what mcp_clearml 0.1.0 takes for them; and that
//! each field which that server documents is in an answer of ours.
//!
//! Its bytes are those of the answers that it gave on the same data (`tests/live/peers_clearml.py` asks it again, and
//! prints the table of docs/performance.md).

use serde_json::{Value, json};

use crate::asking::Answered;
use crate::conformance::{BACKENDS, Running};

/// A ClearML with the data, where we have signed in and know the projects.
pub(crate) async fn warm() -> Running {
    let backend = BACKENDS.iter().find(|backend| backend.name == "clearml").unwrap();
    let running = (backend.start)().await;
    running.asker.ask("get_project", json!({"project": "bench"})).await.answered();
    running
}

/// Asks, and holds the number of requests against what may be spent.
pub(crate) async fn within(requests: u64, running: &Running, tool: &str, arguments: Value) -> Answered {
    let asked = running.asker.ask(tool, arguments).await;
    assert!(asked.requests <= requests, "{}: {} requests, not {requests}", asked.question(), asked.requests);
    asked.answered()
}

/// Either form of the answer is at most a quarter of so many bytes.
fn is_a_quarter(answer: &Answered, theirs: usize) {
    for form in [&answer.text, &answer.structured.to_string()] {
        assert!(4 * form.len() <= theirs, "{}: {} bytes beside {theirs}", answer.question, form.len());
    }
}

const PROFILE: [&str; 5] = ["params", "metrics", "tags", "artifacts", "models"];

#[tokio::test]
async fn whole_profiles_of_twenty_six_tasks_cost_two_requests_and_a_quarter_of_the_bytes() {
    let running = warm().await;

    let chosen = within(2, &running, "get_runs", json!({"runs": ["last 26"], "include": PROFILE})).await;
    let references: Vec<&Value> = chosen.structured["runs"].as_array().unwrap().iter().map(|run| &run["run"]).collect();
    assert_eq!(references.len(), 26);
    // `get_tasks_full_info` of these: 130 requests.
    is_a_quarter(&chosen, 49_912);

    let named = within(1, &running, "get_runs", json!({"runs": references, "include": PROFILE})).await;
    assert_eq!(named.structured["runs"], chosen.structured["runs"]);
}

#[tokio::test]
async fn a_project_with_its_values_costs_one_request_and_a_quarter_of_the_bytes() {
    let running = warm().await;
    let columns = json!({"projects": ["bench"], "columns": ["params.*", "metrics.*"], "limit": 100});

    let answer = within(1, &running, "search_runs", columns).await;

    assert_eq!(answer.structured["returned"], 12);
    // `get_tasks_full_info_by_project`: 86 requests.
    is_a_quarter(&answer, 12_177);
}

#[tokio::test]
async fn the_counters_of_a_project_cost_one_request_and_all_about_it_four() {
    let running = warm().await;

    let counters = within(1, &running, "list_projects", json!({"query": "bench"})).await;
    let by_status = json!(["1 queued", "1 running", "8 finished", "1 failed", "1 stopped"]);
    assert_eq!(counters.column("projects", "runs"), [by_status]);

    within(4, &running, "get_project", json!({"project": "bench"})).await;
}

#[tokio::test]
async fn a_comparison_of_three_tasks_costs_one_request_and_a_quarter_of_the_bytes() {
    let running = warm().await;
    let runs = [0, 1, 2].map(|number| running.reference(&format!("bench.{number}")));

    let answer = within(1, &running, "compare_runs", json!({"runs": runs})).await;

    assert_eq!(answer.words("metrics", "metric"), ["accuracy/accuracy", "val/loss", "val_f1/val_f1"]);
    // `compare_tasks`: 15 requests.
    is_a_quarter(&answer, 6_466);
}

#[tokio::test]
async fn the_curves_of_twenty_tasks_cost_two_requests_and_words_that_choose_them_one_more() {
    let running = warm().await;
    let bench = (0..12).map(|number| format!("bench.{number}"));
    let seeds =
        ["small", "large"].into_iter().flat_map(|size| (0..3).map(move |seed| format!("compare.{size} seed {seed}")));
    let others = ["curves.spikes", "curves.resumed"].map(ToOwned::to_owned);
    let runs: Vec<String> = bench.chain(seeds).chain(others).map(|path| running.reference(&path)).collect();
    assert_eq!(runs.len(), 20);

    let named = within(2, &running, "get_metric_history", json!({"runs": runs, "metrics": ["accuracy"]})).await;
    assert_eq!(named.column("series", "run").len(), 12);

    let chosen = json!({"runs": ["last 20 in bench"], "metrics": ["accuracy"]});
    let chosen = within(3, &running, "get_metric_history", chosen).await;
    let sorted = |answer: &Answered| {
        let mut extremes: Vec<String> = answer.column("series", "max").iter().map(Value::to_string).collect();
        extremes.sort();
        extremes
    };
    assert_eq!(sorted(&chosen), sorted(&named));
}

/// Whether a fact, a section or a column of a table is called so, anywhere in an answer, and is not empty.
fn has(answer: &Value, name: &str) -> bool {
    match answer {
        Value::Object(parts) => {
            let columns = parts.get("columns").and_then(Value::as_array).into_iter().flatten();
            columns.into_iter().any(|column| column == name)
                || parts.iter().any(|(key, value)| key == name || has(value, name))
        }
        Value::Array(rows) => rows.iter().any(|row| has(row, name)),
        _ => false,
    }
}

#[tokio::test]
async fn every_field_that_mcp_clearml_documents_is_in_an_answer() {
    let running = warm().await;
    let run = |path: &str| running.reference(path);
    let dataset = format!("clearml:{}", running.server.id("datasets.mmlu abcd1235"));
    let core = ["created", "updated", "type", "user", "parent", "note"];
    let asked = [
        ("list_projects", json!({}), &["project", "name"][..]),
        ("list_projects", json!({"query": "resnet"}), &["project", "name"]),
        (
            "get_project",
            json!({"project": "bench"}),
            &["runs_counted", "by_status", "by_type", "by_user", "tags_used", "by_day"],
        ),
        (
            "get_runs",
            json!({"runs": [run("runs.child_0"), run("runs.parent")], "include": ["tags"]}),
            &["run", "name", "status", "type", "project", "user", "parent", "note"],
        ),
        (
            "get_runs",
            json!({"runs": [run("compare.candidate")], "include": PROFILE}),
            &[
                "params",
                "metric",
                "value",
                "min",
                "max",
                "count",
                "tags",
                "path",
                "kind",
                "content_type",
                "stored",
                "location",
                "model",
                "direction",
                "framework",
            ],
        ),
        (
            "search_runs",
            json!({"projects": ["lineage"], "columns": core}),
            &["run", "name", "status", "created", "updated", "type", "user", "parent", "note"],
        ),
        (
            "search_runs",
            json!({"projects": ["bench"], "columns": ["params.*", "metrics.*", "min.*", "max.*"]}),
            &["params.General/lr", "metrics.val/loss", "min.val/loss", "max.val/loss"],
        ),
        ("search_runs", json!({"query": "bench", "status": ["finished"], "tags": ["golden"]}), &["run", "name"]),
        (
            "compare_runs",
            json!({"runs": [run("compare.baseline"), run("compare.candidate")]}),
            &["runs", "project", "metrics", "params", "config"],
        ),
        ("search_runs", json!({"filter": "model ilike '%fraud%'", "columns": ["model"]}), &["run", "model"]),
        ("search_runs", json!({"filter": "dataset ilike '%mmlu%'", "columns": ["dataset"]}), &["run", "dataset"]),
        (
            "get_runs",
            json!({"runs": [dataset], "include": ["tags", "artifacts", "code", "config"]}),
            &["run", "name", "project", "tags", "user", "version", "ds_total_size", "artifacts", "config"],
        ),
    ];
    for (tool, arguments, fields) in asked {
        let answer = running.asker.ask(tool, arguments).await.answered();

        let missing: Vec<&&str> = fields.iter().filter(|field| !has(&answer.structured, field)).collect();

        assert!(missing.is_empty(), "{}: no {missing:?} in {}", answer.question, answer.structured);
    }
}

//! Pipelines and reports of ClearML as people ask for them, and what that costs.

use serde_json::{Value, json};

use crate::clearml_costs::{warm, within};

#[tokio::test]
async fn pipelines_are_listed_in_the_project_that_people_know() {
    let running = warm().await;
    let all = within(1, &running, "search_runs", json!({"filter": "type = 'controller'"})).await;
    assert_eq!(all.words("runs", "name"), ["nightly #1", "weekly #1"]);
    assert_eq!(all.words("runs", "project"), ["vision", "vision"]);

    // Each pipeline has a hidden project of its own, which may be new: they are read anew.
    let of_project = json!({"projects": ["vision"], "filter": "type = 'controller' and status = 'failed'"});
    let of_project = within(2, &running, "search_runs", of_project).await;
    assert_eq!(of_project.words("runs", "name"), ["weekly #1"]);
    assert_eq!(of_project.words("runs", "reason"), ["Pipeline step failed"]);

    // What shows is asked for first.
    let named = within(4, &running, "search_runs", json!({"query": "weekly #1"})).await;
    assert_eq!(named.words("runs", "name"), ["weekly #1"]);

    // Its name is looked up, and its steps are asked for.
    let steps = within(3, &running, "search_runs", json!({"filter": "parent = 'weekly #1'"})).await;
    assert_eq!(steps.words("runs", "name"), ["train"]);
}

#[tokio::test]
async fn the_steps_of_a_pipeline_come_in_their_order_for_three_requests() {
    let running = warm().await;
    let run = running.reference("clearml.failed_pipeline.controller");

    let head = within(2, &running, "get_runs", json!({"runs": [run]})).await;
    let line = "4 steps: 1 finished, 1 failed (train), 1 skipped (export), 1 not run because of train (evaluate)";
    assert_eq!(head.structured["runs"][0]["pipeline"], line);

    let whole = within(3, &running, "get_runs", json!({"runs": [run], "include": ["children"]})).await;
    let steps = &whole.structured["runs"][0]["steps"];
    let names: Vec<&Value> = steps["rows"].as_array().unwrap().iter().map(|row| &row[0]).collect();
    assert_eq!(names, ["prepare", "train", "export", "evaluate"]);
    for part in ["cached", "not run because of train", &running.reference("clearml.failed_pipeline.train")] {
        assert!(whole.text.contains(part), "{part}: {}", whole.text);
    }

    // An older SDK does not write down what became of a step: their runs are asked.
    let running_one = json!({"runs": [running.reference("clearml.pipeline.controller")]});
    let so_far = within(3, &running, "get_runs", running_one).await;
    let line = "3 steps: 1 finished, 1 queued (train), 1 created (report)";
    assert_eq!(so_far.structured["runs"][0]["pipeline"], line);
}

#[tokio::test]
async fn a_pipeline_is_diagnosed_by_the_step_that_failed_within_six_requests() {
    let running = warm().await;
    let run = running.reference("clearml.failed_pipeline.controller");

    let told = within(6, &running, "diagnose_run", json!({"run": run})).await;

    let verdict = told.structured["verdict"].as_str().unwrap();
    let begin = "failed; 1 of 4 steps failed: train (not run because of that: evaluate); step train: out of memory";
    assert!(verdict.starts_with(begin), "{verdict}");
    assert_eq!(told.structured["cause"]["code"], "/tmp/steps/train.py:28 in train");
    let step = running.reference("clearml.failed_pipeline.train");
    assert!(told.text.contains(&format!("next: diagnose_run {{\"run\":\"{step}\"}}")), "{}", told.text);
}

#[tokio::test]
async fn a_report_is_found_described_and_read_page_by_page() {
    let running = warm().await;
    let found = within(1, &running, "search_runs", json!({"filter": "type = 'report'"})).await;
    assert_eq!(found.words("runs", "name"), ["weekly report"]);
    assert_eq!(found.words("runs", "project"), ["vision"]);

    let report = running.reference("clearml.report");
    let shown = within(2, &running, "get_runs", json!({"runs": [report]})).await;
    for part in ["confusion matrix", "val/loss", "report.md"] {
        assert!(shown.text.contains(part), "{part}: {}", shown.text);
    }
    let files = within(5, &running, "list_artifacts", json!({"run": report})).await;
    assert_eq!(files.words("artifacts", "path"), ["report.md"]);

    let mut reading = json!({"runs": [report], "path": "report.md", "lines": 150});
    let first = within(2, &running, "read_artifact", reading.clone()).await;
    // A picture is named and not shown.
    assert!(!first.text.contains("![confusion"), "{}", first.text);
    assert!(first.text.contains("# Weekly report ü") && !first.text.contains("val_f1 of week 200"), "{}", first.text);
    reading["cursor"] = first.structured["next_cursor"].clone();
    let second = within(2, &running, "read_artifact", reading).await;
    assert!(second.text.contains("val_f1 of week 200 is 0.200."), "{}", second.text);
}

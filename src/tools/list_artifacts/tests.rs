//! Trees as clients see them.

use serde_json::{Value, json};

use crate::memory_tracker::MemoryTracker;
use crate::render::BUDGET;

async fn answer(fake: &MemoryTracker, arguments: Value) -> (Value, String) {
    let reply = fake.tool("list_artifacts", arguments).await;
    assert!(!reply.is_error, "{}", reply.text);
    (reply.structured.unwrap(), reply.text)
}

async fn refusal(fake: &MemoryTracker, arguments: Value) -> String {
    let reply = fake.tool("list_artifacts", arguments).await;
    assert!(reply.is_error, "{}", reply.text);
    reply.text
}

fn paths(answer: &Value) -> Vec<&str> {
    answer["artifacts"]["rows"].as_array().into_iter().flatten().map(|row| row[0].as_str().unwrap()).collect()
}

fn harness() -> MemoryTracker {
    MemoryTracker::with_files(&[
        ("lm-eval.mmlu/artifacts/config.yml", b"a: 1"),
        ("lm-eval.mmlu/logs/client.log", b"12345"),
        ("lm-eval.gsm8k/logs/client.log", b"123"),
        ("README", b""),
    ])
}

#[tokio::test]
async fn a_small_tree_is_shown_whole_with_types_and_sums() {
    let fake = harness();
    let (answer, text) = answer(&fake, json!({"run": "run0"})).await;
    let rows = json!([
        ["README", 0, "0 B", "file"],
        ["lm-eval.gsm8k/logs/client.log", 3, "3 B", "log"],
        ["lm-eval.mmlu/artifacts/config.yml", 4, "4 B", "yaml"],
        ["lm-eval.mmlu/logs/client.log", 5, "5 B", "log"],
    ]);
    assert_eq!(answer["artifacts"]["rows"], rows);
    assert_eq!(
        (&answer["files"], &answer["bytes"], &answer["url"]),
        (&json!(4), &json!(12), &json!("http://lab/runs/run0"))
    );
    assert!(text.contains("|lm-eval.mmlu/logs/client.log|5|5 B|log|"), "{text}");
    // The top, two tasks, three folders in them.
    assert_eq!(fake.listings(), 6);
}

#[tokio::test]
async fn a_folder_the_end_of_one_and_a_pattern_narrow() {
    let fake = harness();
    let (one, _) = answer(&fake, json!({"run": "run0", "path": "lm-eval.mmlu/"})).await;
    assert_eq!(paths(&one), ["lm-eval.mmlu/artifacts/config.yml", "lm-eval.mmlu/logs/client.log"]);
    assert_eq!((&one["folder"], &one["bytes"]), (&json!("lm-eval.mmlu"), &json!(9)));
    let (logs, text) = answer(&fake, json!({"run": "run0", "path": "logs"})).await;
    assert_eq!(paths(&logs), ["lm-eval.gsm8k/logs/client.log", "lm-eval.mmlu/logs/client.log"]);
    assert!(text.contains("'logs' is the end of 2 folders"), "{text}");
    let (glob, _) = answer(&fake, json!({"run": "run0", "path": "*.yml"})).await;
    assert_eq!((paths(&glob), &glob["bytes"]), (vec!["lm-eval.mmlu/artifacts/config.yml"], &json!(4)));
}

#[tokio::test]
async fn a_large_tree_is_shown_folder_by_folder() {
    let fake = harness();
    (0..200).for_each(|n| fake.put(&format!("many/deep/{n:03}.txt"), b"12"));
    let (answer, _) = answer(&fake, json!({"run": "run0"})).await;
    let rows = json!([
        ["lm-eval.gsm8k/", 3, "3 B", "folder", 1],
        ["lm-eval.mmlu/", 9, "9 B", "folder", 2],
        ["many/", 400, "400 B", "folder", 200],
        ["README", 0, "0 B", "file", ""],
    ]);
    assert_eq!(answer["artifacts"]["rows"], rows);
    assert_eq!((&answer["files"], &answer["bytes"]), (&json!(204), &json!(412)));
}

#[tokio::test]
async fn folders_are_opened_up_to_a_bound_and_the_others_named() {
    let fake = MemoryTracker::with_files(&[]);
    (0..100).for_each(|n| fake.put(&format!("task-{n:03}/results.json"), b"{}"));
    let (answer, text) = answer(&fake, json!({"run": "run0"})).await;
    assert_eq!(fake.listings(), 30);
    assert!(text.contains("71 folders were not opened, as at most 30 are at once: task-029"), "{text}");
    assert_eq!(paths(&answer).len(), 100);
    assert_eq!(answer["artifacts"]["rows"][28], json!(["task-028/", 2, "2 B", "folder", 1]));
    assert_eq!(answer["artifacts"]["rows"][29], json!(["task-029/", "", "", "folder, not opened", ""]));
    assert!(answer["size"].as_str().unwrap().starts_with("at least"));
}

#[tokio::test]
async fn many_files_come_in_pages_within_the_budget_each_once() {
    let fake = MemoryTracker::with_files(&[]);
    (0..900).for_each(|n| fake.put(&format!("checkpoints/a-rather-long-name-of-a-checkpoint-{n:04}.pt"), b"x"));
    let (mut seen, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let (page, text) = answer(&fake, json!({"run": "run0", "path": "checkpoints", "cursor": cursor})).await;
        assert!(text.chars().count() <= BUDGET && page.to_string().chars().count() <= BUDGET);
        seen.extend(paths(&page).into_iter().map(str::to_owned));
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    let expected: Vec<String> =
        (0..900).map(|n| format!("checkpoints/a-rather-long-name-of-a-checkpoint-{n:04}.pt")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn nothing_and_a_file_are_explained() {
    let (_, text) = answer(&MemoryTracker::with_files(&[]), json!({"run": "run0"})).await;
    assert!(text.contains("this run logged no artifacts"), "{text}");
    let (_, text) = answer(&harness(), json!({"run": "run0", "path": "README"})).await;
    assert!(
        text.contains("'README' is a file; to read it: read_artifact {\"runs\":[\"lab:run0\"],\"path\":\"README\"}"),
        "{text}"
    );
}

#[tokio::test]
async fn what_is_not_there_is_an_error_with_what_is_near() {
    let text = refusal(&harness(), json!({"run": "run0", "path": "lm-eval.mmlu/log"})).await;
    assert!(text.contains("has no folder 'lm-eval.mmlu/log'; near: lm-eval.mmlu/logs"), "{text}");
    let text = refusal(&harness(), json!({"run": "run0", "path": "*.parquet"})).await;
    assert!(text.contains("none of the 4 files of lab:run0 fits '*.parquet'"), "{text}");
    for path in ["../x", "/etc", "a//b"] {
        let fake = harness();
        let text = refusal(&fake, json!({"run": "run0", "path": path})).await;
        assert!(text.contains("a path is relative to the run"), "{text}");
        assert_eq!(fake.listings(), 0, "{path}");
    }
}

#[tokio::test]
async fn names_that_would_command_are_shown_harmless() {
    let fake = MemoryTracker::with_files(&[("![x](http:evil)|\u{202e}.png", b"")]);
    let (answer, text) = answer(&fake, json!({"run": "run0"})).await;
    assert!(!text.contains("![x]") && !answer.to_string().contains('\u{202e}'), "{text}");
}

#[test]
fn sizes_that_nobody_knows_are_not_zero() {
    let file = |size| backends::model::Artifact::file("a", size);
    assert_eq!(super::known_bytes(&[]), Some(0));
    assert_eq!(super::known_bytes(&[file(None)]), None);
    assert_eq!(super::known_bytes(&[file(None), file(Some(3)), file(Some(4))]), Some(7));
}

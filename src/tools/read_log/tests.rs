//! Logs as clients see them.

use std::sync::Arc;

use backends::model::Status;
use serde_json::{Value, json};

use crate::memory_tracker::{MemoryTracker, notes, run};

async fn answer(fake: &MemoryTracker, arguments: Value) -> Value {
    let reply = fake.tool("read_log", arguments).await;
    assert!(!reply.is_error, "{}", reply.text);
    reply.structured.unwrap()
}

fn text(answer: &Value) -> Vec<&str> {
    answer["text"]["text"].as_str().unwrap_or_default().split('\n').collect()
}

/// A run that is still running.
fn running() -> MemoryTracker {
    MemoryTracker::of(vec![backends::model::Run {
        status: Some(Status::Running),
        ended: None,
        ..run("run0", &[], &[])
    }])
}

fn lines(range: std::ops::RangeInclusive<u32>) -> String {
    range.map(|n| format!("step {n} loss 0.5\n")).collect()
}

#[tokio::test]
async fn the_end_of_the_likeliest_log_is_shown_and_the_others_are_named() {
    let train = lines(1..=5_000);
    let fake = MemoryTracker::with_files(&[("logs/train.log", train.as_bytes()), ("logs/stderr.log", b"warned\n")]);
    let answer = answer(&fake, json!({"run": "run0", "lines": 3})).await;
    assert_eq!(answer["log"], "logs/train.log");
    assert_eq!(text(&answer), ["step 4998 loss 0.5", "step 4999 loss 0.5", "step 5000 loss 0.5"]);
    assert_eq!(answer["other_logs"]["rows"], json!([["logs/stderr.log", 7]]));
    // The run has ended: nothing to wait for.
    assert!(answer.get("next_cursor").is_none() && answer["earlier_cursor"].is_string(), "{answer}");
    assert_eq!(fake.reads().0, 1);
}

#[tokio::test]
async fn polling_a_file_gives_only_what_is_new() {
    let fake = running();
    fake.put("logs/train.log", lines(1..=200).as_bytes());
    let mut seen = answer(&fake, json!({"run": "run0", "lines": 2})).await;
    assert_eq!(text(&seen), ["step 199 loss 0.5", "step 200 loss 0.5"]);
    for end in [200_u32, 203, 203, 230] {
        fake.put("logs/train.log", lines(1..=end).as_bytes());
        let before: Option<u32> =
            text(&seen).last().and_then(|line| line.split(' ').nth(1)).and_then(|n| n.parse().ok());
        let asked = json!({"run": "run0", "lines": 50, "cursor": seen["next_cursor"]});
        let new = answer(&fake, asked).await;
        let expected: Vec<String> =
            before.map_or_else(Vec::new, |before| lines(before + 1..=end).lines().map(str::to_owned).collect());
        if expected.is_empty() {
            assert_eq!(new["new_lines"], 0, "{new}");
            assert!(notes(&new).contains("nothing was written since"), "{new}");
            seen["next_cursor"] = new["next_cursor"].clone();
        } else {
            assert_eq!(text(&new), expected);
            seen = new;
        }
    }
}

#[tokio::test]
async fn a_line_that_was_half_written_goes_on_where_it_was_left() {
    let fake = running();
    fake.put("logs/train.log", b"one\ntwo 10%\rtwo 20%");
    let first = answer(&fake, json!({"run": "run0"})).await;
    assert_eq!(text(&first), ["one", "two 20%"]);
    fake.put("logs/train.log", b"one\ntwo 10%\rtwo 20%\rtwo 30%\nthree\n");
    let next = answer(&fake, json!({"run": "run0", "cursor": first["next_cursor"]})).await;
    assert_eq!(text(&next), ["two 30%", "three"]);
}

#[tokio::test]
async fn a_log_that_was_replaced_or_cut_is_read_anew() {
    let fake = running();
    for other in ["quite another\n".repeat(40), "short\n".to_owned()] {
        fake.put("logs/train.log", lines(1..=20).as_bytes());
        let first = answer(&fake, json!({"run": "run0", "lines": 1})).await;
        fake.put("logs/train.log", other.as_bytes());
        let next = answer(&fake, json!({"run": "run0", "lines": 1, "cursor": first["next_cursor"]})).await;
        assert_eq!(text(&next), [other.lines().last().unwrap()]);
        assert!(notes(&next).contains("the log was replaced or cut since"), "{next}");
    }
}

#[tokio::test]
async fn pages_lead_from_the_end_to_the_beginning() {
    let fake = MemoryTracker::with_files(&[("train.log", lines(1..=500).as_bytes())]);
    let mut page = answer(&fake, json!({"run": "run0", "lines": 200})).await;
    let mut all: Vec<String> = text(&page).into_iter().map(str::to_owned).collect();
    while let Some(cursor) = page["earlier_cursor"].as_str() {
        page = answer(&fake, json!({"run": "run0", "lines": 200, "cursor": cursor})).await;
        let mut before: Vec<String> = text(&page).into_iter().map(str::to_owned).collect();
        before.append(&mut all);
        all = before;
    }
    assert_eq!(all.len(), 500);
    assert_eq!(all[0], "step 1 loss 0.5");
}

#[tokio::test]
async fn a_console_goes_before_files_and_is_polled() {
    let fake = running();
    fake.put("logs/train.log", b"not this\n");
    fake.write("run0", &[(1_000, "hello\nworld"), (2_000, "\u{1b}[31mred\u{1b}[0m")]);
    let first = answer(&fake, json!({"run": "run0"})).await;
    assert_eq!((first["log"].as_str(), text(&first)), (Some("console"), vec!["hello", "world", "red"]));
    assert_eq!((&first["lines"], &first["complete"]), (&json!("1-3"), &json!(true)));
    assert_eq!(first["written_to"], "1970-01-01T00:00:02Z");
    fake.write("run0", &[(2_000, "same moment"), (3_000, "later")]);
    let next = answer(&fake, json!({"run": "run0", "cursor": first["next_cursor"]})).await;
    assert_eq!((text(&next), &next["lines"]), (vec!["same moment", "later"], &json!("4-5")));
    let file = answer(&fake, json!({"run": "run0", "file": "train.log"})).await;
    assert_eq!(text(&file), ["not this"]);
}

#[tokio::test]
async fn grep_shows_what_stands_around_with_numbers_and_goes_on_with_what_is_new() {
    let fake = running();
    fake.write("run0", &[(1, "one\ntwo\nERROR here\nfour"), (2, "five")]);
    let first = answer(&fake, json!({"run": "run0", "grep": "ERROR"})).await;
    assert_eq!(first["matches_text"]["text"], "1- one\n2- two\n3: ERROR here\n4- four\n5- five");
    assert_eq!(first["searched"], "the whole console");
    fake.write("run0", &[(3, "ERROR again")]);
    let next = answer(&fake, json!({"run": "run0", "grep": "ERROR", "cursor": first["next_cursor"]})).await;
    assert_eq!(next["matches"], 1, "{next}");
    assert!(next["matches_text"]["text"].as_str().unwrap().contains("ERROR again"), "{next}");
    let file = MemoryTracker::with_files(&[("train.log", lines(1..=300).as_bytes())]);
    let found = answer(&file, json!({"run": "run0", "grep": "step 2\\d\\d ", "lines": 2})).await;
    assert_eq!((&found["matches"], &found["matches_shown"]), (&json!(100), &json!(2)));
    assert!(found["matches_text"]["text"].as_str().unwrap().contains("299: step 299"), "{found}");
}

#[tokio::test]
async fn a_pattern_of_several_logs_shows_the_end_of_each() {
    let files = ["server-0", "server-1", "server-2"].map(|name| format!("lm-eval/logs/{name}.log"));
    let fake = running();
    files.iter().for_each(|path| fake.put(path, format!("{path} ready\n").repeat(3).as_bytes()));
    let shown = answer(&fake, json!({"run": "run0", "file": "server-*", "lines": 1})).await;
    let logs = shown["logs"].as_array().unwrap();
    assert_eq!(logs.len(), 3);
    for (log, path) in logs.iter().zip(&files) {
        assert_eq!((log["log"].as_str(), text(log)), (Some(path.as_str()), vec![format!("{path} ready").as_str()]));
        let asked = json!({"run": "run0", "file": "server-*", "cursor": log["next_cursor"]});
        assert_eq!(answer(&fake, asked).await["new_lines"], 0);
    }
}

#[tokio::test]
async fn a_run_without_a_log_says_what_there_is_instead() {
    let fake = MemoryTracker::with_files(&[("config.yml", b"a: 1"), ("weights.pt", b"")]);
    let shown = answer(&fake, json!({"run": "run0"})).await;
    let told = notes(&shown);
    assert!(
        told.contains("none of its 2 files is a log") && told.contains("list_artifacts {\"run\":\"lab:run0\"}"),
        "{told}"
    );
    let nothing = answer(&MemoryTracker::with_files(&[]), json!({"run": "run0"})).await;
    assert!(notes(&nothing).contains("it logged no files at all"), "{nothing}");
}

#[tokio::test]
async fn secrets_in_lines_are_masked_and_a_long_log_stays_small() {
    let line = format!("INFO token AKIAIOSFODNN7EXAMPLE {}\n", "x".repeat(300));
    let fake = MemoryTracker::with_files(&[("train.log", line.repeat(500).as_bytes())]);
    let reply = Arc::new(fake).tool("read_log", json!({"run": "run0"})).await;
    assert!(!reply.text.contains("AKIAIOSFODNN7EXAMPLE"), "{}", reply.text);
    assert!(reply.text.chars().count() <= 8_000, "{}", reply.text.chars().count());
}

#[tokio::test]
async fn a_cursor_of_another_log_question_is_refused_and_lines_may_differ() {
    let fake = running();
    fake.put("train.log", lines(1..=20).as_bytes());
    let first = answer(&fake, json!({"run": "run0", "lines": 2})).await;
    let other = json!({"run": "run0", "grep": "x", "cursor": first["next_cursor"]});
    let reply = fake.tool("read_log", other).await;
    assert!(reply.is_error && reply.text.contains("another question"), "{}", reply.text);
}

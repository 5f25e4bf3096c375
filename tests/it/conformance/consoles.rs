//! What a run wrote: kept by the tracker or not, and the same through the tools.

use backends::ErrorKind;
use backends::model::{Console, ConsoleRange};
use serde_json::{Value, json};

use super::{BACKENDS, Running};

async fn console(running: &Running, range: ConsoleRange, most: usize) -> Console {
    running.tracker.console(&running.call, &running.run("logs.crashed"), range, most).await.unwrap()
}

#[tokio::test]
async fn consoles_are_there_or_their_absence_is_told() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let range = ConsoleRange::Before(None);
        let told = running.tracker.console(&running.call, &running.run("logs.crashed"), range, 5).await;
        match running.tracker.capabilities().consoles {
            true => assert!(!told.unwrap().messages.is_empty(), "{}", running.name),
            false => {
                let error = told.unwrap_err();
                assert_eq!(error.kind, ErrorKind::Unsupported, "{}", running.name);
                assert!(error.message.contains("files"), "{}: {error}", running.name);
            }
        }
    }
}

#[tokio::test]
async fn messages_of_one_moment_come_together_and_in_one_order_from_both_ends() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        if !running.tracker.capabilities().consoles {
            continue;
        }
        let whole = console(&running, ConsoleRange::From(None), 1_000).await;
        assert!(!whole.more && whole.messages.is_sorted_by_key(|message| message.time), "{}", running.name);
        assert_eq!(console(&running, ConsoleRange::Before(None), 1_000).await.messages, whole.messages);
        // Two messages share a second: who asks for two from the end gets both beside the last.
        let last = console(&running, ConsoleRange::Before(None), 2).await;
        assert_eq!(last.messages, whole.messages[whole.messages.len() - 3..], "{}", running.name);
        assert!(last.more);
        let time = last.messages[0].time;
        let from = console(&running, ConsoleRange::From(Some(time)), 10).await;
        assert_eq!(from.messages, last.messages, "{}", running.name);
        let before = console(&running, ConsoleRange::Before(Some(time)), 1).await;
        assert_eq!(before.messages.last(), whole.messages.iter().rfind(|message| message.time < time));
    }
}

async fn log(running: &Running, arguments: Value) -> Value {
    running.asker.ask("read_log", arguments).await.answered().structured
}

#[tokio::test]
async fn the_same_lines_are_read_whoever_keeps_them() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let run = running.server.id("logs.crashed");
        let end = log(&running, json!({"run": run, "lines": 20})).await;
        let text = end["text"]["text"].as_str().unwrap();
        assert!(text.contains("epoch 30: 100%|##########| 100/100"), "{}: {text}", running.name);
        assert!(!text.contains("epoch 30:   0%") && !text.contains("AKIA"), "{}: {text}", running.name);
        assert!(text.ends_with("GPU 0 has a total capacity of 23.64 GiB"), "{}: {text}", running.name);
        let found = log(&running, json!({"run": run, "grep": "OutOfMemoryError"})).await;
        assert_eq!(found["matches"], 1, "{}: {found}", running.name);
        assert!(found["matches_text"]["text"].as_str().unwrap().contains("44: torch.OutOfMemoryError"), "{found}");
        let (mut lines, mut page) = (Vec::new(), end);
        loop {
            let shown = page["text"]["text"].as_str().unwrap();
            lines.splice(0..0, shown.split('\n').map(str::to_owned));
            let Some(cursor) = page["earlier_cursor"].as_str() else { break };
            page = log(&running, json!({"run": run, "lines": 20, "cursor": cursor})).await;
        }
        assert_eq!(lines.len(), 44, "{}: {lines:#?}", running.name);
        assert_eq!((lines[0].as_str(), lines[29].as_str()), ("epoch 0 loss 1.0000", "epoch 29 loss 0.0333"));
    }
}

#[tokio::test]
async fn a_failure_is_told_by_its_log_within_few_requests() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let run = running.server.id("logs.crashed");
        let asked = running.asker.ask("diagnose_run", json!({"run": run})).await;
        assert!(
            asked.requests <= if backend.name == "clearml" { 6 } else { 10 },
            "{}: {}",
            running.name,
            asked.requests
        );
        let told = asked.answered().structured;
        assert_eq!(told["cause"]["kind"], "out of memory", "{}: {told}", running.name);
        assert_eq!(told["cause"]["code"], "/home/ada/model.py:33 in forward", "{}: {told}", running.name);
        let silent =
            running.asker.ask("diagnose_run", json!({"run": running.server.id("logs.silent")})).await.answered();
        let verdict = silent.structured["verdict"].as_str().unwrap();
        assert!(verdict.contains("no reason was recorded, and there is no log"), "{}: {verdict}", running.name);
    }
}

#[tokio::test]
async fn overfitting_is_found_in_the_curves() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let run = running.server.id("logs.overfitting");
        let told = running.asker.ask("diagnose_run", json!({"run": run})).await.answered().structured;
        let findings = told["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["finding"] == "overfitting").unwrap();
        let step = found["step"].as_i64().unwrap();
        assert!((40..=80).contains(&step), "{}: {told}", running.name);
    }
}

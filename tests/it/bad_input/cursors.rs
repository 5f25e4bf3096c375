//! Cursors that were miscopied, made up, or of another question or caller.

use serde_json::json;

use crate::conformance::BACKENDS;

#[tokio::test]
async fn a_cursor_continues_its_own_question_for_its_own_caller_only() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let first = running.asker.ask("search_runs", json!({"projects": ["bench"], "limit": 5})).await.answered();
        let cursor = first.structured["next_cursor"].as_str().unwrap();
        assert!(cursor.len() <= 400, "{}: {} characters", running.name, cursor.len());
        let question = json!({"projects": ["bench"], "limit": 5, "cursor": cursor});

        let second = running.asker.ask("search_runs", question.clone()).await.answered();
        assert_eq!(second.structured["returned"], 5, "{}", running.name);
        let other_question = json!({"projects": ["bench"], "limit": 5, "filter": "user = 'bob'", "cursor": cursor});
        let told = running.asker.ask("search_runs", other_question).await.refused();
        assert!(told.contains("belongs to another question"), "{told}");
        let told = running.asker.another("eve").ask("search_runs", question).await.refused();
        assert!(told.contains("another caller"), "{told}");
        let told = running.asker.ask("list_projects", json!({"cursor": cursor})).await.refused();
        assert!(told.contains("belongs to another question"), "{told}");
    }
}

#[tokio::test]
async fn a_cursor_that_was_miscopied_or_made_up_is_told_to_be_damaged() {
    let running = (BACKENDS[0].start)().await;
    let question = json!({"projects": ["bench"], "limit": 5});
    let first = running.asker.ask("search_runs", question.clone()).await.answered();
    let cursor = first.structured["next_cursor"].as_str().unwrap().to_owned();
    let middle = cursor.len() / 2;
    let changed = if cursor.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let forged = [
        cursor[..cursor.len() - 1].to_owned(),
        format!("{cursor}A"),
        format!("{}{changed}{}", &cursor[..middle], &cursor[middle + 1..]),
        cursor.to_lowercase(),
        "next_cursor".to_owned(),
        "5".to_owned(),
        "eyJvZmZzZXQiOiA1fQ==".to_owned(),
        "🚀".to_owned(),
        "x".repeat(10_000),
    ];
    for cursor in forged {
        let mut question = question.clone();
        question["cursor"] = json!(cursor);
        let told = running.asker.ask("search_runs", question).await.refused();
        assert!(told.contains("cursor is damaged"), "{cursor}: {told}");
    }
}

#[tokio::test]
async fn pages_through_the_tools_give_each_run_once() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for order in ["started desc", "metrics.val_f1 desc"] {
            let mut question = json!({"projects": ["bench"], "order_by": order, "limit": 5});
            let mut seen = Vec::new();
            loop {
                let page = running.asker.ask("search_runs", question.clone()).await.answered();
                seen.extend(page.words("runs", "run"));
                let Some(cursor) = page.structured["next_cursor"].as_str() else { break };
                question["cursor"] = json!(cursor);
            }
            seen.sort();
            let mut all: Vec<String> = (0..12).map(|number| running.reference(&format!("bench.{number}"))).collect();
            all.sort();
            assert_eq!(seen, all, "{}: {order}", running.name);
        }
    }
}

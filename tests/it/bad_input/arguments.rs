//! Arguments of the wrong shape, size or grammar.

use serde_json::{Map, Value, json};
use tracker_mcp::catalogue::CATALOGUE;

use crate::conformance::BACKENDS;

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_told_where_and_how_it_is_written() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for (filter, place, mended) in [
            ("metrics.val_f1 >", "at its end", "metrics.val_f1 = …"),
            ("metrics.val_f1 > 0.9 and", "at its end", "status = 'failed'"),
            ("params.optimizer = adam", "at character 20", "params.optimizer = 'adam'"),
            ("metrics.val_f1 >> 1", "at character 16", "operators are = != < <= > >="),
            ("name = 'open", "at character 8", "'it''s'"),
            ("(status = 'failed'", "at character 1", "this ( is never closed"),
            (
                "status = 'failed' && user = 'bob'",
                "at character 19",
                "write and: status = 'failed' and metrics.loss > 1",
            ),
            ("started > 'yesterdayish'", "at character 11", "7d, 12h, 30m (ago), today, yesterday"),
            ("select * from runs", "at character 1", "keys are id, name, status"),
        ] {
            for (tool, arguments) in [
                ("search_runs", json!({"filter": filter})),
                ("search_runs", json!({"projects": ["bench"], "filter": filter})),
                ("get_runs", json!({"runs": [format!("where {filter}")]})),
            ] {
                let told = running.asker.ask(tool, arguments).await.refused();
                assert!(told.contains(place) && told.contains(mended), "{tool} {filter}: {told}");
            }
        }
    }
}

#[tokio::test]
async fn an_empty_list_of_runs_is_told_what_to_name() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for arguments in
            [json!({}), json!({"runs": []}), json!({"runs": null}), json!({"runs": ["", " "]}), json!({"runs": ""})]
        {
            let told = running.asker.ask("get_runs", arguments).await.refused();
            assert!(told.contains("runs") && told.contains("last"), "{told}");
            assert_eq!(running.call.requests(), 0);
        }
    }
}

#[tokio::test]
async fn more_runs_than_one_answer_holds_are_refused_with_the_limit() {
    let running = (BACKENDS[0].start)().await;
    let many: Vec<String> = (0..51).map(|number| format!("{number:032x}")).collect();
    let told = running.asker.ask("get_runs", json!({"runs": many})).await.refused();
    assert!(told.contains("51") && told.contains("50"), "{told}");
}

/// The text arguments of all tools, with a value in the place where a text goes.
fn with_text(value: &str) -> Vec<(&'static str, String, Map<String, Value>)> {
    let mut calls = Vec::new();
    for entry in CATALOGUE {
        let schema = Value::Object(entry.schema());
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let required: Vec<(String, Value)> = required.map(|name| (name.to_owned(), json!("last"))).collect();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let text = match property["type"].as_str() {
                Some("string") => json!(value),
                Some("array") => json!([value]),
                _ => continue,
            };
            let mut arguments: Map<String, Value> = required.iter().cloned().collect();
            arguments.insert(name.clone(), text);
            calls.push((entry.name, name.clone(), arguments));
        }
    }
    calls
}

#[tokio::test]
async fn a_text_of_ten_thousand_characters_is_refused_or_answered_but_never_repeated() {
    // What is long is told by the tools; one server is enough, and so are its fixtures.
    let running = (BACKENDS[0].start)().await;
    let long = "x".repeat(10_000);
    let calls = with_text(&long);
    assert!(calls.len() >= 15, "{}", calls.len());
    for (tool, name, arguments) in calls {
        let asked = running.asker.ask(tool, Value::Object(arguments)).await.well_formed();
        let text = asked.text();
        assert!(!text.contains(&"x".repeat(2_001)), "{tool} {name} repeats it all");
        for harm in ["failed with", "HTTP 5", "MLflow refused"] {
            assert!(!text.contains(harm), "{tool} {name}: {text}");
        }
    }
}

#[tokio::test]
async fn a_limit_means_what_people_mean_by_it() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for tool in ["search_runs", "list_projects"] {
            for limit in [json!(0), json!(-1), json!("-5"), json!(2.5), json!("many"), json!([1, 2]), json!({})] {
                let told = running.asker.ask(tool, json!({"limit": limit})).await.refused();
                assert!(told.contains("limit"), "{tool} {limit}: {told}");
            }
            let all = running.asker.ask(tool, json!({"limit": 1_000_000_000})).await.answered();
            assert!(all.text.contains("read as 100"), "{}", all.text);
            for limit in [json!("3"), json!(3.0), json!([3])] {
                let three = running.asker.ask(tool, json!({"limit": limit})).await.answered();
                assert_eq!(three.structured["returned"], 3, "{tool} {limit}");
            }
        }
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let running = (BACKENDS[0].start)().await;
    let arguments = json!({"limit": 0, "status": ["gone"], "colums": ["user"], "include_archived": "perhaps"});
    let told = running.asker.ask("search_runs", arguments).await.refused();
    for part in ["limit is at least 1", "gone", "colums", "columns", "include_archived is true or false"] {
        assert!(told.contains(part), "{part} is not in: {told}");
    }
}

#[tokio::test]
async fn names_of_other_tools_are_understood_and_said_to_be() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let arguments = json!({"experiment_ids": "bench", "max_results": "2", "filter_string": "status = 'FINISHED'"});
        let answer = running.asker.ask("search_runs", arguments).await.answered();
        assert_eq!(answer.structured["returned"], 2, "{}", running.name);
        assert!(answer.text.contains("experiment_ids read as projects"), "{}", answer.text);
        let one = running.asker.ask("get_runs", json!({"run_id": running.server.id("bench.3")})).await.answered();
        assert_eq!(one.structured["returned"], 1, "{}", running.name);
    }
}

#[tokio::test]
async fn a_filter_with_more_conditions_than_the_server_joins_is_told_how_many_it_takes() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let filter: Vec<String> = (0..70).map(|number| format!("params.p{number} = 'x'")).collect();
        let asked = running.asker.ask("search_runs", json!({"filter": filter.join(" and ")})).await.well_formed();
        assert!(!asked.text().contains("HTTP 5"), "{}: {}", running.name, asked.text());
    }
}

#[tokio::test]
async fn times_that_cannot_be_read_are_shown_the_forms_that_can() {
    let running = (BACKENDS[0].start)().await;
    for (tool, arguments) in [
        ("search_runs", json!({"since": "yesterdayish"})),
        ("search_runs", json!({"until": "2026-13-45"})),
        ("get_project", json!({"project": "bench", "since": "7 fortnights"})),
    ] {
        let told = running.asker.ask(tool, arguments).await.refused();
        assert!(told.contains("7d") && told.contains("2026-"), "{told}");
    }
}

//! Limits that the operator sets, through the tools.

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::asking::Asker;
use crate::canned;
use crate::mlflow_double::{Double, Fate, Store, Version};

fn configured(uri: &str, server: &str, tracker: &str) -> Asker {
    Asker::configured(&format!("[server]\n{server}\n[tracker lab]\nkind = mlflow\nurl = {uri}\n{tracker}\n"))
}

/// How many rows the first page of runs has, and how many characters the longer of its forms.
async fn first_page(asker: &Asker) -> (usize, usize) {
    let asked = asker.ask("search_runs", json!({"limit": 100, "columns": ["name", "params.note"]})).await.answered();
    let data: &Value = &asked.structured;
    let rows = data["runs"]["rows"].as_array().unwrap().len();
    assert_eq!(data["next_cursor"].is_string(), rows < 100, "{rows}");
    (rows, asked.text.chars().count().max(data.to_string().chars().count()))
}

#[tokio::test]
async fn an_answer_is_as_long_as_the_operator_allows_and_its_cursor_goes_on() {
    let note = "x".repeat(240);
    let runs = (1..=100).map(|number| canned::run(number, &format!("run {number}"), &[("note", &note)], &[]));
    let mlflow = canned::mlflow(runs.collect(), "").await;
    let mut rows = Vec::new();
    for characters in [5_000, 9_000, 20_000, 100_000] {
        let (shown, length) =
            first_page(&configured(&mlflow.uri(), &format!("answer_characters = {characters}"), "")).await;
        assert!(length <= characters, "{length} of {characters}");
        rows.push(shown);
    }
    assert!(rows.is_sorted_by(|a, b| a < b) && rows[0] > 5, "{rows:?}");
    assert_eq!(rows[3], 100);
    assert_eq!(first_page(&configured(&mlflow.uri(), "", "")).await.0, rows[2]);
}

#[tokio::test]
async fn a_silent_tracker_is_given_up_after_the_time_that_its_section_sets() {
    let silent = Double::start(Version::V3_17, Store::default()).await;
    silent.judge(|_| Fate::Silence);
    for (server, tracker) in
        [("", "request_timeout = 2"), ("request_timeout = 2", ""), ("request_timeout = 60", "request_timeout = 2")]
    {
        let asker = configured(silent.url(), server, tracker);
        let asked = silent.seen().len();
        let began = Instant::now();

        // Once it is asked the clock stands, and goes at once to the next moment that anybody waits for.
        let (told, ()) = tokio::join!(asker.ask("list_projects", json!({})), async {
            silent.requests(asked + 1).await;
            tokio::time::pause();
        });

        let waited = began.elapsed();
        tokio::time::resume();
        let told = told.refused();
        assert!(told.contains("did not answer in 2 s"), "{told}");
        assert!((2.0..4.0).contains(&waited.as_secs_f64()), "{waited:?}");
    }
}

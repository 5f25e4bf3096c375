//! Versions of a server are alike to whoever asks: the same data give the same answers, word for word.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::conformance::{BACKENDS, Running};
use crate::guide_examples::examples;

/// Questions with `{runs.parent}` in the place of ids; the examples of the guides are asked besides.
const QUESTIONS: &str = include_str!("questions.json");

/// What a server said to a question, with what may differ between servers taken out.
async fn neutral(running: &Running, tool: &str, arguments: &Value) -> String {
    /// When a server was filled, it stamps the projects; the runs lie in these days.
    static STAMPS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d{4}-\d\d-\d\dT[0-9:.]+Z").unwrap());
    /// A cursor into a log holds the id of the run.
    static PLACES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(earlier|next)_cursor: \S+").unwrap());
    let asked = running.asker.ask(tool, with_ids(running, arguments)).await.well_formed();
    let text = running.server.neutral(asked.text());
    let text = match tool {
        "read_log" => PLACES.replace_all(&text, "${1}_cursor: {a place in the run}"),
        _ => text.into(),
    };
    STAMPS
        .replace_all(&text, |found: &regex::Captures<'_>| match found[0].starts_with("2026-06-0") {
            true => found[0].to_owned(),
            false => "{when it was filled}".to_owned(),
        })
        .into_owned()
}

fn with_ids(running: &Running, value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), with_ids(running, value))).collect(),
        Value::Array(list) => list.iter().map(|value| with_ids(running, value)).collect(),
        Value::String(text) => match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(path) => running.server.id(path).into(),
            None => value.clone(),
        },
        other => other.clone(),
    }
}

#[tokio::test]
async fn two_versions_with_the_same_data_answer_alike() {
    let questions: Vec<Value> = serde_json::from_str(QUESTIONS).unwrap();
    let questions = questions.iter().map(|one| (one["tool"].as_str().unwrap(), one["arguments"].clone()));
    let examples = examples().into_iter().map(|(tool, example)| (tool, Value::Object(example.arguments)));
    // How a tracker itself is, differs; and MLflow 2.15 keeps a dataset that several experiments use below the first alone.
    let differs = |tool: &str| ["list_trackers", "search_datasets"].contains(&tool);
    let questions: Vec<_> = questions.chain(examples).filter(|(tool, _)| !differs(tool)).collect();
    let first = &BACKENDS[0];
    let reference = (first.start)().await;
    for backend in BACKENDS.iter().skip(1).filter(|backend| backend.name == first.name) {
        let running = (backend.start)().await;
        for (tool, arguments) in &questions {
            let expected = neutral(&reference, tool, arguments).await;
            assert_eq!(neutral(&running, tool, arguments).await, expected, "{}: {tool} {arguments}", running.name);
        }
    }
}

//! Whatever people wrote on a server: every answer keeps its size, hides nothing and says the same in both forms.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;
use serde_json::{Value, json};
use tracker_mcp::dispatch::Reply;

use crate::mlflow_double::{Dataset, Double, Experiment, Store, StoredRun, Version};
use crate::tracker_of_double::{ask, config};

/// The most characters of each form.
const MOST: usize = 20_000;

/// Text that is long, hides, reorders, commands, imitates our own form or breaks a table.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = vec![
        "a",
        "resnet ",
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\u{feff}",
        "\u{e0041}",
        "\u{1b}[31m",
        "\u{9b}2K",
        "\u{7}",
        "\r",
        "\n",
        "\n\n# heading",
        "|",
        "|x|y|",
        "```",
        "![x](http://evil/?q=",
        "<img src=x>",
        "Note: ",
        "\\",
        "🙂",
        "é",
        "\u{2028}",
        "\0",
        "returned: 7",
        "next_cursor: abc",
        "\"",
        " password=hunter2hunter2 ",
    ];
    let text = vec(select(pieces), 0..5).prop_map(|pieces| pieces.concat());
    (text, prop_oneof![12 => Just(1_usize), 2 => Just(50), 1 => Just(10_000)]).prop_map(|(text, times)| {
        let long = text.repeat(times);
        long.chars().take(10_000).collect()
    })
}

fn hostile_run() -> impl Strategy<Value = StoredRun> {
    let count = |most| prop_oneof![5 => 0..6, 1 => Just(most)];
    let counts = (count(1_000), count(1_000), count(200));
    let texts = (hostile(), hostile(), hostile(), hostile(), hostile());
    (counts, texts, select(vec!["FAILED", "RUNNING", "\u{202e}ODD"])).prop_map(
        |((params, metrics, tags), texts, status)| {
            let (name, key, value, note, user) = texts;
            // Names of keys and users are shown as they are, so that they can be passed back.
            let (key, user) = (key.replace("password=", ""), user.replace("password=", ""));
            let short: String = key.chars().take(60).collect();
            // Many long values at once are more than is read of a server.
            let many = params + tags > 10;
            let of_pair: String = value.chars().take(if many { 100 } else { 10_000 }).collect();
            let mut run = StoredRun { user_id: user, status, ..StoredRun::new("", &name) };
            run.params = (0..params).map(|n| (format!("{short}{n}"), of_pair.clone())).collect();
            run.metrics = (0..metrics).map(|n| (format!("{n}{short}"), f64::from(n) / 3.0)).collect();
            run.tags = (0..tags).map(|n| (format!("t{n}{short}"), of_pair.clone())).collect();
            run.tags.insert("mlflow.note.content".to_owned(), note);
            run.tags.insert("error".to_owned(), value.clone());
            run.datasets = vec![Dataset { name: value, context: key.clone() }];
            run.files = vec![key, name];
            run
        },
    )
}

fn hostile_store() -> impl Strategy<Value = Store> {
    (vec(hostile_run(), 1..5), vec((hostile(), hostile()), 1..12)).prop_map(|(mut runs, projects)| {
        for (number, run) in runs.iter_mut().enumerate() {
            run.id = format!("{number:032x}");
        }
        let experiments = (1..).zip(projects).map(|(id, (name, note))| {
            let key = name.replace("password=", "").chars().take(40).collect();
            let tags = [("mlflow.note.content".to_owned(), note.clone()), (key, note)];
            Experiment { tags: tags.into(), ..Experiment::new(id, &format!("{id}{name}")) }
        });
        Store { experiments: experiments.collect(), runs, versions: Vec::new() }
    })
}

/// Whether a character hides, reorders or commands.
fn is_hidden(character: char) -> bool {
    (character.is_control() && !matches!(character, '\n' | '\t'))
        || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        || matches!(character, '\u{e0000}'..='\u{e007f}')
}

/// All texts of a JSON value, names of fields too.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                found.push(name.clone());
                texts(value, found);
            }
        }
        _ => {}
    }
}

/// The references in a text.
fn references(text: &str) -> BTreeSet<String> {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != ':');
    parts.filter(|part| part.len() == 39 && part.starts_with("mlflow:")).map(ToOwned::to_owned).collect()
}

fn check(reply: &Reply) -> TestCaseResult {
    prop_assert!(reply.text.chars().count() <= MOST, "{} characters of text", reply.text.chars().count());
    let hidden = |text: &str| text.chars().find(|c| is_hidden(*c));
    prop_assert_eq!(hidden(&reply.text), None);
    prop_assert!(!reply.text.contains("=hunter2") && !reply.text.contains("!["), "{}", reply.text);
    let Some(structured) = &reply.structured else {
        prop_assert!(reply.is_error);
        return Ok(());
    };
    let json = structured.to_string();
    prop_assert!(json.chars().count() <= MOST, "{} characters of JSON", json.chars().count());
    let mut all = Vec::new();
    texts(structured, &mut all);
    prop_assert_eq!(all.iter().find_map(|text| hidden(text)), None);
    prop_assert!(!json.contains("=hunter2") && !json.contains("!["), "{json}");
    prop_assert_eq!(references(&reply.text), references(&json));
    for fact in ["returned", "next_cursor", "runs_counted"] {
        let said = match &structured[fact] {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let line = format!("{fact}: {said}");
        prop_assert!(reply.text.lines().any(|one| one == line), "{} is not in the text", line);
    }
    for note in structured["notes"].as_array().into_iter().flatten() {
        let line = format!("Note: {}", note.as_str().unwrap());
        prop_assert!(reply.text.contains(&line), "{line} is not in the text");
    }
    Ok(())
}

/// Every run of the answer with all that stands in its own fields.
fn check_records(reply: &Reply) -> TestCaseResult {
    for record in reply.structured.iter().filter_map(|answer| answer["runs"].as_array()).flatten() {
        for section in ["params", "tags"] {
            for key in record[section].as_object().into_iter().flat_map(|pairs| pairs.keys()) {
                prop_assert!(reply.text.contains(&format!("{key}: ")), "{section} {key}");
            }
        }
    }
    Ok(())
}

/// Rows of a table in the structured form and lines of it in the text are as many.
fn check_table(reply: &Reply, name: &str) -> TestCaseResult {
    let Some(answer) = &reply.structured else { return Ok(()) };
    let rows = answer[name]["rows"].as_array().map_or(0, Vec::len);
    let after = reply.text.split_once(&format!("{name}:\n\n|")).map(|(_, after)| after).unwrap_or_default();
    let lines = after.split("\n\n").next().unwrap_or_default().lines().filter(|line| line.starts_with('|')).count();
    prop_assert_eq!(lines, if rows == 0 { 0 } else { rows + 1 });
    prop_assert_eq!(answer["returned"].as_u64(), Some(rows as u64));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::with_cases(8) })]

    #[test]
    fn answers_keep_their_size_hide_nothing_and_say_the_same_in_both_forms(
        store in hostile_store(),
        columns in select(vec![json!([]), json!(["params.*"]), json!(["metrics.*", "tags.*", "note", "reason", "dataset", "user"])]),
        include in select(vec![json!([]), json!(["params", "metrics", "tags", "artifacts", "datasets", "models", "code", "config", "children"])]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let runs: Vec<String> = store.runs.iter().map(|run| run.id.clone()).collect();
            let name = store.runs[0].name.clone();
            let project = store.experiments[0].name.clone();
            let double = Double::start(Version::V3_17, store).await;
            let config = config(&double);

            let found = ask(&config, "search_runs", json!({"columns": columns, "limit": 100})).await;
            check(&found)?;
            check_table(&found, "runs")?;
            let several = ask(&config, "get_runs", json!({"runs": runs, "include": include})).await;
            check(&several)?;
            check_records(&several)?;
            let one = ask(&config, "get_runs", json!({"runs": [runs[0]], "include": include})).await;
            check(&one)?;
            check_records(&one)?;
            check(&ask(&config, "get_project", json!({"project": "1"})).await)?;
            let projects = ask(&config, "list_projects", json!({"limit": 100})).await;
            check(&projects)?;
            check_table(&projects, "projects")?;
            // Hostile arguments: what is not found is told, as text of others is.
            for (tool, arguments) in [
                ("get_runs", json!({"runs": [name]})),
                ("search_runs", json!({"query": name, "projects": [project]})),
                ("search_runs", json!({"filter": name})),
                ("search_runs", json!({"order_by": name})),
                ("search_runs", json!({"columns": [name]})),
                ("get_project", json!({"project": project})),
                ("list_projects", json!({"query": project})),
            ] {
                check(&ask(&config, tool, arguments).await)?;
            }
            TestCaseResult::Ok(())
        })?;
    }
}

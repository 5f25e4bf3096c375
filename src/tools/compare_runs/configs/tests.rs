use backends::model::Run;
use serde_json::{Value, json};

use crate::memory_tracker::{MemoryTracker, answer, notes, rows, run};

fn with_config(id: &str, configs: &[(&str, &str)]) -> Run {
    let mut run = run(id, &[], &[]);
    run.configs = configs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    run
}

async fn compared(runs: Vec<Run>) -> Value {
    let ids: Vec<String> = runs.iter().map(|run| run.id.to_string()).collect();
    answer(MemoryTracker::of(runs), "compare_runs", json!({"runs": ids})).await
}

fn config(answer: &Value) -> Vec<Value> {
    rows(answer, "config").into_iter().map(Value::Object).collect()
}

#[tokio::test]
async fn documents_are_compared_by_key_whatever_their_form() {
    let answer = compared(vec![
        with_config(
            "a1",
            &[("net", r#"{"lr": 0.1, "layers": [64], "db": {"password": "hunter2"}}"#), ("same", "a: 1")],
        ),
        with_config("a2", &[("net", "layers: [64, 128]\nlr: 0.10\ndb:\n  password: hunter3\n"), ("same", "a: 1")]),
    ])
    .await;

    assert_eq!(
        config(&answer),
        [
            json!({"key": "net: db.password", "A": "***", "B": "***"}),
            json!({"key": "net: layers[1]", "A": "", "B": "128"}),
        ]
    );
    assert_eq!(answer["equal"], json!("3 values of the configuration"));
}

#[tokio::test]
async fn dictionaries_as_clients_write_them_are_compared_by_key() {
    let a = "backbone = \"resnet50\"\nstages = [3, 4]\nhead {\n  classes = 1000\n  note = \"a: b\"\n}";
    let b = "{ backbone = resnet50, stages = [3, 6], head { classes = 1000, note = \"a: b\" } }";
    let answer = compared(vec![with_config("a1", &[("net", a)]), with_config("a2", &[("net", b)])]).await;

    assert_eq!(config(&answer), [json!({"key": "net: stages[1]", "A": "4", "B": "6"})]);
    assert_eq!(answer["equal"], json!("4 values of the configuration"));
}

#[tokio::test]
async fn other_texts_are_compared_by_line() {
    let (a, b) = ("epochs is 4\nname is x\n", "epochs is 8\nname is x\n");
    let answer = compared(vec![with_config("a1", &[("notes", a)]), with_config("a2", &[("notes", b)])]).await;

    let block = &answer["config_lines"];
    assert_eq!(block["untrusted_from"], json!("configuration notes of runs A and B"));
    let lines: Vec<&str> = block["text"].as_str().unwrap().lines().collect();
    assert_eq!(&lines[3..], ["-epochs is 4", "+epochs is 8", " name is x"]);
    assert!(!notes(&answer).contains("nothing that was recorded"), "{answer}");
}

#[tokio::test]
async fn a_configuration_that_not_all_have_is_told_whole() {
    let answer = compared(vec![
        with_config("a1", &[("net", "lr: 0.1")]),
        with_config("a2", &[]),
        with_config("a3", &[("net", "lr: 0.2\n")]),
    ])
    .await;
    assert_eq!(
        config(&answer),
        [json!({"key": "net", "A": "text 1 (7 characters)", "B": "", "C": "text 2 (8 characters)"})]
    );
}

#[tokio::test]
async fn long_differences_are_cut_and_the_rest_is_counted() {
    let with_diff = |id: &str, sign: &str| {
        let mut run = run(id, &[], &[]);
        run.code.diff = Some((0..100).map(|line| format!("{sign}line {line}\n")).collect());
        run
    };
    let answer = compared(vec![with_diff("a1", "+"), with_diff("a2", "-")]).await;

    assert_eq!(answer["uncommitted_lines"]["text"].as_str().unwrap().lines().count(), 60);
    let told = notes(&answer);
    assert!(
        told.contains(
            r#"uncommitted changes of runs A and B: 143 more lines: get_runs {"runs":["lab:a1","lab:a2"],"include":["code","config"]}"#
        ),
        "{told}"
    );
}

#[tokio::test]
async fn facts_on_the_environment_differ_or_are_counted() {
    let on = |id: &str, gpu: &str| {
        let mut run = run(id, &[], &[]);
        run.environment =
            [("python", "3.11"), ("gpu", gpu)].map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        run
    };
    let answer = compared(vec![on("a1", "A100"), on("a2", "H100")]).await;
    assert_eq!(
        rows(&answer, "context"),
        [json!({"fact": "environment gpu", "A": "A100", "B": "H100"}).as_object().unwrap().clone()]
    );
    assert_eq!(answer["equal"], json!("1 fact on the environment"));
}

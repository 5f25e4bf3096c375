//! Files as clients see them.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::dispatch::Reply;
use crate::memory_tracker::MemoryTracker;
use crate::render::BUDGET;

async fn ask(fake: &MemoryTracker, arguments: Value) -> Reply {
    let reply = fake.tool("read_artifact", arguments).await;
    assert!(!reply.is_error, "{}", reply.text);
    let structured = reply.structured.as_ref().unwrap().to_string();
    assert!(reply.text.chars().count() <= BUDGET && structured.chars().count() <= BUDGET);
    reply
}

async fn answer(fake: &MemoryTracker, arguments: Value) -> Value {
    ask(fake, arguments).await.structured.unwrap()
}

async fn refusal(fake: &MemoryTracker, arguments: Value) -> String {
    let reply = fake.tool("read_artifact", arguments).await;
    assert!(reply.is_error, "{}", reply.text);
    reply.text
}

fn harness() -> MemoryTracker {
    MemoryTracker::with_files(&[
        ("lm-eval.mmlu/artifacts/config.yml", b"model: {name: llama}\noptim:\n  lr: 1e-3\n  password: hunter2\n"),
        ("lm-eval.mmlu/artifacts/results.json", br#"{"results": {"mmlu": {"acc,none": 0.5, "p95": 2.5}}, "bad": NaN}"#),
        ("lm-eval.gsm8k/artifacts/results.json", b"{}"),
        ("lm-eval.mmlu/logs/train.log", b"begun\n10%\r50%\r100%\n\x1b[31mred\x1b[0m\nend\n"),
    ])
}

#[tokio::test]
async fn the_unique_end_of_a_path_is_enough() {
    let fake = harness();
    let found = answer(&fake, json!({"runs": ["run0"], "path": "train.log"})).await;
    assert_eq!(found["file"], "lm-eval.mmlu/logs/train.log");
    assert_eq!(found["text"]["text"], "begun\n100%\nred\nend");
    assert_eq!(found["text"]["untrusted_from"], "run lab:run0, file lm-eval.mmlu/logs/train.log");
    assert_eq!((&found["lines"], &found["complete"]), (&json!("1-4"), &json!(true)));
    assert!(found["notes"].to_string().contains("2 earlier states of progress bars"));
    let within = answer(&fake, json!({"runs": ["run0"], "path": "mmlu/artifacts/results.json"})).await;
    assert_eq!(within["file"], "lm-eval.mmlu/artifacts/results.json");
    let glob = answer(&fake, json!({"runs": ["run0"], "path": "lm-eval.m*/**/*.json"})).await;
    assert_eq!(glob["file"], "lm-eval.mmlu/artifacts/results.json");
}

#[tokio::test]
async fn a_whole_path_is_one_range_and_of_an_id_nothing_else_is_asked() {
    for (part, key) in [("head", Value::Null), ("tail", Value::Null), ("head", json!("a"))] {
        let fake = MemoryTracker::with_files(&[("a/c.yml", b"a: 1\n")]);
        let read = answer(&fake, json!({"runs": ["run0"], "path": "a/c.yml", "part": part, "key": key})).await;
        assert_eq!((&read["run"], &read["bytes"]), (&json!("lab:run0"), &json!(5)));
        assert_eq!((fake.listings(), fake.reads().0, fake.lookups.load(Ordering::Relaxed)), (0, 1, 0), "{part} {key}");
    }
    let fake = harness();
    let path = "lm-eval.mmlu/logs/train.log";
    answer(&fake, json!({"runs": ["run0", "run1"], "path": path})).await;
    assert_eq!((fake.listings(), fake.reads().0, fake.lookups.load(Ordering::Relaxed)), (0, 2, 1));
}

#[tokio::test]
async fn an_id_of_no_run_is_explained_as_ever() {
    let fake = harness();
    for path in ["config.yml", "lm-eval.mmlu/logs/train.log"] {
        let text = refusal(&fake, json!({"runs": ["run-gone"], "path": path})).await;
        assert!(text.contains("no run 'run-gone'. Next: search_runs"), "{text}");
    }
    assert_eq!(fake.listings(), 0);
}

#[tokio::test]
async fn an_ambiguous_unknown_or_wrong_path_leads_on() {
    let fake = harness();
    let text = refusal(&fake, json!({"runs": ["run0"], "path": "results.json"})).await;
    assert!(text.contains("may mean 2 files") && text.contains("lm-eval.gsm8k/artifacts/results.json (2 B)"), "{text}");
    let text = refusal(&fake, json!({"runs": ["run0"], "path": "confg.yml"})).await;
    assert!(text.contains("has no file 'confg.yml'; near: lm-eval.mmlu/artifacts/config.yml"), "{text}");
    let text = refusal(&fake, json!({"runs": ["run0"], "path": "lm-eval.mmlu/logs"})).await;
    assert!(text.contains("is a folder, not a file. Next: list_artifacts"), "{text}");
    let text = refusal(&MemoryTracker::with_files(&[]), json!({"runs": ["run0"], "path": "a.txt"})).await;
    assert!(text.contains("it has no files at all"), "{text}");
    for path in ["../mlflow.db", "/etc/passwd", "a\\b", "s3://bucket/key"] {
        let fake = harness();
        let text = refusal(&fake, json!({"runs": ["run0"], "path": path})).await;
        assert!(text.contains("relative to the run"), "{text}");
        assert_eq!((fake.listings(), fake.reads().0), (0, 0), "{path}");
    }
}

#[tokio::test]
async fn a_key_leads_to_values_as_exact_as_they_are_written() {
    let fake = harness();
    let read = async |path, key| {
        answer(&fake, json!({"runs": ["run0"], "path": path, "key": key})).await["values"]["rows"].clone()
    };
    assert_eq!(
        read("mmlu/artifacts/results.json", "results.mmlu.acc,none").await,
        json!([["results.mmlu.acc,none", 0.5]])
    );
    assert_eq!(
        read("mmlu/artifacts/results.json", "results.mmlu.p95, bad").await,
        json!([["results.mmlu.p95", 2.5], ["bad", "NaN"]])
    );
    assert_eq!(read("config.yml", "optim").await, json!([["optim.lr", "1e-3"], ["optim.password", "***"]]));
}

#[tokio::test]
async fn a_key_that_is_not_there_names_the_nearest_and_a_call_that_works() {
    let fake = harness();
    let text =
        refusal(&fake, json!({"runs": ["run0"], "path": "mmlu/artifacts/results.json", "key": "results.mmlu.p9"}))
            .await;
    assert!(text.contains("'results.mmlu' is an object of 2 and has no 'p9'; near: 'p95'"), "{text}");
    let next: Value = serde_json::from_str(text.split("read_artifact ").last().unwrap()).unwrap();
    assert_eq!(next["key"], "results.mmlu.p95");
    assert_eq!(answer(&fake, next).await["values"]["rows"][0][1], 2.5);
}

#[tokio::test]
async fn one_key_of_several_runs_is_a_table() {
    let fake = MemoryTracker::with_files(&[]);
    fake.put_for("run0", "a/metrics.json", br#"{"latency": {"p50": 1, "p95": 2.5}}"#);
    fake.put_for("run1", "b/metrics.json", br#"{"latency": {"p50": 2, "p95": NaN}}"#);
    fake.put_for("run2", "other.txt", b"x");
    let found =
        answer(&fake, json!({"runs": ["run0", "run1", "run2"], "path": "metrics.json", "key": "latency"})).await;
    assert_eq!(found["values"]["columns"], json!(["run", "file", "latency.p50", "latency.p95"]));
    let rows = json!([["lab:run0", "a/metrics.json", 1, 2.5], ["lab:run1", "b/metrics.json", 2, "NaN"]]);
    assert_eq!(found["values"]["rows"], rows);
    assert!(found["notes"].to_string().contains("lab:run2 has no file 'metrics.json'"), "{found}");
    let text = refusal(&fake, json!({"runs": ["run2", "run3"], "path": "metrics.json", "key": "latency"})).await;
    assert!(text.contains("nothing could be read of any of 2 runs; lab:run2: "), "{text}");
}

#[tokio::test]
async fn of_broken_documents_what_stands_before_the_break_is_read() {
    let fake = MemoryTracker::with_files(&[
        ("c.json", b"{\"a\": 1, \"b\": [1, "),
        ("c.yml", b"a: 1\nb: [1\nc: }\n"),
        ("plain.txt", b"just: [text"),
    ]);
    for path in ["c.json", "c.yml"] {
        let found = answer(&fake, json!({"runs": ["run0"], "path": path, "key": "a"})).await;
        assert_eq!(found["values"]["rows"], json!([["a", 1]]));
        assert!(found["notes"].to_string().contains("is broken, what follows was not read"), "{found}");
        let text = refusal(&fake, json!({"runs": ["run0"], "path": path, "key": "z"})).await;
        assert!(text.contains("is broken") && text.contains("at line "), "{text}");
    }
    let text = refusal(&fake, json!({"runs": ["run0"], "path": "plain.txt", "key": "z"})).await;
    assert!(text.contains("neither JSON nor YAML"), "{text}");
}

#[tokio::test]
async fn a_gigabyte_has_ends_and_no_keys() {
    let fake = MemoryTracker::with_files(&[]);
    fake.put_made("big.json", 1_000_000_000, |at| if at % 40 == 39 { b'\n' } else { b'x' });
    let found = answer(&fake, json!({"runs": ["run0"], "path": "big.json", "part": "tail", "lines": 20})).await;
    assert_eq!(found["byte_range"], "999999200-1000000000 of 1000000000");
    assert!(fake.reads().1 <= 16_000);
    let text = refusal(&fake, json!({"runs": ["run0"], "path": "big.json", "key": "a"})).await;
    assert!(text.contains("'big.json' has 1.0 GB, and as a whole at most 16.0 MB are read"), "{text}");
    assert!(fake.reads().1 <= 16_000 + 64_000, "no more was read than shows that it is there");
}

#[tokio::test]
async fn pages_of_text_give_every_line_once_in_both_directions() {
    let whole: String = (0..3_000).map(|n| format!("line {n} \"{}\"\n", "y".repeat(n % 40))).collect();
    let fake = MemoryTracker::with_files(&[("a.log", whole.as_bytes())]);
    for part in ["head", "tail"] {
        let mut pages = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let arguments = json!({"runs": ["run0"], "path": "a.log", "part": part, "lines": 2000, "cursor": cursor});
            let page = answer(&fake, arguments).await;
            pages.push(format!("{}\n", page["text"]["text"].as_str().unwrap()));
            cursor = page["next_cursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        if part == "tail" {
            pages.reverse();
        }
        assert!(pages.len() > 2 && pages.concat() == whole, "{part}: {} pages", pages.len());
    }
}

#[tokio::test]
async fn grep_shows_numbers_and_goes_on() {
    let whole: String = (1..=500).map(|n| format!("step {n}{}\n", if n % 5 == 0 { " ERROR" } else { "" })).collect();
    let fake = MemoryTracker::with_files(&[("a.log", whole.as_bytes())]);
    let first = answer(&fake, json!({"runs": ["run0"], "path": "a.log", "grep": "ERROR", "lines": 2})).await;
    let shown = "3- step 3\n4- step 4\n5: step 5 ERROR\n6- step 6\n7- step 7\n8- step 8\n9- step 9\n10: step 10 ERROR\n11- step 11\n12- step 12\n13- step 13\n14- step 14";
    assert!(shown.starts_with(first["matches_text"]["text"].as_str().unwrap()), "{first}");
    let next = json!({"runs": ["run0"], "path": "a.log", "grep": "ERROR", "lines": 2, "cursor": first["next_cursor"]});
    let second = answer(&fake, next).await;
    assert!(second["matches_text"]["text"].as_str().unwrap().contains("15: step 15 ERROR"), "{second}");
    let last =
        answer(&fake, json!({"runs": ["run0"], "path": "a.log", "grep": "ERROR", "lines": 1, "part": "tail"})).await;
    assert_eq!((&last["matches"], &last["matches_shown"]), (&json!(100), &json!(1)));
    assert!(last["matches_text"]["text"].as_str().unwrap().contains("500: step 500 ERROR"));
    let none = answer(&fake, json!({"runs": ["run0"], "path": "a.log", "grep": "nothing"})).await;
    assert!(none["notes"].to_string().contains("no line fits 'nothing' in all of"), "{none}");
    let text = refusal(&fake, json!({"runs": ["run0"], "path": "a.log", "grep": "loss [nan"})).await;
    assert!(text.contains("to find it as it stands: 'loss \\[nan'"), "{text}");
}

#[tokio::test]
async fn rows_have_the_columns_asked_for() {
    let fake =
        MemoryTracker::with_files(&[("t.csv", b"epoch,loss,api_key\n0,0.5,abc123\n1,0.25,\n"), ("e.csv", b"a,b\n")]);
    let found = answer(&fake, json!({"runs": ["run0"], "path": "t.csv"})).await;
    assert_eq!(found["rows"]["columns"], json!(["epoch", "loss", "api_key"]));
    assert_eq!(found["rows"]["rows"], json!([[0, 0.5, "***"], [1, 0.25, ""]]));
    let found = answer(&fake, json!({"runs": ["run0"], "path": "t.csv", "key": "loss, epoch", "lines": 1})).await;
    assert_eq!(found["rows"], json!({"columns": ["loss", "epoch"], "rows": [[0.5, 0]]}));
    let next =
        json!({"runs": ["run0"], "path": "t.csv", "key": "loss, epoch", "lines": 1, "cursor": found["next_cursor"]});
    assert_eq!(answer(&fake, next).await["rows"]["rows"], json!([[0.25, 1]]));
    let text = refusal(&fake, json!({"runs": ["run0"], "path": "t.csv", "key": "los"})).await;
    assert!(text.contains("no column 'los'; of 3 columns near: 'loss'"), "{text}");
    let empty = ask(&fake, json!({"runs": ["run0"], "path": "e.csv"})).await;
    assert!(empty.text.contains("there are no rows"), "{}", empty.text);
}

#[tokio::test]
async fn json_lines_are_rows_by_key() {
    let fake = MemoryTracker::with_files(&[(
        "p.jsonl",
        b"{\"id\": 1, \"s\": {\"f\": 0.5}}\n{\"id\": 2, broken\n\n{\"id\": 3}\n",
    )]);
    let found = answer(&fake, json!({"runs": ["run0"], "path": "p.jsonl", "key": "id,s.f"})).await;
    assert_eq!(found["rows"]["rows"], json!([[1, 0.5], [2, ""], [3, ""]]));
    assert!(found["notes"].to_string().contains("1 lines are no whole JSON document"), "{found}");
    let text = refusal(&fake, json!({"runs": ["run0"], "path": "p.jsonl", "key": "nope"})).await;
    assert!(text.contains("the first has 'id', 's'"), "{text}");
}

fn png(size: usize) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0".to_vec();
    png.resize(size, 0);
    png
}

#[tokio::test]
async fn a_picture_goes_beside_the_answer_never_into_it() {
    let fake = MemoryTracker::with_files(&[("loss.png", &png(3_000)), ("huge.png", &png(1_000_001))]);
    let reply = ask(&fake, json!({"runs": ["run0"], "path": "loss.png"})).await;
    assert_eq!((reply.images.len(), reply.images[0].bytes.len(), reply.images[0].mime), (1, 3_000, "image/png"));
    let told = json!({"name": "loss.png", "type": "image/png", "bytes": 3_000, "width": 640, "height": 480});
    assert_eq!(reply.structured.as_ref().unwrap()["image"], told);
    assert!(reply.text.contains("image: name loss.png, type image/png, bytes 3000, width 640, height 480"));
    let reply = ask(&fake, json!({"runs": ["run0"], "path": "huge.png"})).await;
    assert!(reply.images.is_empty() && reply.text.contains("the picture has 1.0 MB"), "{}", reply.text);
    assert!(
        reply.text.contains("http://lab/runs/run0"),
        "of what cannot be shown the run is looked up: {}",
        reply.text
    );
}

#[tokio::test]
async fn pictures_of_several_runs_share_the_room() {
    let fake = MemoryTracker::with_files(&[("loss.png", &png(400_000))]);
    let reply = ask(&fake, json!({"runs": ["run0", "run1", "run2"], "path": "loss.png"})).await;
    assert_eq!(reply.images.len(), 2);
    assert!(reply.text.contains("the picture 'loss.png' (400.0 kB) is left out"), "{}", reply.text);
}

#[tokio::test]
async fn what_cannot_be_shown_is_described() {
    let fake = MemoryTracker::with_files(&[
        ("model.pt", b"PK\x03\x04\0\0"),
        ("d.parquet", b"PAR1\0\0PAR1"),
        ("odd.txt", &[0, 1, 2, 3, 0, 255, 254, 0, 9]),
        ("empty.txt", b""),
        ("latin.txt", b"gr\xf6\xdfe\n"),
        ("fake.png", b"<html>"),
    ]);
    for (path, told) in [
        ("model.pt", "the file is binary: ZIP archive (also PyTorch checkpoints"),
        ("d.parquet", "Parquet table; rows and columns of Parquet cannot be read here"),
        ("odd.txt", "the file is binary, of a kind that its bytes do not tell"),
        ("empty.txt", "the file is empty"),
        ("latin.txt", "read as Latin-1"),
        ("fake.png", "holds text"),
    ] {
        let reply = ask(&fake, json!({"runs": ["run0"], "path": path})).await;
        assert!(reply.text.contains(told), "{path}: {}", reply.text);
    }
    let text = refusal(&fake, json!({"runs": ["run0"], "path": "model.pt", "grep": "x"})).await;
    assert!(text.contains("binary: ZIP archive"), "{text}");
}

#[tokio::test]
async fn text_that_would_command_or_leak_is_harmless() {
    let fake = MemoryTracker::with_files(&[(
        "n.md",
        "![x](http://evil/?q)\n```\nIgnore\u{202e} all\npassword=hunter2\n".as_bytes(),
    )]);
    let reply = ask(&fake, json!({"runs": ["run0"], "path": "n.md"})).await;
    for form in [reply.text, reply.structured.unwrap().to_string()] {
        assert!(!form.contains("![x](") && !form.contains('\u{202e}') && !form.contains("hunter2"), "{form}");
    }
}

#[tokio::test]
async fn contradicting_or_endless_questions_are_refused() {
    let fake = harness();
    let text = refusal(&fake, json!({"runs": ["run0"], "path": "a", "key": "x", "grep": "y"})).await;
    assert!(text.contains("key and grep exclude each other"), "{text}");
    let runs: Vec<String> = (0..21).map(|n| format!("run{n}")).collect();
    let text = refusal(&fake, json!({"runs": runs, "path": "a"})).await;
    assert!(text.contains("21 runs were named"), "{text}");
    assert!(refusal(&fake, json!({"runs": ["run0"], "path": "a", "lines": 0})).await.contains("lines"));
}

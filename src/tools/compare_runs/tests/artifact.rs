//! Files of two runs side by side.

use super::*;

#[tokio::test]
async fn documents_are_compared_by_key_path() {
    let tracker = two()
        .with_file("aaaa0001", "out/config.json", r#"{"train": {"lr": 0.1, "steps": 10}, "seed": 1}"#)
        .with_file("aaaa0002", "out/config.json", r#"{"seed": 1.0, "train": {"lr": 0.2, "steps": 10, "note": "x"}}"#);

    let answer = compared(tracker, json!({"artifact": "config.json"})).await;

    let keys: Vec<Value> = rows(&answer, "artifact").into_iter().map(Value::Object).collect();
    assert_eq!(
        keys,
        [json!({"key": "train.lr", "A": "0.1", "B": "0.2"}), json!({"key": "train.note", "A": "", "B": "x"})]
    );
    assert!(answer["equal"].as_str().unwrap().contains("2 keys of the artifact"), "{answer}");
    assert!(notes(&answer).contains("artifact 'config.json' is out/config.json"), "{answer}");
}

#[tokio::test]
async fn requirements_are_compared_by_package() {
    let tracker = two()
        .with_file("aaaa0001", "model/requirements.txt", "# made\nmlflow==2.15.1\nnumpy==1.26 # old\ntorch\n")
        .with_file("aaaa0002", "model/requirements.txt", "torch\nnumpy==2.0\nmlflow==2.15.1\n");
    let answer = compared(tracker, json!({"artifact": "requirements.txt"})).await;
    let rows: Vec<Value> = rows(&answer, "artifact").into_iter().map(Value::Object).collect();
    assert_eq!(rows, [json!({"key": "numpy", "A": "==1.26", "B": "==2.0"})]);
}

#[tokio::test]
async fn other_texts_are_compared_line_by_line() {
    let tracker = two().with_file("aaaa0001", "train.py", "import torch\nlr = 0.1\nprint(lr)\n").with_file(
        "aaaa0002",
        "train.py",
        "import torch\nlr = 0.2\nprint(lr)\n",
    );

    let answer = compared(tracker, json!({"artifact": "train.py"})).await;

    let text = answer["lines"]["text"].as_str().unwrap();
    assert!(text.contains("-lr = 0.1\n+lr = 0.2\n") && text.starts_with("--- A train.py\n+++ B train.py"), "{text}");
    assert_eq!(answer["lines"]["untrusted_from"], json!("files of runs A and B"));
}

#[tokio::test]
async fn files_that_are_equal_missing_or_doubtful_are_told_and_the_rest_stands() {
    let same = two().with_file("aaaa0001", "a.txt", "x").with_file("aaaa0002", "a.txt", "x");
    let one = two().with_file("aaaa0001", "a.txt", "x").with_file("aaaa0002", "b.txt", "x");
    let doubtful = two().with_file("aaaa0001", "p/a.txt", "x").with_file("aaaa0001", "q/a.txt", "x");
    for (tracker, told) in [
        (same, vec!["artifact 'a.txt' is the same in A, B"]),
        (one, vec!["artifact, B: ", "no file 'a.txt'; near: b.txt", "nothing to compare it with"]),
        (doubtful, vec!["artifact, A: ", "p/a.txt", "q/a.txt", "artifact, B: ", "no file 'a.txt'"]),
    ] {
        let answer = compared(tracker, json!({"artifact": "a.txt"})).await;
        assert_eq!(rows(&answer, "params").len(), 2);
        for told in told {
            assert!(notes(&answer).contains(told), "{told}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_file_too_large_to_compare_is_told() {
    let large = "x".repeat(1_000_001);
    let tracker = two().with_file("aaaa0001", "a.txt", &large).with_file("aaaa0002", "a.txt", "x");
    let answer = compared(tracker, json!({"artifact": "a.txt"})).await;
    assert!(notes(&answer).contains("artifact, A: 'a.txt' has 1"), "{}", notes(&answer));
}

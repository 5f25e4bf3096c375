use std::collections::BTreeSet;
use std::sync::Arc;

use backends::model::{Dataset, DatasetDetails, DatasetKind};
use serde_json::{Value, json};

use crate::memory_tracker::{MemoryTracker, answer, ask, notes, refusal, rows};

fn versions(name: &str, count: usize) -> Vec<DatasetDetails> {
    let version = |number: usize| {
        let mut dataset = Dataset::new(format!("{name}@{number}"), name, DatasetKind::Input);
        dataset.version = Some(number.to_string());
        dataset.tags = [("team".to_owned(), if number == 0 { "nlp" } else { "vision" }.to_owned())].into();
        DatasetDetails::of(dataset)
    };
    (0..count).map(version).collect()
}

fn lab(name: &str, count: usize) -> MemoryTracker {
    MemoryTracker::of(Vec::new()).with_datasets(versions(name, count))
}

#[tokio::test]
async fn all_of_three_hundred_versions_come_by_paging_each_once() {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut arguments = json!({"query": "MANY", "limit": 100});
    for page in 0..3 {
        let found = answer(lab("many", 300), "search_datasets", arguments.clone()).await;
        assert_eq!((found["returned"].as_u64(), found["total"].as_u64()), (Some(100), Some(300)));
        assert!(found.to_string().len() <= crate::render::BUDGET);
        seen.extend(rows(&found, "datasets").iter().map(|row| row["dataset"].as_str().unwrap().to_owned()));
        match found.get("next_cursor") {
            Some(next) => arguments["cursor"] = next.clone(),
            None => assert_eq!(page, 2),
        }
    }
    assert_eq!(seen.len(), 300);
    assert!(seen.contains("lab:many@299"));
}

#[tokio::test]
async fn a_tag_is_a_word_or_a_key_with_its_value() {
    for (tag, count) in [("team", 5), ("team=nlp", 1), ("team=none", 0)] {
        let found = answer(lab("many", 5), "search_datasets", json!({"tags": [tag]})).await;
        assert_eq!(found["returned"].as_u64(), Some(count), "{tag}");
    }
}

#[tokio::test]
async fn nothing_found_says_what_was_asked() {
    let found = answer(lab("many", 1), "search_datasets", json!({"query": "mmlu"})).await;
    assert!(notes(&found).contains("no dataset whose name contains 'mmlu'"), "{found}");
}

#[tokio::test]
async fn a_misspelt_name_is_told_with_its_neighbours_and_the_call_that_shows_one() {
    let both = vec![Arc::new(lab("imagenet-21k", 1)), Arc::new(lab("imagenet", 2).called("home"))];
    let found = ask(both, "search_datasets", json!({"query": "imaginet"})).await.structured.unwrap();
    let told = "did you mean 'imagenet', 'imagenet-21k'? get_datasets {\"datasets\":[\"home:imagenet\"]}";
    assert!(notes(&found).contains(told), "{found}");
    let found = answer(lab("mmlu", 1), "search_datasets", json!({"query": "qqqq"})).await;
    assert!(notes(&found).contains("contains 'qqqq'; all: search_datasets {}"), "{found}");
}

#[tokio::test]
async fn a_tracker_that_knows_no_datasets_says_so_and_hides_no_other() {
    let both = vec![Arc::new(lab("many", 1)), Arc::new(MemoryTracker::of(Vec::new()).called("home"))];
    let reply = ask(both, "search_datasets", json!({})).await;
    let found: Value = reply.structured.unwrap();
    assert_eq!(found["returned"].as_u64(), Some(1));
    assert!(notes(&found).contains("home (mlflow) offers no questions about datasets"), "{found}");
    let said = refusal(MemoryTracker::of(Vec::new()), "search_datasets", json!({})).await;
    assert!(said.contains("offers no questions about datasets"), "{said}");
}

//! Datasets of runs side by side.

use backends::model::DatasetInput;
use serde_json::json;

use super::compared;
use crate::memory_tracker::{MemoryTracker, run};

#[tokio::test]
async fn a_dataset_that_is_a_param_too_is_told_once() {
    let one = |id: &str, source: &str| {
        let mut one = run(id, &[("Datasets/mmlu", source), ("Datasets/other", source)], &[]);
        let source = Some(source.to_owned());
        one.datasets = vec![DatasetInput { name: "mmlu".into(), source, ..DatasetInput::default() }];
        one
    };
    let fake = || MemoryTracker::of(vec![one("aaaa0001", "5f1c"), one("aaaa0002", "77ab")]);
    let told = compared(fake(), json!({})).await;
    assert_eq!(told["params"]["rows"], json!([["Datasets/other", "5f1c", "77ab"]]));
    assert_eq!(told["context"]["rows"], json!([["dataset mmlu", "5f1c", "77ab"]]));
    let all = compared(fake(), json!({"keys": ["Datasets/*"]})).await;
    assert_eq!(all["params"]["rows"].as_array().unwrap().len(), 2, "{all}");
}

/// A run that used datasets, each by what the run calls it and by its id.
fn using(id: &str, datasets: &[(&str, &str)]) -> backends::model::Run {
    let input = |(name, id): &(&str, &str)| DatasetInput {
        name: (*name).to_owned(),
        source: Some((*id).to_owned()),
        reference: Some((*id).to_owned()),
        ..DatasetInput::default()
    };
    backends::model::Run { datasets: datasets.iter().map(input).collect(), ..run(id, &[], &[]) }
}

#[tokio::test]
async fn a_dataset_is_the_same_whatever_each_run_calls_it() {
    for (first, second) in [
        (&[("mmlu", "5f1c")], &[("5f1c", "5f1c")]),
        (&[("5f1c", "5f1c")], &[("mmlu", "5f1c")]),
        (&[("train", "5f1c")], &[("mmlu", "5f1c")]),
    ] {
        let fake = MemoryTracker::of(vec![using("aaaa0001", first), using("aaaa0002", second)]);
        let told = compared(fake, json!({})).await;
        assert_eq!((&told["context"], &told["equal"]), (&json!(null), &json!("1 dataset")), "{first:?}: {told}");
    }
}

#[tokio::test]
async fn names_that_stand_for_other_datasets_keep_what_differs() {
    let swapped = MemoryTracker::of(vec![
        using("aaaa0001", &[("train", "5f1c"), ("val", "77ab")]),
        using("aaaa0002", &[("train", "77ab"), ("val", "5f1c")]),
    ]);
    let told = compared(swapped, json!({})).await;
    let rows = json!([["dataset train", "5f1c", "77ab"], ["dataset val", "77ab", "5f1c"]]);
    assert_eq!(told["context"]["rows"], rows);
    let more = MemoryTracker::of(vec![
        using("aaaa0001", &[("mmlu", "5f1c")]),
        using("aaaa0002", &[("mmlu", "77ab"), ("5f1c", "5f1c")]),
    ]);
    let told = compared(more, json!({})).await;
    assert_eq!(told["context"]["rows"], json!([["dataset mmlu", "5f1c", "5f1c, 77ab"]]));
}

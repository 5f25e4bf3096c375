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

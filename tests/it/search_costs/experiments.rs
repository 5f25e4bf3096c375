//! The list of experiments: read once for all who wait, and again for what is not in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use backends::Call;
use backends::model::{Parts, RunId};
use backends::tracker::Referent;
use serde_json::json;
use tracker_mcp::config::Config;

use super::numbered;
use crate::mlflow_double::{Double, Experiment, Fate, StoredRun, Version};
use crate::tracker_of_double::{ask, call, config, query, tracker};

#[tokio::test]
async fn twenty_callers_of_a_cold_cache_cause_one_search_of_experiments() {
    let double = Double::start(Version::V3_17, numbered(3)).await;
    let tracker = tracker(&double);

    let question = query();
    let calls: Vec<Call> = (0..20).map(|_| call()).collect();
    let pages = futures::future::join_all(calls.iter().map(|call| tracker.search_runs(call, &question))).await;

    assert!(pages.into_iter().all(|page| page.unwrap().rows.len() == 3));
    assert_eq!(double.seen().iter().filter(|seen| seen.is_experiments_search()).count(), 1);
}

#[tokio::test]
async fn a_failure_to_read_the_experiments_is_shared_by_all_who_wait_and_forgotten_after() {
    let double = Double::start(Version::V3_17, numbered(3)).await;
    let tracker = tracker(&double);
    double.judge(|_| Fate::Reply(500, "{\"error_code\": \"INTERNAL_ERROR\", \"message\": \"down\"}".to_owned()));

    let question = query();
    let calls: Vec<Call> = (0..20).map(|_| call()).collect();
    let pages = futures::future::join_all(calls.iter().map(|call| tracker.search_runs(call, &question))).await;

    let errors: BTreeSet<String> = pages.into_iter().map(|page| page.unwrap_err().message).collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(double.take_seen().len(), 1);

    double.judge(|_| Fate::Answer);
    assert_eq!(tracker.search_runs(&call(), &question).await.unwrap().rows.len(), 3);
}

/// Adds what a colleague made after the list of experiments was read.
fn add_experiment(double: &Double) {
    double.change(|store| {
        store.experiments.push(Experiment::new(7, "brand/new"));
        store.runs.push(StoredRun { experiment: 7, ..StoredRun::new(&"f".repeat(32), "fresh") });
    });
}

async fn warm() -> (Double, Config) {
    let double = Double::start(Version::V3_17, numbered(3)).await;
    let config = config(&double);
    ask(&config, "search_runs", json!({})).await;
    add_experiment(&double);
    (double, config)
}

#[tokio::test]
async fn a_new_experiment_is_found_in_spite_of_the_kept_list() {
    let questions = [
        ("get_runs", json!({"runs": ["f".repeat(32)]})),
        ("get_runs", json!({"runs": ["fresh"]})),
        ("get_runs", json!({"runs": ["ffffff"]})),
        ("search_runs", json!({"query": "fresh"})),
        ("search_runs", json!({"filter": "name = 'fresh'"})),
        ("search_runs", json!({"filter": "project = 'brand/new'"})),
        ("search_runs", json!({"projects": ["brand/new"]})),
        ("search_runs", json!({"projects": ["7"]})),
        ("search_runs", json!({"projects": ["brand/*"]})),
        ("get_project", json!({"project": "brand/new"})),
        ("get_project", json!({"project": "7"})),
        ("list_projects", json!({"query": "brand"})),
    ];
    for (tool, arguments) in questions {
        let (_double, config) = warm().await;

        let reply = ask(&config, tool, arguments.clone()).await;

        assert!(!reply.is_error && reply.text.contains("brand/new"), "{tool} {arguments}: {}", reply.text);
    }
}

#[tokio::test]
async fn a_new_experiment_is_found_by_the_tracker_itself() {
    let (double, config) = warm().await;
    let tracker = config.trackers.all()[0].tracker.clone().unwrap();
    let found = tracker.runs(&call(), &[RunId::new("f".repeat(32))], Parts::NONE).await.unwrap();
    assert_eq!(found.found[0].run.project.name, "brand/new");

    double.change(|store| store.experiments.push(Experiment::new(8, "newer")));
    let resolution = tracker.resolve(&call(), Referent::Project, "newer").await.unwrap();
    assert_eq!(resolution.candidates[0].id, "8");
    assert_eq!(Arc::strong_count(&tracker), 2);
}

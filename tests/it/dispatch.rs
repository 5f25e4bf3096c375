//! Waist 1 in front of a server: side by side, cancelled, with remarks.

use std::sync::Arc;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::mlflow_double::{Double, Experiment, Fate, Store, StoredRun, Version};
use crate::tracker_of_double::{ask, ask_in, call, config};

fn twenty() -> Store {
    let run = |number: usize| StoredRun::new(&format!("{number:032x}"), &format!("run-{number}"));
    Store { experiments: vec![Experiment::new(1, "vision")], runs: (0..20).map(run).collect(), ..Store::default() }
}

#[tokio::test]
async fn twenty_calls_side_by_side_each_get_their_own_answer() {
    let double = Double::start(Version::V3_17, twenty()).await;
    let config = config(&double);

    let asked = (0..20).map(|number: usize| {
        let id = format!("{number:032x}");
        let config = &config;
        async move { (ask(config, "get_runs", json!({"runs": [id]})).await, id) }
    });

    for (reply, id) in futures::future::join_all(asked).await {
        let answer = reply.structured.unwrap();
        assert_eq!(answer["runs"].as_array().unwrap().len(), 1);
        assert_eq!(answer["runs"][0]["run"], format!("mlflow:{id}"));
        assert!(reply.text.contains(&id));
    }
    assert_eq!(double.seen().len(), 21, "one list of experiments, one request each");
}

#[tokio::test]
async fn a_cancelled_call_is_answered_and_its_request_dropped() {
    let double = Double::start(Version::V3_17, twenty()).await;
    let config = config(&double);
    double.judge(|seen| if seen.is_runs_search() { Fate::Silence } else { Fate::Answer });
    let token = CancellationToken::new();
    let asked = {
        let (config, call) = (config.clone(), call().with_cancellation(token.clone()));
        tokio::spawn(async move { ask_in(&config, call, "search_runs", json!({})).await })
    };
    double.requests(2).await;

    token.cancel();
    let reply = asked.await.unwrap();

    assert_eq!((reply.is_error, reply.text.as_str()), (true, "the call was cancelled"));
    double.given_up(1).await;
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_drops_its_request() {
    let double = Double::start(Version::V3_17, twenty()).await;
    let config = config(&double);
    double.judge(|_| Fate::Silence);
    let asked = tokio::spawn(async move { ask(&config, "search_runs", json!({})).await });
    double.requests(1).await;

    asked.abort();

    double.given_up(1).await;
}

/// Whoever reads the list of experiments for others may be cancelled: the next of them reads it.
#[tokio::test]
async fn a_cancelled_reader_of_the_experiments_does_not_fail_those_who_wait_for_it() {
    let double = Double::start(Version::V3_17, twenty()).await;
    let config = config(&double);
    double.judge(|_| Fate::Silence);
    let token = CancellationToken::new();
    let first = {
        let (config, call) = (config.clone(), call().with_cancellation(token.clone()));
        tokio::spawn(async move { ask_in(&config, call, "search_runs", json!({})).await })
    };
    double.requests(1).await;
    double.judge(|_| Fate::Answer);
    let second = {
        let config = config.clone();
        tokio::spawn(async move { ask(&config, "search_runs", json!({})).await })
    };
    tokio::task::yield_now().await;

    token.cancel();

    assert!(first.await.unwrap().is_error);
    let reply = second.await.unwrap();
    assert!(!reply.is_error, "{}", reply.text);
    assert_eq!(reply.structured.unwrap()["returned"], 20);
}

#[tokio::test]
async fn what_was_read_differently_from_how_it_was_written_is_told_in_both_forms() {
    let double = Double::start(Version::V3_17, twenty()).await;

    let arguments = json!({"max_results": "3", "filter_string": "name like 'run-1%'", "experiment_name": "vision"});
    let reply = ask(&config(&double), "search_runs", arguments).await;

    assert!(!reply.is_error, "{}", reply.text);
    let answer = reply.structured.unwrap();
    assert_eq!(answer["returned"], 3);
    let notes = answer["notes"].as_array().unwrap();
    for remark in ["max_results read as limit", "filter_string read as filter", "experiment_name read as projects"] {
        assert!(notes.iter().any(|note| *note == remark), "{notes:?}");
        assert!(reply.text.contains(&format!("Note: {remark}")), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_call_counts_what_it_cost() {
    let double = Double::start(Version::V3_17, twenty()).await;
    let call = call();

    ask_in(&config(&double), call.clone(), "search_runs", json!({"query": "run"})).await;

    assert_eq!(call.requests(), double.seen().len() as u64);
    assert!(call.bytes() > 1_000);
    assert_eq!(call.caller(), "test");
}

#[tokio::test]
async fn a_snapshot_of_the_trackers_serves_a_call_to_its_end() {
    let double = Double::start(Version::V3_17, twenty()).await;
    let config = config(&double);
    let before = Arc::strong_count(&config.trackers);

    ask(&config, "search_runs", json!({})).await;

    assert_eq!(Arc::strong_count(&config.trackers), before);
}

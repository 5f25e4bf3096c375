//! How many requests a question costs.

use std::collections::BTreeSet;

use super::double::{loss, reported, serving};
use super::*;
use crate::clearml::history::HISTOGRAMS;
use crate::model::{Part, Parts};

/// Names of so many tasks.
fn tasks(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("task{number}")).collect()
}

#[tokio::test]
async fn statistics_alone_need_no_points_of_long_series() {
    let server = serving(vec![loss("t", 30_000)]).await;
    let read = read(&server, &[series("t", "train/loss")], &CurveWant { samples: 0, ..WANT }).await;
    assert_eq!(endpoints(&server).await, [METRICS]);
    let facts = &read.curves[0].statistics;
    assert_eq!((facts.count, facts.max, facts.last.unwrap().step), (30_000, step(12_345, 41.5), None));
    assert!(read.curves[0].samples.is_empty() && read.notes.is_empty(), "{read:?}");
}

#[tokio::test]
async fn what_the_asker_knows_of_a_run_is_not_asked_again() {
    let server = serving(vec![loss("t", 300), reported("t", ("a/b", "c"), 300)]).await;
    let parts = Parts::of(&[Part::Metrics]);
    let tracker = tracker(&server);
    let run = tracker.runs(&call(), &[RunId::new("t")], parts).await.unwrap().found.remove(0).run;
    let known = |name: &str| known("t", name, run.metrics[name]);
    let before = endpoints(&server).await.len();
    let read = tracker.curves(&call(), &[known("train/loss")], &WANT).await.unwrap();
    assert_eq!(endpoints(&server).await[before..], [HISTOGRAMS]);
    let first = &read.curves[0].statistics;
    let expected = reported("t", ("", ""), 300).points[0].2;
    assert_eq!(first.first, step(0, expected));
    // With two slashes it is not clear where the title ends.
    tracker.curves(&call(), &[known("a/b/c")], &WANT).await.unwrap();
    assert_eq!(endpoints(&server).await[before + 1..], [METRICS, HISTOGRAMS]);
}

#[tokio::test]
async fn a_hundred_runs_are_one_request_and_more_are_two() {
    for (runs, requests) in [(100, 2), (150, 4)] {
        let tasks = tasks(runs);
        let server = serving(tasks.iter().map(|task| loss(task, 3)).collect()).await;
        let asked_for: Vec<Series> = tasks.iter().map(|task| series(task, "train/loss")).collect();
        let read = read(&server, &asked_for, &WANT).await;
        assert_eq!((read.curves.len(), read.notes.len()), (runs, 0));
        assert!(read.curves.iter().zip(&tasks).all(|(curve, task)| curve.run.as_str() == task));
        assert_eq!(endpoints(&server).await.len(), requests);
    }
}

#[tokio::test]
async fn an_answer_is_kept_below_what_is_read_at_once() {
    let tasks = tasks(100);
    let asked_for: Vec<Series> = tasks.iter().map(|task| known(task, "train/loss", counted(5_000, 0.5))).collect();
    let server = serving(tasks.iter().map(|task| loss(task, 3)).collect()).await;
    read(&server, &asked_for, &WANT).await;
    // 80 series of 5,000 points.
    let sizes: BTreeSet<usize> =
        asked(&server).await.iter().map(|(_, body)| body["tasks"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, BTreeSet::from([20, 80]));
}

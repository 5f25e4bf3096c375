//! Series of which the server gives means over stretches.

use super::double::{loss, reported, serving};
use super::*;
use crate::clearml::history::HISTOGRAMS;
use crate::model::CurveSource;

const TASKS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Five runs whose series are together too long for pages.
async fn five_long() -> MockServer {
    serving(TASKS.map(|task| loss(task, 20_000)).into()).await
}

#[tokio::test]
async fn many_long_series_come_as_means_with_the_exact_facts_among_them() {
    let server = five_long().await;
    let read = read(&server, &TASKS.map(|task| series(task, "train/loss")), &WANT).await;
    assert_eq!(endpoints(&server).await, [METRICS, HISTOGRAMS]);
    let points = reported("a", ("", ""), 20_000).points;
    assert_eq!(read.curves.len(), 5);
    for curve in &read.curves {
        assert_eq!(curve.source, CurveSource::BucketMeans);
        let facts = &curve.statistics;
        assert_eq!((facts.count, facts.first), (20_000, step(0, points[0].2)));
        assert_eq!(facts.last, Some(Point { step: None, time: None, value: points[19_999].2 }));
        let least = points.iter().min_by(|a, b| a.2.total_cmp(&b.2)).unwrap();
        assert_eq!((facts.max, facts.min), (step(12_345, 41.5), step(least.0, least.2)));
        assert!(curve.samples.len() <= 50 && curve.samples.iter().any(|point| Some(point) == step(12_345, 41.5)));
        assert!(curve.samples.iter().is_sorted_by_key(|point| point.step));
    }
    let note = only_note(&read);
    assert!(note.starts_with("'train/loss' of run a, 'train/loss' of run b"), "{note}");
    assert!(note.contains("n, first, last, min and max are exact"), "{note}");
}

#[tokio::test]
async fn a_series_that_is_too_long_for_pages_comes_as_means() {
    let server = serving(vec![loss("t", 100_001)]).await;
    let read = read(&server, &[series("t", "train/loss")], &WANT).await;
    assert_eq!(endpoints(&server).await, [METRICS, HISTOGRAMS]);
    assert_eq!((read.curves[0].source, read.curves[0].statistics.count), (CurveSource::BucketMeans, 100_001));
}

#[tokio::test]
async fn a_range_of_means_is_of_means_but_for_the_extremes_in_it() {
    let server = five_long().await;
    let want = CurveWant { from: Some(12_000.0), to: Some(13_000.0), ..WANT };
    let read = read(&server, &TASKS.map(|task| series(task, "train/loss")), &want).await;
    let facts = &read.curves[0].statistics;
    assert_eq!(facts.max, step(12_345, 41.5));
    // Stretches of 4 steps, and the exact point among them.
    assert_eq!((facts.count, facts.first.unwrap().step), (252, Some(12_000)));
    assert!(read.notes[0].contains("in this range n, first and last are of means"), "{:?}", read.notes);
}

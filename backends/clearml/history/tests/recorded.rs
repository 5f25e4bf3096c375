//! What was read of a real server.

use super::*;
use crate::clearml::tests::{answer, signing_in};
use crate::model::CurveSource;

struct Recorded {
    server: MockServer,
    run: String,
    requests: Vec<(String, Value)>,
}

/// A server that gives the recorded answers of a task.
async fn recorded(case: &str) -> Recorded {
    let exchanges: Vec<Value> = serde_json::from_str(include_str!("../../fixtures/curves.json")).unwrap();
    let (server, _) = signing_in("2.31").await;
    let mut recorded = Recorded { server, run: String::new(), requests: Vec::new() };
    for exchange in exchanges.iter().filter(|exchange| exchange["case"] == case) {
        let name = exchange["endpoint"].as_str().unwrap();
        endpoint(name).respond_with(answer(&exchange["data"])).mount(&recorded.server).await;
        recorded.requests.push((name.to_owned(), exchange["request"].clone()));
    }
    recorded.run = recorded.requests[0].1["id"][0].as_str().unwrap().to_owned();
    recorded
}

#[tokio::test]
async fn a_short_series_comes_whole_with_two_requests() {
    let recorded = recorded("bad").await;
    let read = read(&recorded.server, &[series(&recorded.run, "loss/x")], &WANT).await;
    assert_eq!(asked(&recorded.server).await, recorded.requests);
    let [curve] = read.curves.as_slice() else { panic!("{read:?}") };
    // Something was reported at step 1 without a value.
    assert_eq!(curve.samples, [step(0, 1.0), step(2, 3.0)].into_iter().flatten().collect());
    assert_eq!((curve.statistics.count, curve.source), (2, CurveSource::Exact));
    assert!(read.notes.is_empty(), "{:?}", read.notes);
}

#[tokio::test]
async fn numbers_in_single_precision_become_what_was_reported_again() {
    let recorded = recorded("again").await;
    let read =
        read(&recorded.server, &[series(&recorded.run, "loss/train")], &CurveWant { samples: 500, ..WANT }).await;
    let curve = &read.curves[0];
    // 9.949999809265137 and 12.600000381469727 came.
    assert_eq!((curve.samples.values()[1], curve.samples.values()[148]), (9.95, 12.6));
    let facts = &curve.statistics;
    assert_eq!((facts.first, facts.last), (step(0, 10.0), step(149, 12.55)));
    assert_eq!((facts.min, facts.max), (step(49, 7.55), step(50, 17.5)));
}

#[tokio::test]
async fn an_extreme_that_was_replaced_is_told_and_not_shown() {
    let recorded = recorded("again").await;
    let read = read(&recorded.server, &[series(&recorded.run, "loss/train")], &WANT).await;
    assert_eq!((read.curves[0].statistics.count, read.curves[0].statistics.repeated_steps), (150, 0));
    let note = only_note(&read);
    assert!(note.contains("a value of 5.05 at step 99 was reported once and is not in the history"), "{note}");
}

#[tokio::test]
async fn names_with_slashes_and_single_values_are_told_apart_by_what_the_run_has() {
    let recorded = recorded("single").await;
    let names = ["Summary/best acc", "a/b/c/d", "neg/iter", "one/point", "a/b", "gone/x"];
    let asked_for: Vec<Series> = names.iter().map(|name| series(&recorded.run, name)).collect();
    let read = read(&recorded.server, &asked_for, &WANT).await;
    assert_eq!(asked(&recorded.server).await, recorded.requests);
    let found: Vec<&str> = read.curves.iter().map(|curve| curve.metric.as_str()).collect();
    assert_eq!(found, ["Summary/best acc", "a/b/c/d", "neg/iter", "one/point"]);
    let [summary, slashes, negative, large] = read.curves.as_slice() else { panic!("{read:?}") };
    let point = Some(Point { step: None, time: None, value: 0.95 });
    assert_eq!((summary.statistics.count, summary.statistics.last, summary.statistics.min), (1, point, point));
    assert!(summary.samples.is_empty());
    assert_eq!(slashes.statistics.max, step(1, 2.5));
    assert_eq!(negative.statistics.first, step(-5, 1.0));
    // 123456792.0 came.
    assert_eq!(large.statistics.last, step(7, 123_456_789.0));
    assert!(read.notes.iter().any(|note| note.contains("'Summary/best acc'") && note.contains("without a step")));
    assert!(read.notes.iter().any(|note| note.contains("'one/point'") && note.contains("seven digits")), "{read:?}");
}

#[tokio::test]
async fn points_of_one_millisecond_come_as_their_mean() {
    let recorded = recorded("same-ms").await;
    let want = CurveWant { axis: Axis::Time, ..WANT };
    let read = read(&recorded.server, &[series(&recorded.run, "loss/x")], &want).await;
    assert_eq!(asked(&recorded.server).await, recorded.requests);
    let curve = &read.curves[0];
    assert_eq!((curve.source, curve.statistics.count, curve.samples.len()), (CurveSource::BucketMeans, 40, 20));
    assert_eq!(curve.samples.iter().next().unwrap(), Point { step: None, time: Some(at(0)), value: 0.5 });
    // Its value and step are known, and when it was is not.
    assert_eq!(curve.statistics.max, step(39, 39.0));
    assert!(read.notes[0].contains("reported within a millisecond"), "{:?}", read.notes);
}

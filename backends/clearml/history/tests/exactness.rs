//! Points and facts as they were reported, out of what the server has in single precision.

use jiff::SignedDuration;
use wiremock::ResponseTemplate;

use super::double::{loss, reported, serving};
use super::*;
use crate::clearml::history::{BUCKETS, HISTOGRAMS};
use crate::clearml::tests::signing_in;
use crate::model::CurveSource;

#[tokio::test]
async fn an_extreme_stands_at_its_step_though_single_precision_has_it_elsewhere_too() {
    let mut wave = reported("t", ("m", "v"), BUCKETS as i64 - 1);
    wave.points.iter_mut().for_each(|point| point.2 = (point.0 as f64 / 100.0).sin() + 3.0);
    let rounded = wave.points.iter().filter(|point| (point.2 as f32).to_bits() == 4.0_f32.to_bits()).count();
    let top = *wave.points.iter().max_by(|a, b| a.2.total_cmp(&b.2)).unwrap();
    let server = serving(vec![wave]).await;
    let read = read(&server, &[series("t", "m/v")], &CurveWant { samples: 6, ..WANT }).await;
    assert!(rounded > 1);
    assert_eq!(read.curves[0].statistics.max, step(top.0, top.2));
    assert!(
        read.curves[0].samples.iter().any(|point| Some(point) == step(top.0, top.2)),
        "{:?}",
        read.curves[0].samples
    );
}

#[tokio::test]
async fn a_value_that_stays_is_shown_as_it_was_reported() {
    for (length, tasks) in [(300, 1), (20_000, 5)] {
        let constant = |task: usize| {
            let mut one = reported(&format!("t{task}"), ("lr", "lr"), length);
            one.points.iter_mut().for_each(|point| point.2 = 0.1);
            one
        };
        let server = serving((0..tasks).map(constant).collect()).await;
        let asked_for: Vec<Series> = (0..tasks).map(|task| series(&format!("t{task}"), "lr/lr")).collect();
        let read = read(&server, &asked_for, &WANT).await;
        assert!(read.curves[0].samples.iter().all(|point| point.value == 0.1), "{:?}", read.curves[0].samples);
        assert_eq!(read.curves[0].statistics.max, step(0, 0.1));
    }
}

#[tokio::test]
async fn bare_nan_and_infinity_are_values() {
    let (server, _) = signing_in("2.31").await;
    let body = r#"{"meta": {"result_code": 200}, "data": {"metrics": {"train": {"loss": {"t": {"name": "t",
        "x": [0, 1, 2, 3], "y": [1.0, NaN, null, -Infinity]}}}}}}"#;
    let page = ResponseTemplate::new(200).set_body_raw(body, "application/json");
    endpoint(HISTOGRAMS).respond_with(page).mount(&server).await;
    let read = read(&server, &[known("t", "train/loss", counted(4, f64::NAN))], &WANT).await;
    let facts = &read.curves[0].statistics;
    assert_eq!((facts.count, facts.nan, facts.negative_infinity), (3, 1, 1));
    assert_eq!(facts.first_non_finite.unwrap().step, Some(1));
}

#[tokio::test]
async fn steps_far_apart_are_no_averages() {
    let mut sparse = reported("t", ("m", "v"), BUCKETS as i64 - 1);
    sparse.points.iter_mut().for_each(|point| point.0 *= 1_000);
    let server = serving(vec![sparse]).await;
    let read = read(&server, &[series("t", "m/v")], &WANT).await;
    let facts = &read.curves[0].statistics;
    assert_eq!((read.curves[0].source, facts.count), (CurveSource::Exact, BUCKETS - 1));
    assert_eq!(facts.last.unwrap().step, Some((BUCKETS as i64 - 2) * 1_000));
}

#[tokio::test]
async fn where_the_server_does_not_count_what_came_tells_whether_it_is_whole() {
    for (length, source) in [(300, CurveSource::Exact), (6_001, CurveSource::BucketMeans)] {
        let server = serving(vec![reported("t", ("m", "v"), length)]).await;
        let uncounted = known("t", "m/v", Metric::last(0.5, None));
        assert_eq!(read(&server, &[uncounted], &WANT).await.curves[0].source, source);
    }
}

#[tokio::test]
async fn a_range_counts_from_the_start_of_the_run() {
    let server = serving(vec![reported("t", ("m", "v"), 10)]).await;
    let one = Series { started: Some(at(0) - SignedDuration::from_secs(1)), ..series("t", "m/v") };
    let want = CurveWant { axis: Axis::Elapsed, from: Some(1.035), ..WANT };
    let read = read(&server, &[one], &want).await;
    assert_eq!((read.curves[0].statistics.count, read.curves[0].statistics.outside), (5, 5));
}

#[tokio::test]
async fn a_last_value_that_the_history_cannot_hold_is_told() {
    let server = serving(vec![loss("t", 30)]).await;
    let read = read(&server, &[known("t", "train/loss", counted(31, f64::INFINITY))], &WANT).await;
    assert_eq!(read.curves[0].statistics.last.unwrap().step, Some(29));
    let note = only_note(&read);
    assert!(
        note.starts_with("'train/loss' of run t: its last value is Infinity, which is not in the history"),
        "{note}"
    );
}

#[tokio::test]
async fn a_fall_to_zero_is_told_with_its_step() {
    let mut fallen = reported("t", ("val", "loss"), 300);
    for (step, _, value) in &mut fallen.points {
        *value = if *step < 200 { 2.5 / (1.0 + *step as f64 / 50.0) } else { 0.0 };
    }
    let server = serving(vec![fallen]).await;
    let read = read(&server, &[series("t", "val/loss")], &WANT).await;
    let note = only_note(&read);
    assert!(note.starts_with("'val/loss' of run t goes from 0.50"), "{note}");
    assert!(note.contains("to exactly 0 at step 200: ClearML's client replaces NaN and infinity by 0"), "{note}");
}

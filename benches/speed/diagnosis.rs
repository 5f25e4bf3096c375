//! What the curve of a metric shows, and how much memory that takes beside its points.

use backends::model::Point;
use divan::Bencher;
use divan::counter::ItemsCount;
use jiff::Timestamp;
use tracker_mcp::analysis::diagnosis::{Series, diagnose};

/// A loss that falls, with noise that looks random.
fn history(length: usize) -> Vec<Point> {
    let point = |step: i64| {
        let noise = (step as f64 * 12.989_8).sin() * 43_758.545_3;
        let value = (-5.0 * step as f64 / length as f64).exp() + 0.1 * (noise - noise.floor());
        Point { step: Some(step), time: Timestamp::from_millisecond(1_780_300_800_000 + step).ok(), value }
    };
    (0..).map(point).take(length).collect()
}

fn diagnosed(bencher: Bencher<'_, '_>, points: &[Point]) {
    bencher.counter(ItemsCount::new(points.len())).bench_local(|| diagnose(&[Series::new("loss", points)], None));
}

#[divan::bench(args = [1_000, 10_000, 100_000, 1_000_000])]
fn in_order(bencher: Bencher<'_, '_>, length: usize) {
    diagnosed(bencher, &history(length));
}

#[divan::bench(args = [1_000_000])]
fn out_of_order(bencher: Bencher<'_, '_>, length: usize) {
    let mut points = history(length);
    points.reverse();
    diagnosed(bencher, &points);
}

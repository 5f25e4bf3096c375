//! What the curve of a metric shows, and how much memory that takes beside its points.

use backends::model::{Point, Points};
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

/// Packed, as trackers hand them over.
#[divan::bench(args = [1_000_000])]
fn packed(bencher: Bencher<'_, '_>, length: usize) {
    let points = history(length);
    let packed: Points = points.iter().copied().collect();
    let shown = |diagnosis| format!("{diagnosis:?}");
    let [one, other] =
        [diagnose(&[Series::new("loss", &points)], None), diagnose(&[Series::new("loss", &packed)], None)];
    assert_eq!(shown(one), shown(other), "packed points show what they show one by one");
    bencher.counter(ItemsCount::new(length)).bench_local(|| diagnose(&[Series::new("loss", &packed)], None));
}

fn diagnosed(bencher: Bencher<'_, '_>, points: &[Point]) {
    bencher.counter(ItemsCount::new(points.len())).bench_local(|| diagnose(&[Series::new("loss", points)], None));
}

#[divan::bench(args = [50, 500, 1_000, 10_000, 100_000, 1_000_000])]
fn in_order(bencher: Bencher<'_, '_>, length: usize) {
    diagnosed(bencher, &history(length));
}

#[divan::bench(args = [1_000_000])]
fn out_of_order(bencher: Bencher<'_, '_>, length: usize) {
    let mut points = history(length);
    points.reverse();
    diagnosed(bencher, &points);
}

#[divan::bench(args = [1_000_000])]
fn shuffled(bencher: Bencher<'_, '_>, length: usize) {
    let mut points = history(length);
    // A linear congruential generator: which swaps it draws does not matter.
    let mut state = 1_u64;
    for at in (1..points.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        points.swap(at, (state >> 33) as usize % (at + 1));
    }
    diagnosed(bencher, &points);
}

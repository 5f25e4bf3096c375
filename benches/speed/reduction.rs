//! A history folded into statistics and samples.

use backends::model::{Axis, CurveWant, Point, Reduction};
use divan::Bencher;
use divan::counter::ItemsCount;
use jiff::Timestamp;

const WANT: CurveWant = CurveWant { axis: Axis::Step, from: None, to: None, samples: 50 };

fn history(length: usize) -> Vec<Point> {
    let point = |step: i64| Point {
        step: Some(step),
        time: Timestamp::from_millisecond(1_780_300_800_000 + step).ok(),
        value: (step as f64 * 0.37).sin() + 1.0 / (step as f64 + 1.0),
    };
    (0..).map(point).take(length).collect()
}

fn fold(bencher: Bencher<'_, '_>, points: &[Point]) {
    bencher.counter(ItemsCount::new(points.len())).bench_local(|| {
        let mut reduction = Reduction::new(&WANT, None);
        points.iter().for_each(|point| reduction.push(*point));
        reduction.finish()
    });
}

#[divan::bench(args = [1_000, 10_000, 100_000, 1_000_000])]
fn in_order(bencher: Bencher<'_, '_>, length: usize) {
    fold(bencher, &history(length));
}

#[divan::bench(args = [1_000, 10_000, 100_000, 1_000_000])]
fn out_of_order(bencher: Bencher<'_, '_>, length: usize) {
    let mut points = history(length);
    points.reverse();
    fold(bencher, &points);
}

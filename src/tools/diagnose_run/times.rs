//! The times of points, where a tracker tells a step or a time of a point, not both.

use backends::Call;
use backends::model::{Axis, Curve, CurveSource, CurveWant, Point, Series};

use crate::references::RunRef;

/// Points of a series that comes together with others.
const TOGETHER: u64 = 6_000;
/// Values that came twice may differ by so much of their size: some trackers keep seven digits of them.
const ALIKE: f64 = 1e-6;

/// Asks once more along the time for the curves whose points have none: without times nobody sees that a run which goes on
/// reports no more. Where the points cannot be told to be the same ones, they stay without.
pub(super) async fn add(call: &Call, run: &RunRef, series: &[Series], curves: &mut [Curve]) {
    let lacks = |curve: &Curve| {
        curve.source == CurveSource::Exact
            && (2..=TOGETHER).contains(&curve.statistics.count)
            && curve.samples.iter().all(|point| point.time.is_none())
    };
    let names: Vec<&str> = curves.iter().filter(|curve| lacks(curve)).map(|curve| curve.metric.as_str()).collect();
    let asked: Vec<Series> = series.iter().filter(|one| names.contains(&one.metric.as_str())).cloned().collect();
    if asked.is_empty() {
        return;
    }
    let want = CurveWant { axis: Axis::Time, from: None, to: None, samples: TOGETHER as usize };
    let Ok(found) = run.tracker.curves(call, &asked, &want).await else { return };
    for curve in curves.iter_mut().filter(|curve| lacks(curve)) {
        if let Some(timed) = found.curves.iter().find(|timed| timed.metric == curve.metric) {
            take(curve, timed);
        }
    }
}

/// Gives the points of a curve the times of the same points in the same order.
fn take(curve: &mut Curve, timed: &Curve) {
    let alike = |a: f64, b: f64| (a - b).abs() <= ALIKE * a.abs().max(b.abs());
    let pairs = || curve.samples.iter().zip(timed.samples.iter());
    if timed.source != CurveSource::Exact
        || timed.samples.len() != curve.samples.len()
        || !pairs().all(|(point, timed)| alike(point.value, timed.value))
    {
        return;
    }
    curve.samples = pairs().map(|(point, timed)| Point { time: timed.time, ..point }).collect();
}

#[cfg(test)]
mod tests {
    use backends::model::{CurveStatistics, Point, RunId};
    use jiff::Timestamp;

    use super::*;

    fn curve(points: &[(Option<i64>, Option<i64>, f64)]) -> Curve {
        let point = |(step, second, value): &(Option<i64>, Option<i64>, f64)| Point {
            step: *step,
            time: second.map(|second| Timestamp::from_second(second).unwrap()),
            value: *value,
        };
        Curve {
            run: RunId::new("r"),
            metric: "loss".to_owned(),
            statistics: CurveStatistics { count: points.len() as u64, ..CurveStatistics::default() },
            samples: points.iter().map(point).collect(),
            source: CurveSource::Exact,
        }
    }

    #[test]
    fn points_take_the_times_of_the_same_points_alone() {
        let steps = curve(&[(Some(0), None, 0.9), (Some(1), None, 0.1)]);
        let mut taken = steps.clone();
        take(&mut taken, &curve(&[(None, Some(5), 0.9), (None, Some(8), 0.100_000_001)]));
        assert_eq!(taken.samples.get(1).unwrap().time, Some(Timestamp::from_second(8).unwrap()));
        assert_eq!(taken.samples.step(1), Some(1));
        let others = [
            curve(&[(None, Some(5), 0.1), (None, Some(8), 0.9)]),
            curve(&[(None, Some(5), 0.9)]),
            Curve { source: CurveSource::BucketMeans, ..curve(&[(None, Some(5), 0.9), (None, Some(8), 0.1)]) },
        ];
        for other in others {
            let mut same = steps.clone();
            take(&mut same, &other);
            assert_eq!(same, steps);
        }
    }
}

use std::collections::HashSet;

use proptest::prelude::*;

use super::{Reduction, same};
use crate::model::{Axis, CurveStatistics, CurveWant, Point};
use jiff::{SignedDuration, Timestamp};

fn start() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

/// Reported so many seconds after the start.
fn point(step: i64, seconds: i64, value: f64) -> Point {
    Point { step: Some(step), time: Some(start() + SignedDuration::from_secs(seconds)), value }
}

/// Values at the steps 0, 1, 2, …, one a second.
fn curve(values: impl IntoIterator<Item = f64>) -> Vec<Point> {
    values.into_iter().zip(0..).map(|(value, step)| point(step, step, value)).collect()
}

fn want(samples: usize) -> CurveWant {
    CurveWant { axis: Axis::Step, from: None, to: None, samples }
}

fn reduce(points: &[Point], want: &CurveWant) -> (CurveStatistics, Vec<Point>) {
    let mut reduction = Reduction::new(want, None);
    points.iter().for_each(|point| reduction.push(*point));
    let (statistics, samples) = reduction.finish();
    (statistics, samples.iter().collect())
}

fn values(points: &[Point]) -> Vec<f64> {
    points.iter().map(|point| point.value).collect()
}

#[test]
fn nothing_comes_of_nothing() {
    assert_eq!(reduce(&[], &want(50)), (CurveStatistics::default(), Vec::new()));
}

#[test]
fn a_curve_that_fits_is_kept_whole() {
    let points = curve([0.5, 0.25, f64::INFINITY, 0.125, 0.25]);
    for room in [5, 6, 50] {
        assert_eq!(reduce(&points, &want(room)).1, points);
    }
}

#[test]
fn a_spike_of_one_point_in_a_long_curve_is_kept() {
    let mut points = curve((0..100_000).map(|step| 1.0 / f64::from(step + 1)));
    points[61_803].value = 7.0;
    points[80_001].value = -3.0;
    points[90_000].value = f64::NAN;
    let (statistics, samples) = reduce(&points, &want(50));
    assert!(samples.len() <= 50, "{}", samples.len());
    for special in [61_803, 80_001, 90_000, 0, 99_999] {
        assert!(samples.iter().any(|sample| same(sample, &points[special])), "{special}");
    }
    assert_eq!((statistics.max, statistics.min), (Some(points[61_803]), Some(points[80_001])));
}

#[test]
fn most_of_the_room_is_used() {
    for length in [51, 100, 1_000, 5_000, 77_777] {
        let points = curve((0..length).map(|step| (f64::from(step) * 1.7).sin()));
        let samples = reduce(&points, &want(50)).1.len();
        assert!((45..=50).contains(&samples), "{samples} of {length}");
    }
}

#[test]
fn a_sawtooth_keeps_its_teeth_while_there_is_room() {
    // Twenty teeth of 500 points: 3n / (k - 4) is 492.
    let points = curve((0..10_000).map(|step| f64::from(step % 500)));
    let samples = reduce(&points, &want(65)).1;
    assert_eq!(samples.iter().filter(|sample| sample.value == 499.0).count(), 20);
}

#[test]
fn many_samples_keep_every_spike_that_there_is_room_for() {
    let points = curve((0..200_000).map(|step| if step % 1_000 == 617 { 9.0 } else { (f64::from(step) * 1.7).sin() }));
    let samples = reduce(&points, &want(25_000)).1;
    assert!((22_000..=25_000).contains(&samples.len()), "{}", samples.len());
    assert_eq!(samples.iter().filter(|sample| sample.value == 9.0).count(), 200);
    assert!(samples.is_sorted_by_key(|sample| sample.step));
}

#[test]
fn with_little_room_the_last_point_comes_first() {
    let mut points = curve([1.0, 9.0, -9.0, 2.0, f64::NAN, 3.0, 3.5, 3.0]);
    points[0].step = Some(-1);
    assert_eq!(values(&reduce(&points, &want(1)).1), [3.0]);
    assert_eq!(values(&reduce(&points, &want(2)).1), [1.0, 3.0]);
    assert_eq!(values(&reduce(&points, &want(3)).1), [1.0, -9.0, 3.0]);
    assert_eq!(values(&reduce(&points, &want(4)).1), [1.0, 9.0, -9.0, 3.0]);
    assert!(reduce(&points, &want(0)).1.is_empty());
}

#[test]
fn without_a_finite_value_there_is_no_extreme() {
    let points = curve([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]);
    let (statistics, samples) = reduce(&points, &want(5));
    assert_eq!((statistics.min, statistics.max), (None, None));
    assert_eq!((statistics.nan, statistics.positive_infinity, statistics.negative_infinity), (2, 1, 1));
    assert!(same(&statistics.first_non_finite.unwrap(), &points[0]));
    assert_eq!(samples.len(), 4);
}

#[test]
fn the_last_value_is_that_of_the_highest_step_however_late_others_came() {
    let points = [point(10, 0, 1.0), point(20, 1, 2.0), point(5, 2, 3.0), point(20, 1, 2.5)];
    let statistics = reduce(&points, &want(0)).0;
    assert_eq!(statistics.last, Some(point(20, 1, 2.5)));
    assert_eq!(statistics.first, Some(point(10, 0, 1.0)));
    assert_eq!((statistics.repeated_steps, statistics.steps_back), (1, 1));
}

#[test]
fn an_extreme_stands_where_it_was_reached_first() {
    let statistics = reduce(&curve([0.5, 0.25, 1.0, 0.25, 1.0]), &want(0)).0;
    assert_eq!((statistics.min.unwrap().step, statistics.max.unwrap().step), (Some(1), Some(2)));
}

#[test]
fn a_range_holds_on_its_axis_and_tells_what_lies_beyond() {
    let points = curve([0.0, 1.0, 2.0, 3.0, 4.0]);
    let begin = start().as_second() as f64;
    for (axis, zero) in [(Axis::Step, 0.0), (Axis::Time, begin), (Axis::Elapsed, 0.0)] {
        let want = CurveWant { axis, from: Some(zero + 1.0), to: Some(zero + 3.0), samples: 50 };
        let (statistics, samples) = reduce(&points, &want);
        assert_eq!(values(&samples), [1.0, 2.0, 3.0], "{axis:?}");
        assert_eq!((statistics.count, statistics.outside), (3, 2));
        assert_eq!(statistics.extent, Some((points[0], points[4])));
    }
}

#[test]
fn elapsed_time_counts_from_the_start_of_the_run() {
    let want = CurveWant { axis: Axis::Elapsed, from: Some(10.0), to: None, samples: 50 };
    let mut reduction = Reduction::new(&want, Some(start() - SignedDuration::from_secs(8)));
    curve([0.0, 1.0, 2.0, 3.0]).into_iter().for_each(|point| reduction.push(point));
    let (statistics, samples) = reduction.finish();
    assert_eq!(samples.values(), [2.0, 3.0]);
    assert_eq!(statistics.elapsed_from, Some(start() - SignedDuration::from_secs(8)));
}

/// Any history: mostly in order, some steps again, some backwards, some values that are none.
fn history() -> impl Strategy<Value = Vec<Point>> {
    let value = prop_oneof![
        6 => (-50_i32..50).prop_map(f64::from),
        2 => any::<f64>(),
        1 => proptest::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0]),
    ];
    let step = prop_oneof![8 => 1_i64..3, 1 => Just(0), 1 => -40_i64..0];
    let pauses = prop_oneof![4 => 1_i64..3, 1 => Just(0)];
    let one = (step, pauses, value);
    let length = prop_oneof![0_usize..30, 0_usize..700];
    length.prop_flat_map(move |length| proptest::collection::vec(one.clone(), length)).prop_map(|moves| {
        let (mut at, mut seconds) = (0, 0);
        let next = |(step, pause, value)| {
            (at, seconds) = (at + step, seconds + pause);
            point(at, seconds, value)
        };
        moves.into_iter().map(next).collect()
    })
}

/// What the statistics say, computed from all points at once.
fn naive(points: &[Point]) -> CurveStatistics {
    let by_time = |a: &&Point, b: &&Point| (a.time, a.step).cmp(&(b.time, b.step));
    let as_stored = |point: &Point| if point.value.is_nan() { 0.0 } else { point.value };
    let finite = || points.iter().filter(|point| point.value.is_finite());
    let least = finite().map(|point| point.value).min_by(f64::total_cmp);
    let most = finite().map(|point| point.value).max_by(f64::total_cmp);
    let earliest = |value: Option<f64>| finite().filter(|point| Some(point.value) == value).min_by(by_time).copied();
    let count = |which: fn(f64) -> bool| points.iter().filter(|point| which(point.value)).count() as u64;
    // Of equal ones `max_by` gives the last, but the first is meant.
    let last = points
        .iter()
        .rev()
        .max_by(|a, b| (a.step, a.time).cmp(&(b.step, b.time)).then(as_stored(a).partial_cmp(&as_stored(b)).unwrap()));
    let steps: HashSet<Option<i64>> = points.iter().map(|point| point.step).collect();
    CurveStatistics {
        count: points.len() as u64,
        first: points.iter().min_by(by_time).copied(),
        last: last.copied(),
        min: earliest(least),
        max: earliest(most),
        nan: count(f64::is_nan),
        positive_infinity: count(|value| value == f64::INFINITY),
        negative_infinity: count(|value| value == f64::NEG_INFINITY),
        first_non_finite: points.iter().filter(|point| !point.value.is_finite()).min_by(by_time).copied(),
        repeated_steps: (points.len() - steps.len()) as u64,
        steps_back: points.windows(2).filter(|pair| pair[1].step < pair[0].step).count() as u64,
        ..CurveStatistics::default()
    }
}

/// As text, in which `NaN` is like itself and -0 unlike 0.
fn shown(statistics: &CurveStatistics) -> String {
    let CurveStatistics { outside: _, extent: _, elapsed_from: _, .. } = statistics;
    format!("{:?}", CurveStatistics { outside: 0, extent: None, elapsed_from: None, ..statistics.clone() })
}

fn within(points: &[Point], want: &CurveWant) -> Vec<Point> {
    let origin = points.first().and_then(|point| point.time).unwrap_or(start());
    let fits = |point: &&Point| {
        let at = want.axis.place(point, origin).unwrap();
        want.from.is_none_or(|from| at >= from) && want.to.is_none_or(|to| at <= to)
    };
    points.iter().filter(fits).copied().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn statistics_are_those_of_all_points_in_the_range(
        points in history(),
        axis in proptest::sample::select(vec![Axis::Step, Axis::Elapsed]),
        from in proptest::option::of(-20.0..200.0),
        length in proptest::option::of(0.0..500.0),
    ) {
        let to = length.map(|length| from.unwrap_or(0.0) + length);
        let want = CurveWant { axis, from, to, samples: 9 };
        let (statistics, samples) = reduce(&points, &want);
        let inside = within(&points, &want);
        prop_assert_eq!(shown(&statistics), shown(&naive(&inside)));
        prop_assert_eq!(statistics.outside as usize, points.len() - inside.len());
        prop_assert!(samples.iter().all(|sample| inside.iter().any(|point| same(point, sample))));
    }

    #[test]
    fn samples_keep_what_they_promise(
        points in history(),
        room in prop_oneof![0_usize..12, 0_usize..200],
        axis in proptest::sample::select(vec![Axis::Step, Axis::Time, Axis::Elapsed]),
    ) {
        let (statistics, samples) = reduce(&points, &CurveWant { axis, ..want(room) });
        prop_assert!(samples.len() <= room);
        prop_assert!(samples.is_sorted_by(|a, b| axis.order(a, b).is_le()));
        prop_assert!(samples.iter().all(|sample| points.iter().any(|point| same(point, sample))));
        if room >= points.len() {
            prop_assert_eq!(samples.len(), points.len());
        }
        if room >= 5 {
            let CurveStatistics { first, last, min, max, first_non_finite, .. } = statistics;
            for special in [first, last, min, max, first_non_finite].into_iter().flatten() {
                prop_assert!(samples.iter().any(|sample| same(sample, &special)), "{:?}", special);
            }
        }
    }

    #[test]
    fn a_local_extreme_of_the_promised_reach_is_kept(points in history(), room in 5_usize..120) {
        let samples = reduce(&points, &want(room)).1;
        let reach = (3 * points.len()).div_ceil(room - 4);
        for (at, point) in points.iter().enumerate().filter(|(_, point)| point.value.is_finite()) {
            let around = &points[at.saturating_sub(reach)..points.len().min(at + reach + 1)];
            let others = || around.iter().filter(|other| other.value.is_finite() && !same(other, point));
            let peak = others().all(|other| other.value < point.value);
            let valley = others().all(|other| other.value > point.value);
            if peak || valley {
                prop_assert!(samples.iter().any(|sample| same(sample, point)), "{:?} at {}", point, at);
            }
        }
    }
}

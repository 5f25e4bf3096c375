//! A series that came whole: its points, from single precision as near as can be to what was reported.

use crate::model::{Axis, CurveSource, CurveStatistics, CurveWant, Metric, Point, Reduction, Series};

use super::remarks::Remarks;
use super::zeros::Zeros;
use super::{BUCKETS, Found, Known, is_part, point};

/// Whole numbers up to here are exact in single precision.
const EXACT: f64 = 16_777_216.0;

/// Whether each of the points is one that was reported, not a mean of several.
pub(super) fn is_whole(known: &Known<'_>, axis: Axis, points: &[(i64, f64)]) -> bool {
    let count = known.metric.count;
    let short = count.is_some_and(|count| count < BUCKETS);
    match axis {
        // One point is kept for each step, so that stretches of one step have one point. Stretches are of equal length, and
        // longer ones than of one step are made only where the steps reach further than there are stretches.
        Axis::Step => {
            let reach = points.first().zip(points.last()).map_or(0, |(first, last)| last.0.abs_diff(first.0));
            let neighbours = |pair: &[(i64, f64)]| matches!(pair, [one, next] if next.0.abs_diff(one.0) == 1);
            short || reach + 1 < BUCKETS || points.windows(2).any(neighbours)
        }
        // Several points may have come within a millisecond.
        Axis::Time | Axis::Elapsed => short && count == Some(points.len() as u64),
    }
}

/// The curve of all points.
pub(super) fn curve(known: &Known<'_>, want: &CurveWant, points: &[(i64, f64)]) -> Found {
    let mut reduction = Reduction::new(want, known.series.started);
    let mut zeros = Zeros::default();
    for (x, value) in points {
        let point = point(want.axis, *x, restored(want.axis, *x, *value, &known.metric));
        zeros.see(&point);
        reduction.push(point);
    }
    let (mut statistics, samples) = reduction.finish();
    if statistics.extent.is_none() {
        return Found::default();
    }
    let mut remarks = Remarks { zeros: zeros.of(known.series), ..Remarks::default() };
    if points.iter().any(|(_, value)| value.abs() > EXACT) {
        remarks.rounded.push(known.series.clone());
    }
    if !is_part(want) {
        remarks.replaced = replaced(known, &statistics);
        sharpen(&mut statistics, known, want.axis);
    }
    Found { curve: Some(known.curve(statistics, samples, CurveSource::Exact)), remarks }
}

/// What was reported, as near as that is known: one of the values that the server keeps exactly, or the shortest number
/// that has the same single precision.
pub(super) fn restored(axis: Axis, x: i64, value: f64, metric: &Metric) -> f64 {
    // An extreme stands where it was reached first, so that what seems to equal it before that does not.
    let before = |step: Option<i64>| axis == Axis::Step && step.is_some_and(|step| x < step);
    let first = metric.first.map(|(value, _)| value).filter(|first| alike(*first, value));
    match (metric.min, metric.max) {
        (Some((min, step)), _) if alike(min, value) => return if before(step) { min.next_up() } else { min },
        (_, Some((max, step))) if alike(max, value) => return if before(step) { max.next_down() } else { max },
        _ => {}
    }
    if let Some(kept) = first.or(Some(metric.value).filter(|last| alike(*last, value))) {
        return kept;
    }
    let single = single(value);
    if f64::from(single).to_bits() != value.to_bits() {
        return value;
    }
    single.to_string().parse().unwrap_or(value)
}

#[allow(clippy::cast_possible_truncation)] // That is what is asked for.
fn single(value: f64) -> f32 {
    value as f32
}

/// Whether they are one number in single precision.
fn alike(a: f64, b: f64) -> bool {
    single(a).to_bits() == single(b).to_bits()
}

/// The exact values, and the steps at which they were reached first, in the place of those seen.
fn sharpen(statistics: &mut CurveStatistics, known: &Known<'_>, axis: Axis) {
    let metric = &known.metric;
    let last = Some((metric.value, None));
    let pairs = [
        (&mut statistics.first, metric.first),
        (&mut statistics.last, last),
        (&mut statistics.min, metric.min),
        (&mut statistics.max, metric.max),
    ];
    for (seen, kept) in pairs {
        if let (Some(point), Some((value, step))) = (seen, kept)
            && alike(point.value, value)
        {
            point.value = value;
            if axis == Axis::Step {
                point.step = step.or(point.step);
            }
        }
    }
}

/// The series with each extreme that the server keeps and that is beyond all in its history.
pub(super) fn replaced(known: &Known<'_>, statistics: &CurveStatistics) -> Vec<(Series, Point)> {
    let beyond = |seen: Option<Point>, kept: Option<(f64, Option<i64>)>, further: fn(f64, f64) -> bool| {
        let (value, step) = kept?;
        let seen = seen?.value;
        let gone = value.is_finite() && further(value, seen) && !alike(value, seen);
        gone.then_some((known.series.clone(), Point { step, time: None, value }))
    };
    let lowest = beyond(statistics.min, known.metric.min, |kept, seen| kept < seen);
    let highest = beyond(statistics.max, known.metric.max, |kept, seen| kept > seen);
    lowest.into_iter().chain(highest).collect()
}

//! A series that came as means over stretches of its axis, with the exact facts that the server keeps of it.

use std::collections::BTreeMap;

use crate::model::{Axis, CurveSource, CurveStatistics, CurveWant, Metric, Point, Points, Reduction};

use super::remarks::Remarks;
use super::whole::restored;
use super::zeros::Zeros;
use super::{BUCKETS, Found, Known, is_part, point};

/// The curve of the means; each lies where its stretch begins.
pub(super) fn curve(known: &Known<'_>, want: &CurveWant, means: &[(i64, f64)]) -> Found {
    let mut reduction = Reduction::new(want, known.series.started);
    let mut zeros = Zeros::default();
    for (x, value) in merged(known, want.axis, means) {
        let point = point(want.axis, x, value);
        zeros.see(&point);
        reduction.push(point);
    }
    let (mut statistics, samples) = reduction.finish();
    if statistics.extent.is_none() {
        return Found::default();
    }
    let mut remarks = Remarks { zeros: zeros.of(known.series), ..Remarks::default() };
    let short = known.metric.count.is_some_and(|count| count < BUCKETS);
    let said = match (is_part(want), short) {
        (_, true) => &mut remarks.simultaneous,
        (true, false) => &mut remarks.parts_averaged,
        (false, false) => &mut remarks.averaged,
    };
    said.push(known.series.clone());
    if !is_part(want) {
        state(&mut statistics, &known.metric);
    }
    Found { curve: Some(known.curve(statistics, samples, CurveSource::BucketMeans)), remarks }
}

/// The statistics of a whole history that nothing more is asked of: what the server keeps.
pub(super) fn kept(known: &Known<'_>) -> Found {
    let mut statistics = CurveStatistics::default();
    state(&mut statistics, &known.metric);
    Found { curve: Some(known.curve(statistics, Points::default(), CurveSource::BucketMeans)), ..Found::default() }
}

/// Puts in what the server keeps of the whole history.
fn state(statistics: &mut CurveStatistics, metric: &Metric) {
    let exact = |(value, step)| Point { step, time: None, value };
    let finite = |kept: Option<(f64, Option<i64>)>| kept.filter(|(value, _)| value.is_finite()).map(exact);
    statistics.count = metric.count.unwrap_or(statistics.count);
    statistics.first = metric.first.map(exact).or(statistics.first);
    // At which step it was is not told.
    statistics.last = Some(exact((metric.value, None)));
    statistics.min = finite(metric.min).or(statistics.min);
    statistics.max = finite(metric.max).or(statistics.max);
}

/// The means, with the exact points among them whose place is known.
fn merged(known: &Known<'_>, axis: Axis, means: &[(i64, f64)]) -> BTreeMap<i64, f64> {
    let restored = |(x, value): &(i64, f64)| (*x, restored(axis, *x, *value, &known.metric));
    let mut merged: BTreeMap<i64, f64> = means.iter().map(restored).collect();
    if axis == Axis::Step {
        let exact = [known.metric.first, known.metric.min, known.metric.max].into_iter().flatten();
        merged.extend(exact.filter_map(|(value, step)| Some((step?, value))));
    }
    merged
}

//! A series that came as means over stretches of its axis, with the exact facts that the server keeps of it.

use std::collections::BTreeMap;

use crate::model::{Axis, CurveSource, CurveWant, Point, Reduction};

use super::remarks::Remarks;
use super::zeros::Zeros;
use super::{Found, Known, is_part, point};

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
    if is_part(want) {
        remarks.parts_averaged.push(known.series.clone());
    } else {
        remarks.averaged.push(known.series.clone());
        let metric = &known.metric;
        let exact = |(value, step)| Point { step, time: None, value };
        statistics.count = metric.count.unwrap_or(statistics.count);
        statistics.first = metric.first.map(exact).or(statistics.first);
        // At which step it was is not told.
        statistics.last = Some(exact((metric.value, None)));
        let finite = |kept: Option<(f64, Option<i64>)>| kept.filter(|(value, _)| value.is_finite()).map(exact);
        statistics.min = finite(metric.min).or(statistics.min);
        statistics.max = finite(metric.max).or(statistics.max);
    }
    Found { curve: Some(known.curve(statistics, samples, CurveSource::BucketMeans)), remarks }
}

/// The means, with the exact points among them whose place is known.
fn merged(known: &Known<'_>, axis: Axis, means: &[(i64, f64)]) -> BTreeMap<i64, f64> {
    let mut merged: BTreeMap<i64, f64> = means.iter().copied().collect();
    if axis == Axis::Step {
        let exact = [known.metric.first, known.metric.min, known.metric.max].into_iter().flatten();
        merged.extend(exact.filter_map(|(value, step)| Some((step?, value))));
    }
    merged
}

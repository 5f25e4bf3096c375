//! What a curve in memory comes to.

use backends::model::{Curve, CurveSource, CurveStatistics, CurveWant, Point, Points, Series};
use jiff::Timestamp;

/// The statistics of what lies within the bounds that are wanted, without samples.
#[allow(clippy::cast_precision_loss)] // Steps of tests are small.
pub(super) fn curve(series: &Series, points: &[(i64, f64)], want: &CurveWant) -> Curve {
    let inside = |(step, _): &&(i64, f64)| {
        let step = *step as f64;
        want.from.is_none_or(|from| step >= from) && want.to.is_none_or(|to| step <= to)
    };
    let points: Vec<(i64, f64)> = points.iter().filter(inside).copied().collect();
    Curve {
        run: series.run.clone(),
        metric: series.metric.clone(),
        statistics: statistics(&points),
        samples: Points::default(),
        source: CurveSource::Exact,
    }
}

fn statistics(points: &[(i64, f64)]) -> CurveStatistics {
    let point =
        |(step, value): &(i64, f64)| Point { step: Some(*step), time: Some(Timestamp::UNIX_EPOCH), value: *value };
    let finite = || points.iter().filter(|(_, value)| value.is_finite());
    CurveStatistics {
        count: points.len() as u64,
        first: points.first().map(point),
        last: points.iter().max_by_key(|(step, _)| *step).map(point),
        min: finite().min_by(|a, b| a.1.total_cmp(&b.1)).map(point),
        // The first of equal ones, as the trait says.
        max: finite().rev().max_by(|a, b| a.1.total_cmp(&b.1)).map(point),
        nan: points.iter().filter(|(_, value)| value.is_nan()).count() as u64,
        ..CurveStatistics::default()
    }
}

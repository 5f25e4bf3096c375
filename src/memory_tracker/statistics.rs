//! What a curve in memory comes to.

use backends::model::{CurveStatistics, Point};
use jiff::Timestamp;

pub(super) fn statistics(points: &[(i64, f64)]) -> CurveStatistics {
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

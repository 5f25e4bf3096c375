//! The first value that is NaN or infinite.

use super::course::Course;
use super::{Evidence, Finding, Sampling, Sureness};

/// The finding of a course with such a value.
#[allow(clippy::cast_precision_loss)]
pub(super) fn non_finite(course: &Course<'_>) -> Option<Finding> {
    if course.values.len() == course.count() {
        return None;
    }
    let (place, point) = course.points().enumerate().find(|(_, point)| !point.value.is_finite())?;
    let every = course.sampling == Sampling::Every;
    let count = (course.count() - course.values.len()) as u64;
    Some(Finding {
        metric: course.metric.to_owned(),
        at: point,
        measured: count as f64,
        threshold: 1.0,
        sureness: Sureness::Exact,
        evidence: Evidence::NonFinite {
            count: every.then_some(count),
            finite_after: every.then_some((course.values.len() - place) as u64),
            // Before the first that is not finite all are.
            last_finite: place.checked_sub(1).map(|before| course.point(before)),
        },
    })
}

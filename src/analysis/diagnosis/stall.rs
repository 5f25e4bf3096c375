//! Stalls: no new point for long, though the run is said to run.

use jiff::Timestamp;

use super::course::Course;
use super::robust::median;
use super::{Evidence, Finding, Outcome, Sureness, Why};

/// Points with times that are needed.
pub(super) const NEEDED: usize = 5;
/// Silences of so many usual intervals.
const USUAL: f64 = 10.0;
/// And of so many of the longest interval so far: validation and checkpoints take their time again and again.
const LONGEST: f64 = 3.0;
/// And of so many seconds: a program may take its time for something that it has not done yet.
const SECONDS: f64 = 300.0;

/// Whether the run is silent, told of the metric that had a point last.
pub(super) fn stall(course: &Course<'_>, now: Timestamp) -> Result<Option<Finding>, Outcome> {
    let mut times: Vec<(f64, usize)> =
        course.points().enumerate().filter_map(|(at, point)| Some((seconds(point.time?), at))).collect();
    if times.is_empty() {
        return Err(Outcome::Unchecked(Why::NoTimes));
    }
    times.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut intervals: Vec<f64> = times.windows(2).filter_map(|pair| Some(pair.last()?.0 - pair.first()?.0)).collect();
    // Points of the same moment are one report.
    intervals.retain(|interval| *interval > 0.0);
    if intervals.len() + 1 < NEEDED {
        return Err(Outcome::Unchecked(Why::TooFewPoints { needed: NEEDED, there: intervals.len() + 1 }));
    }
    let longest = intervals.iter().copied().fold(0.0, f64::max);
    let usual = median(&mut intervals);
    let Some((last, at)) = times.last() else { return Ok(None) };
    let silence = seconds(now) - last;
    let (measured, threshold) = (silence / usual, USUAL.max(LONGEST * longest / usual).max(SECONDS / usual));
    if measured < threshold {
        return Ok(None);
    }
    Ok(course.points().nth(*at).map(|at| Finding {
        metric: course.metric.to_owned(),
        at,
        measured,
        threshold,
        sureness: Sureness::by(measured, threshold),
        evidence: Evidence::Stalled { silence, usual, longest },
    }))
}

fn seconds(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

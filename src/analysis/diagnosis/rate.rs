//! Cliffs of a learning rate, and the metrics whose level changes with them.

use super::course::{Course, noise};
use super::robust::{median, slope};
use super::{Evidence, Finding, Response, Sureness};

/// Points that are needed: one step each before, at and after a cliff.
pub(super) const NEEDED: usize = 4;
/// Less than half as much again is how schedules go from epoch to epoch.
const RATIO: f64 = 1.5;
/// A cliff is so many times as high as the changes next to it, which are those of the schedule.
const STEEP: f64 = 5.0;
/// Cliffs told of one rate at most, the first ones.
const CLIFFS: usize = 10;
/// Points of a metric on either side of a cliff: enough to tell a level, and at most so many.
const SIDE: (usize, usize) = (8, 40);
/// A response is a change of so many noise deviations, and of so many of its own standard errors.
const SIZE: f64 = 2.0;
const ERRORS: f64 = 3.5;

/// The cliffs of a learning rate, with what other metrics did at them.
pub(super) fn cliffs(rate: &Course<'_>, others: &[&Course<'_>]) -> Vec<Finding> {
    let values = &rate.values;
    let changes: Vec<f64> =
        values.windows(2).map(|pair| pair.last().unwrap_or(&0.0) - pair.first().unwrap_or(&0.0)).collect();
    let change = |at: Option<usize>| at.and_then(|at| changes.get(at)).map(|change| change.abs());
    let is_cliff = |at: usize| {
        let [from, to] = [values.get(at), values.get(at + 1)].map(|value| value.map_or(0.0, |value| value.abs()));
        let beside = [change(at.checked_sub(1)), change(Some(at + 1))].into_iter().flatten().fold(0.0, f64::max);
        let (low, high) = (from.min(to), from.max(to));
        (high >= RATIO * low && high > 0.0 && change(Some(at))? > STEEP * beside).then_some(high / low)
    };
    let found: Vec<(usize, f64)> =
        (0..changes.len()).filter_map(|at| Some((at + 1, is_cliff(at)?))).take(CLIFFS + 1).collect();
    let finding = |(number, (at, ratio)): (usize, &(usize, f64))| {
        let (cliff, from) = (rate.point(*at), rate.point(at - 1));
        let neighbour =
            |number: Option<usize>| number.and_then(|number| found.get(number)).map(|(at, _)| rate.point(*at).step);
        let between = (neighbour(number.checked_sub(1)).flatten(), neighbour(Some(number + 1)).flatten());
        let responses = others.iter().filter_map(|other| response(other, cliff.step?, between)).collect();
        Finding {
            metric: rate.metric.to_owned(),
            at: cliff,
            measured: *ratio,
            threshold: RATIO,
            sureness: Sureness::Exact,
            evidence: Evidence::RateCliff { from: from.value, to: cliff.value, responses },
        }
    };
    found.iter().take(CLIFFS).enumerate().map(finding).collect()
}

/// The change of a metric's level at a step, between the cliffs before and after.
#[allow(clippy::cast_precision_loss)]
fn response(course: &Course<'_>, step: i64, between: (Option<i64>, Option<i64>)) -> Option<Response> {
    let place = |step: i64| {
        let (mut low, mut high) = (0, course.values.len());
        while low < high {
            let middle = low.midpoint(high);
            if course.point(middle).step < Some(step) { low = middle + 1 } else { high = middle }
        }
        low
    };
    let at = place(step);
    let from = between.0.map_or(0, place).max(at.saturating_sub(SIDE.1));
    let to = between.1.map_or(course.values.len(), place).min(at + SIDE.1);
    let (before, after) = (course.values.get(from..at)?, course.values.get(at..to)?);
    if before.len().min(after.len()) < SIDE.0 {
        return None;
    }
    // Both sides share a slope; what it does not explain is the response.
    let x = |count: usize, from: f64| (0..count).map(|at| at as f64 + from).collect::<Vec<_>>();
    let (x1, x2) = (x(before.len(), -(before.len() as f64)), x(after.len(), 0.0));
    let slopes = [slope(&x1, before, 1.0)?.estimate, slope(&x2, after, 1.0)?.estimate];
    let weights = [before.len(), after.len()].map(|count| (count as f64).powi(3));
    let common = (slopes[0] * weights[0] + slopes[1] * weights[1]) / (weights[0] + weights[1]);
    let rest = |x: &[f64], y: &[f64]| median(&mut x.iter().zip(y).map(|(x, y)| y - common * x).collect::<Vec<_>>());
    let (level_before, level_after) = (rest(&x1, before), rest(&x2, after));
    let left =
        |x: &[f64], y: &[f64], level: f64| x.iter().zip(y).map(|(x, y)| y - common * x - level).collect::<Vec<_>>();
    let deviation = noise(&[left(&x1, before, level_before), left(&x2, after, level_after)].concat());
    let (n1, n2) = (before.len() as f64, after.len() as f64);
    // Medians have π ÷ 2 the variance of means; a slope carries its error over half of both sides.
    let variance = 1.571 * (1.0 / n1 + 1.0 / n2) + 12.0 / (weights[0] + weights[1]) * ((n1 + n2) / 2.0).powi(2);
    let change = level_after - level_before;
    let z = change / deviation;
    let enough = z.abs() >= SIZE && z.abs() >= ERRORS * variance.sqrt();
    enough.then(|| Response { metric: course.metric.to_owned(), before: level_before, after: level_after, z })
}

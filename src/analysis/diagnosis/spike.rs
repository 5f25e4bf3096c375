//! Spikes: a few points far off, with the level back to what it was.

use super::course::Course;
use super::robust::{median, quantile, scale};
use super::{Evidence, Finding, Outlier, Sureness};

/// Points that are needed: fewer do not tell what is usual.
pub(super) const NEEDED: usize = 20;
/// The median of so many points, as many on either side, is the level around one: three that are off in a row do not move
/// it. For the noise the one itself is not among them: in a steep course it would always be the median.
const AROUND: usize = 6;
/// Robust deviations that make a point an outlier. Normal noise reaches 5 once in 1.7 million points; the scale is an
/// estimate of two hundred points or fewer, which may be a quarter too low.
const FAR: f64 = 8.0;
/// Where more than a fifth of the points are that far off, that is how the course goes.
const FEW: usize = 5;
/// An outlier is also so many times further off than 95 % of the others, so that noise with heavy tails is not full of them
/// (Laplace: 4.5 × 3.0 deviations, once in 300,000 points).
const BEYOND: f64 = 4.5;
/// Points that look so far off at first do not count for the scale.
const LOOSE: f64 = 5.0;
/// The noise of a block is at least this share of that of the whole course.
const FLOOR: f64 = 1e-3;
/// The scale is that of so many points, and as many on either side: noise may shrink on the way.
const BLOCK: usize = 64;

/// Points far off.
#[derive(Clone, Debug, Default)]
pub(super) struct Outliers {
    /// The place among the finite values, the level around it and the z of each.
    pub(super) found: Vec<(usize, f64, f64)>,
    /// The place of each, and the level around it, for rules that want the course without them.
    pub(super) replaced: Vec<(usize, f64)>,
    /// What z was held against.
    threshold: f64,
}

/// The points of a course that are far off.
pub(super) fn outliers(values: &[f64]) -> Outliers {
    if values.len() < NEEDED {
        return Outliers::default();
    }
    let mut around: Vec<f64> = (0..values.len()).map(|at| value(values, at) - level(values, at)).collect();
    let mut scratch = Vec::new();
    let first = scales(&around, &mut scratch);
    // Once more without those that look far off, and those that have them around: many spikes hide each other.
    let far: Vec<usize> = (0..around.len()).filter(|at| z(value(&around, *at), *at, &first).abs() >= LOOSE).collect();
    for at in &far {
        let side = at.saturating_sub(AROUND / 2)..(at + AROUND / 2 + 1).min(around.len());
        around.get_mut(side).unwrap_or_default().fill(f64::NAN);
    }
    let scales = if far.is_empty() { first } else { scales(&around, &mut scratch) };
    let mut residuals = around;
    for (at, residual) in residuals.iter_mut().enumerate() {
        *residual = z(value(values, at) - whole_level(values, at), at, &scales);
    }
    scratch.clear();
    scratch.extend(residuals.iter().map(|z| z.abs()).filter(|z| *z < FAR));
    if residuals.len() - scratch.len() > residuals.len() / FEW {
        return Outliers::default();
    }
    let threshold = (BEYOND * quantile(&mut scratch, 0.95)).max(FAR);
    let mut outliers = Outliers { threshold, ..Outliers::default() };
    for (at, z) in residuals.iter().enumerate().filter(|(_, z)| z.abs() >= threshold) {
        let level = level(values, at);
        if !comes_back(values, at, level) {
            continue;
        }
        outliers.replaced.push((at, level));
        match outliers.found.last_mut() {
            // Next to each other: one, told by its furthest point.
            Some(last) if at - outliers.replaced.iter().rev().nth(1).map_or(0, |(at, _)| *at) <= AROUND / 2 => {
                if z.abs() > last.2.abs() {
                    *last = (at, level, *z);
                }
            }
            _ => outliers.found.push((at, level, *z)),
        }
    }
    outliers
}

/// Whether a point lies beyond both the level before and the level behind it, by half of its height: a change of level is
/// no spike.
fn comes_back(values: &[f64], at: usize, level: f64) -> bool {
    let beyond = |from: usize| {
        let near = values.get(from..(from + AROUND / 2).min(values.len())).unwrap_or_default();
        value(values, at) - median(&mut near.to_vec())
    };
    let height = value(values, at) - level;
    let behind = at + AROUND / 2;
    behind + 1 < values.len()
        && [beyond(at.saturating_sub(AROUND - 1)), beyond(behind)].iter().all(|off| off / height >= 0.5)
}

/// The noise around each block, by all that is not NaN.
fn scales(residuals: &[f64], scratch: &mut Vec<f64>) -> Vec<f64> {
    let mut of = |from: usize, count: usize| {
        scratch.clear();
        scratch.extend(residuals.iter().skip(from).take(count).filter(|residual| !residual.is_nan()));
        scale(scratch)
    };
    let whole = of(0, residuals.len());
    let blocks = 0..residuals.len().div_ceil(BLOCK);
    blocks.map(|block| of((block * BLOCK).saturating_sub(BLOCK), 3 * BLOCK).max(FLOOR * whole)).collect()
}

fn z(residual: f64, at: usize, scales: &[f64]) -> f64 {
    let z = residual / value(scales, at / BLOCK);
    if z.is_nan() { 0.0 } else { z }
}

fn value(values: &[f64], at: usize) -> f64 {
    values.get(at).copied().unwrap_or_default()
}

/// The median of the points around one and of itself: in a course that rises or falls that is itself, however steep.
fn whole_level(values: &[f64], at: usize) -> f64 {
    let side = (AROUND / 2).min(at).min(values.len().saturating_sub(at + 1));
    let mut around = [0.0; AROUND + 1];
    let window = values.get(at - side..=at + side).unwrap_or_default();
    let around = around.get_mut(..window.len()).unwrap_or_default();
    around.copy_from_slice(window);
    small_median(around)
}

/// The median of the points around one, as many on either side; near the ends, where fewer are, of those.
fn level(values: &[f64], at: usize) -> f64 {
    let side = (AROUND / 2).min(at).min(values.len().saturating_sub(at + 1));
    let mut around = [0.0; AROUND];
    let before = values.get(at - side..at).unwrap_or_default();
    let after = values.get(at + 1..=at + side).unwrap_or_default();
    around.iter_mut().zip(before.iter().chain(after)).for_each(|(slot, value)| *slot = *value);
    match side {
        0 => values.get(at).copied().unwrap_or_default(),
        _ => small_median(around.get_mut(..2 * side).unwrap_or_default()),
    }
}

/// The finding of a course with outliers.
pub(super) fn spike(course: &Course<'_>, outliers: &Outliers) -> Option<Finding> {
    let outlier = |(at, level, z): &(usize, f64, f64)| Outlier {
        point: course.point(*at),
        level: *level,
        z: *z,
        worse: course.sign().map(|sign| sign * z > 0.0),
    };
    let all = || outliers.found.iter().map(outlier);
    let furthest = all().max_by(|a, b| a.z.abs().total_cmp(&b.z.abs()))?;
    let measured = furthest.z.abs();
    Some(Finding {
        metric: course.metric.to_owned(),
        at: furthest.point,
        measured,
        threshold: outliers.threshold,
        sureness: Sureness::by(measured, outliers.threshold),
        evidence: Evidence::Spike {
            furthest,
            outliers: all().take(Evidence::OUTLIERS).collect(),
            count: outliers.found.len(),
        },
    })
}

/// The median of a handful of finite values, by insertion: several times as fast as a selection.
fn small_median(values: &mut [f64]) -> f64 {
    for end in 1..values.len() {
        for at in (1..=end).rev() {
            match values.get_mut(at - 1..=at) {
                Some([before, value]) if *before > *value => std::mem::swap(before, value),
                _ => break,
            }
        }
    }
    let middle = values.len() / 2;
    match values.len() % 2 {
        1 => value(values, middle),
        _ => value(values, middle.saturating_sub(1)) / 2.0 + value(values, middle) / 2.0,
    }
}

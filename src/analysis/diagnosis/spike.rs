//! Spikes: a few points far off, with the level back to what it was.

use super::course::{Course, ROUNDING};
use super::robust::{quantile, scale};
use super::{Evidence, Finding, Outcome, Outlier, Sureness};

/// Points that are needed: fewer do not tell what is usual.
const NEEDED: usize = 20;
/// A spike is of so many points at most.
const WIDE: usize = 3;
/// The level around a point is the middle between the medians of so many points before and behind: in a course that rises or
/// falls it is the course, however steep, and of a spike of three points one is seen whole.
const BESIDE: usize = 3;
/// Where a course goes at a spike is told by lines through so many points before and behind, by Theil and Sen.
const LINE: usize = 5;
/// Points that look so far off, in robust deviations, may be spikes, and do not count for the scale.
const LOOSE: f64 = 4.0;
/// Of courses with noise of as heavy tails as Laplace's, this share has a point beyond the threshold.
const LUCK: f64 = 0.2;
/// The scale of n points may be so many over √n too low.
const CHANCE: f64 = 1.8;
/// The robust deviation of Laplace noise times its rate: ln 2 × 1.4826.
const LAPLACE: f64 = 1.027_66;
/// Robust deviations that 5 % of Laplace noise are beyond: ln 20 ÷ 1.0277. Where the tails are heavier still, the threshold is
/// higher in proportion.
const TAIL: f64 = 2.915;
/// Makes the lower quartile of absolute normal noise its standard deviation: 1 ÷ Φ⁻¹(5/8).
const QUARTER: f64 = 3.138_29;
/// So many spikes at most are left out where the tails are judged.
const SPIKES: usize = 8;
/// Of fewer points than so many, those that are off by this share of the threshold may be a spike: the scale of 50 points is off by
/// a sixth, where the course goes at a spike by as much as the noise, and there are few points that are no part of a spike
/// or next to one. Where one is beyond the threshold, these are told beside it: spikes come in company.
const DOUBTFUL: f64 = 0.7;
const TOLD: usize = 300;
/// The points next to a spike are off by less than this share of it; no half, at which values of few digits would tie.
const BACK: f64 = 0.49;
/// Points next to each other that are all far off are how the course goes if there are more than so many.
const LONG: usize = 64;
/// Where more than a fifth of the points are that far off, that is how the course goes.
const FEW: usize = 5;
/// The noise of a block is at least this share of that of the whole course.
const FLOOR: f64 = 1e-3;
/// The scale is that of so many points, and as many on either side: noise may shrink on the way.
const BLOCK: usize = 64;

/// Points far off.
#[derive(Clone, Debug, Default)]
pub(super) struct Outliers {
    /// The place among the finite values, the level around it and the z of each; of few points, not all beyond the threshold.
    pub(super) found: Vec<(usize, f64, f64)>,
    /// The place of each, and the level around it, for rules that want the course without them.
    pub(super) replaced: Vec<(usize, f64)>,
    /// What z was held against.
    threshold: f64,
    /// Whether there are points nearly as far off.
    doubtful: bool,
}

/// The points of a course that are far off.
#[allow(clippy::cast_precision_loss)]
pub(super) fn outliers(values: &[f64]) -> Outliers {
    if values.len() < NEEDED {
        return Outliers::default();
    }
    let off: Vec<f64> = (0..values.len()).map(|at| value(values, at) - level(values, at)).collect();
    let mut scratch = Vec::new();
    let least = ROUNDING * values.iter().fold(0.0_f64, |highest, value| highest.max(value.abs()));
    let mut hidden = vec![false; off.len()];
    let mut scales = self::scales(&off, &hidden, &mut scratch, least, true);
    let far = |scales: &[f64]| -> Vec<usize> {
        (0..off.len()).filter(|at| z(value(&off, *at), *at, scales).abs() >= LOOSE).collect()
    };
    // Once more without those that look far off, and those that have them around: many spikes hide each other.
    let mut candidates = far(&scales);
    if !candidates.is_empty() {
        for at in &candidates {
            let side = at.saturating_sub(BESIDE)..(at + BESIDE + 1).min(hidden.len());
            hidden.get_mut(side).unwrap_or_default().fill(true);
        }
        scales = self::scales(&off, &hidden, &mut scratch, least, false);
        candidates = far(&scales);
    }
    // A few spikes are no tails, in many points that look far off there are heavy ones.
    let is_few = candidates.chunk_by(|a, b| a + 1 == *b).count() <= SPIKES;
    scratch.clear();
    let counts = |at: &usize| !is_few || hidden.get(*at) == Some(&false);
    scratch.extend((0..off.len()).filter(counts).map(|at| z(value(&off, at), at, &scales).abs()));
    let tail = (quantile(&mut scratch, 0.95) / TAIL).max(1.0);
    let count = values.len() as f64;
    let threshold = (count / LUCK).ln() / LAPLACE * (1.0 + CHANCE / count.sqrt()) * tail;
    candidates.retain(|at| z(value(&off, *at), *at, &scales).abs() >= DOUBTFUL * threshold);
    let beyond = |threshold: f64| -> Vec<Stretch> {
        let runs = candidates.chunk_by(|a, b| a + 1 == *b).filter(|run| run.len() <= LONG);
        let mut all: Vec<Stretch> = runs.flat_map(|run| spikes(values, run, &scales, threshold)).collect();
        all.sort_by_key(|stretch| stretch.from);
        all
    };
    let (mut found, few) = (beyond(threshold), values.len() < TOLD);
    let nearly = if few { beyond(DOUBTFUL * threshold) } else { Vec::new() };
    let doubtful = found.is_empty() && !nearly.is_empty();
    if few && !found.is_empty() {
        found = nearly;
    }
    let mut outliers = Outliers { threshold, doubtful, ..Outliers::default() };
    for Stretch { from, to, furthest } in found {
        let is_known = outliers.replaced.last().is_some_and(|(last, _)| from <= *last);
        let Some(gap) = Gap::of(values, from, to).filter(|_| !is_known) else { continue };
        outliers.found.push(furthest);
        outliers.replaced.extend((from..to).map(|at| (at, gap.middle((at - from) as f64))));
    }
    if outliers.replaced.len() > values.len() / FEW {
        return Outliers { doubtful: few, ..Outliers::default() };
    }
    outliers
}

/// A stretch of points that is off.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: usize,
    to: usize,
    /// The furthest, with the level around it and its z.
    furthest: (usize, f64, f64),
}

/// The spikes among points next to each other that look far off, the furthest first; none overlaps or touches another.
fn spikes(values: &[f64], run: &[usize], scales: &[f64], threshold: f64) -> Vec<Stretch> {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return Vec::new() };
    let starts = first.saturating_sub(WIDE - 1)..=*last;
    let stretches = starts.flat_map(|from| (1..=WIDE).map(move |width| (from, from + width)));
    let mut all: Vec<Stretch> =
        stretches.filter_map(|(from, to)| stretch(values, from, to, scales, threshold)).collect();
    all.sort_by(|a, b| b.furthest.2.abs().total_cmp(&a.furthest.2.abs()));
    let mut kept: Vec<Stretch> = Vec::new();
    for one in all {
        if kept.iter().all(|other| one.to < other.from || other.to < one.from) {
            kept.push(one);
        }
    }
    kept
}

/// A stretch that is a spike: the furthest point is beyond the threshold, the others beyond half of it on the same side, and
/// those next to it are not.
fn stretch(values: &[f64], from: usize, to: usize, scales: &[f64], threshold: f64) -> Option<Stretch> {
    let gap = Gap::of(values, from, to)?;
    let off = |at: usize| {
        let (low, high) = gap.course(at as f64 - from as f64);
        let level = value(values, at).max(low).min(high);
        (at, level, z(value(values, at) - level, at, scales))
    };
    let furthest = (from..to).map(off).max_by(|a, b| a.2.abs().total_cmp(&b.2.abs()))?;
    let all_off = (from..to).all(|at| off(at).2 * furthest.2.signum() >= threshold / 2.0);
    let comes_back = [from - 1, to].into_iter().all(|at| off(at).2 * furthest.2.signum() < BACK * furthest.2.abs());
    (furthest.2.abs() >= threshold && all_off && comes_back).then_some(Stretch { from, to, furthest })
}

/// What the points on both sides of some tell of the course between.
struct Gap {
    width: f64,
    /// The lines through those before and behind: level at the first of the gap, and slope.
    before: (f64, f64),
    after: (f64, f64),
    /// The medians of those next to it.
    beside: (f64, f64),
}

impl Gap {
    /// None where there are too few points on a side.
    fn of(values: &[f64], from: usize, to: usize) -> Option<Self> {
        let before = line(values.get(from.checked_sub(LINE)?..from)?, LINE as f64);
        let after = line(values.get(to..to + LINE)?, -((to - from) as f64));
        Some(Self {
            width: (to - from) as f64,
            before,
            after,
            beside: (beside(values, from - BESIDE, BESIDE), beside(values, to, BESIDE)),
        })
    }

    /// Between which levels the course lies at a place: where the line before goes, where that behind comes from, and
    /// straight across. A corner, a step and the top of a rise lie within.
    fn course(&self, place: f64) -> (f64, f64) {
        let [before, after] = [self.before, self.after].map(|(level, slope)| level + slope * place);
        let levels = [before, after, self.middle(place)];
        (levels.iter().copied().fold(f64::INFINITY, f64::min), levels.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    /// The level straight across.
    fn middle(&self, place: f64) -> f64 {
        // The middles of both sides lie two points before the first and behind the last of the gap.
        let share = (place + 2.0) / (self.width + 3.0);
        self.beside.0 * (1.0 - share) + self.beside.1 * share
    }
}

/// The line through a few points: its value at a place, and its slope.
fn line(points: &[f64], place: f64) -> (f64, f64) {
    let mut slopes = [0.0; LINE * (LINE - 1) / 2];
    let pairs = (1..LINE).flat_map(|b| (0..b).map(move |a| (a, b)));
    for (slot, (a, b)) in slopes.iter_mut().zip(pairs) {
        *slot = (value(points, b) - value(points, a)) / (b - a) as f64;
    }
    let slope = small_median(&mut slopes);
    let mut rest = [0.0; LINE];
    for (at, slot) in rest.iter_mut().enumerate() {
        *slot = value(points, at) - slope * at as f64;
    }
    (small_median(&mut rest) + slope * place, slope)
}

/// The median of up to [`BESIDE`] points from one on.
fn beside(values: &[f64], from: usize, count: usize) -> f64 {
    let mut beside = [0.0; BESIDE];
    beside.iter_mut().zip(values.iter().skip(from)).for_each(|(slot, value)| *slot = *value);
    small_median(beside.get_mut(..count).unwrap_or_default())
}

/// The noise around each block, by all that is not hidden; by the lower quartile if that tells less, where more than half may be
/// next to spikes and steps.
fn scales(residuals: &[f64], hidden: &[bool], scratch: &mut Vec<f64>, least: f64, by_quartile: bool) -> Vec<f64> {
    let mut of = |from: usize, count: usize| {
        scratch.clear();
        let shown = residuals.iter().zip(hidden).skip(from).take(count).filter(|(_, is_hidden)| !**is_hidden);
        scratch.extend(shown.map(|(residual, _)| residual).filter(|residual| !residual.is_nan()));
        let median = scale(scratch);
        if by_quartile { median.min(quantile(scratch, 0.25) * QUARTER) } else { median }
    };
    let least = least.max(FLOOR * of(0, residuals.len()));
    let blocks = 0..residuals.len().div_ceil(BLOCK);
    blocks.map(|block| of((block * BLOCK).saturating_sub(BLOCK), 3 * BLOCK).max(least)).collect()
}

fn z(residual: f64, at: usize, scales: &[f64]) -> f64 {
    let z = residual / value(scales, at / BLOCK);
    if z.is_nan() { 0.0 } else { z }
}

fn value(values: &[f64], at: usize) -> f64 {
    values.get(at).copied().unwrap_or_default()
}

/// The level around a point; near the ends, where fewer points are on one side, of as many on the other.
fn level(values: &[f64], at: usize) -> f64 {
    match BESIDE.min(at).min(values.len().saturating_sub(at + 1)) {
        0 => value(values, at),
        side => beside(values, at - side, side) / 2.0 + beside(values, at + 1, side) / 2.0,
    }
}

/// The finding of a course with outliers.
pub(super) fn spike(course: &Course<'_>, outliers: &Outliers) -> Result<Option<Finding>, Outcome> {
    course.needs(NEEDED)?;
    match found(course, outliers) {
        None if outliers.doubtful => course.needs(TOLD).map(|()| None),
        found => Ok(found),
    }
}

fn found(course: &Course<'_>, outliers: &Outliers) -> Option<Finding> {
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

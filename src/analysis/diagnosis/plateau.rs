//! Plateaus: a last stretch that neither gains nor can be gaining much.

use super::course::{Course, Levels};
use super::forms::End;
use super::rise::{self, Rise, best};
use super::robust::{median, slope};
use super::{Evidence, Finding, Interval, Outcome, Per, Sureness};

/// Points that are needed.
pub(super) const NEEDED: usize = 30;
/// A plateau is at least a fifth of the course.
const LEAST: usize = 5;
/// What the stretch may still gain (the end of the 95 % interval of its slope times its length), in noise deviations of a
/// single point: less than the 3 that count as an effect.
const GAIN: f64 = 3.0;
/// Likewise where there is no pace to go by: who has gained less than this before never learned anything.
const NEVER: f64 = 2.5;
const GAIN_NEVER: f64 = 2.0;
/// It may also gain at most this share of what the pace before would have gained.
const PACE: f64 = 0.2;
/// It is worse than the best level before by so many noise deviations at most: what got worse and stays there is no plateau.
const WORSE: f64 = 1.0;
/// Nor is what may have got worse since by the 2 σ that count, less so many over √n that the rise of n points may be off by.
const RISEN: f64 = 7.0;
/// So many points tell by their slope: the slope of n points times n is off by √(12 ÷ n) σ, so that of the last fifth of 600 by
/// 0.32 σ. That tells 0 from the 1.2 σ that are two fifths (still under way) of 3 σ with 2 % of false alarms and 5 % of misses
/// (3.7 deviations). Of fewer, forms tell.
const TOLD: usize = 600;
/// A course is at rest by odds (their logarithm) from the upper of these on, 33 to 1, and under way up to the lower.
const ODDS: (f64, f64) = (-0.2, 3.2);
/// A stretch is flat as long as a falling course fits it no better than it would fit mere noise, and so many deviations of
/// that.
const FLAT: f64 = 3.0;
/// Buckets that a slope is estimated of at most: pairs grow with the square.
const SLOPED: usize = 80;

/// The finding of a course that ends in a plateau: of the stretches that are flat as far as can be told, the longest that
/// is one; of few points, the end of a form that has come to rest. Unchecked where more points would tell.
#[allow(clippy::cast_precision_loss)]
pub(super) fn plateau(
    course: &Course<'_>,
    levels: &Levels,
    rise: Option<Rise>,
    end: impl FnOnce() -> Option<End>,
) -> Result<Option<Finding>, Outcome> {
    let points = course.values.len();
    if rise.is_some_and(|rise| rise::is_clear(&rise, points)) {
        return Ok(None);
    }
    if points < TOLD {
        let told = end().and_then(|end| by_forms(course, levels, &end));
        return told.map_or_else(|| course.needs(TOLD).map(|()| None), Ok);
    }
    let most = rise::WORSE - RISEN / (points as f64).sqrt();
    let may_have_risen = rise.is_some_and(|rise| rise.size >= most);
    let count = levels.levels.len();
    let mut starts = flat_from(levels);
    starts.dedup();
    starts.retain(|from| (count - from) * LEAST >= count);
    Ok(starts.iter().filter(|_| !may_have_risen).find_map(|from| by_slope(course, levels, *from)))
}

/// What forms tell: a finding, that there is none, or nothing.
fn by_forms(course: &Course<'_>, levels: &Levels, end: &End) -> Option<Option<Finding>> {
    let (worse, odds) = (end.got_worse(), end.at_rest());
    if worse >= rise::ODDS.1 || odds <= ODDS.0 {
        return Some(None);
    }
    if worse > rise::ODDS.0 || odds < ODDS.1 {
        return None;
    }
    let stretch = Stretch::of(levels, end.rests_from)?;
    let sureness = if odds >= 1.5 * ODDS.1 { Sureness::Clear } else { Sureness::Likely };
    Some(Some(stretch.finding(course, end.gain, end.pace, sureness)?))
}

/// The finding of a stretch from a bucket to the end.
fn by_slope(course: &Course<'_>, levels: &Levels, from: usize) -> Option<Finding> {
    let stretch = Stretch::of(levels, from)?;
    let gain = stretch.in_deviations(-stretch.slope.low * stretch.length);
    let never = from == 0 || stretch.in_deviations(stretch.gained) < NEVER;
    let pace = stretch.in_deviations(pace_before(&levels.levels, from, stretch.level) * stretch.length);
    let allowed = if never { GAIN_NEVER } else { GAIN.min(PACE * pace) };
    let sureness = if gain <= allowed / 2.0 { Sureness::Clear } else { Sureness::Likely };
    (gain <= allowed && !stretch.is_worse()).then(|| stretch.finding(course, gain, allowed, sureness)).flatten()
}

/// The course from a bucket to the end.
struct Stretch<'a> {
    levels: &'a Levels,
    from: usize,
    slope: Interval,
    /// In buckets.
    length: f64,
    level: f64,
    /// From the first level to this one.
    gained: f64,
}

impl<'a> Stretch<'a> {
    #[allow(clippy::cast_precision_loss)]
    fn of(levels: &'a Levels, from: usize) -> Option<Self> {
        let tail = levels.levels.get(from..)?;
        let level = median(&mut tail.to_vec());
        let first = median(&mut levels.levels.get(..from.clamp(1, 3))?.to_vec());
        let slope = tail_slope(tail, levels.persistence)?;
        Some(Self { levels, from, slope, length: (tail.len() - 1) as f64, level, gained: first - level })
    }

    fn in_deviations(&self, amount: f64) -> f64 {
        if amount == 0.0 { 0.0 } else { amount / self.levels.noise }
    }

    /// Whether it gets worse, or is worse than before.
    fn is_worse(&self) -> bool {
        let before = self.levels.levels.get(..self.from).and_then(|before| best(before, self.levels));
        self.slope.low > 0.0 && self.in_deviations(self.slope.high * self.length) >= GAIN
            || before.is_some_and(|best| self.in_deviations(self.level - best.level) > WORSE)
    }

    fn finding(&self, course: &Course<'_>, gain: f64, allowed: f64, sureness: Sureness) -> Option<Finding> {
        let (onset, sign) = (*self.levels.starts.get(self.from)?, course.sign()?);
        let (slope, per) = per_step(course, onset, &self.slope, self.length);
        Some(Finding {
            metric: course.metric.to_owned(),
            at: course.point(onset),
            measured: gain,
            threshold: allowed,
            sureness,
            evidence: Evidence::Plateau {
                level: sign * self.level,
                slope,
                per,
                noise: self.levels.noise,
                gained: self.gained,
                points: (course.values.len() - onset, course.values.len()),
            },
        })
    }
}

/// Where the last flat stretch may begin: the first place from which on a level fits the rest as well as it fits from the
/// best place, if what comes before falls in any manner (antitonic regression). With noise as persistent as it looks; with
/// noise that is not persistent, because drops make it look so; and the best place itself.
#[allow(clippy::cast_precision_loss)]
fn flat_from(levels: &Levels) -> Vec<usize> {
    let values = &levels.levels;
    let falling = falling(values);
    // Of the stretches from each place on: count, mean, sum of squares around it (Welford).
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let mut costs: Vec<f64> = Vec::with_capacity(values.len());
    for (value, before) in values.iter().zip(&falling).rev() {
        count += 1.0;
        let off = value - mean;
        mean += off / count;
        squares += off * (value - mean);
        costs.push(squares + before);
    }
    costs.reverse();
    let best = costs.iter().copied().fold(f64::INFINITY, f64::min);
    // What a falling course explains of mere noise: a sum of 1 ÷ n, with that variance twice.
    let luck = (values.len() as f64).ln();
    let luck = (luck + FLAT * (2.0 * luck).sqrt()) * levels.bucket_noise.powi(2);
    let tolerances = [luck * levels.persistence, luck, 0.0];
    tolerances.iter().filter_map(|luck| costs.iter().position(|cost| *cost <= best + luck)).collect()
}

/// The sum of squares around the best falling course of all values before each place (pool adjacent violators).
fn falling(values: &[f64]) -> Vec<f64> {
    // Count, mean, squares of each block, and the squares of those before it.
    let mut blocks: Vec<[f64; 4]> = Vec::new();
    let mut costs = Vec::with_capacity(values.len());
    for value in values {
        costs.push(blocks.last().map_or(0.0, |[_, _, squares, before]| squares + before));
        let mut block = [1.0, *value, 0.0, costs.last().copied().unwrap_or_default()];
        while let Some([count, mean, squares, before]) = blocks.last().copied().filter(|last| last[1] <= block[1]) {
            blocks.pop();
            let both = count + block[0];
            let off = block[1] - mean;
            block =
                [both, mean + off * block[0] / both, squares + block[2] + off * off * count * block[0] / both, before];
        }
        blocks.push(block);
    }
    costs
}

/// The slope per bucket of a stretch, with its interval made wider for persistent noise.
#[allow(clippy::cast_precision_loss)]
fn tail_slope(tail: &[f64], persistence: f64) -> Option<Interval> {
    let group = tail.len().div_ceil(SLOPED);
    let middle = |(at, chunk): (usize, &[f64])| (at * group) as f64 + chunk.len() as f64 / 2.0;
    let y: Vec<f64> = tail.chunks(group).map(|chunk| median(&mut chunk.to_vec())).collect();
    let x: Vec<f64> = tail.chunks(group).enumerate().map(middle).collect();
    slope(&x, &y, persistence.sqrt())
}

/// What was gained per bucket on the way to a level that begins at a place: over as long a stretch as follows.
#[allow(clippy::cast_precision_loss)]
fn pace_before(values: &[f64], from: usize, level: f64) -> f64 {
    let start = from.saturating_sub(values.len() - from);
    let around = values.get(start..(start + 3).min(from)).unwrap_or_default();
    (median(&mut around.to_vec()) - level) / (from - start).max(1) as f64
}

/// A slope per bucket in the metric's own direction, per step.
#[allow(clippy::cast_precision_loss)]
fn per_step(course: &Course<'_>, onset: usize, slope: &Interval, buckets: f64) -> (Interval, Per) {
    let last = course.values.len().saturating_sub(1);
    let steps = || Some(course.point(last).step?.checked_sub(course.point(onset).step?)? as f64);
    let (length, per) = match steps().filter(|steps| *steps > 0.0 && course.has_steps()) {
        Some(steps) => (steps, Per::Step),
        None => ((last - onset) as f64, Per::Point),
    };
    let scale = course.sign().unwrap_or(1.0) * buckets / length.max(1.0);
    let (low, high) = (slope.low * scale, slope.high * scale);
    (Interval { estimate: slope.estimate * scale, low: low.min(high), high: low.max(high) }, per)
}

//! What the end of a course most likely is, by the forms that courses of training are known to have: of few points a slope
//! alone does not tell, but what came before says where it was going.

mod fall;
mod likelihood;
mod noise;
mod onset;
mod shape;
mod steps;

use super::course::{Levels, ROUNDING};
use likelihood::{Judge, Together, sum};
use noise::{KINDS, White};
pub(super) use onset::rises_from;

/// Means that forms are fitted to at most.
const MEANS: usize = 63;
/// The first hundredths of a course take no part: while the rate warms up, a course may go anywhere.
const WARMING: usize = 8;
/// Still under way is what gains over the last seven tenths so many deviations at least.
const UNDER_WAY: f64 = 2.8;
/// At rest is what gains so many deviations over the last fifth at most.
const REST: f64 = 0.15;
/// It has come to rest somewhere from where so many deviations are left to gain to where so many are.
const LEFT: (f64, f64) = (1.0, 0.1);
/// A level that is worse is so by as many deviations at least, from a place on with a sixth of the course on either side.
const WORSE: f64 = 2.5;
const SIDE: usize = 6;
/// Never to learn is more usual than other forms, by so much of the logarithm.
const NEVER: f64 = 1.0;
/// What is left over around a form is as large as this share of the range at least: forms fit no better than that.
const FIT: f64 = 1e-9;

/// How likely it is that the end of a course is at rest, is still under way, or has got worse and stayed so: logarithms.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    at_rest: f64,
    under_way: f64,
    worse: f64,
    /// The bucket from which on it is at rest, if it is, and that from which on it is worse, if it is.
    pub(super) rests_from: usize,
    pub(super) worse_from: usize,
    /// What the likeliest form at rest gains over the last fifth, and that under way, in deviations of single points.
    pub(super) gain: f64,
    pub(super) pace: f64,
}

impl End {
    /// The odds (their logarithm) that it got worse, against that it did not.
    pub(super) fn got_worse(&self) -> f64 {
        self.worse - sum(self.at_rest, self.under_way)
    }

    /// The odds that it is at rest, against that it is under way.
    pub(super) fn at_rest(&self) -> f64 {
        self.at_rest - self.under_way
    }
}

/// A course that forms are fitted to: its means without the first, from the first on and in ranges of the course, so that
/// neither unit nor zero plays a part.
struct Seen {
    means: Vec<f64>,
    skipped: usize,
    /// All means, with those that were skipped, and the buckets that they are of.
    count: usize,
    buckets: usize,
    /// The deviation of single points by third differences, and whether each mean is one of several.
    noise: f64,
    averaged: bool,
    /// The square of what is rounding.
    rounding: f64,
}

#[allow(clippy::cast_precision_loss)] // Far fewer than 2^53.
impl Seen {
    /// None of a course that is too short.
    fn of(levels: &Levels, points: usize) -> Option<Self> {
        let buckets = levels.levels.len();
        let count = buckets.min(MEANS);
        let first = levels.levels.first()?;
        let mean = |chunk: &[f64]| chunk.iter().map(|level| (level - first) / chunk.len() as f64).sum::<f64>();
        let chunk = |at: usize| levels.levels.get(at * buckets / count..(at + 1) * buckets / count);
        let mut means: Vec<f64> = (0..count).filter_map(chunk).map(mean).collect();
        let skipped = count * WARMING / 100;
        means.drain(..skipped);
        let (low, high) =
            means.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), mean| (mean.min(low), mean.max(high)));
        let highest = levels.levels.iter().fold(0.0_f64, |highest, level| highest.max(level.abs())) * ROUNDING;
        let range = (high - low).max(highest).max(f64::MIN_POSITIVE);
        means.iter_mut().for_each(|mean| *mean /= range);
        let rounding = FIT.max(highest / range).powi(2);
        let noise = levels.noise / range;
        let enough = means.len() > 2 * SIDE && range.is_finite();
        enough.then_some(Self { means, skipped, count, buckets, noise, averaged: points > count, rounding })
    }

    /// The places between 0 and 1 of the means.
    fn places(&self) -> impl Iterator<Item = f64> {
        (self.skipped..self.count).map(|at| at as f64 / (self.count - 1) as f64)
    }

    /// The first of so many buckets from which on at most so much is left.
    fn within(&self, left: impl Fn(f64) -> f64, most: f64) -> usize {
        let (mut from, mut to) = (0, self.buckets - 1);
        while from < to {
            let middle = usize::midpoint(from, to);
            if left(middle as f64 / (self.buckets - 1) as f64) > most { from = middle + 1 } else { to = middle }
        }
        from
    }

    /// The buckets at which something may happen that is first seen in a mean.
    fn around(&self, mean: usize) -> (usize, usize) {
        let twice = 2 * (mean + self.skipped);
        let first = (twice.saturating_sub(1) * self.buckets).div_ceil(2 * self.count);
        (first, ((twice + 1) * self.buckets - 1) / (2 * self.count))
    }

    /// Whether a change at a mean has enough of the course on either side.
    fn has_sides(&self, at: usize) -> bool {
        let side = self.means.len() / SIDE;
        (side..=self.means.len() - side).contains(&at)
    }
}

/// What forms tell of the end of a course of so many points; none of one that they cannot be fitted to.
pub(super) fn end(levels: &Levels, points: usize) -> Option<End> {
    let seen = Seen::of(levels, points)?;
    let forms: Vec<fall::Fall> = shape::forms().into_iter().map(|form| fall::Fall::new(form, &seen)).collect();
    let mut ends = Ends { at_rest: Together::none(), under_way: Together::none(), worse: Together::none() };
    for kind in &KINDS {
        let mut judge = Judge::new(&seen, White::of(kind, &seen));
        let rises = fall::rises(&judge);
        fall::levels(&mut judge, &rises, &mut ends);
        fall::falls(&mut judge, &forms, &rises, &mut ends);
        steps::steps(&mut judge, &rises, &mut ends);
    }
    let Ends { at_rest, under_way, worse } = ends;
    let buckets = levels.levels.len();
    Some(End {
        at_rest: at_rest.all(),
        under_way: under_way.all(),
        worse: worse.all(),
        rests_from: at_rest.place(buckets).min(buckets - buckets.div_ceil(5)),
        worse_from: worse.place(buckets),
        gain: at_rest.gain,
        pace: under_way.gain,
    })
}

/// What forms are, each with its likelihood.
struct Ends {
    at_rest: Together,
    under_way: Together,
    worse: Together,
}

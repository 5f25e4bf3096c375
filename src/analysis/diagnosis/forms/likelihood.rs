//! How likely forms are: the likelihood of what is seen, over all heights and all sizes of the noise, and its sums.

use std::f64::consts::{PI, SQRT_2};

use statrs::function::erf::erfc;
use statrs::function::gamma::ln_gamma;

use super::Seen;
use super::noise::White;

/// Forms that are e^20 times less likely than another count for nothing.
const NOTHING: f64 = 20.0;
/// Beyond so many deviations lies nothing either.
const FAR: f64 = 6.0;

/// The share of normal noise below so many deviations.
pub(super) fn below(deviations: f64) -> f64 {
    match deviations {
        far if far > FAR => 1.0,
        far if far > -FAR => erfc(-far / SQRT_2) / 2.0,
        _ => 0.0,
    }
}

/// The logarithm of the sum of what two logarithms stand for.
pub(super) fn sum(one: f64, other: f64) -> f64 {
    one.max(other) + (-(one - other).abs()).exp().ln_1p()
}

/// Judges forms by what they leave over of a course with noise of a kind.
pub(super) struct Judge<'a> {
    pub(super) seen: &'a Seen,
    pub(super) white: White,
    /// By the number of what is fitted: a level, and up to three heights.
    constants: [f64; 4],
    count: f64,
    /// What more than this is left over of counts for nothing.
    most: f64,
    times: f64,
}

impl<'a> Judge<'a> {
    #[allow(clippy::cast_precision_loss)] // At most 63.
    pub(super) fn new(seen: &'a Seen, white: White) -> Self {
        let count = seen.means.len() as f64;
        let free = |fitted: f64| (count - fitted) / 2.0;
        let constants = [1.0, 2.0, 3.0, 4.0].map(|fitted| (fitted - 1.0) * PI.ln() / 2.0 + ln_gamma(free(fitted)));
        let constants = constants.map(|constant| constant - white.one.ln() / 2.0 + white.usual);
        Self { seen, white, constants, count, most: f64::INFINITY, times: (NOTHING / free(4.0)).exp() }
    }

    /// The logarithm of the likelihood of a form of which so much is left over in square: over all sizes of the noise (those of
    /// each order are as likely as another's), all levels, and all heights up to the range of the course; `told` is the product
    /// of what is told of each height. None where it counts for nothing.
    pub(super) fn likelihood<const HEIGHTS: usize>(&mut self, left: f64, told: [f64; HEIGHTS]) -> Option<f64> {
        let left = left.max(self.seen.rounding * self.count);
        if left > self.most {
            return None;
        }
        self.most = self.most.min(left * self.times);
        let told = told.iter().product::<f64>().ln() / 2.0;
        Some(self.constants.get(HEIGHTS)? - (self.count - 1.0 - HEIGHTS as f64) / 2.0 * left.ln() - told)
    }

    /// The deviation of the noise of a mean, and of a point, around a form with so many heights.
    pub(super) fn noise(&self, left: f64, heights: f64) -> (f64, f64) {
        let noise = (left.max(self.seen.rounding * self.count) / (self.count - 1.0 - heights)).sqrt();
        (noise, if self.seen.averaged { self.seen.noise } else { noise })
    }
}

/// The likelihood of many forms together, and where they have their place.
pub(super) struct Together {
    /// Logarithms, and the buckets from the first to the last that may be the place.
    forms: Vec<(f64, usize, usize)>,
    best: f64,
    /// What the likeliest form gains over the last fifth.
    pub(super) gain: f64,
}

impl Together {
    pub(super) fn none() -> Self {
        Self { forms: Vec::new(), best: f64::NEG_INFINITY, gain: 0.0 }
    }

    pub(super) fn counts(&self, likelihood: f64) -> bool {
        likelihood > self.best - NOTHING
    }

    pub(super) fn add(&mut self, likelihood: f64, (first, last): (usize, usize), gain: f64) {
        if !self.counts(likelihood) {
            return;
        }
        if likelihood > self.best {
            (self.best, self.gain) = (likelihood, gain);
        }
        self.forms.push((likelihood, first, last));
    }

    /// The logarithm of all that is likely.
    pub(super) fn all(&self) -> f64 {
        let sum: f64 = self.forms.iter().map(|(likelihood, ..)| (likelihood - self.best).exp()).sum();
        if self.forms.is_empty() { f64::MIN } else { self.best + sum.ln() }
    }

    /// The likeliest place among so many buckets, give or take 2 %.
    pub(super) fn place(&self, buckets: usize) -> usize {
        let near = buckets / 50;
        // What is added and taken away at each bucket, from as many before the first: the middle of what is near the first is the first.
        let mut changes = vec![0.0; buckets + 2 * near + 1];
        for (likelihood, first, last) in &self.forms {
            let likely = (likelihood - self.best).exp();
            changes.get_mut(*first).into_iter().for_each(|change| *change += likely);
            changes.get_mut(last + 2 * near + 1).into_iter().for_each(|change| *change -= likely);
        }
        let mut sum = 0.0;
        let likely: Vec<f64> = changes.iter().map(|change| (sum += change, sum).1).collect();
        let most = likely.iter().copied().fold(0.0, f64::max) * (1.0 - 1e-9);
        let places = likely.iter().enumerate().filter(|(_, likely)| **likely >= most).map(|(at, _)| at);
        let places: Vec<usize> = places.collect();
        let middle = places.get(places.len() / 2).copied().unwrap_or_default();
        middle.saturating_sub(near).min(buckets.saturating_sub(1))
    }
}

//! Series with known truth, for every rule: fixed before any rule was tuned.
//!
//! A case is drawn for a *cell* (length, noise as a share of the course's range). An effect is at least 3 σ, σ being the
//! deviation of the noise on a single point, and lasts for at least 20 % of the length. By their nature shorter are spikes
//! (1 to 3 points, so 12 σ and more: among 5,000 points of noise some lie 4 σ off), and what is not finite (one value is
//! enough). Sizes are drawn evenly on a logarithmic scale, so that small effects are the most frequent.
//!
//! Where the truth is a matter of taste (a course that slackens, but not to nothing) it is [`Truth::Untold`], and counts
//! neither for nor against a rule. Where a change comes gradually its beginning is a range: from where it begins to where it
//! is 2 σ (3 σ is the size that counts); for a plateau, from where all that is left to gain is 1 σ to where it is 0.1 σ.

pub(crate) mod curve;
pub(crate) mod noise;
pub(crate) mod pace;
pub(crate) mod pair;
pub(crate) mod random;
pub(crate) mod rate;
pub(crate) mod shape;
mod tests;

use backends::model::Point;
use jiff::Timestamp;

use random::Random;

/// Seeds for tuning begin here.
pub(crate) const TUNING: u64 = 1_000_000;
/// Seeds for the final figures begin here: nothing was tuned on them.
pub(crate) const FINAL: u64 = 9_000_000_000;

/// A length and a noise level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cell {
    pub(crate) length: usize,
    /// The deviation of the noise in ranges of the course.
    pub(crate) noise: f64,
}

impl Cell {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        [50, 500, 5_000].into_iter().flat_map(|length| [0.01, 0.05, 0.2].map(|noise| Self { length, noise }))
    }

    /// A source of numbers for one case of this cell.
    pub(crate) fn random(self, seeds: u64, case: u64) -> Random {
        Random::seeded(seeds + case * 1_000_003 + self.length as u64 * 7 + (self.noise * 1_000.0) as u64)
    }
}

/// Whether an effect is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    Absent,
    /// It begins between these points, both included.
    Present(usize, usize),
    /// Both answers are right.
    Untold,
}

/// Points with these values, of steps that are so far apart.
pub(crate) fn points(values: &[f64], stride: i64) -> Vec<Point> {
    let point = |(step, value): (i64, &f64)| Point {
        step: Some(step * stride),
        time: Timestamp::from_second(1_780_300_800 + step).ok(),
        value: *value,
    };
    (0..).zip(values).map(point).collect()
}

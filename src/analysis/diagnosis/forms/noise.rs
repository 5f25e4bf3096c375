//! What noise may be like, and a course seen through it: as if its noise were white.

use super::Seen;

/// A kind of noise: how usual it is, how much of a value stays in the next (AR(1)), and how much less of it there is at the
/// end than at the beginning, in what there is in the middle.
pub(super) struct Kind {
    usual: f64,
    stays: f64,
    shrinks: f64,
}

pub(super) const KINDS: [Kind; 4] = [
    Kind { usual: 0.5, stays: 0.0, shrinks: 0.0 },
    Kind { usual: 0.2, stays: 0.0, shrinks: 1.0 },
    Kind { usual: 0.15, stays: 0.35, shrinks: 0.0 },
    Kind { usual: 0.15, stays: 0.65, shrinks: 0.0 },
];

/// A course with its noise made white. Products are sums over the means; with a level taken out of them where it says so.
pub(super) struct White {
    stays: f64,
    /// One over the deviation of what is new in each value, in those of a value.
    pub(super) scales: Vec<f64>,
    /// The logarithm of how usual the noise is, and of what the scales make of a likelihood.
    pub(super) usual: f64,
    /// A level of 1, and the means.
    pub(super) ones: Vec<f64>,
    pub(super) means: Vec<f64>,
    /// From each place on: the products of the level with itself and with the means.
    pub(super) tails: Vec<(f64, f64)>,
    pub(super) one: f64,
    pub(super) level: f64,
    /// The square of the means without their level.
    pub(super) square: f64,
}

impl White {
    #[allow(clippy::cast_precision_loss)] // At most 63.
    pub(super) fn of(kind: &Kind, seen: &Seen) -> Self {
        let count = seen.means.len();
        let deviation = |at: usize| 1.0 + kind.shrinks * (0.5 - (at + seen.skipped) as f64 / seen.count as f64);
        let usual = ((0..count).map(|at| deviation(at).powi(2)).sum::<f64>() / count as f64).sqrt();
        let new = |at: usize| if at == 0 { 1.0 } else { (1.0 - kind.stays * kind.stays).sqrt() };
        let scales: Vec<f64> = (0..count).map(|at| usual / deviation(at) / new(at)).collect();
        let mut white = Self {
            stays: kind.stays,
            usual: kind.usual.ln() + scales.iter().map(|scale| scale.ln()).sum::<f64>(),
            scales,
            ones: Vec::new(),
            means: Vec::new(),
            tails: Vec::new(),
            one: 0.0,
            level: 0.0,
            square: 0.0,
        };
        white.ones = white.whiten(&vec![1.0; count]);
        white.means = white.whiten(&seen.means);
        white.tails = vec![(0.0, 0.0)];
        for (one, mean) in white.ones.iter().zip(&white.means).rev() {
            white.one += one * one;
            white.level += one * mean;
            white.square += mean * mean;
            white.tails.push((white.one, white.level));
        }
        white.tails.reverse();
        white.square -= white.level * white.level / white.one;
        white
    }

    /// A course seen through the noise.
    pub(super) fn whiten(&self, course: &[f64]) -> Vec<f64> {
        let mut last = 0.0;
        let value = |(value, scale): (&f64, &f64)| (value - self.stays * std::mem::replace(&mut last, *value)) * scale;
        course.iter().zip(&self.scales).map(value).collect()
    }

    /// The products of something seen through the noise: with the level, and without it with itself and the means.
    pub(super) fn part(&self, seen: &[f64]) -> Part {
        let (mut one, mut own, mut both) = (0.0, 0.0, 0.0);
        for ((value, level), mean) in seen.iter().zip(&self.ones).zip(&self.means) {
            one += value * level;
            own += value * value;
            both += value * mean;
        }
        self.part_of(one, own, both)
    }

    /// Likewise, of the sums.
    pub(super) fn part_of(&self, one: f64, own: f64, both: f64) -> Part {
        Part { one, own: own - one * one / self.one, both: both - one * self.level / self.one, whole: own }
    }
}

/// What a part of a form has in common with a level (`one`), and without that with itself and with the means.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) one: f64,
    pub(super) own: f64,
    pub(super) both: f64,
    whole: f64,
}

impl Part {
    /// Whether it is more than a level: sums tell no less.
    pub(super) fn is_told(&self) -> bool {
        self.own > 1e-9 * self.whole
    }
}

//! What lies over a course: noise of deviation 1.

use super::random::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noise {
    White,
    /// Shrinks to a third over the run.
    Shrinking,
    /// Each value is like the one before: AR(1), with a coefficient of 0.3 to 0.7.
    Autocorrelated,
    /// Laplace: outliers are far more often than in normal noise.
    HeavyTailed,
}

impl Noise {
    pub(crate) fn any(random: &mut Random) -> Self {
        random.pick(&[Self::White, Self::White, Self::Shrinking, Self::Autocorrelated, Self::HeavyTailed])
    }

    pub(crate) fn values(self, length: usize, random: &mut Random) -> Vec<f64> {
        match self {
            Self::White => (0..length).map(|_| random.normal()).collect(),
            Self::Shrinking => {
                // From 1.5 down to 0.5 in a straight line has a mean square of 13/12.
                let scale = |at: usize| (1.5 - at as f64 / length as f64) / (13.0_f64 / 12.0).sqrt();
                (0..length).map(|at| scale(at) * random.normal()).collect()
            }
            Self::Autocorrelated => {
                let likeness = random.within(0.3, 0.7);
                let mut value = random.normal();
                let mut next = || {
                    let now = value;
                    value = likeness * value + (1.0 - likeness * likeness).sqrt() * random.normal();
                    now
                };
                (0..length).map(|_| next()).collect()
            }
            Self::HeavyTailed => {
                let mut laplace = || random.sign() * -(1.0 - random.unit()).ln() / std::f64::consts::SQRT_2;
                (0..length).map(|_| laplace()).collect()
            }
        }
    }
}

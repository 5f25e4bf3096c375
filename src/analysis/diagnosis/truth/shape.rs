//! Courses of training without noise: from 1 down to 0, where lower is better.

use super::random::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Exponential decay that is over after a third of the run.
    FastDecay,
    /// Exponential decay that is still under way at the end.
    SlowDecay,
    PowerLaw,
    Linear,
    /// Steadily down, then flat.
    Kink,
    /// Up at first, while the rate warms up; then a decay, fast or slow.
    WarmUp,
    /// Cosine rate: slow, fast, slow.
    Cosine,
    /// Three levels, with a drop wherever the rate is cut.
    StepDecay,
    /// Never learns.
    Flat,
    /// A slow decay that swings, as with cyclic rates.
    Oscillation,
}

impl Shape {
    pub(crate) const ALL: [Self; 10] = [
        Self::FastDecay,
        Self::SlowDecay,
        Self::PowerLaw,
        Self::Linear,
        Self::Kink,
        Self::WarmUp,
        Self::Cosine,
        Self::StepDecay,
        Self::Flat,
        Self::Oscillation,
    ];

    /// So many values; swings are in units of `noise`.
    pub(crate) fn values(self, length: usize, noise: f64, random: &mut Random) -> Vec<f64> {
        let fast = random.within(0.03, 0.08);
        let slow = random.within(0.4, 1.5);
        let course: Box<dyn Fn(f64) -> f64> = match self {
            Self::FastDecay => Box::new(move |t| (-t / fast).exp()),
            Self::SlowDecay => Box::new(move |t| (-t / slow).exp()),
            Self::PowerLaw => {
                let (speed, power) = (random.log_within(3.0, 100.0), random.within(0.3, 1.0));
                Box::new(move |t| (1.0 + speed * t).powf(-power))
            }
            Self::Linear => Box::new(|t| 1.0 - t),
            Self::Kink => {
                let kink = random.within(0.2, 0.7);
                Box::new(move |t| (1.0 - t / kink).max(0.0))
            }
            Self::WarmUp => {
                let (top, pace) = (random.within(0.03, 0.08), random.pick(&[fast, slow]));
                Box::new(move |t| if t < top { 0.6 + 0.4 * t / top } else { (-(t - top) / pace).exp() })
            }
            Self::Cosine => Box::new(|t| 0.5 + 0.5 * (std::f64::consts::PI * t).cos()),
            Self::StepDecay => {
                let (first, second) = (random.within(0.3, 0.5), random.within(0.6, 0.75));
                Box::new(move |t| match t {
                    t if t < first => 0.5 + 0.5 * (-t / fast).exp(),
                    t if t < second => 0.2,
                    _ => 0.0,
                })
            }
            Self::Flat => Box::new(|_| 0.0),
            Self::Oscillation => {
                let (swing, turns) = (random.within(1.0, 2.0) * noise, random.within(12.0, 25.0));
                Box::new(move |t| (-t / slow).exp() + swing * (t * turns * std::f64::consts::TAU).sin())
            }
        };
        let last = (length - 1) as f64;
        let mut values: Vec<f64> = (0..length).map(|at| course(at as f64 / last)).collect();
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        if high > low {
            values.iter_mut().for_each(|value| *value = (*value - low) / (high - low));
        }
        values
    }
}

//! A training metric and its validation metric.

use super::curve::plateau;
use super::noise::Noise;
use super::random::Random;
use super::shape::Shape;
use super::{Cell, Truth};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Together {
    /// Validation gets worse and worse from a point on, while training gets better.
    Overfits,
    /// Side by side, with a gap that stays.
    Alike,
    /// Validation stops to improve, and does not get worse.
    ValidationStops,
    /// Both get worse.
    BothWorse,
}

impl Together {
    pub(crate) const ALL: [Self; 4] = [Self::Overfits, Self::Alike, Self::ValidationStops, Self::BothWorse];
}

#[derive(Clone, Debug)]
#[allow(dead_code, reason = "a failed test shows what was drawn")]
pub(crate) struct Pair {
    pub(crate) together: Together,
    /// How much worse validation gets, in noise deviations.
    pub(crate) size: f64,
    pub(crate) train: Vec<f64>,
    pub(crate) validation: Vec<f64>,
    /// Points of training for each of validation.
    pub(crate) every: usize,
    pub(crate) higher_is_better: bool,
    /// In points of validation.
    pub(crate) overfitting: Truth,
}

impl Pair {
    /// As many points of validation as the cell says; sometimes more of training.
    pub(crate) fn draw(cell: Cell, together: Together, random: &mut Random) -> Self {
        let Cell { length, noise: sigma } = cell;
        let every = if length == 50 { random.pick(&[1, 10]) } else { 1 };
        // Courses that have not come to an end.
        let course = loop {
            let shape = random.pick(&[Shape::SlowDecay, Shape::PowerLaw, Shape::Linear]);
            let course = shape.values(length * every, sigma, random);
            if !matches!(plateau(&course, sigma), Truth::Present(..)) {
                break course;
            }
        };
        let mut pair = Self {
            together,
            size: random.log_within(3.0, 30.0),
            train: course.clone(),
            validation: course.iter().copied().step_by(every).collect(),
            every,
            higher_is_better: random.chance(0.5),
            overfitting: Truth::Absent,
        };
        let from = (random.within(0.2, 0.5) * length as f64) as usize;
        // It is 3 σ worse before the last fifth.
        let until = (random.within(0.05, 0.3) * length as f64).max(1.0);
        let worse = |after: usize| pair.size.min(3.0 * (after as f64 + 1.0) / until) * sigma;
        match together {
            Together::Alike => {}
            Together::ValidationStops => {
                let level = pair.validation[from];
                pair.validation[from..].fill(level);
            }
            Together::Overfits => {
                // The last level that the curve shows, as for single curves.
                let level = pair.validation[from - 1];
                let risen: Vec<f64> = (0..length - from).map(|after| level + worse(after)).collect();
                let visible = risen.iter().position(|value| value - level >= 2.0 * sigma).unwrap_or(0);
                pair.validation[from..].copy_from_slice(&risen);
                pair.overfitting = Truth::Present(from, from + visible);
            }
            Together::BothWorse => {
                let (level, base) = (pair.validation[from - 1], pair.train[from * every - 1]);
                let risen: Vec<f64> = (0..length - from).map(worse).collect();
                for (after, value) in pair.train[from * every..].iter_mut().enumerate() {
                    *value = base + risen[after / every];
                }
                pair.validation[from..].iter_mut().zip(&risen).for_each(|(value, risen)| *value = level + risen);
            }
        }
        let (unit, gap) = (random.log_within(1e-3, 1e3), random.within(0.0, 1.0));
        let sign = if pair.higher_is_better { -1.0 } else { 1.0 };
        let offset = random.pick(&[0.0, -5.0, 2.0]);
        for (values, gap) in [(&mut pair.train, 0.0), (&mut pair.validation, gap)] {
            let noise = Noise::any(random).values(values.len(), random);
            for (value, noise) in values.iter_mut().zip(noise) {
                *value = unit * (offset + sign * (*value + gap + sigma * noise));
            }
        }
        pair
    }
}

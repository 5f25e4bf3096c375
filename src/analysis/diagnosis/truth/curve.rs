//! Single curves: a shape, noise over it, and at most one effect.

use super::noise::Noise;
use super::random::Random;
use super::shape::Shape;
use super::{Cell, Truth};

/// A level effect has to last for this share of the length.
const LASTING: f64 = 0.2;
/// The least size of an effect in noise deviations.
const LEAST: f64 = 3.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    None,
    /// The level is worse from one point to the next, and stays.
    Jump,
    /// It gets worse over at most a tenth of the length, and stays.
    Ramp,
    /// It gets worse without end, faster and faster.
    Explosion,
    /// Single points off, to either side.
    Spikes,
    /// Worse for a twentieth to a tenth of the length, then as before.
    Transient,
    /// Not finite from a point on.
    NonFinite,
    /// Not finite at a point.
    NonFiniteOnce,
}

impl Effect {
    pub(crate) const ALL: [Self; 8] = [
        Self::None,
        Self::Jump,
        Self::Ramp,
        Self::Explosion,
        Self::Spikes,
        Self::Transient,
        Self::NonFinite,
        Self::NonFiniteOnce,
    ];
}

#[derive(Clone, Debug)]
#[allow(dead_code, reason = "a failed test shows what was drawn")]
pub(crate) struct Curve {
    pub(crate) shape: Shape,
    pub(crate) noise: Noise,
    pub(crate) effect: Effect,
    /// The size of the effect in noise deviations.
    pub(crate) size: f64,
    pub(crate) values: Vec<f64>,
    pub(crate) higher_is_better: bool,
    pub(crate) non_finite: Truth,
    pub(crate) divergence: Truth,
    /// The places of spikes; none where it is a matter of taste.
    pub(crate) spikes: Option<Vec<usize>>,
    pub(crate) plateau: Truth,
}

impl Curve {
    pub(crate) fn draw(cell: Cell, effect: Effect, random: &mut Random) -> Self {
        let Cell { length, noise: sigma } = cell;
        let (shape, noise) = (random.pick(&Shape::ALL), Noise::any(random));
        let mut values = shape.values(length, sigma, random);
        let mut curve = Self {
            shape,
            noise,
            effect,
            size: random.log_within(LEAST, 30.0),
            values: Vec::new(),
            higher_is_better: random.chance(0.5),
            non_finite: Truth::Absent,
            divergence: Truth::Absent,
            spikes: Some(Vec::new()),
            plateau: plateau(&values, sigma),
        };
        curve.affect(&mut values, sigma, random);
        for (value, noise) in values.iter_mut().zip(noise.values(length, random)) {
            *value += sigma * noise;
        }
        curve.spoil(&mut values, random);
        // Losses below 0, scores near 1, and units of any size.
        let unit = random.log_within(1e-3, 1e3);
        let offset = random.pick(&[0.0, -5.0, -0.5, 2.0, 100.0]);
        let sign = if curve.higher_is_better { -1.0 } else { 1.0 };
        curve.values = values.into_iter().map(|value| unit * (offset + sign * value)).collect();
        curve
    }

    /// Lays the effect over the course.
    fn affect(&mut self, values: &mut [f64], sigma: f64, random: &mut Random) {
        let length = values.len();
        let size = self.size * sigma;
        let place = |share: f64| (share * length as f64) as usize;
        let from = place(random.within(LASTING, 1.0 - LASTING - 0.1));
        match self.effect {
            Effect::Jump | Effect::Ramp | Effect::Explosion => {
                // The last level that the curve shows: at 50 points a steep course falls by several σ to the next, and an
                // effect counted from there would be seen as less than its size, or not at all.
                let base = values[from - 1];
                let over = place(random.within(0.0, 0.1)).max(1);
                // Explodes to the least size that counts within a hundredth of the length.
                let rate = random.within(1.0, 3.0);
                let hundredth = (length as f64 / 100.0).max(1.0);
                for (after, value) in values[from..].iter_mut().enumerate() {
                    let past = after as f64 + 1.0;
                    let effect = match self.effect {
                        Effect::Jump => size,
                        Effect::Ramp => size * (past / over as f64).min(1.0),
                        _ => LEAST * sigma * (past / hundredth).powf(rate),
                    };
                    *value = base + effect;
                }
                let visible = values[from..].iter().position(|value| value - base >= 2.0 * sigma).unwrap_or(0);
                self.divergence = Truth::Present(from, from + visible);
                self.plateau = Truth::Absent;
            }
            Effect::Transient => {
                let lasting = place(random.within(0.05, 0.1)).max(2);
                values[from..from + lasting].iter_mut().for_each(|value| *value += size);
                self.spikes = None;
            }
            Effect::Spikes => {
                let mut places = Vec::new();
                for part in 0..random.index(3) + 1 {
                    // Within thirds of the length, so that they lie apart, and not at the ends.
                    let at = place(random.within(0.1, 0.3)) + part * length / 3;
                    let (height, width) = (random.log_within(12.0, 40.0) * sigma * random.sign(), random.index(3) + 1);
                    // A tenth of the length follows, too: a course that has not come back may as well stay there.
                    let at = at.min(length - length / 10 - width);
                    values[at..at + width].iter_mut().for_each(|value| *value += height);
                    places.push(at);
                }
                self.spikes = Some(places);
            }
            Effect::None | Effect::NonFinite | Effect::NonFiniteOnce => {}
        }
    }

    /// Puts values that are not finite in place of others.
    fn spoil(&mut self, values: &mut [f64], random: &mut Random) {
        let length = values.len();
        let from = random.index(length);
        let value = random.pick(&[f64::NAN, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
        let to = match self.effect {
            Effect::NonFinite => length,
            Effect::NonFiniteOnce => from + 1,
            _ => return,
        };
        values[from..to].fill(value);
        self.non_finite = Truth::Present(from, from);
        if to - from > 1 {
            (self.divergence, self.plateau, self.spikes) = (Truth::Absent, Truth::Untold, Some(Vec::new()));
        }
    }
}

/// Whether a course without noise ends in a plateau.
pub(crate) fn plateau(values: &[f64], sigma: f64) -> Truth {
    let length = values.len();
    let share = |share: f64| (share * length as f64) as usize;
    let last = values[length - 1];
    // From where on the course stays within so many deviations of its end.
    let within = |deviations: f64| {
        values.iter().rposition(|value| (value - last).abs() > deviations * sigma).map_or(0, |at| at + 1)
    };
    let (near, there) = (within(1.0), within(0.1));
    let flat = length - there;
    // What the pace before would have gained on the way.
    let before = there.min(flat);
    let forgone = || (values[there - before] - last) / sigma * flat as f64 / before as f64;
    if flat >= share(LASTING) && (there == 0 || forgone() >= LEAST) {
        return Truth::Present(near, there);
    }
    let gain = |stretch: f64| (values[length - 1 - share(stretch)] - last) / sigma;
    // Still under way: much is gained over the last seven tenths, and the pace has not slackened to nothing.
    let under_way = gain(0.7) >= LEAST && gain(LASTING) / LASTING >= 0.4 * gain(0.7) / 0.7;
    if under_way { Truth::Absent } else { Truth::Untold }
}

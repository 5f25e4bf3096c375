//! The forms of courses that fall without a break, in families of which each is as likely as another.

use std::f64::consts::PI;

/// Still under way is what gains over the last fifth at least this share of the pace of the last seven tenths.
const PACE: f64 = 0.4;
/// Bent falls are less usual than other forms, by so much of the logarithm.
const UNUSUAL: f64 = 1.0;
/// Straight falls last from 0.14 lengths of the course on, in so many steps of 0.02, and these.
const LASTING: (f64, f64, u8) = (0.14, 0.02, 33);
const LONG: [f64; 9] = [0.85, 0.9, 0.95, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0];
/// Round falls last so long.
const ROUND: [f64; 17] = [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0];
/// How much a bent fall bends: it ends as that power of the way that is left.
const BENDS: [f64; 3] = [1.5, 2.0, 3.0];
/// Exponential decays fall to 1 ÷ e from 0.02 lengths on, each in so many times as long as the one before.
const DECAYS: (f64, f64, i32) = (0.02, 1.115, 44);
/// Speeds and powers of power laws.
const SPEEDS: [f64; 8] = [3.0, 5.0, 8.0, 13.0, 22.0, 36.0, 60.0, 100.0];
const POWERS: [f64; 9] = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.4];

/// A form: how much is left to lose at a place between 0 and 1.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Fall { lasting: f64, bend: f64 },
    Round { lasting: f64 },
    Decay { pace: f64 },
    Power { speed: f64, power: f64 },
}

impl Form {
    pub(super) fn at(self, place: f64) -> f64 {
        match self {
            Self::Fall { lasting, bend: 1.0 } => (1.0 - place / lasting).max(0.0),
            Self::Fall { lasting, bend } => (1.0 - place / lasting).max(0.0).powf(bend),
            Self::Round { lasting } => (PI * (place / lasting).min(1.0)).cos(),
            Self::Decay { pace } => (-place / pace).exp(),
            Self::Power { speed, power } => (1.0 + speed * place).powf(-power),
        }
    }

    /// What it loses from a place on.
    pub(super) fn left(self, place: f64) -> f64 {
        self.at(place) - self.at(1.0)
    }

    /// Whether it goes on as before, rather than that it slackens to nothing.
    pub(super) fn goes_on(self) -> bool {
        let long = self.left(0.3);
        long > 0.0 && self.left(0.8) / 0.2 >= PACE * long / 0.7
    }
}

/// All forms, each with the logarithm of its share before anything is seen.
pub(super) fn forms() -> Vec<(Form, f64)> {
    let (first, step, count) = LASTING;
    let short = (0..count).map(move |at| first + step * f64::from(at));
    let lasting: Vec<f64> = short.chain(LONG).collect();
    let falls =
        |bend: f64, every: usize| lasting.iter().step_by(every).map(move |&lasting| Form::Fall { lasting, bend });
    let (fastest, times, count) = DECAYS;
    let mut families: Vec<(Vec<Form>, f64)> = vec![
        (falls(1.0, 1).collect(), 0.0),
        (ROUND.into_iter().map(|lasting| Form::Round { lasting }).collect(), 0.0),
        ((0..count).map(|at| Form::Decay { pace: fastest * times.powi(at) }).collect(), 0.0),
        (SPEEDS.into_iter().flat_map(|speed| POWERS.map(|power| Form::Power { speed, power })).collect(), 0.0),
    ];
    families.extend(BENDS.map(|bend| (falls(bend, 2).collect(), UNUSUAL)));
    #[allow(clippy::cast_precision_loss)] // A few dozen.
    let shares = |(family, unusual): (Vec<Form>, f64)| {
        let share = -unusual - (family.len() as f64).ln();
        family.into_iter().map(move |form| (form, share))
    };
    families.into_iter().flat_map(shares).collect()
}

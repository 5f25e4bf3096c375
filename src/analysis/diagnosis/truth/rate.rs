//! Schedules of learning rates, and a metric that may answer to their cliffs.

use super::noise::Noise;
use super::random::Random;
use super::{Cell, Truth};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schedule {
    Constant,
    /// Multiplied by the same factor at every point.
    Exponential,
    Cosine,
    Linear,
    /// From 0 up, then a cosine.
    WarmUpCosine,
    /// Up and down in straight lines.
    OneCycle,
    /// By a few per cent every so often.
    Staircase,
    /// Cut to a half, a third, a fifth or a tenth.
    Cuts,
    /// A cosine that begins anew.
    Restart,
    /// A warm-up, then constant, then a cut.
    WarmUpCut,
}

impl Schedule {
    pub(crate) const SMOOTH: [Self; 7] = [
        Self::Constant,
        Self::Exponential,
        Self::Cosine,
        Self::Linear,
        Self::WarmUpCosine,
        Self::OneCycle,
        Self::Staircase,
    ];
    pub(crate) const CLIFFS: [Self; 3] = [Self::Cuts, Self::Restart, Self::WarmUpCut];
}

#[derive(Clone, Debug)]
#[allow(dead_code, reason = "a failed test shows what was drawn")]
pub(crate) struct Rate {
    pub(crate) schedule: Schedule,
    pub(crate) values: Vec<f64>,
    /// The first points behind each cliff.
    pub(crate) cliffs: Vec<usize>,
    /// A metric, better when lower, and whether its level changes at the first cliff.
    pub(crate) metric: Vec<f64>,
    pub(crate) response: Truth,
}

impl Rate {
    pub(crate) fn draw(cell: Cell, cliffs: bool, random: &mut Random) -> Self {
        let Cell { length, noise: sigma } = cell;
        let schedule = random.pick(if cliffs { &Schedule::CLIFFS[..] } else { &Schedule::SMOOTH[..] });
        let (top, cut) = (random.log_within(1e-5, 1.0), random.pick(&[2.0_f64, 3.0, 5.0, 10.0, 10.0]));
        let place = |share: f64| (share * length as f64) as usize;
        let (first, second) = (place(random.within(0.3, 0.5)), place(random.within(0.6, 0.75)));
        let warm = place(random.within(0.05, 0.2)).max(2);
        let (decay, stairs) = (random.within(0.5, 5.0), place(0.05).max(2));
        let cosine = |t: f64| 0.5 + 0.5 * (std::f64::consts::PI * t).cos();
        let ramp = |at: usize| at as f64 / warm as f64;
        let share = |at: usize| at as f64 / length as f64;
        let value = |at: usize| match schedule {
            Schedule::Constant => 1.0,
            Schedule::Exponential => (-decay * share(at)).exp(),
            Schedule::Cosine => cosine(share(at)),
            Schedule::Linear => 1.0 - share(at),
            Schedule::WarmUpCosine if at < warm => ramp(at),
            Schedule::WarmUpCosine => cosine((at - warm) as f64 / (length - warm) as f64),
            Schedule::OneCycle => 1.0 - 0.96 * (2.0 * share(at) - 0.6).abs() / 1.4,
            Schedule::Staircase => 0.9_f64.powi((at / stairs) as i32),
            Schedule::Cuts => cut.powi(-i32::from(at >= first) - i32::from(at >= second)),
            Schedule::Restart if at < first => cosine(share(at) / share(first)),
            Schedule::Restart => cosine((at - first) as f64 / (length - first) as f64),
            Schedule::WarmUpCut if at < warm => ramp(at),
            Schedule::WarmUpCut => cut.powi(-i32::from(at >= first)),
        };
        let places = match schedule {
            Schedule::Cuts => vec![first, second],
            Schedule::Restart | Schedule::WarmUpCut => vec![first],
            _ => Vec::new(),
        };
        let answers = cliffs && random.chance(0.5);
        let size = random.log_within(3.0, 30.0) * sigma * random.sign();
        let slope = random.within(0.0, 1.0);
        let noise = Noise::any(random).values(length, random);
        let level = |at: usize| slope * share(at) + if answers && at >= first { size } else { 0.0 };
        Self {
            schedule,
            values: (0..length).map(|at| top * value(at)).collect(),
            cliffs: places,
            metric: noise.into_iter().enumerate().map(|(at, noise)| level(at) + sigma * noise).collect(),
            response: if answers { Truth::Present(first, first) } else { Truth::Absent },
        }
    }
}

//! The forms that courses of training are known to have, and whether those that have come to rest fit a course better than
//! those still under way: of few points a slope alone does not tell, but what came before says where it was going.

use std::f64::consts::PI;

use super::course::Levels;

/// Means that forms are fitted to at most.
const MEANS: usize = 63;
/// The first hundredths of a course take no part: while the rate warms up, a course may go anywhere.
const WARMING: usize = 8;
/// Still under way is what gains over the last fifth at least this share of the pace of the last seven tenths, and over
/// these at least so many deviations.
const PACE: f64 = 0.4;
const LEAST: f64 = 3.0;
/// At rest is what gains so many deviations over the last fifth at most.
const REST: f64 = 0.15;
/// It has come to rest where so many deviations are left to gain.
const LEFT: f64 = 0.8;
/// The variance of the noise of n points may be so much over √n too low.
const CHANCE: f64 = 4.0;
/// A level that is worse is so by as many deviations at least, from a place on with a sixth of the course on either side.
const WORSE: f64 = 2.0;
const SIDE: usize = 6;
/// In so many points it gets worse.
const RISES: [f64; 9] = [2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 15.0, 22.0, 40.0];
/// What a form that is left is fitted by: its height, its offset, the place and the level behind.
const FITTED: f64 = 4.0;
/// Times that a straight, bent or round fall lasts, in lengths of the course: those below 0.8 end in a level.
const LASTING: [f64; 20] =
    [0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9, 1.0, 1.25, 1.6, 2.0, 3.0];
/// How much it bends: it ends as that power of the way that is left.
const BENDS: [f64; 4] = [1.0, 1.5, 2.0, 3.0];
/// Times in which an exponential decay falls to 1 ÷ e.
const DECAYS: [f64; 12] = [0.03, 0.05, 0.08, 0.12, 0.16, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5];
/// Speeds and powers of power laws.
const SPEEDS: [f64; 6] = [3.0, 5.0, 10.0, 20.0, 40.0, 100.0];
const POWERS: [f64; 5] = [0.3, 0.5, 0.7, 1.0, 1.4];
/// Steps down lie at every so many hundredths, those before them at every second of these.
const STEPS: usize = 2;
/// What is lost before a step, in its heights: in a decay at the beginning, or in a step before.
const DECAYED: [f64; 3] = [1.5, 2.5, 4.0];
const STEPPED: [f64; 2] = [1.0, 2.5];

/// What forms tell of the end of a course.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    /// By how much the logarithm of the likelihood of the best form at rest is above that of the best one under way.
    pub(super) odds: f64,
    /// The bucket from which on the former is at rest.
    pub(super) from: usize,
    /// What it gains over the last fifth, and what the other does, in deviations of single points.
    pub(super) gain: f64,
    pub(super) under_way: f64,
}

/// Forms whose heights are nearer than this in square are level: sums tell no less.
const LEVEL: f64 = 1e-9;

/// A form with its height, fitted to a course.
struct Fit {
    square: f64,
    height: f64,
    form: Form,
}

/// A form: how much is left to lose at a place between 0 and 1.
#[derive(Clone, Copy)]
enum Form {
    Level,
    Fall { lasting: f64, bend: f64 },
    Round { lasting: f64 },
    Decay { pace: f64 },
    Power { speed: f64, power: f64 },
    Step { at: f64 },
    DecayAndStep { decayed: f64, at: f64 },
    Steps { first: f64, stepped: f64, at: f64 },
}

impl Form {
    fn at(self, place: f64) -> f64 {
        let until = |end: f64| if place < end { 1.0 } else { 0.0 };
        match self {
            Self::Level => 0.0,
            Self::Fall { lasting, bend } => (1.0 - place / lasting).max(0.0).powf(bend),
            Self::Round { lasting } => (PI * (place / lasting).min(1.0)).cos(),
            Self::Decay { pace } => (-place / pace).exp(),
            Self::Power { speed, power } => (1.0 + speed * place).powf(-power),
            Self::Step { at } => until(at),
            Self::DecayAndStep { decayed, at } => until(at) + decayed * (-20.0 * place).exp(),
            Self::Steps { first, stepped, at } => until(at) + stepped * until(first),
        }
    }

    /// What it loses from a place on.
    fn left(self, place: f64) -> f64 {
        self.at(place) - self.at(1.0)
    }
}

/// All forms.
fn forms() -> impl Iterator<Item = Form> {
    let falls = LASTING.into_iter().flat_map(|lasting| BENDS.map(|bend| Form::Fall { lasting, bend }));
    let rounds = LASTING.into_iter().map(|lasting| Form::Round { lasting });
    let decays = DECAYS.into_iter().map(|pace| Form::Decay { pace });
    let powers = SPEEDS.into_iter().flat_map(|speed| POWERS.map(|power| Form::Power { speed, power }));
    // From a fifth on, as the level before counts for something, to the last fifth.
    #[allow(clippy::cast_precision_loss)]
    let place = |hundredths: usize| (hundredths as f64 - 1.0) / 98.0;
    let steps = (20..80).step_by(STEPS).flat_map(move |hundredths| {
        let at = place(hundredths);
        let decayed = DECAYED.map(|decayed| Form::DecayAndStep { decayed, at });
        let before = (20..hundredths).step_by(2 * STEPS);
        let before =
            before.flat_map(move |first| STEPPED.map(|stepped| Form::Steps { first: place(first), stepped, at }));
        std::iter::once(Form::Step { at }).chain(decayed).chain(before)
    });
    std::iter::once(Form::Level).chain(falls).chain(rounds).chain(decays).chain(powers).chain(steps)
}

/// A course that forms are fitted to: its means without the first, and what places they have.
struct Seen {
    means: Vec<f64>,
    skipped: usize,
    last: f64,
    /// The variance of a mean.
    variance: f64,
}

#[allow(clippy::cast_precision_loss)] // Far fewer than 2^53.
impl Seen {
    /// None of a course that is too short.
    fn of(levels: &Levels, points: usize) -> Option<Self> {
        let group = levels.levels.len().div_ceil(MEANS).max(1);
        let mut means: Vec<f64> =
            levels.levels.chunks(group).map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64).collect();
        let skipped = means.len() * WARMING / 100;
        let last = means.len().checked_sub(1).filter(|last| *last > skipped)? as f64;
        means.drain(..skipped);
        let chance = 1.0 + CHANCE / (points as f64).sqrt();
        let variance = levels.bucket_noise.powi(2) * levels.persistence / group as f64 * chance;
        Some(Self { means, skipped, last, variance })
    }

    /// The places between 0 and 1 with their means.
    fn places(&self) -> impl Iterator<Item = (f64, f64)> {
        self.means.iter().enumerate().map(|(at, mean)| ((at + self.skipped) as f64 / self.last, *mean))
    }
}

/// What forms tell of a course of so many points; none of one that they cannot be fitted to.
#[allow(clippy::cast_precision_loss)] // Far fewer than 2^53.
pub(super) fn rest(levels: &Levels, points: usize) -> Option<Rest> {
    let seen = Seen::of(levels, points)?;
    let count = levels.levels.len();
    let middle = seen.means.iter().sum::<f64>() / seen.means.len() as f64;
    let total: f64 = seen.means.iter().map(|level| (level - middle).powi(2)).sum();
    let (mut at_rest, mut under_way): (Option<Fit>, Option<Fit>) = (None, None);
    let mut heights = vec![0.0; seen.means.len()];
    for form in forms() {
        let (late, long) = (form.left(0.8), form.left(0.3));
        let goes_on = long > 0.0 && late / 0.2 >= PACE * long / 0.7;
        heights.iter_mut().zip(seen.places()).for_each(|(height, (place, _))| *height = form.at(place));
        let mean = heights.iter().sum::<f64>() / heights.len() as f64;
        let (mut both, mut own) = (0.0, 0.0);
        for (height, level) in heights.iter().zip(&seen.means) {
            both += (height - mean) * (level - middle);
            own += (height - mean).powi(2);
        }
        let least = if goes_on { LEAST * levels.noise / long } else { 0.0 };
        let height = if own > 0.0 { (both / own).max(least) } else { 0.0 };
        if !goes_on && height * late > REST * levels.noise {
            continue;
        }
        let square = total - 2.0 * height * both + height * height * own;
        let best = if goes_on { &mut under_way } else { &mut at_rest };
        if best.as_ref().is_none_or(|best| square < best.square) {
            *best = Some(Fit { square, height, form });
        }
    }
    let (at_rest, under_way) = (at_rest?, under_way?);
    let gain =
        |fit: &Fit, place: f64| if fit.height > 0.0 { fit.height * fit.form.left(place) / levels.noise } else { 0.0 };
    let place = |bucket: usize| bucket as f64 / (count - 1) as f64;
    let last_fifth = count - count.div_ceil(5);
    let from = (0..last_fifth).find(|from| gain(&at_rest, place(*from)) <= LEFT).unwrap_or(last_fifth);
    let odds = (under_way.square - at_rest.square) / 2.0 / seen.variance;
    Some(Rest { odds, from, gain: gain(&at_rest, 0.8), under_way: gain(&under_way, 0.8) })
}

/// By how much the logarithm of the likelihood of the best form that is left for a level that is worse, and stays there, is
/// above that of the best form that is not left. None of a course that they cannot be fitted to, or that no form is left in.
#[allow(clippy::cast_precision_loss)] // Far fewer than 2^53.
pub(super) fn worse(levels: &Levels, points: usize) -> Option<f64> {
    let mut seen = Seen::of(levels, points)?;
    let count = seen.means.len();
    // Around 0, so that sums of squares are exact.
    let middle = seen.means.iter().sum::<f64>() / count as f64;
    seen.means.iter_mut().for_each(|mean| *mean -= middle);
    let mut whole = Sums::default();
    seen.means.iter().for_each(|mean| whole.add(0.0, *mean));
    let (mut kept, mut left) = (f64::INFINITY, f64::INFINITY);
    let sides = count / SIDE..=count - count / SIDE;
    for form in forms() {
        let (mut sums, mut last) = (Sums::default(), 0.0);
        for (at, (place, mean)) in seen.places().enumerate() {
            if at > 0 && sides.contains(&at) {
                let (square, level) = sums.fit(last);
                let (behind, rest) = (whole.level - sums.level, (count - at) as f64);
                if behind / rest - level >= WORSE * levels.noise {
                    left = left.min(square + whole.level_square - sums.level_square - behind * behind / rest);
                }
            }
            last = form.at(place);
            sums.add(last, mean);
        }
        kept = kept.min(sums.fit(last).0);
    }
    // Where no form fits, what is left over is no noise, and tells no form from another.
    let misfit = kept.min(left) / (count as f64 - FITTED);
    left.is_finite().then(|| (kept - left) / 2.0 / seen.variance.max(misfit))
}

/// From which bucket on a course gets worse bit by bit and then stays, by least squares: the place and the length of the rise
/// that fit best behind the form that fits best up to there. None of more points than forms are fitted to one by one.
#[allow(clippy::cast_precision_loss)] // Far fewer than 2^53.
pub(super) fn rises_from(levels: &Levels, points: usize) -> Option<usize> {
    let seen = Seen::of(levels, points)?;
    let count = seen.means.len();
    if seen.skipped + count < levels.levels.len() {
        return None;
    }
    // For each place the least square before it, and the level there.
    let mut before = vec![(f64::INFINITY, 0.0); count];
    for form in forms() {
        let (mut sums, mut last) = (Sums::default(), 0.0);
        for ((place, mean), least) in seen.places().zip(&mut before) {
            if sums.count * SIDE as f64 >= count as f64 {
                let fit = sums.fit(last);
                *least = if fit.0 < least.0 { fit } else { *least };
            }
            last = form.at(place);
            sums.add(last, mean);
        }
    }
    let (mut best, mut place) = (f64::INFINITY, None);
    for (at, (square, level)) in before.iter().enumerate().take(count - count / SIDE) {
        for over in RISES {
            let (mut own, mut both, mut total) = (0.0, 0.0, 0.0);
            for (after, mean) in (1_u16..).zip(seen.means.iter().skip(at)) {
                let risen = (f64::from(after) / over).min(1.0);
                own += risen * risen;
                both += risen * (mean - level);
                total += (mean - level).powi(2);
            }
            let is_worse = both / own >= WORSE * levels.noise;
            let square = square + total - both * both / own;
            if is_worse && square < best {
                (best, place) = (square, Some(at + seen.skipped));
            }
        }
    }
    place
}

/// Sums of a least-squares fit of a form to levels.
#[derive(Clone, Copy, Default)]
struct Sums {
    count: f64,
    form: f64,
    form_square: f64,
    level: f64,
    level_square: f64,
    both: f64,
}

impl Sums {
    fn add(&mut self, form: f64, level: f64) {
        self.count += 1.0;
        self.form += form;
        self.form_square += form * form;
        self.level += level;
        self.level_square += level * level;
        self.both += form * level;
    }

    /// The sum of squares around the form with its best height, not below 0, and the level where the form has a value.
    fn fit(&self, form: f64) -> (f64, f64) {
        let own = self.form_square - self.form * self.form / self.count;
        let both = self.both - self.form * self.level / self.count;
        let height = if own > LEVEL { (both / own).max(0.0) } else { 0.0 };
        let around = self.level_square - self.level * self.level / self.count;
        let level = (self.level + height * (form * self.count - self.form)) / self.count;
        (around - 2.0 * height * both + height * height * own, level)
    }
}

//! A level that got worse and stayed so: the core of divergence and overfitting.

use super::course::{Course, Levels};
use super::forms::End;
use super::robust::median;
use super::{Evidence, Finding, Outcome, Sureness, Why};

/// Points that are needed.
pub(super) const NEEDED: usize = 30;
/// The end is the last fifth: what lasts less may pass.
const END: usize = 5;
/// Noise deviations of a single point by which the end is worse than the best level.
pub(super) const WORSE: f64 = 2.0;
/// Of fewer points than so many, a rise is one from the upper of these on, and none below the lower: the mean of the last fifth of 50
/// points is off by 0.3 σ (0.7 σ where noise is autocorrelated with 0.7), the best level by as much or more, and σ itself by
/// a fifth. Between both, forms tell.
const DOUBTFUL: (f64, f64) = (0.8, 4.0);
const TOLD: usize = 300;
/// Forms tell that a course got worse by odds (their logarithm) from the upper of these on, and that it did not up to the lower.
pub(super) const ODDS: (f64, f64) = (0.5, 1.5);
/// The end is also worse by this share of all that was gained: where there is no noise, every wiggle is many deviations.
const NOTICEABLE: f64 = 0.015;
/// It is worse from before the last fifth on, give or take so many hundredths of the length.
const LATE: usize = 2;
/// Lengths of stretches whose mean may be the best level. A single one may as well be an outlier.
const STRETCHES: [usize; 4] = [3, 5, 10, 25];
/// Deviations of its mean by which a stretch is taken to be worse than it looks: the lowest of many is low by chance.
const LUCK: f64 = 2.0;
/// Lengths of straight falls whose end may be the best level: a steep course is near it for a few points only, but tells by
/// where it came from how low it got.
const FALLS: [usize; 6] = [4, 5, 7, 10, 15, 20];
/// Likewise of the end of a fall: there are few of them.
const FALL_LUCK: f64 = 1.2;
/// A fall goes down by so many deviations at least, and the course did by so many before it ends: others are mere noise.
const FALL: (f64, f64) = (3.0, 6.0);
/// The mean square around a fall is at most so many times the variance of noise, and its bend at most so many deviations to the
/// side where the line would end below the course.
const STRAIGHT: f64 = 2.0;
const BENT: f64 = 1.5;
/// Noise that is like the one before makes the end of a short fall at most so many times as uncertain.
const FALL_PERSISTENCE: f64 = 2.0;
/// A level is left where it is exceeded by so many deviations at most.
const LEFT: f64 = 1.5;

/// Sums of excesses nearer than so many of their largest are equal.
const EQUAL: f64 = 1e-9;

/// A rise of a course in which lower is better; places are among its finite values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rise {
    /// From where on it is worse.
    pub(super) onset: usize,
    /// The best level, and that of the end.
    pub(super) best: f64,
    pub(super) end: f64,
    /// The difference of both in noise deviations.
    pub(super) size: f64,
    /// What that was held against.
    pub(super) threshold: f64,
    /// Whether forms have told of it.
    pub(super) by_forms: bool,
}

impl Rise {
    /// How sure it is, by a measure of its own and what that is held against.
    pub(super) fn sureness(&self, measured: f64, threshold: f64) -> Sureness {
        if self.by_forms { Sureness::Likely } else { Sureness::by(measured, threshold) }
    }
}

/// The rise of a course, whether or not it is large enough.
#[allow(clippy::cast_precision_loss)] // Far fewer than 2^53.
pub(super) fn rise(course: &Levels) -> Option<Rise> {
    let levels = &course.levels;
    let first_of_end = levels.len() - (levels.len() / END).max(1).min(levels.len());
    let end = median(&mut levels.get(first_of_end..)?.to_vec());
    let Best { level: best, luck, after } = best(levels.get(..first_of_end)?, course)?;
    let gained = median(&mut levels.get(..3)?.to_vec()) - best;
    let rise = end - best;
    let size = if rise <= NOTICEABLE * gained.max(0.0) { 0.0 } else { rise / course.noise };
    // Where the course leaves the best level for good: the largest sum of excesses up to the end, no single one counting
    // for much (a change point by clipped log-likelihood).
    let limit = best - luck / 3.0 + ((rise + luck / 3.0) / 2.0).min(LEFT * course.noise);
    let clip = 2.0 * LEFT * course.bucket_noise;
    let (mut sum, mut highest, mut onset) = (0.0, f64::NEG_INFINITY, first_of_end);
    for (at, level) in levels.iter().enumerate().skip(after).rev() {
        sum += (level - limit).clamp(-clip, clip);
        // Sums that differ by rounding alone are equal, wherever the zero of the metric is.
        if sum > highest + EQUAL * clip {
            (highest, onset) = (sum, at);
        }
    }
    let is_late = onset > first_of_end + LATE * levels.len() / 100;
    let size = if is_late || size.is_nan() { 0.0 } else { size };
    Some(Rise { onset: *course.starts.get(onset)?, best, end, size, threshold: WORSE, by_forms: false })
}

/// The best level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Best {
    /// What it is without luck.
    pub(super) level: f64,
    /// What was taken for luck.
    luck: f64,
    /// The place behind it.
    after: usize,
}

/// The lowest level of some of a course's that is no luck.
#[allow(clippy::cast_precision_loss)]
pub(super) fn best(levels: &[f64], course: &Levels) -> Option<Best> {
    let means = STRETCHES.iter().flat_map(|stretch| {
        let stretched = *stretch as f64;
        let luck = LUCK * course.bucket_noise * (course.persistence.min(stretched) / stretched).sqrt();
        let mean = move |window: &[f64]| window.iter().map(|level| level / stretched).sum::<f64>();
        let best = move |(at, window): (usize, &[f64])| Best { level: mean(window) + luck, luck, after: at + stretch };
        levels.windows(*stretch).enumerate().map(best)
    });
    let start = median(&mut levels.get(..3)?.to_vec());
    let ends = FALLS.iter().flat_map(|length| {
        levels.windows(*length).enumerate().filter_map(move |(at, fall)| end_of_fall(fall, course, at + length))
    });
    let ends = ends.filter(|end| start - end.level >= FALL.1 * course.noise);
    // Of equal ones the first: means that differ by rounding alone are equal.
    let lower = |one: &Best, than: &Best| one.level < than.level - EQUAL * course.noise;
    means.chain(ends).reduce(|best, next| if lower(&next, &best) { next } else { best })
}

/// The level at the end of a stretch if that is a straight fall, by least squares.
#[allow(clippy::cast_precision_loss)]
fn end_of_fall(stretch: &[f64], course: &Levels, after: usize) -> Option<Best> {
    // A straight fall ends below where it begins: half of the others go here.
    if stretch.last() >= stretch.first() {
        return None;
    }
    let count = stretch.len() as f64;
    let (half, variance) = ((count - 1.0) / 2.0, (count * count - 1.0) / 12.0);
    let mean = stretch.iter().map(|level| level / count).sum::<f64>();
    let places = || (0..stretch.len()).map(|at| at as f64 - half);
    let slope = places().zip(stretch).map(|(at, level)| at * (level - mean)).sum::<f64>() / (count * variance);
    if -2.0 * half * slope < FALL.0 * course.noise {
        return None;
    }
    let residuals = || places().zip(stretch).map(|(at, level)| (at, (level - mean - slope * at) / course.bucket_noise));
    let square = residuals().map(|(_, off)| off * off).sum::<f64>() / (count - 2.0);
    // The share of a parabola: positive where the course lies above the line at both ends.
    let parabola = |at: f64| at * at - variance;
    let scale = places().map(|at| parabola(at).powi(2)).sum::<f64>().sqrt();
    let bend = residuals().map(|(at, off)| off * parabola(at)).sum::<f64>() / scale;
    let is_straight = square <= STRAIGHT && bend <= BENT;
    let share = course.persistence.min(FALL_PERSISTENCE) * (4.0 * count - 2.0) / (count * (count + 1.0));
    let luck = FALL_LUCK * course.bucket_noise * share.sqrt();
    is_straight.then_some(Best { level: mean + slope * half + luck, luck, after })
}

/// Whether a rise is one beyond doubt.
pub(super) fn is_clear(rise: &Rise, points: usize) -> bool {
    rise.size >= if points < TOLD { DOUBTFUL.1 } else { WORSE }
}

/// The rise of a course if it is one; unchecked where it may be one, and there are too few points to tell. Of few points what
/// forms tell of the end is asked for, if it takes that.
pub(super) fn risen(
    rise: Option<Rise>,
    levels: &Levels,
    points: usize,
    end: impl FnOnce() -> Option<End>,
) -> Result<Option<Rise>, Outcome> {
    let Some(rise) = rise else { return Ok(None) };
    if is_clear(&rise, points) {
        return Ok(Some(rise));
    }
    if points >= TOLD || rise.size < DOUBTFUL.0 {
        return Ok(None);
    }
    let Some(end) = end() else { return Ok(None) };
    match end.got_worse() {
        odds if odds >= ODDS.1 => {
            let onset = levels.starts.get(end.worse_from).copied().unwrap_or(rise.onset);
            Ok(Some(Rise { onset, threshold: DOUBTFUL.0, by_forms: true, ..rise }))
        }
        odds if odds > ODDS.0 => Err(Outcome::Unchecked(Why::TooFewPoints { needed: TOLD, there: points })),
        _ => Ok(None),
    }
}

/// The finding of a course that got worse.
pub(super) fn divergence(
    course: &Course<'_>,
    levels: &Levels,
    rise: Option<Rise>,
    end: impl FnOnce() -> Option<End>,
) -> Result<Option<Finding>, Outcome> {
    let Some(rise) = risen(rise, levels, course.values.len(), end)? else { return Ok(None) };
    let (Some(sign), Some(best)) = (course.sign(), course.best()) else { return Ok(None) };
    Ok(Some(Finding {
        metric: course.metric.to_owned(),
        at: course.point(rise.onset),
        measured: rise.size,
        threshold: rise.threshold,
        sureness: rise.sureness(rise.size, rise.threshold),
        evidence: Evidence::Divergence { best, before: sign * rise.best, after: sign * rise.end, noise: levels.noise },
    }))
}

//! A level that got worse and stayed so: the core of divergence and overfitting.

use super::course::{Course, Levels};
use super::robust::median;
use super::{Evidence, Finding, Sureness};

/// Points that are needed.
pub(super) const NEEDED: usize = 30;
/// The end is the last fifth: what lasts less may pass.
const END: usize = 5;
/// Noise deviations of a single point by which the end is worse than the best level.
pub(super) const WORSE: f64 = 2.0;
/// From here on a rise may be one.
pub(super) const DOUBTFUL: f64 = 1.4;
/// The end is also worse by this share of all that was gained: where there is no noise, every wiggle is many deviations.
const NOTICEABLE: f64 = 0.015;
/// Lengths of stretches whose mean may be the best level.
const STRETCHES: [usize; 5] = [1, 3, 5, 10, 25];
/// Deviations of its mean by which a stretch is taken to be worse than it looks: the lowest of many is low by chance.
const LUCK: f64 = 2.0;
/// A level is left where it is exceeded by so many deviations at most.
const LEFT: f64 = 1.5;

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
        if sum > highest {
            (highest, onset) = (sum, at);
        }
    }
    Some(Rise { onset: *course.starts.get(onset)?, best, end, size: if size.is_nan() { 0.0 } else { size } })
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
    means.min_by(|a, b| a.level.total_cmp(&b.level))
}

/// The finding of a course that got worse.
pub(super) fn divergence(course: &Course<'_>, levels: &Levels) -> Option<Finding> {
    let rise = rise(levels).filter(|rise| rise.size >= WORSE)?;
    let sign = course.sign()?;
    let best = course.best()?;
    Some(Finding {
        metric: course.metric.to_owned(),
        at: course.point(rise.onset),
        measured: rise.size,
        threshold: WORSE,
        sureness: Sureness::by(rise.size, WORSE),
        evidence: Evidence::Divergence { best, before: sign * rise.best, after: sign * rise.end, noise: levels.noise },
    })
}

//! Overfitting: validation got worse while training did not.

use super::course::{Course, Levels};
use super::forms::{end, rises_from};
use super::rise::{NEEDED, Rise, rise, risen};
use super::robust::median;
use super::spike::outliers;
use super::{Evidence, Finding, Outcome, Why};

/// Training may get worse by so many of its noise deviations: more, and both get worse, which is divergence.
const TRAIN_WORSE: f64 = 1.0;
/// A level at a place is the median of so many points on either side.
const SIDE: usize = 3;

/// What validation shows beside its training metric; both better in the same direction.
pub(super) fn overfitting(train: &Course<'_>, validation: &Course<'_>) -> Result<Option<Finding>, Outcome> {
    let sign = validation.sign().ok_or(Outcome::Unchecked(Why::UnknownDirection))?;
    let aligned = aligned(train, validation);
    let count = aligned.len();
    if count < NEEDED {
        return Err(Outcome::Unchecked(Why::TooFewPoints { needed: NEEDED, there: count }));
    }
    let of = |pick: &dyn Fn(&(usize, f64)) -> f64| {
        let mut values: Vec<f64> = aligned.iter().map(|pair| sign * pick(pair)).collect();
        for (at, level) in outliers(&values).replaced {
            values.get_mut(at).into_iter().for_each(|value| *value = level);
        }
        values
    };
    let theirs = of(&|(at, _)| validation.values.get(*at).copied().unwrap_or_default());
    let ours = of(&|(_, value)| *value);
    let trained = rise(&Levels::of(&ours));
    if trained.is_none_or(|trained| trained.size >= TRAIN_WORSE) {
        return Ok(None);
    }
    let levels = Levels::of(&theirs);
    let risen = risen(rise(&levels), &levels, count, || end(&levels, count))?;
    Ok(risen.and_then(|risen| {
        // Validation gets worse bit by bit, which few points show where it bends.
        let onset = rises_from(&levels, count).and_then(|bucket| levels.starts.get(bucket).copied());
        let risen = Rise { onset: onset.unwrap_or(risen.onset), ..risen };
        finding(train, validation, &aligned, (&ours, &theirs), &risen)
    }))
}

/// The finding of a rise of validation; values are such that lower is better.
#[allow(clippy::cast_precision_loss)]
fn finding(
    train: &Course<'_>,
    validation: &Course<'_>,
    aligned: &[(usize, f64)],
    (ours, theirs): (&[f64], &[f64]),
    risen: &Rise,
) -> Option<Finding> {
    let end = ours.len() - (ours.len() / 5).max(1);
    let near = ours.get(risen.onset.saturating_sub(SIDE)..(risen.onset + SIDE + 1).min(ours.len()))?;
    let (then, now) = (median(&mut near.to_vec()), median(&mut ours.get(end..)?.to_vec()));
    let sign = validation.sign()?;
    let gap: Vec<f64> = theirs.iter().zip(ours).map(|(theirs, ours)| theirs / 2.0 - ours / 2.0).collect();
    let noise = 2.0 * super::course::noise(&gap);
    let measured = ((risen.end - now) - (risen.best - then)) / noise;
    let threshold = risen.threshold * (risen.end - risen.best) / risen.size / noise;
    Some(Finding {
        metric: validation.metric.to_owned(),
        at: validation.point(aligned.get(risen.onset)?.0),
        measured,
        threshold,
        sureness: risen.sureness(measured, threshold),
        evidence: Evidence::Overfitting {
            train: train.metric.to_owned(),
            best: validation.best()?,
            validation: (sign * risen.best, sign * risen.end),
            training: (sign * then, sign * now),
            noise,
        },
    })
}

/// The places of the validation points, each with the level of training since the validation point before: at that very
/// step, and those between.
fn aligned(train: &Course<'_>, validation: &Course<'_>) -> Vec<(usize, f64)> {
    let key = |course: &Course<'_>, at: usize| {
        let point = course.point(at);
        (point.step, point.step.map_or(point.time, |_| None))
    };
    let (mut next, mut scratch, mut pairs) = (0, Vec::new(), Vec::new());
    for at in 0..validation.values.len() {
        let until = key(validation, at);
        scratch.clear();
        while let Some(value) = train.values.get(next).filter(|_| key(train, next) <= until) {
            scratch.push(*value);
            next += 1;
        }
        if !scratch.is_empty() {
            pairs.push((at, median(&mut scratch)));
        }
    }
    pairs
}

//! A decay at the beginning, and then two steps: as wherever a rate is cut. The last may be one to a level that is worse.

use super::fall::Rises;
use super::likelihood::{Judge, below};
use super::{Ends, SIDE, WORSE};

/// Times in which the decay falls to 1 ÷ e, in lengths of the course.
const DECAYS: [f64; 3] = [0.03, 0.05, 0.08];
/// The last step goes down by so many deviations at least.
const STEP: f64 = 1.0;
/// Steps lie behind the first tenth of the means.
const FIRST: usize = 10;

/// A step without what it has in common with a level and the decay.
struct Step {
    at: usize,
    /// In common with the level, and with the decay.
    one: f64,
    decay: f64,
    own: f64,
    both: f64,
}

#[allow(clippy::cast_precision_loss)] // At most 63 places.
pub(super) fn steps(judge: &mut Judge<'_>, rises: &Rises, ends: &mut Ends) {
    let count = rises.len();
    let places = count / FIRST..=count - count / SIDE;
    let pairs = places.clone().count() as f64;
    let share = -(DECAYS.len() as f64 * pairs * (pairs - 1.0) / 2.0).ln();
    for pace in DECAYS {
        let decay: Vec<f64> = judge.seen.places().map(|place| (-place / pace).exp()).collect();
        let white = judge.white.whiten(&decay);
        let part = judge.white.part(&white);
        // What the decay has in common with a step at each mean: what is new there, and with the level behind.
        let (mut behind, mut steps) = (0.0, Vec::with_capacity(count));
        let seen = white.iter().zip(&judge.white.ones).zip(&judge.white.scales);
        for ((at, ((decay, one), scale)), [step, ..]) in seen.enumerate().zip(rises).rev() {
            let new = if at == 0 { *one } else { *scale };
            let common = decay * new + behind - step.one * part.one / judge.white.one;
            behind += decay * one;
            if places.contains(&at) {
                let (own, both) = (step.own - common * common / part.own, step.both - common * part.both / part.own);
                steps.push(Step { at, one: step.one, decay: common, own, both });
            }
        }
        steps.reverse();
        let square = judge.white.square - part.both * part.both / part.own;
        for (at, first) in steps.iter().enumerate() {
            let before = square - first.both * first.both / first.own;
            for last in steps.iter().skip(at + 1) {
                let common = last.one * (1.0 - first.one / judge.white.one) - first.decay * last.decay / part.own;
                let alone = last.own - common * common / first.own;
                let size = (last.both - common * first.both / first.own) / alone;
                if first.both - common * size > 0.0 {
                    continue;
                }
                let left = before - size * size * alone;
                let Some(likelihood) = judge.likelihood(left, [part.own, first.own, alone]) else { continue };
                let (noise, point) = judge.noise(left, 3.0);
                let beyond = |least: f64| below((size.abs() - least * point) * alone.sqrt() / noise).ln();
                let (place, likelihood) = (judge.seen.around(last.at), likelihood + share);
                if size < 0.0 {
                    ends.at_rest.add(likelihood + beyond(STEP), place, 0.0);
                } else {
                    ends.worse.add(likelihood + beyond(WORSE), place, 0.0);
                }
            }
        }
    }
}

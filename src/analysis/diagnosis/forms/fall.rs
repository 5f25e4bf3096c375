//! Falls without a break, and those that are left for a level that is worse.

use super::likelihood::{Judge, below};
use super::noise::Part;
use super::shape::Form;
use super::{Ends, LEFT, NEVER, REST, Seen, UNDER_WAY, WORSE};

/// A course gets worse within so many means.
const WITHIN: [f64; RISES] = [1.0, 4.0];
const RISES: usize = 2;
/// Rises are held against every so many forms only.
const EVERY: usize = 4;

/// A form at the places of the means.
pub(super) struct Fall {
    form: Form,
    share: f64,
    values: Vec<f64>,
    late: f64,
    long: f64,
}

impl Fall {
    pub(super) fn new((form, share): (Form, f64), seen: &Seen) -> Self {
        let values = seen.places().map(|place| form.at(place)).collect();
        Self { form, share, values, late: form.left(0.8), long: form.left(0.3) }
    }
}

/// For each mean the rises that begin there.
pub(super) type Rises = Vec<[Part; RISES]>;

/// The rises by 1 that begin at each mean.
#[allow(clippy::cast_precision_loss)] // At most 63.
pub(super) fn rises(judge: &Judge<'_>) -> Rises {
    let count = judge.seen.means.len();
    let rise = |at: usize, within: f64| {
        let risen: Vec<f64> = (1..=count).map(|place| (place.saturating_sub(at) as f64 / within).min(1.0)).collect();
        judge.white.part(&judge.white.whiten(&risen))
    };
    (0..count).map(|at| WITHIN.map(|within| rise(at, within))).collect()
}

/// The logarithm of the share of each rise among all that there may be.
#[allow(clippy::cast_precision_loss)]
fn share(seen: &Seen) -> f64 {
    let places = (0..seen.means.len()).filter(|at| seen.has_sides(*at)).count();
    -((places * RISES) as f64).ln()
}

/// A level, and one that is left for a worse one.
pub(super) fn levels(judge: &mut Judge<'_>, rises: &Rises, ends: &mut Ends) {
    let square = judge.white.square;
    if let Some(likelihood) = judge.likelihood(square, []) {
        ends.at_rest.add(likelihood + NEVER, (0, 0), 0.0);
    }
    let share = share(judge.seen) + NEVER;
    for (at, rises) in rises.iter().enumerate().filter(|(at, _)| judge.seen.has_sides(*at)) {
        for rise in rises {
            let height = rise.both / rise.own;
            let left = square - height * rise.both;
            let Some(likelihood) = judge.likelihood(left, [rise.own]) else { continue };
            let (noise, point) = judge.noise(left, 1.0);
            let is_worse = below((height - WORSE * point) * rise.own.sqrt() / noise);
            ends.worse.add(likelihood + share + is_worse.ln(), judge.seen.around(at), 0.0);
        }
    }
}

/// Falls, and some that are left for a worse level.
pub(super) fn falls(judge: &mut Judge<'_>, falls: &[Fall], rises: &Rises, ends: &mut Ends) {
    for (at, fall) in falls.iter().enumerate() {
        let white = judge.white.whiten(&fall.values);
        let part = judge.white.part(&white);
        if part.is_told() {
            one(judge, fall, part, ends);
        }
        if at % EVERY == 1 {
            left_for_worse(judge, fall, &white, rises, ends);
        }
    }
}

/// A fall: what of its heights is at rest, or is under way.
fn one(judge: &mut Judge<'_>, fall: &Fall, part: Part, ends: &mut Ends) {
    let height = part.both / part.own;
    if height <= 0.0 {
        return;
    }
    let left = judge.white.square - height * part.both;
    let Some(likelihood) = judge.likelihood(left, [part.own]) else { return };
    let likelihood = likelihood + fall.share;
    let (noise, point) = judge.noise(left, 1.0);
    let certain = part.own.sqrt() / noise;
    if fall.form.goes_on() {
        let least = UNDER_WAY * point / fall.long;
        let likelihood = likelihood + below((height - least) * certain).ln();
        return ends.under_way.add(likelihood, (0, 0), height.max(least) * fall.late / point);
    }
    let most = if fall.late > 0.0 { REST * point / fall.late } else { f64::INFINITY };
    let likelihood = likelihood + (below(height * certain) - below((height - most) * certain)).max(0.0).ln();
    if ends.at_rest.counts(likelihood) {
        let height = height.clamp(0.0, most);
        let from = |deviations: f64| judge.seen.within(|place| height * fall.form.left(place), deviations * point);
        ends.at_rest.add(likelihood, (from(LEFT.0), from(LEFT.1)), height * fall.late / point);
    }
}

/// A fall up to each mean, which then stays at its last level but for what it gets worse.
#[allow(clippy::cast_precision_loss)]
fn left_for_worse(judge: &mut Judge<'_>, fall: &Fall, white: &[f64], rises: &Rises, ends: &mut Ends) {
    let share = share(judge.seen) + fall.share + (EVERY as f64).ln();
    let (mut one, mut own, mut both, mut last) = (0.0, 0.0, 0.0, 0.0);
    let square = judge.white.square;
    for (at, (value, (white, rises))) in fall.values.iter().zip(white.iter().zip(rises)).enumerate() {
        let seen = judge.white.tails.get(at).zip(judge.white.ones.get(at)).zip(judge.white.means.get(at));
        let Some(((&tail, &level), &mean)) = seen else { return };
        let part = judge.white.part_of(one + last * tail.0, own + last * last * tail.0, both + last * tail.1);
        if judge.seen.has_sides(at) && part.is_told() {
            for rise in rises {
                // The rise without what it has in common with the fall.
                let common = rise.one * (last - part.one / judge.white.one);
                let alone = rise.own - common * common / part.own;
                let size = (rise.both - common * part.both / part.own) / alone;
                let height = (part.both - common * size) / part.own;
                if height <= 0.0 || size <= 0.0 {
                    continue;
                }
                let left = square - part.both * part.both / part.own - size * size * alone;
                let Some(likelihood) = judge.likelihood(left, [part.own, alone]) else { continue };
                let (noise, point) = judge.noise(left, 2.0);
                let is_worse = below((size - WORSE * point) * alone.sqrt() / noise);
                ends.worse.add(likelihood + share + is_worse.ln(), judge.seen.around(at), 0.0);
            }
        }
        (one, own, both, last) = (one + white * level, own + white * white, both + white * mean, *value);
    }
}

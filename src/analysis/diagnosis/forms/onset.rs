//! Where a course begins to get worse bit by bit.

use super::super::course::Levels;
use super::shape::forms;
use super::{SIDE, Seen};

/// It is worse in the end by as many deviations at least.
const WORSE: f64 = 2.0;
/// In so many points it gets worse.
const RISES: [f64; 9] = [2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 15.0, 22.0, 40.0];
/// Forms whose heights are nearer than this in square are level: sums tell no less.
const LEVEL: f64 = 1e-9;

/// From which bucket on a course gets worse bit by bit and then stays, by least squares: the place and the length of the rise
/// that fit best behind the form that fits best up to there. None of more points than forms are fitted to one by one.
#[allow(clippy::cast_precision_loss)] // Far fewer than 2^53.
pub(in super::super) fn rises_from(levels: &Levels, points: usize) -> Option<usize> {
    let seen = Seen::of(levels, points)?;
    let count = seen.means.len();
    if seen.skipped + count < levels.levels.len() {
        return None;
    }
    // For each place the least square before it, and the level there.
    let mut before = vec![(f64::INFINITY, 0.0); count];
    for (form, _) in forms() {
        let (mut sums, mut last) = (Sums::default(), 0.0);
        for ((place, mean), least) in seen.places().zip(&seen.means).zip(&mut before) {
            if sums.count * SIDE as f64 >= count as f64 {
                let fit = sums.fit(last);
                *least = if fit.0 < least.0 { fit } else { *least };
            }
            last = form.at(place);
            sums.add(last, *mean);
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
            let is_worse = both / own >= WORSE * seen.noise;
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

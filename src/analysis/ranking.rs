//! Who takes part in a ranking, and in which place.

use std::cmp::Ordering;

use backends::model::Status;
use backends::query::Direction;

/// Why a run is not ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exclusion {
    /// It has not ended, or it is not known whether it has.
    Unfinished,
    /// It ended with an error.
    Failed,
    /// Somebody ended it.
    Stopped,
    /// It does not have the metric.
    Missing,
    /// The value is `NaN`.
    NotANumber,
    /// The value is ∞ or −∞.
    Infinite,
}

/// How many runs were left out, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exclusions([usize; 6]);

impl Exclusions {
    /// Counts one more.
    pub fn add(&mut self, why: Exclusion) {
        if let Some(count) = self.0.get_mut(why as usize) {
            *count += 1;
        }
    }

    /// Counts those of another part of the runs.
    pub fn add_all(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(count, more)| *count += more);
    }

    /// How many for this reason.
    pub fn of(&self, why: Exclusion) -> usize {
        self.0.get(why as usize).copied().unwrap_or_default()
    }

    /// How many in all.
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }
}

/// The value with which a run takes part, or why it does not. Its state is looked at first, unless runs of
/// `any_status` take part.
pub fn admit(status: Option<Status>, any_status: bool, value: Option<f64>) -> Result<f64, Exclusion> {
    if !any_status {
        match status {
            Some(Status::Finished) => {}
            Some(Status::Failed) => return Err(Exclusion::Failed),
            Some(Status::Stopped) => return Err(Exclusion::Stopped),
            Some(Status::Created | Status::Queued | Status::Running) | None => return Err(Exclusion::Unfinished),
        }
    }
    match value {
        None => Err(Exclusion::Missing),
        Some(value) if value.is_nan() => Err(Exclusion::NotANumber),
        Some(value) if value.is_infinite() => Err(Exclusion::Infinite),
        Some(value) => Ok(value),
    }
}

/// Something in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked<T> {
    /// The place, counted from 1; who is equal shares it, and the next has as many behind (1, 1, 3).
    pub rank: usize,
    /// The value by which it is ranked.
    pub value: f64,
    /// What is ranked.
    pub item: T,
}

/// All in their places, the best first; `among_equals` orders those that share one.
pub fn rank<T>(
    mut items: Vec<(f64, T)>,
    direction: Direction,
    among_equals: impl Fn(&T, &T) -> Ordering,
) -> Vec<Ranked<T>> {
    let compare = |a: f64, b: f64| {
        let ascending = a.partial_cmp(&b).unwrap_or(Ordering::Equal);
        if direction == Direction::Ascending { ascending } else { ascending.reverse() }
    };
    items.sort_by(|(a, x), (b, y)| compare(*a, *b).then_with(|| among_equals(x, y)));
    let mut ranked: Vec<Ranked<T>> = Vec::with_capacity(items.len());
    for (at, (value, item)) in items.into_iter().enumerate() {
        let rank = match ranked.last() {
            Some(before) if before.value == value => before.rank,
            _ => at + 1,
        };
        ranked.push(Ranked { rank, value, item });
    }
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_finished_runs_with_a_finite_value_take_part() {
        let finished = Some(Status::Finished);
        assert_eq!(admit(finished, false, Some(0.5)), Ok(0.5));
        assert_eq!(admit(finished, false, None), Err(Exclusion::Missing));
        assert_eq!(admit(finished, false, Some(f64::NAN)), Err(Exclusion::NotANumber));
        assert_eq!(admit(finished, false, Some(f64::NEG_INFINITY)), Err(Exclusion::Infinite));
        assert_eq!(admit(Some(Status::Failed), false, Some(0.5)), Err(Exclusion::Failed));
        assert_eq!(admit(Some(Status::Stopped), false, None), Err(Exclusion::Stopped));
        for status in [Some(Status::Running), Some(Status::Queued), Some(Status::Created), None] {
            assert_eq!(admit(status, false, Some(0.5)), Err(Exclusion::Unfinished));
        }
    }

    #[test]
    fn every_status_may_take_part_when_asked_for_but_no_other_value() {
        assert_eq!(admit(Some(Status::Running), true, Some(0.5)), Ok(0.5));
        assert_eq!(admit(Some(Status::Running), true, Some(f64::NAN)), Err(Exclusion::NotANumber));
    }

    #[test]
    fn reasons_are_counted_apart() {
        let mut counts = Exclusions::default();
        counts.add(Exclusion::Infinite);
        counts.add(Exclusion::Infinite);
        let mut all = counts;
        all.add_all(counts);
        all.add(Exclusion::Unfinished);
        assert_eq!((all.of(Exclusion::Infinite), all.of(Exclusion::Missing), all.total()), (4, 0, 5));
    }

    #[test]
    fn equal_values_share_a_place() {
        let items = vec![(0.5, 'a'), (0.7, 'c'), (0.7, 'b'), (0.1, 'd')];
        let places = |direction| -> Vec<(usize, char)> {
            rank(items.clone(), direction, char::cmp).into_iter().map(|one| (one.rank, one.item)).collect()
        };
        assert_eq!(places(Direction::Descending), [(1, 'b'), (1, 'c'), (3, 'a'), (4, 'd')]);
        assert_eq!(places(Direction::Ascending), [(1, 'd'), (2, 'a'), (3, 'b'), (3, 'c')]);
    }

    #[test]
    fn zero_has_no_sign() {
        let ranked = rank(vec![(0.0, 'b'), (-0.0, 'a')], Direction::Descending, char::cmp);
        assert_eq!(ranked.iter().map(|one| (one.rank, one.item)).collect::<Vec<_>>(), [(1, 'a'), (1, 'b')]);
    }

    proptest! {
        #[test]
        fn a_place_is_one_more_than_the_number_of_better_ones(values in proptest::collection::vec(-3_i8..3, 0..12)) {
            let items: Vec<(f64, usize)> = values.iter().map(|value| f64::from(*value)).zip(0..).collect();
            let ranked = rank(items.clone(), Direction::Descending, usize::cmp);
            prop_assert_eq!(ranked.len(), items.len());
            for one in ranked {
                let better = items.iter().filter(|(value, _)| *value > one.value).count();
                prop_assert_eq!(one.rank, better + 1);
                prop_assert_eq!(one.value, f64::from(values[one.item]));
            }
        }
    }
}

//! A metric by the values of a param: the mean, spread and interval for each value, or for ranges of many numbers.

use super::param_values::ParamValues;
use super::summary::Summary;

/// So many different numbers stand for themselves; more are put into ranges.
const DISTINCT: usize = 8;
/// Ranges of about equal numbers of runs that many numbers are put into.
const RANGES: usize = 4;

/// Runs that have the same value of a param, or one in the same range.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Which value.
    pub place: Place,
    /// The metric of these runs.
    pub summary: Summary,
}

/// A value of a param, or a range of numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// The param is not set.
    NotSet,
    /// A word, or a number as it is written.
    Value(String),
    /// Numbers from the least to the largest that is there.
    Range(f64, f64),
}

/// The metric of runs by the values of a param, given in the same order and finite: not set first, then in the order of
/// the numbers or words.
pub fn levels(values: &ParamValues, metric: &[f64]) -> Vec<Level> {
    let classes = values.classes();
    let ranged = values.kind.is_number() && values.distinct > DISTINCT;
    let mut runs: Vec<(usize, usize)> = classes.iter().copied().zip(0..).collect();
    runs.sort_unstable();
    let not_set = runs.partition_point(|(class, _)| *class == 0);
    let present = runs.len() - not_set;
    let key = |at: usize, class: usize| match class {
        0 => 0,
        // Equal numbers begin at the same place, and so lie in the same range.
        class if ranged => 1 + (runs.partition_point(|(other, _)| *other < class).min(at) - not_set) * RANGES / present,
        class => class,
    };
    let keyed: Vec<(usize, usize)> =
        runs.iter().enumerate().map(|(at, (class, run))| (key(at, *class), *run)).collect();
    let level = |group: &[(usize, usize)]| {
        let of = |run: usize| metric.get(run).copied();
        let summary = Summary::of(&group.iter().filter_map(|(_, run)| of(*run)).collect::<Vec<_>>())?;
        let (key, first) = *group.first()?;
        let last = group.last().map_or(first, |(_, run)| *run);
        let number = |run: usize| values.numbers.get(run).copied().flatten();
        let place = match (key, ranged) {
            (0, _) => Place::NotSet,
            (_, true) if number(first) != number(last) => Place::Range(number(first)?, number(last)?),
            _ => Place::Value(values.texts.get(first)?.clone()?),
        };
        Some(Level { place, summary })
    };
    keyed.chunk_by(|(a, _), (b, _)| a == b).filter_map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(texts: &[Option<&str>], metric: &[f64]) -> Vec<(Place, usize, f64)> {
        let levels = levels(&ParamValues::read("x", texts), metric);
        levels.into_iter().map(|level| (level.place, level.summary.count, level.summary.mean)).collect()
    }

    #[test]
    fn words_and_few_numbers_stand_for_themselves() {
        let word = |text: &str| Place::Value(text.to_owned());
        assert_eq!(
            of(&[Some("sgd"), Some("adam"), None, Some("sgd")], &[1.0, 5.0, 7.0, 3.0]),
            [(Place::NotSet, 1, 7.0), (word("adam"), 1, 5.0), (word("sgd"), 2, 2.0)]
        );
        assert_eq!(
            of(&[Some("16"), Some("8"), Some("16.0")], &[1.0, 5.0, 3.0]),
            [(word("8"), 1, 5.0), (word("16"), 2, 2.0)]
        );
    }

    #[test]
    fn many_numbers_are_put_into_ranges_of_equal_numbers_of_runs() {
        let texts: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        let metric: Vec<f64> = (0..20).map(f64::from).collect();
        let found = of(&texts.iter().map(|text| Some(text.as_str())).collect::<Vec<_>>(), &metric);
        assert_eq!(found[0], (Place::Range(0.0, 4.0), 5, 2.0));
        assert_eq!((found.len(), found[3].1), (4, 5));
    }

    proptest! {
        #[test]
        fn every_run_is_of_one_level(texts in proptest::collection::vec(proptest::option::of("[0-9]{1,2}|a"), 0..60)) {
            let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
            let found = of(&texts, &vec![1.0; texts.len()]);
            prop_assert_eq!(found.iter().map(|level| level.1).sum::<usize>(), texts.len());
            prop_assert!(found.windows(2).all(|pair| pair[0].0 != pair[1].0));
        }
    }
}

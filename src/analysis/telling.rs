//! How much the values of a parameter tell about a metric.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

/// So many different numbers stand for themselves; more are put into as many ranges of equal numbers of runs.
const DISTINCT: usize = 8;
/// What chance alone would reach more often than this counts as nothing: among dozens of params some always look telling.
const CHANCE: f64 = 0.001;
/// No sample makes such an F by chance.
const SURE: f64 = 1e9;

/// The share of a metric's variance that goes with the values of a parameter, 0 to 1 (adjusted R² of a one-way analysis
/// of variance, so that many values gain nothing by their number). A run without the parameter counts as a value of its
/// own; a parameter of many numbers is put into ranges first. 0 where the F test does not tell it from chance.
#[allow(clippy::cast_precision_loss)] // Counts of runs are far below 2^53.
pub fn telling(runs: &[(Option<&str>, f64)]) -> f64 {
    let mut groups: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (group, (_, metric)) in classes(runs).into_iter().zip(runs) {
        groups.entry(group).or_default().push(*metric);
    }
    let (count, classes) = (runs.len() as f64, groups.len() as f64);
    if groups.len() < 2 || runs.len() <= groups.len() {
        return 0.0;
    }
    let mean = |values: &mut dyn Iterator<Item = f64>, count: f64| values.sum::<f64>() / count;
    let all = mean(&mut runs.iter().map(|(_, metric)| *metric), count);
    let total: f64 = runs.iter().map(|(_, metric)| (metric - all).powi(2)).sum();
    let within: f64 = groups
        .values()
        .map(|values| {
            let own = mean(&mut values.iter().copied(), values.len() as f64);
            values.iter().map(|value| (value - own).powi(2)).sum::<f64>()
        })
        .sum();
    let (free, freedom) = (classes - 1.0, count - classes);
    let share = 1.0 - (within / freedom) / (total / (count - 1.0));
    if !share.is_finite() {
        return 0.0;
    }
    let f = ((total - within) / free) / (within / freedom);
    // Where next to nothing varies within, it is no chance, and the distribution need not be asked.
    let by_chance = if f > SURE { 0.0 } else { FisherSnedecor::new(free, freedom).map_or(1.0, |chance| chance.sf(f)) };
    if by_chance < CHANCE { share.clamp(0.0, 1.0) } else { 0.0 }
}

/// The class of each run: its value, or the range that its number lies in.
fn classes(runs: &[(Option<&str>, f64)]) -> Vec<usize> {
    let values: Vec<Option<&str>> = runs.iter().map(|(value, _)| *value).collect();
    let mut distinct: Vec<Option<&str>> = values.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let number = |value: &Option<&str>| value.and_then(|text| text.trim().parse::<f64>().ok()).filter(|n| !n.is_nan());
    let numbers: Option<Vec<f64>> = distinct.iter().flatten().map(|text| number(&Some(*text))).collect();
    let Some(mut numbers) = numbers.filter(|numbers| numbers.len() > DISTINCT) else {
        return values.iter().map(|value| distinct.binary_search(value).unwrap_or_default()).collect();
    };
    numbers.clear();
    numbers.extend(values.iter().filter_map(number));
    numbers.sort_unstable_by(f64::total_cmp);
    let range = |value: &Option<&str>| match number(value) {
        // Equal numbers begin at the same place, and so lie in the same range.
        Some(number) => 1 + numbers.partition_point(|other| *other < number) * DISTINCT / numbers.len(),
        None => 0,
    };
    values.iter().map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_param_that_decides_all_tells_all() {
        let runs = [(Some("adam"), 0.9), (Some("adam"), 0.9), (Some("sgd"), 0.5), (Some("sgd"), 0.5)];
        assert_eq!(telling(&runs), 1.0);
    }

    #[test]
    fn what_may_be_chance_tells_nothing() {
        let runs = [(Some("a"), 0.9), (Some("a"), 0.8), (Some("b"), 0.7), (Some("b"), 0.75)];
        assert_eq!(telling(&runs), 0.0);
    }

    #[test]
    fn a_param_that_goes_its_own_way_tells_nothing() {
        let runs = [(Some("0"), 0.9), (Some("1"), 0.9), (Some("0"), 0.5), (Some("1"), 0.5)];
        assert_eq!(telling(&runs), 0.0);
    }

    #[test]
    fn values_that_occur_once_each_tell_nothing_by_their_number() {
        assert_eq!(telling(&[(Some("a"), 0.1), (Some("b"), 0.2), (Some("c"), 0.3)]), 0.0);
        assert_eq!(telling(&[]), 0.0);
        assert_eq!(telling(&[(Some("a"), 0.1), (Some("a"), 0.2)]), 0.0);
    }

    #[test]
    fn many_numbers_tell_by_their_ranges() {
        let texts: Vec<String> = (0..64).map(|n| n.to_string()).collect();
        let runs: Vec<(Option<&str>, f64)> =
            texts.iter().zip(0..).map(|(t, n)| (Some(t.as_str()), f64::from(n))).collect();
        assert!(telling(&runs) > 0.95, "{}", telling(&runs));
    }

    #[test]
    fn a_run_without_the_param_counts_as_one_value_more() {
        let runs = [(None, 0.9), (None, 0.9), (Some("x"), 0.5), (Some("x"), 0.5)];
        assert_eq!(telling(&runs), 1.0);
    }

    proptest! {
        #[test]
        fn it_is_a_share(
            runs in proptest::collection::vec(
                (proptest::option::of("[0-9a]{1,2}"), prop_oneof![-10.0_f64..10.0, Just(1.0), -1e300_f64..1e300]),
                0..60,
            )
        ) {
            let runs: Vec<(Option<&str>, f64)> = runs.iter().map(|(text, value)| (text.as_deref(), *value)).collect();
            prop_assert!((0.0..=1.0).contains(&telling(&runs)));
        }
    }
}

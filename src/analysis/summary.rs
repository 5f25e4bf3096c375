//! Mean, spread and 95 % interval of a few values, and whether two means can be told apart.

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

/// The probability below the upper end of a two-sided interval of 95 %.
const UPPER: f64 = 0.975;

/// Some values in numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many values.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their sample standard deviation (divided by n − 1); none of a single value.
    pub deviation: Option<f64>,
    /// Where the mean lies with 95 % confidence, if they are independent and nearly normal (Student's t, n − 1 degrees
    /// of freedom); none of a single value.
    pub interval: Option<(f64, f64)>,
}

impl Summary {
    /// The summary of finite values; none of no value, or where it is beyond the range of numbers.
    pub fn of(values: &[f64]) -> Option<Self> {
        // Welford's recurrence: no catastrophic cancellation, and exact for equal values.
        let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for value in values {
            count += 1.0;
            let before = value - mean;
            mean += before / count;
            squares += before * (value - mean);
        }
        if values.is_empty() || !f64::is_finite(mean) || !f64::is_finite(squares) {
            return None;
        }
        let deviation = (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
        let interval = deviation.and_then(|deviation| {
            let half = quantile(count - 1.0)? * deviation / count.sqrt();
            Some((mean - half, mean + half))
        });
        Some(Self { count: values.len(), mean, deviation, interval })
    }

    /// The variance of the mean, and the degrees of freedom behind it.
    #[allow(clippy::cast_precision_loss)] // Counts of runs are far below 2^53.
    fn variance_of_mean(&self) -> Option<(f64, f64)> {
        let count = self.count as f64;
        self.deviation.map(|deviation| (deviation * deviation / count, count - 1.0))
    }
}

/// How far two means are apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// The first mean minus the second.
    pub delta: f64,
    /// Where that lies with 95 % confidence (Welch: the spreads need not be equal).
    pub interval: (f64, f64),
}

impl Gap {
    /// Whether the two can be told apart: 0 lies outside of the interval.
    pub fn is_separable(&self) -> bool {
        self.interval.0 > 0.0 || self.interval.1 < 0.0
    }
}

/// The gap between two means; none where one is of a single value, or neither varies.
pub fn gap(a: &Summary, b: &Summary) -> Option<Gap> {
    let ((of_a, free_a), (of_b, free_b)) = (a.variance_of_mean()?, b.variance_of_mean()?);
    let sum = of_a + of_b;
    // Welch–Satterthwaite.
    let freedom = sum * sum / (of_a * of_a / free_a + of_b * of_b / free_b);
    let half = quantile(freedom)? * sum.sqrt();
    let delta = a.mean - b.mean;
    Some(Gap { delta, interval: (delta - half, delta + half) })
}

/// The quantile of Student's t for a two-sided interval of 95 %.
fn quantile(freedom: f64) -> Option<f64> {
    quantile_of(UPPER, freedom)
}

/// How many times wider intervals of so many degrees of freedom are if so many of them are to hold at once in 95 of 100
/// cases (Bonferroni).
#[allow(clippy::cast_precision_loss)] // Counts of params are far below 2^53.
pub(super) fn widening(intervals: usize, freedom: f64) -> f64 {
    let all = quantile_of(1.0 - (1.0 - UPPER) / intervals.max(1) as f64, freedom);
    all.zip(quantile(freedom)).map_or(1.0, |(all, one)| all / one)
}

fn quantile_of(upper: f64, freedom: f64) -> Option<f64> {
    if !freedom.is_finite() || freedom < 1.0 {
        return None;
    }
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    // The library is exact to six digits or so; two of Newton's steps give the rest.
    let step = |t: f64| t - (student.cdf(t) - upper) / student.pdf(t);
    Some(step(step(student.inverse_cdf(upper)))).filter(|t| t.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: f64, b: f64, within: f64) -> bool {
        (a - b).abs() <= within * b.abs().max(1.0)
    }

    fn numbers(of: &serde_json::Value) -> Vec<f64> {
        of.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    /// The same up to rounding: 10⁻⁹ of the larger of the value and the scale.
    fn equal(ours: f64, theirs: f64, scale: f64) {
        assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(scale), "{ours}, not {theirs}");
    }

    #[test]
    fn quantiles_means_intervals_and_gaps_are_those_of_scipy() {
        let known = super::super::known_results();
        for pair in known["quantiles"].as_array().unwrap() {
            let [freedom, t] = numbers(pair)[..] else { panic!("{pair}") };
            equal(quantile(freedom).unwrap(), t, 0.0);
        }
        for case in known["groups"].as_array().unwrap() {
            let [a, b] = ["a", "b"].map(|side| Summary::of(&numbers(&case[side]["values"])).unwrap());
            for (ours, theirs) in [(&a, &case["a"]), (&b, &case["b"])] {
                let [mean, deviation, low, high] = numbers(&theirs["summary"])[..] else { panic!("{theirs}") };
                let scale = mean.abs().max(deviation);
                equal(ours.mean, mean, scale);
                equal(ours.deviation.unwrap(), deviation, 0.0);
                equal(ours.interval.unwrap().0, low, scale);
                equal(ours.interval.unwrap().1, high, scale);
            }
            let [delta, low, high] = numbers(&case["gap"])[..] else { panic!("{case}") };
            let ours = gap(&a, &b).unwrap();
            let scale = delta.abs().max(high - low);
            equal(ours.delta, delta, scale);
            equal(ours.interval.0, low, scale);
            equal(ours.interval.1, high, scale);
        }
    }

    /// Of 95 % intervals, 95 of 100 hold the truth: of means, and of gaps between groups of unequal spread and size.
    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        const REPEATS: u32 = 4_000;
        for (size_a, size_b, spread_b) in [(2, 2, 1.0), (3, 3, 1.0), (3, 5, 4.0), (5, 10, 0.2), (20, 8, 3.0)] {
            let mut draw = crate::analysis::normal_numbers(size_a * 100 + size_b);
            let (mut means, mut gaps) = (0, 0);
            for _ in 0..REPEATS {
                let a: Vec<f64> = (0..size_a).map(|_| 5.0 + draw()).collect();
                let b: Vec<f64> = (0..size_b).map(|_| 4.0 + spread_b * draw()).collect();
                let (a, b) = (Summary::of(&a).unwrap(), Summary::of(&b).unwrap());
                let holds = |(low, high): (f64, f64), truth: f64| u32::from(low <= truth && truth <= high);
                means += holds(a.interval.unwrap(), 5.0);
                gaps += holds(gap(&a, &b).unwrap().interval, 1.0);
            }
            let share = |count: u32| f64::from(count) / f64::from(REPEATS);
            assert!((share(means) - 0.95).abs() <= 0.02, "{size_a}: {}", share(means));
            // Welch's interval of two runs each is too wide, as is known: it errs on the safe side.
            let most = if size_a == 2 { 0.05 } else { 0.02 };
            assert!((-0.02..=most).contains(&(share(gaps) - 0.95)), "{size_a}, {size_b}: {}", share(gaps));
        }
    }

    #[test]
    fn intervals_that_are_to_hold_at_once_are_wider() {
        // scipy.stats.t.ppf(1 - 0.025 / 10, 19) / scipy.stats.t.ppf(0.975, 19)
        assert!(near(widening(10, 19.0), 1.516_334_475, 1e-8), "{}", widening(10, 19.0));
        assert_eq!((widening(1, 19.0), widening(0, 19.0)), (1.0, 1.0));
    }

    #[test]
    fn the_quantile_needs_a_degree_of_freedom() {
        assert_eq!(quantile(f64::NAN), None);
        assert_eq!(quantile(0.0), None);
    }

    #[test]
    fn five_seeds_have_a_mean_a_spread_and_an_interval() {
        let found = Summary::of(&[0.81, 0.83, 0.79, 0.82, 0.80]).unwrap();

        assert_eq!(found.count, 5);
        assert!(near(found.mean, 0.81, 1e-12));
        assert!(near(found.deviation.unwrap(), 0.015_811_388_3, 1e-9));
        // 0.81 ± 2.776445 × 0.0158114 / √5
        let (low, high) = found.interval.unwrap();
        assert!(near(low, 0.790_367_568, 1e-8) && near(high, 0.829_632_432, 1e-8), "{low} {high}");
    }

    #[test]
    fn a_single_value_has_no_spread_and_none_has_no_mean() {
        assert_eq!(Summary::of(&[2.5]), Some(Summary { count: 1, mean: 2.5, deviation: None, interval: None }));
        assert_eq!(Summary::of(&[]), None);
        assert_eq!(Summary::of(&[f64::MAX, f64::MIN]), None);
    }

    #[test]
    fn means_far_apart_are_separable_and_near_ones_are_not() {
        let a = Summary::of(&[0.90, 0.91, 0.92]).unwrap();
        let far = Summary::of(&[0.50, 0.52, 0.51]).unwrap();
        let close = Summary::of(&[0.89, 0.93, 0.90]).unwrap();

        // scipy.stats.ttest_ind(a, far, equal_var=False).confidence_interval()
        let gap_far = gap(&a, &far).unwrap();
        assert!(gap_far.is_separable());
        assert!(near(gap_far.interval.0, 0.377_330, 1e-5) && near(gap_far.interval.1, 0.422_670, 1e-5), "{gap_far:?}");
        assert!(!gap(&a, &close).unwrap().is_separable());
    }

    #[test]
    fn without_spread_nothing_is_told_apart() {
        let one = Summary::of(&[0.9]).unwrap();
        let equal = Summary::of(&[0.5, 0.5]).unwrap();
        assert_eq!(gap(&one, &equal), None);
        assert_eq!(gap(&equal, &equal), None);
    }

    proptest! {
        #[test]
        fn a_mean_lies_among_its_values_and_in_its_interval(values in proptest::collection::vec(-1e6_f64..1e6, 1..40)) {
            let found = Summary::of(&values).unwrap();
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let slack = 1e-9 * low.abs().max(high.abs()).max(1.0);
            prop_assert!(found.mean >= low - slack && found.mean <= high + slack);
            if let Some((from, to)) = found.interval {
                prop_assert!(from <= found.mean && found.mean <= to);
            }
            prop_assert!(found.deviation.is_none_or(|deviation| deviation <= (high - low) + slack));
        }

        #[test]
        fn the_quantile_falls_towards_that_of_the_normal_distribution(freedom in 1.0_f64..5_000.0) {
            let here = quantile(freedom).unwrap();
            prop_assert!(here > 1.959_963_98 && here >= quantile(freedom + 1.0).unwrap());
        }
    }
}

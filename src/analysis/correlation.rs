//! Whether one quantity rises with another, whatever the shape (Spearman).

use statrs::distribution::{ContinuousCDF, StudentsT};

/// How far two quantities rise together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correlation {
    /// Spearman's coefficient, −1 to 1: the correlation of the ranks, ties at their mean rank.
    pub rho: f64,
    /// How often chance alone would reach as much to either side (Student's t, n − 2 degrees of freedom).
    pub p: f64,
    /// Over how many pairs.
    pub count: usize,
}

impl Correlation {
    /// Of pairs of numbers, none of them `NaN`; none of fewer than three pairs, or where one side does not vary.
    #[allow(clippy::cast_precision_loss)] // Counts of runs are far below 2^53.
    pub fn of(pairs: &[(f64, f64)]) -> Option<Self> {
        let count = pairs.len();
        if count < 3 {
            return None;
        }
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let rho = pearson(&ranks(&a), &ranks(&b))?;
        let freedom = count as f64 - 2.0;
        let p = if rho.abs() >= 1.0 {
            0.0
        } else {
            let t = rho.abs() * (freedom / ((1.0 - rho) * (1.0 + rho))).sqrt();
            2.0 * StudentsT::new(0.0, 1.0, freedom).ok()?.sf(t)
        };
        Some(Self { rho, p, count })
    }
}

/// The place of each value among all, from 1 on; equal values share the mean of their places.
#[allow(clippy::cast_precision_loss)] // Counts of runs are far below 2^53.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.partial_cmp(b).unwrap_or_else(|| a.total_cmp(b)));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|(_, a), (_, b)| a == b) {
        let rank = before as f64 + (equal.len() as f64 + 1.0) / 2.0;
        for (at, _) in equal {
            if let Some(place) = ranks.get_mut(*at) {
                *place = rank;
            }
        }
        before += equal.len();
    }
    ranks
}

#[allow(clippy::cast_precision_loss)] // Counts of runs are far below 2^53.
fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut product, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        product += x * y;
        of_a += x * x;
        of_b += y * y;
    }
    let rho = product / (of_a * of_b).sqrt();
    rho.is_finite().then(|| rho.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_values_share_their_mean_rank() {
        assert_eq!(ranks(&[0.3, 0.1, 0.3, 0.2]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(ranks(&[0.0, -0.0]), [1.5, 1.5]);
    }

    #[test]
    fn what_rises_with_it_in_any_shape_is_one() {
        let pairs: Vec<(f64, f64)> = (1..10).map(|n| (f64::from(n), f64::from(n).powi(5))).collect();
        let found = Correlation::of(&pairs).unwrap();
        assert_eq!((found.rho, found.p, found.count), (1.0, 0.0, 9));
    }

    #[test]
    fn rho_and_p_are_those_of_scipy() {
        for case in super::super::known_results()["correlations"].as_array().unwrap() {
            let numbers = |name: &str| case[name].as_array().unwrap().iter().map(|x| x.as_f64().unwrap());
            let found = Correlation::of(&numbers("x").zip(numbers("y")).collect::<Vec<_>>()).unwrap();
            for (ours, theirs) in [found.rho, found.p].into_iter().zip(numbers("rho_p")) {
                assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1e-12), "{ours}, not {theirs}: {case}");
            }
        }
    }

    #[test]
    fn what_does_not_vary_rises_with_nothing() {
        assert_eq!(Correlation::of(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(Correlation::of(&[(1.0, 1.0), (2.0, 2.0)]), None);
    }

    proptest! {
        #[test]
        fn it_turns_its_sign_with_one_side_and_keeps_it_when_both_swap(
            pairs in proptest::collection::vec((-5_i8..5, -5_i8..5), 3..40)
        ) {
            let pairs: Vec<(f64, f64)> = pairs.into_iter().map(|(a, b)| (f64::from(a), f64::from(b))).collect();
            let of = |turn: fn(&(f64, f64)) -> (f64, f64)| Correlation::of(&pairs.iter().map(turn).collect::<Vec<_>>());
            let plain = of(|pair| *pair);
            let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-12,
                (a, b) => a.is_none() && b.is_none(),
            };
            prop_assert!(near(plain.map(|one| -one.rho), of(|(a, b)| (-a, *b)).map(|one| one.rho)));
            prop_assert!(near(plain.map(|one| one.rho), of(|(a, b)| (*b, *a)).map(|one| one.rho)));
            prop_assert!(plain.is_none_or(|one| (-1.0..=1.0).contains(&one.rho) && (0.0..=1.0).contains(&one.p)));
        }
    }
}

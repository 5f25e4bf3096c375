//! What holds for any points.

use backends::model::{Point, Points};
use backends::query::Direction;
use jiff::Timestamp;
use proptest::prelude::*;

use super::super::truth::curve::{Curve, Effect};
use super::super::truth::{Cell, points};
use super::super::{Diagnosis, Evidence, Rule, Sampling, Series, diagnose};

fn values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        6 => -10.0_f64..10.0,
        1 => Just(1.0),
        1 => any::<f64>(),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::MAX), Just(f64::MIN), Just(f64::MIN_POSITIVE)],
    ];
    proptest::collection::vec(value, 0..120)
}

fn any_points() -> impl Strategy<Value = Vec<Point>> {
    let step = prop_oneof![4 => (0..200_i64).prop_map(Some), 1 => Just(None), 1 => any::<i64>().prop_map(Some)];
    let time = prop_oneof![4 => (0..5_000_i64).prop_map(Some), 1 => Just(None)];
    (values(), proptest::collection::vec((step, time), 120)).prop_map(|(values, keys)| {
        let point = |(value, (step, time)): (f64, (Option<i64>, Option<i64>))| Point {
            step,
            time: time.and_then(|time| Timestamp::from_second(time).ok()),
            value,
        };
        values.into_iter().zip(keys).map(point).collect()
    })
}

/// A curve drawn for a seed.
fn curve() -> impl Strategy<Value = (Vec<f64>, bool)> {
    (any::<u32>(), 0..Effect::ALL.len(), prop_oneof![Just(50_usize), Just(300)]).prop_map(|(seed, effect, length)| {
        let cell = Cell { length, noise: 0.05 };
        let drawn = Curve::draw(cell, Effect::ALL[effect], &mut cell.random(77, u64::from(seed)));
        (drawn.values, drawn.higher_is_better)
    })
}

fn of(values: &[f64], higher: bool) -> Diagnosis {
    let better = Some(if higher { Direction::Descending } else { Direction::Ascending });
    diagnose(&[Series { better, ..Series::new("m", &points(values, 1)) }], None)
}

/// The rules that found something, and where.
fn places(diagnosis: &Diagnosis) -> Vec<(Rule, Option<i64>)> {
    diagnosis.findings.iter().map(|finding| (finding.rule(), finding.at.step)).collect()
}

proptest! {
    #[test]
    fn any_points_are_diagnosed_and_every_check_has_an_outcome(
        loss in any_points(),
        validation in any_points(),
        rate in any_points(),
        sampling in prop_oneof![Just(Sampling::Every), Just(Sampling::Extremes), Just(Sampling::Means)],
        now in proptest::option::of(0..10_000_i64),
    ) {
        let series = [("loss", &loss), ("val_loss", &validation), ("lr", &rate), ("foo", &rate)];
        let series = series.map(|(metric, points)| Series { sampling, ..Series::new(metric, points) });
        let found = diagnose(&series, now.and_then(|now| Timestamp::from_second(now).ok()));

        for finding in &found.findings {
            let checked = |check: &&super::super::Check| check.metric == finding.metric && check.rule == finding.rule();
            prop_assert!(found.checks.iter().any(|check| checked(&check)
                && check.outcome == super::super::Outcome::Found), "{finding:?}");
            prop_assert!(!finding.measured.is_nan() && !finding.threshold.is_nan(), "{finding:?}");
        }
    }

    #[test]
    fn the_order_in_which_points_are_given_does_not_matter(given in any_points(), seed in any::<u64>()) {
        // Without step and time the order given is all that is known.
        prop_assume!(given.iter().any(|point| point.step.is_some() || point.time.is_some()));
        let mut shuffled = given.clone();
        let mut random = super::super::truth::random::Random::seeded(seed);
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, random.index(at + 1));
        }
        let [one, other] = [&given, &shuffled].map(|points| diagnose(&[Series::new("loss", points)], None));
        prop_assert_eq!(format!("{one:?}"), format!("{other:?}"));
    }

    #[test]
    fn packed_points_show_what_they_show_one_by_one(
        loss in any_points(),
        validation in any_points(),
        (values, higher) in curve(),
        running in any::<bool>(),
    ) {
        let drawn = points(&values, 10);
        let now = running.then(|| Timestamp::from_second(1_780_400_800).unwrap());
        let better = Some(if higher { Direction::Descending } else { Direction::Ascending });
        let given = [("loss", &loss), ("val_loss", &validation), ("m", &drawn)];
        let packed = given.map(|(metric, points)| (metric, points.iter().copied().collect::<Points>()));
        let one = given.map(|(metric, points)| Series { better, ..Series::new(metric, points) });
        let other = packed.each_ref().map(|(metric, points)| Series { better, ..Series::new(metric, points) });
        prop_assert_eq!(format!("{:?}", diagnose(&one, now)), format!("{:?}", diagnose(&other, now)));
    }

    #[test]
    fn another_unit_changes_nothing((values, higher) in curve(), exponent in -20..20_i32) {
        // A power of two leaves every digit.
        let unit = 2.0_f64.powi(exponent);
        let scaled: Vec<f64> = values.iter().map(|value| value * unit).collect();
        prop_assert_eq!(places(&of(&values, higher)), places(&of(&scaled, higher)));
    }

    #[test]
    fn the_other_sign_with_the_other_direction_changes_nothing((values, higher) in curve()) {
        let turned: Vec<f64> = values.iter().map(|value| -value).collect();
        prop_assert_eq!(places(&of(&values, higher)), places(&of(&turned, !higher)));
    }

    #[test]
    fn another_zero_changes_nothing((values, higher) in curve(), zero in -64..64_i32) {
        // Of so few digits that sums are exact, and so many that no two distances tie.
        let digits = 2.0_f64.powi(30);
        let coarse = |value: &f64| (value * digits).round() / digits;
        let plain: Vec<f64> = values.iter().map(coarse).collect();
        prop_assume!(plain.iter().all(|value| !value.is_finite() || value.abs() < 1e6));
        let moved: Vec<f64> = plain.iter().map(|value| value + f64::from(zero)).collect();
        let rules = |values: &[f64]| places(&of(values, higher)).into_iter().filter(|(rule, _)| *rule != Rule::Plateau).collect::<Vec<_>>();
        prop_assert_eq!(rules(&plain), rules(&moved));
    }

    #[test]
    fn a_nan_more_never_moves_the_first(values in values(), more in 1..5_usize) {
        let onset = |values: &[f64]| {
            let found = of(values, false);
            found.findings.iter().find(|finding| finding.rule() == Rule::NonFinite).map(|finding| finding.at.step)
        };
        let mut longer = values.clone();
        longer.extend(std::iter::repeat_n(f64::NAN, more));
        prop_assert_eq!(onset(&longer), onset(&values).or(Some(Some(values.len() as i64))));
    }
}

#[test]
fn nothing_one_point_and_equal_points_have_no_findings() {
    for values in [vec![], vec![1.0], vec![f64::MAX; 3], vec![0.5; 29]] {
        assert_eq!(of(&values, false).findings, []);
    }
    let flat = of(&[0.5; 100], false);
    let [finding] = &flat.findings[..] else { panic!("{flat:?}") };
    let Evidence::Plateau { level, slope, gained, points, .. } = &finding.evidence else { panic!("{finding:?}") };
    assert_eq!((*level, slope.estimate, *gained, *points, finding.at.step), (0.5, 0.0, 0.0, (100, 100), Some(0)));
}

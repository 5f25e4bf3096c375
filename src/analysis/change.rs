//! How a value stands to a baseline, and which of several values is best.

use backends::query::Direction;

/// How a value stands to that of the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Further in the better direction.
    Better,
    /// Further in the other.
    Worse,
    /// Equal.
    Same,
}

/// The way from a baseline to a value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Change {
    /// The value minus the baseline; finite.
    pub delta: Option<f64>,
    /// The same in percent of the baseline's amount, so that its sign is that of `delta`; none of a baseline of 0.
    pub percent: Option<f64>,
    /// Better or worse; none where the direction is not known or a value is not finite.
    pub verdict: Option<Verdict>,
}

/// The change from a baseline to a value, where [`Direction::Descending`] says that the highest is best.
pub fn change(baseline: f64, value: f64, direction: Option<Direction>) -> Change {
    if !baseline.is_finite() || !value.is_finite() {
        return Change::default();
    }
    let delta = Some(value - baseline).filter(|delta| delta.is_finite());
    let percent = delta.map(|delta| delta / baseline.abs() * 100.0).filter(|percent| percent.is_finite());
    let verdict = match direction {
        _ if value == baseline => Some(Verdict::Same),
        Some(direction) => Some(if is_better(value, baseline, direction) { Verdict::Better } else { Verdict::Worse }),
        None => None,
    };
    Change { delta, percent, verdict }
}

/// The places of the best values: all that are equal to it. What is missing or not finite is never best.
pub fn best(values: &[Option<f64>], direction: Direction) -> Vec<usize> {
    let finite = || values.iter().enumerate().filter_map(|(at, value)| Some((at, value.filter(|v| v.is_finite())?)));
    let top = finite()
        .map(|(_, value)| value)
        .reduce(|top, value| if is_better(value, top, direction) { value } else { top });
    finite().filter(|(_, value)| Some(*value) == top).map(|(at, _)| at).collect()
}

fn is_better(value: f64, than: f64, direction: Direction) -> bool {
    match direction {
        Direction::Ascending => value < than,
        Direction::Descending => value > than,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const UP: Option<Direction> = Some(Direction::Descending);
    const DOWN: Option<Direction> = Some(Direction::Ascending);

    #[test]
    fn a_change_is_told_in_the_metrics_own_unit_and_in_percent_of_the_baselines_amount() {
        assert_eq!(
            change(0.5, 0.75, UP),
            Change { delta: Some(0.25), percent: Some(50.0), verdict: Some(Verdict::Better) }
        );
        assert_eq!(
            change(-2.0, -1.0, UP),
            Change { delta: Some(1.0), percent: Some(50.0), verdict: Some(Verdict::Better) }
        );
        assert_eq!(
            change(2.0, 3.0, DOWN),
            Change { delta: Some(1.0), percent: Some(50.0), verdict: Some(Verdict::Worse) }
        );
    }

    #[test]
    fn a_baseline_of_zero_has_no_percent() {
        assert_eq!(change(0.0, 0.1, UP), Change { delta: Some(0.1), percent: None, verdict: Some(Verdict::Better) });
        assert_eq!(change(-0.0, 0.0, UP), Change { delta: Some(0.0), percent: None, verdict: Some(Verdict::Same) });
    }

    #[test]
    fn a_direction_that_is_not_known_gives_no_verdict() {
        assert_eq!(change(1.0, 2.0, None), Change { delta: Some(1.0), percent: Some(100.0), verdict: None });
    }

    #[test]
    fn what_is_not_finite_is_not_compared() {
        for (a, b) in [(f64::NAN, 1.0), (1.0, f64::NAN), (f64::INFINITY, 1.0), (1.0, f64::NEG_INFINITY)] {
            assert_eq!(change(a, b, UP), Change::default());
        }
    }

    #[test]
    fn all_that_share_the_best_value_are_best() {
        let values = [Some(1.0), None, Some(f64::INFINITY), Some(3.0), Some(f64::NAN), Some(3.0)];
        assert_eq!(best(&values, Direction::Descending), [3, 5]);
        assert_eq!(best(&values, Direction::Ascending), [0]);
        assert!(best(&[None, Some(f64::NAN), Some(f64::NEG_INFINITY)], Direction::Ascending).is_empty());
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_opposite(a in any::<f64>(), b in any::<f64>()) {
            let (there, back) = (change(a, b, UP), change(b, a, UP));
            prop_assert_eq!(there.delta, back.delta.map(|delta| -delta));
            let opposite = |verdict| match verdict {
                Verdict::Better => Verdict::Worse,
                Verdict::Worse => Verdict::Better,
                Verdict::Same => Verdict::Same,
            };
            prop_assert_eq!(there.verdict, back.verdict.map(opposite));
            prop_assert!(there.delta.is_none_or(f64::is_finite) && there.percent.is_none_or(f64::is_finite));
        }

        #[test]
        fn nothing_is_better_than_the_best(
            values in proptest::collection::vec(proptest::option::of(any::<f64>()), 0..12)
        ) {
            let found = best(&values, Direction::Descending);
            let finite: Vec<f64> = values.iter().flatten().copied().filter(|value| value.is_finite()).collect();
            prop_assert_eq!(found.is_empty(), finite.is_empty());
            for at in found {
                prop_assert!(finite.iter().all(|other| *other <= values[at].unwrap()));
            }
        }
    }
}

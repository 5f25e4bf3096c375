//! Zeros that may stand for NaN: ClearML's own client reports NaN and ±∞ as 0.
//!
//! The rule: a value of exactly 0 that follows two values which were not on their way to it, the later of them having
//! changed by less than half of itself. So what decays to 0 step by step is not suspected, and a loss that falls to 0 at
//! once is.

use crate::model::{Point, Series};

/// Looks at the points of a series as they come.
#[derive(Default)]
pub(super) struct Zeros {
    /// The last two values.
    before: (Option<f64>, Option<f64>),
    found: Option<(Point, f64)>,
}

impl Zeros {
    pub(super) fn see(&mut self, point: &Point) {
        if let ((Some(earlier), Some(before)), None) = (self.before, self.found)
            && point.value == 0.0
            && (before - earlier).abs() < before.abs() / 2.0
        {
            self.found = Some((*point, before));
        }
        self.before = (self.before.1, Some(point.value));
    }

    /// The first such zero of a series, and the value before it.
    pub(super) fn of(self, series: &Series) -> Vec<(Series, Point, f64)> {
        self.found.map(|(point, before)| (series.clone(), point, before)).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RunId;

    /// The number of the zero that is suspected, and the value before it.
    fn suspected(values: &[f64]) -> Option<(i64, f64)> {
        let series = Series { run: RunId::new("r"), started: None, metric: "m".to_owned(), kept: None };
        let mut zeros = Zeros::default();
        for (value, step) in values.iter().zip(0..) {
            zeros.see(&Point { step: Some(step), time: None, value: *value });
        }
        zeros.of(&series).first().map(|(_, point, before)| (point.step.unwrap(), *before))
    }

    #[test]
    fn a_fall_to_zero_at_once_is_suspected() {
        assert_eq!(suspected(&[2.5, 2.0, 1.8, 0.0, 0.0]), Some((3, 1.8)));
        assert_eq!(suspected(&[0.05, 0.06, 0.05, 0.0, 0.05]), Some((3, 0.05)));
        assert_eq!(suspected(&[-3.0, -3.5, 0.0]), Some((2, -3.5)));
    }

    #[test]
    fn a_zero_that_was_approached_or_began_the_series_is_not() {
        for values in [
            &[0.0, 0.1, 0.5, 0.7][..],
            &[0.4, 0.3, 0.2, 0.1, 0.0],
            &[0.9, 0.4, 0.1, 0.0],
            &[0.0, 0.0, 0.0],
            &[1.0, 0.0],
            &[1.0, 1.0, 1e-12],
        ] {
            assert_eq!(suspected(values), None, "{values:?}");
        }
    }
}

//! Many points in little memory.

mod column;

use std::fmt;

use jiff::Timestamp;

use super::Point;
use column::Column;

/// Stands for a step or a time that is not told; as a step of its own it does not come up.
const NONE: i64 = i64::MIN;

/// Points one after the other: the values as they are, and for the steps and the times together a few bytes more as long as
/// they are nearly evenly spaced (about 10 bytes a point in all, where a [`Point`] takes 48).
///
/// Times are kept to the millisecond, as all trackers do.
#[derive(Clone, Default)]
pub struct Points {
    values: Vec<f64>,
    steps: Column,
    times: Column,
}

impl Points {
    /// Puts a point behind the others.
    pub fn push(&mut self, point: Point) {
        self.values.push(point.value);
        self.steps.push(point.step.unwrap_or(NONE));
        self.times.push(point.time.map_or(NONE, Timestamp::as_millisecond));
    }

    /// The point at a place.
    pub fn get(&self, at: usize) -> Option<Point> {
        let value = *self.values.get(at)?;
        let time = self.millisecond(at).and_then(|time| Timestamp::from_millisecond(time).ok());
        Some(Point { step: self.step(at), time, value })
    }

    /// The step of the point at a place.
    pub fn step(&self, at: usize) -> Option<i64> {
        self.steps.get(at).filter(|step| *step != NONE)
    }

    /// The time of the point at a place, in milliseconds since 1970.
    pub(super) fn millisecond(&self, at: usize) -> Option<i64> {
        self.times.get(at).filter(|time| *time != NONE)
    }

    /// The values in order.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// One after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Point> + DoubleEndedIterator + Clone {
        let none = Point { step: None, time: None, value: f64::NAN };
        (0..self.len()).map(move |at| self.get(at).unwrap_or(none))
    }
}

impl Extend<Point> for Points {
    fn extend<I: IntoIterator<Item = Point>>(&mut self, points: I) {
        points.into_iter().for_each(|point| self.push(point));
    }
}

impl FromIterator<Point> for Points {
    fn from_iter<I: IntoIterator<Item = Point>>(points: I) -> Self {
        let mut collected = Self::default();
        collected.extend(points);
        collected
    }
}

impl PartialEq for Points {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Points {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_told_stays_untold() {
        let time = Timestamp::from_millisecond(1_780_300_800_123).ok();
        let points = [
            Point { step: None, time, value: f64::INFINITY },
            Point { step: Some(-3), time: None, value: 0.1 },
            Point { step: Some(0), time, value: -0.0 },
        ];
        let packed: Points = points.into_iter().collect();
        assert_eq!((packed.len(), packed.get(1), packed.get(3)), (3, Some(points[1]), None));
        assert_eq!(packed.iter().collect::<Vec<_>>(), points);
        assert_eq!(packed.values(), [f64::INFINITY, 0.1, -0.0]);
    }

    proptest! {
        #[test]
        fn any_points_come_back(
            given in proptest::collection::vec(
                (proptest::option::of(-9_i64..9), proptest::option::of(0_i64..1_000_000), -1.0..1.0),
                0..300,
            ),
        ) {
            let point = |(step, time, value): &(Option<i64>, Option<i64>, f64)| Point {
                step: *step,
                time: time.and_then(|time| Timestamp::from_millisecond(time).ok()),
                value: *value,
            };
            let points: Vec<Point> = given.iter().map(point).collect();
            let packed: Points = points.iter().copied().collect();
            prop_assert_eq!(packed.iter().collect::<Vec<_>>(), points);
        }
    }
}

//! From values to pixels.

/// An axis between two places in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Where the lowest value lies.
    from: f32,
    /// Where the highest lies.
    to: f32,
    pub(super) is_log: bool,
}

impl Scale {
    /// The axis from the lowest to the highest value; a logarithmic one if all of them are above 0.
    pub(super) fn new((low, high): (f64, f64), (from, to): (f32, f32), log: bool) -> Self {
        Self { low, high, from, to, is_log: log && low > 0.0 }
    }

    /// Where a value lies. One beyond the ends lies there too.
    pub(super) fn at(&self, value: f64) -> f32 {
        let place = |value: f64| if self.is_log { value.max(f64::MIN_POSITIVE).ln() } else { value };
        // Halves, because the span of the whole range of numbers is no number.
        let (low, high) = (place(self.low) / 2.0, place(self.high) / 2.0);
        let share = if high > low { (place(value) / 2.0 - low) / (high - low) } else { 0.5 };
        self.from + (self.to - self.from) * share as f32
    }
}

/// The finite values that an axis can show.
pub(super) fn extent(values: impl IntoIterator<Item = f64>, log: bool) -> Option<(f64, f64)> {
    let shown = values.into_iter().filter(|value| value.is_finite() && (!log || *value > 0.0));
    shown.fold(None, |ends, value| {
        let (low, high) = ends.unwrap_or((value, value));
        Some((value.min(low), value.max(high)))
    })
}

/// The same with a little room at both ends; a single value gets some around it.
pub(super) fn padded((low, high): (f64, f64), log: bool) -> (f64, f64) {
    const ROOM: f64 = 0.04;
    if log && low > 0.0 {
        let factor = if high > low { (high / low).powf(ROOM) } else { 2.0 };
        let factor = if factor.is_finite() { factor } else { 1.0 };
        return ((low / factor).max(f64::MIN_POSITIVE.min(low)), (high * factor).min(f64::MAX));
    }
    let span = high / 2.0 - low / 2.0;
    let room = match () {
        () if span > 0.0 => span * 2.0 * ROOM,
        () if low == 0.0 => 1.0,
        () => low.abs() * 0.1,
    };
    let room = if room.is_finite() { room } else { 0.0 };
    ((low - room).max(f64::MIN), (high + room).min(f64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_lie_between_the_ends() {
        let scale = Scale::new((0.0, 10.0), (100.0, 200.0), false);
        assert_eq!((scale.at(0.0), scale.at(5.0), scale.at(10.0)), (100.0, 150.0, 200.0));
        let scale = Scale::new((0.01, 100.0), (400.0, 0.0), true);
        assert!((scale.at(1.0) - 200.0).abs() < 1e-3);
        assert!(!Scale::new((0.0, 1.0), (0.0, 1.0), true).is_log);
    }

    #[test]
    fn what_cannot_be_shown_is_no_end_of_an_axis() {
        assert_eq!(extent([3.0, f64::NAN, -1.0, f64::INFINITY], false), Some((-1.0, 3.0)));
        assert_eq!(extent([3.0, 0.0, -1.0, 0.5], true), Some((0.5, 3.0)));
        assert_eq!(extent([f64::NAN, -1.0], true), None);
    }

    #[test]
    fn a_single_value_has_room_around_it() {
        assert_eq!(padded((0.0, 0.0), false), (-1.0, 1.0));
        assert_eq!(padded((5.0, 5.0), false), (4.5, 5.5));
        assert_eq!(padded((5.0, 5.0), true), (2.5, 10.0));
    }

    proptest! {
        #[test]
        fn whatever_the_numbers_places_are_finite_and_inside(a in any::<f64>(), b in any::<f64>(), share in 0.0_f64..1.0, log in any::<bool>()) {
            let Some(ends) = extent([a, b], log) else { return Ok(()) };
            let (low, high) = padded(ends, log);
            prop_assert!(low <= ends.0 && ends.1 <= high && low.is_finite() && high.is_finite());
            let scale = Scale::new((low, high), (0.0, 100.0), log);
            let at = scale.at(ends.0 + (ends.1 / 2.0 - ends.0 / 2.0) * share);
            prop_assert!((-1.0..=101.0).contains(&at), "{at}");
        }
    }
}

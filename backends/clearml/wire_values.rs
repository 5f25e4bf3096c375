//! Numbers and moments as ClearML writes them: JSON numbers, and `NaN`, `Infinity`, `-Infinity`, which arrive as text;
//! ISO 8601 with `+00:00`.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize as FromWire;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// The iteration of a single value: it has none (`report_single_value`, API 2.20).
const NO_ITERATION: i64 = -2_147_483_648;

/// A value of a metric.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Number(pub(super) f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, NaN or ±Infinity")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
        Ok(Number(number))
    }

    // The nearest number: what a metric is.
    fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
        Ok(Number(number as f64))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
        Ok(Number(number as f64))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
        text.parse().map(Number).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// A moment; what cannot be read as one counts as not known.
#[derive(Clone, Debug, FromWire)]
pub(super) struct Moment(String);

impl Moment {
    /// The moment; without an offset it is UTC.
    pub(super) fn time(self) -> Option<Timestamp> {
        let naive = || self.0.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp());
        self.0.parse().ok().or_else(naive)
    }
}

/// An iteration, unless it stands for having none.
pub(super) fn iteration(number: Option<i64>) -> Option<i64> {
    number.filter(|number| *number != NO_ITERATION)
}

/// A moment in milliseconds since 1970; one beyond all calendars stays beyond the others.
pub(super) fn milliseconds(number: i64) -> Timestamp {
    let beyond = if number < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(number).unwrap_or(beyond)
}

#[cfg(test)]
mod tests {
    use super::{Moment, Number, iteration, milliseconds};

    #[test]
    fn a_time_beyond_the_calendar_is_its_end() {
        use jiff::Timestamp;
        assert_eq!(milliseconds(1_795_168_948_634).to_string(), "2026-11-20T10:02:28.634Z");
        assert_eq!((milliseconds(i64::MAX), milliseconds(i64::MIN)), (Timestamp::MAX, Timestamp::MIN));
    }

    #[test]
    fn a_moment_is_read_with_its_offset_and_is_utc_without() {
        let ours = |text: &str| Moment(text.to_owned()).time().map(|time| time.to_string());
        let expected = Some("2026-11-20T10:03:41.817Z".to_owned());
        for text in ["2026-11-20T10:03:41.817000+00:00", "2026-11-20T10:03:41.817", "2026-11-20T12:03:41.817+02:00"] {
            assert_eq!(ours(text), expected, "{text}");
        }
        assert_eq!(ours("soon"), None);
    }

    #[test]
    fn a_value_is_read_in_every_form_that_the_server_writes() {
        for (text, expected) in [
            ("0.1", 0.1),
            ("-3", -3.0),
            ("7", 7.0),
            ("\"Infinity\"", f64::INFINITY),
            ("\"-Infinity\"", f64::NEG_INFINITY),
        ] {
            let Number(number) = serde_json::from_str(text).unwrap();
            assert_eq!(number.to_bits(), f64::to_bits(expected), "{text}");
        }
        let Number(number) = serde_json::from_str("\"NaN\"").unwrap();
        assert!(number.is_nan());
        assert!(serde_json::from_str::<Number>("\"abc\"").is_err());
    }

    #[test]
    fn a_single_value_has_no_iteration() {
        assert_eq!(iteration(Some(-2_147_483_648)), None);
        assert_eq!((iteration(Some(-1)), iteration(None)), (Some(-1), None));
    }
}

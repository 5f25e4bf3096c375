//! Numbers as MLflow writes them: JSON numbers, and text for what JSON has no number for.
//!
//! A page of a thousand runs holds some hundred thousand of them, so they are read without a detour.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use crate::mlflow_model::unclamped;

/// A whole number of 64 bits, exact; also as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole(pub(super) i64);

/// A metric's value: a number, `"NaN"`, `"Infinity"`, `"-Infinity"`, or null, which JavaScript writes for these.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Number(pub(super) f64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
        Ok(Whole(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
        i64::try_from(number).map(Whole).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Whole, E> {
        text.parse().map(Whole).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, NaN or ±Infinity as text")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
        Ok(Number(unclamped(number)))
    }

    // The nearest number: what a metric is.
    fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
        Ok(Number(number as f64))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
        Ok(Number(number as f64))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
        let number = text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))?;
        self.visit_f64(number)
    }

    fn visit_unit<E: Error>(self) -> Result<Number, E> {
        Ok(Number(f64::NAN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Result<f64, serde_json::Error> {
        serde_json::from_str(text).map(|Number(number)| number)
    }

    fn whole(text: &str) -> Result<i64, serde_json::Error> {
        serde_json::from_str(text).map(|Whole(number)| number)
    }

    #[test]
    fn a_value_is_read_in_every_form_that_servers_write() {
        for (text, expected) in [
            ("0.30000000000000004", 0.300_000_000_000_000_04),
            ("3", 3.0),
            ("-3", -3.0),
            ("18446744073709551615", 18_446_744_073_709_551_615.0),
            ("5e-324", 5e-324),
            ("1e308", 1e308),
            ("1.7976931348623157e+308", f64::INFINITY),
            ("-1.7976931348623157e+308", f64::NEG_INFINITY),
            ("\"Infinity\"", f64::INFINITY),
            ("\"-Infinity\"", f64::NEG_INFINITY),
            ("\"0.5\"", 0.5),
            ("\"1.7976931348623157e+308\"", f64::INFINITY),
        ] {
            assert_eq!(number(text).unwrap().to_bits(), expected.to_bits(), "{text}");
        }
        assert!(number("\"NaN\"").unwrap().is_nan());
        assert!(number("null").unwrap().is_nan());
        assert!(number("-0.0").unwrap().is_sign_negative());
    }

    #[test]
    fn a_whole_number_is_exact() {
        for (text, expected) in [
            ("9007199254740993", 9_007_199_254_740_993),
            ("-5", -5),
            ("0", 0),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            ("\"1717200000000\"", 1_717_200_000_000),
        ] {
            assert_eq!(whole(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["\"abc\"", "\"\"", "true", "[1]", "{}"] {
            assert!(number(text).is_err(), "{text}");
        }
        for text in ["1.5", "9223372036854775808", "\"1e3\"", "\"abc\"", "null", "true"] {
            assert!(whole(text).is_err(), "{text}");
        }
    }
}

//! Numbers: six significant digits, or the shortest exact form; what JSON cannot say is a string.

use serde_json::Value;

/// Integers up to here are exact as `f64`, and are written without a fraction.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

/// The word for what is no finite number; none for a number.
pub fn not_finite(value: f64) -> Option<&'static str> {
    match value {
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        value => value.is_nan().then_some("NaN"),
    }
}

/// A number as JSON; its text form is the same characters.
pub(super) fn number(value: f64, exact: bool) -> Value {
    if let Some(word) = not_finite(value) {
        return Value::from(word);
    }
    let value = if exact { value } else { rounded(value) };
    if value.fract() == 0.0 && value.abs() <= EXACT_INTEGERS {
        // In range and without a fraction, so nothing is lost; also makes -0.0 a plain 0.
        #[allow(clippy::cast_possible_truncation)]
        return Value::from(value as i64);
    }
    Value::from(value)
}

/// Six significant digits, and never fewer than an integer has: integers are not rounded.
fn rounded(value: f64) -> f64 {
    if value.fract() == 0.0 && value.abs() <= EXACT_INTEGERS {
        return value;
    }
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    // The largest numbers round up past the end of the range.
    if rounded.is_finite() { rounded } else { value }
}

#[cfg(test)]
mod tests {
    use super::number;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn six_significant_digits_are_kept() {
        assert_eq!(number(0.123_456_789, false), json!(0.123457));
        assert_eq!(number(1_234.567_89, false).to_string(), "1234.57");
    }

    #[test]
    fn integers_are_never_rounded() {
        assert_eq!(number(123_456_789.0, false).to_string(), "123456789");
        assert_eq!(number(-0.0, false).to_string(), "0");
    }

    #[test]
    fn the_exact_form_is_the_shortest_that_reads_back() {
        assert_eq!(number(0.1, true).to_string(), "0.1");
        assert_eq!(number(0.123_456_789, true).to_string(), "0.123456789");
    }

    #[test]
    fn small_and_large_numbers_take_an_exponent() {
        assert_eq!(number(1e-7, false).to_string(), "1e-7");
        assert_eq!(number(0.0005, false).to_string(), "0.0005");
        assert_eq!(number(1.5e300, false).to_string(), "1.5e+300");
    }

    #[test]
    fn what_json_cannot_say_is_a_string() {
        assert_eq!(number(f64::NAN, true), json!("NaN"));
        assert_eq!(number(f64::INFINITY, false), json!("Infinity"));
        assert_eq!(number(f64::NEG_INFINITY, false), json!("-Infinity"));
    }

    proptest! {
        #[test]
        fn an_exact_number_reads_back_unchanged(value in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL) {
            let read: f64 = number(value, true).to_string().parse().unwrap();
            prop_assert_eq!(read, value);
        }

        #[test]
        fn a_rounded_number_is_off_by_at_most_half_a_digit(value in proptest::num::f64::NORMAL) {
            let read: f64 = number(value, false).to_string().parse().unwrap();
            prop_assert!((read - value).abs() <= value.abs() * 5.1e-6);
        }
    }
}

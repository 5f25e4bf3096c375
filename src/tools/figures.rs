//! Numbers in sentences.

use backends::query::Direction;
use serde_json::Value;

/// A number in its shortest exact form.
pub(super) fn exact(value: f64) -> String {
    let shown = Value::from(value).to_string();
    shown.strip_suffix(".0").map_or_else(|| shown.clone(), ToOwned::to_owned)
}

/// A number with six significant digits.
pub(super) fn rounded(value: f64) -> String {
    // Whole numbers are never rounded.
    exact(if value.fract() == 0.0 { value } else { format!("{value:.5e}").parse().unwrap_or(value) })
}

/// The first value with six significant digits, or exact where that would make it look like another one.
pub(super) fn told_apart(first: f64, others: impl Iterator<Item = f64>) -> String {
    let short = rounded(first);
    let merges = others.into_iter().any(|other| other != first && rounded(other) == short);
    if merges { exact(first) } else { short }
}

/// Which side is best, in a word.
pub(super) fn side(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "lowest",
        Direction::Descending => "highest",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_a_sentence_is_short() {
        assert_eq!(["0.97", "5", "1e-7"], [exact(0.97), exact(5.0), exact(1e-7)].each_ref().map(String::as_str));
        assert_eq!(rounded(0.123_456_789), "0.123457");
        assert_eq!(rounded(1_234_567.0), "1234567");
    }

    #[test]
    fn the_best_value_never_looks_like_the_next() {
        assert_eq!(told_apart(0.123_456_789, [0.123_456_788].into_iter()), "0.123456789");
        assert_eq!(told_apart(0.123_456_789, [0.123_456_789, 0.1].into_iter()), "0.123457");
    }
}

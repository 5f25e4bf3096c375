//! One value of an answer, and how exactly it is shown.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::key::escape_key;
use super::number::number;
use super::redact::redact_value;
use super::time::{in_words, moment};
use super::untrusted::{CELL_CAP, Excerpt, Keep};

/// How many characters of a key are shown; a longer one is hostile and cannot be passed back.
const KEY_CAP: usize = 500;

/// One value. Its origin is in its type: text of ours and text of others are made by different functions.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// There is none: an empty cell of a table; a fact without a value is left out.
    Missing,
    /// Our own text: a reference, a status, a unit.
    Text(String),
    /// Text that others wrote, made by [`Cell::foreign`].
    Foreign(Excerpt),
    /// A name that others gave to a metric, param or tag, made by [`Cell::key`].
    Key(Excerpt),
    /// A whole number, never rounded.
    Integer(i64),
    /// A number: six significant digits, or as exact as its column.
    Number(f64),
    /// A number in its shortest exact form wherever it stands.
    Exact(f64),
    /// A moment, to the second unless that would merge different ones of a column.
    Time(Timestamp),
    /// A duration in words.
    Duration(SignedDuration),
    /// Yes or no.
    Flag(bool),
    /// Several values: an array, in text parted by commas. An empty one is [`Cell::Missing`].
    List(Vec<Cell>),
}

impl Cell {
    /// Text of our own making. Never for what a tracker answered: that is [`Cell::foreign`].
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Text that others wrote: cleaned, at most [`CELL_CAP`] characters.
    pub fn foreign(text: &str) -> Self {
        Self::foreign_up_to(text, CELL_CAP)
    }

    /// Text that others wrote: cleaned, at most `cap` characters.
    pub fn foreign_up_to(text: &str, cap: usize) -> Self {
        Self::Foreign(Excerpt::foreign(text, cap, Keep::Start))
    }

    /// The value of a param or tag: like [`Cell::foreign`], and masked whole where its key says that it is a secret.
    pub fn foreign_of(key: &str, value: &str) -> Self {
        Self::foreign(&redact_value(key, value))
    }

    /// A name that others gave, escaped visibly so that it can be passed back ([`super::unescape_key`]).
    pub fn key(name: &str) -> Self {
        Self::Key(Excerpt::of(escape_key(name), KEY_CAP, Keep::Start))
    }

    /// Whether there is no value.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::List(cells) => cells.iter().all(Self::is_missing),
            _ => false,
        }
    }

    /// The value in the structured form; `""` where it is missing.
    pub(super) fn value(&self, precision: Precision) -> Value {
        match self {
            Self::Missing => Value::from(""),
            Self::Text(text) => Value::from(text.as_str()),
            Self::Foreign(text) | Self::Key(text) => Value::from(text.shown()),
            Self::Integer(value) => Value::from(*value),
            Self::Number(value) => number(*value, precision.exact_numbers),
            Self::Exact(value) => number(*value, true),
            Self::Time(time) => Value::from(moment(*time, precision.exact_times)),
            Self::Duration(duration) => Value::from(in_words(*duration)),
            Self::Flag(flag) => Value::from(*flag),
            Self::List(_) if self.is_missing() => Value::from(""),
            Self::List(cells) => cells.iter().map(|cell| cell.value(precision)).collect(),
        }
    }

    /// The value in the text form: the characters of the structured one.
    pub(super) fn plain(&self, precision: Precision) -> String {
        plain(&self.value(precision))
    }
}

/// A structured value as plain text.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// How exactly the values of a column are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Precision {
    pub(super) exact_numbers: bool,
    pub(super) exact_times: bool,
}

impl Precision {
    /// As exact as asked, and more exact where different values would otherwise look the same.
    pub(super) fn of<'a>(cells: impl IntoIterator<Item = &'a Cell>, exact: bool) -> Self {
        let mut seen = Seen::default();
        for cell in cells {
            seen.see(cell);
        }
        Self { exact_numbers: exact || seen.numbers_merge, exact_times: seen.times_merge }
    }
}

/// What the values of a column look like when shortened, and which of them look alike.
#[derive(Default)]
struct Seen {
    numbers: HashMap<String, f64>,
    numbers_merge: bool,
    times: HashMap<i64, Timestamp>,
    times_merge: bool,
}

impl Seen {
    fn see(&mut self, cell: &Cell) {
        match cell {
            // An integer beyond 2^53 loses digits here, but a number of that size is not rounded to it either.
            #[allow(clippy::cast_precision_loss)]
            Cell::Integer(value) => self.see_number(value.to_string(), *value as f64),
            Cell::Number(value) => self.see_number(number(*value, false).to_string(), *value),
            Cell::Time(time) => {
                let first = *self.times.entry(time.as_second()).or_insert(*time);
                self.times_merge |= first != *time;
            }
            Cell::List(cells) => cells.iter().for_each(|cell| self.see(cell)),
            _ => {}
        }
    }

    fn see_number(&mut self, shown: String, value: f64) {
        let first = *self.numbers.entry(shown).or_insert(value);
        self.numbers_merge |= first != value && !value.is_nan();
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        // Counts of things that exist do not come near the limit.
        Self::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::from(count as u64)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<Timestamp> for Cell {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}

impl From<SignedDuration> for Cell {
    fn from(duration: SignedDuration) -> Self {
        Self::Duration(duration)
    }
}

impl From<Vec<Self>> for Cell {
    fn from(cells: Vec<Self>) -> Self {
        Self::List(cells)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Precision};
    use serde_json::json;

    fn shown(cells: &[Cell]) -> Vec<String> {
        let precision = Precision::of(cells, false);
        cells.iter().map(|cell| cell.plain(precision)).collect()
    }

    #[test]
    fn a_column_is_exact_where_rounding_would_merge_values() {
        assert_eq!(shown(&[Cell::Number(0.123_456_7), Cell::Number(0.5)]), ["0.123457", "0.5"]);
        assert_eq!(shown(&[Cell::Number(0.123_456_7), Cell::Number(0.123_456_8)]), ["0.1234567", "0.1234568"]);
        assert_eq!(shown(&[Cell::Integer(1), Cell::Number(1.000_000_1)]), ["1", "1.0000001"]);
    }

    #[test]
    fn equal_values_do_not_make_a_column_exact() {
        assert_eq!(shown(&[Cell::Number(0.123_456_7), Cell::Number(0.123_456_7)]), ["0.123457", "0.123457"]);
        assert_eq!(shown(&[Cell::Number(f64::NAN), Cell::Number(f64::NAN)]), ["NaN", "NaN"]);
    }

    #[test]
    fn times_show_milliseconds_only_where_they_matter() {
        let time = |text: &str| Cell::Time(text.parse().unwrap());
        assert_eq!(shown(&[time("2026-11-20T11:18:00.123Z")]), ["2026-11-20T11:18:00Z"]);
        assert_eq!(
            shown(&[time("2026-11-20T11:18:00.123Z"), time("2026-11-20T11:18:00.5Z")]),
            ["2026-11-20T11:18:00.123Z", "2026-11-20T11:18:00.500Z"]
        );
    }

    #[test]
    fn nothing_is_an_empty_text_and_a_list_an_array() {
        let precision = Precision::default();
        assert_eq!(Cell::from(None::<f64>).value(precision), json!(""));
        assert_eq!(Cell::List(vec![]).value(precision), json!(""));
        assert_eq!(Cell::List(vec![Cell::text("a"), Cell::from(2_i64)]).value(precision), json!(["a", 2]));
        assert_eq!(Cell::List(vec![Cell::text("a"), Cell::from(2_i64)]).plain(precision), "a, 2");
    }

    #[test]
    fn foreign_text_is_cleaned_when_the_cell_is_made() {
        let cell = Cell::foreign("a\u{202e}b password=hunter2");
        assert_eq!(cell.plain(Precision::default()), "ab password=***");
        assert_eq!(Cell::foreign_of("db.password", "hunter2").plain(Precision::default()), "***");
    }
}

//! Params and tags side by side.

use std::collections::BTreeMap;

use super::entries::Entry;
use super::sections::{CONTEXT, Section};
use crate::analysis::{Compared, side_by_side};
use crate::render::{Cell, redact_value};

/// Characters of a value, by the number of runs that stand side by side.
const LENGTHS: [(usize, usize); 3] = [(3, 160), (10, 60), (usize::MAX, 30)];
/// Characters that are shown of what long values have in common before they part.
const IN_COMMON: usize = 12;

/// The params that differ, or all that are `wanted` if equal ones are to be shown too. One that only says again which
/// dataset was used is left to the datasets, unless all are to be shown.
pub(super) fn params(entries: &[Entry], wanted: impl Fn(&str) -> bool, equal_too: bool) -> Section {
    let values: Vec<_> = entries.iter().map(|entry| &entry.run.params).collect();
    let (rows, equal) = side(&values, "", |name| wanted(name) && (equal_too || !is_dataset(entries, name)), equal_too);
    Section::of_keys("params", "param", ("param", "params"), entries, rows, equal)
}

/// Whether all runs that have a param have a dataset of its name and its value.
fn is_dataset(entries: &[Entry], param: &str) -> bool {
    let name = param.rsplit_once('/').map_or(param, |(_, name)| name);
    let mut with = entries.iter().filter_map(|entry| Some((entry, entry.run.params.get(param)?)));
    with.all(|(entry, value)| {
        let mut datasets = entry.run.datasets.iter();
        datasets.any(|dataset| dataset.name == name && dataset.source.as_ref() == Some(value))
    })
}

/// The tags that people set and that differ.
pub(super) fn tags(entries: &[Entry]) -> Section {
    let values: Vec<_> = entries.iter().map(|entry| &entry.run.tags).collect();
    let (rows, equal) = side(&values, "tags.", |_| true, false);
    Section::of_keys(CONTEXT, "fact", ("tag", "tags"), entries, rows, equal)
}

/// The rows of what differs, or of all that is `wanted`, their keys behind `before`; and how many are equal and not shown.
pub(super) fn side(
    values: &[&BTreeMap<String, String>],
    before: &str,
    wanted: impl Fn(&str) -> bool,
    equal_too: bool,
) -> (Vec<Vec<Cell>>, usize) {
    let all: Vec<_> = side_by_side(values, |a, b| a == b).into_iter().filter(|row| wanted(row.key)).collect();
    let shown: Vec<&Compared<'_, String>> = all.iter().filter(|row| row.differs || equal_too).collect();
    let rows = shown.iter().map(|row| {
        let texts: Vec<Option<&str>> = row.values.iter().map(|value| value.map(String::as_str)).collect();
        [Cell::key(&format!("{before}{}", row.key))].into_iter().chain(cells(row.key, &texts)).collect()
    });
    (rows.collect(), all.len() - shown.len())
}

/// The values of a row as cells. Of long ones that begin alike, what they have in common is left out, so that the
/// difference is seen.
pub(super) fn cells(key: &str, values: &[Option<&str>]) -> Vec<Cell> {
    let cap = LENGTHS.iter().find(|(runs, _)| values.len() <= *runs).map_or(30, |(_, cap)| *cap);
    let clean: Vec<Option<String>> =
        values.iter().map(|value| value.map(|text| redact_value(key, text).into_owned())).collect();
    let too_long = clean.iter().flatten().any(|text| text.chars().count() > cap);
    let skipped = if too_long { common_beginning(&clean).saturating_sub(IN_COMMON) } else { 0 };
    let cell = |value: &Option<String>| match value.as_deref() {
        None => Cell::Missing,
        // A word as a tag, or an empty parameter: it is there.
        Some("") => Cell::text("(empty)"),
        Some(text) if skipped > 0 => {
            let rest: String = text.chars().skip(skipped).collect();
            Cell::foreign_up_to(&format!("…{rest}"), cap)
        }
        Some(text) => Cell::foreign_up_to(text, cap),
    };
    clean.iter().map(cell).collect()
}

/// How many characters all of the values begin with, if there are several.
fn common_beginning(values: &[Option<String>]) -> usize {
    let mut texts = values.iter().flatten();
    let Some(first) = texts.next() else { return 0 };
    let common = |text: &String| first.chars().zip(text.chars()).take_while(|(a, b)| a == b).count();
    texts.map(common).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_long_values_have_in_common_gives_way_to_what_differs() {
        let (a, b) = (format!("{}one", "x".repeat(200)), format!("{}two", "x".repeat(200)));

        let shown = cells("path", &[Some(&a), Some(&b), None]);

        let expected = |end| Cell::foreign(&format!("…{}{end}", "x".repeat(IN_COMMON)));
        assert_eq!(shown, [expected("one"), expected("two"), Cell::Missing]);
    }

    #[test]
    fn short_values_stand_as_they_are_and_empty_ones_are_seen() {
        assert_eq!(
            cells("lr", &[Some("0.1"), Some("0.10"), Some("")]),
            [Cell::foreign("0.1"), Cell::foreign("0.10"), Cell::text("(empty)")]
        );
    }

    #[test]
    fn a_secret_is_masked_by_its_key() {
        assert_eq!(cells("db.password", &[Some("hunter2")]), [Cell::foreign("***")]);
    }
}

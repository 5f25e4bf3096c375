//! Metrics side by side: the change from the baseline, and which run is best.

use std::collections::BTreeMap;

use backends::model::Run;
use backends::query::Direction;

use super::entries::{Entry, columns};
use super::sections::Section;
use crate::analysis::{Compared, Verdict, best, change, side_by_side};
use crate::direction;
use crate::render::{Cell, Column};

/// Of three and more runs, so many changes from the baseline are shown, and so many when a baseline was asked for; with
/// more, the table could not be read.
const CHANGES: (usize, usize) = (24, 120);

/// Values of a run's metrics.
pub(super) type Values = BTreeMap<String, f64>;

/// The last value of each.
pub(super) fn last_values(run: &Run) -> Values {
    run.metrics.iter().map(|(name, metric)| (name.clone(), metric.value)).collect()
}

/// Metrics side by side.
pub(super) struct Metrics {
    /// Those that differ, or all that are wanted.
    pub(super) section: Section,
    /// Whether their changes from the baseline are shown.
    pub(super) has_changes: bool,
    /// A sentence, if no name says whether high or low is better.
    pub(super) note: Option<String>,
}

/// The metrics that differ, or all that are `wanted` if equal ones are to be shown too. Where a `baseline` was asked
/// for, changes from it are worth a wider table.
pub(super) fn of(
    entries: &[Entry],
    values: &[Values],
    wanted: impl Fn(&str) -> bool,
    equal_too: bool,
    baseline: bool,
) -> Metrics {
    let all = side_by_side(&values.iter().collect::<Vec<_>>(), |a, b| a == b || (a.is_nan() && b.is_nan()));
    let wanted: Vec<_> = all.into_iter().filter(|row| wanted(row.key)).collect();
    let mut shown: Vec<(&Compared<'_, f64>, Option<Direction>)> =
        wanted.iter().filter(|row| row.differs || equal_too).map(|row| (row, direction::better(row.key))).collect();
    // Those that can be judged first: they are what the comparison is mostly about.
    shown.sort_by_key(|(_, direction)| direction.is_none());
    let most = if baseline { CHANGES.1 } else { CHANGES.0 };
    let has_changes = entries.len() == 2 || entries.len().saturating_sub(1) * shown.len() <= most;
    let mut heads = vec![Column::new("metric")];
    heads.extend(columns(entries));
    match entries {
        [a, b] => heads.extend(
            [format!("{}-{}", b.label, a.label), "percent".into(), "better".into(), format!("{} is", b.label)]
                .map(Column::new),
        ),
        [a, others @ ..] => {
            if has_changes {
                heads.extend(others.iter().map(|other| Column::new(format!("{}-{}", other.label, a.label))));
            }
            heads.push(Column::new("best"));
        }
        [] => {}
    }
    let section = Section {
        name: "metrics",
        nouns: ("metric", "metrics"),
        columns: heads,
        rows: shown.iter().map(|(row, direction)| cells(entries, row, *direction, has_changes)).collect(),
        equal: wanted.len() - shown.len(),
    };
    let judged = shown.is_empty() || shown.iter().any(|(_, direction)| direction.is_some());
    let note = "whether high or low is better is not clear from the metrics' names, so none is judged";
    Metrics { section, has_changes, note: (!judged).then(|| note.to_owned()) }
}

fn cells(entries: &[Entry], row: &Compared<'_, f64>, direction: Option<Direction>, with_changes: bool) -> Vec<Cell> {
    let values: Vec<Option<f64>> = row.values.iter().map(|value| value.copied()).collect();
    let digits = digits(&values);
    let number = |value: f64| Cell::Exact(digits.map_or(value, |digits| rounded(value, digits)));
    let mut cells = vec![Cell::key(row.key)];
    cells.extend(values.iter().map(|value| value.map_or(Cell::Missing, number)));
    let baseline = values.first().copied().flatten();
    let mut changes = values.iter().skip(1).map(|value| match (baseline, *value) {
        (Some(baseline), Some(value)) => change(baseline, value, direction),
        _ => crate::analysis::Change::default(),
    });
    if entries.len() == 2 {
        let change = changes.next().unwrap_or_default();
        let verdict = change.verdict.map(|verdict| {
            Cell::text(match verdict {
                Verdict::Better => "better",
                Verdict::Worse => "worse",
                Verdict::Same => "same",
            })
        });
        let better = direction.map(|direction| {
            Cell::text(match direction {
                Direction::Ascending => "lower",
                Direction::Descending => "higher",
            })
        });
        cells.extend([change.delta.into(), change.percent.into(), better.into(), verdict.into()]);
        return cells;
    }
    if with_changes {
        cells.extend(changes.map(|change| Cell::from(change.delta)));
    }
    cells.push(direction.and_then(|direction| best_of(entries, &values, direction)).into());
    cells
}

/// The letters of the best runs, with the side that is best: `C (highest)`.
fn best_of(entries: &[Entry], values: &[Option<f64>], direction: Direction) -> Option<Cell> {
    let letters: Vec<&str> = best(values, direction)
        .into_iter()
        .filter_map(|at| entries.get(at))
        .map(|entry| entry.label.as_str())
        .collect();
    let side = match direction {
        Direction::Ascending => "lowest",
        Direction::Descending => "highest",
    };
    (!letters.is_empty()).then(|| Cell::text(format!("{} ({side})", letters.join(", "))))
}

/// The significant digits of a row: as many as show its smallest difference with three, at least 4 and at most 6; `None` for
/// all of them, where 6 would make different values look alike.
fn digits(values: &[Option<f64>]) -> Option<u8> {
    let mut finite: Vec<f64> = values.iter().flatten().copied().filter(|value| value.is_finite()).collect();
    finite.sort_by(f64::total_cmp);
    let largest = finite.iter().copied().map(f64::abs).fold(0.0, f64::max);
    let differences = finite.iter().zip(finite.iter().skip(1)).map(|(a, b)| b - a);
    let Some(smallest) = differences.filter(|difference| *difference > 0.0).reduce(f64::min) else { return Some(6) };
    // What the last of so many digits of the largest value stands for.
    let last = |digits: u8| 10_f64.powf(largest.log10().floor() + 1.0 - f64::from(digits));
    let enough = [4, 5].into_iter().find(|digits| 100.0 * last(*digits) <= smallest);
    let merges = || finite.iter().zip(finite.iter().skip(1)).any(|(a, b)| a != b && rounded(*a, 6) == rounded(*b, 6));
    enough.or_else(|| (!merges()).then_some(6))
}

/// So many significant digits; integers are not rounded.
fn rounded(value: f64, digits: u8) -> f64 {
    if value.fract() == 0.0 || !value.is_finite() {
        return value;
    }
    format!("{value:.*e}", usize::from(digits.saturating_sub(1))).parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::{digits, rounded};

    #[test]
    fn a_row_has_the_digits_that_its_smallest_difference_needs() {
        let of = |values: &[f64]| digits(&values.iter().copied().map(Some).collect::<Vec<_>>());
        assert_eq!(of(&[0.125531, 0.433912, 0.357659]), Some(4));
        assert_eq!(of(&[0.125531, 0.433912, 0.431659]), Some(5));
        assert_eq!(of(&[0.912345, 0.912399]), Some(6));
        assert_eq!(of(&[0.912_345_11, 0.912_345_12]), None);
        assert_eq!(of(&[0.5, 0.5]), Some(6));
        assert_eq!(of(&[1e-9, 2e300, f64::NAN, f64::INFINITY]), Some(4));
        assert_eq!(digits(&[None, Some(0.25)]), Some(6));
    }

    #[test]
    fn integers_and_what_is_not_finite_are_not_rounded() {
        assert_eq!(rounded(1_234_567.0, 4).to_string(), "1234567");
        assert_eq!(rounded(0.433_912, 4).to_string(), "0.4339");
        assert!(rounded(f64::NAN, 4).is_nan() && rounded(f64::NEG_INFINITY, 4).is_infinite());
    }
}

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
    let exact = rounding_merges(&values);
    let number = |value: f64| if exact { Cell::Exact(value) } else { Cell::Number(value) };
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

/// Whether six digits would make different values of a row look alike.
fn rounding_merges(values: &[Option<f64>]) -> bool {
    let finite: Vec<f64> = values.iter().flatten().copied().filter(|value| value.is_finite()).collect();
    let shown = |value: f64| format!("{value:.5e}");
    finite.iter().enumerate().any(|(at, a)| finite.iter().skip(at + 1).any(|b| a != b && shown(*a) == shown(*b)))
}

//! Metrics side by side: the change from the baseline, and which run is best.

use std::collections::BTreeMap;

use backends::model::Run;
use backends::query::Direction;

use super::entries::{Entry, columns};
use super::sections::Section;
use crate::analysis::{Compared, Verdict, best, change, side_by_side};
use crate::direction;
use crate::render::{Cell, Column, one_line};

/// Changes are shown for so many runs besides the baseline; for more, the table would be too wide to read.
const CHANGES: usize = 3;
/// Metrics that a sentence names.
const NAMED: usize = 3;

/// Values of a run's metrics.
pub(super) type Values = BTreeMap<String, f64>;

/// The last value of each.
pub(super) fn last_values(run: &Run) -> Values {
    run.metrics.iter().map(|(name, metric)| (name.clone(), metric.value)).collect()
}

/// The metrics that differ, or all that are `wanted` if equal ones are to be shown too; and a sentence on those whose
/// name does not say whether high or low is better.
pub(super) fn section(
    entries: &[Entry],
    values: &[Values],
    wanted: impl Fn(&str) -> bool,
    equal_too: bool,
) -> (Section, Option<String>) {
    let all = side_by_side(&values.iter().collect::<Vec<_>>(), |a, b| a == b || (a.is_nan() && b.is_nan()));
    let wanted: Vec<_> = all.into_iter().filter(|row| wanted(row.key)).collect();
    let mut shown: Vec<(&Compared<'_, f64>, Option<Direction>)> =
        wanted.iter().filter(|row| row.differs || equal_too).map(|row| (row, direction::better(row.key))).collect();
    // Those that can be judged first: they are what the comparison is mostly about.
    shown.sort_by_key(|(_, direction)| direction.is_none());
    let mut heads = vec![Column::new("metric")];
    heads.extend(columns(entries));
    match entries {
        [a, b] => heads.extend(
            [format!("{}-{}", b.label, a.label), "percent".into(), "better".into(), format!("{} is", b.label)]
                .map(Column::new),
        ),
        [a, others @ ..] => {
            if others.len() <= CHANGES {
                heads.extend(others.iter().map(|other| Column::new(format!("{}-{}", other.label, a.label))));
            }
            heads.extend(["better", "best"].map(Column::new));
        }
        [] => {}
    }
    let section = Section {
        name: "metrics",
        nouns: ("metric", "metrics"),
        columns: heads,
        rows: shown.iter().map(|(row, direction)| cells(entries, row, *direction)).collect(),
        equal: wanted.len() - shown.len(),
    };
    (section, unjudged(&shown))
}

fn cells(entries: &[Entry], row: &Compared<'_, f64>, direction: Option<Direction>) -> Vec<Cell> {
    let values: Vec<Option<f64>> = row.values.iter().map(|value| value.copied()).collect();
    let exact = rounding_merges(&values);
    let number = |value: f64| if exact { Cell::Exact(value) } else { Cell::Number(value) };
    let mut cells = vec![Cell::key(row.key)];
    cells.extend(values.iter().map(|value| value.map_or(Cell::Missing, number)));
    let baseline = values.first().copied().flatten();
    let changes = values.iter().skip(1).map(|value| match (baseline, *value) {
        (Some(baseline), Some(value)) => change(baseline, value, direction),
        _ => crate::analysis::Change::default(),
    });
    let better = Cell::from(direction.map(|direction| Cell::text(word(direction))));
    if entries.len() == 2 {
        let change = changes.last().unwrap_or_default();
        let verdict = change.verdict.map(|verdict| {
            Cell::text(match verdict {
                Verdict::Better => "better",
                Verdict::Worse => "worse",
                Verdict::Same => "same",
            })
        });
        cells.extend([change.delta.into(), change.percent.into(), better, verdict.into()]);
        return cells;
    }
    if entries.len() <= CHANGES + 1 {
        cells.extend(changes.map(|change| Cell::from(change.delta)));
    }
    let best = direction.map(|direction| best(&values, direction)).unwrap_or_default();
    let labels = best.into_iter().filter_map(|at| entries.get(at)).map(|entry| Cell::text(&entry.label));
    cells.extend([better, Cell::List(labels.collect())]);
    cells
}

/// Which side is better, in a word.
pub(super) fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "lower",
        Direction::Descending => "higher",
    }
}

/// Whether six digits would make different values of a row look alike.
fn rounding_merges(values: &[Option<f64>]) -> bool {
    let finite: Vec<f64> = values.iter().flatten().copied().filter(|value| value.is_finite()).collect();
    let shown = |value: f64| format!("{value:.5e}");
    finite.iter().enumerate().any(|(at, a)| finite.iter().skip(at + 1).any(|b| a != b && shown(*a) == shown(*b)))
}

/// A sentence on metrics whose name does not say what is better.
fn unjudged(shown: &[(&Compared<'_, f64>, Option<Direction>)]) -> Option<String> {
    let names: Vec<&str> = shown.iter().filter(|(_, direction)| direction.is_none()).map(|(row, _)| row.key).collect();
    let listed: Vec<String> = names.iter().take(NAMED).map(|name| one_line(name, 60)).collect();
    let more = names.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| {
        format!("whether high or low is better is not clear from the names of {}{more}: not judged", listed.join(", "))
    })
}

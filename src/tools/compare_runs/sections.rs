//! A table of differences, and the count of what is equal.

use super::entries::{Entry, columns};
use crate::render::{Cell, Column, Item, Table};

/// The table of what runs were made with and for, apart from their params: mostly a few rows of each kind.
pub(super) const CONTEXT: &str = "context";

/// The rows of one kind that differ, and how many do not.
#[derive(Clone)]
pub(super) struct Section {
    /// The name of its table, which sections that follow each other may share if their columns are the same.
    pub(super) name: &'static str,
    /// What one of its rows is, and several.
    pub(super) nouns: (&'static str, &'static str),
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// How many are equal, and not shown.
    pub(super) equal: usize,
}

/// The table of the first `rows` rows of sections that share it. A run keeps its column though it has nothing in it; what is
/// said of runs does not.
pub(super) fn table(sections: &[Section], runs: usize, rows: usize) -> Option<Item> {
    let Section { name, columns, .. } = sections.first()?;
    let shown = || sections.iter().flat_map(|section| &section.rows).take(rows);
    let filled = |at: usize| shown().any(|row| row.get(at).is_some_and(|cell| !cell.is_missing()));
    let kept: Vec<usize> = (0..columns.len()).filter(|at| *at <= runs || filled(*at)).collect();
    let columns = kept.iter().filter_map(|at| columns.get(*at).cloned()).collect();
    let cells = |row: &Vec<Cell>| kept.iter().filter_map(|at| row.get(*at).cloned()).collect();
    Some(Item::Table(Table::new(*name, columns, shown().map(cells).collect()).with_empty_columns()))
}

impl Section {
    /// A section whose rows are a key with a value for each run.
    pub(super) fn of_keys(
        name: &'static str,
        key: &'static str,
        nouns: (&'static str, &'static str),
        entries: &[Entry],
        rows: Vec<Vec<Cell>>,
        equal: usize,
    ) -> Self {
        let columns = [Column::new(key)].into_iter().chain(columns(entries)).collect();
        Self { name, nouns, columns, rows, equal }
    }

    /// So many of its rows, in words.
    pub(super) fn counted(&self, count: usize) -> String {
        let (one, many) = self.nouns;
        format!("{count} {}", if count == 1 { one } else { many })
    }

    /// How many are equal, in words; none if none is.
    pub(super) fn equal(&self) -> Option<String> {
        (self.equal > 0).then(|| self.counted(self.equal))
    }
}

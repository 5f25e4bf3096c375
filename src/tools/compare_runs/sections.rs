//! A table of differences, and the count of what is equal.

use crate::render::{Cell, Column, Item, Table};

/// The rows of one kind that differ, and how many do not.
#[derive(Clone)]
pub(super) struct Section {
    /// The name of its table.
    pub(super) name: &'static str,
    /// What one of its rows is, and several.
    pub(super) nouns: (&'static str, &'static str),
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// How many are equal, and not shown.
    pub(super) equal: usize,
}

impl Section {
    /// The table of the first `rows` rows. A run keeps its column though it has nothing in it; what is said of runs does not.
    pub(super) fn table(&self, runs: usize, rows: usize) -> Item {
        let shown = || self.rows.iter().take(rows);
        let filled = |at: usize| shown().any(|row| row.get(at).is_some_and(|cell| !cell.is_missing()));
        let kept: Vec<usize> = (0..self.columns.len()).filter(|at| *at <= runs || filled(*at)).collect();
        let columns = kept.iter().filter_map(|at| self.columns.get(*at).cloned()).collect();
        let cells = |row: &Vec<Cell>| kept.iter().filter_map(|at| row.get(*at).cloned()).collect();
        Item::Table(Table::new(self.name, columns, shown().map(cells).collect()).with_empty_columns())
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

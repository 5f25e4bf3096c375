//! A table of differences, and the count of what is equal.

use crate::render::{Cell, Column};

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

//! The rows of one `tasks.get_all_ex`, read page by page as they are needed.

use std::collections::VecDeque;

use crate::model::Run;
use crate::{Call, ErrorKind, Result};

use super::api::{Api, PAGE};
use super::wire_filter::TaskFilter;

/// The tasks that a filter gives, in the server's order, from a row on.
pub(super) struct Stream<'a> {
    api: &'a Api,
    call: &'a Call,
    fields: &'a [&'a str],
    order: &'a [String],
    filter: TaskFilter,
    /// How many rows are used up.
    at: u64,
    rows: VecDeque<Run>,
    /// Nothing follows the rows at hand.
    last: bool,
    read: u64,
    wanted: usize,
    /// Larger pages are not asked for.
    largest: usize,
}

impl<'a> Stream<'a> {
    pub(super) fn new(
        (api, call): (&'a Api, &'a Call),
        fields: &'a [&'a str],
        order: &'a [String],
        filter: TaskFilter,
        at: u64,
    ) -> Self {
        let rows = VecDeque::new();
        Self { api, call, fields, order, filter, at, rows, last: false, read: 0, wanted: 0, largest: PAGE }
    }

    /// The next row, if it was read.
    pub(super) fn head(&self) -> Option<&Run> {
        self.rows.front()
    }

    /// Uses the next row up.
    pub(super) fn take(&mut self) -> Option<Run> {
        let row = self.rows.pop_front();
        self.at += u64::from(row.is_some());
        row
    }

    /// Rows that the server sent so far.
    pub(super) fn rows_read(&self) -> u64 {
        self.read
    }

    /// Nothing more will come.
    pub(super) fn is_over(&self) -> bool {
        self.rows.is_empty() && self.last
    }

    /// The next row, if there is one, has yet to be read.
    pub(super) fn is_dry(&self) -> bool {
        self.rows.is_empty() && !self.last
    }

    /// How many rows are used up.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Sees to it that the next row is at hand, unless there is none. Asks for `wanted` rows at first, for more the
    /// longer it goes on.
    pub(super) async fn fill(&mut self, wanted: usize) -> Result<()> {
        while self.is_dry() {
            self.call.check()?;
            self.wanted = (self.wanted * 2).max(wanted).clamp(1, self.largest);
            self.read_page().await?;
        }
        Ok(())
    }

    async fn read_page(&mut self) -> Result<()> {
        let (size, page, skip, tasks) = loop {
            let (size, page, skip) = place(self.at, self.wanted, self.largest);
            match self.api.tasks(self.call, &self.filter, self.fields, self.order, (page, size)).await {
                // Tasks with very many metrics: fewer of them at once.
                Err(error) if error.kind == ErrorKind::TooLarge && size > 1 => {
                    self.largest = (size / 8).max(1);
                    self.wanted = self.largest;
                }
                other => break (size, page, skip, other?),
            }
        };
        // A page that lies behind the end is empty.
        self.last = tasks.len() < size;
        let web = self.api.web();
        self.rows = tasks.into_iter().skip(skip).map(|task| task.into_run(web)).collect();
        self.read += self.rows.len() as u64;
        debug_assert!(page * size <= usize::try_from(self.at).unwrap_or(usize::MAX));
        Ok(())
    }
}

/// The page that begins at, or least before, the row `at`: its size (about `wanted`, at most `largest`), its number,
/// and how many of its rows lie before.
fn place(at: u64, wanted: usize, largest: usize) -> (usize, usize, usize) {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let sizes = wanted..=(wanted * 2).min(largest).max(wanted);
    let size = sizes.min_by_key(|size| at % size).unwrap_or(wanted);
    (size, at / size, at % size)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_page_begins_where_the_last_one_ended() {
        assert_eq!(place(0, 20, 500), (20, 0, 0));
        assert_eq!(place(20, 20, 500), (20, 1, 0));
        assert_eq!(place(60, 25, 500), (30, 2, 0));
        assert_eq!(place(1_500, 500, 500), (500, 3, 0));
    }

    #[test]
    fn rows_before_are_skipped_where_no_page_begins() {
        assert_eq!(place(7, 5, 6), (6, 1, 1));
        assert_eq!(place(1_007, 500, 500), (500, 2, 7));
    }
}

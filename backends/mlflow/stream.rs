//! The rows of one `runs/search`, read as they are needed.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::Run;
use crate::{ErrorKind, Result};

use super::api::{RunsRequest, View};
use super::search::Search;

/// Where a stream stands: the token of a page, and how many of its rows are used up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Position(Option<String>, usize, bool);

impl Position {
    /// Before the first row.
    pub(super) fn start() -> Self {
        Self(None, 0, false)
    }
}

/// The rows that hold all clauses, in the server's order, from a position on.
pub(super) struct Stream<'a> {
    search: &'a Search<'a>,
    experiments: Arc<Vec<String>>,
    order: Arc<Vec<String>>,
    view: View,
    filter: String,
    /// The token of the page whose rows are in `rows`.
    token: Option<String>,
    /// How many rows of that page are used up.
    used: usize,
    rows: VecDeque<Run>,
    next: Next,
    read: u64,
    page_size: usize,
    /// Larger pages are not asked for.
    largest: usize,
}

/// What follows the page at hand.
enum Next {
    /// It is not read yet.
    Unread,
    /// A page with this token.
    Token(String),
    /// Nothing.
    End,
}

impl<'a> Stream<'a> {
    /// Rows of a page when many may be refused here.
    pub(super) const SCANNING: usize = 100;
    /// Rows of a page at most: some 5 kB each.
    pub(super) const MOST: usize = 1_000;

    pub(super) fn new(
        search: &'a Search<'a>,
        experiments: &Arc<Vec<String>>,
        view: View,
        filter: String,
        order: &Arc<Vec<String>>,
        position: Position,
    ) -> Self {
        let Position(token, used, over) = position;
        Self {
            search,
            experiments: Arc::clone(experiments),
            order: Arc::clone(order),
            view,
            filter,
            token,
            used,
            rows: VecDeque::new(),
            next: if over { Next::End } else { Next::Unread },
            read: 0,
            page_size: 0,
            largest: Self::MOST,
        }
    }

    /// The next row, if it was read.
    pub(super) fn head(&self) -> Option<&Run> {
        self.rows.front()
    }

    /// Uses the next row up.
    pub(super) fn take(&mut self) -> Option<Run> {
        let row = self.rows.pop_front();
        self.used += usize::from(row.is_some());
        row
    }

    /// Rows that the server sent so far.
    pub(super) fn rows_read(&self) -> u64 {
        self.read
    }

    /// Nothing more will come.
    pub(super) fn is_over(&self) -> bool {
        self.rows.is_empty() && matches!(self.next, Next::End)
    }

    /// The next row, if there is one, has yet to be read.
    pub(super) fn is_dry(&self) -> bool {
        self.rows.is_empty() && !matches!(self.next, Next::End)
    }

    /// Where the next row begins.
    pub(super) fn position(&self) -> Position {
        match &self.next {
            Next::End if self.rows.is_empty() => Position(None, 0, true),
            Next::Token(token) if self.rows.is_empty() => Position(Some(token.clone()), 0, false),
            _ => Position(self.token.clone(), self.used, false),
        }
    }

    /// Sees to it that the next row is at hand, unless there is none. Asks for `wanted` rows at first, for more the
    /// longer it goes on.
    pub(super) async fn fill(&mut self, wanted: usize) -> Result<()> {
        while self.rows.is_empty() {
            let skip = match &self.next {
                Next::End => return Ok(()),
                Next::Unread => self.used,
                Next::Token(token) => {
                    self.token = Some(token.clone());
                    self.used = 0;
                    0
                }
            };
            self.search.call.check()?;
            self.page_size = (self.page_size * 2).max(wanted).clamp(1, self.largest);
            self.read_page(skip).await?;
        }
        Ok(())
    }

    async fn read_page(&mut self, skip: usize) -> Result<()> {
        let Search { api, call, index, .. } = self.search;
        let page = loop {
            let request = RunsRequest {
                experiments: &self.experiments,
                filter: &self.filter,
                order_by: &self.order,
                view: self.view,
                max_results: self.page_size + skip,
                page_token: self.token.as_deref(),
            };
            match api.search_runs(call, &request).await {
                // Runs with very many metrics: fewer of them at once.
                Err(error) if error.kind == ErrorKind::TooLarge && self.page_size > 1 => {
                    self.page_size = (self.page_size / 8).max(1);
                    self.largest = self.page_size;
                }
                other => break other?,
            }
        };
        self.read += page.runs.len().saturating_sub(skip) as u64;
        let rows = page.runs.into_iter().skip(skip).map(|run| run.into_run(|id| index.name(id), api.web()));
        self.rows = rows.collect();
        self.used = skip;
        self.next = match page.next_page_token.filter(|token| !token.is_empty()) {
            // A server that repeats itself would be read for ever.
            Some(token) if self.token.as_ref() != Some(&token) => Next::Token(token),
            _ => Next::End,
        };
        Ok(())
    }
}

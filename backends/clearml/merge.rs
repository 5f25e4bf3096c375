//! Rows of several streams as one list in the exact order of the question.
//!
//! The server orders by the first key, and by rules of its own between equal ones. So runs are taken in groups that are
//! equal in what the server surely orders by as we do, and each group is sorted here.

use std::collections::HashSet;
use std::time::Duration;

use crate::model::Run;
use crate::query::Order;
use crate::{Call, Result};

use super::stream::Stream;

/// What is left for the rest of the call when reading ends.
const RESERVE: Duration = Duration::from_secs(3);
/// Rows of a page when many may be refused here.
const SCANNING: usize = 100;
/// Rows of a page when a whole group is read before the first of it is told.
const WHOLE: usize = 500;

/// Which part of the order the server makes as we do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Served {
    /// All of it, down to the ids.
    Exactly,
    /// These keys at its front, perhaps none.
    Front(Order),
}

/// How a page was read, and where it ended.
pub(super) struct Merged {
    pub(super) rows: Vec<Run>,
    pub(super) scanned: u64,
    pub(super) ended: Ended,
    pub(super) notes: Vec<String>,
}

/// How reading ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// There is nothing more.
    Exhausted,
    /// At these rows of the streams, and after so many of the group that begins there.
    At(Vec<u64>, usize),
}

/// A list to be read.
pub(super) struct Merge<'a, F> {
    pub(super) call: &'a Call,
    pub(super) streams: Vec<Stream<'a>>,
    pub(super) order: &'a Order,
    pub(super) served: Served,
    /// Whether a row is one of the question's.
    pub(super) accepts: F,
    /// Nearly every row is.
    pub(super) accepts_most: bool,
    /// Rows that were read for this page before.
    pub(super) scanned: u64,
}

/// Runs that are equal in what the server orders by.
struct Group {
    runs: Vec<Run>,
    /// Not all of it was read.
    cut: bool,
}

impl<F: Fn(&Run) -> bool> Merge<'_, F> {
    /// Up to `limit` runs, without the first `skip` of the first group. A failure after some rows is told beside them.
    pub(super) async fn page(mut self, limit: usize, skip: usize) -> Result<Merged> {
        let mut page = Merged { rows: Vec::new(), scanned: 0, ended: Ended::Exhausted, notes: Vec::new() };
        let mut skip = skip;
        loop {
            let start: Vec<u64> = self.streams.iter().map(Stream::at).collect();
            let missing = limit.saturating_sub(page.rows.len());
            if missing == 0 {
                let over = self.streams.iter().all(Stream::is_over);
                page.ended = if over { Ended::Exhausted } else { Ended::At(start, 0) };
                break;
            }
            if self.must_stop() && self.streams.iter().any(Stream::is_dry) {
                page.notes.push(self.stopped());
                page.ended = Ended::At(start, skip);
                break;
            }
            let group = match self.group(missing).await {
                Ok(group) => group,
                Err(error) if error.kind == crate::ErrorKind::Unavailable && !page.rows.is_empty() => {
                    page.notes.push(format!("reading ended early: {error}"));
                    page.ended = Ended::At(start, skip);
                    break;
                }
                Err(error) => return Err(error),
            };
            let Some(Group { runs, cut }) = group else { break };
            if cut {
                page.notes.push(format!("{}; the order holds only among these", self.stopped()));
            }
            let count = runs.len();
            page.rows.extend(runs.into_iter().skip(skip).take(missing));
            let told = skip.saturating_add(missing);
            if told < count {
                page.ended = Ended::At(start, told);
                break;
            }
            skip = 0;
            if cut {
                page.ended = Ended::At(self.streams.iter().map(Stream::at).collect(), 0);
                break;
            }
        }
        page.scanned = self.read();
        Ok(page)
    }

    /// The next group, sorted, without the runs that are not of the question; `None` at the end.
    async fn group(&mut self, missing: usize) -> Result<Option<Group>> {
        let wanted = match &self.served {
            Served::Front(order) if order.0.is_empty() => WHOLE,
            // One more shows whether more follows.
            _ if self.accepts_most => missing.saturating_add(1),
            _ => missing.saturating_add(1).max(SCANNING),
        };
        let fills = self.streams.iter_mut().map(|stream| stream.fill(wanted));
        futures::future::try_join_all(fills).await?;
        let now = self.call.now();
        let heads = self.streams.iter().filter_map(Stream::head);
        let Some(first) = heads.min_by(|a, b| self.order.compare(a, b, now)).cloned() else { return Ok(None) };
        let mut group = Group { runs: Vec::new(), cut: false };
        let mut seen = HashSet::new();
        for at in 0..self.streams.len() {
            loop {
                if self.served != Served::Exactly && self.streams.get(at).is_some_and(Stream::is_dry) {
                    if self.must_stop() {
                        group.cut = true;
                        break;
                    }
                    if let Some(stream) = self.streams.get_mut(at) {
                        stream.fill(wanted).await?;
                    }
                }
                let Some(run) =
                    self.streams.get_mut(at).and_then(|stream| take_equal(stream, &first, &self.served, now))
                else {
                    break;
                };
                if (self.accepts)(&run) && seen.insert(run.id.clone()) {
                    group.runs.push(run);
                }
            }
        }
        group.runs.sort_by(|a, b| self.order.compare(a, b, now));
        Ok(Some(group))
    }

    fn read(&self) -> u64 {
        self.scanned + self.streams.iter().map(Stream::rows_read).sum::<u64>()
    }

    fn is_late(&self) -> bool {
        self.call.time_left() < RESERVE
    }

    fn must_stop(&self) -> bool {
        self.read() >= self.call.allowance().runs || self.is_late()
    }

    fn stopped(&self) -> String {
        let why = if self.is_late() { "the time of this call is over" } else { "that is the most for one call" };
        format!("read {} runs and stopped ({why}); next_cursor continues", self.read())
    }
}

/// The next row, if it belongs to the group of `first`.
fn take_equal(stream: &mut Stream<'_>, first: &Run, served: &Served, now: jiff::Timestamp) -> Option<Run> {
    let head = stream.head()?;
    let equal = match served {
        Served::Exactly => head.id == first.id,
        Served::Front(order) => order.compare_keys(head, first, now).is_eq(),
    };
    if equal { stream.take() } else { None }
}

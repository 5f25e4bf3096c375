//! One list out of the pages of several trackers, and the cursor that continues all of them.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use backends::model::Page;
use backends::{Call, Tracker};
use serde::Serialize;
use serde_json::Value;

use crate::cursor::{Cursor, Place, Position};
use crate::problem::Result;
use crate::trackers::ask;

/// The question of a page: when it was first asked, and how far each tracker was read.
pub(super) struct Paging {
    query: Value,
    caller: String,
    asked: jiff::Timestamp,
    places: HashMap<String, Position>,
}

impl Paging {
    /// From the arguments as given and the cursor among them, if there is one. The call counts relative times from
    /// when the question was first asked.
    pub(super) fn read(arguments: &impl Serialize, cursor: Option<&str>, call: &Call) -> Result<(Self, Call)> {
        let query = serde_json::to_value(arguments).unwrap_or_default();
        let caller = call.caller().to_owned();
        let Some(text) = cursor else {
            return Ok((Self { query, caller, asked: call.now(), places: HashMap::new() }, call.clone()));
        };
        let Cursor { asked, places } = Cursor::read(text, &query, &caller)?;
        let places = places.into_iter().map(|place| (place.tracker, place.position)).collect();
        Ok((Self { query, caller, asked, places }, call.clone().begun_at(asked)))
    }

    /// Where a tracker continues: its token and the rows behind it that were shown; `None` when it was read to its end.
    pub(super) fn place(&self, tracker: &str) -> Option<(Option<String>, usize)> {
        match self.places.get(tracker) {
            None => Some((None, 0)),
            Some(Position::Finished) => None,
            Some(Position::At { token, skip }) => Some((token.clone(), usize::try_from(*skip).unwrap_or_default())),
        }
    }

    /// Those that were not read to their end.
    pub(super) fn open(&self, trackers: impl IntoIterator<Item = Arc<dyn Tracker>>) -> Vec<Arc<dyn Tracker>> {
        trackers.into_iter().filter(|tracker| self.place(tracker.name()).is_some()).collect()
    }

    /// The next pages of these trackers, with at least `limit` rows each that were not shown, asked side by side; and what is
    /// to be said of those that failed.
    pub(super) async fn pages<T, F>(
        &self,
        trackers: impl IntoIterator<Item = Arc<dyn Tracker>>,
        call: &Call,
        limit: usize,
        question: impl Fn(Arc<dyn Tracker>, Call, Want) -> F,
    ) -> Result<(Vec<Source<T>>, Vec<String>)>
    where
        F: Future<Output = backends::Result<Page<T>>>,
    {
        let answers = ask(self.open(trackers), call, |tracker, call| {
            let (token, skip) = self.place(tracker.name()).unwrap_or_default();
            let page = question(Arc::clone(&tracker), call, Want { cursor: token.clone(), limit: limit + skip });
            async move { Ok(Source { tracker, token, skip, page: page.await? }) }
        })
        .await?;
        Ok((answers.answered.into_iter().map(|(_, source)| source).collect(), answers.failed))
    }
}

/// What a tracker is asked for: so many rows behind its cursor, those among them that were shown before.
pub(super) struct Want {
    pub(super) cursor: Option<String>,
    pub(super) limit: usize,
}

/// The page of one tracker; its first `skip` rows were shown before.
pub(super) struct Source<T> {
    pub(super) tracker: Arc<dyn Tracker>,
    pub(super) token: Option<String>,
    pub(super) skip: usize,
    pub(super) page: Page<T>,
}

/// The rows of all sources in one order.
pub(super) struct Merged<T> {
    /// Each row with its tracker.
    pub(super) rows: Vec<Row<T>>,
    /// How many rows match in all, if every tracker says so.
    pub(super) total: Option<u64>,
    /// What the trackers have to say.
    pub(super) notes: Vec<String>,
    /// Names that resemble the text asked for, each with its tracker.
    pub(super) near: Vec<Row<String>>,
    ends: Vec<End>,
}

/// What is needed to say where a tracker continues.
struct End {
    tracker: String,
    token: Option<String>,
    next: Option<String>,
    skip: usize,
    rows: usize,
}

/// A row with its tracker.
pub(super) type Row<T> = (Arc<dyn Tracker>, T);

/// Merges the pages, each of which is in order, to at most `limit` rows.
pub(super) fn merge<T>(
    sources: Vec<Source<T>>,
    limit: usize,
    compare: impl Fn(&Row<T>, &Row<T>) -> Ordering,
) -> Merged<T> {
    let several = sources.len() > 1;
    let mut merged = Merged { rows: Vec::new(), total: Some(0), notes: Vec::new(), near: Vec::new(), ends: Vec::new() };
    for Source { tracker, token, skip, page } in sources {
        let Page { rows, next, total, notes, near, .. } = page;
        merged.near.extend(near.into_iter().map(|name| (Arc::clone(&tracker), name)));
        merged.total = merged.total.zip(total).map(|(sum, one)| sum + one);
        let name = tracker.name().to_owned();
        merged.notes.extend(notes.into_iter().map(|note| if several { format!("{name}: {note}") } else { note }));
        merged.ends.push(End { tracker: name, token, next, skip, rows: rows.len() });
        merged.rows.extend(rows.into_iter().skip(skip).map(|row| (Arc::clone(&tracker), row)));
    }
    // Stable, so that rows of one tracker stay in its order.
    merged.rows.sort_by(|a, b| if several { compare(a, b) } else { Ordering::Equal });
    merged.rows.truncate(limit);
    merged
}

impl<T> Merged<T> {
    /// Whether nothing was found and all was looked at, from the beginning on.
    pub(super) fn is_nothing(&self, paging: &Paging) -> bool {
        self.rows.is_empty() && paging.places.is_empty() && self.cursor(paging, 0).is_none()
    }

    /// The cursor after the first `shown` rows; `None` when nothing follows.
    pub(super) fn cursor(&self, paging: &Paging, shown: usize) -> Option<String> {
        let mut places: Vec<Place> = Vec::new();
        for end in &self.ends {
            let taken = self.rows.iter().take(shown).filter(|(tracker, _)| tracker.name() == end.tracker).count();
            let used = end.skip + taken;
            let position = match (used < end.rows, &end.next) {
                (true, _) => at(end.token.clone(), used),
                (false, Some(next)) => at(Some(next.clone()), 0),
                (false, None) => Position::Finished,
            };
            places.push(Place { tracker: end.tracker.clone(), position });
        }
        // A tracker that did not answer this time, or was read to its end before, stays where it was.
        for (tracker, position) in &paging.places {
            if !places.iter().any(|place| place.tracker == *tracker) {
                places.push(Place { tracker: tracker.clone(), position: position.clone() });
            }
        }
        places.sort_by(|a, b| a.tracker.cmp(&b.tracker));
        if places.iter().all(|place| place.position == Position::Finished) {
            return None;
        }
        Cursor { asked: paging.asked, places }.write(&paging.query, &paging.caller).ok()
    }
}

fn at(token: Option<String>, skip: usize) -> Position {
    Position::At { token, skip: u32::try_from(skip).unwrap_or(u32::MAX) }
}

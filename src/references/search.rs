//! Runs of a question in which metrics and params may be spelt as another tracker has them, or without title or section.
//!
//! A name that a run has as it was said means itself, and costs nothing more. Only where nothing shows that, the tracker is
//! asked for its names, and the one that means the same ([`backends::same_key`]) is taken, which the answer says. It stands
//! for what was said in the whole question, `is null` too: a key means one thing.

use std::sync::Arc;

use backends::model::{Page, Parts, Run};
use backends::nearest::nearest;
use backends::query::{Comparison, Filter, Key, Literal, Order, Predicate, Test};
use backends::same_key::{Kind, same};
use backends::tracker::{NamesInUse, RunQuery};
use backends::{Call, Result, Tracker};

use super::names::{Name, kind, name_in, older, renamed};
use super::parents;
use super::spelling::Spelling;
use crate::render::one_line;

/// Names that a sentence lists.
const LISTED: usize = 3;

/// Runs of a tracker, and how it understood the question.
pub struct Searched {
    /// The runs. The notes begin with what is told of names.
    pub page: Page<Run>,
    /// The token by which this very page is had again.
    pub token: Option<String>,
    /// The filter in the tracker's own names.
    pub filter: Option<Filter>,
    /// The order in the tracker's own names.
    pub order: Order,
    /// What was read as what, and which names nothing has, a sentence each.
    pub told: Vec<String>,
    /// The newest runs, if they were looked at for their names.
    pub newest: Option<Arc<Page<Run>>>,
}

/// Asks a tracker for runs: exactly as the question is spelt, and in the tracker's own spelling where that finds nothing of a
/// name. The page's cursor goes on in the same spelling.
///
/// # Errors
/// *Bad input* for a name that is not there and may mean several; what the tracker says.
pub async fn search(tracker: &dyn Tracker, call: &Call, query: &RunQuery) -> Result<Searched> {
    let (filter, parents) = parents::resolve(tracker, call, query).await?;
    let query = &RunQuery { filter, ..query.clone() };
    let mut spelling = Spelling::of(query);
    let mut look = LookUp { tracker, call, query, notes: Vec::new(), newest: None };
    let token = query.cursor.as_deref().map(|token| spelling.unmark(token)).transpose()?.flatten();
    let goes_on = query.cursor.is_some();
    if !goes_on {
        let strange = |key: &&Key| !tracker.may_be_called(kind(key), name_in(key).unwrap_or_default());
        let strange = spelling.as_said().filter(strange).cloned().collect();
        look.up(&mut spelling, strange).await?;
    }
    let mut asked = RunQuery { cursor: token, ..spelling.put(query) };
    let mut page = tracker.search_runs(call, &asked).await?;
    if !goes_on {
        let unseen = |key: &&Key| {
            let may_be = tracker.may_be_called(kind(key), name_in(key).unwrap_or_default());
            may_be && !page.rows.iter().any(|run| has(run, key))
        };
        let unseen = spelling.as_said().filter(unseen).cloned().collect();
        // What was found as it was said stands without the names.
        let read_otherwise = match look.up(&mut spelling, unseen).await {
            Err(error) if error.kind != backends::ErrorKind::BadInput => {
                look.notes.push(format!("the names of metrics and params were not read: {error}"));
                false
            }
            outcome => outcome?,
        };
        if read_otherwise {
            asked = spelling.put(query);
            page = tracker.search_runs(call, &asked).await?;
        }
    }
    let parents = parents.into_iter().filter(|_| !goes_on);
    let told: Vec<String> = parents.chain(spelling.notes()).chain(look.notes).collect();
    let token = spelling.mark(asked.cursor);
    page.next = page.next.and_then(|next| spelling.mark(Some(next)));
    page.notes.splice(0..0, told.iter().cloned());
    Ok(Searched { page, token, filter: asked.filter, order: asked.order, told, newest: look.newest })
}

/// Whether a run has what a key asks for.
fn has(run: &Run, key: &Key) -> bool {
    let name = name_in(key).unwrap_or_default();
    match kind(key) {
        Kind::Metric => run.metrics.contains_key(name),
        Kind::Param => run.params.contains_key(name),
    }
}

/// Where names are looked up.
struct LookUp<'a> {
    tracker: &'a dyn Tracker,
    call: &'a Call,
    query: &'a RunQuery,
    /// What to say of names that nothing has.
    notes: Vec<String>,
    newest: Option<Arc<Page<Run>>>,
}

impl LookUp<'_> {
    /// Reads these names as the tracker's own; tells whether any is another.
    async fn up(&mut self, spelling: &mut Spelling, said: Vec<Key>) -> Result<bool> {
        let mut read_otherwise = false;
        for kind_of in [Kind::Metric, Kind::Param] {
            let said: Vec<&Key> = said.iter().filter(|key| kind(key) == kind_of).collect();
            if said.is_empty() {
                continue;
            }
            let known = self.tracker.names(self.call, kind_of, &self.query.projects).await?;
            self.newest = known.seen_in.clone().or(self.newest.take());
            for key in said {
                if let Some(meant) = self.meant(key, &known).await? {
                    spelling.read(key, &meant);
                    read_otherwise = true;
                }
            }
        }
        Ok(read_otherwise)
    }

    /// What a name means here, if that is not what it says.
    async fn meant(&mut self, said: &Key, known: &NamesInUse) -> Result<Option<String>> {
        let name = name_in(said).unwrap_or_default();
        if known.names.contains(name) {
            return Ok(None);
        }
        // What is about the machine is meant only where nothing else is.
        let [usual, machine] = [false, true].map(|machine| {
            let names = known.names.iter().map(String::as_str).filter(|name| known.machine.contains(*name) == machine);
            same(kind(said), name, names)
        });
        let fitting = if usual.is_empty() { machine } else { usual };
        if fitting.is_empty() {
            self.notes.extend(known.seen_in.is_none().then(|| unknown(said, known)));
            return Ok(None);
        }
        if let Some(newest) = &known.seen_in
            && self.is_there(said).await?
        {
            self.notes.push(older(said, newest.rows.len()));
            return Ok(None);
        }
        match Name::among(said, [(self.tracker.name(), fitting.into_iter().collect())]) {
            Ok(name) => Ok(Some(name.on(self.tracker.name()).to_owned())),
            // That it is missing holds whichever may be meant.
            Err(error) if self.is_only_missing(said) => {
                self.notes.push(error.message);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether a name is in use as it was said, beyond the runs that were looked at.
    async fn is_there(&self, said: &Key) -> Result<bool> {
        // Not every server can look for a metric whatever its value is.
        let test = match kind(said) {
            Kind::Metric => Test::Compare(Comparison::NotEqual, Literal::Number(f64::INFINITY)),
            Kind::Param => Test::Null { negated: true },
        };
        let query = RunQuery {
            text: None,
            filter: Some(Filter::Is(Predicate { key: said.clone(), test })),
            order: Order::default(),
            parts: Parts::NONE,
            limit: 1,
            cursor: None,
            ..self.query.clone()
        };
        let page = self.tracker.search_runs(self.call, &query).await?;
        Ok(!page.rows.is_empty() || page.next.is_some())
    }

    /// Whether nothing is asked of a name but that it is missing.
    fn is_only_missing(&self, said: &Key) -> bool {
        let same_name = |key: &Key| kind(key) == kind(said) && name_in(key) == name_in(said);
        let filter = self.query.filter.iter().flat_map(Filter::predicates);
        let mut tests = filter.filter(|one| same_name(&one.key)).map(|one| &one.test);
        !self.query.order.keys().any(same_name) && tests.all(|test| *test == Test::Null { negated: false })
    }
}

/// A sentence on a name that nothing has, where all names are known.
fn unknown(said: &Key, known: &NamesInUse) -> String {
    let name = name_in(said).unwrap_or_default();
    let all = || known.names.iter().map(String::as_str);
    // A part of a name resembles more than the whole.
    let parts = nearest(name, all().flat_map(|one| one.split('/')), LISTED);
    let by_part = all().filter(|one| one.split('/').any(|part| parts.contains(&part)));
    let mut near: Vec<&str> = nearest(name, all(), LISTED);
    for one in by_part {
        if !near.contains(&one) {
            near.push(one);
        }
    }
    let near: Vec<String> =
        near.into_iter().take(LISTED).map(|name| one_line(&renamed(said, name).to_string(), 120)).collect();
    let there = if near.is_empty() { String::new() } else { format!("; there are {}", near.join(", ")) };
    format!("no run here has {}{there}", one_line(&said.to_string(), 120))
}

#[cfg(test)]
mod tests;

//! Searches: traces are walked through in the order in which they began, each is read as far as the filter and the order
//! need it, and only those of the page are read whole. What is checked is the same as of a server's answer.
//!
//! A page begins behind the trace at which the one before ended.

use std::time::Duration;

use crate::mlflow_model::traces::{meant, span_filter};
use crate::model::{Page, TraceInfo};
use crate::query::{Comparison, Direction, Filter, Key, Literal, Order, Predicate, Test};
use crate::tracker::{ProjectScope, TraceQuery};
use crate::{Error, Result};

use super::super::connection::Reader;
use super::super::pace::Pace;
use super::super::records::word;
use super::super::scan::RESERVE;
use super::super::schema::Traces;
use super::super::sql::Parameters;
use super::best::Best;
use super::listed::{Entry, Within, newest};
use super::records::{Homes, MOST, Named, Records, Wanted};
use super::within::condition;

/// Traces of the first part of a walk; fewer where their spans are looked into.
const FIRST: u32 = 500;
const FIRST_WITH_SPANS: u32 = 40;

/// The page that a query asks for. `me` is who `user = me` means; `pages` the address of the web pages.
pub(super) fn page(
    reader: &Reader,
    tables: Traces,
    query: &TraceQuery,
    me: Option<&str>,
    pages: Option<&str>,
) -> Result<Page<TraceInfo>> {
    let filter = meant(query.filter.clone(), me)?;
    let parted = span_filter::parted(filter.as_ref())?;
    let mut parameters = Parameters::default();
    let within = condition(&parted, query.run.as_ref(), tables, &mut parameters)?;
    let began = began(&parted.others);
    let checked: Vec<Filter> = parted.others.into_iter().cloned().collect();
    let checked = (!checked.is_empty()).then(|| Filter::all(checked));
    let light = Wanted::of(checked.iter().flat_map(Filter::keys).chain(query.order.keys()), tables);
    let homes = reader.homes(&query.projects)?;
    let records = Records { reader, tables, homes: &homes, pages };
    let search = Search { records, query, checked, within: within.map(|sql| (sql, parameters)), light };
    let after = query.cursor.as_ref().map(|id| search.at(id)).transpose()?;
    search.page(after.as_ref(), began)
}

/// Between which times all that a filter wants began; at its edges something more.
fn began(parts: &[&Filter]) -> Within {
    parts.iter().fold(Within::ANY, |within, part| match part {
        Filter::Is(Predicate { key: Key::Started, test: Test::Compare(comparison, Literal::Time(moment)) }) => {
            let milliseconds = moment.as_millisecond();
            match comparison {
                Comparison::Greater | Comparison::GreaterOrEqual => {
                    Within { first: within.first.max(milliseconds.saturating_sub(1)), ..within }
                }
                Comparison::Less | Comparison::LessOrEqual => {
                    Within { last: within.last.min(milliseconds.saturating_add(1)), ..within }
                }
                Comparison::Equal | Comparison::NotEqual => within,
            }
        }
        _ => within,
    })
}

/// In which direction of time the order goes, if it is one of time alone.
fn in_time(order: &Order) -> Option<Direction> {
    match order.0.as_slice() {
        [] => Some(Direction::Descending),
        [(Key::Started, direction)] => Some(*direction),
        _ => None,
    }
}

struct Search<'a> {
    records: Records<'a>,
    query: &'a TraceQuery,
    /// What a trace tells without its spans.
    checked: Option<Filter>,
    /// What is asked of its run and spans, with the values in it.
    within: Option<(String, Parameters)>,
    light: Wanted,
}

impl Search<'_> {
    fn page(&self, after: Option<&TraceInfo>, mut began: Within) -> Result<Page<TraceInfo>> {
        let (query, reader) = (self.query, self.records.reader);
        let direction = in_time(&query.order);
        match (direction, after.and_then(|after| after.started)) {
            (Some(Direction::Descending), Some(at)) => began.last = began.last.min(at.as_millisecond()),
            (Some(Direction::Ascending), Some(at)) => began.first = began.first.max(at.as_millisecond()),
            _ => {}
        }
        let (mut entries, all_listed) = newest(reader, self.records.homes.keys(), began)?;
        if direction == Some(Direction::Ascending) {
            entries.reverse();
        }
        let mut pace = Pace::new(if self.within.is_some() { FIRST_WITH_SPANS } else { FIRST }, MOST as u32);
        let mut best = Best::new(&query.order, query.limit.saturating_add(1));
        let (mut looked, mut matching) = (0_usize, 0_u64);
        let mut stopped = false;
        while let Some(rest) = entries.get(looked..).filter(|rest| !rest.is_empty()) {
            if direction.is_some() && best.is_full() {
                break;
            }
            // The first part is read in any case, so that a cursor leads on.
            if looked > 0 && reader.call.time_left() < RESERVE {
                stopped = true;
                break;
            }
            let mut size = usize::try_from(pace.size()).unwrap_or(MOST);
            if direction.is_some() && self.checked.is_none() && self.within.is_none() {
                size = size.min(query.limit.saturating_add(2));
            }
            let part = rest.get(..whole_moments(rest, size)).unwrap_or(rest);
            looked += part.len();
            for places in part.chunks(MOST) {
                let (found, held) = self.passing(places)?;
                pace.took(held);
                matching += found.len() as u64;
                let is_after =
                    |trace: &TraceInfo| after.is_none_or(|after| query.order.compare_traces(trace, after).is_gt());
                found.into_iter().filter(is_after).for_each(|trace| best.add(trace));
            }
        }
        let all_seen = looked == entries.len() && all_listed;
        let total = match (direction, after) {
            (Some(_), Some(_)) => None,
            _ if all_seen => Some(matching),
            _ if self.checked.is_none() && self.within.is_none() && all_listed => Some(entries.len() as u64),
            _ => None,
        };
        let mut traces = best.into_traces();
        let more = traces.len() > query.limit;
        traces.truncate(query.limit);
        let mut next = traces.last().filter(|_| more).map(|last| last.id.clone());
        let mut notes = Vec::new();
        match direction {
            Some(_) if stopped && !more => {
                next = self.last_of(entries.get(..looked).unwrap_or_default())?.or_else(|| query.cursor.clone());
                notes.push(format!("{looked} traces were read; the cursor goes on"));
            }
            None if !all_seen => notes.push(format!(
                "the order is that of the newest {looked} traces that were read; there are more; name a project, or since"
            )),
            _ => {}
        }
        Ok(Page { rows: self.whole(&traces)?, next, total, scanned: looked as u64, notes, near: Vec::new() })
    }

    /// Those of a part that the filter wants, read as far as it was needed.
    fn passing(&self, entries: &[Entry]) -> Result<(Vec<TraceInfo>, Duration)> {
        let places: Vec<i64> = entries.iter().map(|(_, place)| *place).collect();
        let (mut found, mut held) = self.records.read(Named::Places(&places), self.light)?;
        found.retain(|trace| self.wants(trace));
        if let Some((condition, parameters)) = self.within.as_ref().filter(|_| !found.is_empty()) {
            let mut sql = parameters.clone();
            let ids = sql.list(found.iter().map(|trace| trace.id.clone()));
            let question =
                format!("SELECT t.request_id FROM trace_info t WHERE t.request_id IN ({ids}) AND {condition}");
            let (passed, took) = self.records.reader.rows(&question, sql, |row| word(row, 0))?;
            held = held.max(took);
            let passed: std::collections::HashSet<String> = passed.into_iter().collect();
            found.retain(|trace| passed.contains(&trace.id));
        }
        Ok((found, held))
    }

    fn wants(&self, trace: &TraceInfo) -> bool {
        self.checked.as_ref().is_none_or(|filter| filter.matches_trace(trace))
    }

    /// The traces of the page with all that is shown. What changed between the two readings stays exact, though a row may
    /// be missing.
    fn whole(&self, traces: &[TraceInfo]) -> Result<Vec<TraceInfo>> {
        let ids: Vec<String> = traces.iter().map(|trace| trace.id.clone()).collect();
        let mut rows = Vec::with_capacity(ids.len());
        for ids in ids.chunks(MOST) {
            rows.extend(self.records.read(Named::Ids(ids), Wanted::ALL)?.0);
        }
        rows.retain(|trace| self.wants(trace));
        rows.sort_by(|a, b| self.query.order.compare_traces(a, b));
        Ok(rows)
    }

    /// The trace at which the page before ended.
    fn at(&self, id: &str) -> Result<TraceInfo> {
        let (found, _) = self.records.read(Named::Ids(&[id.to_owned()]), self.light)?;
        found.into_iter().next().ok_or_else(|| {
            Error::bad_input("the trace at which the page before ended is gone; leave cursor out to begin again")
        })
    }

    /// The id behind which nothing was looked at yet.
    fn last_of(&self, looked: &[Entry]) -> Result<Option<String>> {
        let Some((moment, _)) = looked.last() else { return Ok(None) };
        let mut sql = Parameters::default();
        let places = looked.iter().rev().take_while(|(at, _)| at == moment).take(MOST).map(|(_, place)| *place);
        let list = sql.list(places);
        let question = format!("SELECT max(request_id) FROM trace_info WHERE rowid IN ({list})");
        Ok(self.records.reader.few(&question, sql, |row| word(row, 0))?.into_iter().next())
    }
}

/// About as many entries as these, but all that began at the same moment: their ids tell their order.
fn whole_moments(entries: &[Entry], about: usize) -> usize {
    let about = about.clamp(1, entries.len().max(1));
    let last = entries.get(about - 1).map(|(moment, _)| *moment);
    about + entries.iter().skip(about).take_while(|(moment, _)| Some(*moment) == last).count()
}

impl Reader {
    /// The experiments in which is looked.
    fn homes(&self, projects: &ProjectScope) -> Result<Homes> {
        let all = self.experiments(None)?.into_iter();
        let looked_in = all.filter(|project| match projects {
            ProjectScope::All => !project.archived,
            ProjectScope::Only(ids) => ids.contains(&project.id),
        });
        Ok(looked_in.map(|project| (project.id.as_str().to_owned(), project.name)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::whole_moments;

    #[test]
    fn a_part_ends_between_two_moments() {
        let entries = [(9, 1), (9, 2), (8, 3), (8, 4), (8, 5), (7, 6)];
        for (about, size) in [(0, 2), (1, 2), (2, 2), (3, 5), (5, 5), (6, 6), (60, 6)] {
            assert_eq!(whole_moments(&entries, about), size, "{about}");
        }
    }
}

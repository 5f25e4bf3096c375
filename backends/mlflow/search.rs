//! `runs/search` answered exactly: what MLflow can do of a filter and an order is pushed down, as up to four
//! conjunctions read side by side and merged; every row is checked again here.
//!
//! An order by a metric is read in two stages: first the finite values, which one clause selects on the server, then
//! the runs without one. A page ends at its limit, at the most rows that a call reads, or when the call's time is nearly over; its
//! cursor holds, for each stream, the server's token and how many rows behind it are used up.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::mlflow_model::text::means;
use crate::model::{Page, ProjectId, Run};
use crate::query::{Comparison, Direction, Filter, Key, Literal, Order, Predicate, Pushable, Test};
use crate::tracker::{ProjectScope, RunQuery};
use crate::{Call, ErrorKind, Result};

use super::api::{Api, View};
use super::cursor::{Cursor, damaged, read_cursor, write_cursor};
use super::experiments::Index;
use super::filter;
use super::stream::{Position, Stream};
use super::text;

/// Conjunctions read side by side.
const STREAMS: usize = 4;
/// What is left for the rest of the call when reading ends.
pub(super) const RESERVE: Duration = Duration::from_secs(3);

/// One question to one server.
pub(super) struct Search<'a> {
    pub(super) api: &'a Api,
    pub(super) call: &'a Call,
    pub(super) index: Arc<Index>,
    /// Who `me` is.
    pub(super) me: Option<&'a str>,
}

/// A question as it is put to the server.
struct Plan<'a> {
    query: &'a RunQuery,
    filter: Option<Filter>,
    experiments: Arc<Vec<String>>,
    view: View,
    /// The clauses of each stream, all of which must hold.
    conjunctions: Vec<Vec<String>>,
    /// Whether the clauses say all that the filter says.
    exact: bool,
}

impl Search<'_> {
    /// The page that the query asks for.
    pub(super) async fn page(&self, query: &RunQuery) -> Result<Page<Run>> {
        let plan = self.plan(query, self.joins_datasets(query).await?);
        if plan.experiments.is_empty() {
            return Ok(Page { total: None, ..Page::whole(Vec::new()) });
        }
        let cursor = query.cursor.as_deref().map(read_cursor).transpose()?;
        match (server_order(&query.order), cursor) {
            (Some(order), None) => self.merged(&plan, &order, 0, None).await,
            (Some(order), Some(Cursor::Streams(stage, positions))) => {
                self.merged(&plan, &order, stage, Some(positions)).await
            }
            (None, None) => self.sorted_here(&plan, 0).await,
            (None, Some(Cursor::Local(skip))) => self.sorted_here(&plan, skip).await,
            _ => Err(damaged()),
        }
    }

    /// Whether the server can look for datasets beside other things; it is asked only if that matters.
    async fn joins_datasets(&self, query: &RunQuery) -> Result<bool> {
        let wanted = query.filter.as_ref().is_some_and(|filter| filter.keys().any(|key| *key == Key::Dataset));
        if wanted { self.api.joins_datasets(self.call).await } else { Ok(true) }
    }

    fn plan<'q>(&self, query: &'q RunQuery, joins_datasets: bool) -> Plan<'q> {
        let filter = query.filter.clone().map(|filter| match self.me {
            Some(me) => filter.with_me(me),
            None => filter,
        });
        let names_archived = filter.as_ref().is_some_and(|filter| filter.keys().any(|key| *key == Key::Archived));
        let view = View::including_deleted(query.include_archived || names_archived);
        let experiments = match &query.projects {
            ProjectScope::All => self.index.ids(view == View::All),
            ProjectScope::Only(ids) => ids.iter().map(|id: &ProjectId| id.as_str().to_owned()).collect(),
        };
        let experiments = self.only_named(filter.as_ref(), experiments);
        let texts = query.text.as_deref().map(text::clauses).unwrap_or_default();
        let room = if texts.is_empty() { STREAMS } else { 1 };
        let pushed = filter.as_ref().map(|filter| filter.conjunctions(room, filter::pushable));
        let exact = query.text.is_none()
            && pushed.as_ref().is_none_or(|pushed| pushed.exact)
            && pushed.iter().flat_map(|pushed| &pushed.branches).flatten().all(filter::is_exact);
        let branches = pushed.map_or_else(|| vec![Vec::new()], |pushed| pushed.branches);
        let (branches, same) = filter::by_user_or_tag(branches, room);
        let exact = exact && same;
        let conjunctions = branches.iter().flat_map(|predicates| {
            let base = filter::written(predicates);
            match texts.is_empty() {
                true => vec![base],
                false => texts.iter().map(|text| base.iter().chain([text]).cloned().collect()).collect(),
            }
        });
        let mut conjunctions: Vec<Vec<String>> = conjunctions.collect();
        let mut parted = false;
        if !joins_datasets {
            conjunctions.iter_mut().for_each(|clauses| parted |= filter::part_from_datasets(clauses, &query.order));
        }
        Plan { query, conjunctions, experiments: Arc::new(experiments), view, exact: exact && !parted, filter }
    }

    /// Fewer experiments, where the filter surely names them.
    fn only_named(&self, filter: Option<&Filter>, experiments: Vec<String>) -> Vec<String> {
        let named = |predicate: &Predicate| match (&predicate.key, &predicate.test) {
            (Key::Project, Test::Compare(Comparison::Equal, Literal::Text(name))) => Some(name.clone()),
            _ => None,
        };
        let required = filter.map(|filter| filter.conjunctions(1, |_| Pushable::Whole).branches).unwrap_or_default();
        let names: Vec<String> = required.iter().flatten().filter_map(named).collect();
        if names.is_empty() {
            return experiments;
        }
        let fits = |id: &String| {
            names.iter().all(|name| name == id || self.index.name(id).is_some_and(|known| known == *name))
        };
        experiments.into_iter().filter(fits).collect()
    }

    /// Reads the streams in the server's order, stage by stage.
    async fn merged(
        &self,
        plan: &Plan<'_>,
        order: &[String],
        first_stage: u8,
        positions: Option<Vec<Position>>,
    ) -> Result<Page<Run>> {
        let stages = stages(&plan.query.order);
        if usize::from(first_stage) >= stages.len() {
            return Err(damaged());
        }
        let mut page = Page { total: None, ..Page::whole(Vec::new()) };
        let mut positions = positions;
        for (number, stage) in (0_u8..).zip(&stages).skip(usize::from(first_stage)) {
            let order = stage.order(order);
            let mut streams = self.streams(plan, stage, order, positions.take())?;
            let outcome = self.merge(plan, stage, &mut streams, &mut page).await;
            page.scanned += streams.iter().map(Stream::rows_read).sum::<u64>();
            let ended = self.unless_late(outcome, &mut page)?;
            if ended != Ended::Exhausted {
                let positions = streams.iter().map(Stream::position).collect();
                page.next = Some(write_cursor(&Cursor::Streams(number, positions)));
                return Ok(page);
            }
            if page.rows.len() >= plan.query.limit && usize::from(number) + 1 < stages.len() {
                let fresh = vec![Position::start(); plan.conjunctions.len()];
                page.next = Some(write_cursor(&Cursor::Streams(number + 1, fresh)));
                return Ok(page);
            }
        }
        Ok(page)
    }

    fn streams<'s>(
        &'s self,
        plan: &Plan<'_>,
        stage: &Stage,
        order: Vec<String>,
        positions: Option<Vec<Position>>,
    ) -> Result<Vec<Stream<'s>>> {
        let count = plan.conjunctions.len();
        let positions = positions.unwrap_or_else(|| vec![Position::start(); count]);
        if positions.len() != count {
            return Err(damaged());
        }
        let order = Arc::new(order);
        let stream = |(clauses, position): (&Vec<String>, Position)| {
            let clauses: Vec<&str> = clauses.iter().chain(&stage.clause).map(String::as_str).collect();
            let clauses = clauses.join(" AND ");
            Stream::new(self, &plan.experiments, plan.view, clauses, &order, position)
        };
        Ok(plan.conjunctions.iter().zip(positions).map(stream).collect())
    }

    /// Takes rows in order from the streams until the page is full or they end.
    async fn merge(
        &self,
        plan: &Plan<'_>,
        stage: &Stage,
        streams: &mut [Stream<'_>],
        page: &mut Page<Run>,
    ) -> Result<Ended> {
        let query = plan.query;
        let now = self.call.now();
        loop {
            let missing = query.limit.saturating_sub(page.rows.len());
            if missing == 0 {
                // More may follow only while a stream has rows left or has not told that it ended.
                let over = streams.iter().all(Stream::is_over);
                return Ok(if over { Ended::Exhausted } else { Ended::Full });
            }
            let read = page.scanned + streams.iter().map(Stream::rows_read).sum::<u64>();
            let late = self.call.time_left() < RESERVE;
            // What was read is used up before it ends.
            if (read >= self.call.allowance().runs || late) && streams.iter().any(Stream::is_dry) {
                page.notes.push(stopped(read, late));
                return Ok(Ended::Stopped);
            }
            let wanted = if plan.exact && stage.exact { missing } else { missing.max(Stream::SCANNING) };
            let fills = streams.iter_mut().map(|stream| stream.fill(wanted));
            for filled in futures::future::join_all(fills).await {
                filled?;
            }
            let heads = streams.iter().filter_map(Stream::head);
            let Some(next) = heads.min_by(|a, b| query.order.compare(a, b, now)).map(|run| run.id.clone()) else {
                return Ok(Ended::Exhausted);
            };
            let mut taken = None;
            for stream in streams.iter_mut() {
                if stream.head().is_some_and(|run| run.id == next) {
                    taken = stream.take().or(taken);
                }
            }
            if let Some(run) = taken
                && stage.takes(&run)
                && self.accepts(plan, &run)
                && page.rows.iter().all(|row| row.id != run.id)
            {
                page.rows.push(run);
            }
        }
    }

    /// Whether a row that the server returned is really one of the question's.
    fn accepts(&self, plan: &Plan<'_>, run: &Run) -> bool {
        plan.query.text.as_deref().is_none_or(|wanted| means(run, wanted))
            && plan.filter.as_ref().is_none_or(|filter| filter.matches(run, self.call.now()))
    }

    /// An order that the server does not know: all rows up to the cap are read and sorted here.
    async fn sorted_here(&self, plan: &Plan<'_>, skip: usize) -> Result<Page<Run>> {
        let mut page = Page { total: None, ..Page::whole(Vec::new()) };
        let order = vec![by_id()];
        let all = Stage { clause: None, finite: None, exact: false };
        let mut streams = self.streams(plan, &all, order, None)?;
        let mut rows = Vec::new();
        let mut seen = HashSet::new();
        let now = self.call.now();
        'streams: for stream in &mut streams {
            loop {
                let read = page.scanned + stream.rows_read();
                let late = self.call.time_left() < RESERVE;
                if (read >= self.call.allowance().runs || late) && stream.is_dry() {
                    page.notes.push(format!("{}; the order holds only among these", stopped(read, late)));
                    page.scanned = read;
                    break 'streams;
                }
                stream.fill(Stream::MOST).await?;
                let Some(run) = stream.take() else { break };
                if self.accepts(plan, &run) && seen.insert(run.id.clone()) {
                    rows.push(run);
                }
            }
            page.scanned += stream.rows_read();
        }
        rows.sort_by(|a, b| plan.query.order.compare(a, b, now));
        let count = rows.len();
        page.rows = rows.into_iter().skip(skip).take(plan.query.limit).collect();
        let end = skip + page.rows.len();
        page.next = (end < count).then(|| write_cursor(&Cursor::Local(end)));
        page.total = page.notes.is_empty().then_some(count as u64);
        Ok(page)
    }

    /// A failure after some rows is told beside them.
    fn unless_late(&self, outcome: Result<Ended>, page: &mut Page<Run>) -> Result<Ended> {
        match outcome {
            Err(error) if error.kind == ErrorKind::Unavailable && !page.rows.is_empty() => {
                page.notes.push(format!("reading ended early: {error}"));
                Ok(Ended::Stopped)
            }
            other => other,
        }
    }
}

/// How the reading of a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// The page is full.
    Full,
    /// There is nothing more.
    Exhausted,
    /// A cap was reached.
    Stopped,
}

/// A part of an order that is read before the next.
struct Stage {
    /// What selects it on the server.
    clause: Option<String>,
    /// The metric whose value must be finite (`true`) or must not be (`false`) in this stage.
    finite: Option<(String, bool)>,
    /// Whether the clause selects all of it and little else.
    exact: bool,
}

impl Stage {
    fn takes(&self, run: &Run) -> bool {
        let is_finite = |key: &String| run.metrics.get(key).is_some_and(|metric| metric.value.is_finite());
        self.finite.as_ref().is_none_or(|(key, finite)| is_finite(key) == *finite)
    }

    /// The second stage has no finite value to order by.
    fn order(&self, order: &[String]) -> Vec<String> {
        let skip = usize::from(matches!(self.finite, Some((_, false))));
        order.iter().skip(skip).cloned().collect()
    }
}

/// An order by a metric puts what is missing or not finite last: a stage of its own.
fn stages(order: &Order) -> Vec<Stage> {
    let Some((Key::Metric(key), direction)) = order.0.first() else {
        return vec![Stage { clause: None, finite: None, exact: true }];
    };
    // One clause drops ∞ at the front, NaN and missing values in the same request.
    let clause = filter::entity("metrics", key).map(|entity| match direction {
        Direction::Descending => format!("{entity} < {}", filter::digits(f64::MAX)),
        Direction::Ascending => format!("{entity} > {}", filter::digits(f64::MIN)),
    });
    vec![
        Stage { exact: clause.is_some(), clause, finite: Some((key.clone(), true)) },
        Stage { clause: None, finite: Some((key.clone(), false)), exact: false },
    ]
}

/// The order in MLflow's words, if it can make it; ties by id.
fn server_order(order: &Order) -> Option<Vec<String>> {
    let word = |direction: &Direction| match direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    };
    let mut seen: Vec<&Key> = Vec::new();
    let mut keys = Vec::new();
    for (key, direction) in &order.0 {
        // A key that was there before decides nothing, and the server refuses it.
        if seen.contains(&key) {
            continue;
        }
        let name = match key {
            Key::Started => "attributes.start_time".to_owned(),
            Key::Ended => "attributes.end_time".to_owned(),
            Key::Name => "attributes.run_name".to_owned(),
            Key::Id => "attributes.run_id".to_owned(),
            // Infinities are numbers there; only the stages of the first key undo that. A space at the end is cut off there.
            Key::Metric(key) if seen.is_empty() && !key.ends_with(' ') => filter::entity("metrics", key)?,
            // Params and tags are sorted as text there, as numbers here; the rest it does not know, or not as we do.
            _ => return None,
        };
        keys.push(format!("{name} {}", word(direction)));
        seen.push(key);
    }
    if !seen.contains(&&Key::Id) {
        keys.push(by_id());
    }
    Some(keys)
}

fn by_id() -> String {
    "attributes.run_id ASC".to_owned()
}

fn stopped(rows: u64, late: bool) -> String {
    let why = if late { "the time of this call is over" } else { "that is the most for one call" };
    format!("read {rows} runs and stopped ({why}); next_cursor continues")
}

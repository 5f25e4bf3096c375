//! Searches: SQL holds the filter and gives what the order needs, the best rows are kept while the rest goes by, and
//! only these are read whole.
//!
//! A page begins behind the place where the one before ended, not after so many rows: it costs what the first did.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::mlflow_model::text::means;
use crate::model::{Page, Part, Parts, Run};
use crate::query::{Filter, Key};
use crate::tracker::{ProjectScope, RunQuery};
use crate::{Error, Result};

use super::connection::Reader;
use super::filter::{self, Writer};
use super::rank::{Rank, Ranking, Standing};
use super::scan::Walked;
use super::sql::Parameters;

/// Characters of a cursor's values; what is longer is read from the file again.
const CURSOR: usize = 150;

/// Where a page ended: the last run, and what it was sorted by if that is short.
#[derive(Serialize, Deserialize)]
struct Cursor(String, Option<Vec<Option<Rank>>>);

/// The page that a query asks for. `me` is who `user = me` means; `pages` the address of the web pages.
pub(super) fn page(reader: &Reader, query: &RunQuery, me: Option<&str>, pages: Option<&str>) -> Result<Page<Run>> {
    let now = reader.call.now();
    let meant = query.filter.clone().map(|filter| match me {
        Some(me) => filter.with_me(me),
        None => filter,
    });
    let mut sql = Parameters::default();
    let ranking = Ranking::of(&query.order, now, reader.schema.logged_models, &mut sql);
    let cursor = query.cursor.as_deref().map(|text| read_cursor(text, &ranking)).transpose()?;
    let mut writer = Writer { now, logged_models: reader.schema.logged_models, sql: &mut sql, probes: Vec::new() };
    let Some(mut condition) = scope(query, meant.as_ref()) else { return Ok(Page::whole(Vec::new())) };
    if let Some(filter) = &meant {
        // The sign keeps SQLite from weighing every alternative for an index: runs are walked through anyway.
        condition = format!("{condition} AND +({})", writer.filter(filter));
    }
    if let Some(text) = &query.text {
        condition = format!("{condition} AND {}", writer.text(text));
    }
    let probes = writer.probes;
    filter::define(reader, probes)?;
    let columns = format!("r.run_uuid{}", ranking.columns);
    let after = cursor.map(|cursor| standing(reader, cursor, &columns, &sql, &ranking)).transpose()?;

    let mut best = Best::new(&ranking, query.limit.saturating_add(1));
    let mut matching = 0_u64;
    let walked = reader.walk(
        &columns,
        &condition,
        &sql,
        |row| ranking.standing(row),
        |found| {
            matching += 1;
            if after.as_ref().is_none_or(|after| ranking.compare(&found, after) == Ordering::Greater) {
                best.add(found);
            }
            Ok(())
        },
    )?;

    let mut places = best.into_places();
    let more = places.len() > query.limit;
    places.truncate(query.limit);
    let next = places.last().filter(|_| more && walked == Walked::All).map(write_cursor);
    let mut rows = rows(reader, query, meant.as_ref(), &places, pages)?;
    // What changed between the two readings stays exact, though a row may be missing from the page.
    rows.retain(|run| {
        query.text.as_deref().is_none_or(|text| means(run, text))
            && meant.as_ref().is_none_or(|filter| filter.matches(run, now))
    });
    let notes = match walked {
        Walked::All => Vec::new(),
        Walked::Stopped => vec![
            "the time of this call was over before all runs were looked at: the order holds only among those logged last; \
             name a project, or narrow the filter"
                .to_owned(),
        ],
    };
    let total = (walked == Walked::All).then_some(matching);
    Ok(Page { rows, next, total, scanned: matching, notes, near: Vec::new() })
}

/// Which runs may be looked at at all; `None` if none.
fn scope(query: &RunQuery, filter: Option<&Filter>) -> Option<String> {
    let names_archived = filter.is_some_and(|filter| filter.keys().any(|key| *key == Key::Archived));
    let archived = query.include_archived || names_archived;
    let mut condition = if archived { "1".to_owned() } else { "r.lifecycle_stage IS NOT 'deleted'".to_owned() };
    match &query.projects {
        ProjectScope::All if archived => {}
        ProjectScope::All => condition.push_str(" AND e.lifecycle_stage IS NOT 'deleted'"),
        ProjectScope::Only(ids) => {
            // Ids are numbers here; what is none is nobody's.
            let ids: Vec<String> =
                ids.iter().filter_map(|id| id.as_str().parse::<i64>().ok()).map(|id| id.to_string()).collect();
            if ids.is_empty() {
                return None;
            }
            condition = format!("r.experiment_id IN ({}) AND {condition}", ids.join(","));
        }
    }
    Some(condition)
}

/// The runs at these places, whole.
fn rows(
    reader: &Reader,
    query: &RunQuery,
    filter: Option<&Filter>,
    places: &[Standing],
    pages: Option<&str>,
) -> Result<Vec<Run>> {
    let asked = filter.into_iter().flat_map(Filter::keys).chain(query.order.keys()).filter_map(Key::part);
    let mut parts = asked.fold(query.parts, Parts::with);
    if query.text.is_some() {
        parts = parts.with(Part::Params);
    }
    let ids: Vec<String> = places.iter().map(|place| place.id.clone()).collect();
    let mut found = reader.runs(&ids, parts, pages)?;
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// The first few of all that go by.
struct Best<'a> {
    ranking: &'a Ranking,
    most: usize,
    places: Vec<Standing>,
}

impl<'a> Best<'a> {
    fn new(ranking: &'a Ranking, most: usize) -> Self {
        Self { ranking, most, places: Vec::new() }
    }

    /// Keeps twice as many as are wanted before it sorts and drops: O(log n) for each, no more memory than that.
    fn add(&mut self, place: Standing) {
        self.places.push(place);
        if self.places.len() >= self.most.saturating_mul(2).max(64) {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.places.sort_unstable_by(|a, b| self.ranking.compare(a, b));
        self.places.truncate(self.most);
    }

    fn into_places(mut self) -> Vec<Standing> {
        self.settle();
        self.places
    }
}

fn write_cursor(last: &Standing) -> String {
    let short = |ranks: &Vec<Option<Rank>>| serde_json::to_string(ranks).is_ok_and(|text| text.len() <= CURSOR);
    let ranks = Some(last.ranks.clone()).filter(short);
    serde_json::to_string(&Cursor(last.id.clone(), ranks)).unwrap_or_default()
}

fn read_cursor(text: &str, ranking: &Ranking) -> Result<Cursor> {
    let cursor: Option<Cursor> = serde_json::from_str(text).ok();
    let fits = |cursor: &Cursor| cursor.1.as_ref().is_none_or(|ranks| ranks.len() == ranking.len());
    cursor
        .filter(fits)
        .ok_or_else(|| Error::bad_input("the cursor does not fit this question; leave cursor out to begin again"))
}

/// Where the page before ended.
fn standing(
    reader: &Reader,
    cursor: Cursor,
    columns: &str,
    parameters: &Parameters,
    ranking: &Ranking,
) -> Result<Standing> {
    let Cursor(id, ranks) = cursor;
    if let Some(ranks) = ranks {
        return Ok(Standing { ranks, id });
    }
    let mut sql = parameters.clone();
    let run = sql.bind(id);
    let question = format!(
        "SELECT {columns} FROM runs r CROSS JOIN experiments e ON e.experiment_id = r.experiment_id \
         WHERE r.run_uuid = {run}"
    );
    let found = reader.few(&question, sql, |row| ranking.standing(row))?;
    found.into_iter().next().ok_or_else(|| {
        Error::bad_input("the run at which the page before ended is gone; leave cursor out to begin again")
    })
}

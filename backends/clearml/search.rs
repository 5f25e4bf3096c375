//! Runs of a query, exactly: what ClearML can do of a filter and an order is asked of it, as up to four conditions read
//! side by side and merged; every row is checked again here.
//!
//! An order by a metric is read in two stages: first the finite values, which one range selects on the server, then the
//! runs without one. A page ends at its limit, at a cap of rows, or when the call's time is nearly over.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::time::Instant;

use crate::model::{Page, Parts, Run};
use crate::query::{Filter, Key, Literal, Order, Test};
use crate::tracker::{ProjectScope, RunQuery};
use crate::{Call, ErrorKind, Result};

use super::api::Api;
use super::cursor::{Cursor, damaged, read_cursor, write_cursor};
use super::filter::Words;
use super::hidden::Asked;
use super::merge::{Ended, Merge, Served};
use super::project_names::{Index, ProjectNames};
use super::series::{Lookup, Paths, SeriesNames};
use super::stages::{Stage, stages};
use super::stream::Stream;
use super::text;
use super::users::{Directory, UserNames};
use super::wire::fields;
use super::wire_condition::Condition;
use super::wire_filter::TaskFilter;

/// What is said of rows that only show because nothing else is called so.
const NAMED_SO: &str = "these are pipelines or reports, which lie apart from the other runs of their projects; a filter such as type = 'controller' lists them";
/// Conditions read side by side.
const STREAMS: usize = 4;

/// Where questions for runs are answered.
pub(super) struct Search<'a> {
    pub(super) api: &'a Api,
    pub(super) call: &'a Call,
    pub(super) projects: &'a ProjectNames,
    pub(super) users: &'a UserNames,
    pub(super) series: &'a SeriesNames,
}

/// A question as it is put to the server.
struct Plan<'q> {
    query: &'q RunQuery,
    /// With our name for `me`.
    filter: Option<Filter>,
    paths: Paths,
    index: Arc<Index>,
    conditions: Vec<Condition>,
    asked: Asked,
    search_hidden: bool,
    /// The conditions say nearly all that the question does.
    accepts_most: bool,
    notes: Vec<String>,
}

impl Search<'_> {
    /// The page that the query asks for.
    pub(super) async fn page(&self, query: &RunQuery) -> Result<Page<Run>> {
        let cursor = query.cursor.as_deref().map(read_cursor).transpose()?;
        // To the server a list without projects would mean all.
        if query.projects == ProjectScope::Only(Vec::new()) {
            return Ok(Page::whole(Vec::new()));
        }
        let page = self.of(query, cursor.clone(), Asked::of(query.filter.as_ref())).await?;
        if query.text.is_none() || cursor.is_some() || !page.rows.is_empty() || page.next.is_some() {
            return Ok(page);
        }
        // What people call so may be a pipeline or a report.
        let asked = Asked::leading();
        if !asked.has_places(self.projects.index(self.api, self.call).await?.as_ref()) {
            return Ok(page);
        }
        let mut hidden = match self.of(query, None, asked).await {
            Err(error) if error.kind != ErrorKind::Cancelled => {
                let note = format!("pipelines and reports, which lie apart, could not be looked at: {error}");
                return Ok(Page { notes: [page.notes, vec![note]].concat(), ..page });
            }
            hidden => hidden?,
        };
        if hidden.rows.is_empty() {
            return Ok(page);
        }
        // A cursor would go on with what shows.
        let more = if hidden.next.take().is_some() { "more of them are called so; " } else { "" };
        hidden.notes.push(format!("{more}{NAMED_SO}"));
        Ok(hidden)
    }

    /// The page of the query with those of the hidden that are asked for.
    async fn of(&self, query: &RunQuery, cursor: Option<Cursor>, asked: Asked) -> Result<Page<Run>> {
        let plan = self.plan(query, asked).await?;
        let stages = stages(&plan.query.order, &plan.conditions, &plan.paths);
        let sorted_here = stages.iter().any(|stage| stage.served == Served::Front(Order(Vec::new())));
        // What is only read to be sorted need not come whole.
        let parts = if sorted_here { Parts::NONE } else { query.parts };
        let mut page = self.read(&plan, &stages, &plan.fields(parts), cursor).await?;
        if sorted_here && query.parts != Parts::NONE && !page.rows.is_empty() {
            page.rows = self.whole(page.rows, &plan.fields(query.parts)).await?;
        }
        page.notes.splice(0..0, plan.notes);
        Ok(page)
    }

    async fn plan<'q>(&self, query: &'q RunQuery, asked: Asked) -> Result<Plan<'q>> {
        let begun = Instant::now();
        let filter = query.filter.as_ref();
        let mut notes = Vec::new();
        let lookup = Lookup { api: self.api, call: self.call, names: self.series, scope: &query.projects };
        let paths = lookup.paths(filter.into_iter().flat_map(Filter::keys).chain(query.order.keys())).await?;
        let index = self.index(query, filter, &asked, begun).await?;
        let (me, users) = self.users(filter, begun, &mut notes).await?;
        let named_hidden = !asked.is_nothing();
        let words = Words { projects: &index, named_hidden, users: &users, me: me.as_deref(), paths: &paths };
        let scope = match &query.projects {
            ProjectScope::Only(ids) => ProjectScope::Only(asked.widened(ids, &index)),
            ProjectScope::All => ProjectScope::All,
        };
        let base = base(query, filter, &scope, &asked, &index);
        let texts = query.text.as_deref().map_or_else(|| vec![Condition::default()], text::conditions);
        let pushed = filter.map(|filter| {
            let room = (STREAMS / texts.len()).max(1);
            filter.conjunctions(room, |predicate| words.pushable(predicate))
        });
        let accepts_most = query.text.is_none() && pushed.as_ref().is_none_or(|pushed| pushed.exact);
        let branches = pushed.map_or_else(|| vec![Vec::new()], |pushed| pushed.branches);
        let mut conditions = Vec::new();
        for branch in &branches {
            for text in &texts {
                let mut condition = base.clone();
                for predicate in branch {
                    words.push(&mut condition, predicate);
                }
                condition.matching_all_of(text);
                if !condition.is_never() {
                    conditions.push(condition);
                }
            }
        }
        let in_hidden = match &scope {
            ProjectScope::All => false,
            ProjectScope::Only(ids) => ids.iter().any(|id| index.is_hidden(id.as_str())),
        };
        let search_hidden = in_hidden || asked.are_marked();
        let my_name = me.as_deref().and_then(|id| users.name(id)).map(ToOwned::to_owned).or(me.clone());
        let filter = match my_name {
            Some(name) => filter.cloned().map(|filter| filter.with_me(&name)),
            None => filter.cloned(),
        };
        // A hidden project is shown under another name than its own.
        let filter = filter.map(|filter| filter.map_texts(&Key::Project, |text| index.hidden_named(text)));
        Ok(Plan { query, filter, paths, index, conditions, asked, search_hidden, accepts_most, notes })
    }

    /// The projects; read anew if the question names one that was not there a minute ago, or asks for what lies in hidden
    /// ones of a project, each of which may be new: every pipeline has its own.
    async fn index(
        &self,
        query: &RunQuery,
        filter: Option<&Filter>,
        asked: &Asked,
        begun: Instant,
    ) -> Result<Arc<Index>> {
        let within = matches!(query.projects, ProjectScope::Only(_));
        if within && !asked.is_nothing() {
            return self.projects.since(self.api, self.call, begun).await;
        }
        let index = self.projects.index(self.api, self.call).await?;
        let mut named: Vec<&str> = filter.map(|filter| texts_of(filter, &Key::Project)).unwrap_or_default();
        if let ProjectScope::Only(ids) = &query.projects {
            named.extend(ids.iter().map(|id| id.as_str()));
        }
        let all_known = named.iter().all(|name| index.named(name).next().is_some());
        if all_known || index.read() >= begun {
            return Ok(index);
        }
        self.projects.since(self.api, self.call, begun).await
    }

    /// Our own id and all users, if the filter asks for users.
    async fn users(
        &self,
        filter: Option<&Filter>,
        begun: Instant,
        notes: &mut Vec<String>,
    ) -> Result<(Option<String>, Arc<Directory>)> {
        let Some(filter) = filter.filter(|filter| filter.keys().any(|key| *key == Key::User)) else {
            return Ok((None, Arc::default()));
        };
        let claims = self.api.claims(self.call).await?;
        let names = texts_of(filter, &Key::User);
        let me = claims.user().filter(|_| filter.names_me()).map(ToOwned::to_owned);
        let users = self.users.with(self.api, self.call, &names, begun).await?;
        for name in names.into_iter().filter(|name| !users.knows(name)) {
            let near = users.near(name).join(", ");
            let near = if near.is_empty() { near } else { format!("; there are {near}") };
            notes.push(format!("no user is called '{name}'{near}"));
        }
        Ok((me, users))
    }

    /// Reads the stages, from where the cursor says on.
    async fn read(
        &self,
        plan: &Plan<'_>,
        stages: &[Stage],
        fields: &[String],
        cursor: Option<Cursor>,
    ) -> Result<Page<Run>> {
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let from_start = cursor.is_none();
        let Cursor(first, mut at, mut skip) = cursor.unwrap_or(Cursor(0, Vec::new(), 0));
        if !from_start && stages.get(usize::from(first)).is_none_or(|stage| stage.conditions.len() != at.len()) {
            return Err(damaged());
        }
        let mut page = Page { total: None, ..Page::whole(Vec::new()) };
        for (number, stage) in (0_u8..).zip(stages).skip(usize::from(first)) {
            at.resize(stage.conditions.len(), 0);
            if page.rows.len() >= plan.query.limit {
                page.next = Some(write_cursor(&Cursor(number, at, 0)));
                return Ok(page);
            }
            let streams = stage.conditions.iter().zip(&at).map(|(condition, at)| {
                let filter = plan.task_filter(condition);
                Stream::new((self.api, self.call), &fields, &stage.server_order, filter, *at)
            });
            let merge = Merge {
                call: self.call,
                streams: streams.collect(),
                order: &plan.query.order,
                served: stage.served.clone(),
                accepts: |run: &Run| stage.takes(run) && plan.accepts(run, self.call),
                accepts_most: plan.accepts_most && stage.takes_most,
                scanned: page.scanned,
            };
            let merged = merge.page(plan.query.limit - page.rows.len(), std::mem::take(&mut skip)).await?;
            page.rows.extend(merged.rows);
            page.scanned = merged.scanned;
            page.notes.extend(merged.notes);
            if let Ended::At(at, skip) = merged.ended {
                page.next = Some(write_cursor(&Cursor(number, at, skip)));
                return Ok(page);
            }
            at = Vec::new();
        }
        page.total = from_start.then_some(page.rows.len() as u64);
        Ok(page)
    }

    /// The same rows with all that was asked for.
    async fn whole(&self, rows: Vec<Run>, fields: &[String]) -> Result<Vec<Run>> {
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let ids: Vec<&str> = rows.iter().map(|run| run.id.as_str()).collect();
        let mut found = HashMap::new();
        for ids in ids.chunks(super::api::PAGE) {
            for task in self.api.documents(self.call, ids, &fields).await? {
                let run = task.into_run(self.api.web());
                found.insert(run.id.clone(), run);
            }
        }
        // One that was deleted meanwhile is told as it was.
        Ok(rows.into_iter().map(|run| found.remove(&run.id).unwrap_or(run)).collect())
    }
}

impl Plan<'_> {
    /// The keys of filter and order.
    fn keys(&self) -> impl Iterator<Item = &Key> {
        self.filter.iter().flat_map(Filter::keys).chain(self.query.order.keys())
    }

    /// What has to come with a task: these parts, and what filter, order and text need.
    fn fields(&self, parts: Parts) -> Vec<String> {
        let mut all: Vec<String> = fields(parts).into_iter().map(ToOwned::to_owned).collect();
        for key in self.keys() {
            let one = match key {
                Key::Metric(name) | Key::Min(name) | Key::Max(name) => self.paths.metric(name),
                Key::Param(name) => self.paths.param(name),
                _ => None,
            };
            match (one, key.part()) {
                (Some(path), _) => all.push(path),
                (None, Some(part)) => all.extend(fields(Parts::of(&[part])).into_iter().map(ToOwned::to_owned)),
                (None, None) => {}
            }
        }
        if self.query.text.is_some() {
            all.extend(text::FIELDS.map(ToOwned::to_owned));
        }
        // A field and another within it cannot both be asked for.
        let tops: Vec<String> = all.iter().filter(|field| !field.contains('.')).map(|top| format!("{top}.")).collect();
        let mut seen = std::collections::HashSet::new();
        all.retain(|field| !tops.iter().any(|top| field.starts_with(top)) && seen.insert(field.clone()));
        all
    }

    fn task_filter(&self, condition: &Condition) -> TaskFilter {
        let mut filter = condition.filter();
        if self.search_hidden {
            filter.with_hidden();
        }
        filter
    }

    /// Whether a row that the server returned is really one of the question's.
    fn accepts(&self, run: &Run, call: &Call) -> bool {
        self.asked.shows(run, &self.query.projects, &self.index)
            && self.query.text.as_deref().is_none_or(|wanted| text::means(run, wanted))
            && self.filter.as_ref().is_none_or(|filter| filter.matches(run, call.now()))
    }
}

/// What holds of all runs in question.
fn base(query: &RunQuery, filter: Option<&Filter>, scope: &ProjectScope, asked: &Asked, index: &Index) -> Condition {
    let mut condition = Condition::default();
    let names_archived = filter.is_some_and(|filter| filter.keys().any(|key| *key == Key::Archived));
    if !query.include_archived && !names_archived {
        condition.archived(false);
    }
    match scope {
        ProjectScope::Only(ids) => {
            condition.one_of("project", ids.iter().map(|id| Some(id.as_str().to_owned())));
        }
        // The server hides only tasks that are marked themselves, not those in hidden projects.
        ProjectScope::All => {
            for id in asked.left_out(index) {
                condition.not("project", id);
            }
        }
    }
    condition
}

/// The texts that a key is compared with for being equal.
fn texts_of<'f>(filter: &'f Filter, key: &Key) -> Vec<&'f str> {
    let literals =
        filter.predicates().filter(|predicate| predicate.key == *key).flat_map(|predicate| match &predicate.test {
            Test::Compare(_, literal) => std::slice::from_ref(literal),
            Test::In { values, .. } => values.as_slice(),
            Test::Like { .. } | Test::Null { .. } => &[],
        });
    let text = |literal: &'f Literal| match literal {
        Literal::Text(text) => Some(text.as_str()),
        _ => None,
    };
    literals.filter_map(text).collect()
}

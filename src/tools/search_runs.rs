//! `search_runs`

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use backends::model::{Part, Parts, Run, Status};
use backends::query::{Filter, Key, Order, parse_time};
use backends::tracker::{ProjectScope, RunQuery};
use backends::{Call, Capabilities, Tracker};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::columns::{self, RunColumn, Wanted};
use super::conditions;
use super::empty::{self, Names, Newest};
use super::kinds;
use super::paging::{Merged, Paging, Row, Source, merge};
use crate::problem::{Problem, Result};
use crate::references::{Scope, Searched, align, scopes, search, untold};
use crate::render::{Answer, Cell, fit, one_line};
use crate::tool::{Access, Tool};
use crate::trackers::{Trackers, ask};

/// `search_runs`
pub struct SearchRuns;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// part of a name, id prefix, or invocation_id
    query: Option<String>,
    /// names, ids, URLs; vision/* adds sub-projects
    #[serde(default)]
    projects: Vec<String>,
    /// only this one
    tracker: Option<String>,
    /// metrics.k, params.k, tags.k, user, parent, started; see get_guide filters
    filter: Option<String>,
    /// any of
    #[serde(default)]
    status: Vec<StatusWord>,
    /// all of: word or key=value
    #[serde(default)]
    tags: Vec<String>,
    /// active at or after: 7d, 2026-11-19, RFC 3339
    since: Option<String>,
    /// started before
    until: Option<String>,
    /// e.g. metrics.loss asc; default started desc
    order_by: Option<String>,
    /// metrics.val_f1, params.*, tags.x, user
    #[serde(default)]
    columns: Vec<String>,
    /// also archived and deleted
    include_archived: Option<bool>,
    /// max 100
    #[serde(default = "limit")]
    #[schemars(range(min = 1, max = 100))]
    limit: usize,
    /// from next_cursor
    cursor: Option<String>,
}

#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum StatusWord {
    Created,
    Queued,
    Running,
    Finished,
    Failed,
    Stopped,
}

impl From<StatusWord> for Status {
    fn from(word: StatusWord) -> Self {
        match word {
            StatusWord::Created => Self::Created,
            StatusWord::Queued => Self::Queued,
            StatusWord::Running => Self::Running,
            StatusWord::Finished => Self::Finished,
            StatusWord::Failed => Self::Failed,
            StatusWord::Stopped => Self::Stopped,
        }
    }
}

fn limit() -> usize {
    20
}

impl Tool for SearchRuns {
    const NAME: &'static str = "search_runs";
    const GUIDE: &'static str = include_str!("../../guides/tools/search_runs.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.runs
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let (paging, call) = Paging::read(&input, input.cursor.as_deref(), call)?;
        let question = Question::read(&input, &call)?;
        let scopes = scopes(trackers, &call, &input.projects, input.tracker.as_deref()).await?;
        let told: Vec<String> = scopes.remarks().collect();
        let scopes = scopes.list;
        let asked = paging.open(scopes.iter().map(|scope| Arc::clone(&scope.tracker)));
        let answers = ask(asked, &call, |tracker, call| {
            let (token, skip) = paging.place(tracker.name()).unwrap_or_default();
            let query = question.query(&scopes, tracker.name(), &input, token.clone(), skip);
            async move {
                let Searched { page, token, order, newest, .. } = search(tracker.as_ref(), &call, &query).await?;
                Ok((Source { tracker, token, skip, page }, order, newest))
            }
        })
        .await?;
        let mut sources: Vec<Source<Run>> = Vec::new();
        let (mut orders, mut newest) = (Orders::of(&question.order), Newest::new());
        for (tracker, (source, order, seen)) in answers.answered {
            sources.push(source);
            orders.read.insert(tracker.name().to_owned(), order);
            newest.extend(seen.map(|page| (tracker.name().to_owned(), page)));
        }
        let mut merged = merge(sources, input.limit, |a, b| orders.compare(a, b, call.now()));
        let mut notes = question.about_order(&merged, &orders)?;
        notes.extend(merged.notes.iter().chain(&answers.failed).cloned());
        notes.extend(told);
        if merged.rows.is_empty() && input.cursor.is_none() {
            let why =
                empty::explain(&call, &scopes, &newest, &question.doubtful(), question.text.as_deref(), &notes).await?;
            notes.extend(why);
        }
        let aligned = align(merged.rows.iter_mut().map(|(tracker, run)| (tracker.name(), run)), None);
        let (columns, said) = question.columns(&merged)?;
        notes.extend(untold(said, &merged.notes));
        notes.extend(columns::about(&aligned, &columns));
        if columns.iter().any(|column| matches!(column, RunColumn::Metric(_))) {
            notes.extend(kinds::last_values(merged.rows.iter().map(|(tracker, _)| tracker.kind())));
        }
        let page = |rows| page(&call, &paging, &merged, &columns, rows).notes(&notes);
        Ok(fit(merged.rows.len(), call.allowance().characters, page))
    }
}

/// The order that was asked for as each tracker read it.
struct Orders<'a> {
    asked: &'a Order,
    read: HashMap<String, Order>,
}

impl<'a> Orders<'a> {
    fn of(asked: &'a Order) -> Self {
        Self { asked, read: HashMap::new() }
    }

    fn on(&self, tracker: &dyn Tracker) -> &Order {
        self.read.get(tracker.name()).unwrap_or(self.asked)
    }

    fn compare(&self, (a_tracker, a): &Row<Run>, (b_tracker, b): &Row<Run>, now: jiff::Timestamp) -> Ordering {
        self.on(a_tracker.as_ref()).compare_across(a, self.on(b_tracker.as_ref()), b, now)
    }

    /// The value of the metric that a run is ordered by in the first place.
    fn first_metric(&self, (tracker, run): &Row<Run>) -> Option<f64> {
        match self.on(tracker.as_ref()).0.first()? {
            (Key::Metric(name), _) => run.metrics.get(name).map(|metric| metric.value),
            _ => None,
        }
    }
}

/// The arguments, read.
struct Question {
    text: Option<String>,
    filter: Option<Filter>,
    order: Order,
    columns: Vec<Wanted>,
}

impl Question {
    fn read(input: &Input, call: &Call) -> Result<Self> {
        let now = call.now();
        let statuses: Vec<Status> = input.status.iter().copied().map(Status::from).collect();
        let since = input.since.as_deref().map(|text| parse_time(text, now)).transpose()?;
        let until = input.until.as_deref().map(|text| parse_time(text, now)).transpose()?;
        let mut parts: Vec<Filter> = Vec::new();
        parts.extend(input.filter.as_deref().map(|text| Filter::parse(text, now)).transpose()?);
        parts.extend(conditions::any_status(&statuses));
        parts.extend(conditions::all_tags(&input.tags));
        parts.extend(conditions::window(since, until, &statuses));
        Ok(Self {
            text: conditions::text(input.query.as_deref()).map(ToOwned::to_owned),
            filter: (!parts.is_empty()).then_some(Filter::And(parts)),
            order: input.order_by.as_deref().map(Order::parse).transpose()?.unwrap_or_default(),
            columns: input.columns.iter().map(|text| Wanted::read(text)).collect(),
        })
    }

    fn query(&self, scopes: &[Scope], tracker: &str, input: &Input, token: Option<String>, skip: usize) -> RunQuery {
        let scope = scopes.iter().find(|scope| scope.tracker.name() == tracker);
        RunQuery {
            projects: scope.map_or(ProjectScope::All, |scope| scope.projects.clone()),
            text: self.text.clone(),
            filter: self.filter.clone(),
            order: self.order.clone(),
            include_archived: input.include_archived.unwrap_or(false),
            parts: Parts::of(&[Part::Params, Part::Metrics, Part::Tags]),
            limit: input.limit + skip,
            cursor: token,
        }
    }

    /// The keys that may be why nothing was found: those of the filter, and only without one those of the order.
    fn doubtful(&self) -> Vec<Key> {
        let in_filter: Vec<Key> = self.filter.iter().flat_map(|filter| filter.keys().cloned()).collect();
        if in_filter.is_empty() { self.keys() } else { in_filter }
    }

    /// The names that the question uses.
    fn keys(&self) -> Vec<Key> {
        let in_filter = self.filter.iter().flat_map(|filter| filter.keys().cloned());
        in_filter.chain(self.order.0.iter().map(|(key, _)| key.clone())).collect()
    }

    /// The columns of the rows, and what is to be said of them. The metrics that the question names are shown first.
    fn columns(&self, merged: &Merged<Run>) -> Result<(Vec<RunColumn>, Vec<String>)> {
        let rows: Vec<columns::Row<'_>> = merged.rows.iter().map(|(tracker, run)| (tracker.name(), run)).collect();
        let ordered = self.order.0.iter().map(|(key, _)| key.clone());
        let named = ordered.chain(self.keys()).filter_map(|key| RunColumn::of_metric(&key, &rows));
        columns::of(&self.columns, &named.collect::<Vec<_>>(), &rows)
    }

    /// An order by a metric that no row has would pass any row off as the best.
    fn about_order(&self, merged: &Merged<Run>, orders: &Orders<'_>) -> Result<Vec<String>> {
        let Some((key @ Key::Metric(metric), _)) = self.order.0.first() else { return Ok(Vec::new()) };
        let rows = || merged.rows.iter().map(|(_, run)| run);
        if !merged.rows.is_empty()
            && let Some(sentence) = Names::of(rows()).unknown(key)
            // Whatever else was noted may be why it is in none of these rows.
            && merged.notes.iter().all(|note| note.contains(&key.to_string()))
            && !merged.rows.iter().any(|row| orders.first_metric(row).is_some())
        {
            let error = backends::Error::not_found(format!("cannot order by a metric that is not there: {sentence}"));
            return Err(Problem::from(error).next("search_runs", json!({"columns": ["metrics.*"], "limit": 3})));
        }
        let shown = one_line(metric, 80);
        let last = format!("runs whose {shown} is NaN, infinite or missing come last and never count as best");
        let finite = |row: &Row<Run>| orders.first_metric(row).is_some_and(f64::is_finite);
        Ok(match merged.rows.iter().filter(|row| !finite(row)).count() {
            // These are all that there are.
            0 if merged.total == Some(merged.rows.len() as u64) => Vec::new(),
            0 => vec![format!("{last} (none is among these; not counted)")],
            count => vec![format!("{last}: {count} of these")],
        })
    }
}

fn page(call: &Call, paging: &Paging, merged: &Merged<Run>, columns: &[RunColumn], rows: usize) -> Answer {
    let cells = |(tracker, run): &Row<Run>| {
        let reference = format!("{}:{}", tracker.name(), run.id);
        columns.iter().map(|column| column.cell(run, &reference, call.now(), tracker.name())).collect()
    };
    let table = merged.rows.iter().take(rows).map(cells).collect();
    Answer::new()
        .table("runs", columns.iter().map(RunColumn::head).collect(), table)
        .fact("returned", rows)
        .fact("total", merged.total)
        .fact("next_cursor", merged.cursor(paging, rows).map(Cell::Text))
}

#[cfg(test)]
mod tests;

//! `search_traces`

use std::sync::Arc;

use backends::model::{RunId, Tokens, TraceInfo};
use backends::query::{Comparison, Filter, Key, Literal, Order, Predicate, parse_time};
use backends::tracker::{ProjectScope, TraceQuery};
use backends::{Call, Capabilities, Tracker};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paging::{Merged, Paging, Want, merge};
use crate::problem::Result;
use crate::references::{fetch_runs, given_runs, scopes, with_traces};
use crate::render::{Answer, Cell, Column, fit};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `search_traces`
pub struct SearchTraces;

/// Characters of a request that a row shows.
const REQUEST: usize = 120;
/// Verdicts that a row shows.
const VERDICTS: usize = 6;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// names, ids, URLs; tracker:* is a whole tracker
    #[serde(default)]
    projects: Vec<String>,
    /// only this one
    tracker: Option<String>,
    /// only those made in this run
    run: Option<String>,
    /// status, name, duration, tokens, user, session, tags.k, metadata.k, span.name, feedback.k
    filter: Option<String>,
    /// started at or after: 7d, 12h, 2026-11-19, RFC 3339
    since: Option<String>,
    /// started before
    until: Option<String>,
    /// started desc (default), duration desc, tokens desc, cost desc; status: failed first
    order_by: Option<String>,
    /// max 100
    #[serde(default = "limit")]
    #[schemars(range(min = 1, max = 100))]
    limit: usize,
    /// next_cursor, all else unchanged
    cursor: Option<String>,
}

fn limit() -> usize {
    20
}

impl Tool for SearchTraces {
    const NAME: &'static str = "search_traces";
    const GUIDE: &'static str = include_str!("../../guides/tools/search_traces.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.traces
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let (paging, call) = Paging::read(&input, input.cursor.as_deref(), call)?;
        let filter = filter(&input, &call)?;
        let order = input.order_by.as_deref().map(Order::parse_traces).transpose()?.unwrap_or_default();
        let looked = Looked::read(trackers, &call, &input).await?;
        let question = |tracker: Arc<dyn Tracker>, call, Want { cursor, limit }| {
            let (projects, run) = looked.within(tracker.name());
            let query = TraceQuery { projects, run, filter: filter.clone(), order: order.clone(), limit, cursor };
            async move {
                let traces = tracker.traces().ok_or_else(|| backends::Error::bug("a tracker lost its traces"))?;
                traces.search_traces(&call, &query).await
            }
        };
        let (sources, failed) = paging.pages(looked.trackers(), &call, input.limit, question).await?;
        let merged = merge(sources, input.limit, |(_, a), (_, b)| order.compare_traces(a, b));
        let mut notes: Vec<String> = merged.notes.iter().chain(&failed).chain(&looked.told).cloned().collect();
        if merged.is_nothing(&paging) {
            notes.push(if filter.is_some() {
                "no trace fits; loosen one condition at a time: get_guide {\"topic\": \"search_traces\"}".to_owned()
            } else {
                nowhere(&input)
            });
        }
        Ok(fit(merged.rows.len(), call.allowance().characters, |rows| page(&merged, &paging, rows).notes(&notes)))
    }
}

/// That there is nothing where was looked, with the call that looks elsewhere.
fn nowhere(input: &Input) -> String {
    match (&input.run, input.projects.is_empty()) {
        (Some(_), _) => "this run made no traces; all: search_traces {}".to_owned(),
        (None, false) => "there are no traces in these projects; all: search_traces {}".to_owned(),
        (None, true) => {
            "there are no traces yet: an application logs them with mlflow.tracing; runs: search_runs {}".to_owned()
        }
    }
}

/// The arguments that say which traces, as one filter.
fn filter(input: &Input, call: &Call) -> Result<Option<Filter>> {
    let now = call.now();
    let bound = |text: &Option<String>, comparison| -> Result<Option<Filter>> {
        let time = text.as_deref().map(|text| parse_time(text, now)).transpose()?;
        Ok(time.map(|time| Predicate::compare(Key::Started, comparison, Literal::Time(time)).into()))
    };
    let mut parts: Vec<Filter> = Vec::new();
    parts.extend(input.filter.as_deref().map(|text| Filter::parse_traces(text, now)).transpose()?);
    parts.extend(bound(&input.since, Comparison::GreaterOrEqual)?);
    parts.extend(bound(&input.until, Comparison::Less)?);
    Ok((!parts.is_empty()).then(|| Filter::all(parts)))
}

/// Where is looked.
struct Looked {
    places: Vec<(Arc<dyn Tracker>, ProjectScope, Option<RunId>)>,
    told: Vec<String>,
}

impl Looked {
    async fn read(trackers: &Trackers, call: &Call, input: &Input) -> Result<Self> {
        let trackers = &trackers.that_need(|capabilities| capabilities.traces);
        let scopes = scopes(trackers, call, &input.projects, input.tracker.as_deref()).await?;
        let mut told: Vec<String> = scopes.remarks().collect();
        let having = with_traces(scopes.list.iter().map(|scope| Arc::clone(&scope.tracker)).collect())?;
        let has = |name: &str| having.iter().any(|tracker| tracker.name() == name);
        let mut list = scopes.list;
        list.retain(|scope| has(scope.tracker.name()));
        let Some(run) = &input.run else {
            let places = list.into_iter().map(|scope| (scope.tracker, scope.projects, None)).collect();
            return Ok(Self { places, told });
        };
        let references = std::slice::from_ref(run);
        let runs = match given_runs(trackers, references) {
            Some(runs) => runs,
            None => {
                let fetched = fetch_runs(trackers, call, references, 1, backends::model::Parts::NONE).await?;
                told.extend(fetched.remarks);
                fetched.runs.into_iter().map(|(run, _)| run).collect()
            }
        };
        let place = |run: crate::references::RunRef| {
            let scope = list.iter().find(|scope| scope.tracker.name() == run.tracker.name())?;
            Some((run.tracker, scope.projects.clone(), Some(run.id)))
        };
        let places: Vec<_> = runs.into_iter().filter_map(place).collect();
        if places.is_empty() {
            let shown = crate::render::one_line(run, 80);
            return Err(
                backends::Error::unsupported(format!("the tracker of the run '{shown}' keeps no traces")).into()
            );
        }
        Ok(Self { places, told })
    }

    fn trackers(&self) -> impl Iterator<Item = Arc<dyn Tracker>> {
        self.places.iter().map(|(tracker, _, _)| Arc::clone(tracker))
    }

    fn within(&self, tracker: &str) -> (ProjectScope, Option<RunId>) {
        let place = self.places.iter().find(|(one, _, _)| one.name() == tracker);
        place.map_or((ProjectScope::All, None), |(_, projects, run)| (projects.clone(), run.clone()))
    }
}

fn page(merged: &Merged<TraceInfo>, paging: &Paging, rows: usize) -> Answer {
    let columns = [
        "trace",
        "name",
        "status",
        "started",
        "duration",
        "spans",
        "tokens",
        "cost_usd",
        "request",
        "assessments",
        "run",
        "session",
        "user",
        "project",
    ];
    let table = merged.rows.iter().take(rows).map(|(tracker, trace)| row(tracker.name(), trace)).collect();
    Answer::new()
        .table("traces", columns.into_iter().map(Column::new).collect(), table)
        .fact("returned", rows)
        .fact("total", merged.total)
        .fact("next_cursor", merged.cursor(paging, rows).map(Cell::Text))
}

fn row(tracker: &str, trace: &TraceInfo) -> Vec<Cell> {
    let foreign = |text: &Option<String>| Cell::from(text.as_deref().map(Cell::foreign));
    let verdict = |one: &backends::model::Assessment| {
        let value = one.value.as_deref().or(one.error.as_deref()).unwrap_or_default();
        Cell::foreign_up_to(&format!("{}={value}", one.name), 60)
    };
    vec![
        Cell::text(format!("{tracker}:{}", trace.id)),
        foreign(&trace.name),
        Cell::from(trace.status.map(|status| Cell::text(status.word()))),
        Cell::from(trace.started),
        Cell::from(trace.duration.map(Cell::Duration)),
        Cell::from(trace.spans),
        Cell::from(tokens(trace.tokens).map(Cell::Text)),
        Cell::from(trace.cost.map(Cell::Number)),
        Cell::from(trace.request.as_deref().map(|text| Cell::foreign_up_to(text, REQUEST))),
        Cell::List(trace.assessments.iter().take(VERDICTS).map(verdict).collect()),
        Cell::from(trace.run.as_ref().map(|run| Cell::text(format!("{tracker}:{run}")))),
        foreign(&trace.session),
        foreign(&trace.user),
        Cell::foreign(&trace.project.name),
    ]
}

/// `150 (120 in, 30 out)`
pub(super) fn tokens(tokens: Tokens) -> Option<String> {
    let parts: Vec<String> = [(tokens.input, "in"), (tokens.output, "out")]
        .into_iter()
        .filter_map(|(count, word)| count.map(|count| format!("{count} {word}")))
        .collect();
    match (tokens.total, parts.is_empty()) {
        (Some(total), false) => Some(format!("{total} ({})", parts.join(", "))),
        (Some(total), true) => Some(total.to_string()),
        (None, false) => Some(parts.join(", ")),
        (None, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Tokens, tokens};

    #[test]
    fn tokens_are_told_as_far_as_they_are_known() {
        for (input, output, total, words) in [
            (Some(120), Some(30), Some(150), Some("150 (120 in, 30 out)")),
            (None, None, Some(7), Some("7")),
            (Some(3), None, None, Some("3 in")),
            (None, None, None, None),
        ] {
            assert_eq!(tokens(Tokens { input, output, total }).as_deref(), words);
        }
    }
}

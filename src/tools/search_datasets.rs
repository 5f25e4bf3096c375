//! `search_datasets`

use std::cmp::Ordering;
use std::sync::Arc;

use backends::model::{Dataset, Page};
use backends::tracker::{DatasetQuery, ProjectScope};
use backends::{Call, Capabilities, Tracker};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::columns::tags;
use super::conditions;
use super::near::near_names;
use super::paging::{Merged, Paging, Row, Want, merge};
use crate::problem::Result;
use crate::references::{Scope, of_its_tracker, scopes, with_datasets};
use crate::render::{Answer, Cell, Column, fit, one_line};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `search_datasets`
pub struct SearchDatasets;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// in the name
    query: Option<String>,
    /// X/* adds subprojects
    #[serde(default)]
    projects: Vec<String>,
    /// word, key=value
    #[serde(default)]
    tags: Vec<String>,
    /// name
    tracker: Option<String>,
    /// max 100
    #[serde(default = "limit")]
    #[schemars(range(min = 1, max = 100))]
    limit: usize,
    /// next_cursor
    cursor: Option<String>,
}

/// Tags of a dataset that a row shows.
const TAGS: usize = 6;
/// Projects of a dataset that a row shows.
const PROJECTS: usize = 3;

fn limit() -> usize {
    20
}

impl Tool for SearchDatasets {
    const NAME: &'static str = "search_datasets";
    const GUIDE: &'static str = include_str!("../../guides/tools/search_datasets.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.datasets
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let (paging, call) = Paging::read(&input, input.cursor.as_deref(), call)?;
        let scopes = scopes(trackers, &call, &input.projects, input.tracker.as_deref()).await?;
        let told: Vec<String> = scopes.remarks().collect();
        let (asked, lacking) = with_datasets(scopes.list.iter().map(|scope| Arc::clone(&scope.tracker)).collect())?;
        let query = Question::of(&input, &scopes.list);
        let question = |tracker: Arc<dyn Tracker>, call, want| {
            let query = query.on(tracker.name(), want);
            async move {
                match tracker.datasets() {
                    Some(datasets) => datasets.search(&call, &query).await,
                    None => Ok(Page::whole(Vec::new())),
                }
            }
        };
        let (sources, failed) = paging.pages(asked, &call, input.limit, question).await?;
        let merged = merge(sources, input.limit, newest);
        let answer = fit(merged.rows.len(), call.allowance().characters, |rows| page(&merged, &paging, rows));
        let mut answer = answer.notes(&merged.notes).notes(&failed).notes(told).notes(lacking);
        if merged.is_nothing(&paging) {
            answer = answer.note(none(trackers, &input, &merged.near));
        }
        Ok(answer)
    }
}

/// What is asked of all trackers.
struct Question<'a> {
    input: &'a Input,
    scopes: &'a [Scope],
    tags: Vec<(String, Option<String>)>,
}

impl<'a> Question<'a> {
    fn of(input: &'a Input, scopes: &'a [Scope]) -> Self {
        Self { input, scopes, tags: input.tags.iter().map(|text| conditions::tag(text)).collect() }
    }

    fn on(&self, tracker: &str, Want { cursor, limit }: Want) -> DatasetQuery {
        let scope = self.scopes.iter().find(|scope| scope.tracker.name() == tracker);
        let text = conditions::text(self.input.query.as_deref());
        DatasetQuery {
            projects: scope.map_or(ProjectScope::All, |scope| scope.projects.clone()),
            text: text.map(ToOwned::to_owned),
            tags: self.tags.clone(),
            limit,
            cursor,
        }
    }
}

fn newest((_, a): &Row<Dataset>, (_, b): &Row<Dataset>) -> Ordering {
    b.newest().cmp(&a.newest())
}

fn page(merged: &Merged<Dataset>, paging: &Paging, rows: usize) -> Answer {
    let columns = [
        "dataset",
        "name",
        "version",
        "kind",
        "state",
        "latest",
        "project",
        "files",
        "bytes",
        "rows",
        "created",
        "last_used",
        "user",
        "context",
        "tags",
        "url",
    ];
    let table = merged.rows.iter().take(rows).map(|(tracker, dataset)| row(tracker.as_ref(), dataset)).collect();
    Answer::new()
        .table("datasets", columns.into_iter().map(Column::new).collect(), table)
        .fact("returned", rows)
        .fact("total", merged.total)
        .fact("next_cursor", merged.cursor(paging, rows).map(Cell::Text))
}

fn row(tracker: &dyn Tracker, dataset: &Dataset) -> Vec<Cell> {
    let reference = format!("{}:{}", tracker.name(), dataset.reference);
    vec![
        Cell::foreign_up_to(&reference, 600),
        Cell::foreign(&dataset.name),
        Cell::from(dataset.version.as_deref().map(Cell::foreign)),
        Cell::text(dataset.kind.word()),
        Cell::from(state(dataset)),
        Cell::from(dataset.latest.map(Cell::from)),
        listed(&dataset.projects),
        Cell::from(dataset.files),
        Cell::from(dataset.bytes),
        Cell::from(dataset.rows),
        Cell::from(dataset.created),
        Cell::from(dataset.used),
        Cell::from(dataset.user.as_deref().map(Cell::foreign)),
        Cell::from((!dataset.contexts.is_empty()).then(|| listed(&dataset.contexts))),
        tags(&dataset.tags, TAGS),
        Cell::from(dataset.web_url.clone().map(Cell::Text)),
    ]
}

/// How far it is made.
pub(super) fn state(dataset: &Dataset) -> Option<Cell> {
    let state = dataset.state.map(|state| state.word());
    let words: Vec<&str> = state.into_iter().chain(dataset.archived.then_some("archived")).collect();
    (!words.is_empty()).then(|| Cell::text(words.join(", ")))
}

/// Some names, and how many more there are.
pub(super) fn listed(names: &[String]) -> Cell {
    let mut cells: Vec<Cell> = names.iter().take(PROJECTS).map(|name| Cell::foreign(name)).collect();
    cells.extend((names.len() > PROJECTS).then(|| Cell::text(format!("{} more", names.len() - PROJECTS))));
    Cell::List(cells)
}

/// Why there is nothing, with the call that finds something.
fn none(trackers: &Trackers, input: &Input, near: &[Row<String>]) -> String {
    let text = conditions::text(input.query.as_deref());
    let mut of = Vec::new();
    if let Some(text) = text {
        of.push(format!("whose name contains '{}'", one_line(text, 80)));
    }
    if !input.tags.is_empty() {
        of.push(format!("with the tags {}", one_line(&input.tags.join(", "), 120)));
    }
    if !input.projects.is_empty() {
        of.push("in these projects (vision/* adds the projects below vision)".to_owned());
    }
    if of.is_empty() {
        let runs = json!({"columns": ["params.*", "tags.*"], "limit": 3});
        return format!(
            "there is no dataset yet: neither registered, nor logged by a run as its input; params may name the data: \
             search_runs {runs}"
        );
    }
    let told = format!("there is no dataset {}", of.join(" "));
    match text.and_then(|text| near_names(text, near)) {
        Some((names, nearest)) => {
            let homes = near.iter().filter(|(_, name)| one_line(name, 80) == nearest);
            let all: Vec<String> = homes.map(|(tracker, _)| of_its_tracker(trackers, tracker, &nearest)).collect();
            format!("{told}; did you mean {names}? get_datasets {}", json!({"datasets": all}))
        }
        None => {
            let tracker = input.tracker.iter().map(|name| ("tracker".to_owned(), json!(name)));
            format!("{told}; all: search_datasets {}", Value::Object(tracker.collect()))
        }
    }
}

#[cfg(test)]
mod tests;

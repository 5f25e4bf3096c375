//! `list_projects`

use std::sync::Arc;

use backends::model::{Parts, Project};
use backends::query::Order;
use backends::tracker::{ProjectQuery, ProjectScope, Referent, RunQuery};
use backends::{Call, Capabilities, Tracker};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::columns::tags;
use super::conditions;
use super::near::near_names;
use super::paging::{Merged, Paging, Row, Want, merge};
use crate::problem::Result;
use crate::render::{Answer, Cell, Column, fit, one_line};
use crate::tool::{Access, Tool};
use crate::trackers::{Trackers, ask};

/// `list_projects`
pub struct ListProjects;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// part of the name
    query: Option<String>,
    /// only this one
    tracker: Option<String>,
    /// also archived and deleted
    include_archived: Option<bool>,
    /// max 100
    #[serde(default = "limit")]
    #[schemars(range(min = 1, max = 100))]
    limit: usize,
    /// from next_cursor
    cursor: Option<String>,
}

/// Tags of a project that a row shows.
const TAGS: usize = 8;

fn limit() -> usize {
    50
}

impl Tool for ListProjects {
    const NAME: &'static str = "list_projects";
    const GUIDE: &'static str = include_str!("../../guides/tools/list_projects.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.projects
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let (paging, call) = Paging::read(&input, input.cursor.as_deref(), call)?;
        let asked = trackers.asked(input.tracker.as_deref())?;
        let text = conditions::text(input.query.as_deref());
        let question = |tracker: Arc<dyn Tracker>, call, Want { cursor, limit }| {
            let include_archived = input.include_archived.unwrap_or(false);
            let query = ProjectQuery { text: text.map(ToOwned::to_owned), include_archived, limit, cursor };
            async move { tracker.projects(&call, &query).await }
        };
        let (sources, failed) = paging.pages(asked, &call, input.limit, question).await?;
        let newest =
            |(_, a): &Row<Project>, (_, b): &Row<Project>| b.updated.cmp(&a.updated).then_with(|| a.id.cmp(&b.id));
        let merged = merge(sources, input.limit, newest);
        let mut answer = fit(merged.rows.len(), call.allowance().characters, |rows| page(&merged, &paging, rows));
        answer = answer.notes(&merged.notes).notes(&failed).notes(trackers.not_asked(input.tracker.as_deref()));
        if merged.rows.is_empty() {
            answer = answer.notes(none(trackers, &call, &input, text).await);
        }
        Ok(answer)
    }
}

fn page(merged: &Merged<Project>, paging: &Paging, rows: usize) -> Answer {
    let columns = ["project", "name", "created", "updated", "archived", "runs", "tags", "note"];
    let table = merged.rows.iter().take(rows).map(|(tracker, project)| row(tracker.name(), project)).collect();
    Answer::new()
        .table("projects", columns.into_iter().map(Column::new).collect(), table)
        .fact("returned", rows)
        .fact("total", merged.total)
        .fact("next_cursor", merged.cursor(paging, rows).map(Cell::Text))
}

fn row(tracker: &str, project: &Project) -> Vec<Cell> {
    let counts = project
        .runs
        .as_ref()
        .map(|runs| Cell::List(runs.iter().map(|(status, count)| Cell::text(format!("{count} {status}"))).collect()));
    vec![
        Cell::text(format!("{tracker}:{}", project.id)),
        Cell::foreign(&project.name),
        Cell::from(project.created),
        Cell::from(project.updated),
        Cell::from(project.archived.then_some(true)),
        counts.unwrap_or(Cell::Missing),
        tags(&project.tags, TAGS),
        Cell::from(project.note.as_deref().map(|note| Cell::foreign_up_to(note, 100))),
    ]
}

/// Why there is nothing, and whether it is a run that goes by that name: what ClearML calls an experiment is one.
async fn none(trackers: &Trackers, call: &Call, input: &Input, text: Option<&str>) -> Vec<String> {
    let Some(text) = text else { return vec!["there is no project yet".to_owned()] };
    let shown = one_line(text, 80);
    let told = format!("no project's name contains '{shown}'");
    let Ok(asked) = trackers.asked(input.tracker.as_deref()) else { return vec![told] };
    let (near, runs) = futures::join!(near(asked.clone(), call, text), called_so(asked, call, text));
    let mut all = json!({});
    if let (Some(tracker), Some(arguments)) = (&input.tracker, all.as_object_mut()) {
        arguments.insert("tracker".to_owned(), json!(tracker));
    }
    let mut notes = vec![match near_names(text, &near) {
        Some((names, nearest)) => {
            format!("{told}; did you mean {names}? list_projects {}", json!({"query": nearest}))
        }
        None => format!("{told}; all: list_projects {all}"),
    }];
    if !runs.is_empty() {
        let call = json!({"query": shown});
        notes.push(format!("runs are called so: {}; search_runs {call}", runs.join(", ")));
    }
    notes
}

/// Names of projects that resemble a text, and of one that has it for its id.
async fn near(asked: Vec<Arc<dyn Tracker>>, call: &Call, text: &str) -> Vec<Row<String>> {
    let answers =
        ask(asked, call, |tracker, call| async move { tracker.resolve(&call, Referent::Project, text).await }).await;
    let answers = answers.map(|answers| answers.answered).unwrap_or_default();
    let named = answers.into_iter().flat_map(|(tracker, found)| {
        let names = found.candidates.into_iter().map(|one| one.name).chain(found.near);
        names.map(|name| (Arc::clone(&tracker), name)).collect::<Vec<_>>()
    });
    named.collect()
}

/// Names of runs that a text finds.
async fn called_so(asked: Vec<Arc<dyn Tracker>>, call: &Call, text: &str) -> Vec<String> {
    let answers = ask(asked, call, |tracker, call| {
        let query = RunQuery {
            projects: ProjectScope::All,
            text: Some(text.to_owned()),
            filter: None,
            order: Order::default(),
            include_archived: false,
            parts: Parts::NONE,
            limit: 5,
            cursor: None,
        };
        async move { tracker.search_runs(&call, &query).await }
    })
    .await;
    let names = answers.iter().flat_map(|answers| &answers.answered).flat_map(|(_, page)| &page.rows);
    names.map(|run| format!("'{}'", one_line(&run.name, 60))).collect()
}

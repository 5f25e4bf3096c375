//! `search_models`

use std::sync::Arc;

use backends::model::{Model, ModelKind, ModelVersion};
use backends::query::Filter;
use backends::tracker::{ModelQuery, ProjectScope};
use backends::{Call, Capabilities, Error, Tracker};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::columns::tags;
use super::conditions;
use super::near::near_names;
use super::paging::{Merged, Paging, Row, Want, merge};
use crate::problem::{Problem, Result};
use crate::references::scopes;
use crate::render::{Answer, Cell, Column, fit, one_line};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `search_models`
pub struct SearchModels;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// part of the name
    query: Option<String>,
    /// names, ids
    #[serde(default)]
    projects: Vec<String>,
    /// word or key=value
    #[serde(default)]
    tags: Vec<String>,
    /// only this one
    tracker: Option<String>,
    /// default registered
    kind: Option<Kind>,
    /// alias = 'champion'
    filter: Option<String>,
    /// max 100
    #[serde(default = "limit")]
    #[schemars(range(min = 1, max = 100))]
    limit: usize,
    /// next_cursor
    cursor: Option<String>,
}

#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Registered,
    Logged,
    Prompt,
}

impl From<Kind> for ModelKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Registered => Self::Registered,
            Kind::Logged => Self::Logged,
            Kind::Prompt => Self::Prompt,
        }
    }
}

/// Tags, aliases and metrics of a model that a row shows.
const SHOWN: usize = 6;
/// Characters of a description in a row.
const DESCRIPTION: usize = 100;

fn limit() -> usize {
    20
}

impl Tool for SearchModels {
    const NAME: &'static str = "search_models";
    const GUIDE: &'static str = include_str!("../../guides/tools/search_models.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.models
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let (paging, call) = Paging::read(&input, input.cursor.as_deref(), call)?;
        let kind = input.kind.map(ModelKind::from).unwrap_or_default();
        let filter = filter(&input, &call)?;
        let text = conditions::text(input.query.as_deref());
        let mut notes = Vec::new();
        // Registered models of MLflow lie in no project: an operator's default is none to them.
        let places = match input.projects.is_empty() {
            true => {
                notes.extend(trackers.not_asked(input.tracker.as_deref()));
                let asked = trackers.asked(input.tracker.as_deref())?;
                asked.into_iter().map(|tracker| (tracker, ProjectScope::All)).collect::<Vec<_>>()
            }
            false => {
                let found = scopes(trackers, &call, &input.projects, input.tracker.as_deref()).await?;
                notes.extend(found.remarks());
                found.list.into_iter().map(|scope| (scope.tracker, scope.projects)).collect()
            }
        };
        let asked: Vec<Arc<dyn Tracker>> =
            places.iter().filter(|(tracker, _)| tracker.models().is_some()).map(|(one, _)| Arc::clone(one)).collect();
        if asked.is_empty() && input.cursor.is_none() {
            return Err(Error::unsupported("none of the trackers asked knows models").into());
        }
        let question = |tracker: Arc<dyn Tracker>, call, Want { cursor, limit }| {
            let place = places.iter().find(|(known, _)| known.name() == tracker.name());
            let query = ModelQuery {
                kind,
                projects: place.map_or(ProjectScope::All, |(_, projects)| projects.clone()),
                text: text.map(ToOwned::to_owned),
                filter: filter.clone(),
                limit,
                cursor,
            };
            async move {
                let Some(side) = tracker.models() else { return Err(Error::unsupported("no models")) };
                side.search_models(&call, &query).await
            }
        };
        let (sources, failed) = paging.pages(asked, &call, input.limit, question).await?;
        let newest = |(_, a): &Row<Model>, (_, b): &Row<Model>| b.listed_by.cmp(&a.listed_by);
        let merged = merge(sources, input.limit, newest);
        notes.extend(merged.notes.iter().chain(&failed).cloned());
        if merged.is_nothing(&paging) {
            notes.push(nothing(&input, kind, &merged.near));
        }
        let page = |rows| page(&merged, &paging, rows).notes(&notes);
        Ok(fit(merged.rows.len(), call.allowance().characters, page))
    }
}

/// The conditions that must all hold; an error if one is of runs alone.
fn filter(input: &Input, call: &Call) -> Result<Option<Filter>> {
    let mut parts: Vec<Filter> = Vec::new();
    parts.extend(input.filter.as_deref().map(|text| Filter::parse(text, call.now())).transpose()?);
    parts.extend(conditions::all_tags(&input.tags));
    let filter = (!parts.is_empty()).then(|| Filter::all(parts));
    if let Some(key) = filter.iter().flat_map(Filter::keys).find(|key| !key.is_of_models()) {
        let error = Error::bad_input(format!(
            "{key} is a key of runs; of models: name, id, alias, stage, framework, tags.k, user, project, created, archived, \
             metrics.k and params.k of logged ones"
        ));
        let instead = json!({"filter": input.filter.clone().unwrap_or_default()});
        return Err(Problem::from(error).next("search_runs", instead));
    }
    Ok(filter)
}

/// What to say of an empty list, with the call that finds something.
fn nothing(input: &Input, kind: ModelKind, near: &[Row<String>]) -> String {
    let what = match kind {
        ModelKind::Registered => "registered model",
        ModelKind::Logged => "logged model",
        ModelKind::Prompt => "prompt",
    };
    let narrowed = input.filter.is_some() || !input.projects.is_empty() || !input.tags.is_empty();
    let mut of_kind = Map::from_iter(input.tracker.iter().map(|name| ("tracker".to_owned(), json!(name))));
    of_kind.extend((kind != ModelKind::default()).then(|| ("kind".to_owned(), json!(kind.word()))));
    match conditions::text(input.query.as_deref()) {
        Some(text) => {
            let fits = if narrowed { " among those that fit the other arguments" } else { "" };
            let told = format!("no {what}'s name contains '{}'{fits}", one_line(text, 80));
            match near_names(text, near) {
                Some((names, nearest)) => {
                    of_kind.insert("query".to_owned(), json!(nearest));
                    format!("{told}; did you mean {names}? search_models {}", Value::Object(of_kind))
                }
                None => format!("{told}; all: search_models {}", Value::Object(of_kind)),
            }
        }
        None if narrowed => format!("no {what} fits; all: search_models {}", Value::Object(of_kind)),
        None => {
            let others = match of_kind.remove("kind") {
                None => {
                    of_kind.insert("kind".to_owned(), json!(ModelKind::Logged.word()));
                    "models that runs saved"
                }
                Some(_) => "registered models",
            };
            format!("there is no {what} yet; {others}: search_models {}", Value::Object(of_kind))
        }
    }
}

fn page(merged: &Merged<Model>, paging: &Paging, rows: usize) -> Answer {
    let columns = [
        "model",
        "name",
        "latest",
        "aliases",
        "stages",
        "status",
        "framework",
        "metrics",
        "run",
        "registered_as",
        "text",
        "project",
        "owner",
        "created",
        "updated",
        "tags",
        "description",
        "url",
    ];
    let table = merged.rows.iter().take(rows).map(|(tracker, model)| row(tracker.name(), model)).collect();
    Answer::new()
        .table("models", columns.into_iter().map(Column::new).collect(), table)
        .fact("returned", rows)
        .fact("total", merged.total)
        .fact("next_cursor", merged.cursor(paging, rows).map(Cell::Text))
}

fn row(tracker: &str, model: &Model) -> Vec<Cell> {
    let newest = model.versions.first();
    let of_newest = |read: &dyn Fn(&ModelVersion) -> Cell| newest.map_or(Cell::Missing, read);
    // Where a model is its own only version, its tags are its aliases.
    let versioned = |version: &ModelVersion| version.version != model.id;
    let is_versioned = newest.is_none_or(versioned);
    let aliases = model.aliases.iter().filter(|_| is_versioned).take(SHOWN);
    let aliases = aliases.map(|(alias, version)| Cell::foreign(&format!("{alias}={version}"))).collect();
    let stages = model.versions.iter().filter_map(|version| {
        version.stage.as_ref().map(|stage| Cell::foreign(&format!("{stage}={}", version.version)))
    });
    vec![
        Cell::foreign(&format!("{tracker}:{}", model.id)),
        Cell::from((model.name != model.id).then(|| Cell::foreign(&model.name))),
        of_newest(&|version| Cell::from(versioned(version).then(|| Cell::foreign(&version.version)))),
        Cell::List(aliases),
        Cell::List(stages.collect()),
        of_newest(&|version| Cell::from(version.status.as_deref().map(Cell::foreign))),
        of_newest(&|version| Cell::List(version.frameworks.iter().map(|name| Cell::foreign(name)).collect())),
        of_newest(&metrics),
        of_newest(&|version| Cell::from(version.run.as_ref().map(|run| Cell::text(format!("{tracker}:{run}"))))),
        of_newest(&|version| Cell::List(version.registered_as.iter().map(|name| Cell::foreign(name)).collect())),
        of_newest(&|version| {
            Cell::from(version.prompt.as_ref().map(|prompt| Cell::foreign_up_to(&prompt.text, DESCRIPTION)))
        }),
        Cell::from(model.project.as_ref().map(|project| Cell::foreign(&project.name))),
        Cell::from(model.owner.as_deref().map(Cell::foreign)),
        Cell::from(model.created),
        Cell::from(model.updated),
        tags(&model.tags, SHOWN),
        Cell::from(model.description.as_deref().map(|text| Cell::foreign_up_to(text, DESCRIPTION))),
        Cell::from(model.web_url.as_deref().map(Cell::foreign)),
    ]
}

fn metrics(version: &ModelVersion) -> Cell {
    let own = version.metrics.iter().filter(|(_, metric)| !metric.machine).take(SHOWN);
    Cell::List(
        own.map(|(name, metric)| Cell::foreign(&format!("{name}={}", super::figures::rounded(metric.value)))).collect(),
    )
}

//! `get_models`

mod rivals;
mod versions;

use std::sync::Arc;

use backends::model::{ModelDetails, ModelFacts, ModelVersion, Run};
use backends::{Call, Capabilities, Error, Tracker};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::columns::{status, tags};
use super::uncommitted::come_to;
use crate::problem::{Problem, Result};
use crate::references::{FetchedModels, fetch_models};
use crate::render::{Answer, Cell, Column, Keep, fit, redact_value};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `get_models`
pub struct GetModels;

/// Models of one answer at most.
const MOST: usize = 20;
/// Characters of a description, a prompt, a configuration; of one model and of several.
const LONG: (usize, usize) = (4_000, 400);
/// Characters of an address.
const ADDRESS: usize = 400;
/// Params, labels, entries of metadata that are shown.
const PAIRS: usize = 40;
/// Runs that use a model that are shown.
const CONSUMERS: usize = 20;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// name, name/3, name@champion, id, URL
    models: Vec<String>,
    /// versions each
    #[serde(default = "limit")]
    #[schemars(range(min = 1, max = 100))]
    limit: usize,
}

fn limit() -> usize {
    10
}

impl Tool for GetModels {
    const NAME: &'static str = "get_models";
    const GUIDE: &'static str = include_str!("../../guides/tools/get_models.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.models
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let Input { models: references, limit } = input;
        if references.is_empty() {
            let error = Error::bad_input("models is empty; name at least one");
            return Err(Problem::from(error).next("search_models", json!({})));
        }
        if references.len() > MOST {
            let count = references.len();
            return Err(
                Error::bad_input(format!("{count} models were named, at most {MOST} are answered at once")).into()
            );
        }
        let found = fetch_models(trackers, call, &references, limit).await?;
        let budget = call.allowance().characters;
        if let [(tracker, details)] = found.models.as_slice() {
            let one = Shown::of(tracker, details, LONG.0);
            // Of a single model the rows of its versions are what is long.
            let page = |rows| around(Answer::new().records("models", vec![one.record(rows)]), &found, 1);
            return Ok(fit(details.model.versions.len(), budget, page));
        }
        let page = |models: usize| {
            let some = found.models.iter().take(models);
            let records =
                some.map(|(tracker, details)| Shown::of(tracker, details, LONG.1).record(details.model.versions.len()));
            around(Answer::new().records("models", records.collect()), &found, models)
        };
        Ok(fit(found.models.len(), budget, page))
    }
}

/// What stands around the records: what is missing, and the rest.
fn around(answer: Answer, found: &FetchedModels, shown: usize) -> Answer {
    let mut answer = answer.fact("returned", shown.min(found.models.len()));
    if !found.missing.is_empty() {
        let missing = found.missing.iter().map(|(text, _)| Cell::foreign(text)).collect();
        answer = answer.fact("missing", Cell::List(missing));
    }
    let rest: Vec<String> = found.models.iter().skip(shown).map(|(tracker, one)| reference(tracker, one)).collect();
    if !rest.is_empty() {
        let call = json!({"models": rest});
        answer = answer.note(format!("{} more models do not fit into one answer: get_models {call}", rest.len()));
    }
    answer.notes(found.missing.iter().map(|(_, problem)| problem.to_string())).notes(&found.failed)
}

/// The reference of a model, as other tools take it.
fn reference(tracker: &Arc<dyn Tracker>, details: &ModelDetails) -> String {
    format!("{}:{}", tracker.name(), details.model.id)
}

/// One model as it is shown.
struct Shown<'a> {
    tracker: &'a str,
    details: &'a ModelDetails,
    /// Characters of long texts.
    long: usize,
}

impl<'a> Shown<'a> {
    fn of(tracker: &'a Arc<dyn Tracker>, details: &'a ModelDetails, long: usize) -> Self {
        Self { tracker: tracker.name(), details, long }
    }

    fn reference(&self, id: &str) -> Cell {
        Cell::foreign(&format!("{}:{id}", self.tracker))
    }

    /// The model with at most so many rows of versions.
    fn record(&self, rows: usize) -> Answer {
        let model = &self.details.model;
        let leader = model.leader(self.details.asked.as_deref());
        let lone = model.versions.len() == 1 && leader.is_some_and(|version| version.id == model.id);
        let aliases = model.aliases.iter().filter(|_| !lone);
        let aliases = aliases.map(|(alias, version)| Cell::foreign(&format!("{alias}={version}"))).collect();
        let mut answer = Answer::new()
            .fact("model", self.reference(&model.id))
            .fact("name", (model.name != model.id).then(|| Cell::foreign(&model.name)))
            .fact("kind", Cell::text(model.kind.word()))
            .fact("aliases", Cell::List(aliases))
            .fact("versions_in_all", model.total.filter(|_| !lone))
            .fact("project", model.project.as_ref().map(|project| Cell::foreign(&project.name)))
            .fact("owner", model.owner.as_deref().map(Cell::foreign))
            .fact("created", model.created)
            .fact("updated", model.updated)
            .fact("archived", model.archived.then_some(true))
            .fact("tags", tags(&model.tags, PAIRS))
            .fact("url", model.web_url.as_deref().map(Cell::foreign));
        if let Some(text) = &model.description {
            answer = answer.foreign("description", self.source(), text, self.long, Keep::Start);
        }
        if let Some(version) = leader {
            answer = answer.section(self.heading(version), self.version(version, model.description.as_deref(), lone));
        }
        if !lone {
            answer = versions::table(answer, self.tracker, self.details, rows);
            answer = rivals::told(answer, self.tracker, self.details);
        }
        self.consumers(answer).notes(&self.details.notes)
    }

    fn source(&self) -> String {
        format!("model {}:{}", self.tracker, self.details.model.id)
    }

    /// Why this version is told at length.
    fn heading(&self, version: &ModelVersion) -> &'static str {
        let model = &self.details.model;
        let is = |other: Option<&ModelVersion>| other.is_some_and(|other| other.id == version.id);
        if self.details.asked.is_some() {
            "asked_for"
        } else if is(model.in_use()) {
            "in_use"
        } else {
            "newest"
        }
    }

    /// The version that matters most, with the run that made it.
    fn version(&self, version: &ModelVersion, told: Option<&str>, lone: bool) -> Answer {
        let description = version.description.as_deref().filter(|text| Some(*text) != told);
        let list = |texts: &[String]| Cell::List(texts.iter().map(|text| Cell::foreign(text)).collect());
        let mut answer = Answer::new()
            .fact("version", (!lone).then(|| self.reference(&version.id)))
            .fact("number", (!version.id.ends_with(&version.version)).then(|| Cell::foreign(&version.version)))
            .fact("status", version.status.as_deref().map(Cell::foreign))
            .fact("stage", version.stage.as_deref().map(Cell::foreign))
            .fact("aliases", if lone { Cell::Missing } else { list(&version.aliases) })
            .fact("created", version.created.filter(|_| !lone))
            .fact("user", version.user.as_deref().filter(|_| !lone).map(Cell::foreign))
            .fact("framework", list(&version.frameworks))
            .fact("location", version.location.as_deref().map(|text| Cell::foreign_up_to(text, ADDRESS)))
            .fact("logged_model", version.logged.as_deref().filter(|_| !lone).map(|id| self.reference(id)))
            .fact("registered_as", list(&version.registered_as))
            .fact("tags", if lone { Cell::Missing } else { tags(&version.tags, PAIRS) })
            .fact("url", version.web_url.as_deref().filter(|_| !lone).map(Cell::foreign));
        if let Some((_, facts)) = self.details.facts.as_ref().filter(|(id, _)| *id == version.id) {
            answer = self::facts(answer, facts);
        }
        answer = answer
            .section("labels", pairs(version.labels.iter().map(|(name, number)| (name, number.to_string()))))
            .section("metadata", pairs(version.metadata.iter().map(|(name, text)| (name, text.clone()))))
            .section("params", pairs(version.params.iter().map(|(name, text)| (name, text.clone()))));
        answer = metrics(answer, "metrics_of_the_model", &version.metrics);
        if let Some(text) = description {
            answer = answer.foreign("description_of_version", self.source(), text, self.long, Keep::Start);
        }
        if let Some(text) = &version.config {
            answer = answer.foreign("config", self.source(), text, self.long, Keep::Start);
        }
        if let Some(prompt) = &version.prompt {
            answer = answer.fact("prompt_type", prompt.kind.as_deref().map(Cell::foreign));
            answer = answer.foreign("prompt", self.source(), &prompt.text, self.long, Keep::Start);
        }
        match (self.details.source(version), &version.run) {
            (Some(run), _) => answer.section("source_run", self.source_run(run)),
            (None, Some(id)) => answer.fact("source_run", Cell::text(format!("{}:{id} (gone)", self.tracker))),
            (None, None) if version.prompt.is_none() => answer.fact("source_run", Cell::text("none: no run made it")),
            (None, None) => answer,
        }
    }

    /// The run that made a version: its state, its code and data, its params and metrics.
    fn source_run(&self, run: &Run) -> Answer {
        let foreign = |text: &Option<String>| Cell::from(text.as_deref().map(Cell::foreign));
        let diff = run.code.diff.as_deref().map(|diff| Cell::foreign(&come_to(diff)));
        let answer = Answer::new()
            .fact("run", Cell::text(format!("{}:{}", self.tracker, run.id)))
            .fact("name", Cell::foreign(&run.name))
            .fact("status", status(run))
            .fact("project", Cell::foreign(&run.project.name))
            .fact("user", run.user.as_deref().map(Cell::foreign))
            .fact("started", run.started)
            .fact("archived", run.archived.then_some(true))
            .fact("commit", foreign(&run.code.commit))
            .fact("branch", foreign(&run.code.branch))
            .fact("repository", foreign(&run.code.repository))
            .fact("entry_point", foreign(&run.code.entry_point))
            .fact("uncommitted", diff)
            .fact("url", run.web_url.as_deref().map(Cell::foreign));
        let rows = run.datasets.iter().take(PAIRS).map(|data| {
            vec![Cell::foreign(&data.name), foreign(&data.version), foreign(&data.context), foreign(&data.source)]
        });
        let columns = ["name", "version", "context", "source"].map(Column::new).to_vec();
        let answer = answer.table("datasets", columns, rows.collect());
        let answer = self.more(answer, run, "datasets", run.datasets.len());
        let answer = metrics(answer, "metrics", &run.metrics);
        let count = run.metrics.values().filter(|metric| !metric.machine).count();
        let answer = self.more(answer, run, "metrics", count);
        answer.section("params", pairs(run.params.iter().map(|(name, text)| (name, text.clone()))))
    }

    /// How many of a run's things are not shown, and the call that shows all.
    fn more(&self, answer: Answer, run: &Run, what: &str, count: usize) -> Answer {
        match count.saturating_sub(PAIRS) {
            0 => answer,
            more => {
                let call = json!({"runs": [format!("{}:{}", self.tracker, run.id)], "include": [what]});
                answer.note(format!("{more} more {what} are not shown: get_runs {call}"))
            }
        }
    }

    fn consumers(&self, answer: Answer) -> Answer {
        let Some(runs) = &self.details.used_by else { return answer };
        if runs.is_empty() {
            return answer.fact("used_by", Cell::text("no run"));
        }
        let row = |run: &Run| {
            vec![
                Cell::text(format!("{}:{}", self.tracker, run.id)),
                Cell::foreign(&run.name),
                status(run),
                Cell::foreign(&run.project.name),
                Cell::from(run.started),
            ]
        };
        let columns = ["run", "name", "status", "project", "started"].map(Column::new).to_vec();
        let rows = runs.iter().take(CONSUMERS).map(row).collect();
        let answer = answer.table("used_by", columns, rows);
        match runs.len().saturating_sub(CONSUMERS) {
            0 => answer,
            more => {
                let filter = format!("model = '{}'", self.details.model.id);
                let call = json!({"filter": filter});
                answer.note(format!("{more} more runs use it; all that used or made it: search_runs {call}"))
            }
        }
    }
}

/// What a model says of itself.
fn facts(answer: Answer, facts: &ModelFacts) -> Answer {
    let list = |texts: &[String]| Cell::List(texts.iter().map(|text| Cell::foreign(text)).collect());
    let flavor = |(name, version): (&String, &String)| match version.is_empty() {
        true => Cell::foreign(name),
        false => Cell::foreign(&format!("{name} {version}")),
    };
    answer
        .fact("flavors", Cell::List(facts.flavors.iter().map(flavor).collect()))
        .fact("inputs", list(&facts.inputs))
        .fact("outputs", list(&facts.outputs))
        .fact("python", facts.python.as_deref().map(Cell::foreign))
        .fact("mlflow", facts.mlflow.as_deref().map(Cell::foreign))
        .fact("bytes", facts.bytes)
}

/// Values under names that others gave.
fn pairs<'p>(pairs: impl Iterator<Item = (&'p String, String)>) -> Answer {
    let mut answer = Answer::new();
    let mut more = 0_usize;
    for (at, (name, text)) in pairs.enumerate() {
        if at < PAIRS {
            let value = if text.is_empty() { Cell::text("(empty)") } else { Cell::foreign(&redact_value(name, &text)) };
            answer = answer.fact(crate::render::escape_key(name), value);
        } else {
            more += 1;
        }
    }
    if more > 0 { answer.note(format!("{more} more are not shown")) } else { answer }
}

/// Last values with their steps; not those about the machine.
fn metrics(
    answer: Answer,
    name: &str,
    metrics: &std::collections::BTreeMap<String, backends::model::Metric>,
) -> Answer {
    let rows = metrics.iter().filter(|(_, metric)| !metric.machine).take(PAIRS);
    let rows = rows.map(|(name, metric)| vec![Cell::key(name), metric.value.into(), metric.step.into()]).collect();
    answer.table(name, ["metric", "value", "step"].map(Column::exact).to_vec(), rows)
}

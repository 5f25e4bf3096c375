//! `get_runs`

use backends::model::{Code, Part, Parts, Run, RunDetails};
use backends::{Call, Capabilities, Error};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::columns::{glob, status};
use crate::problem::{Problem, Result};
use crate::references::{Fetched, RunRef, fetch_runs};
use crate::render::{Answer, BUDGET, Cell, Column, Keep, fit, one_line, redact_value};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `get_runs`
pub struct GetRuns;

/// Runs of one answer at most.
const MOST: usize = 50;
/// Characters of a note that are shown.
const NOTE: usize = 2_000;
/// Characters of a param's or tag's value, for one run and for several.
const VALUE: (usize, usize) = (500, 160);
/// Packages that are shown.
const PACKAGES: usize = 200;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 1-50: id, unique name, invocation_id, URL, 'last 3', 'best val_f1', 'where FILTER'
    runs: Vec<String>,
    /// parts to show; default params, metrics, tags
    #[serde(default)]
    include: Vec<Include>,
    /// only these params and metrics, * is any text: val*, lr
    #[serde(default)]
    keys: Vec<String>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Include {
    Params,
    Metrics,
    Tags,
    Artifacts,
    Datasets,
    Models,
    Code,
    Config,
    Children,
}

impl From<Include> for Part {
    fn from(include: Include) -> Self {
        match include {
            Include::Params => Self::Params,
            Include::Metrics => Self::Metrics,
            Include::Tags => Self::Tags,
            Include::Artifacts => Self::Artifacts,
            Include::Datasets => Self::Datasets,
            Include::Models => Self::Models,
            Include::Code => Self::Code,
            Include::Config => Self::Config,
            Include::Children => Self::Children,
        }
    }
}

impl Tool for GetRuns {
    const NAME: &'static str = "get_runs";
    const GUIDE: &'static str = include_str!("../../guides/tools/get_runs.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.runs
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let Input { runs: references, include, keys } = input;
        if references.is_empty() {
            let error = Error::bad_input("runs is empty; name at least one, such as 'last' or an id");
            return Err(Problem::from(error).next("get_runs", json!({"runs": ["last"]})));
        }
        if references.len() > MOST {
            let error =
                Error::bad_input(format!("{} runs were named, at most {MOST} are answered at once", references.len()));
            return Err(error.into());
        }
        let parts = match include.is_empty() {
            true => Parts::of(&[Part::Params, Part::Metrics, Part::Tags]),
            false => include.into_iter().map(Part::from).collect(),
        };
        let found = fetch_runs(trackers, call, &references, MOST, parts).await?;
        let view = View { now: call.now(), parts, keys: &keys, several: found.runs.len() > 1 };
        Ok(fit(found.runs.len(), BUDGET, |shown| view.page(&found, shown)))
    }
}

/// What of the runs is shown.
struct View<'a> {
    now: jiff::Timestamp,
    parts: Parts,
    keys: &'a [String],
    several: bool,
}

impl View<'_> {
    fn page(&self, found: &Fetched, shown: usize) -> Answer {
        let records = found.runs.iter().take(shown).map(|(run, details)| self.record(run, details)).collect();
        let mut answer = Answer::new().records("runs", records).fact("returned", shown);
        if !found.missing.is_empty() {
            answer =
                answer.fact("missing", Cell::List(found.missing.iter().map(|(text, _)| Cell::foreign(text)).collect()));
        }
        let rest: Vec<String> = found.runs.iter().skip(shown).map(|(run, _)| run.text()).collect();
        if !rest.is_empty() {
            let call = json!({"runs": rest});
            answer = answer.note(format!(
                "{} more runs do not fit into one answer; keys shows less of each, the rest: get_runs {call}",
                rest.len()
            ));
        }
        let fitting = |key: &&String| found.runs.iter().any(|(_, one)| names(&one.run).any(|name| glob(key, name)));
        for key in self.keys.iter().filter(|key| !fitting(key)) {
            answer = answer.note(format!("no param or metric of these runs fits '{}'", one_line(key, 80)));
        }
        // What several runs have to say alike is said once.
        let mut said: Vec<&String> = Vec::new();
        for note in found.runs.iter().take(shown).flat_map(|(_, details)| &details.notes) {
            if !said.contains(&note) {
                said.push(note);
            }
        }
        answer
            .notes(&found.remarks)
            .notes(found.missing.iter().map(|(_, problem)| problem.to_string()))
            .notes(&found.failed)
            .notes(said)
    }

    fn record(&self, reference: &RunRef, details: &RunDetails) -> Answer {
        let run = &details.run;
        let tracker = reference.tracker.name();
        let mut answer = Answer::new()
            .fact("run", Cell::text(reference.text()))
            .fact("name", Cell::foreign(&run.name))
            .fact("status", status(run))
            .fact("reason", run.reason.as_deref().map(|text| Cell::foreign_up_to(text, VALUE.0)))
            .fact("type", run.kind.as_deref().map(Cell::foreign))
            .fact("project", Cell::foreign(&run.project.name))
            .fact("user", run.user.as_deref().map(Cell::foreign))
            .fact("started", run.started)
            .fact("ended", run.ended)
            .fact("duration", run.duration(self.now))
            .fact("archived", run.archived.then_some(true))
            .fact("parent", run.parent.as_ref().map(|id| Cell::text(format!("{tracker}:{id}"))))
            .fact("url", run.web_url.clone().map(Cell::Text));
        if let Some(note) = &run.note {
            answer = answer.foreign("note", format!("run {}", reference.text()), note, NOTE, Keep::Start);
        }
        answer = self.metrics(answer, run);
        if self.parts.contains(Part::Params) {
            answer = answer.section("params", self.pairs(run.params.iter().filter(|(key, _)| self.wanted(key))));
        }
        if self.parts.contains(Part::Tags) {
            answer = answer.section("tags", self.pairs(run.tags.iter()));
        }
        if self.parts.contains(Part::Code) {
            answer = answer.section("code", code(&run.code));
        }
        lists(answer, self.parts, details, tracker)
    }

    fn metrics(&self, answer: Answer, run: &Run) -> Answer {
        if !self.parts.contains(Part::Metrics) {
            return answer;
        }
        let columns = ["metric", "value", "step", "min", "max"].map(Column::exact).to_vec();
        let rows = run.metrics.iter().filter(|(key, _)| self.wanted(key)).map(|(key, metric)| {
            let extreme = |extreme: Option<(f64, Option<i64>)>| Cell::from(extreme.map(|(value, _)| value));
            vec![Cell::key(key), metric.value.into(), metric.step.into(), extreme(metric.min), extreme(metric.max)]
        });
        answer.table("metrics", columns, rows.collect())
    }

    fn pairs<'p>(&self, pairs: impl Iterator<Item = (&'p String, &'p String)>) -> Answer {
        let cap = if self.several { VALUE.1 } else { VALUE.0 };
        pairs.fold(Answer::new(), |answer, (key, value)| {
            let value = match value.is_empty() {
                // A word as a tag, or an empty parameter: it is there.
                true => Cell::text("(empty)"),
                false => Cell::foreign_up_to(&redact_value(key, value), cap),
            };
            answer.fact(crate::render::escape_key(key), value)
        })
    }

    fn wanted(&self, name: &str) -> bool {
        self.keys.is_empty() || self.keys.iter().any(|key| glob(key, name))
    }
}

fn names(run: &Run) -> impl Iterator<Item = &String> {
    run.params.keys().chain(run.metrics.keys())
}

fn code(code: &Code) -> Answer {
    let packages = code.packages.iter().take(PACKAGES).map(|package| Cell::foreign(package)).collect();
    let foreign = |text: &Option<String>| Cell::from(text.as_deref().map(Cell::foreign));
    Answer::new()
        .fact("commit", foreign(&code.commit))
        .fact("branch", foreign(&code.branch))
        .fact("repository", foreign(&code.repository))
        .fact("entry_point", foreign(&code.entry_point))
        .fact("uncommitted_characters", code.diff.as_ref().map(|diff| diff.chars().count()))
        .fact("packages", Cell::List(packages))
}

fn lists(mut answer: Answer, parts: Parts, details: &RunDetails, tracker: &str) -> Answer {
    let run = &details.run;
    let columns = |names: &[&str]| names.iter().copied().map(Column::new).collect::<Vec<_>>();
    let foreign = |text: &Option<String>| Cell::from(text.as_deref().map(Cell::foreign));
    let mut none = Vec::new();
    if parts.contains(Part::Datasets) {
        none.extend(run.datasets.is_empty().then_some("datasets"));
        let row = |data: &backends::model::DatasetInput| {
            vec![Cell::foreign(&data.name), foreign(&data.version), foreign(&data.context), foreign(&data.source)]
        };
        let rows = run.datasets.iter().map(row).collect();
        answer = answer.table("datasets", columns(&["name", "version", "context", "source"]), rows);
    }
    if parts.contains(Part::Models) {
        none.extend(run.models.is_empty().then_some("models"));
        let row = |model: &backends::model::ModelReference| {
            let direction = if model.output { "made" } else { "used" };
            vec![Cell::foreign(&model.id), foreign(&model.name), Cell::text(direction)]
        };
        answer = answer.table("models", columns(&["model", "name", "direction"]), run.models.iter().map(row).collect());
    }
    if let Some(artifacts) = &details.artifacts {
        none.extend(artifacts.is_empty().then_some("artifacts"));
        let row = |file: &backends::model::Artifact| {
            vec![
                Cell::foreign(&file.path),
                Cell::from(file.size),
                Cell::from(file.folder.then_some("folder").map(Cell::text)),
            ]
        };
        answer = answer.table("artifacts", columns(&["path", "bytes", "kind"]), artifacts.iter().map(row).collect());
    }
    if let Some(children) = &details.children {
        none.extend(children.is_empty().then_some("children"));
        let row = |child: &Run| {
            vec![
                Cell::text(format!("{tracker}:{}", child.id)),
                Cell::foreign(&child.name),
                status(child),
                Cell::from(child.started),
            ]
        };
        let rows = children.iter().map(row).collect();
        answer = answer.table("children", columns(&["run", "name", "status", "started"]), rows);
    }
    let none = none.into_iter().map(Cell::text).collect();
    answer.fact("none_recorded", Cell::List(none))
}

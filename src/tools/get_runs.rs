//! `get_runs`

mod code;
mod configs;
mod lists;

use backends::model::{Metric, Outline, Part, Parts, Run, RunDetails};
use backends::{Call, Capabilities, Error};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::columns::{Row, status};
use super::keys::Keys;
use super::outline;
use crate::problem::{Problem, Result};
use crate::references::{Fetched, RunRef, fetch_runs};
use crate::render::{Answer, Cell, Column, Keep, fit, redact_value};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `get_runs`
pub struct GetRuns;

/// Runs of one answer at most.
const MOST: usize = 50;
/// Runs up to which each comes with the address of its page, the longest part of a short record.
const LINKED: usize = 10;
/// Characters of a note that are shown.
const NOTE: usize = 2_000;
/// Characters of a param's or tag's value, for one run and for several.
const VALUE: (usize, usize) = (500, 160);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 1-50: id, name, invocation_id, URL, 'last 3', 'best val_f1', 'where FILTER'
    runs: Vec<String>,
    /// default params, metrics, tags
    #[serde(default)]
    include: Vec<Include>,
    /// only these params and metrics: val*, lr
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
        let parts = parts.with(Part::Outline);
        let found = fetch_runs(trackers, call, &references, MOST, parts).await?;
        let rows: Vec<Row<'_>> = found.runs.iter().map(|(run, details)| (run.tracker.name(), &details.run)).collect();
        let keys = Keys::read(&keys, &rows);
        let several = found.runs.len() > 1;
        let view = View { now: call.now(), parts, keys: &keys, several, linked: found.runs.len() <= LINKED };
        Ok(fit(found.runs.len(), call.allowance().characters, |shown| view.page(&found, shown)))
    }
}

/// What of the runs is shown.
struct View<'a> {
    now: Timestamp,
    parts: Parts,
    keys: &'a Keys,
    several: bool,
    /// Whether their pages are named.
    linked: bool,
}

impl View<'_> {
    fn page(&self, found: &Fetched, shown: usize) -> Answer {
        let records = found.runs.iter().take(shown).map(|(run, details)| self.record(run, details)).collect();
        let nowhere = lists::of_none(self.parts, found.runs.iter().take(shown)).into_iter().map(Cell::text).collect();
        let mut answer =
            Answer::new().records("runs", records).fact("returned", shown).fact("none_recorded", Cell::List(nowhere));
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
        answer = answer.notes(self.keys.notes());
        if self.parts.contains(Part::Metrics) {
            answer = answer.notes(self.keys.about_machine());
        }
        if !self.linked {
            answer = answer.note(format!(
                "more than {LINKED} runs come without url: name fewer, or search_runs with columns ['url']"
            ));
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
            .fact("created", run.created.filter(|at| !is_about(*at, run.started)))
            .fact("started", run.started)
            .fact("ended", run.ended)
            .fact("updated", run.updated.filter(|at| !is_about(*at, run.ended)))
            .fact("duration", run.duration(self.now))
            .fact("archived", run.archived.then_some(true))
            .fact("parent", run.parent.as_ref().map(|id| Cell::text(format!("{tracker}:{id}"))))
            .fact("url", run.web_url.clone().filter(|_| self.linked).map(Cell::Text));
        if let Some(note) = &run.note {
            answer = answer.foreign("note", format!("run {}", reference.text()), note, NOTE, Keep::Start);
        }
        answer = self.metrics(answer, run);
        if self.parts.contains(Part::Params) {
            answer = answer.section("params", self.pairs(run.params.iter().filter(|(key, _)| self.keys.want(key))));
        }
        if self.parts.contains(Part::Tags) {
            answer = answer.section("tags", self.pairs(run.tags.iter()));
        }
        if self.parts.contains(Part::Code) {
            answer = code::shown(answer, reference, &run.code, self.several);
            answer = answer.section("environment", self.pairs(run.environment.iter()));
        }
        if self.parts.contains(Part::Config) {
            answer = configs::shown(answer, reference, &run.configs, self.several);
        }
        answer = match &details.outline {
            Some(Outline::Pipeline(pipeline)) => answer.fact("pipeline", Cell::foreign(&outline::summary(pipeline))),
            Some(Outline::Report(report)) => outline::report_in(answer, report, reference),
            None => answer,
        };
        lists::shown(answer, self.parts, details, reference, self.now)
    }

    /// Each metric with what the tracker keeps of it: columns that it does not keep are left out.
    fn metrics(&self, answer: Answer, run: &Run) -> Answer {
        if !self.parts.contains(Part::Metrics) {
            return answer;
        }
        let columns = ["metric", "value", "step", "first", "first_step", "min", "min_step", "max", "max_step", "count"]
            .map(Column::exact);
        let row = |(name, metric): (&String, &Metric)| {
            let mut cells = vec![Cell::key(name), metric.value.into(), metric.step.into()];
            for point in [metric.first, metric.min, metric.max] {
                let (value, step) = point.unzip();
                cells.extend([value.into(), step.flatten().into()]);
            }
            cells.push(metric.count.into());
            cells
        };
        let shown = run.metrics.iter().filter(|(name, _)| self.keys.want_metric(name));
        answer.table("metrics", columns.to_vec(), shown.map(row).collect())
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
}

/// Whether a moment says nothing beside the other: they are less than a second apart.
fn is_about(at: Timestamp, other: Option<Timestamp>) -> bool {
    other.is_some_and(|other| at.duration_since(other).abs().as_secs() == 0)
}

#[cfg(test)]
mod tests;

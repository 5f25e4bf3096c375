//! ClearML's tasks as JSON, field for field, and their translation into runs (API 2.31, recorded on server 2.0.0).
//!
//! A task has only the fields that were asked for (`only_fields`), so everything has a default.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::model::{Artifact, DatasetInput, Part, Parts, ProjectId, ProjectRef, Run, RunId, Status};

use super::preview::Preview;
use super::wire_code::{Script, environment};
use super::wire_datasets::ALIASES;
use super::wire_metrics::{WireMetric, metrics};
use super::wire_models::WireModels;
use super::wire_names::{PIPELINE, REPORT, shown_path};
use super::wire_values::Moment;
use super::{files, tree, web};

/// The section of hyper-parameters that people may edit at any time: user properties, our tags with a value.
pub(super) const PROPERTIES: &str = "properties";
/// What the SDK noted of a run, the ids of the datasets that it used among it.
const RUNTIME: &str = "runtime";
/// The system tag of what was put away.
pub(super) const ARCHIVED: &str = "archived";

/// Every answer: what happened, and the answer itself.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<T> {
    pub(super) data: T,
}

/// Answer of `tasks.get_all_ex` and `tasks.get_by_id_ex`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Tasks {
    #[serde(default)]
    pub(super) tasks: Vec<Task>,
}

/// A task.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Task {
    pub(super) id: String,
    name: Option<String>,
    r#type: Option<String>,
    status: Option<String>,
    status_reason: Option<String>,
    status_message: Option<String>,
    project: Option<Linked>,
    user: Option<Linked>,
    pub(super) parent: Option<Linked>,
    tags: Vec<String>,
    system_tags: Vec<String>,
    created: Option<Moment>,
    started: Option<Moment>,
    completed: Option<Moment>,
    status_changed: Option<Moment>,
    last_update: Option<Moment>,
    comment: Option<String>,
    hyperparams: BTreeMap<String, BTreeMap<String, WireText>>,
    pub(super) last_metrics: BTreeMap<String, BTreeMap<String, WireMetric>>,
    configuration: BTreeMap<String, WireText>,
    execution: Execution,
    models: WireModels,
    script: Option<Script>,
    container: BTreeMap<String, Value>,
    runtime: BTreeMap<String, Value>,
}

/// Another document: its id, or the id with fields of it that were joined.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Linked {
    /// Only the id.
    Id(String),
    /// With joined fields.
    Document {
        /// Left out where the document is gone.
        id: Option<String>,
        /// Its name, if that was asked for.
        name: Option<String>,
    },
}

impl Linked {
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Self::Id(id) => Some(id),
            Self::Document { id, .. } => id.as_deref(),
        }
    }

    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Id(_) => None,
            Self::Document { name, .. } => name.as_deref(),
        }
    }
}

/// A parameter, or a configuration object, of which nothing but the text is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireText {
    pub(super) value: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Execution {
    pub(super) artifacts: Vec<WireArtifact>,
}

/// Something that a task registered as its artifact.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireArtifact {
    key: String,
    r#type: Option<String>,
    uri: Option<String>,
    hash: Option<String>,
    content_size: Option<u64>,
    mode: Option<String>,
    timestamp: Option<i64>,
    type_data: Option<TypeData>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TypeData {
    preview: Option<String>,
    content_type: Option<String>,
}

/// Fields of every answer about tasks.
const HEAD: &[&str] = &[
    "id",
    "name",
    "type",
    "status",
    "status_reason",
    "status_message",
    "project.name",
    "user.name",
    "parent",
    "system_tags",
    "created",
    "started",
    "completed",
    "status_changed",
    "last_update",
];

/// What `only_fields` asks for, so that a run has these parts.
pub(super) fn fields(parts: Parts) -> Vec<&'static str> {
    let of = |part: Part| -> &'static [&'static str] {
        match part {
            Part::Params => &["hyperparams"],
            Part::Metrics => &["last_metrics"],
            Part::Tags => &["tags", "hyperparams.properties", "comment"],
            Part::Artifacts => &["execution.artifacts"],
            // Those that were used without an alias stand in `runtime` only, of which the code asks for more.
            Part::Datasets => &["hyperparams.Datasets", RUNTIME],
            Part::Models => &[
                "models.input",
                "models.output",
                "models.input.model.name",
                "models.output.model.name",
                "models.input.model.framework",
                "models.output.model.framework",
                "models.input.model.uri",
                "models.output.model.uri",
            ],
            Part::Code => &["script", "container", RUNTIME],
            Part::Config => &["configuration"],
            Part::Children | Part::Outline => &[],
        }
    };
    let mut fields = HEAD.to_vec();
    fields.extend(Part::ALL.into_iter().filter(|part| parts.contains(*part)).flat_map(of).copied());
    // A field and another within it cannot both be asked for.
    if parts.contains(Part::Params) {
        fields.retain(|field| !field.starts_with("hyperparams."));
    }
    if parts.contains(Part::Datasets) && parts.contains(Part::Code) {
        let first = fields.iter().position(|field| *field == RUNTIME);
        first.map(|at| fields.remove(at));
    }
    fields
}

impl Task {
    /// Our model of it; `web` is the address of its pages.
    pub(super) fn into_run(mut self, web: &str) -> Run {
        let project_id = self.project.as_ref().and_then(Linked::id).unwrap_or_default().to_owned();
        let project = ProjectRef {
            name: shown_path(self.project.as_ref().and_then(Linked::name).unwrap_or_default()).to_owned(),
            id: ProjectId::new(project_id.as_str()),
        };
        let properties = self.hyperparams.remove(PROPERTIES).unwrap_or_default();
        let word = |tag: String| (tag, String::new());
        let tags = self.tags.into_iter().map(word);
        let properties = properties.into_iter().map(|(name, param)| (name, param.value.unwrap_or_default()));
        let status = self.status.as_deref().and_then(status);
        let page = match self.r#type.as_deref() {
            Some(REPORT) => web::report,
            Some(_) if self.system_tags.iter().any(|tag| tag == PIPELINE) => web::pipeline,
            _ => web::task,
        };
        Run {
            name: self.name.unwrap_or_default(),
            status,
            native_status: self.status.filter(|word| says_more(word)),
            reason: reason(status, self.status_message, self.status_reason),
            kind: self.r#type,
            user: self.user.as_ref().and_then(|user| user.name().or(user.id())).map(ToOwned::to_owned),
            parent: self.parent.as_ref().and_then(Linked::id).map(RunId::new),
            created: self.created.and_then(Moment::time),
            started: self.started.and_then(Moment::time),
            // A task that failed or was stopped has no time of completion, only one of its last change of status; one
            // that waits or runs again still has the time at which its earlier run was completed.
            ended: match status {
                Some(Status::Created | Status::Queued | Status::Running) => None,
                Some(Status::Finished | Status::Failed | Status::Stopped) => self.completed.or(self.status_changed),
                None => self.completed,
            }
            .and_then(Moment::time),
            updated: self.last_update.and_then(Moment::time),
            archived: self.system_tags.iter().any(|tag| tag == ARCHIVED),
            tags: tags.chain(properties).collect(),
            system_tags: self.system_tags.into_iter().map(word).collect(),
            note: self.comment.as_deref().and_then(note),
            datasets: datasets(&self.hyperparams, &self.runtime),
            params: params(self.hyperparams),
            metrics: metrics(self.last_metrics),
            environment: environment(self.script.as_ref(), &self.container, &self.runtime),
            code: self.script.map(Script::into_code).unwrap_or_default(),
            configs: self.configuration.into_iter().filter_map(|(name, config)| Some((name, config.value?))).collect(),
            models: self.models.into_references(),
            web_url: Some(page(web, &project_id, &self.id)),
            ..Run::new(RunId::new(self.id), project)
        }
    }

    /// What it registered as artifacts, by name.
    pub(super) fn take_artifacts(&mut self) -> Vec<WireArtifact> {
        let mut artifacts = std::mem::take(&mut self.execution.artifacts);
        artifacts.sort_by(|a, b| a.key.cmp(&b.key));
        artifacts
    }
}

impl WireArtifact {
    /// Its name.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Bytes.
    pub(super) fn bytes(&self) -> Option<u64> {
        self.content_size
    }

    /// Where it is stored.
    pub(super) fn uri(&self) -> Option<&str> {
        self.uri.as_deref()
    }

    /// The text of it that the task's document holds.
    pub(super) fn preview(&self) -> Option<&str> {
        self.type_data.as_ref()?.preview.as_deref().filter(|preview| !preview.is_empty())
    }

    /// Our model of it.
    pub(super) fn to_artifact(&self) -> Artifact {
        Artifact {
            kind: self.r#type.clone(),
            location: self.uri.as_deref().map(files::location),
            hash: self.hash.clone().filter(|hash| !hash.is_empty()),
            // Of a plain file it is its name and size once more.
            preview: self.preview().filter(|text| Preview::of(text, self.uri()).is_some()).map(ToOwned::to_owned),
            content_type: self.type_data.as_ref().and_then(|data| data.content_type.clone()),
            // Seconds, unlike all other times.
            stored: self.timestamp.and_then(|seconds| Timestamp::from_second(seconds).ok()),
            input: self.mode.as_deref() == Some("input"),
            ..Artifact::file(tree::path(&self.key), self.content_size)
        }
    }
}

/// Our word for a status.
pub(super) fn status(word: &str) -> Option<Status> {
    Some(match word {
        "created" => Status::Created,
        "queued" => Status::Queued,
        "in_progress" => Status::Running,
        "completed" | "closed" | "publishing" | "published" => Status::Finished,
        "failed" => Status::Failed,
        "stopped" => Status::Stopped,
        _ => return None,
    })
}

/// ClearML's words for a status.
pub(super) fn status_words(status: Status) -> &'static [&'static str] {
    match status {
        Status::Created => &["created"],
        Status::Queued => &["queued"],
        Status::Running => &["in_progress"],
        Status::Finished => &["completed", "closed", "publishing", "published"],
        Status::Failed => &["failed"],
        Status::Stopped => &["stopped"],
    }
}

/// Whether ClearML's word says more than ours.
fn says_more(word: &str) -> bool {
    matches!(word, "closed" | "publishing" | "published") || status(word).is_none()
}

/// Why it ended so, of a run that ended badly: the short reason and the message, which is often a traceback.
fn reason(status: Option<Status>, message: Option<String>, reason: Option<String>) -> Option<String> {
    if !matches!(status, Some(Status::Failed | Status::Stopped)) {
        return None;
    }
    let said = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match (said(reason), said(message)) {
        (Some(reason), Some(message)) if !message.contains(&reason) => Some(format!("{reason}: {message}")),
        (reason, message) => message.or(reason),
    }
}

/// What people wrote: without the line that the SDK puts under every task.
pub(super) fn note(comment: &str) -> Option<String> {
    let lines = comment.lines().filter(|line| !line.starts_with("Auto-generated at "));
    let note = lines.collect::<Vec<_>>().join("\n").trim().to_owned();
    (!note.is_empty()).then_some(note)
}

fn params(sections: BTreeMap<String, BTreeMap<String, WireText>>) -> BTreeMap<String, String> {
    let names = sections.into_iter().flat_map(|(section, params)| {
        params.into_iter().map(move |(name, param)| (format!("{section}/{name}"), param.value.unwrap_or_default()))
    });
    names.collect()
}

/// The datasets under their aliases, then those without one under their ids.
fn datasets(
    sections: &BTreeMap<String, BTreeMap<String, WireText>>,
    runtime: &BTreeMap<String, Value>,
) -> Vec<DatasetInput> {
    let input = |name: &str, id: Option<&str>| DatasetInput {
        name: name.to_owned(),
        source: id.filter(|id| !id.is_empty()).map(ToOwned::to_owned),
        reference: id.filter(|id| web::is_id(id)).map(ToOwned::to_owned),
        ..DatasetInput::default()
    };
    let aliases = sections.get(ALIASES).into_iter().flatten();
    let mut all: Vec<DatasetInput> = aliases.map(|(alias, id)| input(alias, id.value.as_deref())).collect();
    let listed = runtime.get("datasets").and_then(Value::as_array).into_iter().flatten();
    for id in listed.filter_map(Value::as_str).filter(|id| web::is_id(id)) {
        if !all.iter().any(|known| known.reference.as_deref() == Some(id)) {
            all.push(input(id, Some(id)));
        }
    }
    all
}

#[cfg(test)]
mod tests;

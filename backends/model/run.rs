//! Runs: MLflow runs, ClearML tasks seen as records.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Artifact, Outline, ProjectId, RunId, Status};

/// The project that a run lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRef {
    /// The tracker's id.
    pub id: ProjectId,
    /// Its name, as far as it is known.
    pub name: String,
}

/// A value of a metric. `NaN` and ±∞ are values like others here; what stands for them on a wire is undone before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// The last value: of the highest step (MLflow), of the last report (ClearML).
    pub value: f64,
    /// The step (ClearML: iteration) of that value, if known.
    pub step: Option<i64>,
    /// The lowest value with its step, where the server keeps it.
    pub min: Option<(f64, Option<i64>)>,
    /// The highest value with its step, where the server keeps it.
    pub max: Option<(f64, Option<i64>)>,
    /// The value that was reported first with its step, where the server keeps it.
    pub first: Option<(f64, Option<i64>)>,
    /// How often it was reported, where the server counts that.
    pub count: Option<u64>,
    /// It is about the machine (GPU load, memory), not the training: shown only when it is named.
    pub machine: bool,
}

impl Metric {
    /// A metric of which only the last value is known.
    pub fn last(value: f64, step: Option<i64>) -> Self {
        Self { value, step, min: None, max: None, first: None, count: None, machine: false }
    }
}

/// Data that a run used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetInput {
    /// The dataset's name.
    pub name: String,
    /// MLflow: the digest; ClearML: the version.
    pub version: Option<String>,
    /// What it was used for (`training`, `evaluation`, …).
    pub context: Option<String>,
    /// Where it came from, as recorded; without credentials.
    pub source: Option<String>,
    /// The kind of source (`s3`), where it was recorded.
    pub source_kind: Option<String>,
    /// Columns and types, where they were recorded.
    pub schema: Option<String>,
    /// Figures about it, where they were recorded.
    pub profile: Option<String>,
    /// What the tracker takes for the dataset, where it can be asked for.
    pub reference: Option<String>,
}

/// A model that a run used or made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelReference {
    /// The reference that other tools take: an id, or `name/version`.
    pub id: String,
    /// The name, if it has one.
    pub name: Option<String>,
    /// Made by the run (`true`) or used by it.
    pub output: bool,
    /// What it was made with (`PyTorch`), where the tracker says.
    pub framework: Option<String>,
    /// Where it is stored, where the tracker says; without credentials.
    pub location: Option<String>,
}

/// The code that a run executed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// Git commit.
    pub commit: Option<String>,
    /// Git branch.
    pub branch: Option<String>,
    /// Repository, without credentials.
    pub repository: Option<String>,
    /// Script, notebook or entry point.
    pub entry_point: Option<String>,
    /// Packages, one requirement each.
    pub packages: Vec<String>,
    /// The uncommitted changes as a diff, if recorded.
    pub diff: Option<String>,
}

/// A run: its head, and the parts that were asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The tracker's id.
    pub id: RunId,
    /// The name people gave it, or that was made up for it.
    pub name: String,
    /// Its state; `None` where the server does not know.
    pub status: Option<Status>,
    /// The server's own word where it says more than [`Run::status`] (`published`).
    pub native_status: Option<String>,
    /// Why it ended so, where that was recorded.
    pub reason: Option<String>,
    /// Its type, where the tracker has types (`training`, `controller`, …).
    pub kind: Option<String>,
    /// Who started it.
    pub user: Option<String>,
    /// The project it lies in.
    pub project: ProjectRef,
    /// The run above it.
    pub parent: Option<RunId>,
    /// When the record was made, where the server keeps that apart from the start.
    pub created: Option<Timestamp>,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// When something was last reported, where the server keeps that.
    pub updated: Option<Timestamp>,
    /// Archived or deleted.
    pub archived: bool,
    /// Hyper-parameters as text (ClearML: `Section/name`).
    pub params: BTreeMap<String, String>,
    /// Metrics (ClearML: `title/series`).
    pub metrics: BTreeMap<String, Metric>,
    /// Tags that people or their tools set; plain words (ClearML) have an empty value.
    pub tags: BTreeMap<String, String>,
    /// Tags that the tracker keeps for itself (`mlflow.source.name`): found by filters, shown only when named.
    pub system_tags: BTreeMap<String, String>,
    /// The description that people wrote.
    pub note: Option<String>,
    /// Code it executed.
    pub code: Code,
    /// Where it was executed, as far as it was recorded: container image, host, Python, GPUs.
    pub environment: BTreeMap<String, String>,
    /// Configuration objects as text, by name, where the tracker keeps such.
    pub configs: BTreeMap<String, String>,
    /// Data it used.
    pub datasets: Vec<DatasetInput>,
    /// Models it used or made.
    pub models: Vec<ModelReference>,
    /// Its page in the tracker's web interface.
    pub web_url: Option<String>,
}

impl Run {
    /// A run of which nothing is known but its id and project.
    pub fn new(id: RunId, project: ProjectRef) -> Self {
        Self {
            id,
            name: String::new(),
            status: None,
            native_status: None,
            reason: None,
            kind: None,
            user: None,
            project,
            parent: None,
            created: None,
            started: None,
            ended: None,
            updated: None,
            archived: false,
            params: BTreeMap::new(),
            metrics: BTreeMap::new(),
            tags: BTreeMap::new(),
            system_tags: BTreeMap::new(),
            note: None,
            code: Code::default(),
            environment: BTreeMap::new(),
            configs: BTreeMap::new(),
            datasets: Vec::new(),
            models: Vec::new(),
            web_url: None,
        }
    }

    /// A tag, be it people's or the tracker's own.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).or_else(|| self.system_tags.get(key)).map(String::as_str)
    }

    /// How long it ran, or has been running at `now`.
    pub fn duration(&self, now: Timestamp) -> Option<SignedDuration> {
        let started = self.started?;
        let end = match self.ended {
            Some(ended) => ended,
            None if self.status == Some(Status::Running) => now,
            None => return None,
        };
        Some(end.duration_since(started))
    }
}

/// A run with the parts that cost further requests.
#[derive(Clone, Debug, PartialEq)]
pub struct RunDetails {
    /// The run itself.
    pub run: Run,
    /// Top of its artifact tree, if asked for.
    pub artifacts: Option<Vec<Artifact>>,
    /// Runs directly below it, if asked for; at most 100, newest first.
    pub children: Option<Vec<Run>>,
    /// What it consists of, if asked for and if it is more than a record.
    pub outline: Option<Outline>,
    /// What was asked for and could not be had, as sentences for the reader.
    pub notes: Vec<String>,
}

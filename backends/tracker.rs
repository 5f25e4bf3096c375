//! The one trait that every backend implements, and what is asked through it.

mod datasets;
mod jobs;
mod models;
mod queues;
mod traces;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use url::Url;

use crate::model::{
    Artifact, ArtifactPart, ByteRange, Console, ConsoleRange, CurveWant, Curves, Page, Parts, Project, ProjectId,
    ProjectOverview, Run, RunDetails, RunId, Series,
};
use crate::query::{Filter, Order};
use crate::same_key;
use crate::{Call, Capabilities, Result};

pub use datasets::{DatasetQuery, FoundDataset, TrackerDatasets};
pub use jobs::TrackerJobs;
pub use models::{FoundModel, ModelQuery, TrackerModels};
pub use queues::TrackerQueues;
pub use traces::{TraceQuery, TrackerTraces};

/// Which projects a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectScope {
    /// All of the tracker.
    All,
    /// These.
    Only(Vec<ProjectId>),
}

/// Which projects to list.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectQuery {
    /// A part of the name, case ignored.
    pub text: Option<String>,
    /// Also archived and deleted ones.
    pub include_archived: bool,
    /// At most this many.
    pub limit: usize,
    /// Where an earlier page of the same question ended.
    pub cursor: Option<String>,
}

/// Which runs to list.
#[derive(Clone, Debug, PartialEq)]
pub struct RunQuery {
    /// The projects to look in.
    pub projects: ProjectScope,
    /// For people: part of a name, prefix of an id, or an invocation id.
    pub text: Option<String>,
    /// What must hold; answered exactly, whatever the server can do of it.
    pub filter: Option<Filter>,
    /// The order; runs that are equal in it come by id.
    pub order: Order,
    /// Also archived and deleted ones.
    pub include_archived: bool,
    /// The parts that the answer needs; those that filter and order need are added by the tracker.
    pub parts: Parts,
    /// At most this many.
    pub limit: usize,
    /// Where an earlier page of the same question ended.
    pub cursor: Option<String>,
}

/// Names of metrics or params that runs have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamesInUse {
    /// All of them.
    pub names: BTreeSet<String>,
    /// Those of metrics that are about the machine.
    pub machine: BTreeSet<String>,
    /// The runs that were looked at for them, the newest first; `None` where the tracker keeps a list of all names.
    pub seen_in: Option<Arc<Page<Run>>>,
}

/// What was found of the runs asked for by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoundRuns {
    /// In the order asked for.
    pub found: Vec<RunDetails>,
    /// Ids that the tracker does not have, or does not show to us.
    pub missing: Vec<RunId>,
}

/// What a text may refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Referent {
    /// A run.
    Run,
    /// A project.
    Project,
}

/// How a text matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// It is the id.
    Id,
    /// It is the exact name.
    Name,
    /// The id begins with it.
    Prefix,
    /// It is the invocation id that the run carries as a tag or parameter.
    Invocation,
    /// It names a model version, and this run made it.
    Model,
}

/// Something that a text may mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// Of a run: its project's name.
    pub project: Option<String>,
    /// Of a run: when it was started.
    pub started: Option<Timestamp>,
    /// How it matched.
    pub matched: Match,
}

/// What a text may mean, and what resembles it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolution {
    /// All that match, the best kind of match first.
    pub candidates: Vec<Candidate>,
    /// More matched than are listed.
    pub more: bool,
    /// Names that resemble the text, when nothing matched.
    pub near: Vec<String>,
}

/// What a page of the tracker's web interface shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// A run, by its id.
    Run(RunId),
    /// Runs side by side, by their ids.
    Runs(Vec<RunId>),
    /// A project, by its id.
    Project(ProjectId),
    /// A model version, as `models:/name/version`, `models:/name@alias` or `models:/name`.
    Model(String),
    /// A trace, by its id.
    Trace(String),
}

/// Something located, and how surely it is of this tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// What the URL shows.
    pub what: Located,
    /// The URL names this tracker's own host; otherwise only its shape is that of this kind.
    pub same_host: bool,
}

/// How a tracker is.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackerStatus {
    /// The server's version, if it tells.
    pub version: Option<String>,
    /// Who we are signed in as, if that is known.
    pub user: Option<String>,
    /// How we sign in, in words (`no sign-in`, `user and password`, `token`).
    pub sign_in: String,
    /// Time for one small question, in milliseconds.
    pub latency_ms: u64,
    /// What is worth knowing, as sentences for the reader.
    pub notes: Vec<String>,
}

/// A step on the way to a tracker, and how it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What was tried: `dns`, `tcp`, `tls`, `http`, ….
    pub name: &'static str,
    /// How long it took.
    pub took: Duration,
    /// What was found, in a few words, or what is wrong and how to mend it.
    pub outcome: Result<String>,
}

/// A tracking server (or local store) with projects and runs. Every method is one question; `&Call` says
/// until when, who asks, and counts what it costs.
///
/// There are no default bodies: what a backend cannot do, it says in its own words.
#[async_trait]
pub trait Tracker: Send + Sync {
    /// The name under which it is configured: the part before `:` in references.
    fn name(&self) -> &str;

    /// The kind of backend (`mlflow`, …).
    fn kind(&self) -> &'static str;

    /// Its address for people; no credentials.
    fn address(&self) -> String;

    /// What it can do at all.
    fn capabilities(&self) -> Capabilities;

    /// What a URL of its web interface, or a URI of its own scheme, shows; `None` if it has not the shape of one.
    /// Nothing is fetched from that address: only the id in it is used.
    fn locate(&self, url: &Url) -> Option<Location>;

    /// Whether a text has the shape of a run's id, so that it is worth asking for as one.
    fn is_run_id(&self, text: &str) -> bool;

    /// Whether a metric or param can be called so at all, so that it is worth asking for as it stands.
    fn may_be_called(&self, kind: same_key::Kind, name: &str) -> bool;

    /// The way to it step by step, up to the first that fails; nobody signs in.
    async fn probe(&self, call: &Call) -> Vec<Step>;

    /// Is it there, which version, who are we: 1–2 requests.
    async fn status(&self, call: &Call) -> Result<TrackerStatus>;

    /// What a text may mean: exact id; else exact name ∪ id prefix (≥ 6 characters); else invocation id; else a
    /// model version's run.
    async fn resolve(&self, call: &Call, referent: Referent, text: &str) -> Result<Resolution>;

    /// Projects, the most recently active first.
    async fn projects(&self, call: &Call, query: &ProjectQuery) -> Result<Page<Project>>;

    /// One project looked at as a whole; counters only over runs started at or after `since`.
    async fn project(&self, call: &Call, id: &ProjectId, since: Option<Timestamp>) -> Result<ProjectOverview>;

    /// The names of metrics or params that runs of these projects have, kept for a minute: all of them where the tracker
    /// keeps a list, else those of the newest runs.
    async fn names(&self, call: &Call, kind: same_key::Kind, projects: &ProjectScope) -> Result<NamesInUse>;

    /// Runs of a query, whose keys are names of this tracker.
    async fn search_runs(&self, call: &Call, query: &RunQuery) -> Result<Page<Run>>;

    /// Runs by id, whatever their state, archived and deleted ones too.
    async fn runs(&self, call: &Call, ids: &[RunId], parts: Parts) -> Result<FoundRuns>;

    /// Histories of metrics: every point is read, folded into statistics and samples, and dropped.
    async fn curves(&self, call: &Call, series: &[Series], want: &CurveWant) -> Result<Curves>;

    /// What lies directly in a folder of a run's artifact tree; `""` is its top. A file, or a folder that is not there,
    /// is empty.
    async fn artifacts(&self, call: &Call, run: &RunId, folder: &str, cursor: Option<&str>) -> Result<Page<Artifact>>;

    /// A part of a file that a run logged, read through the tracker's own door, never from an address found in a run.
    async fn read_artifact(&self, call: &Call, run: &RunId, path: &str, range: ByteRange) -> Result<ArtifactPart>;

    /// What a run wrote to its console, where the tracker keeps that apart from files: about `most` messages of one end
    /// of it. *Unsupported* where [`Capabilities::consoles`] is not set.
    async fn console(&self, call: &Call, run: &RunId, range: ConsoleRange, most: usize) -> Result<Console>;

    /// The side that knows datasets; `None` where [`Capabilities::datasets`] is not set.
    fn datasets(&self) -> Option<&dyn TrackerDatasets>;

    /// The side that knows models; `None` where [`Capabilities::models`] is not set.
    fn models(&self) -> Option<&dyn TrackerModels>;

    /// The side that knows queues; `None` where [`Capabilities::queues`] is not set.
    fn queues(&self) -> Option<&dyn TrackerQueues>;

    /// The side that knows launched jobs; `None` where what is launched is a run itself, or nothing is.
    fn jobs(&self) -> Option<&dyn TrackerJobs>;

    /// The side that knows traces; `None` where [`Capabilities::traces`] is not set.
    fn traces(&self) -> Option<&dyn TrackerTraces>;

    /// The side that writes, if the operator allowed it.
    fn writer(&self) -> Option<&dyn TrackerWriter>;
}

/// The side of a tracker that changes something. Empty until the first write tool exists.
pub trait TrackerWriter: Send + Sync {}

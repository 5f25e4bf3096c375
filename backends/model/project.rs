//! Projects: MLflow experiments, ClearML projects.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{ProjectId, Status};

/// A project as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// The tracker's id.
    pub id: ProjectId,
    /// The name; a `/` separates a sub-project from its parent.
    pub name: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it, or something in it, last changed, as far as the server keeps that.
    pub updated: Option<Timestamp>,
    /// Archived or deleted.
    pub archived: bool,
    /// Tags; plain words (ClearML) have an empty value.
    pub tags: BTreeMap<String, String>,
    /// The description that people wrote.
    pub note: Option<String>,
    /// Runs by status, where the server gives it with the list.
    pub runs: Option<BTreeMap<Status, u64>>,
    /// The page of this project in the tracker's web interface.
    pub web_url: Option<String>,
}

/// How often something occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// What was counted.
    pub name: String,
    /// In how many runs.
    pub runs: u64,
}

/// A project below another.
#[derive(Clone, Debug, PartialEq)]
pub struct SubProject {
    /// The tracker's id.
    pub id: ProjectId,
    /// The whole name.
    pub name: String,
}

/// A project looked at as a whole. Counts are over [`ProjectOverview::counted`] runs, most frequent first.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectOverview {
    /// The project itself.
    pub project: Project,
    /// How many runs were counted.
    pub counted: u64,
    /// Whether these are all runs of the project (in the window asked for).
    pub complete: bool,
    /// Runs by status word.
    pub by_status: Vec<Count>,
    /// Runs by type, where the tracker has types.
    pub by_type: Vec<Count>,
    /// Runs by user name.
    pub by_user: Vec<Count>,
    /// Runs by day of start (UTC, `2026-11-20`), newest first.
    pub by_day: Vec<Count>,
    /// Runs by tag (key, or word).
    pub by_tag: Vec<Count>,
    /// Metric names with how many runs have them.
    pub metrics: Vec<Count>,
    /// Parameter names with how many runs have them.
    pub params: Vec<Count>,
    /// Projects below this one.
    pub sub_projects: Vec<SubProject>,
    /// When the last run was started.
    pub last_started: Option<Timestamp>,
    /// What was not seen, as sentences for the reader.
    pub notes: Vec<String>,
}

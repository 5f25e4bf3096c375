//! Names that ClearML lists: of projects, users, series, hyper-parameters and models.

use serde::Deserialize;

use super::wire::Linked;

/// The system tag of what only shows when it is asked for: datasets, pipelines, reports.
pub(super) const HIDDEN: &str = "hidden";

/// Answer of `projects.get_all_ex`.
#[derive(Debug, Deserialize)]
pub(super) struct Projects {
    pub(super) projects: Vec<NamedProject>,
}

/// A project with its whole path.
#[derive(Debug, Deserialize)]
pub(super) struct NamedProject {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    system_tags: Vec<String>,
}

impl NamedProject {
    /// Whether it, and what lies in it, only shows when it is asked for.
    pub(super) fn is_hidden(&self) -> bool {
        self.system_tags.iter().any(|tag| tag == HIDDEN)
    }
}

/// Answer of `users.get_all_ex`.
#[derive(Debug, Deserialize)]
pub(super) struct Users {
    pub(super) users: Vec<NamedUser>,
}

/// A user.
#[derive(Debug, Deserialize)]
pub(super) struct NamedUser {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
}

/// Answer of `projects.get_unique_metric_variants`.
#[derive(Debug, Deserialize)]
pub(super) struct Variants {
    pub(super) metrics: Vec<Variant>,
}

/// A series, and what it is called inside the paths of a task's document.
#[derive(Debug, Deserialize)]
pub(super) struct Variant {
    pub(super) metric: String,
    pub(super) metric_hash: String,
    pub(super) variant: String,
    pub(super) variant_hash: String,
}

/// Answer of `projects.get_hyper_parameters`.
#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    pub(super) parameters: Vec<Parameter>,
}

/// A hyper-parameter.
#[derive(Debug, Deserialize)]
pub(super) struct Parameter {
    pub(super) section: String,
    pub(super) name: String,
}

/// Answer of `models.get_all_ex`.
#[derive(Debug, Deserialize)]
pub(super) struct Models {
    pub(super) models: Vec<NamedModel>,
}

/// A model and the task that made it.
#[derive(Debug, Deserialize)]
pub(super) struct NamedModel {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) task: Option<Linked>,
}

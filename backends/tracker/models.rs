//! Models: registered ones with versions, and those that runs logged.

use async_trait::async_trait;

use crate::model::{Model, ModelDetails, ModelKind, Page};
use crate::query::Filter;
use crate::tracker::ProjectScope;
use crate::{Call, Result};

/// Which models to list.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelQuery {
    /// What kind of models.
    pub kind: ModelKind,
    /// The projects to look in.
    pub projects: ProjectScope,
    /// A part of the name, case ignored, or the beginning of an id.
    pub text: Option<String>,
    /// What must hold; answered exactly, whatever the server can do of it.
    pub filter: Option<Filter>,
    /// At most this many.
    pub limit: usize,
    /// Where an earlier page of the same question ended.
    pub cursor: Option<String>,
}

/// What one reference stands for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoundModel {
    /// The models that it may mean: one, unless it is the beginning of several ids; none if there is no such.
    pub found: Vec<ModelDetails>,
    /// Names that resemble it, if nothing was found; or versions and aliases that the model has.
    pub near: Vec<String>,
    /// Why nothing was found, where more is to be said than that there is no such model.
    pub reason: Option<String>,
}

/// The side of a tracker that knows models. Every method is one question.
#[async_trait]
pub trait TrackerModels: Send + Sync {
    /// Models, the most recently changed first.
    async fn search_models(&self, call: &Call, query: &ModelQuery) -> Result<Page<Model>>;

    /// What these references stand for, in their order: `name`, `name/3`, `name@alias`, each also behind `models:/`, or
    /// an id. Of each model the newest `versions` come, and those that an alias, a stage or the reference names, with
    /// the runs that made them.
    async fn models(&self, call: &Call, references: &[String], versions: usize) -> Result<Vec<FoundModel>>;
}

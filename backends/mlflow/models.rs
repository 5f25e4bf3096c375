//! Models of an MLflow server: its registry, what runs logged (3.x), and prompts (3.x).

mod get;
mod page;
mod source;
mod versions;

use async_trait::async_trait;

use crate::mlflow_model::registry;
use crate::model::{Model, ModelKind, Page};
use crate::query::Key;
use crate::tracker::{FoundModel, ModelQuery};
use crate::{Call, Error, ErrorKind, Result, TrackerModels};

use super::Mlflow;
use super::api::Api;
use super::api_registry::Home;

pub(super) use source::{run_of, run_of_logged};

/// Near names that are shown.
const NEAR: usize = 5;

#[async_trait]
impl TrackerModels for Mlflow {
    async fn search_models(&self, call: &Call, query: &ModelQuery) -> Result<Page<Model>> {
        registry::refuse(query)?;
        let home = if self.config.databricks { Home::Catalog } else { Home::Server };
        if home == Home::Catalog {
            refuse_of_catalog(query)?;
        }
        match query.kind {
            ModelKind::Registered | ModelKind::Prompt => page::registered(&self.api, call, home, query).await,
            ModelKind::Logged => page::logged(&self.api, &self.experiments, call, query).await,
        }
    }

    async fn models(&self, call: &Call, references: &[String], versions: usize) -> Result<Vec<FoundModel>> {
        let databricks = self.config.databricks;
        let (api, experiments) = (&self.api, &self.experiments);
        get::Lookup { api, experiments, call, versions, databricks }.all(references).await
    }
}

/// An error if the question needs what Unity Catalog does not tell with its list of models.
fn refuse_of_catalog(query: &ModelQuery) -> Result<()> {
    if query.kind == ModelKind::Prompt {
        return Err(Error::unsupported(
            "prompts of Unity Catalog are not read here: kind is registered or logged on Databricks",
        ));
    }
    let is_untold =
        |key: &&Key| matches!(key, Key::Alias | Key::Stage | Key::Tag(_)) && query.kind == ModelKind::Registered;
    match query.filter.iter().flat_map(|filter| filter.keys()).find(is_untold) {
        None => Ok(()),
        Some(key) => Err(Error::unsupported(format!(
            "Unity Catalog lists models without aliases, stages and tags: {key} cannot be asked; get_models tells aliases and \
             tags of models by their names"
        ))),
    }
}

/// A server of 2.x has no such page: said with its version.
async fn about_logged(api: &Api, call: &Call, error: Error) -> Error {
    if error.kind != ErrorKind::NotFound {
        return error;
    }
    let version = api.version(call).await.ok().flatten();
    let version = version.map(|version| format!(" ({version})")).unwrap_or_default();
    Error::unsupported(format!(
        "this MLflow server{version} has no logged models: they come with MLflow 3.0; kind registered lists its registry"
    ))
}

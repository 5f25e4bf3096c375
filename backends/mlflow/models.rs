//! Models of an MLflow server: its registry, what runs logged (3.x), and prompts (3.x).

mod get;
mod page;
mod versions;

use async_trait::async_trait;

use crate::mlflow_model::registry;
use crate::model::{Model, ModelKind, Page};
use crate::tracker::{FoundModel, ModelQuery};
use crate::{Call, Error, ErrorKind, Result, TrackerModels};

use super::Mlflow;
use super::api::Api;

/// Near names that are shown.
const NEAR: usize = 5;

#[async_trait]
impl TrackerModels for Mlflow {
    async fn search_models(&self, call: &Call, query: &ModelQuery) -> Result<Page<Model>> {
        registry::refuse(query)?;
        match query.kind {
            ModelKind::Registered | ModelKind::Prompt => page::registered(&self.api, call, query).await,
            ModelKind::Logged => page::logged(&self.api, &self.experiments, call, query).await,
        }
    }

    async fn models(&self, call: &Call, references: &[String], versions: usize) -> Result<Vec<FoundModel>> {
        get::Lookup { api: &self.api, experiments: &self.experiments, call, versions }.all(references).await
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

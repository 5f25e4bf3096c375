//! Registered and logged models as JSON, field for field, and their translation into ours (recorded on 2.15.1 and 3.17.2).

use serde::Deserialize;

use crate::mlflow_model::{self, registry, web};
use crate::model::{Model, ModelKind, ModelVersion, ProjectId, ProjectRef, RunId};

use super::wire::{Pair, WireMetric, pairs, time};
use super::wire_numbers::Whole;

/// Answer of `registered-models/search`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RegisteredPage {
    #[serde(default)]
    pub(super) registered_models: Vec<WireRegistered>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

/// Answer of `registered-models/get`.
#[derive(Debug, Deserialize)]
pub(super) struct OneRegistered {
    pub(super) registered_model: WireRegistered,
}

/// A registered model.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireRegistered {
    pub(super) name: String,
    creation_timestamp: Option<Whole>,
    last_updated_timestamp: Option<Whole>,
    user_id: Option<String>,
    description: Option<String>,
    /// The newest of each stage.
    latest_versions: Vec<WireVersion>,
    tags: Vec<Pair>,
    aliases: Vec<WireAlias>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WireAlias {
    alias: String,
    version: Option<Number>,
}

/// The number of a version, in either writing.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Number {
    Text(String),
    Whole(i64),
}

/// Answer of `model-versions/search`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct VersionsPage {
    #[serde(default)]
    pub(super) model_versions: Vec<WireVersion>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

/// A version of a registered model.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireVersion {
    pub(super) name: String,
    version: Option<Number>,
    creation_timestamp: Option<Whole>,
    last_updated_timestamp: Option<Whole>,
    user_id: Option<String>,
    current_stage: Option<String>,
    description: Option<String>,
    source: Option<String>,
    run_id: Option<String>,
    status: Option<String>,
    status_message: Option<String>,
    tags: Vec<Pair>,
    model_id: Option<String>,
}

/// Answer of `logged-models/search`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct LoggedPage {
    #[serde(default)]
    pub(super) models: Vec<WireLogged>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

/// A logged model.
#[derive(Debug, Deserialize)]
pub(super) struct WireLogged {
    info: LoggedInfo,
    #[serde(default)]
    data: LoggedData,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LoggedInfo {
    model_id: String,
    experiment_id: String,
    name: String,
    creation_timestamp_ms: Option<Whole>,
    last_updated_timestamp_ms: Option<Whole>,
    artifact_uri: Option<String>,
    status: Option<String>,
    source_run_id: Option<String>,
    tags: Vec<Pair>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LoggedData {
    params: Vec<Pair>,
    metrics: Vec<WireMetric>,
}

impl Number {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Whole(number) => number.to_string(),
        }
    }
}

impl WireRegistered {
    /// Our model of it, with the newest version of each stage; `pages` is the address of its pages.
    pub(super) fn into_model(self, pages: &str) -> Model {
        let tags = pairs(self.tags);
        let kind = registry::kind(&tags);
        let updated = self.last_updated_timestamp.and_then(time);
        let mut versions: Vec<ModelVersion> =
            self.latest_versions.into_iter().map(|version| version.into_version(pages)).collect();
        registry::newest_first(&mut versions);
        let alias = |one: WireAlias| Some((one.alias, one.version?.into_text()));
        registry::with_aliases(Model {
            id: self.name.clone(),
            kind,
            description: self.description.filter(|text| !text.is_empty()),
            tags: mlflow_model::part_tags(tags).0,
            aliases: self.aliases.into_iter().filter_map(alias).collect(),
            created: self.creation_timestamp.and_then(time),
            updated,
            listed_by: updated,
            owner: self.user_id.filter(|user| !user.is_empty()),
            versions,
            web_url: Some(web::registered(pages, kind, &self.name)),
            name: self.name,
            ..Model::default()
        })
    }
}

impl WireVersion {
    /// Our model of it; `pages` is the address of its pages.
    pub(super) fn into_version(self, pages: &str) -> ModelVersion {
        let number = self.version.map(Number::into_text).unwrap_or_default();
        // Why it failed says more than that it did.
        let message = self.status_message.filter(|text| !text.is_empty());
        let status = self.status.map(|status| match message {
            Some(message) if status != "READY" => format!("{status}: {message}"),
            _ => status,
        });
        let tags = pairs(self.tags);
        let page = match registry::kind(&tags) {
            ModelKind::Prompt => web::prompt(pages, &self.name),
            _ => web::model_version(pages, &self.name, &number),
        };
        let version = ModelVersion {
            version: number,
            created: self.creation_timestamp.and_then(time),
            updated: self.last_updated_timestamp.and_then(time),
            status,
            stage: self.current_stage,
            description: self.description,
            user: self.user_id,
            location: self.source,
            run: self.run_id.map(RunId::new),
            logged: self.model_id.filter(|id| !id.is_empty()),
            web_url: Some(page),
            ..ModelVersion::default()
        };
        registry::version(&self.name, tags, version)
    }
}

impl WireLogged {
    /// Our model of it; `project_name` gives an experiment's name, `pages` is the address of its pages.
    pub(super) fn into_model(self, project_name: impl Fn(&str) -> Option<String>, pages: &str) -> Model {
        let Self { info, data } = self;
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        let status = said(info.status).map(|word| word.trim_start_matches("LOGGED_MODEL_").to_owned());
        let version = ModelVersion {
            created: info.creation_timestamp_ms.and_then(time),
            updated: info.last_updated_timestamp_ms.and_then(time),
            status,
            location: said(info.artifact_uri),
            run: said(info.source_run_id).map(RunId::new),
            metrics: data.metrics.into_iter().map(WireMetric::into_metric).collect(),
            params: pairs(data.params),
            web_url: Some(web::logged_model(pages, &info.experiment_id, &info.model_id)),
            ..ModelVersion::default()
        };
        let project = ProjectRef {
            name: project_name(&info.experiment_id).unwrap_or_default(),
            id: ProjectId::new(info.experiment_id),
        };
        registry::logged(info.model_id, info.name, project, pairs(info.tags), version)
    }
}

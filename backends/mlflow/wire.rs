//! MLflow's JSON, field for field, and its translation into our model (REST 2.0, recorded on 2.15.1 and 3.17.2).
//!
//! Whatever is empty is left out by the server, so everything has a default; unknown fields are dropped while reading.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::mlflow_model::{self, DELETED, web};
use crate::model::{Artifact, DatasetInput, Metric, ModelReference, Project, ProjectId, ProjectRef, Run, RunId};

use super::wire_numbers::{Number, Whole};

/// Answer of `experiments/search`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ExperimentsPage {
    #[serde(default)]
    pub(super) experiments: Vec<Experiment>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

/// An experiment.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Experiment {
    experiment_id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    lifecycle_stage: String,
    #[serde(default)]
    creation_time: Option<Whole>,
    #[serde(default)]
    last_update_time: Option<Whole>,
    #[serde(default)]
    tags: Vec<Pair>,
}

/// Answer of `runs/search`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RunsPage {
    #[serde(default)]
    pub(super) runs: Vec<WireRun>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

/// A run.
#[derive(Debug, Deserialize)]
pub(super) struct WireRun {
    info: RunInfo,
    #[serde(default)]
    data: RunData,
    #[serde(default)]
    inputs: Inputs,
    #[serde(default)]
    outputs: Outputs,
}

#[derive(Debug, Deserialize)]
struct RunInfo {
    run_id: String,
    experiment_id: String,
    #[serde(default)]
    run_name: String,
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    start_time: Option<Whole>,
    #[serde(default)]
    end_time: Option<Whole>,
    #[serde(default)]
    lifecycle_stage: String,
}

#[derive(Debug, Default, Deserialize)]
struct RunData {
    #[serde(default)]
    metrics: Vec<WireMetric>,
    #[serde(default)]
    params: Vec<Pair>,
    #[serde(default)]
    tags: Vec<Pair>,
}

/// A metric of a run or of a logged model.
#[derive(Debug, Deserialize)]
pub(super) struct WireMetric {
    key: String,
    // A writer of this JSON may leave out what is zero, as protocol buffers do; MLflow's own never does.
    #[serde(default)]
    value: Number,
    #[serde(default)]
    step: Option<Whole>,
}

/// A tag or a param.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Pair {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Debug, Default, Deserialize)]
struct Inputs {
    #[serde(default)]
    dataset_inputs: Vec<WireDatasetInput>,
    #[serde(default)]
    model_inputs: Vec<ModelLink>,
}

#[derive(Debug, Default, Deserialize)]
struct Outputs {
    #[serde(default)]
    model_outputs: Vec<ModelLink>,
}

#[derive(Debug, Deserialize)]
struct ModelLink {
    model_id: String,
}

#[derive(Debug, Deserialize)]
struct WireDatasetInput {
    #[serde(default)]
    tags: Vec<Pair>,
    #[serde(default)]
    dataset: WireDataset,
}

#[derive(Debug, Default, Deserialize)]
struct WireDataset {
    #[serde(default)]
    name: String,
    #[serde(default)]
    digest: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    source_type: Option<String>,
    #[serde(default)]
    schema: Option<String>,
    #[serde(default)]
    profile: Option<String>,
}

/// Answer of `artifacts/list`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ArtifactsPage {
    /// Where the run keeps its artifacts.
    #[serde(default)]
    pub(super) root_uri: String,
    #[serde(default)]
    pub(super) files: Vec<WireFile>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

/// A file or folder of a run.
#[derive(Debug, Deserialize)]
pub(super) struct WireFile {
    path: String,
    #[serde(default)]
    is_dir: bool,
    #[serde(default)]
    file_size: Option<Whole>,
}

/// Answer of `registered-models/alias` and `model-versions/get`.
#[derive(Debug, Deserialize)]
pub(super) struct OneModelVersion {
    pub(super) model_version: ModelVersion,
}

/// Answer of `model-versions/search`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ModelVersionsPage {
    #[serde(default)]
    pub(super) model_versions: Vec<ModelVersion>,
}

/// A version of a registered model.
#[derive(Debug, Deserialize)]
pub(super) struct ModelVersion {
    pub(super) name: String,
    pub(super) version: String,
    #[serde(default)]
    pub(super) run_id: String,
}

/// Answer of `GET /api/3.0/mlflow/server-info` (3.x).
#[derive(Debug, Default, Deserialize)]
pub(super) struct ServerInfo {
    #[serde(default)]
    pub(super) workspaces_enabled: bool,
}

impl Experiment {
    /// Our model of it; `web` is the address of its pages.
    pub(super) fn into_project(self, web: &str) -> Project {
        let (tags, note) = mlflow_model::project_tags(pairs(self.tags));
        Project {
            web_url: Some(web::experiment(web, &self.experiment_id)),
            id: ProjectId::new(self.experiment_id),
            name: self.name,
            created: self.creation_time.and_then(time),
            updated: self.last_update_time.and_then(time),
            archived: self.lifecycle_stage == DELETED,
            tags,
            note,
            runs: None,
        }
    }
}

impl WireRun {
    /// Our model of it; `project_name` gives an experiment's name, `web` is the address of its pages.
    pub(super) fn into_run(self, project_name: impl Fn(&str) -> Option<String>, web: &str) -> Run {
        let Self { info, data, inputs, outputs } = self;
        let project_id = ProjectId::new(info.experiment_id);
        let web_url = Some(web::run(web, project_id.as_str(), &info.run_id));
        let name = project_name(project_id.as_str()).unwrap_or_default();
        let (status, native_status) = mlflow_model::status_and_native(info.status);
        let run = Run {
            web_url,
            name: info.run_name,
            status,
            native_status,
            user: Some(info.user_id).filter(|user| !user.is_empty()),
            started: info.start_time.and_then(time),
            ended: info.end_time.and_then(time),
            archived: info.lifecycle_stage == DELETED,
            params: pairs(data.params),
            metrics: data.metrics.into_iter().map(WireMetric::into_metric).collect(),
            datasets: inputs.dataset_inputs.into_iter().map(WireDatasetInput::into_input).collect(),
            models: models(inputs.model_inputs, outputs.model_outputs),
            ..Run::new(RunId::new(info.run_id), ProjectRef { id: project_id, name })
        };
        mlflow_model::with_tags(run, pairs(data.tags))
    }
}

impl WireMetric {
    /// Its name and our model of it.
    pub(super) fn into_metric(self) -> (String, Metric) {
        let step = self.step.map(|step| step.0);
        let machine = mlflow_model::is_about_machine(&self.key);
        (self.key, Metric { machine, ..Metric::last(self.value.0, step) })
    }
}

impl WireDatasetInput {
    fn into_input(self) -> DatasetInput {
        let context = self.tags.into_iter().find(|tag| tag.key == mlflow_model::DATASET_CONTEXT);
        let digest = Some(self.dataset.digest).filter(|digest| !digest.is_empty());
        DatasetInput {
            reference: Some(mlflow_model::datasets::reference(&self.dataset.name, digest.as_deref())),
            name: self.dataset.name,
            version: digest,
            context: context.map(|tag| tag.value),
            source: mlflow_model::dataset_source(&self.dataset.source),
            source_kind: self.dataset.source_type,
            schema: self.dataset.schema.filter(|text| !text.is_empty()),
            profile: self.dataset.profile.filter(|text| !text.is_empty()),
        }
    }
}

impl WireFile {
    /// Our model of it.
    pub(super) fn into_artifact(self) -> Artifact {
        let size = self.file_size.and_then(|size| u64::try_from(size.0).ok());
        if self.is_dir { Artifact::folder(self.path) } else { Artifact::file(self.path, size) }
    }
}

fn models(inputs: Vec<ModelLink>, outputs: Vec<ModelLink>) -> Vec<ModelReference> {
    let link =
        |output| move |link: ModelLink| ModelReference { id: link.model_id, output, ..ModelReference::default() };
    inputs.into_iter().map(link(false)).chain(outputs.into_iter().map(link(true))).collect()
}

/// Tags or params by their keys.
pub(super) fn pairs(pairs: Vec<Pair>) -> BTreeMap<String, String> {
    pairs.into_iter().map(|pair| (pair.key, pair.value)).collect()
}

/// Times are epoch milliseconds.
pub(super) fn time(milliseconds: Whole) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds.0).ok()
}

#[cfg(test)]
mod tests;

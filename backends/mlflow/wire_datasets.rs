//! Datasets as MLflow's JSON: what runs of an experiment logged, and what is kept to evaluate with (3.x).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::mlflow_model::datasets::Evaluation;

use super::wire_numbers::Whole;

/// Answer of `experiments/search-datasets`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Summaries {
    #[serde(default)]
    pub(super) dataset_summaries: Vec<Summary>,
}

/// An input that runs of an experiment logged for something.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Summary {
    pub(super) experiment_id: String,
    pub(super) name: String,
    pub(super) digest: String,
    pub(super) context: Option<String>,
}

/// Answer of `datasets/search`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct EvaluationsPage {
    pub(super) datasets: Vec<WireEvaluation>,
    pub(super) next_page_token: Option<String>,
}

/// Records to evaluate with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireEvaluation {
    dataset_id: String,
    name: String,
    /// JSON in a text.
    tags: Option<String>,
    schema: Option<String>,
    profile: Option<String>,
    digest: Option<String>,
    created_time: Option<Whole>,
    created_by: Option<String>,
}

/// Answer of `datasets/{id}/experiment-ids`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ExperimentIds {
    #[serde(default)]
    pub(super) experiment_ids: Vec<String>,
}

impl WireEvaluation {
    /// Our model of it.
    pub(super) fn into_evaluation(self) -> Evaluation {
        let tags: BTreeMap<String, String> =
            self.tags.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Evaluation {
            id: self.dataset_id,
            name: self.name,
            digest: filled(self.digest),
            tags: tags.into_iter().filter(|(key, _)| !key.starts_with("mlflow.")).collect(),
            schema: filled(self.schema),
            profile: filled(self.profile),
            created: self.created_time.and_then(|at| Timestamp::from_millisecond(at.0).ok()),
            user: filled(self.created_by),
            projects: Vec::new(),
        }
    }
}

//! The questions for datasets.

use std::sync::atomic::Ordering;

use serde_json::json;

use crate::http::{Access, Request, segment};
use crate::{Call, Result};

use super::api::Api;
use super::wire_datasets::{EvaluationsPage, ExperimentIds, Summaries, Summary};

/// Evaluation datasets of one request.
const EVALUATIONS: usize = 1_000;

impl Api {
    /// `POST experiments/search-datasets` of at most 20 experiments: only the pages' own interface has it.
    pub(super) async fn search_datasets(&self, call: &Call, experiments: &[String]) -> Result<Vec<Summary>> {
        let body = json!({"experiment_ids": experiments});
        let path = "/ajax-api/2.0/mlflow/experiments/search-datasets";
        let Summaries { dataset_summaries } = self.ask(call, Request::post(Access::Read, path, &body)).await?;
        Ok(dataset_summaries)
    }

    /// `POST /api/3.0/mlflow/datasets/search` (3.x), also only of some experiments.
    pub(super) async fn search_evaluations(
        &self,
        call: &Call,
        experiments: Option<&[String]>,
    ) -> Result<EvaluationsPage> {
        let mut body = json!({"max_results": EVALUATIONS});
        if let (Some(experiments), Some(fields)) = (experiments, body.as_object_mut()) {
            fields.insert("experiment_ids".to_owned(), json!(experiments));
        }
        self.ask(call, Request::post(Access::Read, "/api/3.0/mlflow/datasets/search", &body)).await
    }

    /// `GET /api/3.0/mlflow/datasets/{id}/experiment-ids` (3.x).
    pub(super) async fn experiments_of_dataset(&self, call: &Call, id: &str) -> Result<Vec<String>> {
        let path = format!("/api/3.0/mlflow/datasets/{}/experiment-ids", segment(id));
        let ExperimentIds { experiment_ids } = self.ask(call, Request::get(Access::Read, path)).await?;
        Ok(experiment_ids)
    }

    /// Whether it is worth asking for evaluation datasets.
    pub(super) fn may_have_evaluations(&self) -> bool {
        !self.without_evaluations.load(Ordering::Relaxed)
    }

    /// The server does not know the question.
    pub(super) fn has_no_evaluations(&self) {
        self.without_evaluations.store(true, Ordering::Relaxed);
    }
}

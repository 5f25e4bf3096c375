//! Traces without their spans, as MLflow writes them.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::mlflow_model::traces::Recorded;
use crate::mlflow_model::traces::assessments::AssessmentWire;
use crate::mlflow_model::traces::spans::SpanWire;
use crate::model::{ProjectId, ProjectRef, TraceInfo};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TracesPage {
    pub(super) traces: Vec<InfoWire>,
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct OneTrace {
    pub(super) trace: InfoOf,
}

#[derive(Debug, Deserialize)]
pub(super) struct InfoOf {
    pub(super) trace_info: InfoWire,
}

#[derive(Debug, Deserialize)]
pub(super) struct WholeTrace {
    pub(super) trace: SpansOf,
}

#[derive(Debug, Deserialize)]
pub(super) struct SpansOf {
    #[serde(default)]
    pub(super) spans: Vec<SpanWire>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct InfoWire {
    trace_id: String,
    trace_location: Location,
    request_time: Option<String>,
    execution_duration: Option<String>,
    state: Option<String>,
    trace_metadata: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    request_preview: Option<String>,
    response_preview: Option<String>,
    assessments: Vec<AssessmentWire>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Location {
    mlflow_experiment: Experiment,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Experiment {
    experiment_id: String,
}

impl InfoWire {
    /// The trace in our terms; `name` names experiments, `pages` is the address of the server's pages.
    pub(super) fn into_info(self, name: impl Fn(&str) -> Option<String>, pages: &str) -> TraceInfo {
        let experiment = self.trace_location.mlflow_experiment.experiment_id;
        let recorded = Recorded {
            id: self.trace_id,
            project: ProjectRef {
                name: name(&experiment).unwrap_or_else(|| experiment.clone()),
                id: ProjectId::new(experiment),
            },
            started: self.request_time.as_deref().and_then(|text| text.parse().ok()),
            duration: self.execution_duration.as_deref().and_then(length),
            state: self.state.unwrap_or_default(),
            request: self.request_preview,
            response: self.response_preview,
            tags: self.tags,
            metadata: self.trace_metadata,
        };
        TraceInfo {
            assessments: self.assessments.into_iter().filter_map(AssessmentWire::into_assessment).collect(),
            ..recorded.into_info(Some(pages))
        }
    }
}

/// `0.036s`
fn length(text: &str) -> Option<SignedDuration> {
    SignedDuration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}

#[cfg(test)]
#[path = "wire_traces/tests.rs"]
mod tests;

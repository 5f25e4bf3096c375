//! Traces without their spans, as MLflow writes them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::wire_spans::{Attributes, SpanWire, hexadecimal};
use crate::mlflow_model::web;
use crate::model::{Assessment, AssessmentKind, ProjectId, ProjectRef, RunId, Status, Tokens, TraceInfo};

/// What MLflow itself keeps in tags and metadata.
const OWN: &str = "mlflow.";
/// Metadata in which it keeps what has a place of its own with us.
const RUN: &str = "mlflow.sourceRun";
const SESSION: &str = "mlflow.trace.session";
const USER: &str = "mlflow.trace.user";
const TOKENS: &str = "mlflow.trace.tokenUsage";
const COST: &str = "mlflow.trace.cost";
const SIZE: &str = "mlflow.trace.sizeStats";
/// The same as the previews, cut after 250 characters.
const INPUTS: &str = "mlflow.traceInputs";
const OUTPUTS: &str = "mlflow.traceOutputs";
/// The tag with the name.
const NAME: &str = "mlflow.traceName";

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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AssessmentWire {
    assessment_name: String,
    source: Source,
    create_time: Option<String>,
    feedback: Option<Feedback>,
    expectation: Option<Expectation>,
    rationale: Option<String>,
    span_id: Option<String>,
    valid: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Source {
    source_type: String,
    source_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Feedback {
    value: Option<Value>,
    error: Option<Fault>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fault {
    error_code: Option<String>,
    error_message: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Expectation {
    value: Option<Value>,
    serialized_value: Option<Serialized>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Serialized {
    value: Option<String>,
}

impl InfoWire {
    /// The trace in our terms; `name` names experiments, `pages` is the address of the server's pages.
    pub(super) fn into_info(self, name: impl Fn(&str) -> Option<String>, pages: &str) -> TraceInfo {
        let Self { trace_id, mut trace_metadata, mut tags, .. } = self;
        let experiment = self.trace_location.mlflow_experiment.experiment_id;
        let own = |map: &BTreeMap<String, String>, key: &str| map.get(key).filter(|text| !text.is_empty()).cloned();
        let kept = |key: &str| own(&trace_metadata, key);
        let read = |key: &str| kept(key).and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let trace_name = own(&tags, NAME);
        let (run, session, user) = (kept(RUN), kept(SESSION), kept(USER));
        let (request, response) = (self.request_preview.or(kept(INPUTS)), self.response_preview.or(kept(OUTPUTS)));
        let tokens = read(TOKENS).as_ref().map(tokens).unwrap_or_default();
        let cost = read(COST).as_ref().and_then(total_cost);
        let spans = read(SIZE).and_then(|sizes| sizes.get("num_spans")?.as_u64());
        tags.retain(|key, _| !key.starts_with(OWN));
        for key in [SESSION, USER, TOKENS, COST, SIZE, RUN, INPUTS, OUTPUTS] {
            trace_metadata.remove(key);
        }
        TraceInfo {
            web: (!experiment.is_empty()).then(|| web::trace(pages, &experiment, &trace_id)),
            id: trace_id,
            name: trace_name,
            project: ProjectRef {
                name: name(&experiment).unwrap_or_else(|| experiment.clone()),
                id: ProjectId::new(experiment),
            },
            status: self.state.as_deref().and_then(status),
            started: self.request_time.as_deref().and_then(|text| text.parse().ok()),
            // While it runs it is that of the spans which have arrived.
            duration: self
                .execution_duration
                .as_deref()
                .filter(|_| self.state.as_deref() != Some("IN_PROGRESS"))
                .and_then(length),
            session,
            user,
            run: run.map(RunId::new),
            request: request.filter(|text| !text.is_empty()),
            response: response.filter(|text| !text.is_empty()),
            tags,
            metadata: trace_metadata,
            tokens,
            cost,
            spans,
            assessments: self.assessments.into_iter().filter_map(AssessmentWire::into_assessment).collect(),
        }
    }
}

impl AssessmentWire {
    /// `None` for one that was replaced, or is neither feedback nor expectation.
    fn into_assessment(self) -> Option<Assessment> {
        let (kind, value, error) = match (self.feedback, self.expectation) {
            (Some(feedback), _) => {
                let error = feedback.error.map(|fault| {
                    [fault.error_code, fault.error_message].into_iter().flatten().collect::<Vec<_>>().join(": ")
                });
                (AssessmentKind::Feedback, feedback.value, error)
            }
            (None, Some(expectation)) => {
                let serialized = || expectation.serialized_value.and_then(|kept| kept.value).map(Value::String);
                (AssessmentKind::Expectation, expectation.value.or_else(serialized), None)
            }
            (None, None) => return None,
        };
        let value = value.filter(|value| !value.is_null()).map(|value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        });
        let Source { source_type, source_id } = self.source;
        let who: Vec<String> =
            [source_type.to_lowercase(), source_id].into_iter().filter(|text| !text.is_empty()).collect();
        self.valid.unwrap_or(true).then(|| Assessment {
            name: self.assessment_name,
            kind,
            value,
            source: who.join(" "),
            rationale: self.rationale.filter(|text| !text.is_empty()),
            error,
            span: self.span_id.filter(|id| !id.is_empty()).map(|id| hexadecimal(&id)),
            at: self.create_time.and_then(|text| text.parse::<Timestamp>().ok()),
        })
    }
}

/// MLflow's word for the state of a trace.
pub(super) fn status(word: &str) -> Option<Status> {
    match word {
        "OK" => Some(Status::Finished),
        "ERROR" => Some(Status::Failed),
        "IN_PROGRESS" => Some(Status::Running),
        _ => None,
    }
}

/// The same the other way round.
pub(super) fn word(status: Status) -> Option<&'static str> {
    match status {
        Status::Finished => Some("OK"),
        Status::Failed => Some("ERROR"),
        Status::Running => Some("IN_PROGRESS"),
        _ => None,
    }
}

/// `0.036s`
fn length(text: &str) -> Option<SignedDuration> {
    SignedDuration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}

/// `{"input_tokens": 120, "output_tokens": 30, "total_tokens": 150}`
pub(super) fn tokens(value: &Value) -> Tokens {
    // Some clients write them as numbers with a fraction of 0.
    let number = |key: &str| value.get(key).and_then(|count| count.as_u64().or_else(|| whole(count.as_f64()?)));
    let (input, output) = (number("input_tokens"), number("output_tokens"));
    let total = number("total_tokens").or_else(|| input.zip(output).map(|(input, output)| input + output));
    Tokens { input, output, total }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..1e15).contains(&number)).then_some(number as u64)
}

/// `{"input_cost": 1.8e-05, "output_cost": 1.8e-05, "total_cost": 3.6e-05}`
pub(super) fn total_cost(value: &Value) -> Option<f64> {
    let number = |key: &str| value.get(key).and_then(Value::as_f64);
    number("total_cost").or_else(|| number("input_cost").zip(number("output_cost")).map(|(a, b)| a + b))
}

/// What one attribute of a span holds, taken out.
pub(super) fn taken(attributes: &mut Attributes, key: &str) -> Option<Value> {
    attributes.0.remove(key).filter(|value| !value.is_null())
}

#[cfg(test)]
#[path = "wire_traces/tests.rs"]
mod tests;

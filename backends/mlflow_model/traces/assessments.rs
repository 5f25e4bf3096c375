//! Feedback and expectations, as MLflow writes them: in answers of its servers and in files of its file store.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::spans::hexadecimal;
use crate::model::{Assessment, AssessmentKind};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AssessmentWire {
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

impl AssessmentWire {
    /// `None` for one that was replaced, or is neither feedback nor expectation.
    pub(crate) fn into_assessment(self) -> Option<Assessment> {
        let (kind, value, error) = match (self.feedback, self.expectation) {
            (Some(feedback), _) => {
                let error = feedback.error.map(|told| fault(told.error_code, told.error_message));
                (AssessmentKind::Feedback, feedback.value, error)
            }
            (None, Some(expectation)) => {
                let serialized = || expectation.serialized_value.and_then(|kept| kept.value).map(Value::String);
                (AssessmentKind::Expectation, expectation.value.or_else(serialized), None)
            }
            (None, None) => return None,
        };
        self.valid.unwrap_or(true).then(|| Assessment {
            name: self.assessment_name,
            kind,
            value: value.and_then(verdict),
            source: assessor(&self.source.source_type, self.source.source_id),
            rationale: self.rationale.filter(|text| !text.is_empty()),
            error,
            span: self.span_id.filter(|id| !id.is_empty()).map(|id| hexadecimal(&id)),
            at: self.create_time.and_then(|text| text.parse::<Timestamp>().ok()),
        })
    }
}

/// The value of an assessment: text as it is, anything else as JSON; a whole number without a fraction, which servers add.
fn verdict(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Number(number) => Some(match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
            _ => number.to_string(),
        }),
        other => Some(other.to_string()),
    }
}

/// The value as a database keeps it: JSON. A server passes on what is expected as it was written, with the spaces of
/// whoever wrote it.
pub(crate) fn kept_verdict(kept: String, kind: AssessmentKind) -> Option<String> {
    match (serde_json::from_str(&kept), kind) {
        (Ok(Value::Object(_) | Value::Array(_)), AssessmentKind::Expectation) | (Err(_), _) => Some(kept),
        (Ok(value), _) => verdict(value),
    }
}

/// The same of why a judge gave no value.
pub(crate) fn kept_fault(kept: &str) -> Option<String> {
    let told: Fault = serde_json::from_slice(kept.as_bytes()).ok()?;
    Some(fault(told.error_code, told.error_message))
}

/// Why a judge gave no value.
fn fault(code: Option<String>, message: Option<String>) -> String {
    [code, message].into_iter().flatten().collect::<Vec<_>>().join(": ")
}

/// Who assessed: `HUMAN`, `LLM_JUDGE`, `CODE`, with a name.
pub(crate) fn assessor(kind: &str, id: String) -> String {
    let who: Vec<String> = [kind.to_lowercase(), id].into_iter().filter(|text| !text.is_empty()).collect();
    who.join(" ")
}

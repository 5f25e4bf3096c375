//! Traces of GenAI applications: what one request to an application did, as a tree of spans.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{ProjectRef, RunId, Status};

/// A trace without its spans.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceInfo {
    /// The tracker's id (MLflow: `tr-…`).
    pub id: String,
    /// What it is called: mostly as its root span.
    pub name: Option<String>,
    /// Where it lies.
    pub project: ProjectRef,
    /// Running, finished or failed; `None` where the tracker does not know.
    pub status: Option<Status>,
    /// When the request came.
    pub started: Option<Timestamp>,
    /// How long it took; `None` while it runs.
    pub duration: Option<SignedDuration>,
    /// The conversation that it belongs to.
    pub session: Option<String>,
    /// Who asked the application.
    pub user: Option<String>,
    /// The run that it was made in.
    pub run: Option<RunId>,
    /// The beginning of what was asked.
    pub request: Option<String>,
    /// The beginning of what was answered.
    pub response: Option<String>,
    /// Tags, without the tracker's own.
    pub tags: BTreeMap<String, String>,
    /// What was recorded when it was made, the tracker's own too.
    pub metadata: BTreeMap<String, String>,
    /// Tokens of all its calls of models.
    pub tokens: Tokens,
    /// What those calls cost, in US dollars.
    pub cost: Option<f64>,
    /// How many spans it has.
    pub spans: Option<u64>,
    /// What people and judges said of it; those that were replaced are left out.
    pub assessments: Vec<Assessment>,
    /// Its page in the tracker's web interface.
    pub web: Option<String>,
}

/// Tokens of calls of models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Of what was sent.
    pub input: Option<u64>,
    /// Of what came back.
    pub output: Option<u64>,
    /// Of both.
    pub total: Option<u64>,
}

/// What kind of statement an assessment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssessmentKind {
    /// How good it was.
    Feedback,
    /// What would have been right.
    Expectation,
}

/// What a person, a judge or a program said of a trace or of one of its spans.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// What is assessed: `correct`.
    pub name: String,
    /// Feedback or expectation.
    pub kind: AssessmentKind,
    /// The verdict: text as it is, anything else as JSON; `None` where the judge failed.
    pub value: Option<String>,
    /// Who: `human`, `llm_judge`, `code`, with a name.
    pub source: String,
    /// Why.
    pub rationale: Option<String>,
    /// Why there is no value.
    pub error: Option<String>,
    /// The span that it is about, if not the whole.
    pub span: Option<String>,
    /// When it was given.
    pub at: Option<Timestamp>,
}

/// One step of a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Its id, unique within the trace: 16 hexadecimal digits.
    pub id: String,
    /// The span that it is a part of; `None` for a root.
    pub parent: Option<String>,
    /// What it is called.
    pub name: String,
    /// What kind of step: `CHAIN`, `LLM`, `TOOL`, `RETRIEVER`.
    pub kind: Option<String>,
    /// Running, finished or failed; `None` where nobody said.
    pub status: Option<Status>,
    /// What is said of the status.
    pub message: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// How long it took; `None` while it runs.
    pub duration: Option<SignedDuration>,
    /// The language model that it called.
    pub model: Option<String>,
    /// Tokens of that call.
    pub tokens: Tokens,
    /// What that call cost, in US dollars.
    pub cost: Option<f64>,
    /// What went in.
    pub inputs: Option<Value>,
    /// What came out.
    pub outputs: Option<Value>,
    /// What else was recorded, the tracker's own notes left out.
    pub attributes: BTreeMap<String, Value>,
    /// What happened within it.
    pub events: Vec<SpanEvent>,
}

/// Something that happened within a span.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanEvent {
    /// `exception`, or what the application calls it.
    pub name: String,
    /// When.
    pub at: Option<Timestamp>,
    /// What was recorded of it.
    pub attributes: BTreeMap<String, Value>,
}

impl SpanEvent {
    /// Of an exception: its type, message and stack trace, each as far as it was recorded.
    pub fn exception(&self) -> Option<[Option<&str>; 3]> {
        let text = |key: &str| self.attributes.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        (self.name == "exception").then(|| ["exception.type", "exception.message", "exception.stacktrace"].map(text))
    }
}

/// A trace with its spans.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// What is known of the whole.
    pub info: TraceInfo,
    /// The spans, in the order in which they began.
    pub spans: Vec<Span>,
    /// What is missing, as sentences for the reader.
    pub notes: Vec<String>,
}

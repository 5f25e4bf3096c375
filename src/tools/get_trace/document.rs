//! A trace as a document, in which `fields` are looked up.

use backends::model::{Assessment, AssessmentKind, Span, Tokens, Trace};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// `{"info": {…}, "spans": […]}`
pub(super) fn of_trace<'a>(trace: &Trace, spans: impl Iterator<Item = &'a Span>) -> Value {
    let info = &trace.info;
    let known = [
        ("trace_id", Value::from(info.id.as_str())),
        ("name", json!(info.name)),
        ("status", json!(info.status.map(backends::model::Status::word))),
        ("started", time(info.started)),
        ("duration_ms", length(info.duration)),
        ("project", Value::from(info.project.name.as_str())),
        ("run", json!(info.run.as_ref().map(backends::model::RunId::as_str))),
        ("session", json!(info.session)),
        ("user", json!(info.user)),
        ("tokens", tokens(info.tokens)),
        ("cost_usd", json!(info.cost)),
        ("request", json!(info.request)),
        ("response", json!(info.response)),
        ("tags", json!(info.tags)),
        ("metadata", json!(info.metadata)),
        ("assessments", info.assessments.iter().map(assessment).collect()),
        ("url", json!(info.web)),
    ];
    json!({"info": object(known), "spans": spans.map(of_span).collect::<Value>()})
}

/// One span.
pub(super) fn of_span(span: &Span) -> Value {
    let event = |event: &backends::model::SpanEvent| {
        object([
            ("name", Value::from(event.name.as_str())),
            ("at", time(event.at)),
            ("attributes", json!(event.attributes)),
        ])
    };
    object([
        ("span_id", Value::from(span.id.as_str())),
        ("parent_id", json!(span.parent)),
        ("name", Value::from(span.name.as_str())),
        ("type", json!(span.kind)),
        ("status", json!(span.status.map(backends::model::Status::word))),
        ("message", json!(span.message)),
        ("started", time(span.started)),
        ("duration_ms", length(span.duration)),
        ("model", json!(span.model)),
        ("tokens", tokens(span.tokens)),
        ("cost_usd", json!(span.cost)),
        ("inputs", json!(span.inputs)),
        ("outputs", json!(span.outputs)),
        ("attributes", json!(span.attributes)),
        ("events", span.events.iter().map(event).collect()),
    ])
}

/// Only what is known.
fn object<const N: usize>(known: [(&str, Value); N]) -> Value {
    let known = known.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(known.map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

fn time(at: Option<Timestamp>) -> Value {
    json!(at.map(|at| at.to_string()))
}

fn length(length: Option<SignedDuration>) -> Value {
    json!(length.map(|length| length.as_secs_f64() * 1_000.0))
}

fn tokens(tokens: Tokens) -> Value {
    if tokens == Tokens::default() {
        return Value::Null;
    }
    object([("input", json!(tokens.input)), ("output", json!(tokens.output)), ("total", json!(tokens.total))])
}

fn assessment(one: &Assessment) -> Value {
    let kind = match one.kind {
        AssessmentKind::Feedback => "feedback",
        AssessmentKind::Expectation => "expectation",
    };
    object([
        ("name", Value::from(one.name.as_str())),
        ("kind", Value::from(kind)),
        ("value", json!(one.value)),
        ("source", Value::from(one.source.as_str())),
        ("rationale", json!(one.rationale)),
        ("error", json!(one.error)),
        ("span", json!(one.span)),
    ])
}

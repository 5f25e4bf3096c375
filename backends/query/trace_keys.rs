//! Names of the keys of traces: ours, MLflow's, and what a trace has under them.

use super::keys::Vocabulary;
use super::shape::Shape;
use super::values::Value;
use super::{Key, TraceKey};
use crate::model::{AssessmentKind, TraceInfo};
use crate::nearest::nearest;

/// Keys without a name behind a dot, under our word first.
const ATTRIBUTES: &[(Key, &[&str])] = &[
    (Key::Id, &["id", "trace_id", "request_id"]),
    (Key::Name, &["name", "trace_name"]),
    (Key::Status, &["status", "state"]),
    (Key::User, &["user", "user_id"]),
    (Key::OfTrace(TraceKey::Session), &["session", "session_id"]),
    (Key::Started, &["started", "timestamp", "timestamp_ms", "request_time", "start_time"]),
    (Key::Ended, &["ended", "end_time", "end_time_ms"]),
    (Key::Duration, &["duration", "latency"]),
    (Key::OfTrace(TraceKey::Milliseconds), &["execution_time_ms", "execution_time", "execution_duration_ms"]),
    (Key::OfTrace(TraceKey::Tokens), &["tokens", "total_tokens"]),
    (Key::OfTrace(TraceKey::Cost), &["cost", "total_cost"]),
    (Key::OfTrace(TraceKey::Text), &["text"]),
];

const ALL: &str = "id, name, status, user, session, started, ended, duration, tokens, cost, text, tags.k, metadata.k, \
                   span.name, span.type, span.status, span.attributes.k, feedback.k, expectation.k";

/// The words for keys of traces.
pub(super) static TRACES: Vocabulary = Vocabulary { all: ALL, named, in_family };

fn named(text: &str) -> Result<Key, String> {
    match text.split_once('.') {
        None => attribute(text),
        Some((family, name)) => in_family(family, name),
    }
}

fn attribute(text: &str) -> Result<Key, String> {
    let known = ATTRIBUTES.iter().find(|(_, words)| words.iter().any(|word| word.eq_ignore_ascii_case(text)));
    match text.to_ascii_lowercase().as_str() {
        _ if known.is_some() => known.map(|(key, _)| key.clone()).ok_or_else(String::new),
        "run" | "run_id" => Err("the run is no key of a filter: give it as the argument run".to_owned()),
        _ => Err(unknown(text)),
    }
}

fn in_family(family: &str, name: &str) -> Result<Key, String> {
    let of_trace = |make: fn(String) -> TraceKey| Ok(Key::OfTrace(make(name.to_owned())));
    if name.is_empty() {
        return Err(format!("{family}. lacks a name; keys are {ALL}"));
    }
    match family.to_ascii_lowercase().as_str() {
        "trace" | "attributes" | "attribute" | "attr" | "info" => attribute(name),
        "tags" | "tag" => Ok(Key::Tag(name.to_owned())),
        "metadata" | "request_metadata" | "trace_metadata" => match name {
            // What has a word of its own is asked by that.
            "mlflow.trace.session" => Ok(Key::OfTrace(TraceKey::Session)),
            "mlflow.trace.user" => Ok(Key::User),
            _ => of_trace(TraceKey::Metadata),
        },
        "feedback" | "feedbacks" | "assessment" | "assessments" => of_trace(TraceKey::Feedback),
        "expectation" | "expectations" => of_trace(TraceKey::Expectation),
        "span" | "spans" => match name.split_once('.').map_or(name, |(first, _)| first) {
            "name" | "type" | "status" if !name.contains('.') => of_trace(TraceKey::Span),
            "attributes" if name.len() > "attributes.".len() => of_trace(TraceKey::Span),
            _ => Err(format!(
                "of spans there are span.name, span.type, span.status and span.attributes.k, not span.{name}"
            )),
        },
        _ => Err(unknown(&format!("{family}.{name}"))),
    }
}

fn unknown(text: &str) -> String {
    let words = ATTRIBUTES.iter().flat_map(|(_, words)| words.iter().copied());
    let mut meant: Vec<String> = nearest(text, words, 2).into_iter().map(str::to_owned).collect();
    meant.extend(
        [Key::Tag(text.to_owned()), Key::OfTrace(TraceKey::Metadata(text.to_owned()))].map(|key| key.to_string()),
    );
    format!("unknown key {text}; did you mean {}? keys of traces are {ALL}", meant.join(", "))
}

impl TraceKey {
    /// The word before the dot, and the name behind it.
    pub(super) fn family(&self) -> (&'static str, Option<&String>) {
        match self {
            Self::Session => ("session", None),
            Self::Milliseconds => ("execution_time_ms", None),
            Self::Tokens => ("tokens", None),
            Self::Cost => ("cost", None),
            Self::Text => ("text", None),
            Self::Metadata(name) => ("metadata", Some(name)),
            Self::Span(name) => ("span", Some(name)),
            Self::Feedback(name) => ("feedback", Some(name)),
            Self::Expectation(name) => ("expectation", Some(name)),
        }
    }

    /// The kind of its values.
    pub(super) fn shape(&self) -> Shape {
        match self {
            Self::Milliseconds | Self::Tokens | Self::Cost => Shape::Number,
            Self::Session | Self::Text => Shape::Text,
            Self::Span(name) if name == "status" => Shape::Status,
            Self::Span(name) if !name.starts_with("attributes.") => Shape::Text,
            Self::Metadata(_) | Self::Span(_) | Self::Feedback(_) | Self::Expectation(_) => Shape::Free,
        }
    }
}

impl Key {
    /// A trace's values: none if it is missing; `None` if it is not known without the spans, or traces have no such thing.
    pub(super) fn values_of_trace<'a>(&self, trace: &'a TraceInfo) -> Option<Vec<Value<'a>>> {
        let one = match self {
            Self::Id => Some(Value::Text(&trace.id)),
            Self::Name => trace.name.as_deref().map(Value::Text),
            Self::Status => trace.status.map(Value::Status),
            Self::User => trace.user.as_deref().map(Value::Text),
            Self::Started => trace.started.map(Value::Time),
            Self::Ended => {
                trace.started.zip(trace.duration).and_then(|(at, length)| at.checked_add(length).ok()).map(Value::Time)
            }
            Self::Duration => trace.duration.map(Value::Duration),
            Self::Tag(name) => trace.tags.get(name).map(|text| Value::Free(text)),
            Self::OfTrace(key) => match key {
                TraceKey::Session => trace.session.as_deref().map(Value::Text),
                TraceKey::Milliseconds => {
                    trace.duration.map(|length| Value::Number((length.as_secs_f64() * 1_000.0).round()))
                }
                TraceKey::Tokens => trace.tokens.total.map(|tokens| Value::Number(tokens as f64)),
                TraceKey::Cost => trace.cost.map(Value::Number),
                TraceKey::Metadata(name) => trace.metadata.get(name).map(|text| Value::Free(text)),
                TraceKey::Feedback(name) => return Some(verdicts(trace, AssessmentKind::Feedback, name)),
                TraceKey::Expectation(name) => return Some(verdicts(trace, AssessmentKind::Expectation, name)),
                TraceKey::Text | TraceKey::Span(_) => return None,
            },
            _ => return None,
        };
        Some(one.into_iter().collect())
    }
}

fn verdicts<'a>(trace: &'a TraceInfo, kind: AssessmentKind, name: &str) -> Vec<Value<'a>> {
    let of_name = trace.assessments.iter().filter(|one| one.kind == kind && one.name == name);
    of_name.filter_map(|one| one.value.as_deref()).map(Value::Free).collect()
}

//! Spans, in the two shapes in which MLflow writes them: its own JSON, where an attribute is text that is JSON again, and
//! OpenTelemetry's, where it is a value with its type.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{tokens, total_cost};
use crate::model::{Span, SpanEvent, Status};

/// What MLflow itself notes in a span and nobody asks for.
const OWN: [&str; 4] =
    ["mlflow.traceRequestId", "mlflow.spanLogLevel", "mlflow.spanFunctionName", "mlflow.experimentId"];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SpansFile {
    pub(crate) spans: Vec<SpanWire>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SpanWire {
    span_id: Option<String>,
    parent_span_id: Option<String>,
    parent_id: Option<String>,
    /// Before 3.0: `{"span_id": "0x…"}`.
    context: Option<Context>,
    name: String,
    start_time_unix_nano: Option<Value>,
    end_time_unix_nano: Option<Value>,
    start_time: Option<Value>,
    end_time: Option<Value>,
    status: Option<StatusWire>,
    status_code: Option<String>,
    status_message: Option<String>,
    attributes: Attributes,
    events: Vec<EventWire>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Context {
    span_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StatusWire {
    code: Option<Value>,
    message: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EventWire {
    name: String,
    time_unix_nano: Option<Value>,
    timestamp: Option<Value>,
    attributes: Attributes,
}

/// Attributes by name, whatever their shape was.
#[derive(Debug, Default)]
struct Attributes(BTreeMap<String, Value>);

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Object(own) => own.into_iter().map(|(key, value)| (key, decoded(value))).collect(),
            Value::Array(typed) => typed.into_iter().filter_map(pair).collect(),
            _ => BTreeMap::new(),
        }))
    }
}

/// Text that is JSON again; other text is itself.
fn decoded(value: Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        other => other,
    }
}

/// `{"key": …, "value": {"string_value": …}}`
fn pair(mut entry: Value) -> Option<(String, Value)> {
    let key = entry.get("key")?.as_str()?.to_owned();
    Some((key, entry.get_mut("value").map(Value::take).map(untyped).unwrap_or_default()))
}

/// `{"string_value": "a"}` is `"a"`; lists and maps hold such values again.
fn untyped(value: Value) -> Value {
    let Value::Object(typed) = value else { return value };
    let Some((kind, value)) = typed.into_iter().next() else { return Value::Null };
    match (kind.as_str(), value) {
        ("array_value" | "arrayValue", Value::Object(mut list)) => match list.remove("values") {
            Some(Value::Array(values)) => values.into_iter().map(untyped).collect(),
            _ => Value::Array(Vec::new()),
        },
        ("kvlist_value" | "kvlistValue", Value::Object(mut list)) => match list.remove("values") {
            Some(Value::Array(pairs)) => Value::Object(pairs.into_iter().filter_map(pair).collect::<Map<_, _>>()),
            _ => Value::Object(Map::new()),
        },
        // Whole numbers of 64 bits are text in some JSON.
        ("int_value" | "intValue", Value::String(text)) => text.parse::<i64>().map_or(Value::String(text), Value::from),
        (_, value) => value,
    }
}

impl SpanWire {
    /// The span in our terms.
    pub(crate) fn into_span(self) -> Span {
        let Attributes(mut noted) = self.attributes;
        OWN.iter().for_each(|key| drop(noted.remove(*key)));
        let mut attributes = Attributes(noted);
        let mut text = |key: &str| match taken(&mut attributes, key)? {
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        };
        let (kind, model) = (text("mlflow.spanType"), text("mlflow.llm.model"));
        let begun = self.start_time_unix_nano.or(self.start_time).as_ref().and_then(nanoseconds);
        let ended = self.end_time_unix_nano.or(self.end_time).as_ref().and_then(nanoseconds);
        let status = self.status.unwrap_or_default();
        let code = match status.code {
            Some(Value::String(code)) => Some(code),
            Some(Value::Number(code)) => Some(code.to_string()),
            _ => self.status_code,
        };
        let usage = taken(&mut attributes, "mlflow.chat.tokenUsage");
        let cost = taken(&mut attributes, "mlflow.llm.cost");
        let id = self.span_id.or(self.context.map(|context| context.span_id)).unwrap_or_default();
        Span {
            id: hexadecimal(&id),
            parent: self.parent_span_id.or(self.parent_id).filter(|id| !id.is_empty()).map(|id| hexadecimal(&id)),
            name: self.name,
            kind: kind.filter(|kind| kind != "UNKNOWN"),
            status: code.as_deref().and_then(outcome).or_else(|| ended.is_none().then_some(Status::Running)),
            message: status.message.or(self.status_message).filter(|text| !text.is_empty()),
            started: begun.and_then(|at| Timestamp::from_nanosecond(at.into()).ok()),
            duration: begun.zip(ended).map(|(begun, ended)| SignedDuration::from_nanos(ended.saturating_sub(begun))),
            model,
            tokens: usage.as_ref().map(tokens).unwrap_or_default(),
            cost: cost.as_ref().and_then(total_cost),
            inputs: taken(&mut attributes, "mlflow.spanInputs"),
            outputs: taken(&mut attributes, "mlflow.spanOutputs"),
            attributes: attributes.0,
            events: self.events.into_iter().map(EventWire::into_event).collect(),
        }
    }
}

impl EventWire {
    fn into_event(self) -> SpanEvent {
        let at = self.time_unix_nano.or(self.timestamp).as_ref().and_then(nanoseconds);
        SpanEvent {
            name: self.name,
            at: at.and_then(|at| Timestamp::from_nanosecond(at.into()).ok()),
            attributes: self.attributes.0,
        }
    }
}

/// Nanoseconds since 1970, as a number or as text; 0 is none.
fn nanoseconds(value: &Value) -> Option<i64> {
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    number.filter(|number| *number != 0)
}

fn outcome(code: &str) -> Option<Status> {
    match code.strip_prefix("STATUS_CODE_").unwrap_or(code) {
        "OK" | "1" => Some(Status::Finished),
        "ERROR" | "2" => Some(Status::Failed),
        "IN_PROGRESS" => Some(Status::Running),
        _ => None,
    }
}

/// What one attribute of a span holds, taken out.
fn taken(attributes: &mut Attributes, key: &str) -> Option<Value> {
    attributes.0.remove(key).filter(|value| !value.is_null())
}

/// The id of a span as people see it: 16 hexadecimal digits, whether it came in base64 or as `0x…`.
pub(crate) fn hexadecimal(id: &str) -> String {
    if let Some(digits) = id.strip_prefix("0x") {
        return digits.to_owned();
    }
    match STANDARD.decode(id) {
        Ok(bytes) if bytes.len() == 8 => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        _ => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spans_are_the_same_in_both_shapes() {
        let own = json!({"spans": [{
            "span_id": "7S5TPDnAxaA=", "parent_span_id": "CUSSOynFrw4=", "name": "generate",
            "start_time_unix_nano": 1_000_000_000_i64, "end_time_unix_nano": 1_002_000_000_i64,
            "status": {"code": "STATUS_CODE_OK", "message": ""},
            "attributes": {
                "mlflow.spanType": "\"CHAT_MODEL\"", "mlflow.llm.model": "\"m\"", "k": "3", "mlflow.spanLogLevel": "20",
                "mlflow.chat.tokenUsage": "{\"input_tokens\": 1, \"output_tokens\": 2, \"total_tokens\": 3}",
                "mlflow.spanInputs": "{\"q\": [1, 0.5, \"x\"]}",
            },
            "events": [{"name": "exception", "time_unix_nano": 5, "attributes": {"exception.type": "ValueError"}}],
        }]});
        let typed = json!({"spans": [{
            "span_id": "7S5TPDnAxaA=", "parent_span_id": "CUSSOynFrw4=", "name": "generate",
            "start_time_unix_nano": "1000000000", "end_time_unix_nano": "1002000000", "status": {"code": "STATUS_CODE_OK"},
            "attributes": [
                {"key": "mlflow.spanType", "value": {"string_value": "CHAT_MODEL"}},
                {"key": "mlflow.llm.model", "value": {"string_value": "m"}},
                {"key": "k", "value": {"int_value": "3"}},
                {"key": "mlflow.chat.tokenUsage", "value": {"kvlist_value": {"values": [
                    {"key": "input_tokens", "value": {"int_value": 1}}, {"key": "output_tokens", "value": {"int_value": 2}},
                    {"key": "total_tokens", "value": {"int_value": 3}}]}}},
                {"key": "mlflow.spanInputs", "value": {"kvlist_value": {"values": [{"key": "q", "value": {"array_value": {"values": [
                    {"int_value": 1}, {"double_value": 0.5}, {"string_value": "x"}]}}}]}}},
            ],
            "events": [{"name": "exception", "time_unix_nano": 5, "attributes": [
                {"key": "exception.type", "value": {"string_value": "ValueError"}}]}],
        }]});
        let read = |file: Value| serde_json::from_value::<SpansFile>(file).unwrap().spans.remove(0).into_span();
        let span = read(own);
        assert_eq!(span, read(typed));
        assert_eq!((span.id.as_str(), span.parent.as_deref()), ("ed2e533c39c0c5a0", Some("0944923b29c5af0e")));
        assert_eq!((span.tokens.total, span.duration), (Some(3), Some(SignedDuration::from_millis(2))));
        assert_eq!(span.attributes.keys().collect::<Vec<_>>(), ["k"]);
        assert_eq!(span.inputs, Some(json!({"q": [1, 0.5, "x"]})));
    }

    #[test]
    fn a_span_without_an_end_is_running_and_an_old_id_is_read_too() {
        let file = json!({"spans": [{"context": {"span_id": "0x0944923b29c5af0e"}, "name": "a", "start_time": 7, "end_time": null}]});
        let span = serde_json::from_value::<SpansFile>(file).unwrap().spans.remove(0).into_span();
        assert_eq!((span.id.as_str(), span.status, span.duration), ("0944923b29c5af0e", Some(Status::Running), None));
    }
}

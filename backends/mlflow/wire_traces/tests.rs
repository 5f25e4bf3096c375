use serde_json::json;

use super::super::wire_spans::SpansFile;
use super::*;
use crate::query::Filter;

fn info() -> TraceInfo {
    let wire = json!({
        "trace_id": "tr-1",
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "2"}},
        "request_time": "2026-11-20T09:52:58.281Z", "execution_duration": "0.165s", "state": "OK",
        "trace_metadata": {
            "mlflow.trace.session": "s", "mlflow.trace.user": "u", "mlflow.sourceRun": "r", "release": "1",
            "mlflow.trace.tokenUsage": "{\"input_tokens\": 120, \"output_tokens\": 30, \"total_tokens\": 150}",
            "mlflow.trace.cost": "{\"input_cost\": 1.8e-05, \"output_cost\": 1.8e-05, \"total_cost\": 3.6e-05}",
            "mlflow.trace.sizeStats": "{\"num_spans\": 3}",
        },
        "assessments": [
            {"assessment_name": "correct", "source": {"source_type": "HUMAN", "source_id": "ada"}, "feedback": {"value": true}, "valid": true},
            {"assessment_name": "correct", "feedback": {"value": false}, "valid": false},
            {"assessment_name": "expected", "expectation": {"serialized_value": {"value": "{\"a\": [1]}"}}, "valid": true},
            {"assessment_name": "safe", "feedback": {"error": {"error_code": "X", "error_message": "judge is down"}}, "valid": true},
        ],
        "tags": {"mlflow.traceName": "rag chain", "env": "ci"},
        "request_preview": "{\"q\": 1}",
    });
    serde_json::from_value::<InfoWire>(wire).unwrap().into_info(|_| Some("lab".to_owned()), "http://h/#")
}

#[test]
fn a_trace_is_read_with_what_mlflow_keeps_in_its_metadata() {
    let info = info();
    assert_eq!((info.name.as_deref(), info.status), (Some("rag chain"), Some(Status::Finished)));
    assert_eq!(info.duration, Some(SignedDuration::from_millis(165)));
    assert_eq!((info.tokens.total, info.cost, info.spans), (Some(150), Some(3.6e-5), Some(3)));
    assert_eq!((info.session.as_deref(), info.user.as_deref()), (Some("s"), Some("u")));
    assert_eq!(info.run, Some(RunId::new("r")));
    assert_eq!(info.web.as_deref(), Some("http://h/#/experiments/2/traces?selectedEvaluationId=tr-1"));
    assert_eq!((info.tags.len(), info.metadata.len()), (1, 1));
}

#[test]
fn verdicts_that_were_replaced_are_left_out_and_a_judges_failure_is_no_value() {
    let info = info();
    let told: Vec<_> = info.assessments.iter().map(|one| (one.name.as_str(), one.value.as_deref())).collect();
    assert_eq!(told, [("correct", Some("true")), ("expected", Some("{\"a\": [1]}")), ("safe", None)]);
    assert_eq!(info.assessments[2].error.as_deref(), Some("X: judge is down"));
    assert_eq!(info.assessments[0].source, "human ada");
}

#[test]
fn filters_hold_for_what_a_trace_has() {
    let holds = |text: &str| Filter::parse_traces(text, Timestamp::UNIX_EPOCH).unwrap().matches_trace(&info());
    for text in [
        "feedback.correct = true and tokens > 100 and duration < '1s'",
        "execution_time_ms = 165",
        "not session = 'x' and user = 'u'",
        "feedback.missing is null and not name = 'x'",
        "tags.env in ('ci') and metadata.release = 1",
        "status = 'OK' and cost < 0.001",
        "ended > '2026-11-20T09:52:58.400Z'",
    ] {
        assert!(holds(text), "{text}");
    }
    // What is missing is neither so nor not so.
    for text in ["feedback.missing = true", "not feedback.missing = true", "feedback.safe = true", "tags.x != 'a'"] {
        assert!(!holds(text), "{text}");
    }
}

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

use serde_json::json;

use super::*;
use crate::model::{RunId, Status};
use crate::query::Filter;
use jiff::Timestamp;

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

//! Pipelines as the SDK wrote them, and as others may.

use serde_json::json;

use super::*;

/// Pipelines of SDK 2.1.12: one with a step that failed, one with a step that was left out, both with one from the cache.
const RECORDED: &str = include_str!("../fixtures/pipelines.json");

fn of(value: Value) -> Document {
    serde_json::from_value(value).unwrap()
}

fn pipeline(document: &Document) -> Pipeline {
    match document.outline() {
        Some(Ok(Outline::Pipeline(pipeline))) => pipeline,
        other => panic!("no pipeline: {other:?}"),
    }
}

fn states(pipeline: &Pipeline) -> Vec<(&str, &StepState)> {
    pipeline.steps.iter().map(|step| (step.name.as_str(), &step.state)).collect()
}

const FINISHED: StepState = StepState::Ran(Some(Status::Finished));
const FAILED: StepState = StepState::Ran(Some(Status::Failed));

#[test]
fn recorded_pipelines_tell_what_became_of_their_steps() {
    let recorded: Outlined = serde_json::from_str(RECORDED).unwrap();
    let [failed, skipped] = recorded.tasks.as_slice() else { panic!("two were recorded") };

    let failed = pipeline(failed);
    let because = StepState::NotRun { because_of: Some("train".to_owned()) };
    let expected = [("prepare", &FINISHED), ("train", &FAILED), ("export", &FINISHED), ("evaluate", &because)];
    assert_eq!(states(&failed), expected);
    let cached: Vec<bool> = failed.steps.iter().map(|step| step.cached).collect();
    assert_eq!(cached, [true, false, false, false]);
    // Of a failed step `executed` is false; its run is named all the same.
    assert_eq!(failed.steps[1].run, Some(RunId::new("b290a8ae56dd4431806546fc879825f4")));
    assert_eq!(failed.steps[1].parents, ["prepare"]);
    assert_eq!(failed.steps[1].duration(Timestamp::UNIX_EPOCH).unwrap().as_secs(), 8);
    assert_eq!((failed.steps[3].run.as_ref(), failed.steps[3].started), (None, None));

    let skipped = pipeline(skipped);
    let expected =
        [("prepare", &FINISHED), ("train", &FINISHED), ("export", &StepState::Skipped), ("evaluate", &FINISHED)];
    assert_eq!(states(&skipped), expected);
}

#[test]
fn fields_that_an_older_sdk_or_a_person_left_out_count_as_not_known() {
    let steps = json!({
        "last": {"parents": ["second", 7], "status": null},
        "second": {"parents": "first", "executed": "b", "job_started": "soon", "status": "queued"},
        "first": {"executed": "a", "job_id": "", "parents": null, "job_started": 1e300},
        "odd": 5,
    });
    let text = steps.to_string();
    let running = of(json!({"id": "c", "status": "in_progress", "configuration": {"Pipeline": {"value": text}}}));

    let found = pipeline(&running);

    let unknown = StepState::Ran(None);
    let queued = StepState::Ran(Some(Status::Queued));
    let waiting = StepState::Waiting;
    assert_eq!(states(&found), [("second", &queued), ("first", &unknown), ("odd", &waiting), ("last", &waiting)]);
    assert!(found.steps.iter().all(|step| step.started.is_none()));
}

#[test]
fn a_pipeline_that_ended_has_nothing_that_waits() {
    let text = json!({"a": {"status": "aborted", "job_id": "x"}, "b": {"parents": ["a"]}, "c": {}}).to_string();
    let over = of(json!({"id": "c", "status": "stopped", "configuration": {"Pipeline": {"value": text}}}));

    let found = pipeline(&over);

    let stopped = StepState::Ran(Some(Status::Stopped));
    let because = StepState::NotRun { because_of: Some("a".to_owned()) };
    assert_eq!(states(&found), [("a", &stopped), ("c", &StepState::NotRun { because_of: None }), ("b", &because)]);
}

#[test]
fn a_text_that_is_no_json_is_told_of_and_no_pipeline_is_none() {
    let hocon = of(json!({"id": "c", "configuration": {"Pipeline": {"value": "first { parents = [] }"}}}));
    assert!(hocon.outline().unwrap().unwrap_err().contains("is not the JSON"));
    for other in
        [json!({"id": "c"}), json!({"id": "c", "configuration": {"General": {"value": "{}"}}, "type": "training"})]
    {
        assert_eq!(of(other).outline(), None);
    }
    let empty = of(json!({"id": "c", "configuration": {"Pipeline": {"value": "{}"}}}));
    assert_eq!(pipeline(&empty), Pipeline::default());
}

#[test]
fn a_report_has_a_length_in_characters_and_what_it_shows() {
    let report = of(json!({"id": "r", "type": "report", "report": "# ü\n![a](b.png)\n"}));
    let Some(Ok(Outline::Report(found))) = report.outline() else { panic!("no report") };
    assert_eq!((found.path.as_str(), found.characters, found.embedded.len()), ("report.md", 16, 1));
    // One that nobody has written yet.
    assert_eq!(of(json!({"id": "r", "type": "report"})).text(), Some(""));
    assert_eq!(of(json!({"id": "r", "type": "training", "report": "x"})).text(), None);
}

use serde_json::{Value, json};

use super::*;

/// The first task of a recorded answer.
fn recorded() -> Task {
    let answer: Envelope<Tasks> = serde_json::from_str(include_str!("../fixtures/tasks.get_by_id_ex.json")).unwrap();
    answer.data.tasks.into_iter().next().unwrap()
}

fn task(fields: Value) -> Run {
    serde_json::from_value::<Task>(fields).unwrap().into_run("http://web")
}

#[test]
fn a_recorded_task_becomes_a_run() {
    let run = recorded().into_run("https://app.clear.ml");
    assert_eq!(
        (run.name.as_str(), run.status, run.kind.as_deref()),
        ("resnet101 [v1.0]", Some(Status::Finished), Some("training"))
    );
    assert_eq!((run.native_status.as_deref(), run.reason.as_deref(), run.archived), (None, None, false));
    assert_eq!(run.started, Some("2026-11-20T10:03:25.243Z".parse().unwrap()));
    assert_eq!(run.ended, Some("2026-11-20T10:03:41.814Z".parse().unwrap()));
    assert_eq!(run.params["General/nested/dropout"], "0.30000000000000004");
    assert_eq!(run.params["Args/amp"], "True");
    assert_eq!(run.metrics["validation/loss"].count, Some(40));
    assert_eq!(run.tags.keys().collect::<Vec<_>>(), ["fold-0", "other"]);
    assert_eq!(run.note.as_deref(), Some("Using model id: b128ee98d7ed456cb848e6e7104809a5"));
    assert_eq!(run.code.commit.as_deref(), Some("0123456789abcdef0123456789abcdef01234567"));
    assert_eq!(run.code.entry_point.as_deref(), Some("populate.py"));
    assert_eq!((run.code.packages.len(), run.code.packages[0].as_str()), (14, "clearml == 2.1.12"));
    assert_eq!(run.environment["python"], "3.11.7");
    let model = &run.models[0];
    assert_eq!((model.name.as_deref(), model.output), (Some("resnet50-imagenet"), false));
    let page = "https://app.clear.ml/projects/9eea86225c2c430980d463a96fcf30ce/experiments/af9078a7c8054dc586defbe5cc698460/output/execution";
    assert_eq!(run.web_url.as_deref(), Some(page));
}

#[test]
fn every_status_has_our_word_and_says_what_it_means_beyond() {
    for (word, ours, native) in [
        ("created", Some(Status::Created), None),
        ("in_progress", Some(Status::Running), None),
        ("completed", Some(Status::Finished), None),
        ("published", Some(Status::Finished), Some("published")),
        ("closed", Some(Status::Finished), Some("closed")),
        ("stopped", Some(Status::Stopped), None),
        ("unknown", None, Some("unknown")),
        ("dancing", None, Some("dancing")),
    ] {
        let run = task(json!({"id": "1", "status": word}));
        assert_eq!((run.status, run.native_status.as_deref()), (ours, native), "{word}");
    }
    assert!(Status::ALL.into_iter().flat_map(status_words).all(|word| status(word).is_some()));
}

#[test]
fn a_run_that_ended_badly_says_why() {
    let why = |status, reason, message| {
        task(json!({"id": "1", "status": status, "status_reason": reason, "status_message": message})).reason
    };
    assert_eq!(
        why("failed", "CUDA out of memory", "RuntimeError: boom").as_deref(),
        Some("CUDA out of memory: RuntimeError: boom")
    );
    assert_eq!(why("failed", "boom", "RuntimeError: boom").as_deref(), Some("RuntimeError: boom"));
    assert_eq!(why("stopped", "", " stopped by ada ").as_deref(), Some("stopped by ada"));
    assert_eq!((why("failed", "", ""), why("completed", "completed", "")), (None, None));
}

#[test]
fn a_run_that_waits_again_has_not_ended() {
    let completed = "2026-11-20T10:03:41.814Z";
    let ended = |status| task(json!({"id": "1", "status": status, "completed": completed})).ended;
    assert_eq!((ended("queued"), ended("in_progress")), (None, None));
    assert_eq!(ended("completed"), Some(completed.parse().unwrap()));
}

#[test]
fn a_failed_run_ended_when_its_status_changed() {
    let changed = "2026-11-20T10:06:42.779000+00:00";
    let ended = |status| task(json!({"id": "1", "status": status, "status_changed": changed})).ended;
    assert_eq!(ended("failed"), Some("2026-11-20T10:06:42.779Z".parse().unwrap()));
    assert_eq!(ended("in_progress"), None);
}

#[test]
fn user_properties_are_tags_and_no_params() {
    let hyperparams = json!({"properties": {"golden": {"value": "yes"}}, "Args": {"lr": {"value": "0.1"}, "x": {}}});
    let run = task(json!({"id": "1", "tags": ["best"], "system_tags": ["archived"], "hyperparams": hyperparams}));
    assert_eq!(run.tags, BTreeMap::from([("best".to_owned(), String::new()), ("golden".to_owned(), "yes".to_owned())]));
    assert_eq!(run.params.into_keys().collect::<Vec<_>>(), ["Args/lr", "Args/x"]);
    assert!(run.archived && run.system_tags.contains_key("archived"));
}

#[test]
fn datasets_are_named_by_their_alias() {
    let run = task(json!({"id": "1", "hyperparams": {"Datasets": {"train": {"value": "4d65"}}}}));
    assert_eq!((run.datasets[0].name.as_str(), run.datasets[0].source.as_deref()), ("train", Some("4d65")));
}

#[test]
fn a_dataset_that_was_used_without_an_alias_is_named_by_its_id() {
    let [named, plain] = ["4d65", "5e76"].map(|word| word.repeat(8));
    let run = task(json!({
        "id": "1",
        "hyperparams": {"Datasets": {"train": {"value": named}}},
        "runtime": {"datasets": [named, plain, "no id"], "gpu_count": 2},
    }));
    let told: Vec<_> = run.datasets.iter().map(|one| (one.name.as_str(), one.reference.as_deref())).collect();
    assert_eq!(told, [("train", Some(named.as_str())), (plain.as_str(), Some(plain.as_str()))]);
}

#[test]
fn a_field_is_asked_for_once() {
    let asked = fields(Parts::of(&Part::ALL));
    let runtime = |parts: Parts| fields(parts).into_iter().filter(|field| *field == "runtime").count();
    assert_eq!(runtime(Parts::of(&[Part::Datasets])), 1);
    assert_eq!(asked.iter().collect::<std::collections::HashSet<_>>().len(), asked.len(), "{asked:?}");
}

#[test]
fn references_are_read_with_and_without_joined_fields() {
    let plain = task(json!({"id": "1", "project": "p1", "user": "u1", "parent": "t0"}));
    let joined = json!({"id": "1", "project": {"id": "p1", "name": "a/b"}, "user": {"id": "u1", "name": "Ada"}, "parent": {"id": "t0"}});
    let joined = task(joined);
    assert_eq!(
        (plain.project.id.as_str(), plain.user.as_deref(), plain.parent.as_ref()),
        ("p1", Some("u1"), joined.parent.as_ref())
    );
    assert_eq!((joined.project.name.as_str(), joined.user.as_deref()), ("a/b", Some("Ada")));
}

#[test]
fn only_the_fields_of_the_parts_are_asked_for() {
    assert!(
        !fields(Parts::NONE).iter().any(|field| field.starts_with("last_metrics") || field.starts_with("hyperparams"))
    );
    let both = fields(Parts::of(&[Part::Params, Part::Tags]));
    assert!(both.contains(&"hyperparams") && !both.contains(&"hyperparams.properties"), "{both:?}");
}

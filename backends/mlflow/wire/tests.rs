//! Recorded answers of both versions and of a file store, read and translated.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::model::Status;

const WEB: &str = "http://h/#";
const RECORDINGS: [(&str, &str); 3] = [
    ("3.17.2", include_str!("../fixtures/answers-3.17.2.jsonl")),
    ("2.15.1", include_str!("../fixtures/answers-2.15.1.jsonl")),
    ("file store", include_str!("../fixtures/answers-file-store.jsonl")),
];
const DATABASES: [&str; 2] = ["3.17.2", "2.15.1"];

/// A recorded answer.
#[derive(Deserialize)]
struct Recorded {
    name: String,
    route: String,
    body: Value,
}

fn recorded(text: &str) -> Vec<Recorded> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The body of one answer of a server.
fn body(server: &str, name: &str) -> Value {
    let (_, text) = RECORDINGS.into_iter().find(|(known, _)| *known == server).unwrap();
    recorded(text).into_iter().find(|answer| answer.name == name).unwrap_or_else(|| panic!("{server} {name}")).body
}

fn read<T: DeserializeOwned>(body: &Value) -> T {
    // As text, because numbers are read differently from a tree.
    serde_json::from_str(&body.to_string()).unwrap()
}

fn translated(run: WireRun) -> Run {
    run.into_run(|id| Some(format!("name of {id}")), WEB)
}

/// The run of a recorded `runs/get`.
fn run(server: &str, name: &str) -> Run {
    translated(read(&body(server, name)["run"]))
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Nothing that was sent is lost.
fn check_run(sent: &Value, context: &str) {
    let run = translated(read(sent));
    let text = |path: &str| sent.pointer(path).and_then(Value::as_str);
    let milliseconds = |time: Option<Timestamp>| time.map(Timestamp::as_millisecond);
    assert_eq!(Some(run.id.as_str()), text("/info/run_id"), "{context}");
    assert_eq!(Some(run.project.id.as_str()), text("/info/experiment_id"), "{context}");
    assert_eq!(Some(run.name.as_str()), text("/info/run_name"), "{context}");
    assert_eq!(run.user.as_deref(), text("/info/user_id"), "{context}");
    assert_eq!(run.status.and_then(mlflow_model::status_word), text("/info/status"), "{context}");
    assert_eq!(run.archived, text("/info/lifecycle_stage") == Some("deleted"), "{context}");
    assert_eq!(milliseconds(run.started), sent.pointer("/info/start_time").and_then(Value::as_i64), "{context}");
    assert_eq!(milliseconds(run.ended), sent.pointer("/info/end_time").and_then(Value::as_i64), "{context}");
    for param in list(sent, "/data/params") {
        let key = param["key"].as_str().unwrap();
        assert_eq!(run.params.get(key).map(String::as_str), param["value"].as_str(), "{context} {key}");
    }
    for metric in list(sent, "/data/metrics") {
        let key = metric["key"].as_str().unwrap();
        let found = run.metrics.get(key).unwrap();
        assert_eq!(found.step, metric["step"].as_i64(), "{context} {key}");
        if let Some(value) = metric["value"].as_f64().filter(|value| value.abs() < f64::MAX) {
            assert_eq!(found.value.to_bits(), value.to_bits(), "{context} {key}");
        } else {
            assert!(!found.value.is_finite(), "{context} {key}");
        }
    }
    for tag in list(sent, "/data/tags") {
        let (key, value) = (tag["key"].as_str().unwrap(), tag["value"].as_str());
        let found = if key == mlflow_model::NOTE { run.note.as_deref() } else { run.tag(key) };
        assert_eq!(found, value, "{context} {key}");
    }
    assert_eq!(run.params.len(), list(sent, "/data/params").len(), "{context}");
    assert_eq!(run.metrics.len(), list(sent, "/data/metrics").len(), "{context}");
    assert_eq!(run.datasets.len(), list(sent, "/inputs/dataset_inputs").len(), "{context}");
    let models = list(sent, "/inputs/model_inputs").len() + list(sent, "/outputs/model_outputs").len();
    assert_eq!(run.models.len(), models, "{context}");
}

/// Reads an answer as its route is read; gives how many things it holds.
fn check(answer: &Recorded, context: &str) -> usize {
    let Recorded { route, body, .. } = answer;
    match route.as_str() {
        "runs/search" => {
            let page: RunsPage = read(body);
            assert_eq!(page.next_page_token.as_deref(), body["next_page_token"].as_str(), "{context}");
            list(body, "/runs").iter().for_each(|run| check_run(run, context));
            assert_eq!(page.runs.len(), list(body, "/runs").len(), "{context}");
            page.runs.len()
        }
        "runs/get" => {
            check_run(&body["run"], context);
            1
        }
        "experiments/search" => {
            let page: ExperimentsPage = read(body);
            assert_eq!(page.next_page_token.as_deref(), body["next_page_token"].as_str(), "{context}");
            let sent = list(body, "/experiments");
            assert_eq!(page.experiments.len(), sent.len(), "{context}");
            for (experiment, sent) in page.experiments.into_iter().zip(sent) {
                let project = experiment.into_project(WEB);
                assert_eq!(Some(project.name.as_str()), sent["name"].as_str(), "{context}");
                assert_eq!(project.archived, sent["lifecycle_stage"] == "deleted", "{context}");
                assert_eq!(
                    project.updated.map(Timestamp::as_millisecond),
                    sent["last_update_time"].as_i64(),
                    "{context}"
                );
            }
            sent.len()
        }
        "artifacts/list" => {
            let page: ArtifactsPage = read(body);
            let sent = list(body, "/files");
            assert_eq!(page.files.len(), sent.len(), "{context}");
            for (file, sent) in page.files.into_iter().zip(sent) {
                let artifact = file.into_artifact();
                assert_eq!(Some(artifact.path.as_str()), sent["path"].as_str(), "{context}");
                assert_eq!(artifact.size, sent["file_size"].as_u64(), "{context}");
                assert_eq!(Some(artifact.folder), sent["is_dir"].as_bool(), "{context}");
            }
            sent.len()
        }
        "model-versions/get" | "registered-models/alias" => {
            let version = read::<OneModelVersion>(body).model_version;
            assert_eq!(Some(version.name.as_str()), body["model_version"]["name"].as_str(), "{context}");
            assert_eq!(Some(version.version.as_str()), body["model_version"]["version"].as_str(), "{context}");
            1
        }
        "model-versions/search" => {
            let page: ModelVersionsPage = read(body);
            assert_eq!(page.model_versions.len(), list(body, "/model_versions").len(), "{context}");
            page.model_versions.len()
        }
        "server-info" => {
            let info: ServerInfo = read(body);
            assert_eq!(Some(info.workspaces_enabled), body["workspaces_enabled"].as_bool(), "{context}");
            1
        }
        other => panic!("{context}: {other} has no type here"),
    }
}

#[test]
fn every_recorded_answer_is_read_without_loss() {
    for (server, text) in RECORDINGS {
        let things: usize =
            recorded(text).iter().map(|answer| check(answer, &format!("{server} {}", answer.name))).sum();
        assert!(things > 0, "{server}");
    }
}

#[test]
fn values_that_are_not_finite_are_told_from_each_other() {
    for server in DATABASES {
        let run = run(server, "runs_get_hist_nan_inf");
        let value = |key: &str| run.metrics[key].value;
        assert!(value("nan_last").is_nan());
        assert_eq!(value("inf_last"), f64::INFINITY);
        assert_eq!(value("ninf_last"), f64::NEG_INFINITY);
        assert_eq!(value("tiny"), 5e-324);
        assert_eq!(value("precise"), 0.300_000_000_000_000_04);
        assert_eq!(value("int_like"), 3.0);
    }
    assert_eq!(run("file store", "fs_runs_get").metrics["loss"].value, f64::NEG_INFINITY);
}

#[test]
fn steps_are_exact_also_beyond_what_a_float_holds() {
    for server in DATABASES {
        let run = run(server, "runs_get_hist_nan_inf");
        assert_eq!(run.metrics["big_step"].step, Some(9_007_199_254_740_993));
        assert_eq!(run.metrics["neg_step"].step, Some(-5));
        assert_eq!(run.metrics["train/loss"].step, Some(2_999));
    }
}

#[test]
fn params_keep_their_text() {
    for server in DATABASES {
        let params = run(server, "runs_get").params;
        assert_eq!(params["note"], "multi\nline \"quotes\" 'single' \\back");
        assert_eq!(params["empty"], "");
        assert_eq!(params["top_p"], "1e-05");
        assert!(params.contains_key("param with space"));
    }
    // Keys with a colon are refused by 2.15.1.
    assert!(run("3.17.2", "runs_get").params.contains_key("colon:slash/key"));
}

#[test]
fn a_run_keeps_its_head() {
    for server in DATABASES {
        let run = run(server, "runs_get");
        assert_eq!((run.name.as_str(), run.user.as_deref()), ("run-00", Some("bob")));
        assert_eq!((run.status, run.native_status.as_deref()), (Some(Status::Finished), None));
        assert_eq!(run.started.unwrap().to_string(), "2024-06-01T00:00:00Z");
        assert_eq!(run.ended.unwrap().to_string(), "2024-06-01T00:00:45Z");
        assert_eq!(run.project, ProjectRef { id: ProjectId::new("1"), name: "name of 1".to_owned() });
        assert_eq!(run.web_url.unwrap(), format!("http://h/#/experiments/1/runs/{}", run.id));
    }
}

#[test]
fn tags_are_parted_and_the_note_is_one_of_mlflows() {
    for server in DATABASES {
        let run = run(server, "runs_get");
        assert_eq!(run.note.as_deref(), Some("# Baseline\n\nFirst run, **do not delete**.\n"));
        assert_eq!(
            run.tags.keys().collect::<Vec<_>>(),
            ["harness", "invocation_id", "my.dotted.tag", "tag with space"]
        );
        assert_eq!(run.code.commit.as_deref(), Some("0000000000000000000000000000000000000000"));
        assert_eq!(run.code.entry_point.as_deref(), Some("eval.py"));
        assert!(run.system_tags.contains_key("mlflow.source.name"));
        // It stays a tag for filters.
        assert_eq!(run.tag(mlflow_model::NOTE), run.note.as_deref());
    }
}

#[test]
fn datasets_keep_their_use_and_their_source() {
    let plain = |inputs: Vec<DatasetInput>| -> Vec<DatasetInput> {
        let only = |input| DatasetInput { source_kind: None, schema: None, profile: None, ..input };
        inputs.into_iter().map(only).collect()
    };
    let dataset = |name: &str, version: &str, context: &str, source: &str| DatasetInput {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        context: Some(context.to_owned()),
        source: Some(source.to_owned()),
        reference: Some(format!("{name}@{version}")),
        ..DatasetInput::default()
    };
    for server in DATABASES {
        assert_eq!(
            plain(run(server, "runs_get_dataset_inputs").datasets),
            [
                dataset("mmlu", "abcd1234", "eval", "cais/mmlu"),
                dataset("local csv", "ffff0000", "training", "/data/train.csv"),
                dataset("s3set", "eeee1111", "training", "s3://bucket/key.parquet"),
            ]
        );
    }
    assert_eq!(plain(run("file store", "fs_runs_get").datasets), [dataset("d", "1234", "eval", "u")]);
}

#[test]
fn a_dataset_made_by_code_has_no_source_and_a_logged_model_is_an_output() {
    let run = run("3.17.2", "runs_get_with_logged_model_outputs");

    assert_eq!((run.datasets[0].name.as_str(), &run.datasets[0].source), ("val", &None));
    assert_eq!(
        run.models,
        [ModelReference {
            id: "m-04710e7abfd14f81a22fe20a9e68b978".to_owned(),
            output: true,
            ..ModelReference::default()
        }]
    );
}

#[test]
fn a_deleted_run_a_running_one_and_a_child_are_known_as_such() {
    for server in DATABASES {
        assert!(run(server, "runs_get_deleted").archived);
        let running = run(server, "runs_get_running");
        assert_eq!((running.status, running.ended, running.archived), (Some(Status::Running), None, false));
        let child = run(server, "runs_get_nested_child");
        assert_eq!(child.parent.as_ref().map(RunId::as_str), child.tag(mlflow_model::PARENT));
        assert!(child.parent.is_some());
    }
}

#[test]
fn a_file_store_has_values_over_several_lines() {
    let run = run("file store", "fs_runs_get");
    assert_eq!(run.params["dir/param"], "x\ny");
    assert_eq!(run.tags["multi"], "l1\nl2");
    assert_eq!(run.project.id.as_str(), "756059115805172392");
}

#[test]
fn experiments_keep_their_names_notes_and_lifecycle() {
    for server in DATABASES {
        let page: ExperimentsPage = read(&body(server, "experiments_search_all"));
        let projects: Vec<Project> = page.experiments.into_iter().map(|one| one.into_project(WEB)).collect();
        let named = |name: &str| projects.iter().find(|project| project.name == name).unwrap();
        assert!(named("to-be-deleted").archived);
        assert_eq!(named("Évaluation – 模型 评估 🚀").tags["lang"], "fr,zh");
        let main = named("llm-eval/main");
        assert_eq!(main.note.as_deref(), Some("Main *evaluation* sweep"));
        assert_eq!(main.tags.keys().collect::<Vec<_>>(), ["team"]);
        assert_eq!(main.web_url.as_deref(), Some("http://h/#/experiments/1"));
        assert!(main.created.is_some() && main.created == main.updated);
    }
}

#[test]
fn an_artifact_is_a_file_with_a_size_or_a_folder_without() {
    for server in DATABASES {
        let page: ArtifactsPage = read(&body(server, "artifacts_list_root"));
        let found: Vec<Artifact> = page.files.into_iter().map(WireFile::into_artifact).take(2).collect();
        assert_eq!(found, [Artifact::file("d.json", Some(58)), Artifact::folder("dir with space"),]);
    }
}

#[test]
fn what_is_empty_is_left_out_and_read_as_empty() {
    assert!(read::<RunsPage>(&json!({})).runs.is_empty());
    assert!(read::<ExperimentsPage>(&json!({})).experiments.is_empty());
    assert!(read::<ArtifactsPage>(&json!({"root_uri": "x"})).files.is_empty());
    assert!(read::<ModelVersionsPage>(&json!({})).model_versions.is_empty());
    let bare = translated(read(&json!({"info": {"run_id": "a", "experiment_id": "1"}, "inputs": {}, "outputs": {}})));
    assert_eq!((bare.name.as_str(), bare.status, bare.native_status, bare.user), ("", None, None, None));
    assert_eq!((bare.started, bare.ended, bare.archived, bare.note), (None, None, false, None));
}

#[test]
fn a_name_or_user_that_only_a_tag_has_is_taken_from_there() {
    let tags = json!([{"key": "mlflow.runName", "value": "old"}, {"key": "mlflow.user", "value": "ada"}]);
    let run = translated(read(&json!({"info": {"run_id": "a", "experiment_id": "1"}, "data": {"tags": tags}})));
    assert_eq!((run.name.as_str(), run.user.as_deref()), ("old", Some("ada")));
}

#[test]
fn a_status_that_says_more_than_ours_is_kept() {
    for (word, status, native) in [
        ("KILLED", Some(Status::Stopped), Some("KILLED")),
        ("SCHEDULED", Some(Status::Queued), Some("SCHEDULED")),
        ("FAILED", Some(Status::Failed), None),
        ("NEW_IN_4", None, Some("NEW_IN_4")),
    ] {
        let info = json!({"run_id": "a", "experiment_id": "1", "status": word});
        let run = translated(read(&json!({"info": info})));
        assert_eq!((run.status, run.native_status.as_deref()), (status, native), "{word}");
    }
}

#[test]
fn whole_numbers_may_come_as_text() {
    let run: WireRun = read(&json!({
        "info": {"run_id": "a", "experiment_id": "1", "start_time": "1717200000000"},
        "data": {"metrics": [{"key": "k", "value": "0.5", "step": "7"}, {"key": "zero"}]},
    }));
    let run = translated(run);
    assert_eq!(run.started.unwrap().as_millisecond(), 1_717_200_000_000);
    assert_eq!(run.metrics["k"], Metric::last(0.5, Some(7)));
    assert_eq!(run.metrics["zero"], Metric::last(0.0, None));
}

#[test]
fn a_moment_beyond_the_calendar_is_left_out() {
    let info = json!({"run_id": "a", "experiment_id": "1", "start_time": i64::MAX, "end_time": 0});
    let run = translated(read(&json!({"info": info})));
    assert_eq!((run.started, run.ended), (None, Some(Timestamp::UNIX_EPOCH)));
}

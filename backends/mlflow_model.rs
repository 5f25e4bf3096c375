//! What MLflow's REST interface and its local store share: status words, the stand-ins for ±∞, reserved tags.

pub(crate) mod datasets;
pub(crate) mod gaps;
pub(crate) mod model_name;
pub(crate) mod names_in_use;
pub(crate) mod project_names;
pub(crate) mod registry;
pub(crate) mod text;
pub(crate) mod traces;
pub(crate) mod tracking_uri;
pub(crate) mod web;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::model::{Code, Part, Parts, Run, RunId, Status};

/// Which value of a metric a run shows as its last, however late others were logged.
pub(crate) const LAST_VALUE: &str = "of the highest step";
/// What a step is.
pub(crate) const STEP: &str = "as logged";

/// Tags that begin so are MLflow's own.
const RESERVED: &str = "mlflow.";
/// The description that people wrote.
pub(crate) const NOTE: &str = "mlflow.note.content";
/// Id of the run above.
pub(crate) const PARENT: &str = "mlflow.parentRunId";
/// Name of a run, before it became an attribute.
pub(crate) const RUN_NAME: &str = "mlflow.runName";
/// Who started a run.
pub(crate) const USER: &str = "mlflow.user";
/// The program or script that a run is of.
pub(crate) const SOURCE_NAME: &str = "mlflow.source.name";
/// What kind of program it is (`LOCAL`, `NOTEBOOK`, …).
pub(crate) const SOURCE_TYPE: &str = "mlflow.source.type";
/// Git commit.
pub(crate) const COMMIT: &str = "mlflow.source.git.commit";
/// What a dataset was used for: a tag of the input.
pub(crate) const DATASET_CONTEXT: &str = "mlflow.data.context";

/// What MLflow does not keep of what was asked for, a sentence each.
pub(crate) fn lacking(parts: Parts) -> impl Iterator<Item = String> {
    let lacks = [(Part::Config, NO_CONFIGURATION), (Part::Code, NO_PACKAGES)];
    lacks.into_iter().filter(move |(part, _)| parts.contains(*part)).map(|(_, note)| note.to_owned())
}

/// The answer where consoles are asked for.
pub(crate) fn no_console() -> Error {
    Error::unsupported("MLflow keeps no console output of runs; what a run logged as files is among its artifacts")
}

/// The word for what was deleted and is still there.
pub(crate) const DELETED: &str = "deleted";

/// What is said of parts that MLflow does not keep.
const NO_CONFIGURATION: &str = "MLflow keeps no configuration objects; configuration files are among the artifacts";
const NO_PACKAGES: &str =
    "MLflow records no packages with a run; a model's are in its requirements.txt among the artifacts";

/// Tags in which people and their tools commonly leave why a run failed; MLflow itself records no reason.
const REASONS: [&str; 8] =
    ["failure_reason", "error", "error_message", "exception", "failure", "reason", "status_message", "traceback"];

/// Our word for a status of MLflow.
pub(crate) fn status(word: &str) -> Option<Status> {
    Some(match word {
        "RUNNING" => Status::Running,
        "SCHEDULED" => Status::Queued,
        "FINISHED" => Status::Finished,
        "FAILED" => Status::Failed,
        "KILLED" => Status::Stopped,
        _ => return None,
    })
}

/// Our word for a status of MLflow, and its own where that says more.
pub(crate) fn status_and_native(word: String) -> (Option<Status>, Option<String>) {
    let status = status(&word);
    let says_more = status.is_none_or(|status| !word.eq_ignore_ascii_case(status.word()));
    (status, Some(word).filter(|word| says_more && !word.is_empty()))
}

/// MLflow's word for a status; it has none for `created`.
pub(crate) fn status_word(status: Status) -> Option<&'static str> {
    Some(match status {
        Status::Created => return None,
        Status::Queued => "SCHEDULED",
        Status::Running => "RUNNING",
        Status::Finished => "FINISHED",
        Status::Failed => "FAILED",
        Status::Stopped => "KILLED",
    })
}

/// Whether a metric is one that MLflow's client records of the machine (`mlflow.enable_system_metrics_logging`).
pub(crate) fn is_about_machine(metric: &str) -> bool {
    metric.starts_with("system/")
}

/// Undoes the clamp of the SQL store, which keeps ±∞ as the largest finite numbers (3.17.2 and 2.15.1).
pub(crate) fn unclamped(value: f64) -> f64 {
    if value == f64::MAX {
        f64::INFINITY
    } else if value == f64::MIN {
        f64::NEG_INFINITY
    } else {
        value
    }
}

/// Parts tags into people's and MLflow's own.
pub(crate) fn part_tags(tags: BTreeMap<String, String>) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    tags.into_iter().partition(|(key, _)| !key.starts_with(RESERVED))
}

/// Why a run ended as it did, where people left it in a tag.
pub(crate) fn reason(tags: &BTreeMap<String, String>) -> Option<String> {
    REASONS.iter().find_map(|key| tags.get(*key)).cloned()
}

/// The code of a run, from MLflow's own tags.
pub(crate) fn code(system_tags: &BTreeMap<String, String>) -> Code {
    let tag = |key: &str| system_tags.get(key).filter(|value| !value.is_empty()).cloned();
    Code {
        commit: tag(COMMIT),
        branch: tag("mlflow.source.git.branch"),
        repository: tag("mlflow.source.git.repoURL"),
        entry_point: tag("mlflow.project.entryPoint").or_else(|| tag(SOURCE_NAME)),
        packages: Vec::new(),
        diff: None,
    }
}

/// A run with all that its tags say of it; its name and user are in its tags only where it has none of its own.
pub(crate) fn with_tags(run: Run, tags: BTreeMap<String, String>) -> Run {
    let (tags, system_tags) = part_tags(tags);
    let own = |key: &str| system_tags.get(key).cloned();
    Run {
        name: if run.name.is_empty() { own(RUN_NAME).unwrap_or_default() } else { run.name },
        user: run.user.or_else(|| own(USER)),
        reason: reason(&tags),
        parent: own(PARENT).map(RunId::new),
        note: own(NOTE).filter(|note| !note.is_empty()),
        code: code(&system_tags),
        environment: environment(&system_tags),
        tags,
        system_tags,
        ..run
    }
}

/// What is said of a run with more children than are shown.
pub(crate) fn more_children(shown: usize, run: &RunId) -> String {
    format!("the newest {shown} children are shown; all: search_runs with filter \"parent = '{run}'\"")
}

/// The tags of an experiment that people set, and the description that they wrote.
pub(crate) fn project_tags(mut tags: BTreeMap<String, String>) -> (BTreeMap<String, String>, Option<String>) {
    let note = tags.remove(NOTE).filter(|note| !note.is_empty());
    (part_tags(tags).0, note)
}

/// Where a dataset came from: `source` is JSON with one telling field, whose name depends on the kind of source.
pub(crate) fn dataset_source(text: &str) -> Option<String> {
    let fields: BTreeMap<String, Value> = serde_json::from_str(text).ok()?;
    ["uri", "url", "path", "table_name", "name"]
        .iter()
        .find_map(|field| fields.get(*field)?.as_str())
        .map(ToOwned::to_owned)
}

/// MLflow's word for a source of datasets, and the JSON that its own reader of that kind takes: a file of this machine.
pub(crate) fn local_source(path: &str) -> (&'static str, String) {
    ("local", serde_json::json!({ "uri": path }).to_string())
}

/// The same for an `http(s)` address.
pub(crate) fn http_source(url: &str) -> (&'static str, String) {
    ("http", serde_json::json!({ "url": url }).to_string())
}

/// The same for data that a script made.
pub(crate) fn code_source(script: &str) -> (&'static str, String) {
    ("code", serde_json::json!({ "tags": { SOURCE_NAME: script } }).to_string())
}

/// What MLflow 2 notes of a model that it logs with a run.
#[derive(Deserialize)]
struct LoggedModel {
    #[serde(default)]
    flavors: BTreeMap<String, BTreeMap<String, Value>>,
    #[serde(default)]
    mlflow_version: Option<String>,
}

/// Where a run was executed, as far as the last model that it logged tells: the versions of Python, of MLflow, and of the
/// libraries that the model needs.
pub(crate) fn environment(system_tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let noted = system_tags.get("mlflow.log-model.history");
    let models: Vec<LoggedModel> = noted.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let Some(LoggedModel { flavors, mlflow_version }) = models.into_iter().next_back() else { return BTreeMap::new() };
    let facts = flavors.into_values().flatten().filter_map(|(key, value)| {
        let name = key.strip_suffix("_version").filter(|name| !name.is_empty())?;
        Some((name.to_owned(), value.as_str()?.to_owned()))
    });
    facts.chain(mlflow_version.map(|version| ("mlflow".to_owned(), version))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_words_go_there_and_back() {
        for status_ in Status::ALL {
            if let Some(word) = status_word(status_) {
                assert_eq!(status(word), Some(status_));
            }
        }
        assert_eq!(status("UNHEARD_OF"), None);
    }

    #[test]
    fn the_largest_numbers_stand_for_infinity() {
        assert_eq!(unclamped(f64::MAX), f64::INFINITY);
        assert_eq!(unclamped(f64::MIN), f64::NEG_INFINITY);
        assert_eq!(unclamped(1e308), 1e308);
    }

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_smallest_numbers_and_nan_stay_what_they_are() {
        assert!(unclamped(f64::NAN).is_nan());
        for value in [5e-324, -5e-324, 0.0, f64::MAX.next_down(), f64::MIN.next_up(), f64::INFINITY] {
            assert_eq!(unclamped(value), value);
        }
    }

    #[test]
    fn tags_are_parted_by_their_beginning() {
        let (people, own) =
            part_tags(tags(&[("mlflow.user", "a"), ("mlflow", "b"), ("my.mlflow.x", "c"), ("MLflow.y", "d")]));
        assert_eq!(people, tags(&[("mlflow", "b"), ("my.mlflow.x", "c"), ("MLflow.y", "d")]));
        assert_eq!(own, tags(&[("mlflow.user", "a")]));
    }

    #[test]
    fn the_reason_of_a_failure_is_the_most_telling_tag() {
        assert_eq!(
            reason(&tags(&[("traceback", "t"), ("failure_reason", "OOM"), ("error", "e")])).as_deref(),
            Some("OOM")
        );
        assert_eq!(reason(&tags(&[("traceback", "t")])).as_deref(), Some("t"));
        assert_eq!(reason(&tags(&[("errors", "3")])), None);
    }

    #[test]
    fn the_environment_is_what_the_last_logged_model_tells() {
        // As 2.15.1 writes it.
        let noted = r#"[{"artifact_path": "old", "flavors": {}, "mlflow_version": "2.0"},
            {"artifact_path": "model", "flavors": {"python_function": {"env": {"conda": "conda.yaml"}, "code": null,
             "python_version": "3.11.7", "streamable": false}, "sklearn": {"sklearn_version": "1.4.2", "code": null}},
             "model_uuid": "8966", "mlflow_version": "2.15.1", "model_size_bytes": 746}]"#;
        let found = environment(&tags(&[("mlflow.log-model.history", noted)]));
        assert_eq!(found, tags(&[("mlflow", "2.15.1"), ("python", "3.11.7"), ("sklearn", "1.4.2")]));
        assert!(environment(&tags(&[("mlflow.log-model.history", "[{")])).is_empty());
        assert!(environment(&tags(&[])).is_empty());
    }

    #[test]
    fn code_is_what_its_tags_say_and_empty_tags_say_nothing() {
        let found = code(&tags(&[
            (COMMIT, "abc"),
            ("mlflow.source.git.branch", ""),
            ("mlflow.source.git.repoURL", "https://github.com/a/b"),
            ("mlflow.source.name", "train.py"),
        ]));
        let expected = Code {
            commit: Some("abc".to_owned()),
            repository: Some("https://github.com/a/b".to_owned()),
            entry_point: Some("train.py".to_owned()),
            ..Code::default()
        };
        assert_eq!(found, expected);
        let project = code(&tags(&[("mlflow.project.entryPoint", "main"), ("mlflow.source.name", "git@x")]));
        assert_eq!(project.entry_point.as_deref(), Some("main"));
    }
}

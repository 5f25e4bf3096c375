//! What MLflow's REST interface and its local store share: status words, the stand-ins for ±∞, reserved tags.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::model::{Code, Status};

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
/// Git commit.
pub(crate) const COMMIT: &str = "mlflow.source.git.commit";
/// What a dataset was used for: a tag of the input.
pub(crate) const DATASET_CONTEXT: &str = "mlflow.data.context";

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
        entry_point: tag("mlflow.project.entryPoint").or_else(|| tag("mlflow.source.name")),
        packages: Vec::new(),
        diff: None,
    }
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

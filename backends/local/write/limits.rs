//! What MLflow lets a key and a value be; a store that breaks these would be refused by its client later.

use crate::{Error, Result};

/// The longest key of a param, metric or tag, in characters.
const KEY: usize = 250;
/// The longest value of a param.
pub(super) const PARAM: usize = 6_000;
/// The longest value of a run's tag.
pub(super) const TAG: usize = 8_000;
/// The longest value of an experiment's tag.
pub(super) const EXPERIMENT_TAG: usize = 20_000;
/// The longest name of an experiment.
pub(super) const EXPERIMENT_NAME: usize = 500;
/// The longest name of a run.
pub(super) const RUN_NAME: usize = 250;

/// Refuses a key that MLflow would not take; `what` is `param`, `metric` or `tag`.
pub(super) fn key(what: &str, key: &str) -> Result<()> {
    let legal = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | ':' | '/');
    if let Some(wrong) = key.chars().find(|c| !legal(*c)) {
        return Err(Error::bad_input(format!(
            "the {what} '{}' holds the character '{}'; MLflow takes letters, digits, _ - . : / and spaces",
            key.escape_debug(),
            wrong.escape_debug()
        )));
    }
    // MLflow's file store makes paths of keys, so that none may mean another.
    if key.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(Error::bad_input(format!(
            "the {what} '{key}' is no name for MLflow: between slashes there must be a text other than . and .."
        )));
    }
    length(&format!("the {what} '{key}'"), key, KEY)
}

/// Refuses a text of more characters.
pub(super) fn length(what: &str, text: &str, most: usize) -> Result<()> {
    let length = text.chars().count();
    if length <= most {
        return Ok(());
    }
    Err(Error::bad_input(format!("{what} has {length} characters, and MLflow takes at most {most}")))
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn a_key_that_mlflow_takes_passes() {
        for good in ["lr", "val loss", "train/loss", "a.b-c_d:e", "system/gpu_0", "größe", "模型", "..a", "a./b"] {
            assert_eq!(key("param", good), Ok(()), "{good}");
        }
        assert_eq!(key("tag", &"ü".repeat(250)), Ok(()));
    }

    #[test]
    fn a_key_that_mlflow_refuses_is_refused_with_the_reason() {
        for (bad, told) in [
            ("", "between slashes"),
            (".", "between slashes"),
            ("a/../b", "between slashes"),
            ("/a", "between slashes"),
            ("a//b", "between slashes"),
            ("a/", "between slashes"),
            ("a\nb", "the character '\\n'"),
            ("50%", "the character '%'"),
            ("a\\b", "the character '\\\\'"),
        ] {
            let error = key("metric", bad).unwrap_err();
            assert!(error.message.contains(told), "{bad:?}: {error}");
        }
        assert!(key("tag", &"a".repeat(251)).unwrap_err().message.contains("at most 250"));
    }
}

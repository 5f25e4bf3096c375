//! Which texts are paths of files below a run, told before any of them is sent to a server.

use crate::{Error, Result};

/// The longest path that is asked for, in bytes.
const LONGEST: usize = 2_000;

/// Refuses a path that leads out of a run, or that no file of a run can have.
///
/// # Errors
///
/// *Bad input* naming the path, what is wrong with it, and how it is written.
pub fn check_artifact_path(path: &str) -> Result<()> {
    let Some(wrong) = wrong(path) else { return Ok(()) };
    let shown: String = path.chars().take(120).flat_map(char::escape_debug).collect();
    Err(Error::bad_input(format!(
        "the path '{shown}' {wrong}; a path is relative to the run, as list_artifacts shows it, such as logs/train.log"
    )))
}

fn wrong(path: &str) -> Option<&'static str> {
    let mut segments = path.split('/');
    if path.is_empty() {
        Some("is empty")
    } else if path.len() > LONGEST {
        Some("is too long")
    } else if path.contains("://") {
        Some("is an address, and files are read through the tracker only, never from an address")
    } else if path.starts_with('/') || is_drive(path) {
        Some("is absolute")
    } else if path.chars().any(char::is_control) {
        Some("holds a control character")
    } else if path.contains('\\') {
        Some("holds a backslash, where folders are parted by /")
    } else if segments.clone().any(|segment| matches!(segment, "." | "..")) {
        Some("has a segment . or .., which may lead out of the run")
    } else if segments.any(str::is_empty) {
        Some("has an empty segment (two slashes, or one at its end)")
    } else {
        None
    }
}

/// `C:` and what follows it.
fn is_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::check_artifact_path;
    use crate::ErrorKind;

    #[test]
    fn an_ordinary_path_passes() {
        for path in [
            "a.txt",
            "lm-eval.mmlu/artifacts/config.yml",
            "we ird/a%b+c&d?e;f=g'h\"i",
            "ünï/模型.txt",
            "..a/b..",
            "runs:x",
        ] {
            assert_eq!(check_artifact_path(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn what_may_lead_out_of_a_run_is_refused_with_what_is_wrong() {
        for (path, told) in [
            ("../mlflow.db", "lead out of the run"),
            ("a/../../b", "lead out of the run"),
            ("a/..", "lead out of the run"),
            ("./a", "lead out of the run"),
            ("/etc/passwd", "is absolute"),
            ("C:/windows/win.ini", "is absolute"),
            ("..\\mlflow.db", "backslash"),
            ("a//b", "empty segment"),
            ("a/", "empty segment"),
            ("a\0b", "control character"),
            ("a\r\nHost: evil", "control character"),
            ("file:///etc/passwd", "is an address"),
            ("s3://bucket/key", "is an address"),
            ("", "is empty"),
        ] {
            let error = check_artifact_path(path).unwrap_err();
            assert!(error.kind == ErrorKind::BadInput && error.message.contains(told), "{path:?}: {error}");
            assert!(!error.message.contains(['\0', '\r', '\n']), "{path:?}: {error:?}");
        }
        assert!(check_artifact_path(&"a".repeat(2_001)).is_err());
    }
}

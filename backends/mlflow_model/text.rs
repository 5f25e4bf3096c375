//! What a person may mean by a text: part of a name, the beginning of an id, an invocation id.

use crate::model::Run;

/// The tag or parameter by which runs of one launch are told.
pub(crate) const INVOCATION: &str = "invocation_id";
/// A shorter prefix of an id says too little.
const PREFIX: usize = 6;

/// Whether a text can be the beginning of a run's id.
pub(crate) fn is_id_prefix(text: &str) -> bool {
    text.len() >= PREFIX && plain_id(text)
}

/// Whether a run is meant by a text: part of its name, prefix of its id, or its invocation id.
pub(crate) fn means(run: &Run, text: &str) -> bool {
    run.name.to_lowercase().contains(&text.to_lowercase())
        || (is_id_prefix(text) && run.id.as_str().starts_with(text))
        || is_invocation(run, text)
}

/// Whether a run carries a text as its invocation id.
pub(crate) fn is_invocation(run: &Run, text: &str) -> bool {
    run.tag(INVOCATION) == Some(text) || run.params.get(INVOCATION).is_some_and(|id| id == text)
}

/// Whether a text can be the id of a run: only such ones may stand in a list.
pub(crate) fn plain_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Whether a text has the shape of the ids that MLflow gives: 32 hexadecimal digits.
pub(crate) fn is_run_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_plain_if_no_sign_in_it_means_anything() {
        for (id, plain) in [("", false), ("a b", false), ("a'b", false), ("ü", false), ("m-1_B", true)] {
            assert_eq!(plain_id(id), plain, "{id}");
        }
        assert!(plain_id(&"a".repeat(64)) && !plain_id(&"a".repeat(65)));
    }

    #[test]
    fn a_run_id_of_mlflow_is_32_small_hexadecimal_digits() {
        assert!(is_run_id("8aa0cb1eb8234eae8d547e2e7ef9d313"));
        for text in [
            "8AA0CB1EB8234EAE8D547E2E7EF9D313",
            "8aa0cb1eb8234eae8d547e2e7ef9d31",
            "8aa0cb1eb8234eae8d547e2e7ef9d313a",
            "gaa0cb1eb8234eae8d547e2e7ef9d313",
            "",
        ] {
            assert!(!is_run_id(text), "{text}");
        }
    }
}

//! What a person may mean by a text: part of a name, the beginning of an id, an invocation id.

use crate::model::Run;

use super::experiments::is_id;

/// The tag or parameter by which runs of one launch are told.
pub(super) const INVOCATION: &str = "invocation_id";
/// A shorter prefix of an id says too little.
const PREFIX: usize = 6;

/// Whether a text can be the beginning of an id.
pub(super) fn is_id_prefix(text: &str) -> bool {
    text.len() >= PREFIX && is_id(text)
}

/// Whether a run carries a text as its invocation id.
pub(super) fn is_invocation(run: &Run, text: &str) -> bool {
    run.tag(INVOCATION) == Some(text) || run.params.get(INVOCATION).is_some_and(|id| id == text)
}

/// Whether a run is meant by a text: part of its name, prefix of its id, or its invocation id.
pub(super) fn means(run: &Run, text: &str) -> bool {
    run.name.to_lowercase().contains(&text.to_lowercase())
        || (is_id_prefix(text) && run.id.as_str().starts_with(text))
        || is_invocation(run, text)
}

//! What a person may mean by a text: part of a name, the beginning of an id, an invocation id.

use crate::model::Run;
use crate::query::{Key, Predicate};

use super::filter;

/// What a person may mean by a text, each as a clause of its own stream.
pub(super) fn clauses(text: &str) -> Vec<String> {
    let mut clauses = vec![filter::contains("attributes.run_name", text)];
    for key in [Key::Tag(INVOCATION.to_owned()), Key::Param(INVOCATION.to_owned())] {
        clauses.extend(filter::clause(&Predicate::equals(key, text)));
    }
    if is_id_prefix(text) {
        clauses.push(filter::begins_with("attributes.run_id", text));
    }
    clauses
}

/// The tag or parameter by which runs of one launch are told.
pub(super) const INVOCATION: &str = "invocation_id";
/// A shorter prefix of an id says too little.
const PREFIX: usize = 6;

/// Whether a text can be the beginning of a run's id.
pub(super) fn is_id_prefix(text: &str) -> bool {
    text.len() >= PREFIX && filter::plain_id(text)
}

/// Whether a run is meant by a text: part of its name, prefix of its id, or its invocation id.
pub(super) fn means(run: &Run, text: &str) -> bool {
    run.name.to_lowercase().contains(&text.to_lowercase())
        || (is_id_prefix(text) && run.id.as_str().starts_with(text))
        || run.tag(INVOCATION) == Some(text)
        || run.params.get(INVOCATION).is_some_and(|id| id == text)
}

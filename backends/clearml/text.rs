//! What a person may mean by a text: part of a name, the beginning of an id, an invocation id.

use crate::model::Run;

use super::pattern;
use super::wire_condition::Condition;

/// What runs of one launch carry in common: a property or hyper-parameter of this name, or a word of a tag.
const INVOCATION: &str = "invocation_id";
/// Where it lies in a task's document.
const INVOCATION_FIELDS: [&str; 4] = [
    "tags",
    "hyperparams.properties.invocation_id.value",
    "hyperparams.General.invocation_id.value",
    "hyperparams.Args.invocation_id.value",
];
/// The parameters that may hold it.
const INVOCATION_PARAMS: [&str; 2] = ["General/invocation_id", "Args/invocation_id"];
/// A shorter beginning of an id says too little, and ids are no longer.
const PREFIX: std::ops::RangeInclusive<usize> = 6..=32;

/// Fields that tell whether a run is meant.
pub(super) const FIELDS: [&str; 4] =
    ["tags", "hyperparams.properties", "hyperparams.General.invocation_id", "hyperparams.Args.invocation_id"];

/// The conditions of which one holds for every run that is meant.
pub(super) fn conditions(text: &str) -> Vec<Condition> {
    let part = pattern::contains(text).map(|part| {
        let mut condition = Condition::default();
        // Wider than the beginning of an id, because the same pattern goes for all fields.
        condition.matching(if is_id_prefix(text) { &["name", "id"] } else { &["name"] }, part);
        condition
    });
    match (part, of_invocation(text)) {
        (Some(part), Some(invocation)) => vec![part, invocation],
        // Too long to be said.
        _ => vec![Condition::default()],
    }
}

/// The condition that runs of this invocation hold.
pub(super) fn of_invocation(text: &str) -> Option<Condition> {
    let exact = pattern::itself(text)?;
    let mut condition = Condition::default();
    condition.matching(&INVOCATION_FIELDS, format!("^(?:{INVOCATION}:)?{exact}$"));
    Some(condition)
}

/// Whether a text can be the beginning of a run's id.
pub(super) fn is_id_prefix(text: &str) -> bool {
    PREFIX.contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a run is meant by a text: part of its name, prefix of its id, or its invocation id.
pub(super) fn means(run: &Run, text: &str) -> bool {
    run.name.to_lowercase().contains(&text.to_lowercase())
        || (is_id_prefix(text) && run.id.as_str().starts_with(text))
        || is_of_invocation(run, text)
}

/// Whether the run carries this invocation id.
pub(super) fn is_of_invocation(run: &Run, text: &str) -> bool {
    let word = |tag: &str| tag.strip_prefix(INVOCATION).and_then(|rest| rest.strip_prefix(':')) == Some(text);
    run.tag(INVOCATION) == Some(text)
        || run.tags.keys().any(|tag| word(tag))
        || INVOCATION_PARAMS.iter().any(|param| run.params.get(*param).is_some_and(|id| id == text))
}

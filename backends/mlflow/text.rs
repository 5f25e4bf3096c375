//! What a person may mean by a text, in MLflow's grammar.

use crate::mlflow_model::text::{INVOCATION, is_id_prefix};
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

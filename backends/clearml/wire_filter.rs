//! Which tasks a question is about, in the words of `tasks.get_all_ex`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::wire::ARCHIVED;

/// What all holds of the tasks that are asked for: fields of the request, in the order in which they were said. One that
/// says nothing means all tasks that show.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TaskFilter(Map<String, Value>);

impl TaskFilter {
    /// From the fields of a request.
    pub(super) fn new(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// Those that lie in this project itself.
    pub(super) fn in_project(id: &str) -> Self {
        Self(Map::from_iter([("project".to_owned(), json!([id]))]))
    }

    /// Those directly below these tasks (at least one).
    pub(super) fn below(parents: &[&str]) -> Self {
        Self(Map::from_iter([("parent".to_owned(), json!(parents))]))
    }

    /// Those that use one of these models (at least one) as input.
    pub(super) fn using_models(models: &[&str]) -> Self {
        Self(Map::from_iter([("models.input.model".to_owned(), json!(models))]))
    }

    /// Not those that were put away.
    pub(super) fn without_archived(&mut self) {
        self.0.insert("system_tags".to_owned(), json!(["__$not", ARCHIVED]));
    }

    /// Those too that only show when they are asked for.
    pub(super) fn with_hidden(&mut self) {
        self.0.insert("search_hidden".to_owned(), Value::Bool(true));
    }

    /// Only those that were started at this moment or later, or less than a millisecond before.
    pub(super) fn started_from(&mut self, moment: Timestamp) {
        self.0.insert("started".to_owned(), json!([whole_milliseconds(moment).to_string(), null]));
    }

    /// The fields of the request.
    pub(super) fn fields(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// The server keeps no more of a moment.
fn whole_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_says_only_what_it_was_told_and_in_that_order() {
        let mut filter = TaskFilter::in_project("p");
        filter.without_archived();
        filter.with_hidden();
        filter.started_from("2026-06-01T09:00:00.0015Z".parse().unwrap());
        let written = serde_json::to_string(filter.fields()).unwrap();
        let expected = r#"{"project":["p"],"system_tags":["__$not","archived"],"search_hidden":true,"started":["2026-06-01T09:00:00.001Z",null]}"#;
        assert_eq!(written, expected);
        assert_eq!(Value::Object(TaskFilter::below(&["a", "b"]).fields().clone()), json!({"parent": ["a", "b"]}));
    }
}

//! What is asked: a question as a person puts it, and the call that an assistant makes of it.

/// A question and its call.
pub(super) struct Question {
    pub(super) words: &'static str,
    pub(super) tool: &'static str,
    /// A JSON object.
    pub(super) arguments: &'static str,
}

const fn question(words: &'static str, tool: &'static str, arguments: &'static str) -> Question {
    Question { words, tool, arguments }
}

/// In the order in which somebody who comes back to a project asks.
pub(super) static QUESTIONS: [Question; 6] = [
    question("Which projects are there, and what are they about?", "list_projects", "{}"),
    question(
        "Which optimizer and learning rate is best by val_accuracy, and is its lead more than the luck of three seeds?",
        "rank_runs",
        r#"{"metric": "val_accuracy", "filter": "params.augment = 'true'", "projects": ["cifar10-resnet"], "group_by": ["params.optimizer", "params.lr"]}"#,
    ),
    question(
        "What differs between the best run and the runner-up?",
        "compare_runs",
        r#"{"runs": ["best val_accuracy in cifar10-resnet", "sgd-lr0.03-seed2"]}"#,
    ),
    question(
        "Why did the last failed run fail?",
        "read_artifact",
        r#"{"runs": ["last failed"], "path": "train.log", "part": "tail", "lines": 3}"#,
    ),
    question(
        "The run with learning rate 1.0 was stopped: did its losses become NaN, and when?",
        "get_metric_history",
        r#"{"runs": ["sgd-lr1.0-seed1"], "metrics": ["*_loss"], "points": 0}"#,
    ),
    question(
        "Which data and which commit made the champion of resnet18-cifar10?",
        "get_runs",
        r#"{"runs": ["models:/resnet18-cifar10@champion"], "include": ["datasets", "code"]}"#,
    ),
];

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::*;
    use crate::catalogue::CATALOGUE;

    #[test]
    fn every_question_asks_a_tool_that_exists_with_a_json_object() {
        for question in &QUESTIONS {
            assert!(CATALOGUE.iter().any(|entry| entry.name == question.tool), "{}", question.tool);
            let arguments: Result<Map<String, Value>, _> = serde_json::from_str(question.arguments);
            assert!(arguments.is_ok(), "{}", question.arguments);
        }
    }
}

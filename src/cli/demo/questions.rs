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

/// First what convinces most, last what is still on the screen at the end: the picture.
pub(super) static QUESTIONS: [Question; 6] = [
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
        "What has grace run, in any project, and how did it end?",
        "search_runs",
        r#"{"filter": "user = 'grace'", "columns": ["project", "status", "metrics.val_accuracy"]}"#,
    ),
    question("Why did the last failed run fail?", "diagnose_run", r#"{"run": "last failed"}"#),
    question(
        "Which data and which commit made the champion of resnet18-cifar10?",
        "get_runs",
        r#"{"runs": ["models:/resnet18-cifar10@champion"], "include": ["datasets", "code"]}"#,
    ),
    question(
        "Show val_loss of each optimizer's best run, of learning rate 1.0 and of no augmentation: where does it go wrong?",
        "plot_metrics",
        r#"{"runs": ["sgd-lr0.1-seed2", "adamw-lr0.001-seed2", "sgd-lr1.0-seed1", "no-augment-seed1"], "metrics": ["val_loss"], "log_y": true}"#,
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

//! Clauses on a run or an experiment, as SQLite evaluates them.

use super::grammar::{Clause, Entity, Operand};
use super::store::{Experiment, StoredRun, Version};

/// Whether the run has a row for each clause.
pub(super) fn run_holds(run: &StoredRun, clauses: &[Clause], version: Version) -> bool {
    clauses.iter().all(|clause| match clause.entity {
        Entity::Metric => metric_holds(run.metric_row(&clause.key), clause, version),
        Entity::Param => pair_holds(run.params.get(&clause.key).map(String::as_str), clause),
        Entity::Tag => pair_holds(run.tag_value(&clause.key), clause),
        Entity::Dataset => run.datasets.iter().any(|dataset| {
            let text = match clause.key.as_str() {
                "name" => &dataset.name,
                "context" => &dataset.context,
                _ => "abcd1234",
            };
            text_holds(text, clause)
        }),
        Entity::Attribute => match clause.key.as_str() {
            "start_time" => number_holds(run.start as f64, clause),
            "end_time" => run.end.is_some_and(|end| number_holds(end as f64, clause)),
            "run_id" => text_holds(&run.id, clause),
            "run_name" => pair_holds(run.tag_value("mlflow.runName"), clause),
            "status" => text_holds(run.status, clause),
            "user_id" => text_holds(&run.user_id, clause),
            _ => text_holds(&run.artifact_uri(), clause),
        },
    })
}

/// The same of an experiment.
pub(super) fn experiment_holds(experiment: &Experiment, clauses: &[Clause]) -> bool {
    clauses.iter().all(|clause| match (clause.entity, clause.key.as_str()) {
        (Entity::Attribute, "name") => text_holds(&experiment.name, clause),
        (Entity::Attribute, "experiment_id") => text_holds(&experiment.id.to_string(), clause),
        (Entity::Attribute, _) => number_holds(experiment.updated as f64, clause),
        _ => pair_holds(experiment.tags.get(&clause.key).map(String::as_str), clause),
    })
}

/// How many tables the clause joins.
pub(super) fn joins(clause: &Clause) -> usize {
    let attribute = clause.entity == Entity::Attribute && clause.key != "run_name";
    usize::from(!attribute && clause.operand != Operand::Nothing)
}

fn metric_holds(row: Option<(f64, bool)>, clause: &Clause, version: Version) -> bool {
    match row {
        None => false,
        Some((_, true)) if version == Version::V3_17 => clause.operator == "!=",
        Some((value, _)) => number_holds(value, clause),
    }
}

fn pair_holds(value: Option<&str>, clause: &Clause) -> bool {
    match clause.operator.as_str() {
        "IS NULL" => value.is_none(),
        "IS NOT NULL" => value.is_some(),
        _ => value.is_some_and(|value| text_holds(value, clause)),
    }
}

fn number_holds(value: f64, clause: &Clause) -> bool {
    let Operand::Number(bound) = clause.operand else { return false };
    match clause.operator.as_str() {
        "=" => value == bound,
        "!=" => value != bound,
        "<" => value < bound,
        "<=" => value <= bound,
        ">" => value > bound,
        _ => value >= bound,
    }
}

fn text_holds(value: &str, clause: &Clause) -> bool {
    match (&clause.operand, clause.operator.as_str()) {
        (Operand::Text(text), "=") => value == text,
        (Operand::Text(text), "!=") => value != text,
        (Operand::Text(pattern), "LIKE") => like(&characters(value), &characters(pattern)),
        (Operand::Text(pattern), "ILIKE") => {
            // `lower()` of SQLite knows the letters of ASCII only.
            like(&characters(&value.to_ascii_lowercase()), &characters(&pattern.to_ascii_lowercase()))
        }
        (Operand::List(values), "IN") => values.iter().any(|one| one == value),
        (Operand::List(values), "NOT IN") => values.iter().all(|one| one != value),
        _ => false,
    }
}

fn characters(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// For each beginning of the pattern, which beginnings of the text it matches.
fn like(text: &[char], pattern: &[char]) -> bool {
    let mut matched = vec![false; text.len() + 1];
    matched[0] = true;
    for wanted in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match wanted {
                '%' => matched[at] || at > 0 && next[at - 1],
                '_' => at > 0 && matched[at - 1],
                letter => at > 0 && matched[at - 1] && text[at - 1] == *letter,
            };
        }
        matched = next;
    }
    matched[text.len()]
}

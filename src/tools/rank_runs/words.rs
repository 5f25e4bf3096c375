//! The sentences of a ranking.

use backends::query::Direction;
use serde_json::Value;

use super::candidates::Field;
use super::{At, Question};
use crate::analysis::{Exclusion, Exclusions};
use crate::render::{Answer, Cell};

/// A number in its shortest exact form.
pub(super) fn exact(value: f64) -> String {
    let shown = Value::from(value).to_string();
    shown.strip_suffix(".0").map_or_else(|| shown.clone(), ToOwned::to_owned)
}

/// A number with six significant digits.
pub(super) fn rounded(value: f64) -> String {
    // Whole numbers are never rounded.
    exact(if value.fract() == 0.0 { value } else { format!("{value:.5e}").parse().unwrap_or(value) })
}

/// The first value with six significant digits, or exact where that would make it look like another one.
pub(super) fn told_apart(first: f64, others: impl Iterator<Item = f64>) -> String {
    let short = rounded(first);
    let merges = others.into_iter().any(|other| other != first && rounded(other) == short);
    if merges { exact(first) } else { short }
}

/// Which side is best, in a word.
pub(super) fn side(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "lowest",
        Direction::Descending => "highest",
    }
}

/// The direction as the argument takes it, and where it comes from.
pub(super) fn direction(question: &Question) -> Cell {
    let word = match question.direction {
        Direction::Ascending => "min",
        Direction::Descending => "max",
    };
    let from = if question.asked { "as asked" } else { "from the metric's name" };
    Cell::text(format!("{word} ({from})"))
}

/// Who was left out, one reason after the other; none if nobody was.
pub(super) fn left_out(exclusions: &Exclusions) -> Option<String> {
    let reasons = [
        (Exclusion::Missing, "without the metric"),
        (Exclusion::NotANumber, "NaN"),
        (Exclusion::Infinite, "infinite"),
        (Exclusion::Unfinished, "not finished"),
        (Exclusion::Failed, "failed"),
        (Exclusion::Stopped, "stopped"),
    ];
    let told: Vec<String> = reasons
        .into_iter()
        .filter(|(why, _)| exclusions.of(*why) > 0)
        .map(|(why, words)| format!("{} {words}", exclusions.of(why)))
        .collect();
    (!told.is_empty()).then(|| format!("left out: {}", told.join(", ")))
}

/// Over how many runs something was found, and without whom: `the highest of 210 finished runs; left out: …`.
pub(super) fn among(question: &Question, field: &Field, ranked: usize) -> String {
    let kind = if question.any_status { "" } else { "finished " };
    let counted = match left_out(&field.exclusions) {
        Some(left_out) => format!("; {left_out}"),
        None => String::new(),
    };
    let runs = format!("{ranked} {kind}run{}", if ranked == 1 { "" } else { "s" });
    if !field.all_asked {
        return format!("{runs} among the {} read of the trackers that answered{counted}", field.read);
    }
    match (field.is_whole, question.is_plain()) {
        (true, _) => format!("{runs}{counted}"),
        (false, true) => format!("all {kind}runs; {} were read to count: {ranked} can be ranked{counted}", field.read),
        (false, false) => format!("{runs} among the {} newest, which were read{counted}", field.read),
    }
}

/// The answer when no run has a value that counts.
pub(super) fn nobody(question: &Question, field: &Field) -> Answer {
    let metric = question.shown_metric();
    let left_out = left_out(&field.exclusions).unwrap_or_default();
    let of = if field.is_whole { "all" } else { "the first" };
    let mut answer = Answer::new()
        .fact("ranked", 0_usize)
        .note(format!("no run can be ranked by {metric} among {of} {} runs; {left_out}", field.read));
    let unfinished = [Exclusion::Unfinished, Exclusion::Failed, Exclusion::Stopped];
    if unfinished.iter().any(|why| field.exclusions.of(*why) > 0) {
        answer =
            answer.note("runs that did not finish are ranked only if filter names their status: status = 'running'");
    }
    if question.at == At::Last && field.exclusions.of(Exclusion::NotANumber) > 0 {
        answer = answer.note("at best ranks by the best value of each curve, before it became NaN");
    }
    answer.notes(&field.notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_a_sentence_is_short() {
        assert_eq!(["0.97", "5", "1e-7"], [exact(0.97), exact(5.0), exact(1e-7)].each_ref().map(String::as_str));
        assert_eq!(rounded(0.123_456_789), "0.123457");
        assert_eq!(rounded(1_234_567.0), "1234567");
    }

    #[test]
    fn the_best_value_never_looks_like_the_next() {
        assert_eq!(told_apart(0.123_456_789, [0.123_456_788].into_iter()), "0.123456789");
        assert_eq!(told_apart(0.123_456_789, [0.123_456_789, 0.1].into_iter()), "0.123457");
    }
}

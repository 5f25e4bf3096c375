//! The sentences of a ranking.

use backends::query::Direction;

use super::super::candidates::{Field, left_out};
use super::Question;
use crate::analysis::Exclusion;
use crate::render::{Answer, Cell};

/// The direction as the argument takes it, and where it comes from.
pub(super) fn direction(question: &Question) -> Cell {
    let word = match question.contest.direction {
        Direction::Ascending => "min",
        Direction::Descending => "max",
    };
    let from = if question.asked { "as asked" } else { "from the metric's name" };
    Cell::text(format!("{word} ({from})"))
}

/// Over how many runs something was found, and without whom: `the highest of 210 finished runs; left out: …`.
pub(super) fn among(question: &Question, field: &Field, ranked: usize) -> String {
    let kind = if question.contest.any_status { "" } else { "finished " };
    let counted = match left_out(&field.exclusions) {
        Some(left_out) => format!("; {left_out}"),
        None => String::new(),
    };
    let runs = format!("{ranked} {kind}run{}", if ranked == 1 { "" } else { "s" });
    if !field.all_asked {
        return format!("{runs} among the {} read of the trackers that answered{counted}", field.read);
    }
    match (field.is_whole, question.contest.is_plain()) {
        (true, _) => format!("{runs}{counted}"),
        (false, true) => format!("all {kind}runs; {} were read to count: {ranked} can be ranked{counted}", field.read),
        (false, false) => format!("{runs} among the {} newest, which were read{counted}", field.read),
    }
}

/// The answer when no run has a value that counts.
pub(super) fn nobody(question: &Question, field: &Field) -> Answer {
    let metric = question.contest.shown_metric();
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
    if !question.contest.at_best && field.exclusions.of(Exclusion::NotANumber) > 0 {
        answer = answer.note("at best ranks by the best value of each curve, before it became NaN");
    }
    answer.notes(&field.notes)
}

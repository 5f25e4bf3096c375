//! Answers cut to what they may have.

use proptest::prelude::*;

use super::{enforce, fit, size};
use crate::render::{Answer, BUDGET, Cell, Column, Keep, to_structured, to_text};

fn list(rows: usize, width: usize) -> Answer {
    let rows: Vec<_> =
        (0..rows).map(|n| vec![Cell::text(format!("lab:{n}")), Cell::foreign(&"x".repeat(width))]).collect();
    Answer::new().fact("returned", rows.len()).table("runs", vec![Column::new("run"), Column::new("name")], rows)
}

#[test]
fn the_size_is_that_of_the_larger_form() {
    let answer = list(3, 10);
    let text = to_text(&answer).chars().count();
    let structured = to_structured(&answer).to_string().chars().count();
    assert_eq!(size(&answer), text.max(structured));
}

#[test]
fn a_list_that_fits_is_built_once() {
    let mut builds = 0;
    let answer = fit(10, BUDGET, |n| {
        builds += 1;
        list(n, 10)
    });
    assert_eq!((answer, builds), (list(10, 10), 1));
}

#[test]
fn the_most_rows_that_fit_are_found_in_few_builds() {
    let mut builds = 0;
    let answer = fit(1_000, BUDGET, |n| {
        builds += 1;
        list(n, 100)
    });
    let rows = to_structured(&answer)["returned"].as_u64().unwrap() as usize;
    assert!(size(&list(rows, 100)) <= BUDGET && size(&list(rows + 1, 100)) > BUDGET);
    assert!(builds <= 10, "{builds} builds");
}

#[test]
fn a_page_holds_a_row_even_where_it_must_be_cut() {
    let answer = fit(5, 600, |n| {
        let rows = (0..n).map(|_| vec![Cell::foreign_up_to(&"x".repeat(5_000), 5_000)]).collect();
        Answer::new().table("runs", vec![Column::new("name")], rows)
    });
    assert!(size(&answer) <= 600);
    assert!(to_text(&answer).contains("Note: cut to 600 characters, left out: 4940 characters of runs"));
}

#[test]
fn what_fits_is_not_touched() {
    let answer = list(5, 10);
    assert_eq!(enforce(answer.clone(), BUDGET), answer);
}

#[test]
fn long_text_is_cut_before_rows_and_both_are_named() {
    let answer = list(20, 20).foreign("log", "run lab:1", &"line\n".repeat(5_000), 100_000, Keep::End);
    let cut = enforce(answer, 3_000);
    let text = to_text(&cut);
    assert!(size(&cut) <= 3_000);
    assert!(text.contains("lab:19"), "the rows are still there");
    assert!(text.contains("characters of log"), "{text}");
    assert!(!text.contains("rows of runs"));

    let cut = enforce(list(200, 20), 3_000);
    assert!(to_text(&cut).contains("rows of runs"));
}

#[test]
fn things_are_left_out_when_nothing_else_helps() {
    let entries = (0..100).map(|n| Answer::new().fact("run", Cell::text(format!("lab:{n:032}")))).collect();
    let cut = enforce(Answer::new().records("runs", entries), 2_000);
    assert!(size(&cut) <= 2_000);
    assert!(to_text(&cut).contains("entries of runs"));
}

#[test]
fn one_row_of_very_many_columns_keeps_the_first_of_them() {
    let columns = (0..1_000).map(|n| Column::new(format!("params.{n}"))).collect();
    let cut = enforce(Answer::new().table("runs", columns, vec![vec![Cell::from(0.5); 1_000]]), 2_000);
    let text = to_text(&cut);
    assert!(size(&cut) <= 2_000 && text.contains("|params.0|params.1|") && text.contains("columns of runs"));
}

#[test]
fn facts_in_a_part_are_left_out_from_its_end_and_notes_stay() {
    let body = (0..200).fold(Answer::new(), |body, n| body.fact(format!("fact_{n}"), Cell::text("z".repeat(40))));
    let cut = enforce(Answer::new().section("part", body.note("lab did not answer")), 2_000);
    let text = to_text(&cut);
    assert!(size(&cut) <= 2_000);
    assert!(text.contains("fact_0:") && text.contains("Note: lab did not answer"));
}

#[test]
fn a_bloated_answer_of_many_parts_is_cut_within_the_budget() {
    let run = |n: usize| {
        list(300, 200).fact("run", Cell::text(format!("lab:{n}"))).foreign(
            "note",
            "run",
            &"x".repeat(3_000),
            3_000,
            Keep::Start,
        )
    };
    let cut = enforce(Answer::new().records("runs", (0..10).map(run).collect()), BUDGET);
    assert!(size(&cut) <= BUDGET);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn whatever_is_cut_fits_and_is_said(rows in 0_usize..60, width in 0_usize..250, log in 0_usize..5_000, facts in 0_usize..40) {
        let mut answer = list(rows, width).foreign("log", "run lab:1", &"y".repeat(log), 10_000, Keep::End);
        for n in 0..facts {
            answer = answer.fact(format!("fact_{n}"), Cell::text("z".repeat(40)));
        }
        let fitted = size(&answer) <= 1_500;
        let cut = enforce(answer, 1_500);
        prop_assert!(size(&cut) <= 1_500);
        prop_assert_eq!(to_text(&cut).contains("Note: cut to"), !fitted);
    }
}

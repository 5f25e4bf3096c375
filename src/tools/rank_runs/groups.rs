//! The ranking of groups: mean, spread and interval of each, and whether the first can be told from the second.

use std::collections::{BTreeMap, BTreeSet};

use backends::model::Run;
use backends::query::Direction;
use backends::{Call, Tracker};
use serde_json::json;

use super::super::candidates::{Field, best_first};
use super::super::figures::{rounded, side};
use super::Question;
use super::grouping::{Grouping, Trait};
use super::words::{among, direction};
use crate::analysis::{Ranked, Summary, gap, rank, telling};
use crate::problem::Result;
use crate::references::Aligned;
use crate::render::{Answer, Cell, Column, escape_key, fit, one_line, redact_value};
use crate::tools::own_names::is_own;

/// Traits that are shown where a group is told by all of its params.
const SHOWN: usize = 8;

/// A group of runs.
struct Group {
    traits: Vec<Option<String>>,
    values: Vec<f64>,
    /// The best of its runs: its value and reference.
    best: String,
    left_out: usize,
    summary: Summary,
}

/// Values of a group while they are collected.
#[derive(Default)]
struct Members {
    values: Vec<f64>,
    best: Option<String>,
    left_out: usize,
}

/// The groups in their places.
pub(super) fn answer(
    call: &Call,
    question: &Question,
    grouping: &Grouping,
    mut field: Field,
    aligned: &Aligned,
) -> Result<Answer> {
    let traits = grouping.traits(&field.candidates)?;
    let of = |tracker: &dyn Tracker, run: &Run| -> Vec<Option<String>> {
        traits.iter().map(|one| one.value(tracker.name(), run)).collect()
    };
    let mut members: BTreeMap<Vec<Option<String>>, Members> = BTreeMap::new();
    field.candidates.sort_by(|a, b| best_first(a, b, question.contest.direction));
    for candidate in &field.candidates {
        let group = members.entry(of(candidate.tracker.as_ref(), &candidate.run)).or_default();
        group.values.push(candidate.value);
        group.best.get_or_insert_with(|| candidate.reference());
    }
    for (tracker, run, _) in &field.left_out {
        if let Some(group) = members.get_mut(&of(tracker.as_ref(), run)) {
            group.left_out += 1;
        }
    }
    let groups: Vec<(f64, Group)> = members
        .into_iter()
        .filter_map(|(traits, Members { values, best, left_out })| {
            let summary = Summary::of(&values)?;
            Some((summary.mean, Group { traits, values, best: best.unwrap_or_default(), left_out, summary }))
        })
        .collect();
    let ranked = rank(groups, question.contest.direction, |a, b| a.traits.cmp(&b.traits));
    let (shown, mut notes) = shown_traits(grouping, &traits, &ranked);
    notes.extend(aligned.notes(|_| false, |name| traits.iter().any(|one| one.is_param(name))));
    notes.extend(grouping.notes(&traits, &field.candidates));
    notes.extend(about(question, &field, &ranked));
    notes.extend(parted(grouping, &traits, &ranked));
    let best = leader(question, &field, &traits, &shown, &ranked);
    let rows: Vec<&Ranked<Group>> = ranked.iter().take(question.limit).collect();
    let page = |count: usize| {
        let mut heads = vec![Column::new("rank")];
        heads.extend(shown.iter().filter_map(|at| traits.get(*at)).map(|one| Column::new(one.written())));
        heads.extend(["n", "mean", "std", "ci95_low", "ci95_high", "left_out", "best_run"].map(Column::new));
        let table = rows.iter().take(count).map(|group| cells(&traits, &shown, group)).collect();
        let mut answer = Answer::new()
            .fact("best", Cell::text(&best))
            .fact("lead", lead(question, &traits, &shown, &ranked).map(Cell::Text))
            .fact("direction", direction(question))
            .table("groups", heads, table)
            .fact("returned", count)
            .fact("total", ranked.len());
        if count < rows.len() {
            answer = answer.note(format!("{} more do not fit into one answer; group by less", rows.len() - count));
        }
        answer.notes(&notes).notes(&field.notes)
    };
    Ok(fit(rows.len(), call.allowance().characters, page))
}

/// The places of the traits that tell groups apart; those that tell more about the metric first.
fn shown_traits(grouping: &Grouping, traits: &[Trait], ranked: &[Ranked<Group>]) -> (Vec<usize>, Vec<String>) {
    if matches!(grouping, Grouping::By(_)) {
        return ((0..traits.len()).collect(), Vec::new());
    }
    let value = |group: &Ranked<Group>, at: usize| group.item.traits.get(at).cloned().flatten();
    let varies = |at: &usize| ranked.windows(2).any(|pair| matches!(pair, [a, b] if value(a, *at) != value(b, *at)));
    let told = |at: usize| {
        let values: Vec<(Option<String>, f64)> = ranked.iter().map(|group| (value(group, at), group.value)).collect();
        telling(&values.iter().map(|(value, mean)| (value.as_deref(), *mean)).collect::<Vec<_>>())
    };
    let mut varying: Vec<(f64, usize)> = (0..traits.len()).filter(varies).map(|at| (told(at), at)).collect();
    varying.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.cmp(y)));
    let more = varying.len().saturating_sub(SHOWN);
    let note = (more > 0).then(|| format!("groups differ in {more} more params; best_run leads to them"));
    (varying.into_iter().take(SHOWN).map(|(_, at)| at).collect(), note.into_iter().collect())
}

fn cells(traits: &[Trait], shown: &[usize], group: &Ranked<Group>) -> Vec<Cell> {
    let Group { best, left_out, summary, .. } = &group.item;
    let value = |at: &usize| match (traits.get(*at), group.item.traits.get(*at)) {
        (Some(one), Some(Some(value))) => Cell::foreign_of(one.key(), value),
        _ => Cell::text("(none)"),
    };
    let (low, high) = summary.interval.unzip();
    let mut cells = vec![Cell::from(group.rank)];
    cells.extend(shown.iter().map(value));
    cells.extend([
        Cell::from(summary.count),
        Cell::from(summary.mean),
        Cell::from(summary.deviation),
        Cell::from(low),
        Cell::from(high),
        Cell::from((*left_out > 0).then_some(*left_out)),
        Cell::text(best),
    ]);
    cells
}

/// A group by its traits: `params.model = vit, params.lr = 0.1`.
fn named(traits: &[Trait], shown: &[usize], group: &Group) -> String {
    let one = |at: &usize| {
        let (one, value) = (traits.get(*at)?, group.traits.get(*at)?);
        let value = value.as_deref().map_or("(none)".into(), |value| one_line(&redact_value(one.key(), value), 60));
        Some(format!("{} = {value}", one_line(&one.written(), 60)))
    };
    let told: Vec<String> = shown.iter().take(3).filter_map(one).collect();
    if told.is_empty() { "the only group".to_owned() } else { told.join(", ") }
}

/// The first group in one sentence.
fn leader(question: &Question, field: &Field, traits: &[Trait], shown: &[usize], ranked: &[Ranked<Group>]) -> String {
    let Some(first) = ranked.first() else { return String::new() };
    let Summary { count, mean, deviation, interval } = first.item.summary;
    let mut spread = format!("n = {count}");
    if let (Some(deviation), Some((low, high))) = (deviation, interval) {
        spread.push_str(&format!(", std {}, 95 % CI {} to {}", rounded(deviation), rounded(low), rounded(high)));
    }
    let runs = ranked.iter().map(|group| group.item.values.len()).sum();
    format!(
        "{}: mean {} {} ({spread}), the {} of {} groups of {}",
        named(traits, shown, &first.item),
        question.contest.shown_metric(),
        rounded(mean),
        side(question.contest.direction),
        ranked.len(),
        among(question, field, runs)
    )
}

/// How far the first is ahead of the second, and whether that can be told from chance.
fn lead(question: &Question, traits: &[Trait], shown: &[usize], ranked: &[Ranked<Group>]) -> Option<String> {
    let [first, second, ..] = ranked else { return None };
    let (a, b) = match question.contest.direction {
        Direction::Descending => (&first.item, &second.item),
        Direction::Ascending => (&second.item, &first.item),
    };
    let mut name = named(traits, shown, &second.item);
    if name == named(traits, shown, &first.item) {
        let differs = |at: &usize| first.item.traits.get(*at) != second.item.traits.get(*at);
        let telling: Vec<usize> = shown.iter().copied().filter(differs).collect();
        name = if telling.is_empty() { "the next group".to_owned() } else { named(traits, &telling, &second.item) };
    }
    Some(match gap(&a.summary, &b.summary) {
        Some(gap) => {
            let told = if gap.is_separable() { "separable" } else { "not separable" };
            let (low, high) = gap.interval;
            let counts = format!("n = {} and {}", first.item.summary.count, second.item.summary.count);
            let (low, high) = (rounded(low), rounded(high));
            format!("ahead of {name} by {} (95 % CI {low} to {high}): {told} with {counts}", rounded(gap.delta))
        }
        None => format!(
            "ahead of {name} by {}; whether that is more than chance is not known: it takes two or more runs in each, and some spread",
            rounded((a.summary.mean - b.summary.mean).abs())
        ),
    })
}

/// Where every run is a group of its own because of its folder or name: how to leave that out too.
fn parted(grouping: &Grouping, traits: &[Trait], ranked: &[Ranked<Group>]) -> Option<String> {
    let Grouping::AllBut(left_out) = grouping else { return None };
    if ranked.len() < 3 || ranked.iter().any(|group| group.item.values.len() > 1) {
        return None;
    }
    let values = |at: usize| ranked.iter().map(move |group| group.item.traits.get(at)).collect::<BTreeSet<_>>();
    let own: BTreeSet<usize> = (0..traits.len())
        .filter(|at| traits.get(*at).is_some_and(|one| is_own(one.key())) && values(*at).len() == ranked.len())
        .collect();
    let others = |group: &Ranked<Group>| {
        let traits = group.item.traits.iter().enumerate();
        traits.filter(|(at, _)| !own.contains(at)).map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    if own.is_empty() || ranked.iter().map(others).collect::<BTreeSet<_>>().len() == ranked.len() {
        return None;
    }
    let own: Vec<String> = own.iter().filter_map(|at| traits.get(*at)).map(|one| escape_key(one.key())).collect();
    let all: Vec<&String> = left_out.iter().chain(&own).collect();
    Some(format!(
        "every run has its own {}: average_over {} puts those together that are equal otherwise",
        own.join(", "),
        json!(all)
    ))
}

fn about(question: &Question, field: &Field, ranked: &[Ranked<Group>]) -> Vec<String> {
    let mut notes = Vec::new();
    let single = ranked.iter().filter(|group| group.item.values.len() == 1).count();
    if single > 0 {
        notes.push(format!("{single} of {} groups have a single run: no spread, no interval", ranked.len()));
    }
    if !field.is_whole {
        notes.push(format!("only {} runs were read, the newest: the figures are of these", field.read));
    }
    if ranked.len() > question.limit {
        notes.push(format!("{} groups, the best {} are shown; limit shows more", ranked.len(), question.limit));
    }
    notes
}

//! A leaderboard: a bar for each run, or for runs that differ in their seed alone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use backends::query::Direction;

use super::board::{Board, Entry};
use super::{Plot, foreign, mark};
use crate::analysis::{Summary, rank};
use crate::chart::{Bar, Bars, Chart, short};
use crate::direction::words;
use crate::problem::Result;
use crate::render::{Answer, Cell, Column, fit, one_line, redact_value};

/// Words in the names of params that only repeat a run.
const SEEDS: &[&str] = &["seed", "seeds", "repeat", "repetition"];
/// Params that a bar is named by.
const NAMED: usize = 3;

/// What runs of a bar have in common: their params but the seed, or else their reference.
type Alike<'a> = (Vec<(&'a str, &'a str)>, String);

/// A bar and the runs behind it, the best first.
struct Group<'a> {
    members: Vec<&'a Entry>,
    summary: Summary,
}

/// Puts the runs into bars.
pub(super) fn plot(board: &Board, log: bool) -> Result<Plot> {
    let seeds = seeds(board);
    let groups = groups(board, &seeds);
    let repeated = groups.iter().any(|group| group.members.len() > 1);
    let metric = board.shown_metric();
    let mut notes = board.notes.clone();
    let (title, foot) = if repeated {
        notes.push(format!(
            "runs equal in all params but {} are one bar: their mean with its 95 % interval (Student's t)",
            seeds.iter().map(|name| one_line(name, 60)).collect::<Vec<_>>().join(", ")
        ));
        let foot = "whiskers: 95 % confidence interval of the mean over seeds (Student's t)";
        (format!("{metric}, mean over seeds, {}", board.side()), foot.to_owned())
    } else {
        (format!("{metric}, last value, {}", board.side()), String::new())
    };
    let mut varying: Vec<String> = board.varying().into_iter().filter(|name| !seeds.contains(name)).collect();
    // A bar has room for a few: those that tell most bars apart.
    varying.sort_by_key(|name| Reverse(values(&groups, name)));
    let bars = groups.iter().map(|group| bar(group, repeated, &varying)).collect();
    let facts = facts(board, &groups, repeated, &varying);
    Ok(Plot { chart: Chart::Bars(Bars { title: title.clone(), bars, log, foot }), title, facts, notes })
}

/// The params that only repeat a run.
fn seeds(board: &Board) -> Vec<String> {
    let is_seed = |name: &String| words(name).iter().any(|word| SEEDS.contains(&word.as_str()));
    board.varying().into_iter().filter(is_seed).collect()
}

/// Runs equal in all other params; each alone where there is no seed, or where it has no params.
fn groups<'a>(board: &'a Board, seeds: &[String]) -> Vec<Group<'a>> {
    let mut members: BTreeMap<Alike<'_>, Vec<&Entry>> = BTreeMap::new();
    for entry in &board.entries {
        let params = entry.head.params.iter().filter(|(name, _)| !seeds.contains(name));
        let params: Vec<(&str, &str)> = params.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let alone = seeds.is_empty() || entry.head.params.is_empty();
        let own = if alone { entry.run.text() } else { String::new() };
        members.entry((params, own)).or_default().push(entry);
    }
    let summed = members.into_values().filter_map(|members| {
        let values: Vec<f64> = members.iter().map(|entry| entry.value).collect();
        let summary = Summary::of(&values)?;
        Some((summary.mean, Group { members, summary }))
    });
    let first = |group: &Group<'_>| group.members.first().map(|entry| entry.run.text());
    let ranked = rank(summed.collect(), board.direction, |a, b| first(a).cmp(&first(b)));
    ranked.into_iter().map(|ranked| ranked.item).collect()
}

/// How many values of a param the groups have.
fn values(groups: &[Group<'_>], name: &str) -> usize {
    let firsts = groups.iter().filter_map(|group| group.members.first());
    firsts.map(|entry| entry.head.params.get(name)).collect::<BTreeSet<_>>().len()
}

/// What a group is called: its params, or the name of its only run.
fn name(group: &Group<'_>, repeated: bool, varying: &[String]) -> (String, String) {
    let Some(first) = group.members.first() else { return Default::default() };
    let one = |name: &String| {
        let value = first.head.params.get(name)?;
        Some(format!("{} = {}", one_line(name, 40), one_line(&redact_value(name, value), 40)))
    };
    let told: Vec<String> = varying.iter().filter_map(one).take(NAMED).collect();
    if !repeated || told.is_empty() {
        return (foreign(&first.head.name), mark(first.run.id.as_str()));
    }
    (told.join(", "), mark(first.run.id.as_str()))
}

fn bar(group: &Group<'_>, repeated: bool, varying: &[String]) -> Bar {
    let Summary { count, mean, interval, .. } = group.summary;
    let (name, mark) = name(group, repeated, varying);
    let words = match interval {
        Some((low, high)) => format!("{} ± {}  n = {count}", short(mean, 4), short((high - low) / 2.0, 2)),
        None if repeated => format!("{}  n = {count}", short(mean, 4)),
        None => short(mean, 5),
    };
    Bar { name, mark, value: mean, interval, words }
}

/// The numbers behind the bars.
fn facts(board: &Board, groups: &[Group<'_>], repeated: bool, varying: &[String]) -> Answer {
    let side = match board.direction {
        Direction::Ascending => "min",
        Direction::Descending => "max",
    };
    let metric = format!("metrics.{}", board.metric);
    let heads: Vec<Column> = if repeated {
        ["group", "n", "mean", "std", "ci95_low", "ci95_high", "best_run"].map(Column::new).to_vec()
    } else {
        vec![Column::new("run"), Column::new("name"), Column::new(metric)]
    };
    let row = |group: &Group<'_>| -> Vec<Cell> {
        let Summary { count, mean, deviation, interval } = group.summary;
        let (low, high) = interval.unzip();
        let reference = group.members.first().map(|entry| entry.run.text()).unwrap_or_default();
        let (name, _) = name(group, repeated, varying);
        if repeated {
            let numbers =
                [Cell::from(count), Cell::from(mean), Cell::from(deviation), Cell::from(low), Cell::from(high)];
            return [Cell::foreign(&name)].into_iter().chain(numbers).chain([Cell::text(reference)]).collect();
        }
        vec![Cell::text(reference), Cell::foreign(&name), Cell::from(mean)]
    };
    fit(groups.len(), board.room, |count| {
        let rows = groups.iter().take(count).map(row).collect();
        Answer::new().fact("metric", Cell::key(&board.metric)).fact("direction", Cell::text(side)).table(
            "bars",
            heads.clone(),
            rows,
        )
    })
}

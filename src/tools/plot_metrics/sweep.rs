//! A sweep: parallel coordinates of the params that vary, and of the metric.

use backends::Error;
use serde_json::json;

use super::board::{Board, Entry};
use super::scatter::Param;
use super::{Plot, foreign};
use crate::chart::{Chart, Parallel, ParallelAxis, ParallelLine, Places};
use crate::problem::{Problem, Result};
use crate::render::{Answer, Cell, Column, fit, one_line};

/// Params that have room beside the metric.
const MOST: usize = 6;
/// Fewer runs are no sweep: a line more or less would be the picture.
const FEWEST: usize = 4;

/// Puts the runs into lines.
pub(super) fn plot(board: &Board) -> Result<Plot> {
    let count = board.entries.len();
    if count < FEWEST {
        let error =
            format!("{count} runs with a value are no sweep, which takes {FEWEST} or more; kind bar shows them");
        let runs: Vec<String> = board.entries.iter().map(|entry| entry.run.text()).collect();
        let next = json!({"runs": runs, "metrics": [board.metric], "kind": "bar"});
        return Err(Problem::from(Error::bad_input(error)).next("plot_metrics", next));
    }
    let mut notes = board.notes.clone();
    let wanted = if board.asked.is_empty() { board.varying() } else { board.asked.clone() };
    let (mut axes, mut wordy) = (Vec::new(), Vec::new());
    for name in wanted {
        match Param::read(board, &name) {
            Some(param) => axes.push((name, param)),
            None => wordy.push(name),
        }
    }
    let listed = |names: &[String]| names.iter().take(8).map(|name| one_line(name, 60)).collect::<Vec<_>>().join(", ");
    if !wordy.is_empty() {
        notes.push(format!("of too many different words for an axis: {}", listed(&wordy)));
    }
    if axes.is_empty() {
        let error = "these runs differ in no param that could be drawn; kind bar compares their values";
        return Err(Error::not_found(error).into());
    }
    if axes.len() > MOST {
        let left: Vec<String> = axes.split_off(MOST).into_iter().map(|(name, _)| name).collect();
        notes.push(format!("the {MOST} params that tell most are axes; without one: {}", listed(&left)));
    }
    let title = format!("{} of {count} runs and what they were made with", board.shown_metric());
    let best = board.entries.first().map(|entry| foreign(&entry.head.name)).unwrap_or_default();
    let chart = Parallel {
        title: title.clone(),
        axes: axes
            .iter()
            .map(|(name, param)| ParallelAxis { name: one_line(name, 60), places: param.places.clone() })
            .chain([ParallelAxis { name: board.shown_metric(), places: Places::Numbers { log: false } }])
            .collect(),
        lines: board
            .entries
            .iter()
            .enumerate()
            .map(|(row, entry)| {
                let params = axes.iter().map(|(_, param)| param.at.get(row).copied().flatten());
                ParallelLine { places: params.chain([Some(entry.value)]).collect() }
            })
            .collect(),
        foot: format!("dark: better, light: worse   ·   orange: the best, {best}"),
    };
    let facts = facts(board, &axes);
    Ok(Plot { chart: Chart::Parallel(chart), title, facts, notes })
}

/// The runs with what they were made with, the best first.
fn facts(board: &Board, axes: &[(String, Param)]) -> Answer {
    let mut heads = vec![Column::new("run"), Column::new("name"), Column::new(format!("metrics.{}", board.metric))];
    heads.extend(axes.iter().map(|(name, _)| Column::new(format!("params.{name}"))));
    let row = |entry: &Entry| -> Vec<Cell> {
        let params =
            axes.iter().map(|(name, _)| entry.head.params.get(name).map(|value| Cell::foreign_of(name, value)));
        [Cell::text(entry.run.text()), Cell::foreign(&entry.head.name), Cell::from(entry.value)]
            .into_iter()
            .chain(params.map(Cell::from))
            .collect()
    };
    let entries = &board.entries;
    fit(entries.len(), board.room, |count| {
        let answer = Answer::new().table("runs", heads.clone(), entries.iter().take(count).map(row).collect());
        let more = entries.len() - count;
        if more > 0 {
            answer.note(format!("{more} more runs, the worse ones, do not fit into one answer"))
        } else {
            answer
        }
    })
}

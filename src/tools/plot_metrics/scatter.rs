//! A dot for each run: a param, or a second metric, against the metric.

use std::collections::BTreeSet;

use backends::Error;

use super::board::{Board, Entry, number};
use super::{Plot, foreign};
use crate::chart::{Chart, Dot, Places, Scatter};
use crate::problem::Result;
use crate::render::{Answer, Cell, Column, fit, one_line, redact_value};

/// Words of a param that have room below the axis.
pub(super) const MOST_WORDS: usize = 12;
/// From this ratio between the ends on, numbers above 0 are spread evenly by their logarithm alone.
const WIDE: f64 = 30.0;
/// Dots that are named.
const NAMED: usize = 3;

/// What lies along an axis: numbers or words.
pub(super) struct Param {
    pub(super) places: Places,
    /// The place of each run of the board; none where it has no value.
    pub(super) at: Vec<Option<f64>>,
}

impl Param {
    /// Reads a param of all runs; none if it is words of which there are too many.
    pub(super) fn read(board: &Board, name: &str) -> Option<Self> {
        let texts: Vec<Option<&str>> =
            board.entries.iter().map(|entry| entry.head.params.get(name).map(String::as_str)).collect();
        if texts.iter().flatten().all(|text| number(text).is_some()) {
            let at: Vec<Option<f64>> = texts.iter().map(|text| text.and_then(number)).collect();
            return Some(Self { places: Places::Numbers { log: is_wide(at.iter().flatten().copied()) }, at });
        }
        let words: BTreeSet<&str> = texts.iter().flatten().copied().collect();
        let words: Vec<&str> = words.into_iter().collect();
        if words.len() > MOST_WORDS {
            return None;
        }
        let place = |text: &Option<&str>| words.binary_search(&(*text)?).ok().map(|at| at as f64);
        let at = texts.iter().map(place).collect();
        let shown = words.iter().map(|word| one_line(&redact_value(name, word), 60)).collect();
        Some(Self { places: Places::Words(shown), at })
    }
}

/// Whether numbers fit a logarithmic axis.
fn is_wide(values: impl Iterator<Item = f64>) -> bool {
    let ends = values.fold(None, |ends: Option<(f64, f64)>, value| {
        let (low, high) = ends.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    });
    ends.is_some_and(|(low, high)| low > 0.0 && high / low >= WIDE)
}

/// Puts the runs into dots.
pub(super) fn plot(board: &Board, log_y: bool) -> Result<Plot> {
    let (x_name, param) = along(board)?;
    let mut notes = board.notes.clone();
    let mut placed: Vec<(&Entry, f64)> = Vec::new();
    placed.extend(board.entries.iter().zip(&param.at).filter_map(|(entry, at)| Some((entry, (*at)?))));
    let without = board.entries.len() - placed.len();
    if without > 0 {
        notes.push(format!("{without} runs without {x_name} have no dot"));
    }
    if board.asked.is_empty() && board.second.is_none() {
        notes.push(format!("{x_name} tells most of the params that vary; metrics ['params.NAME', …] chooses another"));
    }
    let dot = |(rank, (entry, x)): (usize, &(&Entry, f64))| Dot {
        x: *x,
        y: entry.value,
        name: if rank < NAMED { foreign(&entry.head.name) } else { String::new() },
    };
    let dots: Vec<Dot> = placed.iter().enumerate().map(dot).collect();
    let title = format!("{} against {x_name}, {} runs", board.shown_metric(), dots.len());
    let foot = "orange: the best".to_owned();
    let chart =
        Scatter { title: title.clone(), x_name: x_name.clone(), places: param.places.clone(), log_y, dots, foot };
    let heads = [
        Column::new("run"),
        Column::new("name"),
        Column::new(x_name),
        Column::new(format!("metrics.{}", board.metric)),
    ];
    let x_cell = |x: f64| match &param.places {
        Places::Words(words) => Cell::foreign(words.get(x as usize).map(String::as_str).unwrap_or_default()),
        Places::Numbers { .. } => Cell::from(x),
    };
    let row = |(entry, x): &(&Entry, f64)| {
        vec![Cell::text(entry.run.text()), Cell::foreign(&entry.head.name), x_cell(*x), Cell::from(entry.value)]
    };
    let facts = fit(placed.len(), board.room, |count| {
        let rows = placed.iter().take(count).map(row).collect();
        let answer = Answer::new().table("dots", heads.to_vec(), rows);
        let more = placed.len() - count;
        if more > 0 {
            answer.note(format!("{more} more dots are in the picture; name fewer runs to read them"))
        } else {
            answer
        }
    });
    Ok(Plot { chart: Chart::Scatter(chart), title, facts, notes })
}

/// What runs along the horizontal axis: the param or the second metric that was named, or the param that tells most.
fn along(board: &Board) -> Result<(String, Param)> {
    if let Some(name) = board.asked.first() {
        let param = Param::read(board, name).ok_or_else(|| {
            let shown = one_line(name, 80);
            Error::bad_input(format!(
                "params.{shown} has more than {MOST_WORDS} different words; name a param of numbers or fewer words"
            ))
        })?;
        return Ok((format!("params.{}", one_line(name, 80)), param));
    }
    if let Some(second) = &board.second {
        let value = |entry: &Entry| entry.head.metrics.get(second).map(|metric| metric.value);
        let at: Vec<Option<f64>> =
            board.entries.iter().map(|entry| value(entry).filter(|value| value.is_finite())).collect();
        let places = Places::Numbers { log: is_wide(at.iter().flatten().copied()) };
        return Ok((format!("metrics.{}", one_line(second, 80)), Param { places, at }));
    }
    let found = board.varying().into_iter().find_map(|name| Some((Param::read(board, &name)?, name)));
    let (param, name) = found.ok_or_else(|| {
        Error::not_found("these runs differ in no param that could be drawn; kind bar compares their values, metrics ['a', 'b'] draws one metric against another")
    })?;
    Ok((format!("params.{}", one_line(&name, 80)), param))
}

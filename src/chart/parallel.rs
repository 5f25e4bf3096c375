//! Parallel coordinates: an axis for each param and one for the metric, a line through them for each run.

use super::font;
use super::frame::{self, Rect};
use super::names;
use super::number;
use super::palette::{AXIS, Dash, INK, ramp, series};
use super::picture::Detail;
use super::scale::{Scale, extent, padded};
use super::scatter::{Places, jitter};
use super::scene::{Anchor, Mark, Scene, Words};
use super::stroke::At;
use super::ticks::{self, Tick};

/// Different numbers of an axis that are its ticks.
const FEW: usize = 8;

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub struct ParallelAxis {
    /// What it is called.
    pub name: String,
    /// What it shows.
    pub places: Places,
}

/// A line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParallelLine {
    /// Its place on each axis; a gap where it has none.
    pub places: Vec<Option<f64>>,
}

/// Lines through axes, the best first. The last axis is what the lines are ordered by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parallel {
    /// What is shown.
    pub title: String,
    /// The axes, from left to right.
    pub axes: Vec<ParallelAxis>,
    /// The lines.
    pub lines: Vec<ParallelLine>,
    /// What the signs mean.
    pub foot: String,
}

/// The marks, and what is to be known of them.
pub(super) fn scene(chart: &Parallel, detail: Detail) -> (Scene, Vec<String>) {
    let mut scene = Scene::default();
    frame::title(&mut scene, &chart.title);
    frame::foot(&mut scene, &chart.foot);
    let plot = Rect { top: Rect::BODY.top + 34.0, bottom: Rect::BODY.bottom - 12.0, ..Rect::BODY };
    // Room for the words of the first axis, which stand on its left, and half of the name of the last.
    let (left, right) = (plot.left + 70.0, plot.right - 72.0);
    let between = (right - left) / chart.axes.len().saturating_sub(1).max(1) as f32;
    let axes: Vec<(f32, Scale, &ParallelAxis)> = chart
        .axes
        .iter()
        .enumerate()
        .map(|(number, axis)| (left + between * number as f32, scale(chart, number, axis, plot), axis))
        .collect();
    for (x, _, axis) in &axes {
        scene.rule((*x, plot.top), (*x, plot.bottom), AXIS);
        let name = names::fitted(&axis.name, frame::TEXT, between.min(200.0) - 10.0);
        let half = font::width(&name, frame::TEXT) / 2.0;
        let middle = x.clamp(plot.left + half, plot.right - half);
        scene.words(Words::new(name, (middle, plot.top - 14.0), frame::TEXT, INK).anchored(Anchor::Middle));
    }
    let count = chart.lines.len();
    let drawn = spread(count, detail.lines);
    let note = (drawn.len() < count)
        .then(|| format!("the picture has {} of {count} runs, evenly from the best to the worst", drawn.len()));
    for (rank, line) in drawn.into_iter().rev().filter_map(|rank| Some((rank, chart.lines.get(rank)?))) {
        let place = |((x, scale, axis), place): (&(f32, Scale, &ParallelAxis), &Option<f64>)| -> Option<At> {
            // Lines through the same word are kept a little apart.
            let aside = if matches!(axis.places, Places::Words(_)) { jitter(rank) * 0.16 } else { 0.0 };
            Some((*x, scale.at((*place)? + aside)))
        };
        let places: Vec<Option<At>> = axes.iter().zip(&line.places).map(place).collect();
        let pieces: Vec<Vec<At>> =
            places.split(Option::is_none).map(|piece| piece.iter().flatten().copied().collect()).collect();
        let share = if count > 1 { 1.0 - rank as f64 / (count - 1) as f64 } else { 1.0 };
        let (width, colour) = if rank == 0 { (3.4, series(1)) } else { (1.5, ramp(share)) };
        let pieces = pieces.into_iter().filter(|piece: &Vec<At>| piece.len() > 1).collect();
        scene.add(Mark::Line { pieces, width, colour, dash: Dash::Solid });
    }
    let last = axes.len().saturating_sub(1);
    for (number, (x, scale, axis)) in axes.iter().enumerate() {
        for tick in axis_ticks(chart, number, axis, scale, plot) {
            let y = scale.at(tick.at);
            scene.rule((x - 3.0, y), (x + 3.0, y), AXIS);
            let most = if number == 0 || number == last { 62.0 } else { (between - 30.0).min(110.0) };
            let text = names::fitted(&tick.text, 15.0, most);
            let base = y + 15.0 * font::CAPITAL / 2.0;
            // On the last axis no line goes on to the right.
            let (x, anchor) = if number == last { (x + 8.0, Anchor::Start) } else { (x - 7.0, Anchor::End) };
            scene.words(Words::new(text, (x, base), 15.0, INK).anchored(anchor).backed());
        }
    }
    (scene, note.into_iter().collect())
}

/// So many of these numbers at most, evenly from the first to the last.
fn spread(count: usize, most: usize) -> Vec<usize> {
    if count <= most || most < 2 {
        return (0..count.min(most)).collect();
    }
    (0..most).map(|at| at * (count - 1) / (most - 1)).collect()
}

fn scale(chart: &Parallel, number: usize, axis: &ParallelAxis, plot: Rect) -> Scale {
    let ends = (plot.bottom, plot.top);
    match &axis.places {
        Places::Words(words) => Scale::new((-0.5, words.len().max(1) as f64 - 0.5), ends, false),
        Places::Numbers { log } => {
            let places = chart.lines.iter().filter_map(|line| line.places.get(number).copied().flatten());
            Scale::new(padded(extent(places, *log).unwrap_or((0.0, 1.0)), *log), ends, *log)
        }
    }
}

/// Few different numbers are ticks themselves.
fn axis_ticks(chart: &Parallel, number: usize, axis: &ParallelAxis, scale: &Scale, plot: Rect) -> Vec<Tick> {
    let most = ((plot.height() / 60.0) as usize).max(2);
    let mut values: Vec<f64> =
        chart.lines.iter().filter_map(|line| line.places.get(number).copied().flatten()).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let apart = |pair: &[f64]| matches!(pair, [a, b] if (scale.at(*a) - scale.at(*b)).abs() >= 17.0);
    match &axis.places {
        Places::Words(words) => {
            words.iter().enumerate().map(|(at, word)| Tick { at: at as f64, text: word.clone() }).collect()
        }
        Places::Numbers { .. } if values.len() <= FEW && values.windows(2).all(apart) => {
            values.into_iter().map(|at| Tick { at, text: number::short(at, 4) }).collect()
        }
        Places::Numbers { .. } if scale.is_log => ticks::logarithmic(scale.low, scale.high, most),
        Places::Numbers { .. } => ticks::linear(scale.low, scale.high, most, false),
    }
}

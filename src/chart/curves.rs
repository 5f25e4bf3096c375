//! Curves: lines over steps or time, in one panel or several of equal size that share the horizontal axis.

use super::frame::{self, Rect};
use super::panel::{self, Drawn, Setting};
use super::picture::Detail;
use super::scale::extent;
use super::scene::Scene;
use super::{ticks, time_ticks};

/// Curves up to which the values stand behind smoothed ones: behind more they would be a fog.
const MOST_RAW: usize = 12;

/// What runs along the horizontal axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Axis {
    /// Steps.
    #[default]
    Step,
    /// Seconds since 1970 (UTC).
    Time,
    /// Seconds since the start.
    Elapsed,
}

/// A line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// What stands at its end.
    pub name: String,
    /// What tells it from another of the same name: part of an id.
    pub mark: String,
    /// Its colour and dash: the same number looks the same in all panels, and numbers 7 apart have one colour.
    pub number: usize,
    /// Place and value, in the order of places. A value that is not finite is a gap with a mark.
    pub points: Vec<(f64, f64)>,
    /// Points were left out between these, which are the extremes of stretches.
    pub thinned: bool,
    /// The best value and its place.
    pub best: Option<(f64, f64)>,
}

/// Lines that share both axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// What is shown, where there is more than one panel.
    pub title: String,
    /// The lines; the first are in front.
    pub curves: Vec<Curve>,
}

/// One panel or several.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// What is shown.
    pub title: String,
    /// The panels, in the order of reading.
    pub panels: Vec<Panel>,
    /// What the places are.
    pub axis: Axis,
    /// Values are shown on a logarithmic axis.
    pub log_y: bool,
}

impl Curves {
    /// How many panels there is room for, when each has so many lines with a label.
    pub fn most_panels(lines: usize) -> usize {
        2 * rows_at_most(lines)
    }
}

/// The rows in which each label of so many lines has a line of its own.
fn rows_at_most(lines: usize) -> usize {
    match lines {
        ..=5 => 3,
        6..=10 => 2,
        _ => 1,
    }
}

/// The marks, and what is to be known of them.
pub(super) fn scene(chart: &Curves, detail: Detail) -> (Scene, Vec<String>) {
    let mut scene = Scene::default();
    frame::title(&mut scene, &chart.title);
    let lines = chart.panels.iter().map(|panel| panel.curves.len()).max().unwrap_or_default();
    let shown = chart.panels.len().min(Curves::most_panels(lines));
    let (columns, rows) = grid(shown, rows_at_most(lines));
    let places = chart.panels.iter().flat_map(|panel| &panel.curves).flat_map(|curve| &curve.points);
    let span = extent(places.map(|(place, _)| *place), false).unwrap_or((0.0, 1.0));
    let span = if span.0 < span.1 { span } else { (span.0 - 0.5, span.1 + 0.5) };
    let lines_in_all = chart.panels.iter().take(shown).map(|panel| panel.curves.len()).sum::<usize>();
    let detail = Detail { raw: detail.raw && lines_in_all <= MOST_RAW, ..detail };
    let mut drawn = Drawn { raw: detail.raw, ..Drawn::default() };
    let body = Rect { bottom: Rect::BODY.bottom - 42.0, ..Rect::BODY };
    let gap = if columns > 1 { 24.0 } else { 0.0 };
    let (width, height) = ((body.width() - gap) / columns as f32, body.height() / rows as f32);
    for (number, panel) in chart.panels.iter().take(shown).enumerate() {
        let (row, column) = (number / columns, number % columns);
        let left = body.left + column as f32 * (width + gap);
        let top = body.top + row as f32 * height;
        let rect = Rect { left, top, right: left + width, bottom: top + height };
        let setting = Setting { rect, span, chart, detail, alone: shown == 1, lowest: number + columns >= shown };
        panel::draw(&mut scene, panel, &setting, &mut drawn);
    }
    frame::foot(&mut scene, &drawn.foot(chart));
    (scene, drawn.notes())
}

/// Columns and rows of so many panels.
fn grid(panels: usize, rows_at_most: usize) -> (usize, usize) {
    let columns = panels.div_ceil(rows_at_most.max(1)).clamp(1, 2);
    // Two side by side are higher than one above the other, and four are a square.
    let columns = if panels > 1 { columns.max(2) } else { columns };
    (columns, panels.div_ceil(columns).max(1))
}

/// The ticks of the horizontal axis and what it is called.
pub(super) fn along(axis: Axis, (low, high): (f64, f64), most: usize) -> (Vec<ticks::Tick>, String) {
    match axis {
        Axis::Step => (ticks::linear(low, high, most, true), "step".to_owned()),
        Axis::Time => time_ticks::moments(low, high, most),
        Axis::Elapsed => time_ticks::durations(low, high, most),
    }
}

//! One panel of curves: its axes, the lines with what lies behind them, their marks and their labels.

use super::curves::{Axis, Curve, Curves, Panel, along};
use super::font;
use super::frame::{self, Rect};
use super::label;
use super::marks::{Ends, non_finite, rings};
use super::names;
use super::number;
use super::palette::{Dash, INK, dash, series};
use super::picture::Detail;
use super::scale::{Scale, extent, padded};
use super::scene::{Mark, Scene, Words};
use super::smooth;
use super::space::Space;
use super::stroke::At;
use super::thin::thinned;
use super::ticks;

/// Points of a line up to which each is marked.
const MARKED: usize = 25;

/// Where a panel stands and what it shares with the others.
pub(super) struct Setting<'a> {
    pub(super) rect: Rect,
    /// The ends of the horizontal axis.
    pub(super) span: (f64, f64),
    pub(super) chart: &'a Curves,
    pub(super) detail: Detail,
    /// It is the only one.
    pub(super) alone: bool,
    /// There is none below it.
    pub(super) lowest: bool,
}

/// What was drawn, for the line at the foot and the notes.
#[derive(Default)]
pub(super) struct Drawn {
    pub(super) raw: bool,
    pub(super) windows: Vec<usize>,
    pub(super) of_extremes: bool,
    pub(super) not_positive: usize,
    pub(super) bests: bool,
    pub(super) nan: bool,
    pub(super) infinite: bool,
    pub(super) unlabelled: usize,
}

impl Drawn {
    /// What the signs mean.
    pub(super) fn foot(&self, chart: &Curves) -> String {
        let mut signs = Vec::new();
        if let Some(window) = self.window() {
            let behind = if self.raw { ", pale: the values" } else { "; the values themselves are not drawn" };
            signs.push(format!("thick: running median of {window} points{behind}"));
        }
        signs.extend(self.bests.then(|| "○ best value".to_owned()));
        signs.extend(self.nan.then(|| "× NaN".to_owned()));
        signs.extend(self.infinite.then(|| "▲▼ infinite".to_owned()));
        signs.extend(chart.log_y.then(|| "logarithmic".to_owned()));
        signs.join("   ·   ")
    }

    fn window(&self) -> Option<String> {
        let (least, most) = (self.windows.iter().min()?, self.windows.iter().max()?);
        Some(if least == most { least.to_string() } else { format!("{least} to {most}") })
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(window) = self.window() {
            let of = if self.of_extremes {
                ", of long curves over the middles between the extremes of stretches"
            } else {
                ""
            };
            let behind = if self.raw {
                ", with the values pale behind"
            } else {
                "; the values themselves are not drawn, for there are too many: name fewer runs or metrics"
            };
            notes.push(format!("noisy curves are smoothed by a running median of {window} points{of}{behind}"));
        }
        if self.not_positive > 0 {
            notes.push(format!(
                "{} values of 0 or less have no place on a logarithmic axis and are not drawn",
                self.not_positive
            ));
        }
        if self.unlabelled > 0 {
            notes.push(format!("{} lines have no label for want of room", self.unlabelled));
        }
        notes
    }
}

/// A curve in pixels.
struct Line<'a> {
    curve: &'a Curve,
    /// The values: one piece for each stretch without a gap.
    pieces: Vec<Vec<At>>,
    /// Without the noise, if it is noisy.
    smooth: Option<Vec<Vec<At>>>,
}

/// Adds a panel to the scene.
pub(super) fn draw(scene: &mut Scene, panel: &Panel, setting: &Setting<'_>, drawn: &mut Drawn) {
    let Setting { rect, chart, .. } = setting;
    let size = if setting.alone { frame::TEXT } else { 15.0 };
    let mut plot = *rect;
    if !setting.alone {
        let title = names::fitted(&panel.title, frame::TEXT, rect.width());
        scene.words(Words::new(title, (rect.left, rect.top + 14.0), frame::TEXT, INK));
        plot.top += 24.0;
    }
    // Without words below it, a panel still keeps a distance to the next one.
    plot.bottom -= if setting.alone {
        2.0
    } else if setting.lowest {
        4.0
    } else {
        20.0
    };
    let values = || panel.curves.iter().flat_map(|curve| &curve.points).map(|(_, value)| *value);
    let Some(ends) = extent(values(), chart.log_y) else {
        let text = if chart.log_y { "no value above 0" } else { "no finite value" };
        scene.words(Words::new(text, (plot.left + 20.0, plot.top + 40.0), size, INK));
        drawn.not_positive += values().filter(|value| value.is_finite()).count();
        return;
    };
    let y = Scale::new(padded(ends, chart.log_y), (plot.bottom, plot.top), chart.log_y);
    let most = ((plot.height() / if setting.alone { 46.0 } else { 28.0 }) as usize).max(3);
    let y_ticks =
        if y.is_log { ticks::logarithmic(y.low, y.high, most) } else { ticks::linear(y.low, y.high, most, false) };
    plot.left += frame::widest(&y_ticks, size) + 10.0;
    let labels = labels(panel, size, rect.width() * 0.3);
    plot.right -= labels.iter().map(|label| font::width(label, size)).fold(0.0, f32::max) + 18.0;
    let x = Scale::new(setting.span, (plot.left, plot.right), false);
    let (x_ticks, x_name) = along(chart.axis, setting.span, ((plot.width() / 72.0) as usize).max(2));
    frame::across(scene, plot, &y, &y_ticks, size);
    frame::along(scene, plot, &x, &x_ticks, size, setting.lowest);
    if setting.lowest {
        frame::name_below(scene, plot, &x_name);
    }
    let lines: Vec<Line<'_>> = panel.curves.iter().map(|curve| line(curve, &x, &y, drawn)).collect();
    for line in lines.iter().rev().filter(|line| line.smooth.is_some() && setting.detail.raw) {
        let colour = series(line.curve.number).light();
        let pieces = line.pieces.iter().map(|piece| thinned(piece, setting.detail.columns)).collect();
        scene.add(Mark::Line { pieces, width: 1.0, colour, dash: Dash::Solid });
    }
    for line in lines.iter().rev() {
        paint(scene, line, setting.detail);
    }
    end_labels(scene, &lines, &labels, plot, size, drawn);
    let ends = Ends { plot, x: &x, y: &y, size };
    non_finite(scene, panel, &ends, drawn);
    let points = lines.iter().flat_map(|line| line.smooth.iter().flatten().chain(&line.pieces).flatten().copied());
    let mut space = Space { within: plot, taken: Vec::new(), points: points.collect() };
    rings(scene, panel, &ends, &mut space, matches!(chart.axis, Axis::Step), drawn);
}

/// The line itself; a point that stands alone is a dot.
fn paint(scene: &mut Scene, line: &Line<'_>, detail: Detail) {
    let (colour, dash) = (series(line.curve.number), dash(line.curve.number));
    let pieces = line.smooth.as_ref().unwrap_or(&line.pieces);
    let count: usize = pieces.iter().map(Vec::len).sum();
    let dots = pieces.iter().filter(|piece| piece.len() == 1 || count <= MARKED).flatten();
    dots.for_each(|at| scene.add(Mark::Dot { at: *at, radius: 3.2, colour }));
    let pieces: Vec<Vec<At>> =
        pieces.iter().filter(|piece| piece.len() > 1).map(|piece| thinned(piece, detail.columns)).collect();
    if !pieces.is_empty() {
        scene.add(Mark::Line { pieces, width: 2.2, colour, dash });
    }
}

fn line<'a>(curve: &'a Curve, x: &Scale, y: &Scale, drawn: &mut Drawn) -> Line<'a> {
    let shown = |value: f64| value.is_finite() && (!y.is_log || value > 0.0);
    drawn.not_positive += curve.points.iter().filter(|(_, value)| value.is_finite() && !shown(*value)).count();
    let place = |(place, value): &(f64, f64)| (x.at(*place), y.at(*value));
    let stretches =
        || curve.points.chunk_by(|a, b| shown(a.1) && shown(b.1)).filter(|group| group.iter().all(|one| shown(one.1)));
    let pieces: Vec<Vec<At>> = stretches().map(|group| group.iter().map(place).collect()).collect();
    let height = f64::from((y.at(y.high) - y.at(y.low)).abs().max(1.0));
    // What was left out between extremes would have lain between them.
    let calm = |piece: &Vec<At>| -> Vec<At> {
        let middle = |pair: &[At]| match pair {
            [a, b] => ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0),
            _ => pair.first().copied().unwrap_or_default(),
        };
        if curve.thinned { piece.chunks(2).map(middle).collect() } else { piece.clone() }
    };
    let heights: Vec<f64> = pieces.iter().flatten().map(|(_, y)| f64::from(*y) / height).collect();
    if !smooth::is_noisy(&heights) {
        return Line { curve, pieces, smooth: None };
    }
    let calmed: Vec<Vec<At>> = pieces.iter().map(calm).collect();
    let window = smooth::window(calmed.iter().map(Vec::len).sum());
    drawn.windows.push(window);
    drawn.of_extremes |= curve.thinned;
    let median = |piece: &Vec<At>| -> Vec<At> {
        let heights: Vec<f64> = piece.iter().map(|(_, y)| f64::from(*y)).collect();
        let medians = smooth::course(&heights, window);
        piece.iter().zip(medians).map(|((x, _), median)| (*x, median as f32)).collect()
    };
    Line { curve, smooth: Some(calmed.iter().map(median).collect()), pieces }
}

/// What stands at the ends of the lines: their names, and of a single one its last value.
fn labels(panel: &Panel, size: f32, most: f32) -> Vec<String> {
    if let [only] = panel.curves.as_slice() {
        let last = only.points.iter().rev().find(|(_, value)| value.is_finite());
        return vec![last.map(|(_, value)| number::short(*value, 4)).unwrap_or_default()];
    }
    let named: Vec<(&str, &str)> =
        panel.curves.iter().map(|curve| (curve.name.as_str(), curve.mark.as_str())).collect();
    names::fitting(&named, size, most)
}

/// Each label beside the end of its line, or as near as the others allow, with a thin line to it.
fn end_labels(scene: &mut Scene, lines: &[Line<'_>], labels: &[String], plot: Rect, size: f32, drawn: &mut Drawn) {
    let end = |line: &Line<'_>| line.smooth.as_ref().unwrap_or(&line.pieces).last()?.last().copied();
    let mut ended: Vec<(&Line<'_>, &String, At)> =
        lines.iter().zip(labels).filter_map(|(line, label)| Some((line, label, end(line)?))).collect();
    let height = size * 1.12;
    // The letters of the first and the last may reach a little beyond the plot.
    let (top, bottom) = (plot.top - 4.0, plot.bottom + 4.0);
    let most = (((bottom - top) / height) as usize + 1).max(1);
    if ended.len() > most {
        drawn.unlabelled += ended.len() - most;
        ended.truncate(most);
    }
    let wanted: Vec<f32> = ended.iter().map(|(_, _, (_, y))| *y).collect();
    let places = label::placed(&wanted, height, (top, bottom));
    for ((line, text, (x, y)), place) in ended.into_iter().zip(places) {
        let colour = series(line.curve.number);
        let begin = plot.right + 14.0;
        if (place - y).abs() > 2.0 || plot.right - x > 6.0 {
            let mut way = vec![(x + 2.0, y)];
            way.extend((plot.right - x > 6.0).then_some((plot.right + 2.0, y)));
            way.push((begin - 3.0, place));
            scene.add(Mark::Line { pieces: vec![way], width: 1.0, colour: colour.light(), dash: Dash::Solid });
        }
        let at = (begin, place + size * font::CAPITAL / 2.0);
        scene.words(Words::new(text, at, size, colour.as_ink()));
    }
}

//! A dot for each run: one number against another, or against words.

use super::font;
use super::frame::{self, Rect};
use super::names;
use super::palette::{INK, WHITE, series};
use super::scale::{Scale, extent, padded};
use super::scene::{Anchor, Mark, Scene, Words};
use super::space::Space;
use super::ticks::{self, Tick};

/// What runs along the horizontal axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Places {
    /// Numbers, on a logarithmic axis if that is said and all of them are above 0.
    Numbers {
        /// Whether the axis is logarithmic.
        log: bool,
    },
    /// Words; the place of a dot is the number of one of them.
    Words(Vec<String>),
}

/// A dot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dot {
    /// Its place.
    pub x: f64,
    /// Its value.
    pub y: f64,
    /// What is written beside it, if there is room.
    pub name: String,
}

/// Dots, the most important first.
#[derive(Clone, Debug, PartialEq)]
pub struct Scatter {
    /// What is shown.
    pub title: String,
    /// What the horizontal axis is called.
    pub x_name: String,
    /// What it shows.
    pub places: Places,
    /// Values are shown on a logarithmic axis.
    pub log_y: bool,
    /// The dots. The first is the best one; those with a name are labelled.
    pub dots: Vec<Dot>,
    /// What the signs mean.
    pub foot: String,
}

/// The marks, and what is to be known of them.
pub(super) fn scene(chart: &Scatter) -> (Scene, Vec<String>) {
    let mut scene = Scene::default();
    frame::title(&mut scene, &chart.title);
    frame::foot(&mut scene, &chart.foot);
    let log_x = matches!(chart.places, Places::Numbers { log: true });
    let log_x = log_x && chart.dots.iter().all(|dot| dot.x > 0.0);
    let can_be_shown = |dot: &&Dot| dot.x.is_finite() && dot.y.is_finite() && (!chart.log_y || dot.y > 0.0);
    let dots: Vec<&Dot> = chart.dots.iter().filter(can_be_shown).collect();
    let hidden = chart.dots.len() - dots.len();
    let notes = (hidden > 0)
        .then(|| format!("{hidden} values of 0 or less have no place on a logarithmic axis and are not drawn"));
    let mut plot = Rect { bottom: Rect::BODY.bottom - 44.0, ..Rect::BODY };
    let (Some(across), Some(up)) =
        (extent(dots.iter().map(|dot| dot.x), log_x), extent(dots.iter().map(|dot| dot.y), chart.log_y))
    else {
        scene.words(Words::new("no value to show", (40.0, 80.0), frame::TEXT, INK));
        return (scene, notes.into_iter().collect());
    };
    let y = Scale::new(padded(up, chart.log_y), (plot.bottom, plot.top), chart.log_y);
    let most = ((plot.height() / 46.0) as usize).max(2);
    let y_ticks =
        if y.is_log { ticks::logarithmic(y.low, y.high, most) } else { ticks::linear(y.low, y.high, most, false) };
    plot.left += frame::widest(&y_ticks, frame::TEXT) + 10.0;
    let ends = match &chart.places {
        Places::Numbers { .. } => padded(across, log_x),
        Places::Words(words) => (-0.5, words.len().max(1) as f64 - 0.5),
    };
    let x = Scale::new(ends, (plot.left, plot.right), log_x);
    frame::across(&mut scene, plot, &y, &y_ticks, frame::TEXT);
    frame::along(&mut scene, plot, &x, &x_ticks(&chart.places, &x, plot), frame::TEXT, true);
    frame::name_below(&mut scene, plot, &chart.x_name);
    let place = |number: usize, dot: &Dot| {
        let aside = if matches!(chart.places, Places::Words(_)) { jitter(number) * 0.45 } else { 0.0 };
        (x.at(dot.x + aside), y.at(dot.y))
    };
    let placed: Vec<(&Dot, (f32, f32))> =
        dots.iter().enumerate().map(|(number, dot)| (*dot, place(number, dot))).collect();
    for (number, (_, at)) in placed.iter().enumerate().rev() {
        let colour = series(usize::from(number == 0));
        scene.add(Mark::Dot { at: *at, radius: 6.5, colour: WHITE });
        scene.add(Mark::Dot { at: *at, radius: 5.2, colour });
    }
    let points = placed.iter().map(|(_, at)| *at).collect();
    let mut space = Space { within: plot, taken: Vec::new(), points };
    for (number, (dot, at)) in placed.iter().enumerate().filter(|(_, (dot, _))| !dot.name.is_empty()) {
        let colour = series(usize::from(number == 0)).as_ink();
        let name = names::fitted(&dot.name, frame::TEXT, 260.0);
        let half = frame::TEXT * font::CAPITAL / 2.0;
        let candidates = [
            (at.0 + 11.0, at.1 + half, Anchor::Start),
            (at.0 - 11.0, at.1 + half, Anchor::End),
            (at.0, at.1 - 11.0, Anchor::Middle),
            (at.0, at.1 + 11.0 + 2.0 * half, Anchor::Middle),
        ];
        let words =
            candidates.map(|(x, y, anchor)| Words::new(&name, (x, y), frame::TEXT, colour).anchored(anchor).backed());
        let most = if number == 0 { usize::MAX } else { 0 };
        space.take_hiding(words, most).into_iter().for_each(|words| scene.words(words));
    }
    (scene, notes.into_iter().collect())
}

fn x_ticks(places: &Places, x: &Scale, plot: Rect) -> Vec<Tick> {
    match places {
        Places::Numbers { .. } if x.is_log => ticks::logarithmic(x.low, x.high, (plot.width() / 80.0) as usize),
        Places::Numbers { .. } => ticks::linear(x.low, x.high, (plot.width() / 80.0) as usize, false),
        Places::Words(words) => {
            let room = plot.width() / words.len().max(1) as f32 - 8.0;
            let tick =
                |(at, word): (usize, &String)| Tick { at: at as f64, text: names::fitted(word, frame::TEXT, room) };
            words.iter().enumerate().map(tick).collect()
        }
    }
}

/// A number between −0.5 and 0.5 that looks like chance and is always the same.
pub(super) fn jitter(number: usize) -> f64 {
    let mixed = (number as u32).wrapping_add(1).wrapping_mul(0x9E37_79B9);
    f64::from((mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA6B) >> 8) / f64::from(1 << 24) - 0.5
}

//! A chart as a PNG that is small enough to be sent.

use super::canvas::Canvas;
use super::palette::Colour;
use super::scene::Scene;
use super::{Chart, bars, curves, parallel, png, scatter};

/// Pixels from left to right.
pub const WIDTH: usize = 900;
/// Pixels from top to bottom.
pub const HEIGHT: usize = 500;
/// Bytes of a picture at most.
pub const LARGEST: usize = 60_000;

/// A chart, drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The file, of at most [`LARGEST`] bytes.
    pub png: Vec<u8>,
    /// What is to be known of it: how it was smoothed, what was left out.
    pub notes: Vec<String>,
}

/// How much of a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Detail {
    /// Behind smoothed curves there are the values themselves.
    pub(super) raw: bool,
    /// Curves have two points for so many pixels from left to right.
    pub(super) columns: usize,
    /// Lines of parallel coordinates at most.
    pub(super) lines: usize,
}

impl Detail {
    pub(super) const ALL: Self = Self { raw: true, columns: 1, lines: 40 };
    const LESS: Self = Self { raw: false, columns: 1, lines: 30 };
    const LEAST: Self = Self { raw: false, columns: 4, lines: 20 };
}

/// Draws a chart. Where the file would be too large, it is drawn with fewer colours, or with less of what there is; then a
/// note says so.
pub fn draw(chart: &Chart) -> Picture {
    let tries = [(Detail::ALL, 96), (Detail::ALL, 40), (Detail::LESS, 64), (Detail::LESS, 32), (Detail::LEAST, 16)];
    let mut last = Picture { png: Vec::new(), notes: Vec::new() };
    let mut painted: Option<Painted> = None;
    let mut too_much = false;
    for (detail, colours) in tries {
        // Fewer colours alone make it smaller by a quarter at most.
        if too_much && painted.as_ref().is_some_and(|painted| painted.detail == detail) {
            continue;
        }
        let now = match painted.take().filter(|painted| painted.detail == detail) {
            Some(known) => known,
            None => Painted::of(chart, detail),
        };
        last = Picture {
            png: png::encode(&now.canvas, &now.colours, colours).unwrap_or_default(),
            notes: now.notes.clone(),
        };
        if last.png.len() <= LARGEST {
            break;
        }
        too_much = last.png.len() > LARGEST * 5 / 4;
        painted = Some(now);
    }
    last
}

/// A chart in pixels.
struct Painted {
    detail: Detail,
    canvas: Canvas,
    colours: Vec<Colour>,
    notes: Vec<String>,
}

impl Painted {
    fn of(chart: &Chart, detail: Detail) -> Self {
        let (scene, notes) = scene(chart, detail);
        Self { detail, canvas: scene.painted(WIDTH, HEIGHT), colours: scene.colours(), notes }
    }
}

/// The marks of a chart, and what is to be known of them.
pub(super) fn scene(chart: &Chart, detail: Detail) -> (Scene, Vec<String>) {
    match chart {
        Chart::Curves(curves) => curves::scene(curves, detail),
        Chart::Bars(bars) => bars::scene(bars),
        Chart::Scatter(scatter) => scatter::scene(scatter),
        Chart::Parallel(parallel) => parallel::scene(parallel, detail),
    }
}

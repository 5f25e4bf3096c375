//! The frame of a plot: lines behind the data, ticks and what they say.

use super::font;
use super::palette::{AXIS, FAINT_INK, GRID, INK};
use super::picture::{HEIGHT, WIDTH};
use super::scale::Scale;
use super::scene::{Anchor, Scene, Words};
use super::ticks::Tick;

/// The size of the title, of other words, and of those at the foot, in pixels.
pub(super) const TITLE: f32 = 21.0;
pub(super) const TEXT: f32 = 16.0;
pub(super) const FOOT: f32 = 14.5;
/// Room at the edges of the picture.
pub(super) const EDGE: f32 = 14.0;
/// Where what is below the title begins.
pub(super) const BELOW_TITLE: f32 = 42.0;
/// Where what is above the foot ends.
pub(super) const ABOVE_FOOT: f32 = HEIGHT as f32 - 26.0;

/// A part of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

impl Rect {
    /// Between title and foot.
    pub(super) const BODY: Self = Self { left: EDGE, top: BELOW_TITLE, right: WIDTH as f32 - EDGE, bottom: ABOVE_FOOT };

    pub(super) fn width(&self) -> f32 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f32 {
        self.bottom - self.top
    }
}

/// The title, shortened where it is too long.
pub(super) fn title(scene: &mut Scene, text: &str) {
    let text = super::names::fitted(text, TITLE, WIDTH as f32 - 2.0 * EDGE);
    scene.words(Words::new(text, (EDGE, 27.0), TITLE, INK));
}

/// The line at the foot, which says what the signs mean.
pub(super) fn foot(scene: &mut Scene, text: &str) {
    let text = super::names::fitted(text, FOOT, WIDTH as f32 - 2.0 * EDGE);
    scene.words(Words::new(text, (EDGE, HEIGHT as f32 - 9.0), FOOT, FAINT_INK));
}

/// What an axis is called, below the ticks.
pub(super) fn name_below(scene: &mut Scene, plot: Rect, name: &str) {
    let name = super::names::fitted(name, TEXT, plot.width().max(120.0));
    let middle = (plot.left + plot.right) / 2.0;
    scene.words(Words::new(name, (middle, plot.bottom + 41.0), TEXT, FAINT_INK).anchored(Anchor::Middle));
}

/// How much room the words of ticks take.
pub(super) fn widest(ticks: &[Tick], size: f32) -> f32 {
    ticks.iter().map(|tick| font::width(&tick.text, size)).fold(0.0, f32::max)
}

/// Lines across the plot, each with its words on the left.
pub(super) fn across(scene: &mut Scene, plot: Rect, scale: &Scale, ticks: &[Tick], size: f32) {
    for tick in ticks {
        let y = scale.at(tick.at);
        scene.rule((plot.left, y), (plot.right, y), GRID);
        let at = (plot.left - 8.0, y + size * font::CAPITAL / 2.0);
        scene.words(Words::new(&tick.text, at, size, FAINT_INK).anchored(Anchor::End));
    }
}

/// The line at the bottom with its ticks; with words below, as many as do not touch.
pub(super) fn along(scene: &mut Scene, plot: Rect, scale: &Scale, ticks: &[Tick], size: f32, with_words: bool) {
    scene.rule((plot.left, plot.bottom), (plot.right, plot.bottom), AXIS);
    let mut free = f32::NEG_INFINITY;
    for tick in ticks {
        let x = scale.at(tick.at);
        scene.rule((x, plot.bottom), (x, plot.bottom + 4.0), AXIS);
        if !with_words {
            continue;
        }
        let half = font::width(&tick.text, size) / 2.0;
        // The words at the ends of the axis stay in the picture.
        let middle = x.clamp(half + 2.0, WIDTH as f32 - half - 2.0);
        if middle - half < free {
            continue;
        }
        free = middle + half + 8.0;
        let at = (middle, plot.bottom + 6.0 + size);
        scene.words(Words::new(&tick.text, at, size, FAINT_INK).anchored(Anchor::Middle));
    }
}

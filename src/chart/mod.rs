//! Pictures of numbers: data → scene (lines, marks, words in their places) → pixels → PNG. Pure functions, without files,
//! without fonts of the system, and without knowledge of runs and trackers.

mod bars;
mod canvas;
mod curves;
mod font;
mod frame;
mod label;
mod marks;
mod names;
mod number;
mod palette;
mod panel;
mod parallel;
mod picture;
mod png;
mod scale;
mod scatter;
mod scene;
mod smooth;
mod space;
mod stroke;
mod thin;
mod ticks;
mod time_ticks;

pub use bars::{Bar, Bars};
pub use curves::{Axis, Curve, Curves, Panel};
pub use number::short;
pub use parallel::{Parallel, ParallelAxis, ParallelLine};
pub use picture::{HEIGHT, LARGEST, Picture, WIDTH, draw};
pub use scatter::{Dot, Places, Scatter};

/// What can be drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Chart {
    /// Lines over steps or time, in one panel or several.
    Curves(Curves),
    /// A leaderboard.
    Bars(Bars),
    /// One number against another, or against words.
    Scatter(Scatter),
    /// A line for each of many runs through what it was made of and what came of it.
    Parallel(Parallel),
}

#[cfg(test)]
mod tests;

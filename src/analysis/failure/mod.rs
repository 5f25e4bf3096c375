//! Why a run failed, told from the last lines of its log. Pure: no questions to trackers.
//!
//! A line is held against ordered rules. A cause goes before what it brings about (a process of many that died says little
//! where another ran out of memory), and the exception that ended the program before what was said earlier.

mod classify;
mod kind;
mod rules;
mod tail;
mod traceback;

#[cfg(test)]
mod examples;

pub use classify::{Cause, classify};
pub use kind::Kind;
pub use tail::last_lines;
pub use traceback::{Frame, Traceback, last_traceback};

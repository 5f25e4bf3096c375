//! What runs wrote while they ran: consoles that a tracker keeps, and log files among their artifacts.
//!
//! A console is made one text, so that the same lines and the same search serve both.

mod console;
mod files;
mod place;

pub(crate) use console::{Console, Moment, console_before, console_from};
pub(crate) use files::{LogFiles, few_folders, log_files};
pub(crate) use place::{Mark, Place, Where};

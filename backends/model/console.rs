//! What a run wrote to its console, where the tracker keeps that as messages.

use jiff::Timestamp;

/// What a run wrote at once: a line, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// When it was written; several may have been at the same moment.
    pub time: Timestamp,
    /// The text as it was written, with line breaks, carriage returns and colours.
    pub text: String,
}

/// Which end of a console is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleRange {
    /// The last messages that were written before a moment, or at all.
    Before(Option<Timestamp>),
    /// The first messages that were written at a moment or later, or at all.
    From(Option<Timestamp>),
}

/// Messages that follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Console {
    /// In the order in which they were written. Those of one moment are all there or none is, even if they are more than
    /// were asked for, and come in the same order each time.
    pub messages: Vec<Message>,
    /// There may be more beyond them, in the direction of the question.
    pub more: bool,
}

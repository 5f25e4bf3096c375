//! A line for every call, refusals included: who asked what of which tool, how it ended and what it cost.
//! Arguments are not written: they may quote what others wrote.

use std::time::Duration;

use backends::{Call, ErrorKind};

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With an answer.
    Answered,
    /// With an error for the caller.
    Failed(ErrorKind),
    /// There is no such tool for this caller.
    Refused,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Failed(kind) => match kind {
                ErrorKind::NotFound => "not found",
                ErrorKind::BadInput => "bad input",
                ErrorKind::NotAllowed => "not allowed",
                ErrorKind::Unavailable => "unavailable",
                ErrorKind::Unsupported => "unsupported",
                ErrorKind::Cancelled => "cancelled",
                ErrorKind::OutcomeUnknown => "outcome unknown",
                ErrorKind::TooLarge => "too large",
                ErrorKind::Bug => "bug",
            },
        }
    }
}

/// Writes the line.
pub fn record(tool: &str, call: &Call, outcome: Outcome, took: Duration, answer_bytes: usize) {
    tracing::info!(
        target: "audit",
        tool,
        caller = call.caller(),
        outcome = outcome.word(),
        ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        requests = call.requests(),
        received = call.bytes(),
        answered = answer_bytes,
    );
}

//! What can go wrong, sorted by what the caller can do about it.

use std::fmt;
use std::time::Duration;

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller can do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The thing asked for does not exist: look for its neighbours.
    NotFound,
    /// The request itself is wrong: mend it as the message says.
    BadInput,
    /// The tracker knows the thing, the credentials do not reach it.
    NotAllowed,
    /// The tracker did not answer, or cannot at the moment: try later, or check the address.
    Unavailable,
    /// This kind or version of tracker cannot do it.
    Unsupported,
    /// The answer is larger than we read: ask for less at once.
    TooLarge,
    /// The call was cancelled by the one who made it.
    Cancelled,
    /// A write was sent and no answer came: it may or may not have happened.
    OutcomeUnknown,
    /// Our own fault.
    Bug,
}

/// An error as a sentence for the person (or model) that asked.
///
/// Messages are lower-case, name the value that was wrong, and hold neither secrets nor a server's raw SQL.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// What the caller can do about it.
    pub kind: ErrorKind,
    /// What was wrong, in one paragraph.
    pub message: String,
    /// Whether the same request may succeed later without any change.
    pub temporary: bool,
    /// How long the server asked us to wait before trying again.
    pub retry_after: Option<Duration>,
}

impl Error {
    /// An error of a kind, permanent.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), temporary: false, retry_after: None }
    }

    /// The thing asked for does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// The request is wrong.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::BadInput, message)
    }

    /// The credentials do not suffice.
    pub fn not_allowed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotAllowed, message)
    }

    /// The tracker cannot be reached or does not answer; temporary.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { temporary: true, ..Self::new(ErrorKind::Unavailable, message) }
    }

    /// This tracker cannot do that.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// The answer is larger than we read.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::TooLarge, message)
    }

    /// Our own fault.
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Bug, message)
    }

    /// The caller gave up.
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "the call was cancelled")
    }

    /// The same error with more said at its end, as a further sentence.
    #[must_use]
    pub fn and(mut self, more: impl fmt::Display) -> Self {
        self.message = format!("{}; {more}", self.message);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

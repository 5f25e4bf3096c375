//! The states of a run, in one vocabulary for all trackers.

use std::fmt;

/// Where a run stands. What a server calls otherwise is kept beside it in [`super::Run::native_status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Made, not yet queued or started.
    Created,
    /// Waiting for a worker (MLflow: SCHEDULED).
    Queued,
    /// At work (ClearML: `in_progress`).
    Running,
    /// Ended well (ClearML: completed, closed, publishing, published).
    Finished,
    /// Ended with an error.
    Failed,
    /// Ended by somebody (MLflow: KILLED).
    Stopped,
}

impl Status {
    /// All of them, in the order of a run's life.
    pub const ALL: [Self; 6] =
        [Self::Created, Self::Queued, Self::Running, Self::Finished, Self::Failed, Self::Stopped];

    /// Our word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// Reads our word or a native word of MLflow or ClearML, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word.trim().to_ascii_lowercase().as_str() {
            "created" => Self::Created,
            "queued" | "scheduled" | "pending" => Self::Queued,
            "running" | "in_progress" => Self::Running,
            "finished" | "ok" | "completed" | "closed" | "publishing" | "published" => Self::Finished,
            "failed" | "error" => Self::Failed,
            "stopped" | "killed" | "aborted" => Self::Stopped,
            _ => return None,
        })
    }

    /// Whether the run has ended, in whatever way.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Stopped)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

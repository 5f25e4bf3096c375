//! Kinds of failures.

/// What made a run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Memory of a GPU or of the machine.
    OutOfMemory,
    /// A disk or a quota is full.
    DiskFull,
    /// A time limit, or something that was waited for in vain.
    Timeout,
    /// Killed, preempted or cancelled from outside.
    Killed,
    /// NaN or infinite values.
    NotFinite,
    /// The GPU, its driver, or communication between GPUs.
    Cuda,
    /// A package or library that is missing or does not fit.
    Import,
    /// A server that could not be reached, or refused.
    Network,
    /// An argument, a setting or a permission.
    Config,
    /// Data, files, checkpoints, shapes.
    Data,
    /// An assertion of the program's own.
    Assertion,
    /// A crash of native code.
    Crash,
    /// Something else.
    Unknown,
}

impl Kind {
    /// It in words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::OutOfMemory => "out of memory",
            Self::DiskFull => "disk full",
            Self::Timeout => "timeout",
            Self::Killed => "killed",
            Self::NotFinite => "NaN",
            Self::Cuda => "CUDA",
            Self::Import => "import",
            Self::Network => "network",
            Self::Config => "config",
            Self::Data => "data",
            Self::Assertion => "assertion",
            Self::Crash => "crash",
            Self::Unknown => "unknown",
        }
    }
}

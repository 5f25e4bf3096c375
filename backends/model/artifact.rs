//! Files that a run logged.

use bytes::Bytes;
use jiff::Timestamp;

/// A file or folder that a run logged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Artifact {
    /// Path below the run's artifact root, or the artifact's name.
    pub path: String,
    /// Bytes; `None` for a folder, or where it is not known.
    pub size: Option<u64>,
    /// Whether it is a folder.
    pub folder: bool,
    /// What it holds in the tracker's words (`pandas`, `image`), where the tracker says.
    pub kind: Option<String>,
    /// Where it is stored, where the tracker says; without credentials.
    pub location: Option<String>,
    /// Its checksum as recorded.
    pub hash: Option<String>,
    /// A short text of what it holds, as recorded.
    pub preview: Option<String>,
    /// Its media type (`application/json`), where the tracker keeps it.
    pub content_type: Option<String>,
    /// When it was stored, where the tracker keeps that.
    pub stored: Option<Timestamp>,
    /// Whether the run used it, not made it.
    pub input: bool,
}

impl Artifact {
    /// A file of which no more is known.
    pub fn file(path: impl Into<String>, size: Option<u64>) -> Self {
        Self { path: path.into(), size, ..Self::default() }
    }

    /// A folder.
    pub fn folder(path: impl Into<String>) -> Self {
        Self { path: path.into(), folder: true, ..Self::default() }
    }
}

/// Which part of a file is read, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// From this byte on, at most so many.
    From {
        /// The first byte, counted from 0.
        offset: u64,
        /// How many at most.
        length: u64,
    },
    /// The last so many.
    Last(u64),
}

impl ByteRange {
    /// How many bytes it has at most.
    pub fn length(self) -> u64 {
        match self {
            Self::From { length, .. } | Self::Last(length) => length,
        }
    }
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactPart {
    /// The bytes that came.
    pub bytes: Bytes,
    /// Where they begin in the file.
    pub offset: u64,
    /// How long the file is, if the server told.
    pub size: Option<u64>,
    /// Its type as the server gives it.
    pub content_type: Option<String>,
    /// The server knows no ranges: it was read from its beginning, and stopped at a cap where that is so.
    pub whole_only: bool,
    /// What the reader must know of these bytes, where they are not simply the file's: that they are a preview which was
    /// recorded instead of it, or of which step they are.
    pub note: Option<String>,
}

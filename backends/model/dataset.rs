//! Datasets: what runs were trained and evaluated on. One record is one version of a dataset.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{RunId, Status};

/// What kind of record tells of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DatasetKind {
    /// Kept by the tracker in versions, each with its files.
    Versioned,
    /// Logged by runs as their input; a version is the digest of what they read.
    Input,
    /// Records to evaluate with, kept by the tracker and changed in place.
    Evaluation,
}

impl DatasetKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Versioned => "versioned",
            Self::Input => "input",
            Self::Evaluation => "evaluation",
        }
    }
}

/// How far a version is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatasetState {
    /// Still being made: its files may change.
    Draft,
    /// Finished: its files stay.
    Final,
    /// Finished and released.
    Published,
    /// Making it failed.
    Failed,
    /// Making it was stopped before it was finished.
    Stopped,
}

impl DatasetState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Final => "final",
            Self::Published => "published",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// Whether it can be relied on.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Final | Self::Published)
    }
}

/// One version of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// What the tracker takes for it: an id, or `name@digest`.
    pub reference: String,
    /// The name that all its versions share.
    pub name: String,
    /// The version, or the digest of what was read.
    pub version: Option<String>,
    /// What kind of record it is.
    pub kind: DatasetKind,
    /// How far it is made, where the tracker keeps that.
    pub state: Option<DatasetState>,
    /// Put away.
    pub archived: bool,
    /// Whether no version of this name is later; `None` where that is not known.
    pub latest: Option<bool>,
    /// Names of the projects that it is in or used in.
    pub projects: Vec<String>,
    /// Who made it, by name.
    pub user: Option<String>,
    /// When it was made, where the tracker keeps that.
    pub created: Option<Timestamp>,
    /// When a run that used it was last started, as far as that is known.
    pub used: Option<Timestamp>,
    /// How many files it has.
    pub files: Option<u64>,
    /// Bytes of its files.
    pub bytes: Option<u64>,
    /// How many rows or records it has, where that was recorded.
    pub rows: Option<u64>,
    /// What runs used it for (`training`, …).
    pub contexts: Vec<String>,
    /// Tags; plain words have an empty value.
    pub tags: BTreeMap<String, String>,
    /// Its page in the tracker's web interface.
    pub web_url: Option<String>,
}

impl Dataset {
    /// One of which only the name is known.
    pub fn new(reference: impl Into<String>, name: impl Into<String>, kind: DatasetKind) -> Self {
        Self {
            reference: reference.into(),
            name: name.into(),
            version: None,
            kind,
            state: None,
            archived: false,
            latest: None,
            projects: Vec::new(),
            user: None,
            created: None,
            used: None,
            files: None,
            bytes: None,
            rows: None,
            contexts: Vec::new(),
            tags: BTreeMap::new(),
            web_url: None,
        }
    }

    /// The last that is known to have happened to it.
    pub fn newest(&self) -> Option<Timestamp> {
        self.created.max(self.used)
    }
}

/// Where data came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetSource {
    /// The kind of source (`s3`, `hugging_face`).
    pub kind: Option<String>,
    /// The address, without credentials.
    pub location: Option<String>,
}

/// What changed from the parents of a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DatasetChanges {
    /// Files added.
    pub added: u64,
    /// Files removed.
    pub removed: u64,
    /// Files changed.
    pub modified: u64,
    /// By how many bytes it grew.
    pub bytes: Option<i64>,
}

/// Another version, or another dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetLink {
    /// What the tracker takes for it.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Its version or digest.
    pub version: Option<String>,
    /// How far it is made, as far as that is known.
    pub state: Option<DatasetState>,
    /// When it was made or last used, as far as that is known.
    pub newest: Option<Timestamp>,
}

impl From<&Dataset> for DatasetLink {
    fn from(dataset: &Dataset) -> Self {
        Self {
            reference: dataset.reference.clone(),
            name: dataset.name.clone(),
            version: dataset.version.clone(),
            state: dataset.state,
            newest: dataset.newest(),
        }
    }
}

/// A run that used it.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetUse {
    /// The run.
    pub run: RunId,
    /// Its name.
    pub name: String,
    /// Its state.
    pub status: Option<Status>,
    /// Archived or deleted.
    pub archived: bool,
    /// Its project's name.
    pub project: String,
    /// When it was started, or made if it was not.
    pub started: Option<Timestamp>,
    /// How: under which alias or for what.
    pub how: Option<String>,
}

/// A file of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetFile {
    /// The path within it.
    pub path: String,
    /// Bytes.
    pub bytes: Option<u64>,
    /// Checksum, as recorded.
    pub hash: Option<String>,
}

/// What is known of its files one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetListing {
    /// Files, by path.
    pub files: Vec<DatasetFile>,
    /// Whether these are all.
    pub whole: bool,
}

/// What people noted of it in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatasetMetadata {
    /// The first row or object, as JSON.
    First(String),
    /// Why there is nothing to show.
    None(String),
}

/// All that is known of one version.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetDetails {
    /// The version itself.
    pub dataset: Dataset,
    /// The later version, if it is not the latest.
    pub latest: Option<DatasetLink>,
    /// Bytes as they are stored.
    pub compressed: Option<u64>,
    /// Where it came from.
    pub source: DatasetSource,
    /// What changed from its parents.
    pub changes: Option<DatasetChanges>,
    /// The description that people wrote.
    pub note: Option<String>,
    /// Columns and types, as recorded.
    pub schema: Option<String>,
    /// Figures about it, as recorded.
    pub profile: Option<String>,
    /// What people noted of it, where the tracker keeps such.
    pub metadata: Option<DatasetMetadata>,
    /// Versions that it was made from.
    pub parents: Vec<DatasetLink>,
    /// Versions that were made from it; `None` where the tracker keeps no such.
    pub children: Option<Vec<DatasetLink>>,
    /// Versions of the same name, the newest first; at most [`VERSIONS`].
    pub versions: Vec<DatasetLink>,
    /// How many versions of the name there are.
    pub versions_in_all: u64,
    /// Runs that used it, the newest first; at most [`USES`].
    pub uses: Vec<DatasetUse>,
    /// How many runs used it, as far as was read.
    pub uses_read: u64,
    /// More runs may have used it than were read.
    pub more_uses: bool,
    /// Its files, if they were asked for and are known.
    pub listing: Option<DatasetListing>,
    /// What could not be had, as sentences for the reader.
    pub notes: Vec<String>,
}

/// Versions that are told of one dataset.
pub const VERSIONS: usize = 20;
/// Runs that are told of one dataset.
pub const USES: usize = 20;

impl DatasetDetails {
    /// A version of which nothing more is known.
    pub fn of(dataset: Dataset) -> Self {
        Self {
            dataset,
            latest: None,
            compressed: None,
            source: DatasetSource::default(),
            changes: None,
            note: None,
            schema: None,
            profile: None,
            metadata: None,
            parents: Vec::new(),
            children: None,
            versions: Vec::new(),
            versions_in_all: 1,
            uses: Vec::new(),
            uses_read: 0,
            more_uses: false,
            listing: None,
            notes: Vec::new(),
        }
    }
}

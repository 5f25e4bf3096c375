//! The one list of kinds of trackers. A new backend is a folder and a line here.

use std::sync::Arc;

use crate::settings::{Environment, Setting};
use crate::{Capabilities, Result, Tracker};

/// A kind of tracker.
pub struct Kind {
    /// Its name (`mlflow`, …).
    pub name: &'static str,
    /// What to set so that one is found, in a sentence.
    pub how_to_configure: &'static str,
    /// What it can do at all.
    pub capabilities: Capabilities,
    /// URI schemes that mean something of this kind without naming a server (`runs`, `models`).
    pub schemes: &'static [&'static str],
    /// Looks for a tracker in the environment and in the files that its own client reads.
    pub discover: fn(&Environment) -> Option<Discovered>,
}

/// A tracker that was found.
pub struct Discovered {
    /// The name it gets, the part before `:` in references.
    pub name: String,
    /// The kind it is of.
    pub kind: &'static str,
    /// What was set, and where.
    pub settings: Vec<Setting>,
    /// What is worth knowing about the settings.
    pub warnings: Vec<String>,
    /// The tracker, or why it cannot be used.
    pub tracker: Result<Arc<dyn Tracker>>,
}

/// All kinds.
pub static KINDS: &[Kind] = &[crate::mlflow::KIND];

/// The trackers that the environment and the native files of their clients name.
pub fn discover(environment: &Environment) -> Vec<Discovered> {
    KINDS.iter().filter_map(|kind| (kind.discover)(environment)).collect()
}

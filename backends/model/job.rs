//! Jobs that were launched outside the tracker's runs, and lead to the runs that they log.

use jiff::Timestamp;

use super::{RunId, Status};

/// A launched job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its number, as it stands behind `job/` in a reference.
    pub id: String,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Its state; `None` for a word that is not known here.
    pub status: Option<Status>,
    /// The server's own words for the state (`TERMINATED, SUCCESS`).
    pub native_status: String,
    /// What the server says of the state.
    pub reason: Option<String>,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Its page in the web interface.
    pub web_url: Option<String>,
    /// The runs that it logged so far, the newest first; at most 20.
    pub runs: Vec<RunId>,
}

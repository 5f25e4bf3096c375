//! Params that name what a run has for itself: folders, hosts, ids.

use crate::direction::words;

const OWN: &[&str] = &[
    "dir",
    "directory",
    "path",
    "folder",
    "file",
    "output",
    "name",
    "id",
    "uuid",
    "timestamp",
    "port",
    "pid",
    "host",
    "log",
];

/// Whether a param's name says so. Only where every run has its own value it does not part them.
pub(super) fn is_own(param: &str) -> bool {
    words(param).iter().any(|word| OWN.contains(&word.as_str()))
}

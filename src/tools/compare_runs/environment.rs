//! Where runs were executed, side by side.

use super::entries::Entry;
use super::sections::{CONTEXT, Section};
use super::texts::side;

/// The facts that differ: container image, host, Python, GPUs.
pub(super) fn section(entries: &[Entry]) -> Section {
    let facts: Vec<_> = entries.iter().map(|entry| &entry.run.environment).collect();
    let (rows, equal) = side(&facts, "environment ", |_| true, false);
    let nouns = ("fact on the environment", "facts on the environment");
    Section::of_keys(CONTEXT, "fact", nouns, entries, rows, equal)
}

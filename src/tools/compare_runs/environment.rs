//! Where runs were executed, side by side.

use super::entries::Entry;
use super::sections::Section;
use super::texts;

/// The facts that differ: container image, host, Python, GPUs.
pub(super) fn section(entries: &[Entry]) -> Section {
    let facts: Vec<_> = entries.iter().map(|entry| &entry.run.environment).collect();
    let nouns = ("fact on the environment", "facts on the environment");
    texts::section(entries, "environment", nouns, &facts, |_| true, false)
}

//! Two texts by line, as a unified diff.

use std::time::Duration;

use similar::TextDiff;

/// Unchanged lines around a change.
const CONTEXT: usize = 2;
/// After this a diff goes on more coarsely.
const PATIENCE: Duration = Duration::from_millis(200);

/// A text with the name that stands above its lines.
pub(super) struct Named<'a> {
    pub(super) name: String,
    pub(super) text: &'a str,
}

/// What differs, with two unchanged lines around each change.
pub(super) fn unified(a: &Named<'_>, b: &Named<'_>) -> String {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(a.text, b.text);
    diff.unified_diff().context_radius(CONTEXT).header(&a.name, &b.name).to_string()
}

/// At most so many lines of a text, and how many are left out.
pub(super) fn beginning(text: &str, most: usize) -> (String, usize) {
    let lines: Vec<&str> = text.lines().take(most).collect();
    (lines.join("\n"), text.lines().count() - lines.len())
}

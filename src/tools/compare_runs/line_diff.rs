//! Two texts by line, as a unified diff.

use std::fmt::Write;
use std::ops::Range;
use std::time::{Duration, Instant};

use similar::algorithms::{Capture, Replace, myers};
use similar::{ChangeTag, DiffOp, group_diff_ops};

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
    let (old, new): (Vec<&str>, Vec<&str>) = (a.text.lines().collect(), b.text.lines().collect());
    let mut diff = format!("--- {}\n+++ {}\n", a.name, b.name);
    for hunk in hunks(&old, &new) {
        let all = |range: fn(&DiffOp) -> Range<usize>| {
            let (first, last) = (hunk.first().map(range), hunk.last().map(range));
            place(first.unwrap_or_default().start..last.unwrap_or_default().end)
        };
        let _ = writeln!(diff, "@@ -{} +{} @@", all(DiffOp::old_range), all(DiffOp::new_range));
        for (tag, lines) in hunk.iter().flat_map(|change| change.iter_slices(&*old, &*new)) {
            let sign = match tag {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            lines.iter().for_each(|line| diff.extend([sign].into_iter().chain(line.chars()).chain(['\n'])));
        }
    }
    if old == new && a.text != b.text {
        diff.push_str("\\ the ends of the lines are all that differs\n");
    }
    diff
}

/// The changes with what stands around them. Asked of the one algorithm: `similar`'s own way to a unified diff brings in all
/// that it knows, half a megabyte.
fn hunks(old: &[&str], new: &[&str]) -> Vec<Vec<DiffOp>> {
    let mut changes = Replace::new(Capture::new());
    let deadline = Some(Instant::now() + PATIENCE);
    match myers::diff_deadline(&mut changes, old, 0..old.len(), new, 0..new.len(), deadline) {
        Ok(()) => group_diff_ops(changes.into_inner().into_ops(), CONTEXT),
        Err(never) => match never {},
    }
}

/// `first line,lines` of a hunk; an empty one stands behind the line that it names.
fn place(lines: Range<usize>) -> String {
    let first = if lines.is_empty() { lines.start } else { lines.start + 1 };
    format!("{first},{}", lines.len())
}

/// At most so many lines of a text, and how many are left out.
pub(super) fn beginning(text: &str, most: usize) -> (String, usize) {
    let lines: Vec<&str> = text.lines().take(most).collect();
    (lines.join("\n"), text.lines().count() - lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(a: &str, b: &str) -> String {
        unified(&Named { name: "A".to_owned(), text: a }, &Named { name: "B".to_owned(), text: b })
    }

    #[test]
    fn changed_lines_stand_between_unchanged_ones() {
        let before = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight";
        let expected = "--- A\n+++ B\n@@ -2,5 +2,5 @@\n two\n three\n-four\n+4\n five\n six\n";
        assert_eq!(diff(before, &before.replace("four", "4")), expected);
    }

    #[test]
    fn ends_of_lines_are_told_where_nothing_else_differs() {
        assert_eq!(diff("a\nb", "a\nb\n"), "--- A\n+++ B\n\\ the ends of the lines are all that differs\n");
        assert_eq!(diff("a\nb", "a\nc\n"), "--- A\n+++ B\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
        assert_eq!(diff("", "a"), "--- A\n+++ B\n@@ -0,0 +1,1 @@\n+a\n");
    }
}

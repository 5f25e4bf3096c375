//! What a patch changes, in numbers: files, lines added and lines removed.

use std::collections::BTreeMap;

/// What a patch changes in one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Lines that it adds.
    pub added: usize,
    /// Lines that it removes.
    pub removed: usize,
}

/// The files that a patch changes, by their path after it (before it, where it removes them): unified diffs such as
/// `git diff` writes. Text that is none changes nothing.
pub fn patch(text: &str) -> BTreeMap<String, Changed> {
    let mut files: BTreeMap<String, Changed> = BTreeMap::new();
    let mut file: Option<String> = None;
    // Lines of a hunk that are still to come, before and after: only these are looked at for + and −.
    let mut left = (0_usize, 0_usize);
    for line in text.lines() {
        if left != (0, 0) {
            let changed = file.as_ref().and_then(|file| files.get_mut(file));
            match (line.bytes().next(), changed) {
                (Some(b'+'), Some(changed)) => {
                    changed.added += 1;
                    left.1 = left.1.saturating_sub(1);
                }
                (Some(b'-'), Some(changed)) => {
                    changed.removed += 1;
                    left.0 = left.0.saturating_sub(1);
                }
                (Some(b'\\'), _) => {}
                _ => left = (left.0.saturating_sub(1), left.1.saturating_sub(1)),
            }
        } else if let Some(paths) = line.strip_prefix("diff --git ") {
            // A renamed or binary file has no other line that names it.
            file = paths.rsplit_once(" b/").map(|(_, path)| path.to_owned());
            if let Some(file) = &file {
                files.entry(file.clone()).or_default();
            }
        } else if let Some(path) = line.strip_prefix("--- ").and_then(named) {
            file = Some(path);
        } else if let Some(path) = line.strip_prefix("+++ ") {
            file = named(path).or(file);
        } else if let (Some(lengths), Some(file)) = (hunk(line), &file) {
            files.entry(file.clone()).or_default();
            left = lengths;
        }
    }
    files
}

/// The path in the head of a file; none where there is no file on that side.
fn named(text: &str) -> Option<String> {
    let path = text.split('\t').next().unwrap_or_default().trim_end();
    let path = path.strip_prefix("a/").or_else(|| path.strip_prefix("b/")).unwrap_or(path);
    (path != "/dev/null" && !path.is_empty()).then(|| path.to_owned())
}

/// How many lines a hunk has before and after: `@@ -1,3 +1,4 @@`.
fn hunk(line: &str) -> Option<(usize, usize)> {
    let (before, after) = line.strip_prefix("@@ -")?.split_once(" @@")?.0.split_once(" +")?;
    let length = |range: &str| range.split_once(',').map_or(Some(1), |(_, length)| length.parse().ok());
    Some((length(before)?, length(after)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PATCH: &str = "diff --git a/train.py b/train.py\nindex 1..2 100644\n--- a/train.py\n+++ b/train.py\n@@ -1,3 +1,4 @@\n \
                         import torch\n-lr = 0.1\n+lr = 0.2\n+--- wd = 0.1\n\n@@ -9 +10 @@ def f():\n-a\n+b\n\\ No newline at end of file\n\
                         diff --git a/old.py b/old.py\ndeleted file mode 100644\n--- a/old.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x\n--- y\n\
                         diff --git a/plot.png b/plot.png\nBinary files a/plot.png and b/plot.png differ\n";

    #[test]
    fn files_and_lines_are_counted() {
        let found = patch(PATCH);
        let of = |added, removed| Changed { added, removed };
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [("old.py".into(), of(0, 2)), ("plot.png".into(), of(0, 0)), ("train.py".into(), of(3, 2))]
        );
    }

    #[test]
    fn a_patch_that_git_did_not_write_is_read_too() {
        let found = patch("--- train.py\t2026-01-01\n+++ train.py\t2026-01-02\n@@ -1 +1 @@\n-a\n+b\n");
        assert_eq!(found, BTreeMap::from([("train.py".to_owned(), Changed { added: 1, removed: 1 })]));
        assert!(patch("no patch at all\n+ a line\n").is_empty());
    }

    proptest! {
        #[test]
        fn no_more_lines_change_than_there_are(
            lines in proptest::collection::vec("(diff --git a/x b/x|--- a/x|\\+\\+\\+ b/x|@@ -[0-9],[0-9] \\+[0-9] @@|[+ -][a-z]|)", 0..40)
        ) {
            let changed: usize = patch(&lines.join("\n")).values().map(|one| one.added + one.removed).sum();
            prop_assert!(changed <= lines.len());
        }
    }
}

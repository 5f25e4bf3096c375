//! What uncommitted changes come to, in words.

use crate::analysis::{Changed, patch};

/// Changed files that are named.
const FILES: usize = 3;

/// What uncommitted changes come to: `2 files, +10 −3: train.py, model.py`. Where two come to the same, how long they are
/// still tells them apart.
pub(super) fn come_to(diff: &str) -> String {
    let files = patch(diff);
    let length = diff.chars().count();
    if files.is_empty() {
        return format!("{length} characters");
    }
    let sum = |of: &dyn Fn(&Changed) -> usize| files.values().map(of).sum::<usize>();
    let (added, removed) = (sum(&|one| one.added), sum(&|one| one.removed));
    let mut named: Vec<&str> = files.keys().take(FILES).map(String::as_str).collect();
    let more = format!("{} more", files.len().saturating_sub(FILES));
    named.extend((files.len() > FILES).then_some(more.as_str()));
    let files = if files.len() == 1 { "1 file".to_owned() } else { format!("{} files", files.len()) };
    format!("{files}, +{added} -{removed}, {length} characters: {}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::come_to;

    #[test]
    fn uncommitted_changes_are_told_by_files_and_lines() {
        let diff = "diff --git a/train.py b/train.py\n--- a/train.py\n+++ b/train.py\n@@ -1 +1,2 @@\n-a\n+b\n+c\n";
        assert_eq!(come_to(diff), "1 file, +2 -1, 86 characters: train.py");
        assert_eq!(come_to("no patch"), "8 characters");
    }
}

//! What a task left, as a tree of files: names that people gave become paths, and paths folders.

use std::collections::{BTreeSet, HashSet};

use bytes::Bytes;

use crate::model::Artifact;

/// The longest name that goes into a path whole, in bytes.
const LONGEST: usize = 500;

/// A file of the tree, and where what is in it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) artifact: Artifact,
    pub(super) source: Source,
}

/// Where the content of a file comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// The task itself holds it.
    Held(Bytes),
    /// It was stored at this address.
    Stored(Option<String>),
    /// It is a plot that was reported: of this iteration, or the last one.
    Plot { title: String, series: String, iteration: Option<i64> },
}

impl Entry {
    /// A text that the task itself holds.
    pub(super) fn held(path: String, text: &str) -> Self {
        let artifact = Artifact::file(path, Some(text.len() as u64));
        Self { artifact, source: Source::Held(Bytes::copy_from_slice(text.as_bytes())) }
    }
}

/// Files and folders that lie directly in a folder, by path; a file comes before a folder of the same name.
pub(super) fn directly<'a>(entries: impl Iterator<Item = &'a Entry>, folder: &str) -> Vec<Artifact> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let (mut rows, mut folders) = (Vec::new(), BTreeSet::new());
    for entry in entries {
        match entry.artifact.path.strip_prefix(&prefix).map(|rest| rest.split_once('/')) {
            Some(None) => rows.push(entry.artifact.clone()),
            Some(Some((below, _))) => drop(folders.insert(format!("{prefix}{below}"))),
            None => {}
        }
    }
    rows.extend(folders.into_iter().map(Artifact::folder));
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    rows
}

/// Gives entries of one path different ones, so that each can be named.
pub(super) fn tell_apart(entries: &mut [Entry]) {
    let mut taken = HashSet::new();
    for entry in entries {
        let first = entry.artifact.path.clone();
        let mut number = 2_u32;
        while !taken.insert(entry.artifact.path.clone()) {
            entry.artifact.path = numbered(&first, number);
            number += 1;
        }
    }
}

fn numbered(path: &str, number: u32) -> String {
    let name = path.rfind('/').map_or(0, |at| at + 1);
    match path.rfind('.').filter(|dot| *dot > name).and_then(|dot| path.split_at_checked(dot)) {
        Some((stem, extension)) => format!("{stem} ({number}){extension}"),
        None => format!("{path} ({number})"),
    }
}

/// A name as a path: its slashes part folders, and what no path may hold is percent-encoded or left out.
pub(super) fn path(name: &str) -> String {
    let end = (0..=LONGEST.min(name.len())).rev().find(|end| name.is_char_boundary(*end)).unwrap_or_default();
    let name = name.get(..end).unwrap_or_default();
    let segments: Vec<String> = name.split('/').filter(|segment| !segment.is_empty()).map(segment).collect();
    if segments.is_empty() { "unnamed".to_owned() } else { segments.join("/") }
}

fn segment(text: &str) -> String {
    let is_drive = matches!(text.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic());
    let is_dots = matches!(text, "." | "..");
    let mut segment = String::with_capacity(text.len());
    for character in text.chars() {
        let unfit = character.is_control() || character == '\\' || is_dots || (is_drive && character == ':');
        if unfit {
            let mut bytes = [0; 4];
            character.encode_utf8(&mut bytes).bytes().for_each(|byte| segment.push_str(&format!("%{byte:02X}")));
        } else {
            segment.push(character);
        }
    }
    segment
}

#[cfg(test)]
mod tests {
    use super::{Entry, directly, path, tell_apart};
    use crate::model::{Artifact, check_artifact_path};

    fn entries(paths: &[&str]) -> Vec<Entry> {
        paths.iter().map(|path| Entry::held((*path).to_owned(), "x")).collect()
    }

    fn paths(rows: &[Artifact]) -> Vec<(&str, bool)> {
        rows.iter().map(|row| (row.path.as_str(), row.folder)).collect()
    }

    #[test]
    fn an_ordinary_name_is_its_own_path() {
        for name in ["config.yml", "reports/summary.txt", "notes é+#?", "a:b", "100% done", "..a", "模型 1"] {
            assert_eq!(path(name), name);
        }
    }

    #[test]
    fn whatever_a_name_holds_its_path_may_be_asked_for() {
        for (name, expected) in [
            ("../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd"),
            ("/abs//x/", "abs/x"),
            (".", "%2E"),
            ("", "unnamed"),
            ("//", "unnamed"),
            ("a\\b", "a%5Cb"),
            ("a\nb\0", "a%0Ab%00"),
            ("C:/x", "C%3A/x"),
            ("s3://bucket/key", "s3:/bucket/key"),
        ] {
            assert_eq!(path(name), expected);
            assert_eq!(check_artifact_path(expected), Ok(()), "{name:?}");
        }
        assert_eq!(
            check_artifact_path(&format!("plots/{}/{}", path(&"ü".repeat(900)), path(&"x".repeat(900)))),
            Ok(())
        );
    }

    #[test]
    fn a_folder_holds_what_lies_directly_in_it() {
        let tree = entries(&["b.txt", "a/x.txt", "a/deep/y.txt", "a/deep/z.txt", "ab/x"]);
        let top = directly(tree.iter(), "");
        assert_eq!(paths(&top), [("a", true), ("ab", true), ("b.txt", false)]);
        assert_eq!(paths(&directly(tree.iter(), "a")), [("a/deep", true), ("a/x.txt", false)]);
        assert_eq!(paths(&directly(tree.iter(), "a/deep")), [("a/deep/y.txt", false), ("a/deep/z.txt", false)]);
        assert_eq!(directly(tree.iter(), "b.txt"), []);
        assert_eq!(directly(tree.iter(), "none"), []);
    }

    #[test]
    fn a_file_comes_before_a_folder_of_its_name() {
        let tree = entries(&["config/model", "config"]);
        assert_eq!(paths(&directly(tree.iter(), "")), [("config", false), ("config", true)]);
    }

    #[test]
    fn entries_of_one_path_are_numbered() {
        let mut tree = entries(&["a/b.json", "a/b.json", "a/b (2).json", "c.d/e", "c.d/e"]);
        tell_apart(&mut tree);
        let found: Vec<&str> = tree.iter().map(|entry| entry.artifact.path.as_str()).collect();
        assert_eq!(found, ["a/b.json", "a/b (2).json", "a/b (2) (2).json", "c.d/e", "c.d/e (2)"]);
    }
}

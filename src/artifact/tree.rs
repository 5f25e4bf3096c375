//! The tree of a run's files, looked at as far as a question may.

use backends::model::{Artifact, RunId, check_artifact_path};
use backends::{Call, Result, Tracker};
use futures::StreamExt;

/// Folders that are opened at most.
pub(crate) const FOLDERS: usize = 30;
/// Pages of one folder that are read at most.
const PAGES: usize = 20;
/// Folders that are opened at once.
const AT_ONCE: usize = 8;
/// Time that must be left to open more.
const TIME: std::time::Duration = std::time::Duration::from_secs(5);

/// What was seen of a tree, in order of paths.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tree {
    /// All files seen.
    pub(crate) files: Vec<Artifact>,
    /// All folders seen.
    pub(crate) folders: Vec<String>,
    /// Those of them that were not opened.
    pub(crate) unopened: Vec<String>,
    /// A folder has more than was read of it.
    pub(crate) cut: bool,
}

impl Tree {
    /// Nothing is missing.
    pub(crate) fn is_whole(&self) -> bool {
        self.unopened.is_empty() && !self.cut
    }

    /// How many files lie below a folder, with their [`known_bytes`]; `None` if not all of it was opened.
    pub(crate) fn below(&self, folder: &str) -> Option<(u64, Option<u64>)> {
        let prefix = format!("{folder}/");
        let closed = |one: &String| one == folder || one.starts_with(&prefix);
        if self.cut || self.unopened.iter().any(closed) {
            return None;
        }
        let inside = || self.files.iter().filter(|file| file.path.starts_with(&prefix));
        Some((inside().count() as u64, known_bytes(inside())))
    }
}

/// The bytes of the files whose size is known; `None` if that is none of them.
pub(crate) fn known_bytes<'a>(files: impl IntoIterator<Item = &'a Artifact>) -> Option<u64> {
    let mut files = files.into_iter().peekable();
    let nothing = files.peek().is_none().then_some(0);
    files.filter_map(|file| file.size).fold(nothing, |sum, size| Some(sum.unwrap_or(0) + size))
}

/// Opens a folder and those below it, level by level, at most [`FOLDERS`] of them.
pub(crate) async fn walk(tracker: &dyn Tracker, call: &Call, run: &RunId, folder: &str) -> Result<Tree> {
    let mut tree = Tree::default();
    let mut level = vec![folder.to_owned()];
    let mut opened = 0;
    while !level.is_empty() {
        let room = if call.time_left() > TIME || opened == 0 { FOLDERS - opened } else { 0 };
        tree.unopened.extend(level.split_off(level.len().min(room)));
        opened += level.len();
        let listings: Vec<_> = level.iter().map(|folder| list(tracker, call, run, folder)).collect();
        let listings: Vec<_> = futures::stream::iter(listings).buffered(AT_ONCE).collect().await;
        let mut next = Vec::new();
        for listing in listings {
            let (entries, cut) = listing?;
            tree.cut |= cut;
            for entry in entries {
                match entry.folder {
                    true => next.push(entry.path),
                    false => tree.files.push(entry),
                }
            }
        }
        next.sort();
        next.dedup();
        tree.folders.extend(next.iter().cloned());
        // What no request can name stays closed.
        let (open, closed) = next.into_iter().partition(|path| check_artifact_path(path).is_ok());
        tree.unopened.extend(closed as Vec<String>);
        level = open;
    }
    tree.files.sort_by(|a, b| a.path.cmp(&b.path));
    tree.files.dedup_by(|a, b| a.path == b.path);
    tree.folders.sort();
    tree.unopened.sort();
    Ok(tree)
}

/// What lies directly in a folder, and whether there is more of it than was read.
pub(crate) async fn list(
    tracker: &dyn Tracker,
    call: &Call,
    run: &RunId,
    folder: &str,
) -> Result<(Vec<Artifact>, bool)> {
    let mut entries = Vec::new();
    let mut cursor: Option<String> = None;
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    for _ in 0..PAGES {
        let page = tracker.artifacts(call, run, folder, cursor.as_deref()).await?;
        // What a server puts elsewhere could lead around in a circle.
        let inside = |entry: &Artifact| entry.path.len() > prefix.len() && entry.path.starts_with(&prefix);
        entries.extend(page.rows.into_iter().filter(inside));
        cursor = page.next;
        if cursor.is_none() {
            return Ok((entries, false));
        }
    }
    Ok((entries, true))
}

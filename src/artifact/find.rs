//! A file by its path or a unique end of it.

use backends::model::{Artifact, ByteRange, check_artifact_path};
use backends::nearest::nearest;
use backends::{Call, Error, ErrorKind};
use serde_json::json;

use super::file::File;
use super::glob::Glob;
use super::size::words;
use super::tree::{FOLDERS, Tree, list, walk};
use crate::problem::{Problem, Result};
use crate::references::RunRef;
use crate::render::one_line;

/// Candidates that an error lists.
const LISTED: usize = 10;
/// Near names that an error lists.
const NEAR: usize = 5;

/// The one file that a text means, with a remark where there may be others. `first` is what of it is read to see whether it
/// is there.
///
/// A whole path goes before an end of one.
pub(crate) async fn find(call: &Call, run: &RunRef, text: &str, first: ByteRange) -> Result<(File, Option<String>)> {
    match open(call, run, text, first).await? {
        Some(file) => Ok((file, None)),
        None => find_end(call, run, text).await,
    }
}

/// The file of which a text is the whole path; `None` if it may be an end or a pattern of one, or there is no such run.
pub(crate) async fn open(call: &Call, run: &RunRef, text: &str, first: ByteRange) -> Result<Option<File>> {
    let text = text.trim();
    if Glob::read(text)?.is_some() {
        return Ok(None);
    }
    check_artifact_path(text)?;
    let error = match File::open(run, text, first, call).await {
        Ok(file) => return Ok(Some(file)),
        Err(error) => error,
    };
    match error.kind {
        ErrorKind::NotFound => Ok(None),
        // A folder, or a path that this tracker does not allow.
        ErrorKind::BadInput => {
            let folder = text.rsplit_once('/').map_or("", |(folder, _)| folder);
            let (entries, _) = list(run.tracker.as_ref(), call, &run.id, folder).await?;
            let is_listed = entries.iter().any(|entry| entry.path == text && entry.folder);
            if is_listed { Err(is_folder(run, text)) } else { Ok(None) }
        }
        _ => Err(error.into()),
    }
}

/// The one file whose path ends with a text, or fits it as a pattern.
pub(crate) async fn find_end(call: &Call, run: &RunRef, text: &str) -> Result<(File, Option<String>)> {
    let text = text.trim();
    let glob = Glob::read(text)?;
    let tree = walk(run.tracker.as_ref(), call, &run.id, "").await?;
    let end = format!("/{text}");
    let ending = |end: &str| tree.files.iter().filter(|file| file.path.ends_with(end)).collect();
    if let Some(whole) = tree.files.iter().find(|file| file.path == text) {
        return Ok((File::new(run.clone(), whole, call), None));
    }
    let mut found: Vec<&Artifact> = match &glob {
        Some(glob) => tree.files.iter().filter(|file| glob.fits(&file.path)).collect(),
        None => ending(&end),
    };
    if found.is_empty() && glob.is_none() {
        // `mmlu/results.json` for `lm-eval.mmlu/results.json`: people leave out what all names begin with.
        found = ending(text);
    }
    match (found.pop(), found.len()) {
        (Some(only), 0) => {
            // That it is the only one is known of what was seen.
            let doubt = format!("'{}' is the only such file of those seen: {}", one_line(text, 120), unseen(&tree));
            Ok((File::new(run.clone(), only, call), (!tree.is_whole()).then_some(doubt)))
        }
        (Some(last), _) => {
            found.push(last);
            Err(ambiguous(run, text, &found))
        }
        (None, _) => Err(unknown(run, text, &tree)),
    }
}

/// What of a tree was not looked at.
pub(crate) fn unseen(tree: &Tree) -> String {
    match tree.unopened.len() {
        0 => "a folder has more files than were listed".to_owned(),
        n => format!("{n} folders were not opened, as at most {FOLDERS} are at once"),
    }
}

fn is_folder(run: &RunRef, path: &str) -> Problem {
    let error = Error::bad_input(format!("'{}' is a folder, not a file", one_line(path, 120)));
    Problem::from(error).next("list_artifacts", json!({"run": run.text(), "path": path}))
}

fn ambiguous(run: &RunRef, text: &str, found: &[&Artifact]) -> Problem {
    let listed: Vec<String> = found.iter().take(LISTED).map(|file| shown(file)).collect();
    let more = found.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let error = Error::bad_input(format!(
        "'{}' may mean {} files of {}: {}{more}; give more of the path",
        one_line(text, 120),
        found.len(),
        run.text(),
        listed.join(", ")
    ));
    let first = found.first().map(|file| file.path.as_str()).unwrap_or_default();
    Problem::from(error).next("read_artifact", json!({"runs": [run.text()], "path": first}))
}

fn shown(file: &Artifact) -> String {
    let size = file.size.map(|size| format!(" ({})", words(size))).unwrap_or_default();
    format!("{}{size}", one_line(&file.path, 200))
}

fn unknown(run: &RunRef, text: &str, tree: &Tree) -> Problem {
    let end = format!("/{text}");
    if let Some(folder) = tree.folders.iter().find(|folder| *folder == text || folder.ends_with(&end)) {
        return is_folder(run, folder);
    }
    let mut error = Error::not_found(format!("{} has no file '{}'", run.text(), one_line(text, 120)));
    if tree.files.is_empty() && tree.is_whole() {
        return Problem::from(error.and("it has no files at all"));
    }
    // Names are compared with names, and of files with one name the first stands for all.
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let whole = text.contains('/');
    let compared = |file: &Artifact| if whole { file.path.clone() } else { name(&file.path) };
    let names: Vec<String> = tree.files.iter().map(compared).collect();
    let near = nearest(text, names.iter().map(String::as_str), NEAR);
    let path = |near: &&str| tree.files.iter().find(|file| compared(file) == **near);
    let paths: Vec<String> = near.iter().filter_map(path).map(|file| one_line(&file.path, 200)).collect();
    if !paths.is_empty() {
        error = error.and(format!("near: {}", paths.join(", ")));
    }
    if !tree.is_whole() {
        error = error.and(unseen(tree));
    }
    Problem::from(error).next("list_artifacts", json!({"run": run.text()}))
}

//! Files that runs logged, read from the run's own folder and from nowhere else: links that lead out are not followed.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::local::escaped::unescaped;
use crate::model::{Artifact, ArtifactPart, ByteRange, Page, RunId, check_artifact_path};
use crate::{Error, Result};

use super::runs::RunFolder;
use super::skipped::Skipped;

/// Rows of a page.
const ROWS: usize = 1_000;
/// Bytes of one part at most.
const MOST: u64 = 32_000_000;

/// Where a run of this tree keeps its files: the folder `artifacts` in its own. What `meta.yaml` names elsewhere is not
/// looked at, for anybody may have written it.
///
/// # Errors
///
/// *Unsupported*, if the run says that they lie elsewhere.
pub(super) fn root(run: RunFolder<'_>) -> Result<PathBuf> {
    let own = run.path().join("artifacts");
    let meta = run.meta(&mut Skipped::default());
    let recorded = meta.as_ref().and_then(|meta| meta.filled("artifact_uri")).map(unescaped);
    // A tree that was moved still names the place where it was made.
    let tail = format!("/{}/{}/artifacts", run.experiment.project.id, run.id);
    let is_local = |uri: &String| uri.starts_with("file:") || uri.starts_with('/') || !uri.contains(':');
    match recorded {
        Some(uri) if !(is_local(&uri) && uri.trim_end_matches('/').ends_with(&tail)) => {
            let place: String = uri.chars().take(200).collect();
            Err(Error::unsupported(format!(
                "run {} keeps its artifacts outside of this folder of runs ('{place}'), and only what lies in it is read",
                run.id
            )))
        }
        _ => Ok(own),
    }
}

/// What lies directly in a folder; nothing, if it is a file or is not there.
pub(super) fn list(root: &Path, folder: &str, cursor: Option<&str>) -> Result<Page<Artifact>> {
    if !folder.is_empty() {
        check_artifact_path(folder)?;
    }
    let Some(place) = inside(root, folder).filter(|place| place.is_dir()) else {
        return Ok(Page::whole(Vec::new()));
    };
    let entries = fs::read_dir(&place).map_err(|error| unreadable(folder, &error))?;
    let (mut rows, mut outside) = (Vec::new(), 0_u64);
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let Some(found) = inside(root, &path) else {
            outside += 1;
            continue;
        };
        match fs::metadata(&found) {
            Ok(about) if about.is_dir() => rows.push(Artifact::folder(path)),
            Ok(about) if about.is_file() => rows.push(Artifact::file(path, Some(about.len()))),
            // Gone by now, or neither of both.
            _ => {}
        }
    }
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    let count = rows.len() as u64;
    let mut rest: Vec<Artifact> = match cursor {
        Some(last) => rows.into_iter().filter(|row| row.path.as_str() > last).collect(),
        None => rows,
    };
    let more = rest.len() > ROWS;
    rest.truncate(ROWS);
    let next = rest.last().filter(|_| more).map(|last| last.path.clone());
    let notes = match outside {
        0 => Vec::new(),
        _ => vec![format!("links that lead out of the run, or nowhere, are not shown: {outside}")],
    };
    Ok(Page { scanned: count, total: Some(count), rows: rest, next, notes })
}

/// A part of a file.
pub(super) fn read(root: &Path, run: &RunId, path: &str, range: ByteRange) -> Result<ArtifactPart> {
    check_artifact_path(path)?;
    let missing = || Error::not_found(format!("run {run} has no file '{path}'"));
    let place = inside(root, path).ok_or_else(missing)?;
    if place.is_dir() {
        return Err(Error::bad_input(format!("'{path}' is a folder, not a file; list_artifacts shows what is in it")));
    }
    if !place.is_file() {
        return Err(missing());
    }
    part(&place, range).map_err(|error| unreadable(path, &error))
}

fn part(file: &Path, range: ByteRange) -> io::Result<ArtifactPart> {
    let mut file = File::open(file)?;
    let size = file.metadata()?.len();
    let (offset, length) = match range {
        ByteRange::From { offset, length } => (offset.min(size), length),
        ByteRange::Last(length) => (size.saturating_sub(length.min(MOST)), length),
    };
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(length.min(MOST)).read_to_end(&mut bytes)?;
    Ok(ArtifactPart {
        bytes: bytes.into(),
        offset,
        size: Some(size),
        content_type: None,
        whole_only: false,
        note: None,
    })
}

/// The place of a path with all links followed, if it is there and lies within the root.
fn inside(root: &Path, path: &str) -> Option<PathBuf> {
    let root = root.canonicalize().ok()?;
    let place = root.join(path).canonicalize().ok()?;
    place.starts_with(&root).then_some(place)
}

fn unreadable(path: &str, error: &io::Error) -> Error {
    Error::unavailable(format!("'{path}' cannot be read: {error}"))
}

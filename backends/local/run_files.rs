//! The files of a run at the place where it keeps them, or what is known of a place that is not there.

use crate::model::{Artifact, ArtifactPart, ByteRange, Page, RunId, check_artifact_path};
use crate::{Error, ErrorKind, Result};

use super::artifacts::{Folder, no_file};
use super::place::Place;

/// Artifacts shown with a run.
const SHOWN: usize = 100;

/// What lies directly in a folder of a run's files.
pub(super) fn list(place: &Place, run: &RunId, folder: &str, after: Option<&str>) -> Result<Page<Artifact>> {
    match place {
        Place::Here(root) => Folder { root, run }.list(folder, after),
        Place::Nowhere { lost } => {
            if !folder.is_empty() {
                check_artifact_path(folder)?;
            }
            let note = lost.as_deref().map(is_lost);
            Ok(Page { notes: note.into_iter().collect(), ..Page::whole(Vec::new()) })
        }
    }
}

/// A part of a file of a run.
pub(super) fn read(place: &Place, run: &RunId, path: &str, range: ByteRange) -> Result<ArtifactPart> {
    match place {
        Place::Here(root) => Folder { root, run }.read(path, range),
        Place::Nowhere { lost } => {
            check_artifact_path(path)?;
            let error: Error = no_file(run, path);
            Err(match lost {
                Some(lost) => error.and(is_lost(lost)),
                None => error,
            })
        }
    }
}

/// The top of a run's files; files that are elsewhere are told and do not hinder the rest.
pub(super) fn top(listed: Result<Page<Artifact>>, notes: &mut Vec<String>) -> Result<Option<Vec<Artifact>>> {
    let page = match listed {
        Ok(page) => page,
        Err(error) if error.kind == ErrorKind::Cancelled => return Err(error),
        Err(error) => {
            notes.push(format!("artifacts: {error}"));
            return Ok(None);
        }
    };
    notes.extend(page.notes);
    if page.rows.len() > SHOWN {
        notes.push(format!("{SHOWN} of {} artifacts at the top are shown", page.total.unwrap_or_default()));
    }
    Ok(Some(page.rows.into_iter().take(SHOWN).collect()))
}

fn is_lost(place: &str) -> String {
    format!("the folder {place}, where files were kept, is not on this machine")
}

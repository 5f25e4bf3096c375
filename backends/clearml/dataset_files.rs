//! The files of a version of a dataset: from the text in its task, which may be cut, or from the list that it stored.

use crate::model::{ByteRange, DatasetFile, DatasetListing};
use crate::{Call, Result};

use super::files::Files;
use super::wire::WireArtifact;
use super::wire_dataset_files::{read_list, read_text};
use super::wire_datasets::WireDataset;

/// The artifact that lists all files.
const LIST: &str = "state";
/// Bytes up to which that list is read.
const MOST: u64 = 8_000_000;

/// The files of a version, and what is to be said of them.
pub(super) async fn listing(
    files: &Files,
    call: &Call,
    task: &WireDataset,
) -> Result<(DatasetListing, Option<String>)> {
    let told = task.content().map(read_text).unwrap_or_default();
    let count = task.to_dataset("").files;
    let is_all = |files: &[DatasetFile]| count.is_some_and(|count| files.len() as u64 >= count);
    if is_all(&told) {
        return Ok((DatasetListing { files: told, whole: true }, None));
    }
    let artifact = task.artifacts().iter().find(|artifact| artifact.key() == LIST);
    match artifact.map(|artifact| (artifact, artifact.uri().unwrap_or_default())) {
        None => Ok((DatasetListing { files: told, whole: false }, None)),
        Some((artifact, _)) if artifact.bytes().is_some_and(|bytes| bytes > MOST) => {
            let why = format!("the whole list is larger than {} MB and was not read", MOST / 1_000_000);
            Ok((DatasetListing { files: told, whole: false }, Some(why)))
        }
        Some((_, uri)) => match files.door(uri) {
            None => Ok((DatasetListing { files: told, whole: false }, Some(files.why_not(uri)))),
            Some(door) => {
                let part = door.read(call, ByteRange::From { offset: 0, length: MOST }).await?;
                match read_list(&part.bytes) {
                    Some(all) => {
                        let whole = is_all(&all) || count.is_none();
                        Ok((DatasetListing { files: all, whole }, None))
                    }
                    None => {
                        let why = "the stored list of its files cannot be read".to_owned();
                        Ok((DatasetListing { files: told, whole: false }, Some(why)))
                    }
                }
            }
        },
    }
}

/// The artifact of this name.
pub(super) fn artifact<'t>(task: &'t WireDataset, name: &str) -> Option<&'t WireArtifact> {
    task.artifacts().iter().find(|artifact| artifact.key() == name)
}

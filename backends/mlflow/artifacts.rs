//! Files that runs logged: folders listed, files read in parts, always through the server's own doors.
//!
//! Two doors lead to a file. `mlflow-artifacts` serves what the server keeps itself, and is fast; before 3.x it knows no
//! ranges. `get-artifact` knows them in every version, serves a run's files wherever they are kept, and is slower.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::model::{Artifact, ArtifactPart, ByteRange, Page, RunId, check_artifact_path};
use crate::served::{Served, is_whole, served};
use crate::{Call, Error, ErrorKind, Result};

use super::api::Api;
use super::filter::plain_id;
use super::wire::WireFile;

/// How much of a file is read from its beginning, at most, where a server knows no ranges.
const WHOLE: u64 = 32_000_000;
/// Runs whose place is remembered.
const REMEMBERED: usize = 1_000;

/// What is known of a server's artifacts.
#[derive(Default)]
pub(super) struct Artifacts {
    roots: Mutex<HashMap<RunId, Root>>,
    /// The fast door was seen to send whole files.
    whole_only: AtomicBool,
}

/// Where a run keeps its files. Never followed: it only tells which of the server's doors leads there.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Root {
    /// The server keeps them, here.
    Kept(String),
    /// Databricks keeps them, and hands out addresses of other hosts.
    Databricks,
    /// Somewhere that the server knows.
    Elsewhere,
}

impl Root {
    fn of(uri: &str, run: &RunId) -> Self {
        if uri.starts_with("dbfs:") {
            return Self::Databricks;
        }
        let place = uri.strip_prefix("mlflow-artifacts:/").unwrap_or_default();
        match place.split('/').collect::<Vec<_>>().as_slice() {
            // `mlflow-artifacts://host/…` names another server: it begins with an empty segment.
            [experiment, id, "artifacts"] if plain_id(experiment) && *id == run.as_str() => {
                Self::Kept(place.to_owned())
            }
            _ => Self::Elsewhere,
        }
    }
}

impl Artifacts {
    /// What lies directly in a folder; nothing, if it is a file or is not there.
    pub(super) async fn list(
        &self,
        api: &Api,
        call: &Call,
        run: &RunId,
        folder: &str,
        token: Option<&str>,
    ) -> Result<Page<Artifact>> {
        check_folder(folder)?;
        let page = api.list_artifacts(call, run.as_str(), folder, token).await?;
        self.remember(run, Root::of(&page.root_uri, run));
        let rows: Vec<Artifact> = page.files.into_iter().map(WireFile::into_artifact).collect();
        let next = page.next_page_token.filter(|token| !token.is_empty());
        let scanned = rows.len() as u64;
        let total = (token.is_none() && next.is_none()).then_some(scanned);
        Ok(Page { rows, next, total, scanned, notes: Vec::new() })
    }

    /// A part of a file.
    pub(super) async fn read(
        &self,
        api: &Api,
        call: &Call,
        run: &RunId,
        path: &str,
        range: ByteRange,
    ) -> Result<ArtifactPart> {
        check(path)?;
        let part = match self.root(api, call, run).await? {
            Root::Databricks => {
                return Err(Error::unsupported(
                    "files on Databricks are handed out at addresses of other hosts, which is not followed here; use \
                     the run's page or mlflow artifacts download",
                ));
            }
            Root::Kept(place) => self.kept(api, call, &format!("{place}/{path}"), range).await,
            Root::Elsewhere => Ok(None),
        };
        let part = match part {
            Ok(Some(part)) => Ok(part),
            Ok(None) => by_any_version(api, call, run, path, range).await,
            Err(error) => Err(error),
        };
        match part {
            Ok(part) => Ok(part),
            Err(error) => Err(self.why(api, call, run, path, error).await),
        }
    }

    /// Through the fast door; `None` when it is of no use for this range.
    async fn kept(&self, api: &Api, call: &Call, place: &str, range: ByteRange) -> Result<Option<ArtifactPart>> {
        if self.whole_only.load(Ordering::Relaxed) {
            return Ok(None);
        }
        // Of a whole file that comes instead of a part only the beginning can be used.
        let most = match range {
            ByteRange::From { offset: 0, length } | ByteRange::Last(length) => length.max(1),
            ByteRange::From { length, .. } => length.max(1),
        };
        let reply = api.kept_artifact(call, place, range, most).await?;
        self.whole_only.fetch_or(is_whole(&reply), Ordering::Relaxed);
        match served(reply, range)? {
            Served::Part(part) => Ok(Some(part)),
            Served::TooShort(_) | Served::Beginning { .. } => Ok(None),
        }
    }

    /// Where a run keeps its files: remembered from the last listing, or asked for.
    async fn root(&self, api: &Api, call: &Call, run: &RunId) -> Result<Root> {
        let known = self.roots.lock().unwrap_or_else(PoisonError::into_inner).get(run).cloned();
        if let Some(root) = known {
            return Ok(root);
        }
        let page = api.list_artifacts(call, run.as_str(), "", None).await?;
        let root = Root::of(&page.root_uri, run);
        self.remember(run, root.clone());
        Ok(root)
    }

    fn remember(&self, run: &RunId, root: Root) {
        let mut roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
        if roots.len() >= REMEMBERED {
            roots.clear();
        }
        roots.insert(run.clone(), root);
    }

    /// Why a file could not be read. Versions differ in what they say of files that are not there and of folders, so the
    /// folder is looked at.
    async fn why(&self, api: &Api, call: &Call, run: &RunId, path: &str, error: Error) -> Error {
        let telling = matches!(error.kind, ErrorKind::NotFound | ErrorKind::BadInput);
        let failed = error.kind == ErrorKind::Unavailable && !error.temporary;
        if !telling && !failed {
            return error;
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut token: Option<String> = None;
        loop {
            let page = match self.list(api, call, run, folder, token.as_deref()).await {
                Ok(page) => page,
                // There is no such run, and it says so.
                Err(missing) if missing.kind == ErrorKind::NotFound => return missing,
                Err(_) => return error,
            };
            if let Some(found) = page.rows.iter().find(|row| row.path == path) {
                return if found.folder {
                    Error::bad_input(format!("'{path}' is a folder, not a file; list_artifacts shows what is in it"))
                } else {
                    error.and(format!("'{path}' is listed, but the server cannot send it"))
                };
            }
            token = page.next;
            if token.is_none() {
                return Error::not_found(format!("run {run} has no file '{path}'"));
            }
        }
    }
}

/// Through the door that every version has.
async fn by_any_version(api: &Api, call: &Call, run: &RunId, path: &str, range: ByteRange) -> Result<ArtifactPart> {
    let most = match range {
        ByteRange::From { offset, length } => offset.saturating_add(length).min(WHOLE.max(length)),
        ByteRange::Last(length) => WHOLE.max(length),
    };
    match served(api.artifact(call, run.as_str(), path, range, most).await?, range)? {
        Served::Part(part) => Ok(part),
        // Asked for more than there is at the end: this version wants to be asked for what there is.
        Served::TooShort(size) => {
            let whole = ByteRange::From { offset: 0, length: size };
            match served(api.artifact(call, run.as_str(), path, whole, size).await?, whole)? {
                Served::Part(part) => Ok(part),
                _ => Err(changing(path)),
            }
        }
        Served::Beginning { size } => {
            let size = size.map(|size| format!(" of {size} bytes")).unwrap_or_default();
            Err(Error::unsupported(format!(
                "the server sends '{path}'{size} only from its beginning (it knows no ranges), and of that at most {} MB \
                 are read; ask for its head",
                WHOLE / 1_000_000
            )))
        }
    }
}

fn changing(path: &str) -> Error {
    Error { temporary: true, ..Error::unavailable(format!("'{path}' changed while it was read; try again")) }
}

fn check_folder(folder: &str) -> Result<()> {
    if folder.is_empty() { Ok(()) } else { check(folder) }
}

fn check(path: &str) -> Result<()> {
    check_artifact_path(path)?;
    if path.contains('#') {
        let shown: String = path.chars().take(120).collect();
        return Err(Error::bad_input(format!(
            "the path '{shown}' holds a #, which MLflow allows in no path: its client cuts a name there when it is \
             logged, so look for the name without what follows"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! Files that runs logged: folders listed, files read in parts, always through the server's own doors.
//!
//! Two doors lead to a file. `mlflow-artifacts` serves what the server keeps itself, and is fast; before 3.x it knows no
//! ranges, and it wants to be told where the run keeps its files. `get-artifact` knows ranges in every version and finds a
//! run's files wherever they are kept, but is slow for large parts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::mlflow_model::text::plain_id;
use crate::model::{Artifact, ArtifactPart, ByteRange, Page, RunId, check_artifact_path};
use crate::served::{Served, is_whole, served};
use crate::{Call, Error, ErrorKind, Result};

use super::api::Api;
use super::wire::WireFile;

/// A part of at most so many bytes is sooner read than asked for where the run keeps its files.
const SMALL: u64 = 64_000;
/// What 3.x says of a file that is not there, and of nothing else.
const NO_SUCH_FILE: &str = "No such artifact: ";
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
        Ok(Page { rows, next, total, scanned, notes: Vec::new(), near: Vec::new() })
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
        let root = match self.known(run) {
            None if range.length() > SMALL => Some(self.ask_root(api, call, run).await?),
            known => known,
        };
        let error = match self.read_at(root.as_ref(), api, call, run, path, range).await {
            Ok(part) => return Ok(part),
            Err(error) if error.kind == ErrorKind::NotFound && error.message.contains(NO_SUCH_FILE) => {
                return Err(no_file(run, path));
            }
            Err(error) => error,
        };
        if !is_telling(&error, root.is_none()) {
            return Err(error);
        }
        // Versions differ in what they say of files that are not there and of folders, so the folder is looked at.
        let found = match self.look(api, call, run, path).await {
            Ok(found) => found,
            // There is no such run, and it says so.
            Err(missing) if missing.kind == ErrorKind::NotFound => return Err(missing),
            Err(_) => return Err(error),
        };
        match (found, root, self.known(run)) {
            (None, ..) => Err(no_file(run, path)),
            (Some(found), ..) if found.folder => {
                Err(Error::bad_input(format!("'{path}' is a folder, not a file; list_artifacts shows what is in it")))
            }
            // The one door may be shut; the listing has told where the other is.
            (Some(_), None, Some(root)) if root != Root::Elsewhere => {
                self.read_at(Some(&root), api, call, run, path, range).await
            }
            _ => {
                let error = error.and(format!("'{path}' is listed, but the server cannot send it"));
                Err(Error { kind: ErrorKind::Unavailable, temporary: false, ..error })
            }
        }
    }

    /// Through the door that leads to the place of a run, or the one that leads anywhere.
    async fn read_at(
        &self,
        root: Option<&Root>,
        api: &Api,
        call: &Call,
        run: &RunId,
        path: &str,
        range: ByteRange,
    ) -> Result<ArtifactPart> {
        let part = match root {
            Some(Root::Databricks) => {
                return Err(Error::unsupported(
                    "files on Databricks are handed out at addresses of other hosts, which is not followed here; use \
                     the run's page or mlflow artifacts download",
                ));
            }
            Some(Root::Kept(place)) => self.kept(api, call, &format!("{place}/{path}"), range).await?,
            Some(Root::Elsewhere) | None => None,
        };
        match part {
            Some(part) => Ok(part),
            None => by_any_version(api, call, run, path, range).await,
        }
    }

    /// Through the fast door; `None` when it is of no use for this range.
    async fn kept(&self, api: &Api, call: &Call, place: &str, range: ByteRange) -> Result<Option<ArtifactPart>> {
        if self.whole_only.load(Ordering::Relaxed) {
            return Ok(None);
        }
        // Of a whole file that comes instead of a part only the beginning can be used.
        let reply = api.kept_artifact(call, place, range, range.length().max(1)).await?;
        self.whole_only.fetch_or(is_whole(&reply), Ordering::Relaxed);
        match served(reply, range)? {
            Served::Part(part) => Ok(Some(part)),
            Served::TooShort(_) | Served::Beginning { .. } => Ok(None),
        }
    }

    /// Where a run keeps its files, if a listing told.
    fn known(&self, run: &RunId) -> Option<Root> {
        self.roots.lock().unwrap_or_else(PoisonError::into_inner).get(run).cloned()
    }

    async fn ask_root(&self, api: &Api, call: &Call, run: &RunId) -> Result<Root> {
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

    /// What is listed under this path.
    async fn look(&self, api: &Api, call: &Call, run: &RunId, path: &str) -> Result<Option<Artifact>> {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut token: Option<String> = None;
        loop {
            let page = self.list(api, call, run, folder, token.as_deref()).await?;
            let found = page.rows.into_iter().find(|row| row.path == path);
            token = page.next;
            if found.is_some() || token.is_none() {
                return Ok(found);
            }
        }
    }
}

/// Whether an error may be about the file, or else about the door alone, if it was not chosen by the place of the run.
fn is_telling(error: &Error, any_door: bool) -> bool {
    match error.kind {
        ErrorKind::NotFound | ErrorKind::BadInput => true,
        ErrorKind::Unavailable => !error.temporary,
        ErrorKind::NotAllowed => any_door,
        _ => false,
    }
}

fn no_file(run: &RunId, path: &str) -> Error {
    Error::not_found(format!("run {run} has no file '{path}'"))
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

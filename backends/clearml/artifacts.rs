//! Files of a run: its registered artifacts by name, and in folders its configuration objects, code, models, plots and
//! debug samples.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::join;
use tokio::sync::OnceCell;

use crate::call::CallMark;
use crate::model::{Artifact, ArtifactPart, ByteRange, Page, RunId, check_artifact_path};
use crate::{Call, Error, ErrorKind, Result};

use super::api::Api;
use super::debug_samples::{self, Samples};
use super::files::{Files, location};
use super::plots::{self, Drawn};
use super::preview::Preview;
use super::runs::may_be_id;
use super::tree::{Entry, Source, directly, path, tell_apart};
use super::wire_media::{self, SAMPLE, Title};
use super::wire_outline::{Document, TEXT};

/// The files of all runs.
pub(super) struct Artifacts {
    files: Files,
    seen: Mutex<Vec<Seen>>,
}

/// What a call has seen of a run, so that it sees one state of it and asks for nothing twice.
struct Seen {
    call: CallMark,
    run: RunId,
    tree: Arc<Tree>,
}

/// What is known of a run's files.
#[derive(Default)]
struct Tree {
    own: OnceCell<Vec<Entry>>,
    text: OnceCell<Option<Entry>>,
    plots: OnceCell<Vec<Entry>>,
    sample_titles: OnceCell<Vec<Title>>,
    samples: OnceCell<Samples>,
    drawn: Mutex<HashMap<String, Arc<OnceCell<Option<Drawn>>>>>,
}

/// Whose files are asked for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    api: &'a Api,
    call: &'a Call,
    run: &'a RunId,
}

impl Artifacts {
    pub(super) fn new(files: Files) -> Self {
        Self { files, seen: Mutex::default() }
    }

    /// The file servers.
    pub(super) fn files(&self) -> &Files {
        &self.files
    }

    /// What lies directly in a folder.
    pub(super) async fn list(&self, api: &Api, call: &Call, run: &RunId, folder: &str) -> Result<Page<Artifact>> {
        if !folder.is_empty() {
            check_artifact_path(folder)?;
        }
        let asked = Asked::of(api, call, run)?;
        let tree = self.tree(call, run);
        let mut notes = Vec::new();
        let rows = if folder.is_empty() {
            let (own, plots, titles) = join!(tree.own(asked), tree.plots(asked), tree.sample_titles(asked));
            let own = own?;
            let plots = unless_out_of_reach(plots, plots::FOLDER, &mut notes)?;
            let titles = unless_out_of_reach(titles, debug_samples::FOLDER, &mut notes)?;
            let mut rows = directly(own.iter().chain(plots), folder);
            let is_there = |row: &Artifact| row.folder && row.path == debug_samples::FOLDER;
            if !titles.is_empty() && !rows.iter().any(is_there) {
                rows.push(Artifact::folder(debug_samples::FOLDER));
                rows.sort_by(|a, b| a.path.cmp(&b.path));
            }
            if rows.is_empty() {
                // A report has nothing else.
                rows.extend(tree.text(asked).await?.map(|entry| entry.artifact.clone()));
            }
            rows
        } else if is_within(folder, plots::FOLDER) {
            let (own, plots) = join!(tree.own(asked), tree.plots(asked));
            directly(own?.iter().chain(plots?), folder)
        } else if is_within(folder, debug_samples::FOLDER) {
            let (own, samples) = join!(tree.own(asked), tree.samples(asked));
            let (own, samples) = (own?, samples?);
            notes.extend(samples.notes.iter().cloned());
            directly(own.iter().chain(&samples.entries), folder)
        } else {
            directly(tree.own(asked).await?.iter(), folder)
        };
        Ok(Page { notes, ..Page::whole(rows) })
    }

    /// A part of a file.
    pub(super) async fn read(
        &self,
        api: &Api,
        call: &Call,
        run: &RunId,
        wanted: &str,
        range: ByteRange,
    ) -> Result<ArtifactPart> {
        check_artifact_path(wanted)?;
        let asked = Asked::of(api, call, run)?;
        let tree = self.tree(call, run);
        let entry = tree.find(asked, wanted).await?;
        match &entry.source {
            Source::Held(bytes) => Ok(part_of(bytes, range, None)),
            Source::Stored(uri) => self.stored(call, &entry.artifact, uri.as_deref(), range).await,
            Source::Plot { title, series, iteration } => {
                let drawn = tree.drawn(wanted);
                let draw = || plots::draw(api, call, run, title, series, *iteration);
                match drawn.get_or_try_init(draw).await? {
                    Some(drawn) => {
                        let note = format!("the plot is of iteration {}", drawn.iteration);
                        Ok(part_of(&drawn.json, range, iteration.is_none().then_some(note)))
                    }
                    None => Err(no_file(run, wanted)),
                }
            }
        }
    }

    /// A part of what was stored at an address: read there, if that is one of our file servers.
    async fn stored(
        &self,
        call: &Call,
        artifact: &Artifact,
        uri: Option<&str>,
        range: ByteRange,
    ) -> Result<ArtifactPart> {
        let preview = artifact.preview.as_deref().and_then(|preview| Preview::of(preview, uri));
        let instead = |preview: &Preview<'_>| {
            let why_not = self.files.why_not(uri.unwrap_or_default());
            part_of(&preview.bytes(), range, Some(preview.note(&why_not)))
        };
        match (uri.and_then(|uri| self.files.door(uri)), preview) {
            (Some(_), Some(preview)) if preview.is_of_packed() => Ok(instead(&preview)),
            (Some(door), _) => door.read(call, range).await.map_err(|error| {
                let path = &artifact.path;
                Error { message: format!("'{path}' could not be read: {}", error.message), ..error }
            }),
            (None, Some(preview)) => Ok(instead(&preview)),
            (None, None) => Err(self.out_of_reach(artifact, uri)),
        }
    }

    fn out_of_reach(&self, artifact: &Artifact, uri: Option<&str>) -> Error {
        let size = artifact.size.map(|size| format!("{size} bytes"));
        let hash = artifact.hash.as_deref().map(|hash| format!("hash {hash}"));
        let known: Vec<String> = size.into_iter().chain(hash).collect();
        let known = if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) };
        let path = &artifact.path;
        Error::unsupported(match uri {
            Some(uri) => format!(
                "'{path}'{known} is stored at {} and cannot be read here: {}",
                location(uri),
                self.files.why_not(uri)
            ),
            None => format!("of '{path}'{known} no place was recorded where it is stored, and no preview of it"),
        })
    }

    /// What this call knows of a run; what is known to calls that are over is forgotten.
    fn tree(&self, call: &Call, run: &RunId) -> Arc<Tree> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|seen| !seen.call.is_over());
        if let Some(found) = seen.iter().find(|seen| seen.call.is_of(call) && seen.run == *run) {
            return Arc::clone(&found.tree);
        }
        let tree = Arc::<Tree>::default();
        seen.push(Seen { call: call.mark(), run: run.clone(), tree: Arc::clone(&tree) });
        tree
    }
}

impl<'a> Asked<'a> {
    fn of(api: &'a Api, call: &'a Call, run: &'a RunId) -> Result<Self> {
        if may_be_id(run.as_str()) { Ok(Self { api, call, run }) } else { Err(no_run(run)) }
    }
}

impl Tree {
    /// What the task's document names.
    async fn own(&self, asked: Asked<'_>) -> Result<&[Entry]> {
        let ask = || async {
            let task = asked.api.task_with_files(asked.call, asked.run).await?;
            task.as_ref().map(own).ok_or_else(|| no_run(asked.run))
        };
        self.own.get_or_try_init(ask).await.map(Vec::as_slice)
    }

    /// The text that the task is, if it is a report.
    async fn text(&self, asked: Asked<'_>) -> Result<Option<&Entry>> {
        let ask = || async {
            let documents = asked.api.outlines(asked.call, &[asked.run.as_str()]).await?;
            let text = documents.first().and_then(Document::text).map(|text| Entry::held(TEXT.to_owned(), text));
            Ok::<_, Error>(text)
        };
        self.text.get_or_try_init(ask).await.map(Option::as_ref)
    }

    async fn plots(&self, asked: Asked<'_>) -> Result<&[Entry]> {
        let ask = || plots::list(asked.api, asked.call, asked.run);
        self.plots.get_or_try_init(ask).await.map(Vec::as_slice)
    }

    async fn sample_titles(&self, asked: Asked<'_>) -> Result<&[Title]> {
        let ask = || asked.api.titles(asked.call, asked.run, SAMPLE);
        self.sample_titles.get_or_try_init(ask).await.map(Vec::as_slice)
    }

    async fn samples(&self, asked: Asked<'_>) -> Result<&Samples> {
        let ask = || async {
            let titles = self.sample_titles(asked).await?;
            debug_samples::list(asked.api, asked.call, asked.run, titles).await
        };
        self.samples.get_or_try_init(ask).await
    }

    fn drawn(&self, path: &str) -> Arc<OnceCell<Option<Drawn>>> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(drawn.entry(path.to_owned()).or_default())
    }

    /// The file of this path.
    async fn find(&self, asked: Asked<'_>, wanted: &str) -> Result<Entry> {
        let is_it = |entry: &&Entry| entry.artifact.path == wanted;
        let (more, earlier) = if is_within(wanted, plots::FOLDER) {
            let (own, plots) = join!(self.own(asked), self.plots(asked));
            own?;
            let plots = plots?;
            let earlier = || plots::earlier(plots, wanted);
            let artifact = Artifact::file(wanted, None);
            (plots, earlier().map(|source| Entry { artifact, source }))
        } else if is_within(wanted, debug_samples::FOLDER) {
            let (own, samples) = join!(self.own(asked), self.samples(asked));
            own?;
            let samples = samples?;
            let known = samples.entries.iter().any(|entry| entry.artifact.path == wanted);
            let earlier = match known {
                true => None,
                false => debug_samples::earlier(asked.api, asked.call, asked.run, samples, wanted).await?,
            };
            (samples.entries.as_slice(), earlier)
        } else {
            (&[][..], None)
        };
        let own = self.own(asked).await?;
        let mut all = own.iter().chain(more);
        if let Some(found) = all.clone().find(is_it).cloned().or(earlier) {
            return Ok(found);
        }
        if wanted == TEXT
            && let Some(text) = self.text(asked).await?
        {
            return Ok(text.clone());
        }
        let prefix = format!("{wanted}/");
        if wanted == plots::FOLDER
            || wanted == debug_samples::FOLDER
            || all.any(|entry| entry.artifact.path.starts_with(&prefix))
        {
            return Err(Error::bad_input(format!(
                "'{wanted}' is a folder, not a file; list_artifacts shows what is in it"
            )));
        }
        Err(no_file(asked.run, wanted))
    }
}

/// Files that a task's document names or holds.
fn own(task: &wire_media::Document) -> Vec<Entry> {
    let registered = task.artifacts().into_iter().map(|artifact| Entry {
        artifact: artifact.to_artifact(),
        source: Source::Stored(artifact.uri().map(ToOwned::to_owned)),
    });
    let configs = task.configuration().map(|(name, text)| Entry::held(format!("config/{}", path(name)), text));
    let diff = task.diff().map(|diff| Entry::held("code/uncommitted.diff".to_owned(), diff));
    let packages = task.requirements().map(|text| Entry::held("code/requirements.txt".to_owned(), &text));
    let models = task.models().map(|(name, uri)| {
        let artifact = Artifact {
            kind: Some("model".to_owned()),
            location: Some(location(uri)),
            ..Artifact::file(format!("models/{}", path(name)), None)
        };
        Entry { artifact, source: Source::Stored(Some(uri.to_owned())) }
    });
    let mut entries: Vec<Entry> = registered.chain(configs).chain(diff).chain(packages).chain(models).collect();
    tell_apart(&mut entries);
    entries
}

/// A part of bytes that are all here.
fn part_of(bytes: &Bytes, range: ByteRange, note: Option<String>) -> ArtifactPart {
    let size = bytes.len();
    let within = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(size);
    let (from, to) = match range {
        ByteRange::From { offset, length } => (within(offset), within(offset.saturating_add(length))),
        ByteRange::Last(length) => (size - within(length), size),
    };
    let offset = match range {
        ByteRange::From { offset, .. } => offset,
        ByteRange::Last(_) => from as u64,
    };
    ArtifactPart {
        bytes: bytes.slice(from..to),
        offset,
        size: Some(size as u64),
        content_type: None,
        whole_only: false,
        note,
    }
}

/// What could be had; a folder that cannot be looked into at the moment is told of, and does not hide the others.
fn unless_out_of_reach<'a, T>(outcome: Result<&'a [T]>, folder: &str, notes: &mut Vec<String>) -> Result<&'a [T]> {
    match outcome {
        Err(error) if matches!(error.kind, ErrorKind::Unavailable | ErrorKind::Unsupported) => {
            notes.push(format!("the folder {folder} could not be looked into: {error}"));
            Ok(&[])
        }
        outcome => outcome,
    }
}

/// Whether a path is a folder or lies in it.
fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn no_run(run: &RunId) -> Error {
    Error::not_found(format!("there is no run {run}"))
}

fn no_file(run: &RunId, path: &str) -> Error {
    Error::not_found(format!("run {run} has no file '{path}'"))
}

#[cfg(test)]
mod tests;

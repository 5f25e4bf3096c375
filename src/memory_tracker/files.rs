//! Files in memory, some of them without end, and how much of them was read.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use backends::model::{Artifact, ArtifactPart, ByteRange, RunId};
use backends::{Error, Result};
use bytes::Bytes;

use super::MemoryTracker;

/// A byte of a file by its place.
pub(crate) type Made = fn(u64) -> u8;

#[derive(Clone)]
enum Held {
    Bytes(Bytes),
    Made(u64, Made),
}

impl Held {
    fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Made(size, _) => *size,
        }
    }
}

/// The files of all runs.
#[derive(Default)]
pub(super) struct Files {
    /// By run, or of every run, and path.
    held: Mutex<BTreeMap<(Option<String>, String), Held>>,
    /// What is said of the bytes of a file, by path.
    notes: Mutex<BTreeMap<String, String>>,
    listings: AtomicU64,
    reads: AtomicU64,
    sent: AtomicU64,
}

impl Files {
    pub(super) fn put(&self, run: Option<&str>, path: &str, bytes: &[u8]) {
        self.hold(run, path, Held::Bytes(Bytes::copy_from_slice(bytes)));
    }

    pub(super) fn says(&self, path: &str, note: &str) {
        self.notes.lock().unwrap().insert(path.to_owned(), note.to_owned());
    }

    pub(super) fn put_made(&self, path: &str, size: u64, made: Made) {
        self.hold(None, path, Held::Made(size, made));
    }

    pub(super) fn remove(&self, path: &str) {
        self.held.lock().unwrap().remove(&(None, path.to_owned()));
    }

    /// How long a file is that every run has.
    pub(super) fn size(&self, path: &str) -> Option<u64> {
        self.held.lock().unwrap().get(&(None, path.to_owned())).map(Held::size)
    }

    /// Ranges that were read, and bytes of them.
    pub(super) fn reads(&self) -> (u64, u64) {
        (self.reads.load(Ordering::SeqCst), self.sent.load(Ordering::SeqCst))
    }

    /// Folders that were listed.
    pub(super) fn listings(&self) -> u64 {
        self.listings.load(Ordering::SeqCst)
    }

    pub(super) fn list(&self, run: &RunId, folder: &str) -> Vec<Artifact> {
        self.listings.fetch_add(1, Ordering::SeqCst);
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut entries = BTreeMap::new();
        for ((of, path), held) in self.held.lock().unwrap().iter() {
            let is_own = of.as_deref().is_none_or(|of| of == run.as_str());
            let Some(rest) = path.strip_prefix(&prefix).filter(|_| is_own) else { continue };
            let entry = match rest.split_once('/') {
                Some((below, _)) => Artifact::folder(format!("{prefix}{below}")),
                None => Artifact::file(path.clone(), Some(held.size())),
            };
            entries.insert(entry.path.clone(), entry);
        }
        entries.into_values().collect()
    }

    pub(super) fn read(&self, run: &RunId, path: &str, range: ByteRange) -> Result<ArtifactPart> {
        let held = {
            let held = self.held.lock().unwrap();
            let own = held.get(&(Some(run.to_string()), path.to_owned()));
            own.or_else(|| held.get(&(None, path.to_owned()))).cloned()
        };
        let held = held.ok_or_else(|| Error::not_found(format!("run {run} has no file '{path}'")))?;
        let size = held.size();
        let (from, to) = match range {
            ByteRange::From { offset, length } => (offset.min(size), offset.saturating_add(length).min(size)),
            ByteRange::Last(count) => (size.saturating_sub(count), size),
        };
        let bytes = match held {
            Held::Bytes(bytes) => bytes.slice(from as usize..to as usize),
            Held::Made(_, made) => (from..to).map(made).collect(),
        };
        let note = self.notes.lock().unwrap().get(path).cloned();
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.sent.fetch_add(to - from, Ordering::SeqCst);
        Ok(ArtifactPart { bytes, offset: from, size: Some(size), content_type: None, whole_only: false, note })
    }

    fn hold(&self, run: Option<&str>, path: &str, held: Held) {
        self.held.lock().unwrap().insert((run.map(ToOwned::to_owned), path.to_owned()), held);
    }
}

impl MemoryTracker {
    pub(crate) fn remove(&self, path: &str) {
        self.files.remove(path);
    }

    /// Ranges of files that were read, and bytes of them.
    pub(crate) fn reads(&self) -> (u64, u64) {
        self.files.reads()
    }

    /// Folders that were listed.
    pub(crate) fn listings(&self) -> u64 {
        self.files.listings()
    }
}

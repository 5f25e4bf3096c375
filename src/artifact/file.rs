//! A file of a run, read part by part.

use std::sync::{Arc, OnceLock};

use backends::model::{Artifact, ArtifactPart, ByteRange};
use backends::{Call, Error, ErrorKind, Result};
use bytes::Bytes;

use super::size::words;
use crate::references::RunRef;
use crate::render::one_line;

/// A file that was found, and how to read of it.
#[derive(Clone)]
pub(crate) struct File {
    /// The run that logged it.
    pub(crate) run: RunRef,
    /// Its path there.
    pub(crate) path: Arc<str>,
    /// How long it was when it was listed.
    pub(crate) listed: Option<u64>,
    /// What the tracker said of the bytes that it sent; clones of a file share it.
    remark: Arc<OnceLock<String>>,
    call: Call,
}

/// Bytes of a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    /// The bytes.
    pub(crate) bytes: Bytes,
    /// Where they begin.
    pub(crate) from: u64,
    /// How long the file is.
    pub(crate) size: Option<u64>,
}

impl Piece {
    /// Where they end.
    pub(crate) fn to(&self) -> u64 {
        self.from + self.bytes.len() as u64
    }
}

impl File {
    /// A file that was listed.
    pub(crate) fn new(run: RunRef, file: &Artifact, call: &Call) -> Self {
        Self { run, path: file.path.as_str().into(), listed: file.size, remark: Arc::default(), call: call.clone() }
    }

    /// Its path in a sentence.
    pub(crate) fn shown(&self) -> String {
        one_line(&self.path, 200)
    }

    /// Whose text it is.
    pub(crate) fn source(&self) -> String {
        format!("run {}, file {}", self.run.text(), self.path)
    }

    /// The question that it is read for.
    pub(crate) fn call(&self) -> &Call {
        &self.call
    }

    /// From a place on, at most so many bytes.
    pub(crate) async fn from(&self, offset: u64, length: u64) -> Result<Piece> {
        self.read(ByteRange::From { offset, length }).await
    }

    /// The last so many bytes.
    pub(crate) async fn last(&self, length: u64) -> Result<Piece> {
        self.read(ByteRange::Last(length)).await
    }

    /// All of it, if it is at most `most` bytes long.
    ///
    /// # Errors
    /// *Too large* with its size.
    pub(crate) async fn whole(&self, most: u64) -> Result<Bytes> {
        let too_large = |size: Option<u64>| {
            let size = size.map_or_else(|| format!("more than {}", words(most)), words);
            Error::too_large(format!(
                "'{}' has {size}, and as a whole at most {} are read; lines and grep read parts of any file",
                self.shown(),
                words(most)
            ))
        };
        if let Some(size) = self.listed.filter(|size| *size > most) {
            return Err(too_large(Some(size)));
        }
        let piece = self.from(0, most + 1).await?;
        if piece.bytes.len() as u64 > most { Err(too_large(piece.size)) } else { Ok(piece.bytes) }
    }

    async fn read(&self, range: ByteRange) -> Result<Piece> {
        let part = self.run.tracker.read_artifact(&self.call, &self.run.id, &self.path, range).await;
        let ArtifactPart { bytes, offset, size, note, .. } = part.map_err(|error| self.vanished(error))?;
        if let Some(note) = note {
            // Of one file the same is said each time.
            let _ = self.remark.set(note);
        }
        Ok(Piece { bytes, from: offset, size: size.or(self.listed) })
    }

    /// It was there when it was looked for.
    fn vanished(&self, error: Error) -> Error {
        match error.kind {
            ErrorKind::NotFound => Error::not_found(format!(
                "'{}' was there when it was listed and is gone now: it was deleted or replaced meanwhile; list again",
                self.shown()
            )),
            _ => error,
        }
    }

    /// What the tracker said of the bytes that were read: that they are no more than a preview, or of which step they are.
    pub(crate) fn remark(&self) -> Option<String> {
        self.remark.get().map(|remark| one_line(remark, 800))
    }

    /// What to say of a size that is not the one that was listed.
    pub(crate) fn changed(&self, size: Option<u64>) -> Option<String> {
        if self.remark.get().is_some() {
            // What was read is not what was listed, and that is said.
            return None;
        }
        let (before, now) = (self.listed?, size?);
        let grew = if now > before { "grew" } else { "shrank" };
        (before != now).then(|| {
            format!("the file {grew} from {before} to {now} bytes while it was read: its run may be writing it")
        })
    }
}

//! A file of a run, read part by part.

use std::sync::{Arc, OnceLock};

use backends::model::{Artifact, ArtifactPart, ByteRange};
use backends::{Call, Error, ErrorKind, Result};
use bytes::Bytes;

use super::encoding::{Content, detect};
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
    /// How long it was when it was listed or opened.
    pub(crate) listed: Option<u64>,
    /// What was read when it was opened.
    opened: Option<Piece>,
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

    /// What a range asks for, if all of it is here.
    fn within(&self, range: ByteRange) -> Option<Self> {
        let (from, to) = match (range, self.size) {
            (ByteRange::From { offset, length }, None) => (offset, offset.saturating_add(length)),
            (ByteRange::From { offset, length }, Some(size)) => (offset, offset.saturating_add(length).min(size)),
            (ByteRange::Last(count), Some(size)) => (size.saturating_sub(count), size),
            (ByteRange::Last(_), None) => return None,
        };
        if from < self.from || to < from || to > self.to() {
            return None;
        }
        let at = |place: u64| usize::try_from(place - self.from).ok();
        Some(Self { bytes: self.bytes.slice(at(from)?..at(to)?), from, size: self.size })
    }
}

impl File {
    /// A file that was listed.
    pub(crate) fn new(run: RunRef, file: &Artifact, call: &Call) -> Self {
        let (path, remark) = (file.path.as_str().into(), Arc::default());
        Self { run, path, listed: file.size, opened: None, remark, call: call.clone() }
    }

    /// The most characters of an answer about it.
    pub(crate) fn characters(&self) -> usize {
        self.call.allowance().characters
    }

    /// A file that was not listed, by reading a range of it, which is kept.
    ///
    /// # Errors
    /// *Not found* if there is no such file or run, *bad input* if it is a folder.
    pub(crate) async fn open(run: &RunRef, path: &str, range: ByteRange, call: &Call) -> Result<Self> {
        let part = run.tracker.read_artifact(call, &run.id, path, range).await?;
        let ArtifactPart { bytes, offset, size, note, .. } = part;
        let opened = Some(Piece { bytes, from: offset, size });
        let remark = Arc::new(note.map(OnceLock::from).unwrap_or_default());
        Ok(Self { run: run.clone(), path: path.into(), listed: size, opened, remark, call: call.clone() })
    }

    /// A text that is already here, read as a file is: nothing is asked for.
    pub(crate) fn of_text(run: &RunRef, name: &str, bytes: Bytes, call: &Call) -> Self {
        let size = Some(bytes.len() as u64);
        let opened = Some(Piece { bytes, from: 0, size });
        Self { run: run.clone(), path: name.into(), listed: size, opened, remark: Arc::default(), call: call.clone() }
    }

    /// The bytes that came when it was opened, as far as they stand before a place.
    pub(crate) fn opened_before(&self, at: u64) -> &[u8] {
        let before = |piece: &Piece| usize::try_from(at.checked_sub(piece.from)?).ok();
        self.opened.as_ref().and_then(|piece| piece.bytes.get(..before(piece)?)).unwrap_or_default()
    }

    /// The bytes that came when it was opened, with where they begin.
    pub(crate) fn opened(&self) -> Option<&Piece> {
        self.opened.as_ref()
    }

    /// Whether it was opened and what came is text.
    pub(crate) fn is_opened_text(&self) -> bool {
        let text = |piece: &Piece| matches!(detect(&piece.bytes, piece.from), Content::Text(_));
        self.opened.as_ref().is_some_and(text)
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
        if let Some(piece) = self.opened.as_ref().and_then(|piece| piece.within(range)) {
            return Ok(piece);
        }
        // Servers refuse to send more of the end than there is; of a file that was short, all is asked for.
        if let (ByteRange::Last(count), Some(listed)) = (range, self.listed)
            && listed <= count
        {
            let whole = self.ask(ByteRange::From { offset: 0, length: count }).await?;
            if whole.size.is_none_or(|size| size <= whole.to()) {
                return Ok(whole);
            }
        }
        self.ask(range).await
    }

    async fn ask(&self, range: ByteRange) -> Result<Piece> {
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
                "'{}' was there a moment ago and is gone now: it was deleted or replaced meanwhile; list again",
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

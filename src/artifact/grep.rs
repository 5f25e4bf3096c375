//! Lines that fit a regular expression, looked for range after range.

use std::collections::VecDeque;

use backends::{Error, Result};
use bytes::Bytes;
use regex::Regex;

use super::encoding::{Content, Encoding, detect};
use super::file::File;
use super::lines::{Start, find};
use crate::render::strip;

/// Bytes of one range.
const RANGE: u64 = 1_000_000;
/// Lines before and after one that fits.
const CONTEXT: usize = 2;
/// Characters of a line that are shown.
const SHOWN: usize = 500;
/// The longest line that is looked at as one, in bytes.
const LONGEST: usize = 1_000_000;
/// What must be left of the call's time to read on.
const TIME: std::time::Duration = std::time::Duration::from_secs(5);

/// What is looked for, and where.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    /// The expression.
    pub(crate) pattern: Regex,
    /// Where to begin.
    pub(crate) start: Start,
    /// Lines that fit at most.
    pub(crate) most: usize,
    /// The last that fit instead of the first.
    pub(crate) last: bool,
    /// Bytes that are read at most.
    pub(crate) bytes: u64,
}

/// A line that fits, or one next to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Where it begins.
    pub(crate) start: Start,
    /// Its text, cut around what fits.
    pub(crate) text: String,
    /// Whether it fits.
    pub(crate) fits: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// Lines that fit and those around them, in order.
    pub(crate) hits: Vec<Hit>,
    /// How many lines fit in what was read, be they among `hits` or not.
    pub(crate) fitting: u64,
    /// The bytes that were read.
    pub(crate) read: (u64, u64),
    /// How long the file is.
    pub(crate) size: Option<u64>,
    /// How it is written.
    pub(crate) encoding: Encoding,
    /// Where to go on, if the end was not reached.
    pub(crate) onward: Option<Start>,
}

/// Looks through a file. `Err` inside is what the file is, if it is no text.
pub(crate) async fn grep(file: &File, scan: Scan) -> Result<std::result::Result<Found, &'static str>> {
    let mut start = scan.start;
    if scan.last
        && start == Start::BEGINNING
        && let Some(size) = file.listed.filter(|size| *size > scan.bytes)
    {
        start = Start { at: size - scan.bytes, line: 0 };
    }
    let first = file.from(start.at, RANGE).await?;
    let encoding = match detect(&first.bytes, start.at) {
        Content::Text(encoding) => encoding,
        Content::Binary(kind) => return Ok(Err(kind)),
    };
    let limit = scan.bytes;
    let mut scanner = Scanner::new(scan, start, encoding);
    let (mut piece, mut size) = (first, None);
    loop {
        size = piece.size.or(size);
        let to = piece.to();
        let came = piece.bytes.len() as u64;
        let at_end = size.map_or(came < RANGE, |size| to >= size) || came == 0;
        let bytes = piece.bytes;
        // The others of this process are not to wait for it.
        scanner = tokio::task::spawn_blocking(move || scanner.feed(&bytes, at_end))
            .await
            .map_err(|_| Error::bug("looking through a file failed"))?;
        let read = (start.at, to);
        if at_end || scanner.full.is_some() || to - start.at >= limit || file.call().time_left() < TIME {
            return Ok(Ok(scanner.finish(read, size, at_end)));
        }
        file.call().check()?;
        file.call().progress(to - start.at, size, "bytes looked through");
        piece = file.from(to, RANGE.min(limit - (to - start.at))).await?;
    }
}

struct Scanner {
    scan: Scan,
    encoding: Encoding,
    /// What was read and not looked at, and where it begins.
    rest: Vec<u8>,
    at: Start,
    before: VecDeque<Hit>,
    /// Lines still to be shown behind the last that fits.
    after: usize,
    hits: VecDeque<Hit>,
    shown: usize,
    fitting: u64,
    /// Where a line more than wanted fits.
    full: Option<Start>,
}

impl Scanner {
    fn new(scan: Scan, at: Start, encoding: Encoding) -> Self {
        Self {
            scan,
            encoding,
            rest: Vec::new(),
            at,
            before: VecDeque::new(),
            after: 0,
            hits: VecDeque::new(),
            shown: 0,
            fitting: 0,
            full: None,
        }
    }

    fn feed(mut self, bytes: &Bytes, at_end: bool) -> Self {
        self.rest.extend_from_slice(bytes);
        let rest = std::mem::take(&mut self.rest);
        let end = self.encoding.line_end();
        let mut left = rest.as_slice();
        while !left.is_empty() && self.full.is_none() {
            let length = match find(left, self.at.at, end) {
                Some(length) => length + end.len(),
                None if at_end => left.len(),
                None if left.len() >= LONGEST => LONGEST,
                None => break,
            };
            let (line, after) = left.split_at_checked(length).unwrap_or((left, &[]));
            self.line(line);
            if self.full.is_none() {
                let next = if self.at.line > 0 && line.ends_with(end) { self.at.line + 1 } else { self.at.line };
                self.at = Start { at: self.at.at + line.len() as u64, line: next };
                left = after;
            }
        }
        self.rest = left.to_vec();
        self
    }

    fn line(&mut self, line: &[u8]) {
        let text = self.encoding.decode(line);
        // Colours are no part of what people look for.
        let text = if text.contains('\u{1b}') { strip(&text) } else { text };
        // Of a progress bar the last state that fits.
        let fitting =
            text.split(['\r', '\n']).rev().find(|state| !state.is_empty() && self.scan.pattern.is_match(state));
        let start = self.at;
        if let Some(state) = fitting {
            if !self.scan.last && self.shown == self.scan.most {
                self.full = Some(start);
                return;
            }
            self.fitting += 1;
            self.shown += 1;
            self.hits.extend(self.before.drain(..));
            let around = self.scan.pattern.find(state).map_or(0, |found| found.start());
            self.hits.push_back(Hit { start, text: cut(state, around), fits: true });
            self.after = CONTEXT;
            self.forget();
            return;
        }
        let last = text.split(['\r', '\n']).rfind(|state| !state.trim().is_empty()).unwrap_or_default();
        let hit = Hit { start, text: cut(last, 0), fits: false };
        if self.after > 0 {
            self.after -= 1;
            self.hits.push_back(hit);
        } else {
            self.before.push_back(hit);
            if self.before.len() > CONTEXT {
                self.before.pop_front();
            }
        }
    }

    /// Where the last are wanted, the first are forgotten.
    fn forget(&mut self) {
        while self.scan.last && self.shown > self.scan.most {
            if self.hits.pop_front().is_some_and(|hit| hit.fits) {
                self.shown -= 1;
            }
        }
        // What followed the forgotten line goes with it, unless it comes before the next one that fits.
        while self.scan.last && self.shown == self.scan.most {
            let next = self.hits.iter().position(|hit| hit.fits).unwrap_or(0);
            if next <= CONTEXT {
                break;
            }
            self.hits.pop_front();
        }
    }

    fn finish(self, read: (u64, u64), size: Option<u64>, at_end: bool) -> Found {
        let onward = self.full.or((!at_end).then_some(self.at));
        Found { hits: self.hits.into(), fitting: self.fitting, read, size, encoding: self.encoding, onward }
    }
}

/// A long line around the place that counts.
fn cut(text: &str, around: usize) -> String {
    let length = text.chars().count();
    if length <= SHOWN {
        return text.to_owned();
    }
    let before = text.get(..around).map_or(0, |before| before.chars().count());
    let skip = before.saturating_sub(SHOWN / 4).min(length - SHOWN);
    let shown: String = text.chars().skip(skip).take(SHOWN).collect();
    let (start, end) = (if skip > 0 { "…" } else { "" }, if skip + SHOWN < length { "…" } else { "" });
    format!("{start}{shown}{end}")
}

#[cfg(test)]
mod tests;

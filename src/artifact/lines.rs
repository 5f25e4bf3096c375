//! Lines of a file, from its beginning, its end or a place in it, by as few ranges as they need.

use backends::Result;
use bytes::{Bytes, BytesMut};

use super::encoding::{Content, Encoding, detect};
use super::file::{File, Piece};

/// Bytes of the first range for each line that is wanted.
const PER_LINE: u64 = 160;
/// Least and most bytes of the first range.
const FIRST: (u64, u64) = (16_000, 256_000);
/// Bytes that are read to fill one page at most.
const MOST: u64 = 1_000_000;
/// The longest piece of a line that is shown at once, in bytes; longer lines come in several.
const PIECE: usize = 4_000;

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Start {
    /// The byte.
    pub(crate) at: u64,
    /// The number of its line, counted from 1; 0 if it is not known.
    pub(crate) line: u64,
}

impl Start {
    /// The beginning of a file.
    pub(crate) const BEGINNING: Self = Self { at: 0, line: 1 };
}

/// A line, or a piece of a long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Where it begins.
    pub(crate) start: Start,
    /// The byte behind it and its end.
    pub(crate) to: u64,
    /// Its text, without its end.
    pub(crate) text: String,
    /// Whether the line ends with it.
    pub(crate) ends: bool,
    /// Earlier states of a progress bar that were left out of it.
    pub(crate) collapsed: usize,
}

/// Lines of a file that follow each other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lines {
    /// The lines.
    pub(crate) lines: Vec<Line>,
    /// How long the file is.
    pub(crate) size: Option<u64>,
    /// How it is written.
    pub(crate) encoding: Encoding,
}

/// Lines, or what the file is instead.
pub(crate) type Text = std::result::Result<Lines, &'static str>;

/// The first `count` lines from a place on.
pub(crate) async fn head(file: &File, start: Start, count: usize) -> Result<Text> {
    let mut window = Window::of(file.from(start.at, reach(count)).await?, reach(count));
    let encoding = match detect(&window.bytes, start.at) {
        Content::Text(encoding) => encoding,
        Content::Binary(kind) => return Ok(Err(kind)),
    };
    let mut lines;
    loop {
        let room = MOST.saturating_sub(window.bytes.len() as u64);
        // A line without an end is a line only where nothing can follow.
        lines = split(&window.bytes, start, encoding, window.at_end || room == 0);
        if lines.len() >= count || window.at_end || room == 0 {
            break;
        }
        let wanted = (window.bytes.len() as u64 * 3).clamp(1, room);
        window.append(file.from(window.to(), wanted).await?, wanted);
    }
    lines.truncate(count);
    Ok(Ok(Lines { lines, size: window.size, encoding }))
}

/// The last `count` lines that end before a place, or before the end of the file.
pub(crate) async fn tail(file: &File, end: Option<u64>, count: usize) -> Result<Text> {
    let wanted = reach(count);
    let mut piece = match end {
        None => file.last(wanted).await?,
        Some(end) => file.from(end.saturating_sub(wanted), end.min(wanted)).await?,
    };
    let encoding = match detect(&piece.bytes, piece.from) {
        Content::Text(encoding) => encoding,
        Content::Binary(kind) => return Ok(Err(kind)),
    };
    let mut lines;
    loop {
        let room = MOST.saturating_sub(piece.bytes.len() as u64);
        lines = whole_lines(&piece, encoding, room == 0);
        if lines.len() >= count || piece.from == 0 || room == 0 {
            break;
        }
        let wanted = (piece.bytes.len() as u64 * 3).clamp(1, room).min(piece.from);
        let before = file.from(piece.from - wanted, wanted).await?;
        if before.to() != piece.from {
            // The file was cut short meanwhile.
            break;
        }
        piece = Piece { bytes: joined(&before.bytes, &piece.bytes), from: before.from, size: piece.size };
    }
    lines.drain(..lines.len().saturating_sub(count));
    Ok(Ok(Lines { lines, size: piece.size, encoding }))
}

/// How many bytes are read first for so many lines.
pub(crate) fn reach(count: usize) -> u64 {
    (count as u64).saturating_mul(PER_LINE).clamp(FIRST.0, FIRST.1)
}

fn joined(a: &Bytes, b: &Bytes) -> Bytes {
    let mut both = BytesMut::with_capacity(a.len() + b.len());
    both.extend_from_slice(a);
    both.extend_from_slice(b);
    both.freeze()
}

/// Bytes that follow each other, and whether the file ends with them.
struct Window {
    bytes: Bytes,
    from: u64,
    size: Option<u64>,
    at_end: bool,
}

impl Window {
    fn of(piece: Piece, asked: u64) -> Self {
        let mut window = Self { bytes: Bytes::new(), from: piece.from, size: piece.size, at_end: false };
        window.append(piece, asked);
        window
    }

    fn append(&mut self, piece: Piece, asked: u64) {
        self.size = piece.size.or(self.size);
        let came = piece.bytes.len() as u64;
        self.bytes = if self.bytes.is_empty() { piece.bytes } else { joined(&self.bytes, &piece.bytes) };
        self.at_end = self.size.map_or(came < asked, |size| self.to() >= size) || came == 0;
    }

    fn to(&self) -> u64 {
        self.from + self.bytes.len() as u64
    }
}

/// The lines of a piece of which the first may have begun before it.
fn whole_lines(piece: &Piece, encoding: Encoding, whatever: bool) -> Vec<Line> {
    if piece.from == 0 {
        return split(&piece.bytes, Start::BEGINNING, encoding, true);
    }
    let end = encoding.line_end();
    let skip = match find(&piece.bytes, piece.from, end) {
        Some(at) => at + end.len(),
        // Nothing but the inside of one line: it is shown as far as it was read.
        None if whatever => inside(&piece.bytes, piece.from, encoding),
        None => return Vec::new(),
    };
    let start = Start { at: piece.from + skip as u64, line: 0 };
    split(piece.bytes.get(skip..).unwrap_or_default(), start, encoding, true)
}

/// Where the first whole character begins.
fn inside(bytes: &[u8], from: u64, encoding: Encoding) -> usize {
    match encoding {
        Encoding::Utf16Le | Encoding::Utf16Be => usize::from(from % 2 == 1),
        Encoding::Utf8 => bytes.iter().take(3).take_while(|byte| matches!(byte, 0x80..=0xbf)).count(),
        _ => 0,
    }
}

/// Where a line's end begins.
pub(super) fn find(bytes: &[u8], from: u64, end: &[u8]) -> Option<usize> {
    match end {
        [byte] => bytes.iter().position(|one| one == byte),
        end => {
            let skip = usize::from(from % 2 == 1);
            let pairs = bytes.get(skip..).unwrap_or_default().chunks_exact(2);
            pairs.into_iter().position(|pair| pair == end).map(|at| skip + at * 2)
        }
    }
}

/// The lines of these bytes; what has no end at their end only if it is `at_end`.
fn split(bytes: &[u8], start: Start, encoding: Encoding, at_end: bool) -> Vec<Line> {
    let end = encoding.line_end();
    let mut lines = Vec::new();
    let (mut at, mut rest) = (start, bytes);
    while !rest.is_empty() {
        let (length, ends) = match find(rest, at.at, end) {
            Some(length) => (length, true),
            None if at_end => (rest.len(), false),
            None => break,
        };
        let (line, after) = rest.split_at_checked(length + if ends { end.len() } else { 0 }).unwrap_or((rest, &[]));
        pieces(line.get(..length).unwrap_or_default(), at, encoding, ends, line.len(), &mut lines);
        at = Start { at: at.at + line.len() as u64, line: if at.line > 0 { at.line + 1 } else { 0 } };
        rest = after;
    }
    lines
}

/// A line whole, or in pieces if it is long. Of a progress bar only its last state counts.
fn pieces(line: &[u8], start: Start, encoding: Encoding, ends: bool, with_end: usize, lines: &mut Vec<Line>) {
    let to = start.at + with_end as u64;
    let text = encoding.decode(line);
    let text = text.strip_suffix('\r').unwrap_or(&text);
    if text.contains('\r') {
        let states: Vec<&str> = text.split('\r').filter(|state| !state.trim().is_empty()).collect();
        let last = states.last().copied().unwrap_or_default();
        let mut shown: String = last.chars().take(PIECE).collect();
        if shown.len() < last.len() {
            shown.push('…');
        }
        lines.push(Line { start, to, text: shown, ends, collapsed: states.len().saturating_sub(1) });
        return;
    }
    let mut at = start.at;
    let mut rest = line;
    while rest.len() > PIECE {
        let (piece, after) = rest.split_at_checked(edge(rest, encoding)).unwrap_or((rest, &[]));
        let place = Start { at, line: start.line };
        at += piece.len() as u64;
        lines.push(Line { start: place, to: at, text: encoding.decode(piece), ends: false, collapsed: 0 });
        rest = after;
    }
    let text = encoding.decode(rest);
    let text = text.strip_suffix('\r').unwrap_or(&text).to_owned();
    lines.push(Line { start: Start { at, line: start.line }, to, text, ends, collapsed: 0 });
}

/// Where a long line is parted: behind a space or comma near the limit, and never within a character.
fn edge(bytes: &[u8], encoding: Encoding) -> usize {
    if matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be) {
        return PIECE;
    }
    let near = bytes.get(PIECE - 200..PIECE).unwrap_or_default();
    if let Some(at) = near.iter().rposition(|byte| matches!(byte, b' ' | b',' | b';')) {
        return PIECE - 200 + at + 1;
    }
    let is_inside = |at: &usize| bytes.get(*at).is_some_and(|byte| matches!(byte, 0x80..=0xbf));
    let edge = (PIECE - 3..=PIECE).rev().find(|at| !is_inside(at)).unwrap_or(PIECE);
    if encoding == Encoding::Latin1 { PIECE } else { edge }
}

#[cfg(test)]
mod tests;

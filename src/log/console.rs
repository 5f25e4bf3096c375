//! A console made one text: its messages in the order in which they were written.
//!
//! A place in it is a moment, the messages of that moment that came before, and how far one of them was read: so nothing is
//! told twice or left out, whatever is written at the same moment later.

use std::sync::LazyLock;

use backends::model::{ConsoleRange, Message};
use backends::{Call, Result};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::artifact::File;
use crate::cursor::crc32;
use crate::references::RunRef;

/// Questions for one page at most.
const QUESTIONS: usize = 3;
/// Messages of one moment that are known again one by one; of more, only their number is.
const KNOWN: usize = 24;

/// A place in a console.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moment {
    /// Milliseconds since 1970; none before the first message.
    #[serde(rename = "t")]
    time: Option<i64>,
    /// How many messages of that moment stand before the place.
    #[serde(rename = "n")]
    count: usize,
    /// Their checksums, if they are few.
    #[serde(rename = "h")]
    known: Vec<u32>,
    /// The checksum of a message of that moment of which so many bytes stand before the place.
    #[serde(rename = "b")]
    begun: Option<(u32, usize)>,
    /// The number of the line there; 0 if it is not known.
    #[serde(rename = "l")]
    pub(crate) line: u64,
}

impl Moment {
    /// Before the first message.
    pub(crate) fn beginning() -> Self {
        Self { line: 1, ..Self::default() }
    }

    fn time(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.time?).ok()
    }

    /// Parts the messages of this moment: those before the place, and those behind it.
    fn part(&self, messages: Vec<Message>) -> (Vec<Part>, Vec<Part>) {
        let (mut before, mut behind) = (Vec::new(), Vec::new());
        let mut known = self.known.clone();
        let mut begun = self.begun;
        let by_number = self.count > self.known.len();
        for (number, message) in messages.into_iter().enumerate() {
            let whole = Part::of(message);
            let place = known.iter().position(|hash| *hash == whole.hash);
            match (place, begun) {
                _ if by_number && number < self.count => before.push(whole),
                (Some(place), _) => {
                    known.swap_remove(place);
                    before.push(whole);
                }
                (None, Some((hash, read))) if hash == whole.hash => {
                    begun = None;
                    let (first, rest) = whole.split(read);
                    before.push(first);
                    // It goes on where it was left, whatever order the others come in.
                    behind.insert(0, rest);
                }
                _ => behind.push(whole),
            }
        }
        (before, behind)
    }
}

/// A message, or what is left of one.
#[derive(Clone, Debug)]
struct Part {
    time: Timestamp,
    text: String,
    /// Of the whole message.
    hash: u32,
    /// Bytes of it that stand before this part.
    skipped: usize,
    /// Bytes of the whole message.
    length: usize,
}

impl Part {
    fn of(message: Message) -> Self {
        let text = message.text.strip_suffix('\n').map(ToOwned::to_owned).unwrap_or(message.text);
        let (hash, length) = (crc32(text.as_bytes()), text.len());
        Self { time: message.time, text, hash, skipped: 0, length }
    }

    fn split(self, at: usize) -> (Self, Self) {
        let at = (0..=at.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        let (first, rest) = self.text.split_at(at);
        (Self { text: first.to_owned(), ..self.clone() }, Self { text: rest.to_owned(), skipped: at, ..self.clone() })
    }
}

/// A part of a console as one text.
pub(crate) struct Console {
    /// The text.
    pub(crate) file: File,
    /// There may be more beyond it, in the direction in which it was read.
    pub(crate) more: bool,
    /// The place before its first byte.
    start: Moment,
    /// Its messages, each with where it begins in the text.
    parts: Vec<(usize, Part)>,
}

impl Console {
    fn new(run: &RunRef, call: &Call, start: Moment, parts: Vec<Part>, more: bool) -> Self {
        let mut text = String::new();
        let mut placed = Vec::with_capacity(parts.len());
        for part in parts {
            if let Some((_, before)) = placed.last() {
                text.push(separator(before, &part));
            }
            placed.push((text.len(), part));
            text.push_str(&placed.last().map(|(_, part)| part.text.clone()).unwrap_or_default());
        }
        let file = File::of_text(run, "console", Bytes::from(text), call);
        Self { file, more, start, parts: placed }
    }

    /// Whether nothing was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The number of a line of its text; 0 if it is not known.
    pub(crate) fn line(&self, number: u64) -> u64 {
        match (self.start.line, number) {
            (0, _) | (_, 0) => 0,
            (first, number) => first + number - 1,
        }
    }

    /// When the message was written in which a byte of the text stands.
    pub(crate) fn time(&self, at: u64) -> Option<Timestamp> {
        let at = usize::try_from(at).ok()?;
        let next = self.parts.partition_point(|(start, _)| *start <= at);
        self.parts.get(next.saturating_sub(1)).map(|(_, part)| part.time)
    }

    /// The place before a byte of the text, whose line has this number within the text.
    pub(crate) fn place(&self, at: u64, line: u64) -> Moment {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let next = self.parts.partition_point(|(start, _)| *start < at);
        let Some((start, last)) = next.checked_sub(1).and_then(|last| self.parts.get(last)) else {
            return self.start.clone();
        };
        let read = last.skipped + (at - start).min(last.text.len());
        let time = last.time.as_millisecond();
        let carried = if self.start.time == Some(time) { self.start.clone() } else { Moment::default() };
        let (mut known, mut count, mut begun) = (carried.known, carried.count, carried.begun);
        for (_, part) in self.parts.get(..next).unwrap_or_default().iter().filter(|(_, part)| part.time == last.time) {
            if part.skipped > 0 {
                begun = None;
            }
            count += 1;
            known.push(part.hash);
        }
        if read < last.length {
            begun = Some((last.hash, read));
            count -= 1;
            known.pop();
        }
        if count > KNOWN {
            known.clear();
        }
        Moment { time: Some(time), count, known, begun, line: self.line(line) }
    }
}

/// What stands between two messages: states of one progress bar are one line.
fn separator(before: &Part, next: &Part) -> char {
    static BAR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^([^|\n]{0,80}?)\s*\d{1,3}%\|[^\n]*$").ok());
    let bar = |part: &Part| {
        let text = part.text.trim_matches('\r').to_owned();
        let found = BAR.as_ref()?.captures(text.rsplit('\n').next()?)?;
        Some(found.get(1)?.as_str().to_owned())
    };
    let goes_on = before.text.ends_with('\r') || next.text.starts_with('\r');
    let one_bar = || next.skipped == 0 && bar(before).is_some_and(|name| bar(next).is_some_and(|other| other == name));
    if goes_on || one_bar() { '\r' } else { '\n' }
}

fn moment_after(time: Timestamp) -> Timestamp {
    time.checked_add(SignedDuration::from_millis(1)).unwrap_or(Timestamp::MAX)
}

/// What was written from a place on: at least `lines` lines, if there are so many.
pub(crate) async fn console_from(call: &Call, run: &RunRef, place: &Moment, lines: usize) -> Result<Console> {
    let mut parts: Vec<Part> = Vec::new();
    let (mut from, mut most) = (place.time(), lines + place.count + 2);
    let mut more = true;
    for _ in 0..QUESTIONS {
        let answer = run.tracker.console(call, &run.id, ConsoleRange::From(from), most).await?;
        more = answer.more;
        let last = answer.messages.last().map(|message| message.time);
        let (at_place, later): (Vec<_>, Vec<_>) =
            answer.messages.into_iter().partition(|message| Some(message.time) == place.time());
        parts.extend(place.part(at_place).1);
        parts.extend(later.into_iter().map(Part::of));
        let Some(last) = last.filter(|_| more && count(&parts) <= lines) else { break };
        (from, most) = (Some(moment_after(last)), most * 8);
    }
    Ok(Console::new(run, call, place.clone(), parts, more))
}

/// What was written before a place, or last: at least `lines` lines, if there are so many.
pub(crate) async fn console_before(call: &Call, run: &RunRef, place: Option<&Moment>, lines: usize) -> Result<Console> {
    let mut parts: Vec<Part> = Vec::new();
    let place_time = place.and_then(Moment::time);
    let (mut before, mut most) = (place_time.map(moment_after), lines + 2);
    let mut more = true;
    for _ in 0..QUESTIONS {
        let answer = run.tracker.console(call, &run.id, ConsoleRange::Before(before), most).await?;
        more = answer.more;
        let first = answer.messages.first().map(|message| message.time);
        let (at_place, earlier): (Vec<_>, Vec<_>) =
            answer.messages.into_iter().partition(|message| Some(message.time) == place_time);
        let mut found: Vec<Part> = earlier.into_iter().map(Part::of).collect();
        found.extend(place.map(|place| place.part(at_place).0).unwrap_or_default());
        found.append(&mut parts);
        parts = found;
        let Some(first) = first.filter(|_| more && count(&parts) <= lines) else { break };
        (before, most) = (Some(first), most * 8);
    }
    // All messages of the first moment are here, so that what stands before it is another moment.
    let time = parts.first().map(|part| part.time.as_millisecond());
    let start = Moment { time, line: u64::from(!more), ..Moment::default() };
    Ok(Console::new(run, call, start, parts, more))
}

/// Lines as they will be shown.
fn count(parts: &[Part]) -> usize {
    let within: usize = parts.iter().map(|part| part.text.matches('\n').count()).sum();
    let between = parts.windows(2).filter(|pair| matches!(pair, [a, b] if separator(a, b) == '\n')).count();
    within + between + usize::from(!parts.is_empty())
}

#[cfg(test)]
mod tests;

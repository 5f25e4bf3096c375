//! Lines of a log that fit a regular expression.

use backends::Error;
use regex::Regex;

use super::source::{Begins, Source};
use super::{Asked, Part, Shown};
use crate::artifact::{Found, Hit, Scan, Start, grep, listed, words};
use crate::problem::Result;
use crate::render::{Answer, Cell, Keep, one_line};

/// Bytes of a file that are looked through at once.
const BYTES: u64 = 64_000_000;
/// Lines that fit up to which those around them are shown.
const WITH_CONTEXT: usize = 10;

pub(super) struct Search {
    source: Source,
    pattern: String,
    found: Found,
    hits: Vec<Hit>,
    last: bool,
}

pub(super) async fn read(source: Source, pattern: &Regex, asked: &Asked<'_>) -> Result<Search> {
    let (start, last) = match source.from {
        Begins::Place(at, line) => (Start { at, line }, false),
        Begins::Before(_) => (Start::BEGINNING, true),
        Begins::Beginning | Begins::End => (Start::BEGINNING, asked.part == Part::Tail),
    };
    let scan = Scan { pattern: pattern.clone(), start, most: asked.lines, last, bytes: BYTES };
    let found = grep(source.file(), scan).await?.map_err(|kind| {
        let shown = source.file().shown();
        Error::bad_input(format!("'{shown}' is no text that lines could be looked for in (it is binary: {kind})"))
    })?;
    let fitting = found.hits.iter().filter(|hit| hit.fits).count();
    let hits = found.hits.iter().filter(|hit| hit.fits || fitting <= WITH_CONTEXT).cloned().collect();
    Ok(Search { source, pattern: pattern.as_str().to_owned(), found, hits, last })
}

impl Search {
    fn taken(&self, count: usize) -> &[Hit] {
        let count = count.min(self.hits.len());
        let first = if self.last { self.hits.len() - count } else { 0 };
        self.hits.get(first..first + count).unwrap_or_default()
    }

    /// What was looked through, in words.
    fn reach(&self) -> String {
        let (from, to) = self.found.read;
        let to = self.found.onward.map_or(to, |onward| onward.at);
        if self.source.as_console().is_some() {
            let all = !self.source.has_before(0) && !self.source.has_behind(to, self.found.size);
            return match (all, self.source.from) {
                (_, Begins::Place(..)) => "what was written since".to_owned(),
                (true, _) => "the whole console".to_owned(),
                (false, _) => format!("{} of the console", words(to - from)),
            };
        }
        match self.found.size {
            Some(size) if from == 0 && to >= size => format!("all of {size} bytes"),
            Some(size) => format!("bytes {from}-{to} of {size}"),
            None => format!("bytes {from}-{to}"),
        }
    }
}

impl Shown for Search {
    fn count(&self) -> usize {
        self.hits.len()
    }

    fn answer(&self, asked: &Asked<'_>, count: usize) -> Answer {
        let (hits, source) = (self.taken(count), &self.source);
        let cut = if self.last { None } else { self.hits.get(count).map(|hit| hit.start) };
        let stop = cut.or(self.found.onward.filter(|_| !self.last));
        let end = Start { at: self.found.read.1, line: 0 };
        let behind = stop.is_some() || source.has_behind(end.at, self.found.size);
        let next =
            stop.or((behind || !asked.is_over()).then_some(end)).filter(|_| !matches!(source.from, Begins::Before(_)));
        let cursor = next.and_then(|next| asked.cursor(false, source, next.at, next.line));
        let more_before = self.last && source.as_console().is_some() && source.has_before(0);
        let earlier = if more_before { asked.cursor(true, source, 0, 0) } else { None };
        let fitting = hits.iter().filter(|hit| hit.fits).count();
        let mut answer = Answer::new()
            .fact("matches", self.found.fitting)
            .fact("matches_shown", (fitting as u64 != self.found.fitting).then_some(fitting))
            .fact("searched", Cell::text(self.reach()))
            .fact("next_cursor", cursor.clone())
            .fact("earlier_cursor", earlier);
        if hits.is_empty() {
            answer = answer.note(format!("no line fits '{}' in {}", one_line(&self.pattern, 120), self.reach()));
        } else {
            let label = |at: u64| if source.as_console().is_some() { String::new() } else { format!("byte {at}") };
            let text = listed(hits, |line| source.line(line), label);
            answer = answer.foreign("matches_text", source.label(), &text, usize::MAX, Keep::Start);
        }
        if self.found.read.0 > 0 && self.last {
            answer = answer.note(format!("only the last {} were looked through", words(BYTES)));
        }
        if more_before {
            answer = answer.note("what stands before was not looked through; earlier_cursor leads there");
        }
        match (behind, cursor.is_some()) {
            (true, true) => {
                answer = answer.note("the rest was not looked through or not shown; next_cursor goes on there")
            }
            (false, true) => answer = answer.note("next_cursor looks only through what is written later"),
            _ => {}
        }
        answer.notes(self.found.encoding.remark())
    }
}

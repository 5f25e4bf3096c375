//! Lines that fit a regular expression.

use regex::Regex;

use super::{Part, Shown, View, Want};
use crate::artifact::{File, Found, Hit, Scan, Start, grep, listed, words};
use crate::problem::Result;
use crate::render::{Answer, Cell, Keep, one_line};
use crate::tools::onward::Onward;
use backends::Error;

/// Bytes of a file that are looked through at once.
const BYTES: u64 = 64_000_000;
/// Lines that fit up to which those around them are shown.
const WITH_CONTEXT: u64 = 10;

struct Search {
    file: File,
    pattern: String,
    found: Found,
    hits: Vec<Hit>,
    part: Part,
}

pub(super) async fn read(file: &File, pattern: &Regex, want: &Want, start: Start) -> Result<View> {
    let scan = Scan { pattern: pattern.clone(), start, most: want.lines, last: want.part == Part::Tail, bytes: BYTES };
    let found = grep(file, scan).await?.map_err(|kind| {
        let shown = file.shown();
        Error::bad_input(format!("'{shown}' is no text that lines could be looked for in (it is binary: {kind})"))
    })?;
    let shown = found.hits.iter().filter(|hit| hit.fits).count() as u64;
    let context = shown <= WITH_CONTEXT;
    let hits = found.hits.iter().filter(|hit| hit.fits || context).cloned().collect();
    Ok(Box::new(Search { file: file.clone(), pattern: pattern.as_str().to_owned(), found, hits, part: want.part }))
}

impl Search {
    fn taken(&self, count: usize) -> &[Hit] {
        let count = count.min(self.hits.len());
        let first = if self.part == Part::Tail { self.hits.len() - count } else { 0 };
        self.hits.get(first..first + count).unwrap_or_default()
    }

    /// What was looked through, in words.
    fn reach(&self) -> String {
        let (from, to) = self.found.read;
        let to = self.found.onward.map_or(to, |onward| onward.at);
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

    fn answer(&self, count: usize, onward: Option<&Onward>) -> Answer {
        let hits = self.taken(count);
        let cut = if self.part == Part::Head { self.hits.get(count).map(|hit| hit.start) } else { None };
        let next = cut.or(self.found.onward.filter(|_| self.part == Part::Head));
        let cursor = next.and_then(|next| onward?.cursor(&self.file.run, next.at, next.line));
        let fitting = hits.iter().filter(|hit| hit.fits).count();
        let mut answer = Answer::new()
            .fact("matches", self.found.fitting)
            .fact("matches_shown", (fitting as u64 != self.found.fitting).then_some(fitting))
            .fact("searched", Cell::text(self.reach()))
            .fact("next_cursor", cursor.clone().map(Cell::Text));
        if !hits.is_empty() {
            let text = listed(hits, |line| line, |at| format!("byte {at}"));
            answer = answer.foreign("matches_text", self.file.source(), &text, usize::MAX, Keep::Start);
        } else {
            let pattern = one_line(&self.pattern, 120);
            answer = answer.note(format!("no line fits '{pattern}' in {}", self.reach()));
        }
        if self.found.read.0 > 0 && self.part == Part::Tail {
            answer = answer.note(format!("only the last {} were looked through", words(BYTES)));
        }
        if next.is_some() {
            let how = if cursor.is_some() { "next_cursor goes on there" } else { "read this run alone to go on" };
            answer = answer.note(format!("the rest of the file was not looked through or not shown; {how}"));
        }
        answer.notes(self.found.encoding.remark()).notes(self.file.changed(self.found.size))
    }
}

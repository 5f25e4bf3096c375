//! Lines of text, from either end.

use backends::Result as Plain;

use super::{Part, Shown, View, Want, picture, start};
use crate::artifact::{File, Line, Lines, head, tail};
use crate::problem::Result;
use crate::render::{Answer, Cell, Keep};
use crate::tools::onward::Onward;

/// Lines that follow each other.
struct Text {
    file: File,
    lines: Lines,
    part: Part,
}

pub(super) async fn read(file: &File, want: &Want, onward: Option<&Onward>, web_url: Option<&str>) -> Result<View> {
    let going_on = onward.filter(|onward| onward.goes_on());
    let found: Plain<_> = match want.part {
        Part::Head => head(file, start(onward), want.lines).await,
        Part::Tail => tail(file, going_on.map(Onward::at), want.lines).await,
    };
    match found? {
        Ok(lines) => Ok(Box::new(Text { file: file.clone(), lines, part: want.part })),
        Err(kind) => picture::by_its_bytes(file, kind, web_url).await,
    }
}

impl Text {
    /// Those of the lines that are shown.
    fn taken(&self, count: usize) -> &[Line] {
        let lines = &self.lines.lines;
        let count = count.min(lines.len());
        let (first, last) = match self.part {
            Part::Head => (0, count),
            Part::Tail => (lines.len() - count, lines.len()),
        };
        lines.get(first..last).unwrap_or_default()
    }
}

impl Shown for Text {
    fn count(&self) -> usize {
        self.lines.lines.len()
    }

    fn answer(&self, count: usize, onward: Option<&Onward>) -> Answer {
        let lines = self.taken(count);
        let size = self.lines.size;
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            let what = if size == Some(0) { "the file is empty" } else { "there is no text beyond this place" };
            return Answer::new().note(what);
        };
        let (from, to) = (first.start, last.to);
        let ended = size.is_none_or(|size| to >= size);
        let complete = from.at == 0 && ended;
        // Where the rest is: behind what is shown, or before it.
        let rest = match self.part {
            Part::Head if !ended => {
                Some((to, if last.ends && last.start.line > 0 { last.start.line + 1 } else { last.start.line }))
            }
            Part::Tail if from.at > 0 => Some((from.at, 0)),
            _ => None,
        };
        let cursor = rest.and_then(|(at, line)| onward?.cursor(&self.file.run, at, line));
        let numbered = from.line > 0;
        let mut text = String::new();
        for (at, line) in lines.iter().enumerate() {
            text.push_str(&line.text);
            if line.ends && at + 1 < lines.len() {
                text.push('\n');
            }
        }
        let of = size.map(|size| format!(" of {size}")).unwrap_or_default();
        let mut answer = Answer::new()
            .fact("lines", numbered.then(|| Cell::text(format!("{}-{}", from.line, last.start.line))))
            .fact("byte_range", (!complete).then(|| Cell::text(format!("{}-{}{of}", from.at, to))))
            .fact("complete", complete.then_some(true))
            .fact("next_cursor", cursor.clone().map(Cell::Text))
            .foreign("text", self.file.source(), &text, usize::MAX, Keep::Start);
        let collapsed: usize = lines.iter().map(|line| line.collapsed).sum();
        if collapsed > 0 {
            answer = answer.note(format!("{collapsed} earlier states of progress bars are left out"));
        }
        if rest.is_some() {
            let what = if self.part == Part::Head { "more follows" } else { "earlier lines stand before" };
            let how = match cursor.is_some() {
                true => "next_cursor leads there",
                false => "read this run alone to go on",
            };
            answer = answer.note(format!("{what}; {how}"));
        }
        answer.notes(self.lines.encoding.remark()).notes(self.file.changed(size))
    }
}

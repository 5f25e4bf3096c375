//! Lines of a log that follow each other.

use backends::Error;

use super::source::{Begins, Source};
use super::{Asked, Shown};
use crate::artifact::{Line, Lines, Start, head, tail};
use crate::problem::Result;
use crate::render::{Answer, Cell, Keep};

/// Lines that follow each other.
pub(super) struct Text {
    source: Source,
    lines: Lines,
}

pub(super) async fn read(source: Source, asked: &Asked<'_>) -> Result<Text> {
    let file = source.file();
    let found = match source.from {
        Begins::Beginning => head(file, Start::BEGINNING, asked.lines).await?,
        Begins::End => tail(file, None, asked.lines).await?,
        Begins::Place(at, line) => head(file, Start { at, line }, asked.lines).await?,
        Begins::Before(at) => tail(file, (at < u64::MAX).then_some(at), asked.lines).await?,
    };
    let lines = found.map_err(|kind| {
        let shown = file.shown();
        Error::bad_input(format!("'{shown}' is no text (it is binary: {kind}); list_artifacts names the other files"))
    })?;
    Ok(Text { source, lines })
}

impl Text {
    fn is_tail(&self) -> bool {
        matches!(self.source.from, Begins::End | Begins::Before(_))
    }

    fn taken(&self, count: usize) -> &[Line] {
        let lines = &self.lines.lines;
        let count = count.min(lines.len());
        let first = if self.is_tail() { lines.len() - count } else { 0 };
        lines.get(first..first + count).unwrap_or_default()
    }

    /// Why there is no line.
    fn none(&self, asked: &Asked<'_>) -> Answer {
        let what = match self.source.from {
            Begins::Before(_) => "nothing stands before this place",
            Begins::Place(..) => "nothing was written since",
            _ => "the log is empty",
        };
        let cursor = match self.source.from {
            Begins::Before(_) => None,
            _ if asked.is_over() => None,
            Begins::Place(at, line) => asked.cursor(false, &self.source, at, line),
            _ => asked.cursor(false, &self.source, 0, 1),
        };
        let ended = if asked.is_over() { ", and the run has ended" } else { "" };
        let new = matches!(self.source.from, Begins::Place(..)).then_some(0_usize);
        Answer::new().fact("new_lines", new).fact("next_cursor", cursor).note(format!("{what}{ended}"))
    }
}

impl Shown for Text {
    fn count(&self) -> usize {
        self.lines.lines.len()
    }

    fn answer(&self, asked: &Asked<'_>, count: usize) -> Answer {
        let lines = self.taken(count);
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return self.none(asked) };
        let (source, size) = (&self.source, self.lines.size);
        let behind = source.has_behind(last.to, size);
        let before = source.has_before(first.start.at);
        let line_behind = if last.start.line == 0 {
            0
        } else {
            last.start.line + u64::from(last.ends || source.as_console().is_some())
        };
        let goes_on = matches!(source.from, Begins::Before(_)) || (asked.is_over() && !behind);
        let newer = if goes_on { None } else { asked.cursor(false, source, last.to, line_behind) };
        let shows_earlier = before && self.is_tail();
        let earlier = if shows_earlier { asked.cursor(true, source, first.start.at, first.start.line) } else { None };
        let mut text = String::new();
        for (at, line) in lines.iter().enumerate() {
            text.push_str(&line.text);
            if line.ends && at + 1 < lines.len() {
                text.push('\n');
            }
        }
        let (from, to) = (source.line(first.start.line), source.line(last.start.line));
        let console = source.as_console();
        let of = size.map(|size| format!(" of {size}")).unwrap_or_default();
        let range = Cell::text(format!("{}-{}{of}", first.start.at, last.to));
        let complete = !before && !behind && !matches!(source.from, Begins::Place(..) | Begins::Before(_));
        let mut answer = Answer::new()
            .fact("lines", if from > 0 { Cell::text(format!("{from}-{to}")) } else { Cell::from(lines.len()) })
            .fact("byte_range", (console.is_none() && !complete).then_some(range))
            .fact("written_from", console.and_then(|console| console.time(first.start.at)).map(Cell::Time))
            .fact("written_to", console.and_then(|console| console.time(last.start.at)).map(Cell::Time))
            .fact("complete", complete.then_some(true))
            .fact("next_cursor", newer.clone())
            .fact("earlier_cursor", earlier)
            .foreign("text", source.label(), &text, usize::MAX, Keep::Start);
        let collapsed: usize = lines.iter().map(|line| line.collapsed).sum();
        if collapsed > 0 {
            answer = answer.note(format!("{collapsed} earlier states of progress bars are left out"));
        }
        if shows_earlier {
            answer = answer.note("earlier lines stand before; earlier_cursor leads there");
        }
        match (behind, newer.is_some()) {
            (true, true) => answer = answer.note("more follows; next_cursor leads there"),
            (false, true) => {
                answer = answer.note("this is the end so far; next_cursor gives only what is written later")
            }
            _ => {}
        }
        answer.notes(self.lines.encoding.remark())
    }
}

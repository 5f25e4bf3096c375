//! Which log is read, and from where.

use backends::model::ByteRange;
use backends::{Call, Error, ErrorKind};
use serde_json::json;

use super::{Asked, Part};
use crate::artifact::{File, Glob, Piece, find as find_artifact, reach};
use crate::log::{Console, LogFiles, Mark, Moment, Place, Where, console_before, console_from, log_files};
use crate::problem::{Problem, Result};
use crate::references::RunRef;

/// Lines of a console that are looked through at once.
const SEARCHED: usize = 15_000;

/// A log that is read from one end, or from a place on.
pub(super) struct Source {
    held: Held,
    /// The place that a cursor gave.
    pub(super) from: Begins,
    remarks: Vec<String>,
}

enum Held {
    File(File),
    Console(Console),
}

/// Where it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    /// At its beginning.
    Beginning,
    /// At its end.
    End,
    /// Begins this byte on, whose line has this number.
    Place(u64, u64),
    /// Before this byte.
    Before(u64),
}

/// What was found of the logs of a run.
pub(super) enum Found {
    One(Box<Source>, LogFiles),
    Several(LogFiles),
    Nothing(LogFiles),
}

impl Source {
    fn console(console: Console, from: Begins) -> Self {
        Self { held: Held::Console(console), from, remarks: Vec::new() }
    }

    pub(super) fn of_file(file: File, from: Begins) -> Self {
        Self { held: Held::File(file), from, remarks: Vec::new() }
    }

    /// What is read.
    pub(super) fn file(&self) -> &File {
        match &self.held {
            Held::File(file) => file,
            Held::Console(console) => &console.file,
        }
    }

    /// Whose text it is.
    pub(super) fn label(&self) -> String {
        match &self.held {
            Held::File(file) => file.source(),
            Held::Console(console) => format!("run {}, console", console.file.run.text()),
        }
    }

    /// The console that it is.
    pub(super) fn as_console(&self) -> Option<&Console> {
        match &self.held {
            Held::File(_) => None,
            Held::Console(console) => Some(console),
        }
    }

    /// How long the file is; a console tells no length.
    pub(super) fn bytes(&self) -> Option<u64> {
        match &self.held {
            Held::File(file) => file.listed,
            Held::Console(_) => None,
        }
    }

    /// What to say of how it was found.
    pub(super) fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// The number of a line in the log; 0 if it is not known.
    pub(super) fn line(&self, number: u64) -> u64 {
        match &self.held {
            Held::File(_) => number,
            Held::Console(console) => console.line(number),
        }
    }

    /// A byte as a place that a cursor can hold.
    pub(super) fn place(&self, at: u64, line: u64) -> Where {
        match &self.held {
            Held::File(file) => Where::File(Mark::new(&file.path, at, line, file.opened_before(at))),
            Held::Console(console) => Where::Console(console.place(at, line)),
        }
    }

    /// Whether something may stand before a byte.
    pub(super) fn has_before(&self, at: u64) -> bool {
        match (&self.held, self.from) {
            (Held::Console(console), Begins::End | Begins::Before(_)) => at > 0 || console.more,
            (Held::Console(_), _) => false,
            (Held::File(_), _) => at > 0,
        }
    }

    /// Whether something is known to stand behind a byte, where the log was so long.
    pub(super) fn has_behind(&self, at: u64, size: Option<u64>) -> bool {
        let beyond = match (&self.held, self.from) {
            (Held::Console(console), Begins::Beginning | Begins::Place(..)) => console.more,
            _ => false,
        };
        beyond || size.is_some_and(|size| at < size)
    }
}

/// The log that is meant.
pub(super) async fn find(call: &Call, run: &RunRef, file: Option<&str>, asked: &Asked<'_>) -> Result<Found> {
    match file.map(str::trim).filter(|file| !file.is_empty() && *file != "console") {
        Some(file) => named(call, run, file, asked).await,
        None => unnamed(call, run, asked).await,
    }
}

async fn unnamed(call: &Call, run: &RunRef, asked: &Asked<'_>) -> Result<Found> {
    if run.tracker.capabilities().consoles {
        let lines = if asked.grep.is_some() { SEARCHED } else { asked.lines };
        let (console, from) = match asked.part {
            Part::Tail => (console_before(call, run, None, lines).await?, Begins::End),
            Part::Head => (console_from(call, run, &Moment::beginning(), lines).await?, Begins::Beginning),
        };
        if !console.is_empty() {
            return Ok(Found::One(Box::new(Source::console(console, from)), LogFiles::default()));
        }
    }
    let files = log_files(call, run).await?;
    match files.logs.first() {
        Some(first) => Ok(Found::One(Box::new(opened(call, run, &first.path, first.size, asked).await?), files)),
        None => Ok(Found::Nothing(files)),
    }
}

async fn named(call: &Call, run: &RunRef, text: &str, asked: &Asked<'_>) -> Result<Found> {
    let Some(glob) = Glob::read(text)? else {
        let first = first_range(None, asked);
        let (file, remark) = find_file(call, run, text, first).await?;
        let mut source = Source::of_file(file, end(asked));
        source.remarks.extend(remark);
        return Ok(Found::One(Box::new(source), LogFiles::default()));
    };
    let mut files = log_files(call, run).await?;
    files.logs.retain(|file| glob.fits(&file.path));
    match files.logs.as_slice() {
        [only] => {
            let source = opened(call, run, &only.path.clone(), only.size, asked).await?;
            Ok(Found::One(Box::new(source), files))
        }
        [] => {
            // It may fit a file that is no log by its name.
            let (file, remark) = find_file(call, run, text, first_range(None, asked)).await?;
            let mut source = Source::of_file(file, end(asked));
            source.remarks.extend(remark);
            Ok(Found::One(Box::new(source), LogFiles::default()))
        }
        _ => Ok(Found::Several(files)),
    }
}

/// The file that a text names; what else may be meant is told in calls of this tool.
async fn find_file(call: &Call, run: &RunRef, text: &str, first: ByteRange) -> Result<(File, Option<String>)> {
    find_artifact(call, run, text, first).await.map_err(|mut problem: Problem| {
        for next in problem.next.iter_mut().filter(|next| next.tool == "read_artifact") {
            let path = next.arguments.get("path").cloned().unwrap_or_default();
            (next.tool, next.arguments) = ("read_log", json!({"run": run.text(), "file": path}));
        }
        problem
    })
}

fn end(asked: &Asked<'_>) -> Begins {
    match asked.part {
        Part::Tail => Begins::End,
        Part::Head => Begins::Beginning,
    }
}

/// What of a file is read first.
fn first_range(size: Option<u64>, asked: &Asked<'_>) -> ByteRange {
    let length = reach(asked.lines);
    match asked.part {
        // Servers refuse to send more of the end than there is.
        Part::Tail if asked.grep.is_none() && size.is_none_or(|size| size > length) => ByteRange::Last(length),
        _ => ByteRange::From { offset: 0, length },
    }
}

/// A log that was listed.
pub(super) async fn opened(
    call: &Call,
    run: &RunRef,
    path: &str,
    size: Option<u64>,
    asked: &Asked<'_>,
) -> Result<Source> {
    let file = match &asked.grep {
        Some(_) => File::new(run.clone(), &backends::model::Artifact::file(path, size), call),
        None => File::open(run, path, first_range(size, asked), call).await?,
    };
    Ok(Source::of_file(file, end(asked)))
}

/// A log from a place on, or before it.
pub(super) async fn go_on(call: &Call, run: &RunRef, place: Place, asked: &Asked<'_>) -> Result<Found> {
    let Place { earlier, at, .. } = place;
    let lines = if asked.grep.is_some() { SEARCHED } else { asked.lines };
    let source = match at {
        Where::Console(moment) if earlier => {
            Source::console(console_before(call, run, Some(&moment), lines).await?, Begins::Before(u64::MAX))
        }
        Where::Console(moment) => Source::console(console_from(call, run, &moment, lines).await?, Begins::Place(0, 1)),
        Where::File(mark) if earlier => {
            let length = reach(asked.lines);
            let range = ByteRange::From { offset: mark.at.saturating_sub(length), length: mark.at.min(length) };
            Source::of_file(reopened(call, run, &mark, range).await?, Begins::Before(mark.at))
        }
        Where::File(mark) => from_mark(call, run, &mark, asked).await?,
    };
    Ok(Found::One(Box::new(source), LogFiles::default()))
}

async fn reopened(call: &Call, run: &RunRef, mark: &Mark, range: ByteRange) -> Result<File> {
    File::open(run, &mark.path, range, call).await.map_err(|error| match error.kind {
        ErrorKind::NotFound => {
            let error = Error::not_found("the log that this cursor is of is gone: leave cursor out to begin anew");
            Problem::from(error).next("read_log", json!({"run": run.text()}))
        }
        _ => error.into(),
    })
}

/// A file from a place on, if it is still the same file.
async fn from_mark(call: &Call, run: &RunRef, mark: &Mark, asked: &Asked<'_>) -> Result<Source> {
    let offset = mark.known_from();
    let range = ByteRange::From { offset, length: mark.at - offset + reach(asked.lines) };
    let file = reopened(call, run, mark, range).await?;
    let is_same = |piece: &Piece| {
        let before = piece.bytes.get(usize::try_from(offset.checked_sub(piece.from)?).ok()?..)?;
        Some(mark.knows(before.get(..usize::try_from(mark.at - offset).ok()?)?))
    };
    if file.opened().and_then(is_same) == Some(true) {
        return Ok(Source::of_file(file, Begins::Place(mark.at, mark.line)));
    }
    let mut anew = opened(call, run, &mark.path, None, asked).await?;
    anew.remarks.push("the log was replaced or cut since: it is read anew".to_owned());
    Ok(anew)
}

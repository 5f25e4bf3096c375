//! `read_artifact`

mod picture;
mod search;
mod table;
mod text;
mod values;

use backends::model::{ByteRange, Parts, Run};
use backends::{Call, Capabilities, Error, ErrorKind};
use futures::StreamExt;
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::onward::Onward;
use crate::artifact::{File, Format, Start, find, find_end, open, pattern, reach};
use crate::problem::{Problem, Result};
use crate::references::{Fetched, RunRef, fetch_runs, given_runs};
use crate::render::{Answer, Cell, fit};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `read_artifact`
pub struct ReadArtifact;

/// Runs of one answer at most.
const MOST: usize = 20;
/// Files that are read at once.
const AT_ONCE: usize = 4;
/// Bytes that are read first of a file that is not read line by line: all of most documents.
const FIRST: u64 = 64_000;
/// Characters of an answer that the heads and notes of several files take.
const HEADS: usize = 300;
/// What of each of several files is shown at least, however little room there is.
const LEAST: usize = 200;

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 1-20: id, name, URL, 'last 3', 'where FILTER'
    runs: Vec<String>,
    /// path or unique end of one: config.yml
    path: String,
    /// part of JSON/YAML (latency.p95), or columns (a,b)
    key: Option<String>,
    /// regex
    grep: Option<String>,
    /// which end
    #[serde(default)]
    part: Part,
    /// lines or rows
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 2000))]
    lines: usize,
    /// from next_cursor
    cursor: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    #[default]
    Head,
    Tail,
}

fn hundred() -> usize {
    100
}

impl Tool for ReadArtifact {
    const NAME: &'static str = "read_artifact";
    const GUIDE: &'static str = include_str!("../../guides/tools/read_artifact.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.artifacts
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let want = Want::of(&input)?;
        let onward = Onward::read(call, &input, input.cursor.as_deref())?;
        // A later page is about the run of the first, whatever `last` means by now.
        let references = onward.run().map_or_else(|| input.runs.clone(), |run| vec![run.to_owned()]);
        let first = want.first(&input.path, Some(&onward));
        let given = given_runs(trackers, &references).and_then(|runs| <[RunRef; 1]>::try_from(runs).ok());
        let opened = match &given {
            Some([run]) => open(call, run, &input.path, first).await?,
            None => None,
        };
        if let Some(file) = opened.as_ref().filter(|file| file.is_opened_text() && !Format::of(&file.path).is_binary())
        {
            // That it could be read shows that there is such a run; nothing else of it is needed.
            let shown = shown(file, &want, Some(&onward), None).await?;
            return Ok(one(file, None, shown.as_ref(), &onward, &Fetched::default(), &[]));
        }
        let fetched = fetch_runs(trackers, call, &references, MOST, Parts::NONE).await?;
        match fetched.runs.as_slice() {
            [(run, details)] => {
                let was_tried = given.is_some_and(|[given]| given.text() == run.text());
                let (file, remark) = match opened {
                    Some(file) => (file, None),
                    None if was_tried => find_end(call, run, &input.path).await?,
                    None => find(call, run, &input.path, first).await?,
                };
                let web_url = details.run.web_url.as_deref();
                let shown = shown(&file, &want, Some(&onward), web_url).await?;
                let notes: Vec<String> = remark.into_iter().chain(fetched.remarks.iter().cloned()).collect();
                Ok(one(&file, Some(&details.run), shown.as_ref(), &onward, &fetched, &notes))
            }
            _ => several(call, &input.path, &want, &fetched).await,
        }
    }
}

/// What is wanted of a file.
struct Want {
    key: Option<String>,
    grep: Option<Regex>,
    part: Part,
    lines: usize,
}

impl Want {
    fn of(input: &Input) -> Result<Self> {
        if input.runs.is_empty() {
            let error = Error::bad_input("runs is empty; name at least one, such as 'last' or an id");
            return Err(Problem::from(error).next("read_artifact", json!({"runs": ["last"], "path": input.path})));
        }
        if input.runs.len() > MOST {
            let error = format!("{} runs were named, files of at most {MOST} are read at once", input.runs.len());
            return Err(Error::bad_input(error).into());
        }
        if input.key.is_some() && input.grep.is_some() {
            let error = "key and grep exclude each other: key reads a value or columns, grep looks for lines; give one";
            return Err(Error::bad_input(error).into());
        }
        let grep = input.grep.as_deref().map(pattern).transpose()?;
        Ok(Self { key: input.key.clone(), grep, part: input.part, lines: input.lines })
    }

    /// What is read first of a file: whether it is there, and mostly all that is needed of it.
    fn first(&self, path: &str, onward: Option<&Onward>) -> ByteRange {
        let by_line = match (&self.grep, &self.key, Format::of(path)) {
            (Some(_), ..) | (None, None, Format::Csv | Format::Tsv | Format::Image) => false,
            (None, key, format) => key.is_none() || format == Format::JsonLines,
        };
        let place = onward.filter(|onward| onward.goes_on()).map(Onward::at);
        let length = if by_line { reach(self.lines) } else { FIRST };
        match (by_line, self.part, place) {
            (true, Part::Tail, None) => ByteRange::Last(length),
            (true, Part::Tail, Some(end)) => {
                ByteRange::From { offset: end.saturating_sub(length), length: length.min(end) }
            }
            (true, Part::Head, Some(offset)) => ByteRange::From { offset, length },
            _ => ByteRange::From { offset: 0, length },
        }
    }
}

/// What is shown of a file: a number of things of which the first, or the last, can be shown alone.
trait Shown: Send {
    /// How many there are.
    fn count(&self) -> usize;

    /// An answer with so many of them; `onward` makes the cursor to the others, if there is to be one.
    fn answer(&self, count: usize, onward: Option<&Onward>) -> Answer;
}

type View = Box<dyn Shown + Sync>;

/// Reads what is wanted.
async fn shown(file: &File, want: &Want, onward: Option<&Onward>, web_url: Option<&str>) -> Result<View> {
    let format = Format::of(&file.path);
    if let Some(grep) = &want.grep {
        return search::read(file, grep, want, start(onward)).await;
    }
    match (&want.key, format) {
        (Some(key), Format::Csv | Format::Tsv) => table::read(file, format, Some(key), want, onward).await,
        (None, Format::Csv | Format::Tsv) => table::read(file, format, None, want, onward).await,
        (Some(key), Format::JsonLines) => table::read_json_lines(file, key, want, onward).await,
        (Some(key), _) => values::read(file, format, key).await,
        (None, Format::Image) => picture::read(file, web_url).await,
        (None, Format::Binary | Format::Parquet) => picture::describe(file, web_url).await,
        (None, _) => text::read(file, want, onward, web_url).await,
    }
}

fn start(onward: Option<&Onward>) -> Start {
    match onward.filter(|onward| onward.goes_on()) {
        Some(onward) => Start { at: onward.at(), line: onward.line() },
        None => Start::BEGINNING,
    }
}

/// The head of a file in an answer.
fn head(file: &File, run: Option<&Run>) -> Answer {
    Answer::new()
        .fact("run", Cell::text(file.run.text()))
        .fact("name", run.map(|run| Cell::foreign(&run.name)))
        .fact("file", Cell::foreign_up_to(&file.path, 500))
        .fact("bytes", file.listed)
}

/// The answer for one file.
fn one(
    file: &File,
    run: Option<&Run>,
    shown: &dyn Shown,
    onward: &Onward,
    fetched: &Fetched,
    notes: &[String],
) -> Answer {
    fit(shown.count(), file.characters(), |count| {
        let answer = joined(head(file, run), shown.answer(count, Some(onward)));
        ends(answer, fetched).notes(file.remark()).notes(notes)
    })
}

fn joined(head: Answer, body: Answer) -> Answer {
    body.into_items().into_iter().fold(head, Answer::with)
}

fn ends(answer: Answer, fetched: &Fetched) -> Answer {
    let missing: Vec<Cell> = fetched.missing.iter().map(|(text, _)| Cell::foreign(text)).collect();
    answer
        .fact("missing", Cell::List(missing))
        .notes(fetched.missing.iter().map(|(_, problem)| problem.to_string()))
        .notes(&fetched.failed)
}

/// The answer for the same file of several runs: each with its share of the room, or one table of values.
async fn several(call: &Call, path: &str, want: &Want, fetched: &Fetched) -> Result<Answer> {
    let runs = fetched.runs.iter();
    let reads: Vec<_> = runs.map(|(run, details)| read_one(call, run, &details.run, path, want)).collect();
    let read: Vec<Result<(File, Content)>> = futures::stream::iter(reads).buffered(AT_ONCE).collect().await;
    let mut files = Vec::new();
    let mut failed: Vec<(RunRef, Problem)> = Vec::new();
    for ((run, _), outcome) in fetched.runs.iter().zip(read) {
        match outcome {
            Ok((file, content)) => files.push((file, content)),
            Err(problem) => failed.push((run.clone(), problem)),
        }
    }
    if files.is_empty() {
        return Err(none_of(fetched.runs.len(), failed));
    }
    let mut values = Vec::new();
    let mut views = Vec::new();
    for (file, content) in files {
        match content {
            Content::Values(found) => values.push((file, found)),
            Content::View(view) => views.push((file, view)),
        }
    }
    let notes: Vec<String> = failed.iter().map(|(run, problem)| format!("{}: {problem}", run.text())).collect();
    let finish = |answer: Answer| ends(answer, fetched).notes(&fetched.remarks).notes(&notes);
    if !values.is_empty() {
        return Ok(values::compared(values, call.allowance().characters, finish));
    }
    let share = (call.allowance().characters / views.len().max(1)).saturating_sub(HEADS).max(LEAST);
    let mut room = picture::ROOM;
    let records = views.iter().map(|(file, view)| {
        let answer =
            fit(view.count(), share, |count| joined(head(file, None), view.answer(count, None)).notes(file.remark()));
        picture::within(answer, &mut room)
    });
    Ok(finish(Answer::new().records("files", records.collect())))
}

/// What one of several runs has.
enum Content {
    Values(values::Values),
    View(View),
}

async fn read_one(call: &Call, run: &RunRef, head: &Run, path: &str, want: &Want) -> Result<(File, Content)> {
    let (file, _) = find(call, run, path, want.first(path, None)).await?;
    let format = Format::of(&file.path);
    let content = match &want.key {
        Some(key) if !format.is_table() && format != Format::JsonLines => {
            Content::Values(values::find(&file, format, key).await?)
        }
        _ => Content::View(shown(&file, want, None, head.web_url.as_deref()).await?),
    };
    Ok((file, content))
}

/// None of several runs has it: the first says why.
fn none_of(runs: usize, failed: Vec<(RunRef, Problem)>) -> Problem {
    match failed.into_iter().next() {
        Some((run, mut problem)) => {
            problem.error.message =
                format!("nothing could be read of any of {runs} runs; {}: {}", run.text(), problem.error.message);
            problem
        }
        None => Error::new(ErrorKind::NotFound, "no run was found").into(),
    }
}

#[cfg(test)]
mod tests;

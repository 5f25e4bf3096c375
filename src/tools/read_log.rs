//! `read_log`

mod lines;
mod search;
mod several;
mod source;

use backends::model::{Parts, Run, Status};
use backends::{Call, Capabilities, Error};
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::artifact::pattern;
use crate::log::{LogFiles, Place};
use crate::problem::{Problem, Result};
use crate::references::{RunRef, fetch_runs};
use crate::render::{Answer, Cell, Column, fit, one_line};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;
use source::{Found, Source};

/// `read_log`
pub struct ReadLog;

/// Characters of an answer, unless more lines are asked for than unasked.
const AIM: usize = 8_000;
/// Lines that are shown unasked.
const UNASKED: usize = 100;
/// Other logs that are named.
const NAMED: usize = 20;

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// id, name, URL, or 'last', 'last failed'
    run: String,
    /// how many
    #[serde(default = "unasked")]
    #[schemars(range(min = 1, max = 2000))]
    lines: usize,
    /// which end
    #[serde(default)]
    part: Part,
    /// regex
    grep: Option<String>,
    /// which log: server-*
    file: Option<String>,
    /// next_cursor or earlier_cursor
    cursor: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    #[default]
    Tail,
    Head,
}

fn unasked() -> usize {
    UNASKED
}

impl Tool for ReadLog {
    const NAME: &'static str = "read_log";
    const GUIDE: &'static str = include_str!("../../guides/tools/read_log.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.consoles || capabilities.artifacts
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let question = json!({"run": input.run, "grep": input.grep, "file": input.file});
        let place = input.cursor.as_deref().map(|cursor| Place::read(call, &question, cursor)).transpose()?;
        let grep = input.grep.as_deref().map(pattern).transpose()?;
        // A later page is about the run of the first, whatever `last` means by now.
        let reference = place.as_ref().map_or_else(|| input.run.clone(), |(_, run)| run.clone());
        let fetched = fetch_runs(trackers, call, &[reference], 1, Parts::NONE).await?;
        let Some((run, details)) = fetched.runs.first() else {
            return Err(Error::not_found(format!("no run '{}'", one_line(&input.run, 80))).into());
        };
        let asked = Asked { call, run, head: &details.run, question, grep, lines: input.lines, part: input.part };
        let found = match place {
            Some((place, _)) => asked.go_on(place).await?,
            None => source::find(call, run, input.file.as_deref(), &asked).await?,
        };
        let answer = match found {
            Found::One(source, files) => asked.one(*source, &files).await?,
            Found::Several(files) => several::read(&asked, files).await?,
            Found::Nothing(files) => asked.nothing(&files),
        };
        Ok(answer.notes(&fetched.remarks))
    }
}

/// What is asked of a log.
struct Asked<'a> {
    call: &'a Call,
    run: &'a RunRef,
    head: &'a Run,
    /// What a cursor is bound to.
    question: Value,
    grep: Option<Regex>,
    lines: usize,
    part: Part,
}

/// A part of a log that was read: a number of lines of which the first, or the last, can be shown alone.
trait Shown {
    /// How many there are.
    fn count(&self) -> usize;

    /// An answer with so many of them.
    fn answer(&self, asked: &Asked<'_>, count: usize) -> Answer;
}

impl Asked<'_> {
    fn budget(&self) -> usize {
        let most = self.call.allowance().characters;
        if self.lines <= UNASKED { most.min(AIM) } else { most }
    }

    /// Whether the run will write no more.
    fn is_over(&self) -> bool {
        self.head.status.is_some_and(Status::is_over)
    }

    fn cursor(&self, earlier: bool, source: &Source, at: u64, line: u64) -> Option<Cell> {
        let place = Place::new(self.run, earlier, source.place(at, line));
        place.cursor(self.call, &self.question, self.run).map(Cell::Text)
    }

    async fn go_on(&self, place: Place) -> Result<Found> {
        source::go_on(self.call, self.run, place, self).await
    }

    /// The head of an answer.
    fn facts(&self) -> Answer {
        Answer::new()
            .fact("run", Cell::text(self.run.text()))
            .fact("name", Cell::foreign(&self.head.name))
            .fact("status", self.head.status.map(|status| Cell::text(status.word())))
    }

    async fn read(&self, source: Source) -> Result<Box<dyn Shown + Send + Sync>> {
        Ok(match &self.grep {
            Some(grep) => Box::new(search::read(source, grep, self).await?),
            None => Box::new(lines::read(source, self).await?),
        })
    }

    /// The answer from one log.
    async fn one(&self, source: Source, files: &LogFiles) -> Result<Answer> {
        let head = self.facts().fact("log", Cell::foreign_up_to(&source.file().path, 500));
        let head = head.fact("bytes", source.bytes());
        let (file, mut notes) = (source.file().clone(), source.remarks().to_vec());
        let shown = self.read(source).await?;
        notes.extend(file.remark());
        let others = others(files, &file.path);
        Ok(fit(shown.count(), self.budget(), |count| {
            let body = shown.answer(self, count);
            let answer = body.into_items().into_iter().fold(head.clone(), Answer::with);
            let answer = answer.table("other_logs", ["log", "bytes"].map(Column::new).to_vec(), others.clone());
            let more = files.logs.len().saturating_sub(1 + others.len());
            answer.notes((more > 0).then(|| format!("{more} more logs; list_artifacts names all"))).notes(&notes)
        }))
    }

    /// There is no log.
    fn nothing(&self, files: &LogFiles) -> Answer {
        let yet = if self.is_over() { "" } else { " yet" };
        let console = if self.run.tracker.capabilities().consoles { "no console output and " } else { "" };
        let seen = match (files.files, files.whole) {
            (0, true) => "it logged no files at all".to_owned(),
            (n, true) => format!("none of its {n} files is a log by its name (*.log, *.out, *.err, logs/*.txt)"),
            (n, false) => format!("none of the {n} files that were seen is a log by its name"),
        };
        let reason = self.head.reason.as_deref();
        let next = Problem::from(Error::not_found("")).next("list_artifacts", json!({"run": self.run.text()}));
        let call = next.next.first().map(ToString::to_string).unwrap_or_default();
        let what =
            if files.files > 0 { format!("; any text can be read by its path, see {call}") } else { String::new() };
        self.facts()
            .fact("reason", reason.map(|reason| Cell::foreign_up_to(reason, 1_000)))
            .note(format!("this run has {console}no log file{yet}: {seen}{what}"))
    }
}

/// The logs that were not read, with their sizes.
fn others(files: &LogFiles, read: &str) -> Vec<Vec<Cell>> {
    let others = files.logs.iter().filter(|file| file.path != read).take(NAMED);
    others.map(|file| vec![Cell::foreign_up_to(&file.path, 300), Cell::from(file.size)]).collect()
}

#[cfg(test)]
mod tests;

//! What the log of a run says of how it ended.

use backends::model::{ByteRange, Run, Status};
use backends::{Call, Error};

use crate::analysis::failure::{Cause, Traceback, classify, last_lines, last_traceback};
use crate::artifact::{File, Line, reach, tail};
use crate::log::{console_before, few_folders};
use crate::references::RunRef;
use crate::render::{Answer, Cell, strip};

/// Lines of the end of a log that are looked at.
const LOOKED_AT: usize = 600;
/// Lines that are shown.
const SHOWN: usize = 12;
/// Characters of the line that says why.
const TELLING: usize = 500;

/// What is known of how a run ended.
#[derive(Default)]
pub(super) struct Evidence {
    /// Its log, if there is one.
    pub(super) log: Option<Log>,
    /// Why, where something says so.
    pub(super) cause: Option<Told>,
    /// What is to be said of the reading.
    pub(super) notes: Vec<String>,
}

/// The end of a log.
pub(super) struct Log {
    /// Its path, or `console`.
    pub(super) name: String,
    pub(super) is_file: bool,
    /// Nothing was written to it.
    pub(super) is_empty: bool,
    pub(super) traceback: Option<Traceback>,
    /// The last lines that say something.
    pub(super) last: Vec<String>,
}

/// A cause, and who tells it.
pub(super) struct Told {
    pub(super) cause: Cause,
    /// The log, or the tracker.
    by: &'static str,
}

impl Evidence {
    /// Reads the end of the log, unless the run went well or has not begun. A log that cannot be read is a note, not the
    /// end of the diagnosis.
    pub(super) async fn read(call: &Call, run: &RunRef, head: &Run) -> Self {
        match head.status {
            Some(Status::Finished) => {
                let notes = vec!["the log was not read: the run ended well; read_log shows it".to_owned()];
                return Self { notes, ..Self::default() };
            }
            Some(Status::Created | Status::Queued) => return Self::default(),
            _ => {}
        }
        let mut evidence = Self::default();
        let lines = match log(call, run).await {
            Ok(Some((name, is_file, lines, others))) => {
                evidence.notes.extend(others);
                Some((name, is_file, lines))
            }
            Ok(None) => {
                evidence.notes.push("no log: neither a console nor a log file was found".to_owned());
                None
            }
            Err(error) => {
                evidence.notes.push(format!("the log could not be read: {error}"));
                None
            }
        };
        let ended = head.status != Some(Status::Running);
        if let Some((name, is_file, lines)) = lines {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let traceback = last_traceback(&lines);
            let told = |cause| Told { cause, by: "the log" };
            // A run that goes on has got over what its log tells, unless that is the last it tells.
            let is_at_end = |cause: &Cause| ended || cause.at + SHOWN >= lines.len();
            evidence.cause = classify(&lines).filter(is_at_end).map(told);
            let last = last_lines(&lines, traceback.as_ref(), SHOWN).into_iter().map(ToOwned::to_owned).collect();
            evidence.log =
                Some(Log { name, is_file, is_empty: lines.is_empty(), traceback: traceback.filter(|_| ended), last });
        }
        evidence.consider(head.reason.as_deref());
        evidence
    }

    /// The reason that the tracker keeps counts where the log tells none that is known.
    fn consider(&mut self, reason: Option<&str>) {
        let lines: Vec<&str> = reason.unwrap_or_default().lines().collect();
        let Some(cause) = classify(&lines) else { return };
        let known = |told: &Told| told.cause.certain;
        if !self.cause.as_ref().is_some_and(known) {
            self.cause = Some(Told { cause, by: "the reason that was recorded" });
        }
        if let (None, Some(traceback)) = (&self.log, last_traceback(&lines)) {
            let name = "reason".to_owned();
            self.log =
                Some(Log { name, is_file: false, is_empty: false, traceback: Some(traceback), last: Vec::new() });
        }
    }

    /// Whether it says why.
    pub(super) fn tells(&self) -> bool {
        self.cause.is_some() || self.log.as_ref().is_some_and(|log| log.traceback.is_some())
    }

    /// The cause in an answer.
    pub(super) fn cause_in(&self, answer: Answer) -> Answer {
        let Some(Told { cause, by }) = &self.cause else { return answer };
        let sure = if cause.certain { "the line says so" } else { "likely" };
        let own = self.log.as_ref().and_then(|log| log.traceback.as_ref()?.own_frame());
        let place = own.map(|frame| format!("{}:{} in {}", frame.file, frame.line, frame.function));
        answer.section(
            "cause",
            Answer::new()
                .fact("kind", Cell::text(cause.kind.word()))
                .fact("meaning", Cell::text(cause.says))
                .fact("sure", Cell::text(sure))
                .fact("told_by", Cell::text(*by))
                .fact("line", Cell::foreign_up_to(&cause.line, TELLING))
                .fact("code", place.map(|place| Cell::foreign_up_to(&place, TELLING))),
        )
    }
}

type Found = (String, bool, Vec<String>, Option<String>);

/// The end of the log of a run: its name, whether it is a file, its lines, and what to say of others.
async fn log(call: &Call, run: &RunRef) -> Result<Option<Found>, Error> {
    if run.tracker.capabilities().consoles {
        let console = console_before(call, run, None, LOOKED_AT).await?;
        if !console.is_empty() {
            let lines = tail(&console.file, None, LOOKED_AT).await?;
            let lines = lines.map(|lines| texts(lines.lines)).unwrap_or_default();
            return Ok(Some(("console".to_owned(), false, lines, None)));
        }
    }
    let files = few_folders(call, run).await?;
    let Some(first) = files.logs.first() else { return Ok(None) };
    let length = reach(LOOKED_AT);
    // Servers refuse to send more of the end than there is.
    let range = match first.size {
        Some(size) if size <= length => ByteRange::From { offset: 0, length },
        _ => ByteRange::Last(length),
    };
    let file = File::open(run, &first.path, range, call).await?;
    let Ok(lines) = tail(&file, None, LOOKED_AT).await? else { return Ok(None) };
    let others = files.logs.len() - 1;
    let others = (others > 0).then(|| format!("{others} other logs were not read; read_log names them"));
    Ok(Some((first.path.clone(), true, texts(lines.lines), others)))
}

/// The lines without colours, each of the pieces of a long one for itself.
fn texts(lines: Vec<Line>) -> Vec<String> {
    lines.into_iter().map(|line| if line.text.contains('\u{1b}') { strip(&line.text) } else { line.text }).collect()
}

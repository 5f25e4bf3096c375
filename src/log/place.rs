//! Where the reading of a log goes on: a cursor that holds the run, the log and a place in it.

use backends::{Call, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::console::Moment;
use crate::cursor::{Cursor, Place as OfTracker, Position, crc32};
use crate::problem::Result;
use crate::references::RunRef;

/// Bytes before a place in a file by which it is known again.
const KNOWN_BY: usize = 64;

/// A place in a log of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The run, without its tracker.
    #[serde(rename = "r")]
    run: String,
    /// What stands before it is asked for, not what follows.
    #[serde(rename = "e")]
    pub(crate) earlier: bool,
    /// Which log, and where in it.
    #[serde(rename = "w")]
    pub(crate) at: Where,
}

/// Which log, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Where {
    /// A file.
    #[serde(rename = "f")]
    File(Mark),
    /// The console.
    #[serde(rename = "c")]
    Console(Moment),
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Its path.
    #[serde(rename = "p")]
    pub(crate) path: String,
    /// The byte.
    #[serde(rename = "a")]
    pub(crate) at: u64,
    /// The number of its line; 0 if it is not known.
    #[serde(rename = "l")]
    pub(crate) line: u64,
    /// How many bytes before it were looked at, and their checksum.
    #[serde(rename = "k")]
    known_by: (u64, u32),
}

impl Mark {
    /// A place behind these bytes, the last of which stand directly before it.
    pub(crate) fn new(path: &str, at: u64, line: u64, before: &[u8]) -> Self {
        let last = before.get(before.len().saturating_sub(KNOWN_BY)..).unwrap_or_default();
        Self { path: path.to_owned(), at, line, known_by: (last.len() as u64, crc32(last)) }
    }

    /// Where the bytes begin by which the place is known again.
    pub(crate) fn known_from(&self) -> u64 {
        self.at.saturating_sub(self.known_by.0)
    }

    /// Whether these are the bytes that stood before it.
    pub(crate) fn knows(&self, before: &[u8]) -> bool {
        before.len() as u64 == self.known_by.0 && crc32(before) == self.known_by.1
    }
}

impl Place {
    /// A place in a log of this run.
    pub(crate) fn new(run: &RunRef, earlier: bool, at: Where) -> Self {
        Self { run: run.id.to_string(), earlier, at }
    }

    /// The place that a cursor holds, and the run as `tracker:id`.
    ///
    /// # Errors
    /// *Bad input* for a cursor that is of another question or another tool, or was miscopied.
    pub(crate) fn read(call: &Call, question: &Value, cursor: &str) -> Result<(Self, String)> {
        let Cursor { places, .. } = Cursor::read(cursor, question, call.caller())?;
        let of_another = || Error::bad_input("cursor belongs to another tool: leave it out to begin anew");
        let [OfTracker { tracker, position: Position::At { token: Some(token), .. } }] = places.as_slice() else {
            return Err(of_another().into());
        };
        let place: Self = serde_json::from_str(token).map_err(|_| of_another())?;
        let run = format!("{tracker}:{}", place.run);
        Ok((place, run))
    }

    /// The cursor that leads to it; none where a path is so long that it would not be read again.
    pub(crate) fn cursor(&self, call: &Call, question: &Value, run: &RunRef) -> Option<String> {
        let token = Some(serde_json::to_string(self).ok()?);
        let place = OfTracker { tracker: run.tracker.name().to_owned(), position: Position::At { token, skip: 0 } };
        Cursor { asked: call.now(), places: vec![place] }.write(question, call.caller()).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Mark, Place, Where};
    use crate::memory_tracker::{MemoryTracker, call};

    #[test]
    fn a_cursor_leads_back_to_the_same_place_of_the_same_run() {
        let (call, run) = (call(), MemoryTracker::with_files(&[]).run());
        let place = Place::new(&run, true, Where::File(Mark::new("logs/a b.log", 12_345_678_901, 7, b"before")));
        let cursor = place.cursor(&call, &json!({"run": "last"}), &run).unwrap();
        let read = Place::read(&call, &json!({"run": "last"}), &cursor).unwrap();
        assert_eq!(read, (place, run.text()));
        assert!(Place::read(&call, &json!({"run": "other"}), &cursor).is_err());
    }

    #[test]
    fn a_place_is_known_again_by_the_bytes_before_it() {
        let before = [b"x".repeat(100), b"end".to_vec()].concat();
        let mark = Mark::new("f", 1_000, 0, &before);
        assert_eq!(mark.known_from(), 1_000 - 64);
        assert!(mark.knows(&before[before.len() - 64..]) && !mark.knows(&[b'x'; 64]));
        assert!(Mark::new("f", 0, 1, b"").knows(b""));
    }
}

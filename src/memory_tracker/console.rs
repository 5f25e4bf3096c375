//! Consoles in memory, paged by whole moments.

use backends::model::{Console, ConsoleRange, Message, RunId};
use backends::{Error, Result};
use jiff::Timestamp;

use super::MemoryTracker;

impl MemoryTracker {
    /// What a run writes to its console, at so many milliseconds since 1970. With the first, the tracker keeps consoles.
    pub(crate) fn write(&self, run: &str, messages: &[(i64, &str)]) {
        let message = |(at, text): &(i64, &str)| Message {
            time: Timestamp::from_millisecond(*at).unwrap(),
            text: (*text).to_owned(),
        };
        let mut consoles = self.consoles.lock().unwrap();
        consoles.entry(run.to_owned()).or_default().extend(messages.iter().map(message));
    }

    pub(super) fn end_of_console(&self, run: &RunId, range: ConsoleRange, most: usize) -> Result<Console> {
        let consoles = self.consoles.lock().unwrap();
        match consoles.get(run.as_str()) {
            Some(console) => Ok(self::range(console, range, most)),
            None if consoles.is_empty() => Err(Error::unsupported("this tracker keeps no consoles")),
            None => Ok(Console::default()),
        }
    }
}

/// About `most` messages of one end, in the order of their moments.
fn range(console: &[Message], range: ConsoleRange, most: usize) -> Console {
    let mut messages = console.to_vec();
    messages.sort_by_key(|message| message.time);
    let (first, last) = match range {
        ConsoleRange::From(from) => {
            let first = messages.partition_point(|message| from.is_some_and(|from| message.time < from));
            let edge = messages.get(first + most - 1).map(|message| message.time);
            (first, messages.partition_point(|message| edge.is_none_or(|edge| message.time <= edge)))
        }
        ConsoleRange::Before(before) => {
            let last = messages.partition_point(|message| before.is_none_or(|before| message.time < before));
            let edge = last.checked_sub(most).map(|at| messages[at].time);
            (messages.partition_point(|message| edge.is_some_and(|edge| message.time < edge)), last)
        }
    };
    let found = messages[first..last].to_vec();
    Console { more: found.len() >= most, messages: found }
}

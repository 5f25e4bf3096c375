//! Where the reading of one run goes on: a cursor that holds the run itself and a place.

use backends::{Call, Error};
use serde::Serialize;
use serde_json::Value;

use crate::cursor::{Cursor, Place, Position};
use crate::problem::Result;
use crate::references::RunRef;

/// The question of a page, and where the page before it ended.
pub(super) struct Onward {
    query: Value,
    caller: String,
    asked: jiff::Timestamp,
    place: Option<Stopped>,
}

/// Where a page ended.
struct Stopped {
    run: String,
    at: u64,
    line: u64,
}

impl Onward {
    /// From the arguments as given and the cursor among them, if there is one.
    pub(super) fn read(call: &Call, arguments: &impl Serialize, cursor: Option<&str>) -> Result<Self> {
        let query = serde_json::to_value(arguments).unwrap_or_default();
        let caller = call.caller().to_owned();
        let Some(text) = cursor else { return Ok(Self { query, caller, asked: call.now(), place: None }) };
        let Cursor { asked, places } = Cursor::read(text, &query, &caller)?;
        let place = stopped(&places)
            .ok_or_else(|| Error::bad_input("cursor belongs to another tool: leave it out to begin anew"))?;
        Ok(Self { query, caller, asked, place: Some(place) })
    }

    /// The run that the page before was about, as `tracker:id`.
    pub(super) fn run(&self) -> Option<&str> {
        self.place.as_ref().map(|place| place.run.as_str())
    }

    /// Where to go on: a row or a byte; 0 on the first page.
    pub(super) fn at(&self) -> u64 {
        self.place.as_ref().map_or(0, |place| place.at)
    }

    /// The number of the line there, 0 where it is not known.
    pub(super) fn line(&self) -> u64 {
        self.place.as_ref().map_or(0, |place| place.line)
    }

    /// Whether this is a later page.
    pub(super) fn goes_on(&self) -> bool {
        self.place.is_some()
    }

    /// The cursor of a place in a run.
    pub(super) fn cursor(&self, run: &RunRef, at: u64, line: u64) -> Option<String> {
        self.cursor_in(run.tracker.name(), run.id.as_str(), at, line)
    }

    /// The cursor of a place in a thing of a tracker.
    pub(super) fn cursor_in(&self, tracker: &str, id: &str, at: u64, line: u64) -> Option<String> {
        let token = Some(format!("{at} {line} {id}"));
        let place = Place { tracker: tracker.to_owned(), position: Position::At { token, skip: 0 } };
        Cursor { asked: self.asked, places: vec![place] }.write(&self.query, &self.caller).ok()
    }
}

fn stopped(places: &[Place]) -> Option<Stopped> {
    let [Place { tracker, position: Position::At { token: Some(token), .. } }] = places else { return None };
    let mut parts = token.splitn(3, ' ');
    let (at, line, id) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
    Some(Stopped { run: format!("{tracker}:{id}"), at, line })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use backends::Call;
    use backends::call::SystemClock;
    use serde_json::json;

    use super::Onward;
    use crate::memory_tracker::MemoryTracker;

    #[test]
    fn a_cursor_leads_back_to_the_same_run_and_place() {
        let call = Call::new("bob", Arc::new(SystemClock));
        let arguments = json!({"run": "last", "cursor": null});
        let first = Onward::read(&call, &arguments, None).unwrap();
        let run = MemoryTracker::with_files(&[]).run();
        let cursor = first.cursor(&run, 12_345_678_901, 7).unwrap();
        let second = Onward::read(&call, &arguments, Some(&cursor)).unwrap();
        assert_eq!((second.run(), second.at(), second.line()), (Some(run.text().as_str()), 12_345_678_901, 7));
        assert!(second.goes_on() && !first.goes_on());
        assert!(Onward::read(&call, &json!({"run": "other"}), Some(&cursor)).is_err());
    }
}

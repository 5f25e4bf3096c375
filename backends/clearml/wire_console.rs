//! Questions and answers about what a task wrote to its console (API 2.9 and newer, recorded on server 2.0.0).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::{ConsoleRange, Message};

use super::wire_values::milliseconds;

/// Asks `events.get_task_log` for one end of a console.
///
/// The moment that the server takes is itself left out, and 0 stands for none.
pub(super) fn question(task: &str, range: ConsoleRange, most: usize) -> Value {
    let (earlier, moment) = match range {
        ConsoleRange::Before(before) => (true, before.map(|time| time.as_millisecond())),
        ConsoleRange::From(from) => (false, from.map(|time| time.as_millisecond() - 1)),
    };
    let mut body = json!({"task": task, "batch_size": most, "navigate_earlier": earlier});
    if let (Some(moment), Some(body)) = (moment.filter(|moment| *moment > 0), body.as_object_mut()) {
        body.insert("from_timestamp".to_owned(), json!(moment));
    }
    body
}

/// Answer of `events.get_task_log`: whole moments, either way from the one asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Log {
    events: Vec<Event>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Event {
    timestamp: i64,
    msg: Option<String>,
}

impl Log {
    /// How many events came.
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// In the order in which they were written. The server sends those of one moment in the order of their arrival,
    /// whichever way it goes through the moments.
    pub(super) fn messages(self) -> Vec<Message> {
        let message =
            |event: Event| Message { time: milliseconds(event.timestamp), text: event.msg.unwrap_or_default() };
        let mut messages: Vec<Message> = self.events.into_iter().map(message).collect();
        messages.sort_by_key(|message| message.time);
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_one_moment_keep_the_order_of_their_arrival() {
        let log = r#"{"events": [{"timestamp": 7, "msg": "c"}, {"timestamp": 5, "msg": "a"}, {"timestamp": 5, "msg": "b"}], "total": 3}"#;
        let log: Log = serde_json::from_str(log).unwrap();
        let texts: Vec<String> = log.messages().into_iter().map(|message| message.text).collect();
        assert_eq!(texts, ["a", "b", "c"]);
    }

    #[test]
    fn the_moment_that_is_asked_for_belongs_to_what_follows_it() {
        let from = question("t", ConsoleRange::From(Some(milliseconds(1_000))), 5);
        assert_eq!(from, json!({"task": "t", "batch_size": 5, "navigate_earlier": false, "from_timestamp": 999}));
        let before = question("t", ConsoleRange::Before(Some(milliseconds(1_000))), 5);
        assert_eq!(before, json!({"task": "t", "batch_size": 5, "navigate_earlier": true, "from_timestamp": 1_000}));
        assert!(question("t", ConsoleRange::Before(None), 5).get("from_timestamp").is_none());
    }
}

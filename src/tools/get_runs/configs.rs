//! The configuration objects of a run.

use std::collections::BTreeMap;

use serde_json::json;

use crate::references::RunRef;
use crate::render::{Answer, Cell, Column, Keep};

/// Characters of each that are shown of one run.
const SHOWN: usize = 4_000;

/// Adds the configuration objects: their text, or of several runs what they are called and how long they are.
pub(super) fn shown(answer: Answer, run: &RunRef, configs: &BTreeMap<String, String>, several: bool) -> Answer {
    let length = |text: &String| text.chars().count();
    if several {
        let rows = configs.iter().map(|(name, text)| vec![Cell::key(name), Cell::from(length(text))]).collect();
        return answer.table("config", ["name", "characters"].map(Column::new).to_vec(), rows);
    }
    let record = |(name, text): (&String, &String)| {
        let record = Answer::new().fact("config", Cell::key(name)).fact("characters", length(text)).foreign(
            "text",
            format!("run {}", run.text()),
            text,
            SHOWN,
            Keep::Start,
        );
        if length(text) <= SHOWN {
            return record;
        }
        let call = json!({"runs": [run.text()], "path": format!("config/{name}")});
        record.note(format!("the beginning; the rest: read_artifact {call}"))
    };
    answer.records("config", configs.iter().map(record).collect())
}

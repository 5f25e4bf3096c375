//! Where a page of `runs/search` ended, as the text that the next page is asked for with.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

use super::stream::Position;

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Cursor {
    /// Within the streams of a stage.
    #[serde(rename = "s")]
    Streams(u8, Vec<Position>),
    /// After so many rows of an order that is made here.
    #[serde(rename = "l")]
    Local(usize),
}

pub(super) fn write_cursor(cursor: &Cursor) -> String {
    serde_json::to_string(cursor).unwrap_or_default()
}

pub(super) fn read_cursor(text: &str) -> Result<Cursor> {
    serde_json::from_str(text).map_err(|_| damaged())
}

/// What to say of a cursor that is of another question, or no cursor.
pub(super) fn damaged() -> Error {
    Error::bad_input("the cursor does not fit this question; leave cursor out to begin again")
}

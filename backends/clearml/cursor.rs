//! Where a page of a search ended, as the text that the next page is asked for with.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Where a page ended. ClearML pages by number, so a place in a stream is a count of rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor(
    /// The stage of the order.
    pub(super) u8,
    /// How many rows of each stream are used up.
    pub(super) Vec<u64>,
    /// How many of the runs that follow, and are equal in what the server orders by, were told already.
    pub(super) usize,
);

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

//! A page of a longer list.

/// How many there are in all, as far as a server tells.
pub type TotalCount = Option<u64>;

/// Some rows of a list and where the next ones begin.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The rows, in the order asked for.
    pub rows: Vec<T>,
    /// Where the rows after these begin; `None` when there are none. Opaque, made by the tracker for itself.
    pub next: Option<String>,
    /// How many rows match in all, where the server says so.
    pub total: TotalCount,
    /// How many rows of the server were read to find these.
    pub scanned: u64,
    /// What the page did not see, as sentences for the reader.
    pub notes: Vec<String>,
}

impl<T> Page<T> {
    /// A whole list on one page.
    pub fn whole(rows: Vec<T>) -> Self {
        let count = rows.len() as u64;
        Self { rows, next: None, total: Some(count), scanned: count, notes: Vec::new() }
    }
}

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
    /// Of a list of datasets or models: names that resemble the text asked for, where nothing was found by it.
    pub near: Vec<String>,
}

impl<T> Page<T> {
    /// A whole list on one page.
    pub fn whole(rows: Vec<T>) -> Self {
        let count = rows.len() as u64;
        Self { rows, next: None, total: Some(count), scanned: count, notes: Vec::new(), near: Vec::new() }
    }

    /// Whether nothing was found by this text on the first page, so that what resembles it is worth telling.
    pub(crate) fn lacks<'q>(&self, text: &'q Option<String>, cursor: &Option<String>) -> Option<&'q str> {
        let nothing = self.rows.is_empty() && self.next.is_none() && cursor.is_none();
        text.as_deref().filter(|_| nothing)
    }
}

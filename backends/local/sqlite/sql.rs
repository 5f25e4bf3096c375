//! Parameters of a question: no value ever stands in the text of SQL.

use rusqlite::types::Value;

/// The values behind `?1`, `?2`, ….
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Parameters(Vec<Value>);

impl Parameters {
    /// Takes a value in and gives what stands for it in the text.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("?{}", self.0.len())
    }

    /// The values in a list: `?1,?2`.
    pub(super) fn list(&mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> String {
        values.into_iter().map(|value| self.bind(value)).collect::<Vec<_>>().join(",")
    }
}

impl IntoIterator for Parameters {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

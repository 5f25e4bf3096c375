//! Variables that a client is to pass on to the server.

use backends::registry::KINDS;
use backends::secret::Secret;
use backends::section::Form;

use crate::render::is_secret_key;

/// A variable as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) name: String,
    /// What is to be written into the file; without it the file refers to the variable.
    pub(super) value: Option<Secret>,
}

impl Passed {
    /// Reads `NAME` or `NAME=value`.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(letters) || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err("expected the name of a variable, NAME or NAME=value".to_owned());
        }
        Ok(Self { name: name.to_owned(), value: value.map(Secret::new) })
    }

    /// Whether the variable holds something that must not be seen.
    pub(super) fn is_secret(&self) -> bool {
        let known = |key: &backends::section::Key| key.variable == self.name && key.form == Form::Secret;
        KINDS.iter().any(|kind| kind.keys.iter().any(known))
            || is_secret_key(&self.name)
            || self.name.ends_with("_TOKEN")
    }
}

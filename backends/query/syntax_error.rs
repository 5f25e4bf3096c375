//! What could not be read, and where.

use crate::Error;

const EXCERPT_CHARACTERS: usize = 40;
/// Messages repeat what was written, which may be anything.
const MESSAGE_CHARACTERS: usize = 1_000;

/// Something unreadable at a place of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// Offset in bytes.
    at: usize,
    /// What is wrong there, and how to write it.
    message: String,
}

impl SyntaxError {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }

    /// The error for the caller: `what` (`the filter`) was to be read from `text`.
    pub(super) fn into_error(self, what: &str, text: &str) -> Error {
        let (before, rest) = text.split_at_checked(self.at).unwrap_or((text, ""));
        let place = if rest.trim().is_empty() {
            "at its end".to_owned()
        } else {
            let excerpt = shortened(rest, EXCERPT_CHARACTERS);
            format!("at character {}, {excerpt:?}", before.chars().count() + 1)
        };
        Error::bad_input(format!("{what} cannot be read {place}: {}", shortened(&self.message, MESSAGE_CHARACTERS)))
    }
}

/// At most this many characters of a text, with `…` where more was.
pub(super) fn shortened(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::SyntaxError;

    #[test]
    fn a_place_is_counted_in_characters_and_shown() {
        let error = SyntaxError::new("é = ".len(), "no").into_error("the filter", "é = x");

        assert_eq!(error.message, "the filter cannot be read at character 5, \"x\": no");
    }

    #[test]
    fn a_long_text_is_not_repeated_whole() {
        let text = "é".repeat(20_000);

        let error = SyntaxError::new(0, text.clone()).into_error("the filter", &text);

        assert!(error.message.chars().count() < 1_200);
    }

    #[test]
    fn an_end_is_called_so() {
        let error = SyntaxError::new(4, "no").into_error("the filter", "x = ");

        assert_eq!(error.message, "the filter cannot be read at its end: no");
    }
}

//! What people look for in lines.

use backends::Error;
use regex::Regex;

use crate::problem::Result;
use crate::render::one_line;

/// The regular expression in a text.
///
/// # Errors
/// *Bad input* with what is wrong, and how to find the text as it stands.
pub(crate) fn pattern(text: &str) -> Result<Regex> {
    regex::RegexBuilder::new(text).size_limit(1_000_000).build().map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").trim();
        let literal = regex::escape(text);
        let error = Error::bad_input(format!(
            "grep '{}' is no regular expression that is understood here ({}); to find it as it stands: '{}'",
            one_line(text, 120),
            one_line(why, 200),
            one_line(&literal, 160)
        ));
        error.into()
    })
}

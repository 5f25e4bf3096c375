//! Answers as JSON, and what is said when they are something else.

use serde::de::DeserializeOwned;

use super::cores::CORES;
use super::limits::PARSE_INLINE;
use super::reply::Reply;
use super::trouble::Place;
use crate::{Error, Result};

/// Parses a reply; a large one on a thread of its own.
pub(super) async fn parse<T: DeserializeOwned + Send + 'static>(place: &Place, path: &str, reply: Reply) -> Result<T> {
    if reply.is_html() {
        return Err(Fault::WebPage.tell(place, path));
    }
    let body = reply.body;
    let parsed = if body.len() <= PARSE_INLINE {
        read(&body)
    } else {
        let parse = move || {
            let _core = CORES.take();
            read(&body)
        };
        tokio::task::spawn_blocking(parse)
            .await
            .map_err(|_| Error::bug("reading an answer failed; please report it"))?
    };
    parsed.map_err(|fault| fault.tell(place, path))
}

/// Parses a body. Python's JSON writers emit NaN and ±Infinity bare, which is no JSON: when that stops the parser, they
/// become text and it is parsed again.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).or_else(|error| match error.is_syntax() && names_non_finite(&error, body) {
        true => serde_json::from_slice(&quoted(body)).map_err(|error| Fault::of(&error)),
        false => Err(fault(&error, body)),
    })
}

/// The same with quotes around each bare `NaN`, `Infinity` and `-Infinity`; what stands within text stays as it is.
fn quoted(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 64);
    let mut rest = body;
    let mut in_text = false;
    while let Some((byte, behind)) = rest.split_first() {
        let word = NON_FINITE.iter().find(|word| !in_text && rest.starts_with(word.as_bytes()));
        if let Some(word) = word {
            out.extend([b"\"", word.as_bytes(), b"\""].concat());
            rest = rest.get(word.len()..).unwrap_or_default();
            continue;
        }
        out.push(*byte);
        rest = behind;
        match byte {
            b'"' => in_text = !in_text,
            b'\\' if in_text => {
                out.extend(rest.first());
                rest = rest.get(1..).unwrap_or_default();
            }
            _ => {}
        }
    }
    out
}

/// What Python writes where JSON has no number; the longer first.
const NON_FINITE: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// Why an answer is not the JSON that was expected.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is a web page.
    WebPage,
    /// It is JSON of another shape; where.
    Shape(String),
    /// It is no JSON; what it is instead.
    Syntax(String),
}

impl Fault {
    /// What stopped a parser, as far as the error alone tells. serde's own words may quote the content, so only the
    /// place is told.
    pub(super) fn of(error: &serde_json::Error) -> Self {
        let at = format!("line {}, column {}", error.line(), error.column());
        if error.is_data() {
            Self::Shape(at)
        } else if error.is_eof() {
            Self::Syntax(format!("JSON that ends too early ({at})"))
        } else {
            Self::Syntax(format!("invalid JSON ({at})"))
        }
    }

    /// There is nothing in it.
    pub(super) fn nothing() -> Self {
        Self::Syntax("nothing instead of JSON".to_owned())
    }

    /// As a sentence.
    pub(super) fn tell(self, place: &Place, path: &str) -> Error {
        let lasting = |message: String| Error { temporary: false, ..Error::unavailable(message) };
        match self {
            Self::WebPage => lasting(format!(
                "{place} answered {path} with a web page instead of JSON: a login page or a proxy stands in front of it, \
                 or the address is not that of the API; {}",
                place.check
            )),
            Self::Shape(at) => Error::unsupported(format!(
                "{place} answered {path} with JSON of an unexpected shape ({at}): a version of the server that is not \
                 known here, or not the server that was meant; {}",
                place.check
            )),
            Self::Syntax(what) => lasting(format!("{place} answered {path} with {what}; {}", place.check)),
        }
    }
}

/// What is wrong with a body.
fn fault(error: &serde_json::Error, body: &[u8]) -> Fault {
    if !error.is_data() && body.trim_ascii().is_empty() {
        return Fault::nothing();
    }
    Fault::of(error)
}

/// Whether the parser stopped within the word `NaN` or `Infinity`.
fn names_non_finite(error: &serde_json::Error, body: &[u8]) -> bool {
    let line = body.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let around = line.get(error.column().saturating_sub(2)..).unwrap_or_default();
    ["NaN", "Infinity"].iter().any(|word| {
        let reach = around.get(..around.len().min(word.len() + 2)).unwrap_or_default();
        reach.windows(word.len()).any(|part| part == word.as_bytes())
    })
}

//! An answer that is no success, as the backend sees it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::request::Access;
use crate::Error;

/// Turns a server's refusal into an [`Error`]: the backend knows what the body means.
///
/// `temporary` decides whether a read is tried again at all; `retry_after` is filled in by the client.
pub type Explain = fn(&Failure<'_>) -> Error;

/// An answer outside 2xx.
#[derive(Clone, Debug)]
pub struct Failure<'a> {
    /// The name of the tracker.
    pub tracker: &'a str,
    /// What the request was going to do.
    pub access: Access,
    /// The path that was asked for, below the base address, without query.
    pub path: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// The body: its first 64 kB, bytes that are not UTF-8 replaced. May hold SQL and other things not to be shown.
    pub body: &'a str,
    /// The body is a web page.
    pub is_html: bool,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
}

/// The wait that a `Retry-After` header asks for, in seconds or as a date.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

    use super::retry_after;

    fn read(value: &'static str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
        retry_after(&headers, "2026-11-20T10:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_wait_is_given_in_seconds_or_as_a_date() {
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("Fri, 20 Nov 2026 10:00:30 GMT"), Some(Duration::from_secs(30)));
    }

    #[test]
    fn a_date_in_the_past_asks_for_no_wait() {
        assert_eq!(read("Fri, 20 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn nonsense_asks_for_nothing() {
        for value in ["soon", "-3", "1.5", ""] {
            assert_eq!(read(value), None, "{value:?}");
        }
    }
}

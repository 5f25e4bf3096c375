//! What a server answered.

use bytes::Bytes;
use reqwest::header::HeaderMap;

/// A successful answer (status 2xx, or 416 to a request for a range), read to its end or to where the request said.
#[derive(Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body, decompressed.
    pub body: Bytes,
    /// The body is longer: this is its beginning, as much as [`Request::at_most`](super::Request::at_most) asked for.
    pub cut: bool,
    pub(super) headers: HeaderMap,
}

impl Reply {
    /// A header of the answer by its name, case ignored; `None` as well if it is not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether it is a web page rather than data.
    pub(super) fn is_html(&self) -> bool {
        is_html(&self.headers, &self.body)
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// Whether this is a web page: MLflow sends plain text as `text/html`, so that the first character must agree.
pub(super) fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    let declared = headers.get(reqwest::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = body.trim_ascii_start().first();
    first == Some(&b'<') && !declared.starts_with("application/json")
}

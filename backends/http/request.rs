//! What a backend asks of its server.

use std::ops::RangeInclusive;

use bytes::Bytes;
use serde_json::Value;
use url::Url;

use super::limits::BODY_CAP;
use crate::{Error, Result};

/// What a request does, declared by the backend. Retries are keyed on it, never on the method: searches are often POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It changes nothing: may be repeated.
    Read,
    /// It changes something: is repeated only when it surely was not executed.
    Write,
}

/// The HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
}

impl Method {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// Which bytes of a file are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// From the first to the last of these, counted from 0.
    Between(RangeInclusive<u64>),
    /// The last so many.
    Last(u64),
}

impl Range {
    /// As the header `Range` has it.
    pub(super) fn header(&self) -> String {
        match self {
            Self::Between(bytes) => format!("bytes={}-{}", bytes.start(), bytes.end()),
            Self::Last(count) => format!("bytes=-{count}"),
        }
    }
}

/// One request, below the base address of its client.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) access: Access,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Bytes>,
    pub(super) body_cap: u64,
    pub(super) cut_at_cap: bool,
    pub(super) range: Option<Range>,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Request {
    /// A GET of `path`: below the base address, percent-encoded (see [`segment`]), without query.
    pub fn get(access: Access, path: impl Into<String>) -> Self {
        Self {
            access,
            method: Method::Get,
            path: path.into(),
            query: Vec::new(),
            body: None,
            body_cap: BODY_CAP,
            cut_at_cap: false,
            range: None,
            headers: Vec::new(),
        }
    }

    /// A POST of a JSON body to `path`: below the base address, percent-encoded, without query.
    pub fn post(access: Access, path: impl Into<String>, body: &Value) -> Self {
        Self { method: Method::Post, body: Some(Bytes::from(body.to_string())), ..Self::get(access, path) }
    }

    /// The same request with one more query parameter; neither part is encoded yet.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// The same request with one more header, no secret.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same request, whose answer may have at most this many bytes, decompressed (instead of [`BODY_CAP`]).
    /// A longer one is an error of the kind [`TooLarge`](crate::ErrorKind::TooLarge).
    #[must_use]
    pub fn body_cap(mut self, bytes: u64) -> Self {
        self.body_cap = bytes;
        self
    }

    /// The same request, of whose answer only the beginning is read if it is longer than this many bytes: then
    /// [`Reply::cut`](super::Reply::cut) says so, and the rest is not sent.
    #[must_use]
    pub fn at_most(mut self, bytes: u64) -> Self {
        self.body_cap = bytes;
        self.cut_at_cap = true;
        self
    }

    /// The same request for these bytes only (first and last, counted from 0). A server that does not know ranges
    /// answers with everything and status 200; one that has no such bytes with status 416, which is an answer too.
    #[must_use]
    pub fn range(mut self, bytes: RangeInclusive<u64>) -> Self {
        self.range = Some(Range::Between(bytes));
        self
    }

    /// The same request for the last so many bytes only, as [`range`](Self::range).
    #[must_use]
    pub fn last(mut self, bytes: u64) -> Self {
        self.range = Some(Range::Last(bytes));
        self
    }

    /// The path with one slash at its front, without query.
    pub(super) fn path(&self) -> String {
        format!("/{}", self.path.trim_start_matches('/'))
    }

    /// The full address: the base without user information, query and fragment, the path, the query.
    pub(super) fn url(&self, base: &Url) -> Result<Url> {
        let mut url = base.clone();
        // Fails only for addresses that cannot have user information.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_fragment(None);
        url.set_query(None);
        let wanted = format!("{}{}", base.path().trim_end_matches('/'), self.path());
        url.set_path(&wanted);
        // The parser resolves `..`, which would lead out of the base, and encodes what was left unencoded.
        if url.path() != wanted {
            return Err(Error::bad_input(format!(
                "the path {:?} cannot be asked for: it has a `.` or `..` segment, or a character that is not \
                 percent-encoded; use the path as the tracker lists it",
                self.path
            )));
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }
}

/// A text as one segment of a path: everything but letters, digits and `*-._` percent-encoded.
pub fn segment(text: &str) -> String {
    // Form encoding differs from a segment's only in the space; a plus sign itself comes out as %2B.
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use url::Url;

    use super::{Access, Request, segment};
    use crate::ErrorKind;

    fn url(base: &str, request: &Request) -> String {
        request.url(&Url::parse(base).unwrap()).unwrap().to_string()
    }

    #[test]
    fn a_path_goes_below_the_base_whatever_its_slashes() {
        let request = Request::get(Access::Read, "/api/runs");
        for base in ["http://h:5000/mlflow", "http://h:5000/mlflow/"] {
            assert_eq!(url(base, &request), "http://h:5000/mlflow/api/runs");
        }
        assert_eq!(url("http://h", &Request::get(Access::Read, "api")), "http://h/api");
    }

    #[test]
    fn user_query_and_fragment_of_the_base_are_not_sent() {
        let request = Request::get(Access::Read, "api");
        assert_eq!(url("https://bob:hunter2@h/x?token=1#y", &request), "https://h/x/api");
    }

    #[test]
    fn query_parameters_are_encoded() {
        let request = Request::get(Access::Read, "a").query("filter", "a = 'b&c'").query("max", 5);
        assert_eq!(url("http://h", &request), "http://h/a?filter=a+%3D+%27b%26c%27&max=5");
    }

    #[test]
    fn a_segment_keeps_its_slashes_to_itself() {
        assert_eq!(segment("a b/c+d%é"), "a%20b%2Fc%2Bd%25%C3%A9");
        let request = Request::get(Access::Read, format!("files/{}", segment("a b/ü?#")));
        assert_eq!(url("http://h/x", &request), "http://h/x/files/a%20b%2F%C3%BC%3F%23");
    }

    #[test]
    fn a_path_that_climbs_out_is_refused() {
        for path in ["files/../../admin", "files/%2e%2e/admin", "files/..", "files/a b", "a?b=c"] {
            let error = Request::get(Access::Read, path).url(&Url::parse("http://h/base").unwrap()).unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadInput, "{path}");
        }
    }

    #[test]
    fn a_post_carries_compact_json() {
        let request = Request::post(Access::Write, "a", &json!({"b": [1, "ü"]}));
        assert_eq!(request.body.unwrap(), r#"{"b":[1,"ü"]}"#.as_bytes());
    }
}

//! What ClearML says when something is wrong, in our terms.
//!
//! The body is always the envelope, with a code and a subcode (`meta`); proxies, the web server and faults of the
//! server's own answer otherwise.

use serde::Deserialize;

use crate::Error;
use crate::http::Failure;

/// The longest part of a server's own words that is passed on.
const WORDS: usize = 300;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    meta: Option<Meta>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    result_subcode: u16,
    result_msg: String,
}

/// Translates a refusal (codes of server 2.0.0).
pub(super) fn explain(failure: &Failure<'_>) -> Error {
    let body: Body = serde_json::from_str(failure.body).unwrap_or_default();
    let Some(Meta { result_subcode, result_msg }) = body.meta else { return without_envelope(failure) };
    let said = short(&result_msg);
    match (failure.status, result_subcode) {
        (401, 20..=22 | 1) if failure.path.ends_with("/auth.login") => Error::not_allowed(format!(
            "ClearML refused the sign-in (HTTP 401: {said}); check CLEARML_API_ACCESS_KEY and CLEARML_API_SECRET_KEY, or \
             api.credentials in clearml.conf: keys are made under Settings, Workspace, on the web page of the same server"
        )),
        (401, _) if failure.path.ends_with("/auth.login") => Error::not_allowed(format!(
            "ClearML refused the token (HTTP 401: {said}); set a fresh CLEARML_AUTH_TOKEN, or CLEARML_API_ACCESS_KEY and \
             CLEARML_API_SECRET_KEY instead"
        )),
        (401, _) => Error::not_allowed(format!("ClearML refused the token (HTTP 401: {said})")),
        (403, _) => Error::not_allowed(format!("ClearML does not allow this (HTTP 403: {said})")),
        (429, _) => Error::unavailable("ClearML asks for fewer requests (HTTP 429); try again later"),
        (404, _) => Error::unsupported(format!(
            "this ClearML server does not know {}: its version is too old, or the address is not that of the API server \
             ({said})",
            failure.path
        )),
        (400, code) if is_not_found(code) => Error::not_found(format!("ClearML: {said}")),
        (400, _) => Error::bad_input(format!("ClearML refused the request: {said}")),
        (status, _) if status == 408 || status >= 500 => {
            Error::unavailable(format!("ClearML failed with HTTP {status}: {said}; try again later"))
        }
        (status, _) => Error::unavailable(format!("ClearML answered HTTP {status}: {said}")),
    }
}

/// Subcodes of HTTP 400 for something that is not there, or that we may not see: tasks, models, projects, queues.
fn is_not_found(code: u16) -> bool {
    matches!(code, 101 | 130 | 201 | 202 | 400 | 401 | 403 | 701)
}

/// Another server answers, or the server broke.
fn without_envelope(failure: &Failure<'_>) -> Error {
    let lasting = |error: Error| Error { temporary: false, ..error };
    match failure.status {
        status @ (401 | 403 | 407) => Error::not_allowed(format!(
            "a server that is not ClearML's API refused the request (HTTP {status}): a proxy in front of it, or the wrong \
             address; the API server is usually at https://api.… or on port 8008"
        )),
        status @ (404 | 405) => Error::not_found(format!(
            "no ClearML API answers at {} (HTTP {status}); the API server is usually at https://api.… or on port 8008, \
             the web page on port 8080; check CLEARML_API_HOST, or api.api_server in clearml.conf",
            failure.path
        )),
        429 => Error::unavailable("the server asks for fewer requests (HTTP 429); try again later"),
        status if status >= 500 || status == 408 => {
            Error::unavailable(format!("ClearML, or a proxy before it, failed with HTTP {status}; try again later"))
        }
        status => lasting(Error::unavailable(format!(
            "the server answered HTTP {status}, not as ClearML does; check CLEARML_API_HOST, or api.api_server in \
             clearml.conf"
        ))),
    }
}

/// The server's own words on one line; without what its databases say.
fn short(words: &str) -> String {
    if ["Traceback (most recent", "Connection error caused by", "pymongo", "TransportError"]
        .iter()
        .any(|mark| words.contains(mark))
    {
        return "a database behind it does not answer, or broke; its log has the details".to_owned();
    }
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = words.chars().take(WORDS).collect();
    if short.is_empty() {
        return "no reason given".to_owned();
    }
    if short.len() < words.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::ErrorKind;
    use crate::http::Access;

    fn told(path: &str, status: u16, body: &str) -> Error {
        let tracker = "clearml";
        explain(&Failure { tracker, access: Access::Read, path, status, body, is_html: false, retry_after: None })
    }

    #[test]
    fn refusals_of_a_real_server_are_told_by_what_can_be_done() {
        let recorded: Vec<Value> = serde_json::from_str(include_str!("fixtures/refusals.json")).unwrap();
        let expected = [
            (ErrorKind::NotAllowed, "CLEARML_API_ACCESS_KEY and CLEARML_API_SECRET_KEY"),
            (ErrorKind::NotAllowed, "Signature has expired"),
            (ErrorKind::NotAllowed, "not allowed for role"),
            (ErrorKind::Unsupported, "does not know /tasks.nope"),
            (ErrorKind::BadInput, "Malformed regular expression"),
            (ErrorKind::NotFound, "Invalid project id"),
            (ErrorKind::NotFound, "Invalid task id"),
            (ErrorKind::Unavailable, "a database behind it does not answer"),
        ];
        assert_eq!(recorded.len(), expected.len());
        for (refusal, (kind, words)) in recorded.iter().zip(expected) {
            let status = u16::try_from(refusal["status"].as_u64().unwrap()).unwrap();
            let error = told(refusal["path"].as_str().unwrap(), status, &refusal["body"].to_string());
            assert_eq!(error.kind, kind, "{error}");
            assert!(error.message.contains(words), "{error}");
            assert_eq!(error.temporary, kind == ErrorKind::Unavailable, "{error}");
        }
    }

    #[test]
    fn what_is_not_clearml_is_told_with_the_address_to_check() {
        for status in [403, 404, 405, 418] {
            let error = told("/auth.login", status, "<html>nginx</html>");
            assert!(error.message.contains("API") && !error.message.contains("nginx"), "{status}: {error}");
            assert!(!error.temporary, "{status}");
        }
        assert!(told("/auth.login", 502, "Bad Gateway").temporary);
    }

    #[test]
    fn long_words_of_the_server_are_cut() {
        let body = serde_json::json!({"meta": {"result_subcode": 12, "result_msg": "x ".repeat(1_000)}}).to_string();
        assert!(told("/tasks.get_all_ex", 400, &body).message.chars().count() < 400);
    }
}

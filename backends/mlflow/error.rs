//! What MLflow says when something is wrong, in our terms.
//!
//! The body may be MLflow's JSON (`error_code`, `message`), FastAPI's (`detail`), plain text or a web page: it is told
//! by trying, never by status or content type alone.

use serde::Deserialize;

use crate::http::Failure;
use crate::{Error, ErrorKind};

use super::api;

/// The longest part of a server's own words that is passed on.
const WORDS: usize = 300;

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    error_code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    detail: String,
}

/// Translates a refusal.
pub(super) fn explain(failure: &Failure<'_>) -> Error {
    let sign_in = sign_in(failure.tracker);
    let body = serde_json::from_str::<Body>(failure.body).ok();
    let code = body.as_ref().map(|body| body.error_code.as_str()).unwrap_or_default();
    let said = said(body.as_ref(), failure);
    match (failure.status, code) {
        (401, _) | (_, "UNAUTHENTICATED") => {
            Error::not_allowed(format!("MLflow refused the sign-in (HTTP 401); check {sign_in}"))
        }
        (403, _) | (_, "PERMISSION_DENIED") => forbidden(failure, sign_in, &said),
        (_, "RESOURCE_DOES_NOT_EXIST" | "RESOURCE_NOT_FOUND" | "NOT_FOUND") => {
            Error::not_found(format!("MLflow: {said}"))
        }
        (404, _) => Error::not_found(format!(
            "no MLflow answers at {} (HTTP 404); check the URL, a path prefix may be missing or wrong",
            failure.path
        )),
        (429, _) | (_, "RESOURCE_EXHAUSTED" | "REQUEST_LIMIT_EXCEEDED") => {
            Error::unavailable("MLflow asks for fewer requests (HTTP 429); try again later")
        }
        // SQLite joins at most 64 tables, which no waiting mends (recorded on 3.17.2).
        (503, _) if failure.body.contains("tables in a join") => {
            Error::bad_input("the filter has too many conditions for this MLflow server (at most 63); use fewer")
        }
        (503, _) if failure.body.contains("orkspace") => Error::unsupported(format!("MLflow: {said}")),
        (_, "FEATURE_DISABLED" | "NOT_IMPLEMENTED") | (501, _) => Error::unsupported(format!("MLflow: {said}")),
        (400, _) => Error::bad_input(format!("MLflow refused the request: {said}")),
        // 2.15.1 answers so for files that are not there, which no waiting mends.
        (500, _) if api::reads_artifacts(failure.path) => {
            Error { temporary: false, ..Error::unavailable(format!("MLflow failed with HTTP 500: {said}")) }
        }
        (status, _) if status == 408 || status >= 500 => {
            Error::unavailable(format!("MLflow failed with HTTP {status}: {said}"))
        }
        (status, _) => Error::new(ErrorKind::Unavailable, format!("MLflow answered HTTP {status}: {said}")),
    }
}

/// The settings that carry the credentials.
fn sign_in(tracker: &str) -> &'static str {
    if tracker == "databricks" {
        "DATABRICKS_TOKEN, or the token in ~/.databrickscfg"
    } else {
        "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
    }
}

fn forbidden(failure: &Failure<'_>, sign_in: &str, said: &str) -> Error {
    if failure.body.contains("Invalid Host header") {
        return Error::not_allowed(
            "MLflow refused the host name of its own URL (HTTP 403, guard against DNS rebinding); start the server with --allowed-hosts naming it",
        );
    }
    if failure.is_html {
        return Error::not_allowed(format!("the server refused the request (HTTP 403); check {sign_in}"));
    }
    Error::not_allowed(format!(
        "MLflow does not allow this (HTTP 403: {said}); ask for the permission, or check {sign_in}"
    ))
}

/// The server's own words, unless they are a web page or hold SQL.
fn said(body: Option<&Body>, failure: &Failure<'_>) -> String {
    let words = match body {
        Some(body) if !body.message.is_empty() => body.message.as_str(),
        Some(body) if !body.detail.is_empty() => body.detail.as_str(),
        _ if failure.is_html => return "a web page instead of an answer".to_owned(),
        _ => failure.body,
    };
    if ["[SQL:", "(Background on this error", "sqlalche.me", "Traceback (most recent"]
        .iter()
        .any(|mark| words.contains(mark))
    {
        return "a fault inside the server; its log has the details".to_owned();
    }
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        return "no reason given".to_owned();
    }
    let mut short: String = words.chars().take(WORDS).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    short
}

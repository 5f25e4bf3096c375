//! What MLflow says when something is wrong, in our terms.
//!
//! The body may be MLflow's JSON (`error_code`, `message`), FastAPI's (`detail`), plain text or a web page: it is told
//! by trying, never by status or content type alone.

use serde_json::Value;

use crate::http::Failure;
use crate::{Error, ErrorKind};

use super::api;

/// The longest part of a server's own words that is passed on.
const WORDS: usize = 300;
/// What only a fault deep inside a server says.
const INSIDES: [&str; 6] =
    ["[SQL:", "(Background on this error", "sqlalche.me", "Traceback (most recent", "<html", "<!doctype"];
/// SQLite's own limits, which no waiting mends although the status is 503 (recorded on 3.17.2).
const TOO_MANY_CLAUSES: [&str; 2] = ["tables in a join", "too many FROM clause terms"];

/// Translates a refusal of an MLflow server.
pub(super) fn explain(failure: &Failure<'_>) -> Error {
    told(failure, false)
}

/// Translates a refusal of Databricks.
pub(super) fn explain_databricks(failure: &Failure<'_>) -> Error {
    told(failure, true)
}

fn told(failure: &Failure<'_>, databricks: bool) -> Error {
    let body = serde_json::from_str(failure.body).unwrap_or(Value::Null);
    let code = body.get("error_code").and_then(Value::as_str).unwrap_or_default();
    let words = words(&body);
    let said = said(words.as_deref(), failure);
    let who = if databricks { "Databricks" } else { "MLflow" };
    match (failure.status, code) {
        (401, _) | (_, "UNAUTHENTICATED") => Error::not_allowed(format!(
            "{who} asks for a sign-in, or refused the one that is set (HTTP 401); check {}",
            sign_in(failure, databricks)
        )),
        (403, _) | (_, "PERMISSION_DENIED") => forbidden(failure, who, &said, databricks),
        (429, _) | (_, "RESOURCE_EXHAUSTED" | "REQUEST_LIMIT_EXCEEDED") => {
            Error::unavailable(format!("{who} asks for fewer requests (HTTP 429); try again later"))
        }
        _ if !databricks && is_about_workspaces(failure, words.as_deref()) => workspace(failure.status, code, &said),
        (_, "FEATURE_DISABLED" | "NOT_IMPLEMENTED") | (501, _) => Error::unsupported(format!("{who}: {said}")),
        (_, "RESOURCE_DOES_NOT_EXIST" | "RESOURCE_NOT_FOUND" | "NOT_FOUND") => {
            Error::not_found(format!("{who}: {said}"))
        }
        (404, _) if words.as_deref().is_some_and(|words| words != "Not Found") && code != "ENDPOINT_NOT_FOUND" => {
            Error::not_found(format!("{who}: {said}"))
        }
        (status @ (404 | 405), _) => Error::not_found(format!(
            "no MLflow answers at {} (HTTP {status}); check the URL, a path prefix may be missing or wrong",
            failure.path
        )),
        (503, _) if TOO_MANY_CLAUSES.iter().any(|mark| failure.body.contains(mark)) => {
            Error::bad_input("the filter has too many conditions for this MLflow server (at most 63); use fewer")
        }
        // 2.15.1 answers so for files that are not there, which no waiting mends.
        (500, _) if api::reads_artifacts(failure.path) => {
            Error { temporary: false, ..Error::unavailable(format!("MLflow failed with HTTP 500: {said}")) }
        }
        (status, _) if is_too_long(failure) => Error::bad_input(format!(
            "the request is too long for this server, or for a proxy before it (HTTP {status}); ask for fewer things at once"
        )),
        (400, _) if failure.is_html => Error::bad_input(
            "the server refused the request with a web page (HTTP 400); check the URL: http:// where it should be https://, or a path prefix that is missing",
        ),
        (400, _) => Error::bad_input(format!("{who} refused the request: {said}")),
        (status, _) if status == 408 || status >= 500 => Error::unavailable(format!(
            "{who}, or a proxy before it, failed with HTTP {status}: {said}; try again later"
        )),
        (status, _) => {
            Error::new(ErrorKind::Unavailable, format!("{who} answered HTTP {status}: {said}; check the URL"))
        }
    }
}

/// The settings that carry the credentials.
fn sign_in(failure: &Failure<'_>, databricks: bool) -> &'static str {
    if databricks {
        "DATABRICKS_TOKEN, or the token in ~/.databrickscfg"
    } else if failure.body.starts_with("You are not authenticated") {
        // MLflow's own sign-in refuses tokens; those are for proxies before it.
        "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (this server takes no token)"
    } else {
        "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
    }
}

fn forbidden(failure: &Failure<'_>, who: &str, said: &str, databricks: bool) -> Error {
    let sign_in = sign_in(failure, databricks);
    if failure.body.contains("Invalid Host header") {
        return Error::not_allowed(
            "MLflow refused the host name of its own URL (HTTP 403, guard against DNS rebinding); start the server with --allowed-hosts naming it",
        );
    }
    if failure.body.contains("Cross-origin request blocked") {
        return Error::not_allowed(
            "MLflow took the request for one of a foreign web page (HTTP 403): a proxy before it adds an Origin header; let it not, or start the server with --cors-allowed-origins naming that origin",
        );
    }
    if failure.is_html {
        return Error::not_allowed(format!("the server refused the request (HTTP 403); check {sign_in}"));
    }
    Error::not_allowed(format!(
        "{who} does not allow this (HTTP 403: {said}); ask for the permission, or check {sign_in}"
    ))
}

/// Whether a server of MLflow's minds the workspace that was asked for.
fn is_about_workspaces(failure: &Failure<'_>, words: Option<&str>) -> bool {
    let begins = |start: &str| words.unwrap_or(failure.body).starts_with(start);
    ["Workspace '", "Workspace name '", "Workspace APIs"].into_iter().any(begins)
        || failure.body.contains("running without workspaces support")
}

fn workspace(status: u16, code: &str, said: &str) -> Error {
    match (status, code) {
        (500.., _) => Error::unsupported("this MLflow server has no workspaces; unset MLFLOW_WORKSPACE"),
        (404, _) => Error::not_found(format!("MLflow: {said}; set MLFLOW_WORKSPACE to a workspace of this server")),
        _ => Error::bad_input(format!("MLflow: {said}; mend MLFLOW_WORKSPACE")),
    }
}

/// Too long a request line, as gunicorn (2.15.1) says it, or too large a request, as proxies do.
fn is_too_long(failure: &Failure<'_>) -> bool {
    matches!(failure.status, 413 | 414 | 431)
        || (failure.status == 400 && failure.body.contains("Request Line is too large"))
}

/// What the server says in JSON: MLflow's message, or FastAPI's detail, which may be a list of faults.
fn words(body: &Value) -> Option<String> {
    let text = |key: &str| body.get(key)?.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    let faults = || {
        let faults = body.get("detail")?.as_array()?;
        let faults: Vec<&str> = faults.iter().filter_map(|fault| fault.get("msg")?.as_str()).collect();
        (!faults.is_empty()).then(|| faults.join("; "))
    };
    text("message").or_else(|| text("detail")).or_else(faults)
}

/// The server's own words, unless they are a web page or hold SQL.
fn said(words: Option<&str>, failure: &Failure<'_>) -> String {
    if words.is_none() && failure.is_html {
        return "a web page instead of an answer".to_owned();
    }
    let words = words.unwrap_or(failure.body);
    if INSIDES.iter().any(|mark| words.contains(mark)) {
        return "a fault inside the server, whose log has the details".to_owned();
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

#[cfg(test)]
mod tests;

//! Recorded refusals, and what becomes of them.

use serde::Deserialize;

use super::*;
use crate::ErrorKind::{BadInput, NotAllowed, NotFound, Unavailable, Unsupported};
use crate::http::Access;

/// A recorded refusal.
#[derive(Deserialize)]
struct Recorded {
    name: String,
    server: String,
    request: String,
    status: u16,
    content_type: String,
    body: String,
}

impl Recorded {
    fn explained(&self) -> Error {
        let html = self.body.trim_start().starts_with('<') && !self.content_type.starts_with("application/json");
        let (_, path) = self.request.split_once(' ').unwrap();
        explain(&Failure { path, is_html: html, ..failure("mlflow", self.status, &self.body) })
    }
}

fn recorded() -> Vec<Recorded> {
    include_str!("../fixtures/refusals.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn failure<'a>(tracker: &'a str, status: u16, body: &'a str) -> Failure<'a> {
    let is_html = body.starts_with('<');
    let path = "/api/2.0/mlflow/runs/search";
    Failure { tracker, access: Access::Read, path, status, body, is_html, retry_after: None }
}

fn of_mlflow(status: u16, body: &str) -> Error {
    explain(&failure("mlflow", status, body))
}

fn of_databricks(status: u16, body: &str) -> Error {
    explain_databricks(&failure("databricks", status, body))
}

#[test]
fn each_recorded_refusal_says_what_to_do() {
    let no_page = |path: &str, status| {
        format!("no MLflow answers at {path} (HTTP {status}); check the URL, a path prefix may be missing or wrong")
    };
    let basic = "MLflow asks for a sign-in, or refused the one that is set (HTTP 401); check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (this server takes no token)";
    let inside = "MLflow refused the request: a fault inside the server, whose log has the details";
    let too_many = "the filter has too many conditions for this MLflow server (at most 63); use fewer";
    let no_workspaces = "this MLflow server has no workspaces; unset MLFLOW_WORKSPACE";
    let unknown = "/api/2.0/mlflow/does-not-exist";
    let expected = [
        ("3.17.2", "unknown_endpoint_api", NotFound, no_page(unknown, 404)),
        ("3.17.2", "unknown_endpoint_post", NotFound, no_page(unknown, 404)),
        ("3.17.2", "wrong_method_405", NotFound, no_page("/api/2.0/mlflow/runs/search", 405)),
        (
            "3.17.2",
            "bad_host_header",
            NotAllowed,
            "MLflow refused the host name of its own URL (HTTP 403, guard against DNS rebinding); start the server with --allowed-hosts naming it".to_owned(),
        ),
        (
            "3.17.2",
            "cors_blocked_post",
            NotAllowed,
            "MLflow took the request for one of a foreign web page (HTTP 403): a proxy before it adds an Origin header; let it not, or start the server with --cors-allowed-origins naming that origin".to_owned(),
        ),
        ("3.17.2", "runs_filter_or", BadInput, "MLflow refused the request: Invalid clause(s) in filter string: 'OR'".to_owned()),
        ("3.17.2", "runs_search_bad_token", BadInput, "MLflow refused the request: Invalid page token, could not base64-decode".to_owned()),
        ("3.17.2", "experiments_get_404", NotFound, "MLflow: No Experiment with id=999999 exists".to_owned()),
        ("3.17.2", "experiments_create_duplicate", BadInput, inside.to_owned()),
        ("3.17.2", "runs_create_empty", BadInput, inside.to_owned()),
        ("3.17.2", "rm_alias_404", BadInput, "MLflow refused the request: Registered model alias nope not found.".to_owned()),
        ("3.17.2", "mv_get_404", NotFound, "MLflow: Model Version (name=eval-model, version=99) not found".to_owned()),
        ("3.17.2", "jobs_get_404", NotFound, "MLflow: Job with ID nope not found".to_owned()),
        ("3.17.2", "workspaces_list", Unsupported, no_workspaces.to_owned()),
        ("3.17.2", "workspace_header", Unsupported, no_workspaces.to_owned()),
        (
            "3.17.2",
            "proxy_presigned",
            Unsupported,
            "MLflow: Multipart download is not supported for the current artifact repository".to_owned(),
        ),
        ("2.15.1", "server_info", NotFound, no_page("/api/3.0/mlflow/server-info", 404)),
        (
            "2.15.1",
            "metric_bulk_interval_101_runs",
            BadInput,
            "the request is too long for this server, or for a proxy before it (HTTP 400); ask for fewer things at once".to_owned(),
        ),
        (
            "2.15.1",
            "get_artifact_missing",
            Unavailable,
            // Of a file that is not there: no waiting mends it.
            "MLflow failed with HTTP 500: a web page instead of an answer".to_owned(),
        ),
        (
            "2.15.1",
            "proxy_get_missing",
            Unavailable,
            "MLflow failed with HTTP 500: The following failures occurred while downloading one or more artifacts from /data/mlartifacts: ##### File 1/1d176cb8514544fbae3141881d3a2ddc/artifacts/nope.txt ##### [Errno 2] No such file or directory: '/data/mlartifacts/1/1d176cb8514544fbae3141881d3a2ddc/artifacts/nope.txt'".to_owned(),
        ),
        ("2.15.1", "runs_create_empty", BadInput, inside.to_owned()),
        ("auth_3.17.2", "auth_none", NotAllowed, basic.to_owned()),
        ("auth_3.17.2", "auth_wrong_password", NotAllowed, basic.to_owned()),
        ("auth_3.17.2", "auth_bearer_token", NotAllowed, basic.to_owned()),
        (
            "auth_3.17.2",
            "auth_bob_write_403",
            NotAllowed,
            "MLflow does not allow this (HTTP 403: Permission denied); ask for the permission, or check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN".to_owned(),
        ),
        (
            "workspaces_3.17.2",
            "ws_search_unknown",
            NotFound,
            "MLflow: Workspace 'nope' not found; set MLFLOW_WORKSPACE to a workspace of this server".to_owned(),
        ),
        (
            "workspaces_3.17.2",
            "ws_header_bad_chars",
            BadInput,
            "MLflow: Workspace name 'Bad Name' must match the pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$ (lowercase alphanumeric with optional internal hyphens).; mend MLFLOW_WORKSPACE".to_owned(),
        ),
        (
            "filestore_3.17.2",
            "fs_runs_get_malformed",
            BadInput,
            "MLflow refused the request: Invalid value \"../x\" for parameter 'run_id' supplied.".to_owned(),
        ),
        ("3.17.2", "runs_search_64_conditions", BadInput, too_many.to_owned()),
        ("3.17.2", "runs_search_200_conditions", BadInput, too_many.to_owned()),
    ];
    let recorded = recorded();
    assert_eq!(recorded.len(), expected.len());
    for (refusal, (server, name, kind, message)) in recorded.iter().zip(expected) {
        assert_eq!((refusal.server.as_str(), refusal.name.as_str()), (server, name));
        let error = refusal.explained();
        assert_eq!((error.kind, error.message), (kind, message), "{server} {name}");
        let waiting_mends = kind == Unavailable && !["get_artifact_missing", "proxy_get_missing"].contains(&name);
        assert_eq!(error.temporary, waiting_mends, "{server} {name}");
    }
}

#[test]
fn no_refusal_shows_the_insides_of_a_server() {
    for refusal in recorded() {
        let message = refusal.explained().message;
        for inside in ["SQL", "sqlite3", "sqlstate", "KAM00", "INSERT", "SELECT", "<", "error_code", "www.mlflow.org"] {
            assert!(!message.contains(inside), "{} {}: {message}", refusal.server, refusal.name);
        }
        assert!(message.chars().count() <= WORDS + 150, "{message}");
    }
}

#[test]
fn databricks_is_called_by_its_name_and_its_settings() {
    let invalid = of_databricks(403, r#"{"error_code":"403","message":"Invalid access token."}"#);
    assert_eq!(
        (invalid.kind, invalid.message.as_str()),
        (
            NotAllowed,
            "Databricks does not allow this (HTTP 403: Invalid access token.); ask for the permission, or check DATABRICKS_TOKEN, or the token in ~/.databrickscfg"
        )
    );
    let missing = of_databricks(401, "");
    assert!(missing.message.starts_with("Databricks asks for a sign-in"), "{missing}");
    assert!(missing.message.ends_with("check DATABRICKS_TOKEN, or the token in ~/.databrickscfg"), "{missing}");
    let absent =
        of_databricks(404, r#"{"error_code":"ENDPOINT_NOT_FOUND","message":"No API found for 'GET /mlflow/x'"}"#);
    assert!(absent.message.starts_with("no MLflow answers at"), "{absent}");
    let off = of_databricks(404, r#"{"error_code":"FEATURE_DISABLED","message":"MLflow is disabled"}"#);
    assert_eq!((off.kind, off.message.as_str()), (Unsupported, "Databricks: MLflow is disabled"));
    let folder =
        of_databricks(404, r#"{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Workspace '/Users/x' is gone"}"#);
    assert_eq!((folder.kind, folder.message.as_str()), (NotFound, "Databricks: Workspace '/Users/x' is gone"));
}

#[test]
fn too_many_requests_are_temporary_whatever_the_body() {
    for body in [
        r#"{"error_code":"RESOURCE_EXHAUSTED","message":"Too many requests. Please wait a moment..."}"#,
        r#"{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"REQUEST_LIMIT_EXCEEDED"}"#,
        "Too Many Requests",
        "<html>429</html>",
        "",
    ] {
        let error = of_databricks(429, body);
        assert_eq!((error.kind, error.temporary), (Unavailable, true), "{body}");
        assert_eq!(error.message, "Databricks asks for fewer requests (HTTP 429); try again later");
    }
}

#[test]
fn a_body_of_another_shape_is_still_told() {
    for (status, body, kind, message) in [
        (
            404,
            r#"{"detail":"Not Found"}"#,
            NotFound,
            "no MLflow answers at /api/2.0/mlflow/runs/search (HTTP 404); check the URL, a path prefix may be missing or wrong",
        ),
        (
            422,
            r#"{"detail":[{"loc":["body","x"],"msg":"field required","type":"missing"},{"msg":"too short"}]}"#,
            Unavailable,
            "MLflow answered HTTP 422: field required; too short; check the URL",
        ),
        (
            400,
            r#"{"error_code":"INVALID_PARAMETER_VALUE","message":null}"#,
            BadInput,
            r#"MLflow refused the request: {"error_code":"INVALID_PARAMETER_VALUE","message":null}"#,
        ),
        (400, r#"{"error_code":400,"message":"no"}"#, BadInput, "MLflow refused the request: no"),
        (400, "", BadInput, "MLflow refused the request: no reason given"),
        (400, "  a\n\n b\t", BadInput, "MLflow refused the request: a b"),
        (
            403,
            "<html>no</html>",
            NotAllowed,
            "the server refused the request (HTTP 403); check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
        ),
        (
            401,
            "Unauthorized",
            NotAllowed,
            "MLflow asks for a sign-in, or refused the one that is set (HTTP 401); check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
        ),
        (
            413,
            "<html>nginx</html>",
            BadInput,
            "the request is too long for this server, or for a proxy before it (HTTP 413); ask for fewer things at once",
        ),
        (
            502,
            "<html>nginx</html>",
            Unavailable,
            "MLflow, or a proxy before it, failed with HTTP 502: a web page instead of an answer; try again later",
        ),
        (
            500,
            r#"{"message":"<html>oops"}"#,
            Unavailable,
            "MLflow, or a proxy before it, failed with HTTP 500: a fault inside the server, whose log has the details; try again later",
        ),
        (
            400,
            "<html>The plain HTTP request was sent to HTTPS port</html>",
            BadInput,
            "the server refused the request with a web page (HTTP 400); check the URL: http:// where it should be https://, or a path prefix that is missing",
        ),
    ] {
        let error = of_mlflow(status, body);
        assert_eq!((error.kind, error.message.as_str()), (kind, message), "{status} {body}");
    }
}

#[test]
fn long_words_are_cut_at_a_character() {
    let error = of_mlflow(400, &"ü".repeat(1_000));
    assert_eq!(error.message, format!("MLflow refused the request: {}…", "ü".repeat(WORDS)));
}

#[test]
fn only_what_may_pass_is_temporary() {
    for (status, temporary) in
        [(408, true), (500, true), (502, true), (503, true), (504, true), (409, false), (418, false), (400, false)]
    {
        assert_eq!(of_mlflow(status, "no").temporary, temporary, "{status}");
    }
}

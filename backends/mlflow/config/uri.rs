//! What MLflow calls a tracking URI: the address of a server is wanted; all else is explained.

use url::Url;

use crate::mlflow_model::tracking_uri::{URI, lacks_scheme};
use crate::percent::decoded;
use crate::secret::{SafeUrl, Secret};
use crate::{Error, Result};

/// The databases that MLflow's servers keep their data in.
const DATABASES: [&str; 3] = ["postgresql", "mysql", "mssql"];

/// Whether the URI stands for Databricks, `databricks` or `databricks://profile`, and which profile it names.
pub(super) fn databricks(uri: &str) -> Option<Option<&str>> {
    let (scheme, rest) = uri.split_once("://").unwrap_or((uri, ""));
    let profile = Some(rest.trim_matches('/')).filter(|profile| !profile.is_empty());
    scheme.eq_ignore_ascii_case("databricks").then_some(profile)
}

/// The URL of a server.
pub(super) fn server(uri: &str) -> Result<Url> {
    if lacks_scheme(uri) {
        return Err(no_server(uri, "write http:// or https:// before it"));
    }
    let Ok(url) = Url::parse(uri) else {
        return Err(no_server(uri, EXPECTED));
    };
    let kind = url.scheme().split('+').next().unwrap_or_default().to_owned();
    match url.scheme() {
        "http" | "https" if url.fragment().or(url.query()).is_some_and(|rest| rest.contains('@')) => {
            Err(no_server(uri, "in a user or password write # as %23 and ? as %3F"))
        }
        // A variable within the address that nobody expanded.
        "http" | "https" if url.host_str().is_some_and(|host| host.contains(['$', '{', '}'])) => {
            Err(no_server(uri, EXPECTED))
        }
        "http" | "https" => Ok(url),
        "databricks-uc" | "uc" => Err(no_server(uri, "that is a registry of models; the tracking URI is databricks")),
        _ if DATABASES.contains(&kind.as_str()) => Err(database(&kind, url)),
        _ => Err(no_server(uri, EXPECTED)),
    }
}

const EXPECTED: &str = "expected http://host:5000, https://… or databricks";

/// A URI with an `@` may hold a password, even where it cannot be told from the rest.
fn no_server(uri: &str, hint: &str) -> Error {
    let shown = if uri.contains('@') { "what is set" } else { uri };
    Error::bad_input(format!("{URI}: {shown} is not the address of a server; {hint}"))
}

/// A database that a server keeps its data in; its user, password and options are not repeated.
fn database(kind: &str, url: Url) -> Error {
    let hidden = !url.username().is_empty() || url.password().is_some() || url.query().is_some();
    let uri = SafeUrl::new(url).to_string();
    let quoted = if uri.contains(' ') { format!("\"{uri}\"") } else { uri };
    let error = Error::unsupported(format!(
        "{URI} names a {kind} store, which is not read directly; start a server before it: mlflow server \
         --backend-store-uri {quoted} --host 127.0.0.1 --port 5000, and set {URI}=http://127.0.0.1:5000"
    ));
    if hidden { error.and("its user, password and options are left out here: put them back") } else { error }
}

/// The user and password within a URL, decoded.
pub(super) fn userinfo(url: &Url) -> (Option<String>, Option<Secret>) {
    let user = Some(url.username()).filter(|user| !user.is_empty()).map(decoded);
    let password = url.password().filter(|password| !password.is_empty());
    (user, password.map(decoded).map(Secret::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(uri: &str) -> String {
        server(uri).unwrap_err().message
    }

    #[test]
    fn the_address_of_a_server_is_kept_with_its_prefix() {
        for (uri, kept) in [
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000/"),
            ("HTTPS://Mlflow.Example.org/", "https://mlflow.example.org/"),
            ("https://h/teams/a/", "https://h/teams/a/"),
            ("http://[::1]:5000", "http://[::1]:5000/"),
            ("http://h:5000/#/experiments/1", "http://h:5000/#/experiments/1"),
        ] {
            assert_eq!(server(uri).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn databricks_is_told_with_its_profile() {
        for (uri, expected) in [
            ("databricks", Some(None)),
            ("Databricks", Some(None)),
            ("databricks://", Some(None)),
            ("databricks://work", Some(Some("work"))),
            ("databricks://team/", Some(Some("team"))),
            ("databricks-uc", None),
            ("https://dbc-1.cloud.databricks.com", None),
        ] {
            assert_eq!(databricks(uri), expected, "{uri}");
        }
    }

    #[test]
    fn an_address_without_its_scheme_is_told_what_it_lacks() {
        for uri in
            ["localhost:5000", "localhost", "127.0.0.1:5000/prefix", "10.0.0.7", "mlflow.example.org", "[::1]:5000"]
        {
            assert_eq!(
                message(uri),
                format!(
                    "MLFLOW_TRACKING_URI: {uri} is not the address of a server; write http:// or https:// before it"
                )
            );
        }
        for uri in ["bob:hunter2@host:5000", "bob:hunter2@host/prefix", "http//bob:hunter2@host:5000"] {
            assert!(!message(uri).contains("hunter2"), "{uri}: {}", message(uri));
        }
    }

    #[test]
    fn what_is_no_address_is_told_what_is_expected() {
        for uri in [
            "<your-server>",
            "http://",
            "http://<host>:5000",
            "http://${HOST}:5000",
            "ftp://host",
            "s3://bucket/runs",
            "://x",
        ] {
            assert_eq!(message(uri), format!("MLFLOW_TRACKING_URI: {uri} is not the address of a server; {EXPECTED}"));
        }
        assert!(
            message("databricks-uc://work").ends_with("that is a registry of models; the tracking URI is databricks")
        );
    }

    #[test]
    fn a_password_that_breaks_the_address_is_not_shown() {
        for uri in [
            "http://bob:12#34@host",
            "http://bob:12?34@host:5000",
            "http://bob:p#ss@host",
            "http://bob:p/ss@host",
            "ftp://bob:pss@host",
        ] {
            let message = message(uri);
            assert!(message.starts_with("MLFLOW_TRACKING_URI: what is set is not the address"), "{message}");
        }
    }

    #[test]
    fn a_database_is_answered_with_the_line_that_puts_a_server_before_it() {
        let error = server("postgresql+psycopg2://db/mlflow").unwrap_err();
        assert_eq!(error.kind, crate::ErrorKind::Unsupported);
        assert_eq!(
            error.message,
            "MLFLOW_TRACKING_URI names a postgresql store, which is not read directly; start a server before it: mlflow \
             server --backend-store-uri postgresql+psycopg2://db/mlflow --host 127.0.0.1 --port 5000, and set \
             MLFLOW_TRACKING_URI=http://127.0.0.1:5000"
        );
    }

    #[test]
    fn the_password_of_a_database_is_left_out_and_that_is_said() {
        let message = message("postgresql://user:hunter2@db:5432/mlflow?sslmode=hunter3");
        assert!(message.contains("--backend-store-uri postgresql://db:5432/mlflow --host"), "{message}");
        assert!(message.ends_with("its user, password and options are left out here: put them back"), "{message}");
        assert!(!message.contains("hunter"), "{message}");
    }

    #[test]
    fn user_and_password_within_an_address_are_decoded() {
        for (uri, user, password) in [
            ("http://bob:p%40ss%25%23@h", Some("bob"), Some("p@ss%#")),
            ("http://b%2Bo+b:a+b&c=d;e@h", Some("b+o+b"), Some("a+b&c=d;e")),
            ("http://bob@h", Some("bob"), None),
            ("http://bob:@h", Some("bob"), None),
            ("http://:pw@h", None, Some("pw")),
            ("http://%C3%BC:100%25@h", Some("ü"), Some("100%")),
            ("http://h", None, None),
        ] {
            let (found_user, found_password) = userinfo(&Url::parse(uri).unwrap());
            assert_eq!(found_user.as_deref(), user, "{uri}");
            assert_eq!(found_password.as_ref().map(Secret::expose), password, "{uri}");
        }
    }
}

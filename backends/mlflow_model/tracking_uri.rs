//! What MLflow calls a tracking URI: a server's address, a database's, or a folder.

use std::net::Ipv4Addr;

use url::Url;

use crate::secret::SafeUrl;
use crate::{Error, Result};

/// Where MLflow's client looks for it.
pub(crate) const URI: &str = "MLFLOW_TRACKING_URI";
/// Which part of a server or store its client sees.
pub(crate) const WORKSPACE: &str = "MLFLOW_WORKSPACE";
/// MLflow's client knows no such variable: only a server config has it.
pub(crate) const WEB: &str = "web_url of MLflow";

/// What a tracking URI names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// An SQLite database, by its path as written; without one, a database that lives in memory.
    Database(Option<String>),
    /// A folder of files (`mlruns`), by its path as written.
    Folder(String),
    /// A server, or what is none of these.
    Other,
}

/// Reads `sqlite:///mlflow.db` (beside the working directory), `sqlite:////data/mlflow.db`, `file:///data/mlruns`,
/// `./mlruns`; all else is [`Named::Other`].
pub(crate) fn named(uri: &str) -> Named {
    let (scheme, rest) = uri.split_once(':').unwrap_or_default();
    let scheme = scheme.to_ascii_lowercase();
    match scheme.split('+').next().unwrap_or_default() {
        "sqlite" if rest.starts_with("//") => {
            let rest = rest.split(['?', '#']).next().unwrap_or_default();
            // Three slashes and a path, as SQLAlchemy has it: a database has no host.
            let path = rest.strip_prefix("///").filter(|path| !path.is_empty() && *path != ":memory:");
            Named::Database(path.map(str::to_owned))
        }
        "file" => {
            let path = Url::parse(uri).ok().filter(|_| rest.starts_with('/')).and_then(|url| url.to_file_path().ok());
            let path = path.map(|path| path.display().to_string());
            Named::Folder(path.unwrap_or_else(|| rest.trim_start_matches("//").to_owned()))
        }
        "http" | "https" => Named::Other,
        _ if lacks_scheme(uri) || uri.contains("://") || uri.contains(['<', '@', '$']) => Named::Other,
        "databricks" | "databricks-uc" | "uc" | "mlflow-artifacts" => Named::Other,
        _ if ["", "databricks", "databricks-uc", "uc"].iter().any(|word| uri.eq_ignore_ascii_case(word)) => {
            Named::Other
        }
        _ => Named::Folder(uri.to_owned()),
    }
}

/// The address of web pages.
pub(crate) fn web_address(text: &str) -> Result<SafeUrl> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.map(SafeUrl::new).ok_or_else(|| Error::bad_input(format!("{WEB}: {text} is no address; expected https://…")))
}

/// Whether this is the address of a server without `http://`: `host:5000`, `localhost`, `10.0.0.1`, `a.example.com`.
pub(crate) fn lacks_scheme(uri: &str) -> bool {
    let host = uri.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let is_port = |port: &str| !port.is_empty() && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
    let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match port {
        Some(port) => !name.is_empty() && is_port(port),
        None => {
            name.eq_ignore_ascii_case("localhost")
                || name.parse::<Ipv4Addr>().is_ok()
                || (name.split('.').count() > 2 && name.split('.').all(label))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_by_the_path_behind_three_slashes() {
        for (uri, path) in [
            ("sqlite:///mlflow.db", Some("mlflow.db")),
            ("sqlite:////data/mlflow.db", Some("/data/mlflow.db")),
            ("SQLite+pysqlite:////data/a b.db?timeout=5", Some("/data/a b.db")),
            ("sqlite:///C:\\data\\mlflow.db", Some("C:\\data\\mlflow.db")),
            ("sqlite://", None),
            ("sqlite:///:memory:", None),
        ] {
            assert_eq!(named(uri), Named::Database(path.map(str::to_owned)), "{uri}");
        }
    }

    #[test]
    fn a_folder_is_a_path_or_a_file_uri() {
        for (uri, path) in [
            ("./mlruns", "./mlruns"),
            ("mlruns", "mlruns"),
            ("/data/my runs", "/data/my runs"),
            ("~/mlruns", "~/mlruns"),
            ("file:///data/mlruns", "/data/mlruns"),
            ("file:///data/my%20runs", "/data/my runs"),
            ("file:./mlruns", "./mlruns"),
            ("FILE:mlruns", "mlruns"),
            ("C:\\data\\mlruns", "C:\\data\\mlruns"),
        ] {
            assert_eq!(named(uri), Named::Folder(path.to_owned()), "{uri}");
        }
    }

    #[test]
    fn all_else_is_neither() {
        for uri in [
            "http://127.0.0.1:5000",
            "https://h/a",
            "http:h",
            "localhost:5000",
            "mlflow.example.org",
            "databricks",
            "databricks://work",
            "postgresql://u:p@h/db",
            "bob:hunter2@host/prefix",
            "s3://bucket/mlruns",
            "<your-server>",
            "",
        ] {
            assert_eq!(named(uri), Named::Other, "{uri}");
        }
    }
}

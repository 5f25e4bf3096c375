//! Where artifacts lie, as MLflow writes it: a plain absolute path in which `%` is escaped, or a URI.

use std::path::{Path, PathBuf};

use url::Url;

use crate::percent::decoded;
use crate::{Error, Result};

/// How MLflow's store names a folder of this machine.
pub(super) fn of_folder(folder: &Path) -> Result<String> {
    let unusable = || Error::bad_input(format!("the folder {} is no path that MLflow can keep", folder.display()));
    if cfg!(windows) {
        return Url::from_file_path(folder).map(|url| url.to_string()).map_err(|()| unusable());
    }
    // MLflow undoes percent signs in plain paths too.
    folder.to_str().map(|text| text.replace('%', "%25")).ok_or_else(unusable)
}

/// The location below another.
pub(super) fn below(location: &str, path: &str) -> String {
    let (address, query) = match location.split_once('?') {
        // Only in a URI is it a query: it stays at the end.
        Some((address, query)) if has_scheme(location) => (address, Some(query)),
        _ => (location, None),
    };
    let joined = format!("{}/{path}", address.strip_suffix('/').unwrap_or(address));
    query.map(|query| format!("{joined}?{query}")).unwrap_or(joined)
}

/// The folder of this machine that a location names.
///
/// # Errors
///
/// *Unsupported*, if it lies elsewhere.
pub(super) fn folder(location: &str) -> Result<PathBuf> {
    let local = if has_scheme(location) {
        let url = Url::parse(location).ok().filter(|url| url.scheme() == "file");
        url.and_then(|url| url.to_file_path().ok())
    } else {
        Some(PathBuf::from(decoded(location)))
    };
    local.filter(|path| path.is_absolute()).ok_or_else(|| {
        let scheme = location.split_once(':').map_or("a relative path", |(scheme, _)| scheme);
        Error::unsupported(format!(
            "the run keeps its artifacts outside this machine ({scheme}); only folders of this machine are written to"
        ))
    })
}

/// `s3://…`, but not `/a:b` or `C:\a`.
fn has_scheme(location: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    location.split_once(':').is_some_and(|(scheme, _)| scheme.len() > 1 && scheme.chars().all(legal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn a_location_is_continued_as_mlflow_does() {
        for (location, joined) in [
            ("/a/mlruns", "/a/mlruns/7"),
            ("/a/mlruns/", "/a/mlruns/7"),
            ("/what?/a:b", "/what?/a:b/7"),
            ("s3://bucket/a?x=1", "s3://bucket/a/7?x=1"),
            ("mlflow-artifacts:/0", "mlflow-artifacts:/0/7"),
        ] {
            assert_eq!(below(location, "7"), joined);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_goes_there_and_back() {
        for path in ["/a/b c", "/100%/x", "/a%20b", "/ünï/#1?"] {
            let location = of_folder(Path::new(path)).unwrap();
            assert_eq!(folder(&location).unwrap(), Path::new(path));
        }
        assert_eq!(of_folder(Path::new("/a%20b")).unwrap(), "/a%2520b");
        assert_eq!(folder("file:///a%20b").unwrap(), Path::new("/a b"));
    }

    #[test]
    fn a_place_that_is_not_on_this_machine_is_refused_by_its_scheme() {
        for (location, told) in [
            ("s3://bucket/a", "(s3)"),
            ("mlflow-artifacts:/0", "(mlflow-artifacts)"),
            ("./mlruns/0", "(a relative path)"),
        ] {
            let error = folder(location).unwrap_err();
            assert!(error.kind == ErrorKind::Unsupported && error.message.contains(told), "{error}");
        }
    }
}

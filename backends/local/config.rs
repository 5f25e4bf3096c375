//! Where the user's store is: from the variable that MLflow's client reads, a section of the server config, or the working
//! directory, where MLflow's client itself logs if nothing else is set.

use std::path::{Path, PathBuf};

use crate::mlflow_model::tracking_uri::{Named, URI, WEB, WORKSPACE, named, web_address};
use crate::secret::SafeUrl;
use crate::section::{Form, Key};
use crate::settings::{Environment, LOGIN_NAMES, Setting, Source, Value};
use crate::{Error, Result};

/// The database that MLflow's client makes, and the folder that it made before 3.7.
const DATABASE: &str = "mlflow.db";
const FOLDER: &str = "mlruns";
/// How names of databases end.
const DATABASES: [&str; 3] = ["db", "sqlite", "sqlite3"];

/// What a section `kind = local` may have.
pub(super) const KEYS: &[Key] = &[
    Key::new("url", URI, Form::Place, "the file mlflow.db or the folder mlruns: a path, sqlite:///… or file:…"),
    Key::new("workspace", WORKSPACE, Form::Text, "workspace, where the store has such"),
    Key::new("web_url", WEB, Form::Text, "address of its web pages, if mlflow ui shows it"),
];

/// A store, by what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// In an SQLite database.
    Database(PathBuf),
    /// In a tree of files.
    Folder(PathBuf),
}

/// All that is needed to read a store.
#[derive(Clone, Debug)]
pub(super) struct Config {
    /// The name of the tracker.
    pub(super) name: String,
    pub(super) kept: Kept,
    pub(super) workspace: String,
    /// Who `me` is in filters.
    pub(super) me: Option<String>,
    /// Where people see its pages.
    pub(super) web: Option<SafeUrl>,
}

/// What was found: the settings with their sources, and what follows from them.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) settings: Vec<Setting>,
    pub(super) warnings: Vec<String>,
    pub(super) config: Result<Config>,
}

/// The store that a section, or else MLflow's own variable, names; `None` if neither names one.
pub(super) fn find(environment: &Environment) -> Option<Found> {
    let uri = environment.get(URI)?;
    let kept = match named(uri) {
        Named::Database(Some(path)) => Ok(Kept::Database(expanded(environment, &path))),
        Named::Database(None) => Err(Error::bad_input(format!(
            "{URI}: {uri} names a database in memory, which only the process that made it sees; \
             write sqlite:///mlflow.db"
        ))),
        Named::Folder(path) => Ok(of_path(&expanded(environment, &path))),
        // In a section of this kind a path is meant, whatever else it could be.
        Named::Other if environment.tracker().is_some() && !uri.contains("://") => {
            Ok(of_path(&expanded(environment, uri)))
        }
        Named::Other if environment.tracker().is_some() => Err(Error::bad_input(format!(
            "{URI}: {} is no store on this machine; expected the path of mlflow.db or mlruns, sqlite:///… or file:…; \
             a server is of kind = mlflow",
            if uri.contains('@') { "what is set" } else { uri }
        ))),
        Named::Other => return None,
    };
    let unused = environment.written().into_iter().filter(|key| KEYS.iter().all(|known| known.name != key));
    let unused = unused.map(|key| format!("{key} is not used: this is a store on this machine, not a server"));
    Some(found(environment, kept, "url", environment.source(URI), uri, unused.collect()))
}

/// What lies in the working directory.
pub(super) fn beside(environment: &Environment) -> Option<Found> {
    let folder = environment.folder()?;
    let database = folder.join(DATABASE);
    let tree = folder.join(FOLDER);
    let (kept, path) = if database.is_file() {
        (Kept::Database(database.clone()), database)
    } else if is_tree(&tree) {
        (Kept::Folder(tree.clone()), tree.clone())
    } else {
        return None;
    };
    let shown = path.display().to_string();
    let mut warnings = vec![format!(
        "no tracker is configured, so this shows what lies in the working directory: {shown}, which is only read; \
         set {URI} or write a server config to see another"
    )];
    if matches!(kept, Kept::Database(_)) && is_tree(&tree) {
        warnings.push(format!(
            "beside it lies {}, which holds runs too: set {URI}=file:{} to see those",
            tree.display(),
            tree.display()
        ));
    }
    Some(found(environment, Ok(kept), "path", Source::Default, &shown, warnings))
}

/// Whether MLflow keeps experiments in a folder; it may also hold only the files of runs that a database knows.
fn is_tree(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| entry.path().join("meta.yaml").is_file())
}

/// A path may be the store itself or the folder that holds it.
fn of_path(path: &Path) -> Kept {
    if !path.is_dir() {
        let database =
            path.is_file() || path.extension().is_some_and(|end| DATABASES.iter().any(|known| end == *known));
        return if database { Kept::Database(path.to_path_buf()) } else { Kept::Folder(path.to_path_buf()) };
    }
    let database = path.join(DATABASE);
    let tree = path.join(FOLDER);
    if database.is_file() {
        Kept::Database(database)
    } else if is_tree(&tree) {
        Kept::Folder(tree)
    } else {
        Kept::Folder(path.to_path_buf())
    }
}

fn found(
    environment: &Environment,
    kept: Result<Kept>,
    key: &'static str,
    source: Source,
    written: &str,
    warnings: Vec<String>,
) -> Found {
    let name = environment.tracker().unwrap_or(super::NAME).to_owned();
    let mut settings = vec![Setting { key, value: Value::Plain(written.to_owned()), source }];
    let mut set = |key, name| {
        let value = environment.get(name)?.to_owned();
        settings.push(Setting { key, value: Value::Plain(value.clone()), source: environment.source(name) });
        Some(value)
    };
    let workspace = set("workspace", WORKSPACE);
    let web = set("web_url", WEB).map(|text| web_address(&text)).transpose();
    let config = kept.and_then(|kept| {
        Ok(Config {
            name: name.clone(),
            kept,
            workspace: workspace.unwrap_or_else(|| "default".to_owned()),
            me: LOGIN_NAMES.iter().find_map(|name| environment.get(name)).map(ToOwned::to_owned),
            web: web?,
        })
    });
    Found { name, settings, warnings, config: environment.names().outcome(config) }
}

/// A path with the home directory and the working directory put in.
fn expanded(environment: &Environment, path: &str) -> PathBuf {
    let path = environment.expanded(path);
    match environment.folder() {
        Some(folder) if path.is_relative() => folder.join(path.strip_prefix(".").unwrap_or(&path)),
        _ => path,
    }
}

#[cfg(test)]
mod tests;

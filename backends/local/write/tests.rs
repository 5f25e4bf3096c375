//! Every test has a store of its own in a temporary folder, looked at through SQLite itself.

mod artifacts;
mod logging;
mod opening;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::model::{ProjectId, RunId};

use super::{NewExperiment, NewRun, Store};

/// The time in all tests.
const NOW: Timestamp = Timestamp::constant(1_780_300_800, 0);

/// A store with an experiment and a run.
struct Lab {
    folder: TempDir,
    store: Store,
    experiment: ProjectId,
    run: RunId,
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::create(&folder.path().join("mlflow.db"), NOW).unwrap();
        let new = NewExperiment { name: "bench".to_owned(), ..NewExperiment::default() };
        let experiment = store.create_experiment(&new, NOW).unwrap();
        let run = store.create_run(&experiment, &NewRun::named("first", NOW)).unwrap();
        Self { folder, store, experiment, run }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("mlflow.db")
    }

    /// The rows of a query as text, one line each.
    fn rows(&self, query: &str) -> Vec<String> {
        rows(&self.file(), query)
    }
}

fn rows(file: &Path, query: &str) -> Vec<String> {
    let connection = Connection::open(file).unwrap();
    let mut statement = connection.prepare(query).unwrap();
    let width = statement.column_count();
    let line = |row: &rusqlite::Row<'_>| {
        let cells = (0..width).map(|at| match row.get_ref(at).unwrap() {
            rusqlite::types::ValueRef::Null => "-".to_owned(),
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            rusqlite::types::ValueRef::Real(number) => format!("{number:?}"),
            text => text.as_str().unwrap().to_owned(),
        });
        Ok(cells.collect::<Vec<_>>().join(" "))
    };
    statement.query_map([], line).unwrap().map(Result::unwrap).collect()
}

//! Tags of runs.

use rusqlite::{Transaction, params};

use crate::mlflow_model;
use crate::model::RunId;
use crate::{Error, Result};

use super::store::{Fault, Store};
use super::{limits, runs};

impl Store {
    /// Sets tags; one that is there gets the new value. `mlflow.runName` renames the run.
    ///
    /// # Errors
    ///
    /// *Not found*, if there is no such run; *bad input*, if it is deleted or MLflow would refuse a key or value; then
    /// none is set.
    pub fn set_tags(&mut self, run: &RunId, tags: &[(&str, &str)]) -> Result<()> {
        check(tags.iter().copied())?;
        self.write(|transaction| {
            runs::active(transaction, run)?;
            for (_, name) in tags.iter().filter(|(key, _)| *key == mlflow_model::RUN_NAME) {
                transaction.execute("UPDATE runs SET name = ?1 WHERE run_uuid = ?2", params![name, run.as_str()])?;
            }
            set(transaction, run.as_str(), tags.iter().copied())
        })
    }
}

/// Refuses what MLflow would.
pub(super) fn check<'a>(tags: impl Iterator<Item = (&'a str, &'a str)>) -> Result<()> {
    for (key, value) in tags {
        limits::key("tag", key)?;
        if key == mlflow_model::RUN_NAME {
            if value.is_empty() {
                return Err(Error::bad_input("a run needs a name, and '' is none"));
            }
            limits::length(&format!("the name of the run '{value}'"), value, limits::RUN_NAME)?;
        }
        limits::length(&format!("the value of the tag '{key}'"), value, limits::TAG)?;
    }
    Ok(())
}

pub(super) fn set<'a>(
    transaction: &Transaction<'_>,
    run: &str,
    tags: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), Fault> {
    let mut statement = transaction.prepare(
        "INSERT INTO tags (key, value, run_uuid) VALUES (?1, ?2, ?3)
         ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value",
    )?;
    for (key, value) in tags {
        statement.execute(params![key, value, run])?;
    }
    Ok(())
}

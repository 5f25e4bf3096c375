//! Making runs and ending them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::mlflow_model;
use crate::model::{ProjectId, RunId, Status};
use crate::{Error, Result};

use super::store::{Fault, Store};
use super::{experiments, limits, location, tags};

/// A run to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// Its name; at most 250 characters.
    pub name: String,
    /// Who started it.
    pub user: Option<String>,
    /// When it was started.
    pub started: Timestamp,
    /// The run above it.
    pub parent: Option<RunId>,
    /// The program or script that it is a run of (`mlflow.source.name`, with the type `LOCAL`).
    pub source: Option<String>,
    /// Git commit of that.
    pub commit: Option<String>,
    /// Further tags; `mlflow.note.content` is its description.
    pub tags: BTreeMap<String, String>,
}

impl NewRun {
    /// A run with a name, and no more.
    pub fn named(name: impl Into<String>, started: Timestamp) -> Self {
        Self { name: name.into(), user: None, started, parent: None, source: None, commit: None, tags: BTreeMap::new() }
    }

    /// All tags, with those in which MLflow keeps the other fields.
    fn all_tags(&self) -> BTreeMap<&str, &str> {
        let mut all: BTreeMap<&str, &str> =
            self.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let own = [
            (mlflow_model::RUN_NAME, Some(self.name.as_str())),
            (mlflow_model::USER, self.user.as_deref()),
            (mlflow_model::PARENT, self.parent.as_ref().map(RunId::as_str)),
            (mlflow_model::COMMIT, self.commit.as_deref()),
            (mlflow_model::SOURCE_NAME, self.source.as_deref()),
            (mlflow_model::SOURCE_TYPE, self.source.as_ref().map(|_| "LOCAL")),
        ];
        all.extend(own.into_iter().filter_map(|(key, value)| Some((key, value?))));
        all
    }
}

impl Store {
    /// Makes a run, which is running from then on.
    ///
    /// # Errors
    ///
    /// *Not found*, if there is no such experiment or parent; *bad input*, if the experiment is deleted, or MLflow would
    /// refuse a name or tag.
    pub fn create_run(&mut self, experiment: &ProjectId, new: &NewRun) -> Result<RunId> {
        if new.name.is_empty() {
            return Err(Error::bad_input("a run needs a name, and '' is none"));
        }
        limits::length(&format!("the name of the run '{}'", new.name), &new.name, limits::RUN_NAME)?;
        let tags = new.all_tags();
        tags::check(tags.iter().map(|(key, value)| (*key, *value)))?;
        let id = self.write(|transaction| {
            let (experiment, place) = experiments::active(transaction, experiment)?;
            if let Some(parent) = &new.parent {
                active(transaction, parent)?;
            }
            let id = random_id(transaction)?;
            transaction.execute(
                "INSERT INTO runs
                     (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
                      source_version, lifecycle_stage, artifact_uri, experiment_id)
                 VALUES (?1, ?2, 'UNKNOWN', '', '', ?3, 'RUNNING', ?4, '', 'active', ?5, ?6)",
                params![
                    id,
                    new.name,
                    new.user.as_deref().unwrap_or("unknown"),
                    new.started.as_millisecond(),
                    location::below(&place, &format!("{id}/artifacts")),
                    experiment,
                ],
            )?;
            tags::set(transaction, &id, tags.into_iter())?;
            Ok(id)
        })?;
        Ok(RunId::new(id))
    }

    /// Ends a run: as finished, failed or stopped.
    ///
    /// # Errors
    ///
    /// *Not found*, if there is no such run; *bad input*, if it is deleted or the status is none of those.
    pub fn end_run(&mut self, run: &RunId, status: Status, ended: Timestamp) -> Result<()> {
        let word = mlflow_model::status_word(status)
            .filter(|_| status.is_over())
            .ok_or_else(|| Error::bad_input(format!("a run ends as finished, failed or stopped, not as {status}")))?;
        self.write(|transaction| {
            active(transaction, run)?;
            let change = "UPDATE runs SET status = ?1, end_time = ?2 WHERE run_uuid = ?3";
            transaction.execute(change, params![word, ended.as_millisecond(), run.as_str()])?;
            Ok(())
        })
    }
}

/// What is needed of a run to log to it.
pub(super) struct ActiveRun {
    pub(super) experiment: i64,
    pub(super) artifacts: String,
}

/// A run that is there and not deleted; whether it has ended does not matter, as in MLflow.
pub(super) fn active(connection: &Connection, id: &RunId) -> Result<ActiveRun, Fault> {
    let query = "SELECT lifecycle_stage, experiment_id, coalesce(artifact_uri, '') FROM runs WHERE run_uuid = ?1";
    let found = connection
        .query_row(query, [id.as_str()], |row| {
            Ok((row.get::<_, String>(0)?, ActiveRun { experiment: row.get(1)?, artifacts: row.get(2)? }))
        })
        .optional()?;
    match found {
        Some((stage, run)) if stage == "active" => Ok(run),
        Some(_) => Err(Error::bad_input(format!("the run '{id}' is deleted; restore it before logging to it")).into()),
        None => Err(Error::not_found(format!("no run with id '{id}'")).into()),
    }
}

/// 32 hexadecimal digits that nobody else has: a UUID of version 4.
pub(super) fn random_id(transaction: &Transaction<'_>) -> Result<String, Fault> {
    let random: [u8; 16] = transaction.query_row("SELECT randomblob(16)", [], |row| row.get(0))?;
    let mut number = u128::from_be_bytes(random);
    number = (number & !(0xf << 76)) | (0x4 << 76);
    number = (number & !(0x3 << 62)) | (0x2 << 62);
    Ok(format!("{number:032x}"))
}

//! Making and finding experiments.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::model::ProjectId;
use crate::{Error, Result};

use super::limits;
use super::location;
use super::store::{Fault, Store};

/// An experiment to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewExperiment {
    /// Its name, unique in the store also among deleted ones; at most 500 characters.
    pub name: String,
    /// Where its artifacts go: a URI, or an absolute path as MLflow writes it. Without one: where those of the
    /// experiment `Default` lie, in a folder of its own.
    pub artifact_location: Option<String>,
    /// Tags; `mlflow.note.content` is its description.
    pub tags: BTreeMap<String, String>,
}

impl Store {
    /// Makes an experiment.
    ///
    /// # Errors
    ///
    /// *Bad input*, if the name is taken or MLflow would refuse something of it.
    pub fn create_experiment(&mut self, new: &NewExperiment, now: Timestamp) -> Result<ProjectId> {
        if new.name.is_empty() {
            return Err(Error::bad_input("an experiment needs a name, and '' is none"));
        }
        limits::length(&format!("the name of the experiment '{}'", new.name), &new.name, limits::EXPERIMENT_NAME)?;
        for (key, value) in &new.tags {
            limits::key("tag", key)?;
            limits::length(&format!("the value of the tag '{key}'"), value, limits::EXPERIMENT_TAG)?;
        }
        let beside = self.root_beside()?;
        let id = self.write(|transaction| {
            if let Some((id, stage)) = named(transaction, &new.name)? {
                return Err(taken(&new.name, id, &stage).into());
            }
            transaction.execute(
                "INSERT INTO experiments
                     (name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace)
                 VALUES (?1, ?2, 'active', ?3, ?3, 'default')",
                params![new.name, new.artifact_location, now.as_millisecond()],
            )?;
            let id = transaction.last_insert_rowid();
            if new.artifact_location.is_none() {
                let root = root(transaction)?.unwrap_or(beside);
                transaction.execute(
                    "UPDATE experiments SET artifact_location = ?1 WHERE experiment_id = ?2",
                    params![location::below(&root, &id.to_string()), id],
                )?;
            }
            let mut statement =
                transaction.prepare("INSERT INTO experiment_tags (key, value, experiment_id) VALUES (?1, ?2, ?3)")?;
            for (key, value) in &new.tags {
                statement.execute(params![key, value, id])?;
            }
            Ok(id)
        })?;
        Ok(ProjectId::new(id.to_string()))
    }

    /// The experiment of this name, unless it is deleted.
    ///
    /// # Errors
    ///
    /// *Unavailable*, if the store cannot be read.
    pub fn experiment(&self, name: &str) -> Result<Option<ProjectId>> {
        let found = self.read(|connection| Ok(named(connection, name)?))?;
        Ok(found.filter(|(_, stage)| stage == "active").map(|(id, _)| ProjectId::new(id.to_string())))
    }
}

/// The place of an experiment's runs, if it is there and not deleted.
pub(super) fn active(connection: &Connection, id: &ProjectId) -> Result<(i64, String), Fault> {
    let query = "SELECT lifecycle_stage, coalesce(artifact_location, '') FROM experiments WHERE experiment_id = ?1";
    let number: Option<i64> = id.as_str().parse().ok();
    let found: Option<(String, String)> =
        connection.query_row(query, [number], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    match found.zip(number) {
        Some(((stage, location), number)) if stage == "active" => Ok((number, location)),
        Some(_) => Err(Error::bad_input(format!("the experiment '{id}' is deleted; restore it first")).into()),
        None => Err(Error::not_found(format!("no experiment with id '{id}'")).into()),
    }
}

fn named(connection: &Connection, name: &str) -> rusqlite::Result<Option<(i64, String)>> {
    let query = "SELECT experiment_id, lifecycle_stage FROM experiments WHERE name = ?1 AND workspace = 'default'";
    connection.query_row(query, [name], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

fn taken(name: &str, id: i64, stage: &str) -> Error {
    Error::bad_input(format!(
        "the name '{name}' is taken by the {stage} experiment {id}; use that one, or choose another name"
    ))
}

/// Where all experiments lie, as seen from `Default`: whoever set the store up may have named another place than ours.
fn root(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let query = "SELECT artifact_location FROM experiments WHERE experiment_id = 0";
    let location: Option<Option<String>> = connection.query_row(query, [], |row| row.get(0)).optional()?;
    Ok(location.flatten().and_then(|location| location.strip_suffix("/0").map(ToOwned::to_owned)))
}

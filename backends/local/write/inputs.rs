//! Datasets that went into a run.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, params};

use crate::mlflow_model;
use crate::model::RunId;
use crate::{Error, Result};

use super::store::{Fault, Store};
use super::{limits, runs};

/// The longest name of a dataset, in characters.
const NAME: usize = 500;
/// The longest digest.
const DIGEST: usize = 36;
/// The longest schema.
const SCHEMA: usize = 1_048_575;
/// The longest profile.
const PROFILE: usize = 16_777_215;
/// The longest source, as JSON.
const SOURCE: usize = 65_535;
/// The longest context.
const CONTEXT: usize = 500;

/// Where a dataset came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatasetSource {
    /// A file or folder of this machine.
    Local(String),
    /// An `http(s)` address.
    Http(String),
    /// Made by code: a script's name.
    Code(String),
}

impl DatasetSource {
    /// MLflow's word for the kind, and what it keeps of it.
    fn stored(&self) -> (&'static str, String) {
        match self {
            Self::Local(path) => mlflow_model::local_source(path),
            Self::Http(url) => mlflow_model::http_source(url),
            Self::Code(script) => mlflow_model::code_source(script),
        }
    }
}

/// A dataset as an input of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedDataset {
    /// Its name; at most 500 characters.
    pub name: String,
    /// What tells versions of it apart: a short hash of its content; 1 to 36 characters.
    pub digest: String,
    /// Where it came from.
    pub source: DatasetSource,
    /// Its columns, as the JSON of an MLflow schema.
    pub schema: Option<String>,
    /// Its size in JSON (`{"num_rows": 150}`).
    pub profile: Option<String>,
    /// What it was used for (`training`, `evaluation`, …).
    pub context: Option<String>,
}

impl LoggedDataset {
    fn check(&self) -> Result<()> {
        let Self { name, digest, schema, profile, context, .. } = self;
        if name.is_empty() || digest.is_empty() {
            return Err(Error::bad_input(format!(
                "a dataset needs a name and a digest, and '{name}' with '{digest}' lacks one"
            )));
        }
        let of = |part: &str| format!("the {part} of the dataset '{name}'");
        limits::length(&of("name"), name, NAME)?;
        limits::length(&of("digest"), digest, DIGEST)?;
        limits::length(&of("source"), &self.source.stored().1, SOURCE)?;
        limits::length(&of("schema"), schema.as_deref().unwrap_or_default(), SCHEMA)?;
        limits::length(&of("profile"), profile.as_deref().unwrap_or_default(), PROFILE)?;
        limits::length(&of("context"), context.as_deref().unwrap_or_default(), CONTEXT)
    }
}

impl Store {
    /// Logs datasets as inputs of a run. A dataset of this name and digest that the experiment has is used again; one that
    /// is an input of the run already stays as it is.
    ///
    /// # Errors
    ///
    /// *Not found*, if there is no such run; *bad input*, if it is deleted or MLflow would refuse a text; then none is
    /// logged.
    pub fn log_inputs(&mut self, run: &RunId, datasets: &[LoggedDataset]) -> Result<()> {
        datasets.iter().try_for_each(LoggedDataset::check)?;
        self.write(|transaction| {
            let experiment = runs::active(transaction, run)?.experiment;
            let mut done = HashMap::new();
            for dataset in datasets {
                // Of two with one name and digest the first counts.
                if done.insert((&dataset.name, &dataset.digest), ()).is_none() {
                    let id = dataset_id(transaction, experiment, dataset)?;
                    link(transaction, run.as_str(), &id, dataset.context.as_deref())?;
                }
            }
            Ok(())
        })
    }
}

/// The dataset in the experiment, made if it is not there.
fn dataset_id(transaction: &Transaction<'_>, experiment: i64, dataset: &LoggedDataset) -> Result<String, Fault> {
    let query = "SELECT dataset_uuid FROM datasets WHERE experiment_id = ?1 AND name = ?2 AND digest = ?3";
    let key = params![experiment, dataset.name, dataset.digest];
    if let Some(id) = transaction.query_row(query, key, |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let id = runs::random_id(transaction)?;
    let (kind, source) = dataset.source.stored();
    transaction.execute(
        "INSERT INTO datasets
             (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source, dataset_schema, dataset_profile)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![id, experiment, dataset.name, dataset.digest, kind, source, dataset.schema, dataset.profile],
    )?;
    Ok(id)
}

fn link(transaction: &Transaction<'_>, run: &str, dataset: &str, context: Option<&str>) -> Result<(), Fault> {
    let id = runs::random_id(transaction)?;
    let linked = transaction.execute(
        "INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id)
         VALUES (?1, 'DATASET', ?2, 'RUN', ?3)
         ON CONFLICT (source_type, source_id, destination_type, destination_id) DO NOTHING",
        params![id, dataset, run],
    )?;
    if let Some(context) = context.filter(|_| linked > 0) {
        let tag = "INSERT INTO input_tags (input_uuid, name, value) VALUES (?1, ?2, ?3)";
        transaction.execute(tag, params![id, mlflow_model::DATASET_CONTEXT, context])?;
    }
    Ok(())
}

//! Whether a file is a store that we can read: told by its columns, so that versions that changed other things work too.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use crate::{Error, ErrorKind, Result};

use super::error::{Place, permanent};

/// The versions of MLflow whose stores were read in tests, and the revisions of their schemas.
const TESTED: [(&str, &str); 2] = [("2.15.1", "4465047574b1"), ("3.17.2", "dc11669786a5")];

/// The tables that are read, and their columns.
const NEEDED: &[(&str, &[&str])] = &[
    ("experiments", &["experiment_id", "name", "lifecycle_stage", "creation_time", "last_update_time"]),
    ("experiment_tags", &["key", "value", "experiment_id"]),
    (
        "runs",
        &[
            "run_uuid",
            "name",
            "user_id",
            "status",
            "start_time",
            "end_time",
            "lifecycle_stage",
            "artifact_uri",
            "experiment_id",
        ],
    ),
    ("params", &["key", "value", "run_uuid"]),
    ("tags", &["key", "value", "run_uuid"]),
    ("latest_metrics", &["key", "value", "step", "is_nan", "run_uuid"]),
    ("metrics", &["key", "value", "timestamp", "step", "is_nan", "run_uuid"]),
    (
        "datasets",
        &[
            "dataset_uuid",
            "name",
            "digest",
            "dataset_source_type",
            "dataset_source",
            "dataset_schema",
            "dataset_profile",
        ],
    ),
    ("inputs", &["input_uuid", "source_type", "source_id", "destination_type", "destination_id"]),
    ("input_tags", &["input_uuid", "name", "value"]),
    ("registered_models", &["name", "creation_time", "last_updated_time", "description"]),
    ("registered_model_tags", &["key", "value", "name"]),
    (
        "model_versions",
        &[
            "name",
            "version",
            "creation_time",
            "last_updated_time",
            "description",
            "user_id",
            "current_stage",
            "source",
            "run_id",
            "status",
        ],
    ),
    ("model_version_tags", &["key", "value", "name", "version"]),
    ("registered_model_aliases", &["alias", "version", "name"]),
];

/// Columns of a trace in which later versions keep what was in its tags and metadata.
pub(super) const TRACE_COLUMNS: &[&str] = &[
    "trace_name",
    "session_id",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "input_cost",
    "output_cost",
    "total_cost",
];

/// What a store has of what not all have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Schema {
    /// The revision that MLflow gave the schema.
    pub(super) revision: String,
    /// Experiments lie in workspaces (3.x).
    pub(super) workspaces: bool,
    /// Models that runs log have a table of their own (3.x).
    pub(super) logged_models: bool,
    /// Records to evaluate with are kept, and what experiments they belong to (3.x).
    pub(super) evaluation_datasets: bool,
    /// Points of one metric of one run lie together, by step (3.x).
    pub(super) points_by_step: bool,
    /// Traces of GenAI applications; `None` if there are none, or only those of MLflow before 3.2.
    pub(super) traces: Option<Traces>,
}

/// What a store has for traces that not all have: stores of 3.5.1 and 3.9.0 have all but the columns, those of 3.17.2 all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traces {
    /// Spans have a table, not only files.
    pub(super) spans: bool,
    /// Name, session, tokens and cost are columns of a trace, not only tags and metadata.
    pub(super) columns: bool,
    /// Feedback and expectations are kept.
    pub(super) assessments: bool,
    /// Traces are linked to runs that they were not made in.
    pub(super) links: bool,
}

impl Schema {
    /// Reads it off the file.
    pub(super) fn read(connection: &Connection, path: &Path) -> Result<Self> {
        let columns = columns(connection).map_err(|error| Place(path).error(error))?;
        let has = |table: &str, column: &str| columns.contains(&(table.to_owned(), column.to_owned()));
        let shown = path.display();
        if !has("runs", "run_uuid") && !has("alembic_version", "version_num") {
            return Err(permanent(format!(
                "{shown} is an SQLite database, but not an MLflow store: it has no table of runs"
            )));
        }
        let revision = revision(connection, has("alembic_version", "version_num"));
        let revision = revision.map_err(|error| Place(path).error(error))?.unwrap_or_default();
        let lacking = NEEDED.iter().flat_map(|(table, needed)| needed.iter().map(move |column| (table, column)));
        let lacking =
            lacking.filter(|(table, column)| !has(table, column)).map(|(table, column)| format!("{table}.{column}"));
        let lacking: Vec<String> = lacking.take(3).collect();
        if !lacking.is_empty() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "the schema of {shown} (revision {}) is not known here: it has no {}; known are {}; put mlflow server \
                     of the version that made it before it, or mlflow db upgrade a copy of it",
                    shown_revision(&revision),
                    lacking.join(", "),
                    tested()
                ),
            ));
        }
        let index = "SELECT 1 FROM pragma_index_list('metrics') l WHERE \
                     (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)) \
                     = 'run_uuid,key,step'";
        let points_by_step = connection.query_row(index, [], |_| Ok(())).optional();
        let all = |table: &str, columns: &[&str]| columns.iter().all(|column| has(table, column));
        // The tables are as old as 2.14, but not what is in them.
        let traces = all("trace_info", &["request_id", "experiment_id", "timestamp_ms", "request_preview"])
            && has("trace_tags", "request_id")
            && has("trace_request_metadata", "request_id");
        let traces = traces.then(|| Traces {
            spans: all("spans", &["trace_id", "parent_span_id", "start_time_unix_nano", "content"]),
            columns: all("trace_info", TRACE_COLUMNS),
            assessments: all("assessments", &["trace_id", "assessment_type", "value", "error", "valid", "span_id"]),
            links: all("entity_associations", &["source_type", "source_id", "destination_type", "destination_id"]),
        });
        Ok(Self {
            revision,
            workspaces: has("experiments", "workspace") && has("model_versions", "workspace"),
            logged_models: has("logged_models", "model_id") && has("logged_models", "name"),
            evaluation_datasets: has("evaluation_datasets", "digest")
                && has("evaluation_dataset_tags", "value")
                && has("entity_associations", "destination_id"),
            points_by_step: points_by_step.map_err(|error| Place(path).error(error))?.is_some(),
            traces,
        })
    }

    /// The version as a person knows it.
    pub(super) fn version(&self) -> String {
        match TESTED.iter().find(|(_, revision)| *revision == self.revision) {
            Some((version, revision)) => format!("{version} (schema {revision})"),
            None => format!("schema {}", shown_revision(&self.revision)),
        }
    }

    /// What is worth knowing of it.
    pub(super) fn note(&self) -> Option<String> {
        let tested = TESTED.iter().any(|(_, revision)| *revision == self.revision);
        (!tested).then(|| {
            format!(
                "the revision {} of its schema was not tested, but has all columns that are read; tested are {}",
                shown_revision(&self.revision),
                self::tested()
            )
        })
    }
}

fn columns(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, String)>> {
    let sql = "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'";
    let mut statement = connection.prepare(sql)?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn revision(connection: &Connection, kept: bool) -> rusqlite::Result<Option<String>> {
    if !kept {
        return Ok(None);
    }
    connection.query_row("SELECT version_num FROM alembic_version LIMIT 1", [], |row| row.get(0)).optional()
}

/// A revision may be anything in a file of anybody's.
fn shown_revision(revision: &str) -> &str {
    let plain = !revision.is_empty() && revision.len() <= 32 && revision.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain { revision } else { "unknown" }
}

fn tested() -> String {
    let one = |(version, revision): &(&str, &str)| format!("{revision} (MLflow {version})");
    TESTED.iter().map(one).collect::<Vec<_>>().join(" and ")
}

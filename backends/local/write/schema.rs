//! The one schema that is written: that of the newest MLflow, kept as the statements that make it.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::{Error, Result};

use super::store::trouble;

/// Makes the tables and their first rows (MLflow 3.17.2).
pub(super) const STATEMENTS: &str = include_str!("schema.sql");
/// What `alembic_version` holds then.
pub(super) const VERSION: &str = "dc11669786a5";
/// The MLflow that it is of.
pub(super) const MLFLOW: &str = "3.17.2";

/// The tables that are written to.
const WRITTEN: [&str; 10] = [
    "experiments",
    "experiment_tags",
    "runs",
    "params",
    "metrics",
    "latest_metrics",
    "tags",
    "datasets",
    "inputs",
    "input_tags",
];

/// Refuses a database with another schema: what we do not know, we do not write to.
pub(super) fn check(connection: &Connection, name: &str) -> Result<()> {
    let tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'";
    let is_mlflow: bool = connection.query_row(tables, [], |row| row.get(0)).map_err(|error| trouble(name, &error))?;
    if !is_mlflow {
        return Err(Error::unsupported(format!(
            "{name} is an SQLite database, but not a store of MLflow: it has no table alembic_version; name an mlflow.db"
        )));
    }
    let versions = texts(connection, "SELECT version_num FROM alembic_version").map_err(|e| trouble(name, &e))?;
    if versions != [VERSION] {
        return Err(Error::unsupported(format!(
            "the store {name} has the schema {}, and only {VERSION} (MLflow {MLFLOW}) is written to; an older one is brought there by `mlflow db upgrade sqlite:///{name}`, a newer one needs a newer tracker-mcp",
            versions.join(", ")
        )));
    }
    let (there, known) = (columns(connection), known_columns());
    if there.map_err(|error| trouble(name, &error))? != known.map_err(|error| trouble(name, &error))? {
        return Err(Error::unsupported(format!(
            "the store {name} says that it has the schema {VERSION}, but its tables are others; it is not written to"
        )));
    }
    Ok(())
}

/// Of each table that is written to: its columns with type, whether they may be null, default and place in the key.
type Columns = BTreeMap<&'static str, Vec<(String, String, bool, Option<String>, i64)>>;

fn columns(connection: &Connection) -> rusqlite::Result<Columns> {
    let mut found = Columns::new();
    for table in WRITTEN {
        let mut statement = connection
            .prepare("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?1) ORDER BY name")?;
        let rows = statement
            .query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?;
        found.insert(table, rows.collect::<rusqlite::Result<_>>()?);
    }
    Ok(found)
}

fn known_columns() -> rusqlite::Result<Columns> {
    let model = Connection::open_in_memory()?;
    model.execute_batch(STATEMENTS)?;
    columns(&model)
}

fn texts(connection: &Connection, query: &str) -> rusqlite::Result<Vec<String>> {
    connection.prepare(query)?.query_map([], |row| row.get(0))?.collect()
}

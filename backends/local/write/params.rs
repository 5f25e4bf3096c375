//! Params of runs: what was logged once stays.

use rusqlite::params;

use crate::model::RunId;
use crate::{Error, Result};

use super::store::Store;
use super::{limits, runs};

impl Store {
    /// Logs params. One that is there with the same value is passed over.
    ///
    /// # Errors
    ///
    /// *Not found*, if there is no such run; *bad input*, if it is deleted, if a param is there with another value, or if
    /// MLflow would refuse a key or value; then none is logged.
    pub fn log_params(&mut self, run: &RunId, params: &[(&str, &str)]) -> Result<()> {
        for (key, value) in params {
            limits::key("param", key)?;
            limits::length(&format!("the value of the param '{key}'"), value, limits::PARAM)?;
        }
        self.write(|transaction| {
            runs::active(transaction, run)?;
            let mut insert = transaction.prepare(
                "INSERT INTO params (key, value, run_uuid) VALUES (?1, ?2, ?3) ON CONFLICT (key, run_uuid) DO NOTHING",
            )?;
            let mut look = transaction.prepare("SELECT value FROM params WHERE key = ?1 AND run_uuid = ?2")?;
            for (key, value) in params {
                if insert.execute(params![key, value, run.as_str()])? > 0 {
                    continue;
                }
                let there: String = look.query_row(params![key, run.as_str()], |row| row.get(0))?;
                if there != *value {
                    return Err(changed(key, &there, value).into());
                }
            }
            Ok(())
        })
    }
}

fn changed(key: &str, there: &str, value: &str) -> Error {
    let short = |text: &str| text.chars().take(100).collect::<String>();
    Error::bad_input(format!(
        "the param '{key}' was logged as '{}' and cannot become '{}': params do not change; log it under another name, or to another run",
        short(there),
        short(value)
    ))
}

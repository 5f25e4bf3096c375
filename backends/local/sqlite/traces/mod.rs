//! Traces of GenAI applications in the tables of MLflow 3.

mod best;
mod listed;
mod records;
mod search;
mod spans;
mod within;

use async_trait::async_trait;

use crate::model::{Page, Trace, TraceInfo};
use crate::tracker::{TraceQuery, TrackerTraces};
use crate::{Call, Error, Result};

use super::Sqlite;
use super::connection::Reader;
use super::records::word;
use super::schema::Traces;
use super::sql::Parameters;

/// Ids that stand for one beginning.
const BEGINNINGS: usize = 10;

#[async_trait]
impl TrackerTraces for Sqlite {
    async fn search_traces(&self, call: &Call, query: &TraceQuery) -> Result<Page<TraceInfo>> {
        let (query, me, pages, name) =
            (query.clone(), self.config.me.clone(), self.pages.clone(), self.config.name.clone());
        let question = move |reader: &Reader| {
            let tables = reader.trace_tables(&name)?;
            search::page(reader, tables, &query, me.as_deref(), pages.as_deref())
        };
        self.store.ask(call, question).await
    }

    async fn trace(&self, call: &Call, id: &str) -> Result<Trace> {
        let (id, pages, name) = (id.to_owned(), self.pages.clone(), self.config.name.clone());
        let question = move |reader: &Reader| {
            let tables = reader.trace_tables(&name)?;
            spans::whole(reader, tables, &id, pages.as_deref())
        };
        self.store.ask(call, question).await
    }

    async fn traces_beginning(&self, call: &Call, text: &str) -> Result<Vec<String>> {
        let (text, name) = (text.to_owned(), self.config.name.clone());
        self.store.ask(call, move |reader| reader.traces_beginning(&name, &text)).await
    }
}

impl Reader {
    /// What this store has for traces; an error if it is too old for them.
    fn trace_tables(&self, tracker: &str) -> Result<Traces> {
        self.schema.traces.ok_or_else(|| {
            Error::unsupported(format!(
                "{tracker} is a store of MLflow {}: traces are read from stores of MLflow 3.2 on; its own are of an older kind",
                self.schema.version()
            ))
        })
    }

    fn traces_beginning(&self, tracker: &str, text: &str) -> Result<Vec<String>> {
        self.trace_tables(tracker)?;
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !plain || text.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql = Parameters::default();
        // No sign of a plain text comes after a tilde.
        let (from, to) = (sql.bind(text.to_owned()), sql.bind(format!("{text}~")));
        let workspace = self.in_workspace("e", &mut sql);
        let question = format!(
            "SELECT t.request_id FROM trace_info t JOIN experiments e ON e.experiment_id = t.experiment_id \
             WHERE t.request_id >= {from} AND t.request_id < {to}{workspace} ORDER BY t.timestamp_ms DESC, t.request_id LIMIT {BEGINNINGS}"
        );
        self.few(&question, sql, |row| word(row, 0))
    }
}

/// There is no such trace.
fn no_trace(id: &str) -> Error {
    Error::not_found(format!("no trace with id '{id}'"))
}

#[cfg(test)]
mod tests;

//! A question to the file: asked on a thread of its own, over a connection that can only read and lives no longer.
//!
//! The file is opened by SQLite alone, never by us: in a process that also writes, closing it would drop SQLite's locks.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, InterruptHandle, OpenFlags, Row, params_from_iter};

use crate::{Call, Error, Result};

use super::error::Place;
use super::schema::Schema;

/// How long a question waits for one who writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is done with the open file.
type Question = Box<dyn FnOnce(&Reader) -> Result<()> + Send>;

/// A file with a store in it.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) path: PathBuf,
    /// The workspace whose experiments are shown, where the store has such.
    pub(super) workspace: String,
}

/// The file, open for one question.
pub(super) struct Reader {
    connection: Connection,
    path: PathBuf,
    pub(super) schema: Schema,
    pub(super) workspace: String,
    pub(super) call: Call,
}

impl Store {
    /// Asks on a thread that may wait. Who gives up gets an answer at once; what runs is interrupted.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        call: &Call,
        question: impl FnOnce(&Reader) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        call.check()?;
        call.count_request();
        self.look_up(call, question).await
    }

    /// The same for what other trackers remember (names of projects): here it is read again, and not counted.
    pub(super) async fn look_up<T: Send + 'static>(
        &self,
        call: &Call,
        question: impl FnOnce(&Reader) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let slot: Arc<Mutex<Option<T>>> = Arc::default();
        let answer = Arc::clone(&slot);
        let question = Box::new(move |reader: &Reader| {
            let found = question(reader)?;
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
            Ok(())
        });
        self.run(call, question).await?;
        let found = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        found.ok_or_else(|| Error::bug("a question to the store was not answered"))
    }

    /// What all questions have alike, compiled once.
    async fn run(&self, call: &Call, question: Question) -> Result<()> {
        call.check()?;
        let (store, asked) = (self.clone(), call.clone());
        let running: Arc<Mutex<Option<InterruptHandle>>> = Arc::default();
        let started = Arc::clone(&running);
        let thread = tokio::task::spawn_blocking(move || {
            let reader = Reader::open(store, asked)?;
            *started.lock().unwrap_or_else(PoisonError::into_inner) = Some(reader.connection.get_interrupt_handle());
            question(&reader)
        });
        tokio::select! {
            answer = thread => answer.map_err(|error| Error::bug(format!("the thread that reads the store ended: {error}")))?,
            () = call.cancelled() => {
                if let Some(handle) = &*running.lock().unwrap_or_else(PoisonError::into_inner) {
                    handle.interrupt();
                }
                Err(Error::cancelled())
            }
        }
    }
}

impl Store {
    /// Whether SQLite can read the file at all, whatever lies in it; on a thread that may wait.
    pub(super) async fn open(&self, call: &Call) -> Result<()> {
        let (path, patience) = (self.path.clone(), PATIENCE.min(call.time_left()));
        let opened = tokio::task::spawn_blocking(move || {
            let connection = opened(&path, patience)?;
            let version = connection.query_row("PRAGMA schema_version", [], |row| row.get::<_, i64>(0));
            version.map(drop).map_err(|error| Place(&path).error(error))
        });
        opened.await.map_err(|error| Error::bug(format!("the thread that reads the store ended: {error}")))?
    }
}

/// The file, to be read only, and nothing in it is run: it may come from anybody.
fn opened(path: &Path, patience: Duration) -> Result<Connection> {
    let place = Place(path);
    place.check()?;
    // No URI: what stands in a path means nothing. No mutex: the connection stays on its thread.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let told = |error| place.error(error);
    let connection = Connection::open_with_flags(path, flags).map_err(told)?;
    connection.busy_timeout(patience).map_err(told)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false).map_err(told)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).map_err(told)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false).map_err(told)?;
    Ok(connection)
}

impl Reader {
    fn open(store: Store, call: Call) -> Result<Self> {
        let connection = opened(&store.path, PATIENCE.min(call.time_left()))?;
        let schema = Schema::read(&connection, &store.path)?;
        Ok(Self { connection, path: store.path, schema, workspace: store.workspace, call })
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// For functions of our own.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Every row of a question, and how long the file was held for it.
    ///
    /// While rows are read nobody can write, so a question for many is asked in parts ([`super::pace`]).
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        parameters: impl IntoIterator<Item = Value>,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<(Vec<T>, Duration)> {
        let mut found = Vec::new();
        let held = self.each(sql, &mut parameters.into_iter(), &mut |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok((found, held))
    }

    /// Hands each row on; compiled once, whatever is read of a row.
    fn each(
        &self,
        sql: &str,
        parameters: &mut dyn Iterator<Item = Value>,
        take: &mut dyn FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<Duration> {
        self.call.check()?;
        let asked = Instant::now();
        let run = || {
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query(params_from_iter(parameters))?;
            while let Some(row) = rows.next()? {
                take(row)?;
            }
            Ok(())
        };
        run().map_err(|error| self.error(error))?;
        Ok(asked.elapsed())
    }

    /// The same, where the time does not matter because the rows are few.
    pub(super) fn few<T>(
        &self,
        sql: &str,
        parameters: impl IntoIterator<Item = Value>,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        self.rows(sql, parameters, read).map(|(rows, _)| rows)
    }

    /// What an error of SQLite means for whoever asked.
    pub(super) fn error(&self, error: rusqlite::Error) -> Error {
        Place(&self.path).error(error)
    }

    /// `AND alias.workspace = …`, where the store has workspaces.
    pub(super) fn in_workspace(&self, alias: &str, sql: &mut super::sql::Parameters) -> String {
        if !self.schema.workspaces {
            return String::new();
        }
        format!(" AND {alias}.workspace = {}", sql.bind(self.workspace.clone()))
    }
}

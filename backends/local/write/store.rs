//! A store that is open for writing, and its short transactions.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, ffi, params};

use crate::{Error, ErrorKind, Result};

use super::{location, schema};

/// `tmcp` as the application id in the file's header: the store was made by us. MLflow leaves it alone.
const MARK: i32 = 0x746d_6370;
/// Where the application id stands in an SQLite file.
const MARK_AT: usize = 68;
/// How long a write waits for others; MLflow waits 20 s.
const WAIT: Duration = Duration::from_secs(10);

/// Which stores may be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Only those that [`Store::create`] made.
    OwnStores,
    /// MLflow's too: the operator allowed it.
    AnyStore,
}

/// A store of MLflow (`mlflow.db`) open for writing. All methods block, each for one short transaction (metrics: one for
/// every 1,000 points); several processes may write at once.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    /// How errors name it.
    name: String,
    /// SQLite's own count of changes of the schema, when it was last checked.
    schema: i64,
}

/// What ends a transaction.
pub(super) enum Fault {
    Sql(rusqlite::Error),
    Ours(Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl Store {
    /// Makes a store with the schema of the newest MLflow and its experiment `Default`, and opens it. Artifacts will lie
    /// in `mlruns` beside the file. The file may exist if it is empty; its folder must.
    ///
    /// # Errors
    ///
    /// *Bad input*, if there is something at that path, or no folder for it; *unavailable*, if it cannot be written.
    pub fn create(path: &Path, now: Timestamp) -> Result<Self> {
        let path = absolute(path)?;
        let name = path.display().to_string();
        let root = location::of_folder(&root_beside(&path))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut connection = connect(&path, flags).map_err(|error| trouble(&name, &error))?;
        match make(&mut connection, &root, now) {
            Ok(true) => Self::opened(connection, path, name),
            Ok(false) => Err(exists(&name)),
            Err(rusqlite::Error::SqliteFailure(ffi::Error { code: ErrorCode::NotADatabase, .. }, _)) => {
                Err(exists(&name))
            }
            Err(error) => Err(trouble(&name, &error)),
        }
    }

    /// Opens a store whose schema is the one known.
    ///
    /// # Errors
    ///
    /// *Not found*, if there is no file; *not allowed*, if MLflow made it and `permission` does not reach so far;
    /// *unsupported*, if it has another schema, or is no store; *unavailable*, if it is locked or damaged. The file is
    /// then as it was.
    pub fn open(path: &Path, permission: Permission) -> Result<Self> {
        let path = absolute(path)?;
        let name = path.display().to_string();
        if !path.is_file() {
            return Err(Error::not_found(format!("there is no store {name}; a new one has to be created first")));
        }
        if permission == Permission::OwnStores && !is_own(&path).map_err(|error| trouble(&name, &error))? {
            return Err(Error::not_allowed(format!(
                "the store {name} was not made by tracker-mcp, and writing to such stores has to be allowed by the operator"
            )));
        }
        let connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|error| trouble(&name, &error))?;
        Self::opened(connection, path, name)
    }

    /// The file, with an absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn opened(connection: Connection, path: PathBuf, name: String) -> Result<Self> {
        schema::check(&connection, &name)?;
        let schema = schema_count(&connection).map_err(|error| trouble(&name, &error))?;
        Ok(Self { connection, path, name, schema })
    }

    /// Where the experiments of a store lie, if `Default` does not say otherwise.
    pub(super) fn root_beside(&self) -> Result<String> {
        location::of_folder(&root_beside(&self.path))
    }

    /// Reads something.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T> {
        read(&self.connection).map_err(|fault| explain(&self.name, fault))
    }

    /// Does something wholly or not at all.
    pub(super) fn write<T>(&mut self, change: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>) -> Result<T> {
        let (name, known) = (&self.name, self.schema);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| trouble(name, &error))?;
        // MLflow may have brought it to a newer schema since it was opened.
        let schema = schema_count(&transaction).map_err(|error| trouble(name, &error))?;
        if schema != known {
            schema::check(&transaction, name)?;
        }
        let done = change(&transaction).map_err(|fault| explain(name, fault))?;
        transaction.commit().map_err(|error| trouble(name, &error))?;
        self.schema = schema;
        Ok(done)
    }
}

/// Makes everything, unless something is there.
fn make(connection: &mut Connection, root: &str, now: Timestamp) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let objects: i64 = transaction.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    if objects > 0 {
        return Ok(false);
    }
    transaction.pragma_update(None, "application_id", MARK)?;
    transaction.execute_batch(schema::STATEMENTS)?;
    transaction.execute(
        "INSERT INTO experiments
             (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace)
         VALUES (0, 'Default', ?1, 'active', ?2, ?2, 'default')",
        params![location::below(root, "0"), now.as_millisecond()],
    )?;
    transaction.commit()?;
    Ok(true)
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(WAIT)?;
    // As MLflow does; and nothing that stands in a file is run as code.
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Whether we made the store: told without changing it.
fn is_own(path: &Path) -> rusqlite::Result<bool> {
    let reading = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mark = reading.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0));
    match mark {
        // A writer died in the midst: what it left has to be undone first, which is for those who may write.
        Err(rusqlite::Error::SqliteFailure(ffi::Error { extended_code: ffi::SQLITE_READONLY_ROLLBACK, .. }, _)) => {
            Ok(mark_in_header(path) == Some(MARK))
        }
        mark => Ok(mark? == MARK),
    }
}

/// Read past SQLite, which must not be done to a file that this process has open through it: the system would drop its
/// locks. With a journal to be undone nobody has.
fn mark_in_header(path: &Path) -> Option<i32> {
    let mut header = [0; MARK_AT + 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut header)).ok()?;
    header.last_chunk().map(|bytes| i32::from_be_bytes(*bytes))
}

fn schema_count(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "schema_version", |row| row.get(0))
}

fn root_beside(path: &Path) -> PathBuf {
    path.with_file_name("mlruns")
}

/// The path with its folder resolved, so that it means the same wherever MLflow is started.
fn absolute(path: &Path) -> Result<PathBuf> {
    let no_name = || Error::bad_input(format!("{} is no name of a file; name one such as mlflow.db", path.display()));
    let name = path.file_name().ok_or_else(no_name)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(|error| {
        let error_kind =
            if error.kind() == std::io::ErrorKind::NotFound { ErrorKind::NotFound } else { ErrorKind::Unavailable };
        Error::new(error_kind, format!("the folder {} of the store cannot be used: {error}", folder.display()))
    })?;
    Ok(folder.join(name))
}

fn exists(name: &str) -> Error {
    Error::bad_input(format!("{name} exists already, and a new store replaces nothing; open it, or name another file"))
}

fn explain(name: &str, fault: Fault) -> Error {
    match fault {
        Fault::Ours(error) => error,
        Fault::Sql(error) => trouble(name, &error),
    }
}

/// What SQLite says, as a sentence.
pub(super) fn trouble(name: &str, error: &rusqlite::Error) -> Error {
    let Some(code) = error.sqlite_error_code() else {
        return Error::bug(format!("the store {name} was asked for something wrong: {error}"));
    };
    let waited = WAIT.as_secs();
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::unavailable(format!(
            "the store {name} has been locked by another process for {waited} s; try again when that has ended"
        )),
        ErrorCode::NotADatabase => Error::unsupported(format!("{name} is not an SQLite database; name an mlflow.db")),
        ErrorCode::DatabaseCorrupt => Error::new(
            ErrorKind::Unavailable,
            format!("the store {name} is damaged (cut short, or overwritten): restore it from a copy"),
        ),
        ErrorCode::DiskFull => Error::unavailable(format!("the disk of the store {name} is full; nothing was written")),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => Error::not_allowed(format!(
            "the store {name} cannot be opened for writing: check the rights of the file and of its folder"
        )),
        ErrorCode::SystemIoFailure => {
            Error::unavailable(format!("the store {name} could not be read or written: the disk reports an error"))
        }
        _ => Error::bug(format!("the store {name} refused a statement: {error}")),
    }
}

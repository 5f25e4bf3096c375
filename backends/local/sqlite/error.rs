//! What SQLite says of a file, in words for the reader.

use std::path::Path;

use rusqlite::{Error as Sqlite, ErrorCode, ffi};

use crate::{Error, ErrorKind};

/// Where the store is.
pub(super) struct Place<'a>(pub(super) &'a Path);

impl Place<'_> {
    /// An error if there is no file.
    pub(super) fn check(&self) -> crate::Result<()> {
        let path = self.0.display();
        match std::fs::metadata(self.0) {
            Ok(found) if found.is_file() => Ok(()),
            Ok(_) => Err(permanent(format!("{path} is not a file; an MLflow store is a file such as mlflow.db"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(permanent(format!("there is no file {path}; check the path, or log a run there first")))
            }
            Err(error) => Err(permanent(format!("{path} cannot be reached: {error}"))),
        }
    }

    /// What an error of SQLite means.
    pub(super) fn error(&self, error: Sqlite) -> Error {
        let path = self.0.display();
        let (code, extended) = match &error {
            Sqlite::SqliteFailure(failure, _) => (failure.code, failure.extended_code),
            _ => return Error::bug(format!("{path} was asked wrongly: {error}")),
        };
        match (code, extended) {
            (ErrorCode::OperationInterrupted, _) => Error::cancelled(),
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Error::unavailable(format!(
                "{path} is locked by a program that writes to it and has not let go for some seconds; try again"
            )),
            (ErrorCode::NotADatabase, _) => permanent(format!(
                "{path} is not an SQLite database; an MLflow store is a file such as mlflow.db, or a folder mlruns"
            )),
            (ErrorCode::ReadOnly, ffi::SQLITE_READONLY_ROLLBACK | ffi::SQLITE_READONLY_RECOVERY) => permanent(format!(
                "{path} was left in the middle of a change by a program that did not end well (beside it lies {}); \
                     it is only read here, so open it once with a program that may write, such as mlflow ui, which \
                     restores it",
                self.journals()
            )),
            (ErrorCode::DatabaseCorrupt, _) | (_, ffi::SQLITE_IOERR_SHORT_READ) => permanent(format!(
                "{path} is damaged, perhaps copied only in part; sqlite3 {path} 'pragma integrity_check' tells more"
            )),
            (ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly, _) => permanent(format!(
                "{path} cannot be opened; check that this user may read it and the folder that it lies in ({error})"
            )),
            (ErrorCode::SystemIoFailure, _) => Error::unavailable(format!("{path} cannot be read: {error}")),
            _ => Error::bug(format!("{path} was asked wrongly: {error}")),
        }
    }

    fn journals(&self) -> String {
        let name = self.0.file_name().unwrap_or_default().to_string_lossy();
        format!("{name}-journal or {name}-wal")
    }
}

/// Nothing that another try would mend.
pub(super) fn permanent(message: String) -> Error {
    Error::new(ErrorKind::Unavailable, message)
}

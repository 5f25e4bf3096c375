//! The store that comes with the program, laid out in a folder: one that goes away again, or one that the user names.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use tempfile::TempDir;

use crate::config;

/// Made by `make_store.py`, which says how.
static ARCHIVE: &[u8] = include_bytes!("store.tar.gz");
/// A server config that names the store beside it.
const CONFIG: &str = include_str!("tracker-mcp.ini");

/// A store on disk. Without a name of its own it goes away with this value.
pub(super) struct Store {
    folder: PathBuf,
    passing: Option<TempDir>,
}

impl Store {
    /// Lays it out in a folder that is not there yet or is empty, or in one of the system's for passing things.
    ///
    /// # Errors
    /// A sentence that says what stands in the way. A folder that holds something is left as it is.
    pub(super) fn lay_out(named: Option<&Path>) -> Result<Self, String> {
        let store = match named {
            Some(folder) => Self { folder: vacant(folder)?, passing: None },
            None => Self::passing()?,
        };
        let folder = &store.folder;
        unpack(folder)
            .map_err(|error| format!("the sample store cannot be written to {}: {error}", folder.display()))?;
        Ok(store)
    }

    fn passing() -> Result<Self, String> {
        let made = tempfile::Builder::new().prefix("tracker-mcp-demo-").tempdir();
        let made = made.map_err(|error| {
            let place = std::env::temp_dir();
            format!("no temporary folder can be made in {}: {error}; name a place with --dir DIR", place.display())
        })?;
        Ok(Self { folder: made.path().to_owned(), passing: Some(made) })
    }

    /// The server config that opens it.
    pub(super) fn config(&self) -> PathBuf {
        self.folder.join(config::NAME)
    }

    /// Leaves it where it stays, and says where that is; or takes it away.
    ///
    /// # Errors
    /// A sentence that names the folder, if it cannot be taken away.
    pub(super) fn leave(self) -> Result<Option<PathBuf>, String> {
        let Self { folder, passing } = self;
        let Some(passing) = passing else { return Ok(Some(folder)) };
        passing.close().map_err(|error| format!("the folder {} could not be removed: {error}", folder.display()))?;
        Ok(None)
    }
}

/// The absolute path of a folder with nothing in it, made if it is not there.
fn vacant(folder: &Path) -> Result<PathBuf, String> {
    let shown = folder.display();
    let failed = |error: std::io::Error| format!("the folder {shown} of --dir cannot be used: {error}");
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => {}
        Ok(false) => {
            return Err(format!("the folder {shown} of --dir is not empty; name one that is empty or not there yet"));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => fs::create_dir_all(folder).map_err(failed)?,
        Err(error) => return Err(failed(error)),
    }
    std::path::absolute(folder).map_err(failed)
}

fn unpack(folder: &Path) -> std::io::Result<()> {
    let mut archive = tar::Archive::new(GzDecoder::new(ARCHIVE));
    // The archive has no times, so that it is the same whenever it is made.
    archive.set_preserve_mtime(false);
    archive.unpack(folder)?;
    fs::write(folder.join(config::NAME), CONFIG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_without_a_name_goes_away() {
        let store = Store::lay_out(None).unwrap();
        let folder = store.folder.clone();
        assert!(folder.join("mlflow.db").is_file() && store.config().is_file());
        assert_eq!(store.leave(), Ok(None));
        assert!(!folder.exists());
        let forgotten = Store::lay_out(None).unwrap();
        let folder = forgotten.folder.clone();
        drop(forgotten);
        assert!(!folder.exists());
    }

    #[test]
    fn a_named_one_stays_and_is_absolute() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("new/deep");
        assert_eq!(Store::lay_out(Some(&folder)).unwrap().leave(), Ok(Some(folder.clone())));
        assert!(folder.join("mlflow.db").is_file() && folder.join("mlartifacts").is_dir());
        let empty = tempfile::tempdir().unwrap();
        assert!(Store::lay_out(Some(empty.path())).is_ok());
    }

    #[test]
    fn a_folder_with_something_in_it_or_a_file_is_refused_and_left_alone() {
        let around = tempfile::tempdir().unwrap();
        let file = around.path().join("notes.txt");
        fs::write(&file, "mine").unwrap();
        let refused = |path: &Path| Store::lay_out(Some(path)).err().unwrap();
        assert!(refused(around.path()).contains("is not empty; name one that is empty"), "{}", refused(around.path()));
        assert!(refused(&file).contains("notes.txt of --dir cannot be used"), "{}", refused(&file));
        assert_eq!(fs::read_dir(around.path()).unwrap().count(), 1);
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }
}

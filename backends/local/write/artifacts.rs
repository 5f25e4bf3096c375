//! Files of a run, put below its artifact root: each is there whole, or not at all.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::model::{RunId, check_artifact_path};
use crate::{Error, Result};

use super::store::Store;
use super::{location, runs};

impl Store {
    /// Puts what `content` gives at `path` below the run's artifact root (`reports/summary.txt`), in place of what may be
    /// there, and says where it lies on this machine.
    ///
    /// # Errors
    ///
    /// *Not found*, if there is no such run; *bad input*, if it is deleted or the path leads out of it; *unsupported*, if
    /// its artifacts are not kept on this machine; *unavailable*, if they cannot be written; then nothing is changed.
    pub fn log_artifact(&self, run: &RunId, path: &str, content: &mut dyn Read) -> Result<PathBuf> {
        check_artifact_path(path)?;
        let found = self.read(|connection| runs::active(connection, run))?;
        let root = location::folder(&found.artifacts)?;
        let target = root.join(path);
        let failed = |error: &io::Error| {
            Error::unavailable(format!("the artifact '{path}' could not be written to {}: {error}", root.display()))
        };
        let folder = target.parent().unwrap_or(&root);
        if !make_inside(&root, folder).map_err(|error| failed(&error))? {
            return Err(Error::bad_input(format!(
                "the artifact '{path}' would lie outside {}, as a link in it leads elsewhere; choose another path",
                root.display()
            )));
        }
        put(&target, content).map_err(|error| failed(&error))?;
        Ok(target)
    }
}

/// Makes the folder, unless a link leads it out of the root; says which.
fn make_inside(root: &Path, folder: &Path) -> io::Result<bool> {
    fs::create_dir_all(root)?;
    // What is there already must lie inside before anything is made in it.
    let there = folder.ancestors().find(|part| part.symlink_metadata().is_ok()).unwrap_or(folder);
    let inside = there.canonicalize()?.starts_with(root.canonicalize()?);
    if inside {
        fs::create_dir_all(folder)?;
    }
    Ok(inside)
}

/// Writes beside the target, then takes its place.
fn put(target: &Path, content: &mut dyn Read) -> io::Result<()> {
    // No other living thread has this name; a dead one may have left it.
    let part = format!(".tracker-mcp.{}.{:?}.part", std::process::id(), std::thread::current().id());
    let part = target.with_file_name(part);
    let _ = fs::remove_file(&part);
    let written = File::create_new(&part).and_then(|mut file| {
        io::copy(content, &mut file)?;
        file.sync_all()
    });
    let done = written.and_then(|()| fs::rename(&part, target));
    if done.is_err() {
        let _ = fs::remove_file(&part);
    }
    done
}

//! Files of others: read whole, backed up beside themselves, replaced in one step.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file and what it holds.
#[derive(Debug)]
pub(super) struct Opened {
    /// The file itself, behind any links.
    pub(super) path: PathBuf,
    /// None if it is not there.
    pub(super) text: Option<String>,
    /// Whether its usual place is a link to it.
    pub(super) linked: bool,
}

/// Who may read a file that has to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    Owner,
    AsUsual,
}

impl Opened {
    /// Reads a file, following links.
    ///
    /// # Errors
    /// If it cannot be read, is a link to nothing, or is not UTF-8; with what to do.
    pub(super) fn at(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let linked = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !linked => {
                return Ok(Self { path: path.to_owned(), text: None, linked });
            }
            Err(error) if linked => {
                return Err(format!("{shown} is a link that leads nowhere ({}); mend or remove it", error.kind()));
            }
            Err(error) => return Err(format!("{shown} cannot be read ({})", error.kind())),
        };
        let bytes = fs::read(&real).map_err(|error| format!("{shown} cannot be read ({})", error.kind()))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let line = error.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count() + 1;
            format!("{shown}:{line}: expected text in UTF-8; the file was left as it is")
        })?;
        Ok(Self { path: real, text: Some(text), linked })
    }

    /// Copies what the file holds beside it, unless an older backup holds the same, and says where it is kept.
    pub(super) fn back_up(&self) -> Result<Option<PathBuf>, String> {
        let Some(text) = &self.text else { return Ok(None) };
        for number in 0.. {
            let path = self.backup(number);
            match self.create(&path, text, Readers::Owner) {
                Ok(()) => return Ok(Some(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if fs::read(&path).is_ok_and(|bytes| bytes == text.as_bytes()) {
                        return Ok(Some(path));
                    }
                }
                Err(error) => {
                    return Err(format!("no backup could be written to {} ({})", path.display(), error.kind()));
                }
            }
        }
        Ok(None)
    }

    /// What the backups hold, newest first.
    pub(super) fn backups(&self) -> Vec<(PathBuf, String)> {
        let all = (0..).map(|number| self.backup(number)).take_while(|path| path.exists());
        let mut all: Vec<_> = all.filter_map(|path| fs::read_to_string(&path).ok().map(|text| (path, text))).collect();
        all.reverse();
        all
    }

    /// Replaces the file in one step, keeping its mode; makes it and its folder if they are not there.
    ///
    /// # Errors
    /// If somebody else changed it since it was read, or it cannot be written.
    pub(super) fn replace(&self, text: &str, readers: Readers) -> Result<(), String> {
        let failed = |error: io::Error| format!("{} cannot be written ({})", self.path.display(), error.kind());
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let new = self.path.with_file_name(format!(".{}.{}.new", file_name(&self.path), std::process::id()));
        let written = self.create(&new, text, readers).map_err(failed).and_then(|()| {
            self.unchanged()?;
            fs::rename(&new, &self.path).map_err(failed)
        });
        if written.is_err() {
            let _ = fs::remove_file(&new);
        }
        written
    }

    /// Removes the file.
    pub(super) fn remove(&self) -> Result<(), String> {
        self.unchanged()?;
        fs::remove_file(&self.path)
            .map_err(|error| format!("{} cannot be removed ({})", self.path.display(), error.kind()))
    }

    fn unchanged(&self) -> Result<(), String> {
        let now = fs::read(&self.path).ok();
        if now.as_deref() == self.text.as_ref().map(String::as_bytes) {
            return Ok(());
        }
        Err(format!("{} was changed by another program just now and left as it is; try again", self.path.display()))
    }

    fn backup(&self, number: usize) -> PathBuf {
        let number = if number == 0 { String::new() } else { format!(".{number}") };
        self.path.with_file_name(format!("{}.bak{number}", file_name(&self.path)))
    }

    /// Makes a new file with the mode of this one.
    fn create(&self, path: &Path, text: &str, readers: Readers) -> io::Result<()> {
        let mode = fs::metadata(&self.path).ok().map(|found| found.permissions());
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // Nobody may read it before it has the mode that it shall have.
        owner_only(&mut options, mode.is_some() || readers == Readers::Owner);
        let mut file = options.open(path)?;
        file.write_all(text.as_bytes())?;
        if let Some(mode) = mode {
            file.set_permissions(mode)?;
        }
        file.sync_all()
    }
}

/// Whether others than the owner may read a file.
pub(super) fn is_open_to_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

fn owner_only(options: &mut OpenOptions, only: bool) {
    #[cfg(unix)]
    if only {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = (options, only);
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

//! Which configuration files there are, in the order in which ClearML's client reads them, and then where the guides of
//! other servers tell people to put them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::settings::Environment;
use crate::{Error, Result};

/// The variables that name the one file to read.
pub(super) const CONFIG_FILE: [&str; 2] = ["CLEARML_CONFIG_FILE", "TRAINS_CONFIG_FILE"];
/// What the client reads, the later going before the earlier.
const OF_CLIENT: [&str; 2] = ["trains.conf", "clearml.conf"];
/// Read if there is none of those: the first that is there.
const FALL_BACKS: [&str; 2] = [".clearml/clearml.conf", ".clearml.conf"];
/// What `clearml-init` writes has 15 kB.
const LARGEST: u64 = 1024 * 1024;

/// A file as text.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// What was found.
#[derive(Default)]
pub(super) struct Files {
    pub(super) read: Vec<File>,
    /// Why files were left out that are there.
    pub(super) unread: Vec<String>,
}

/// Reads the files that there are.
///
/// # Errors
/// The file that a variable names is not there or cannot be read.
pub(super) fn find(environment: &Environment) -> Result<Files> {
    for variable in CONFIG_FILE {
        let Some(named) = environment.get(variable) else { continue };
        let path = environment.expanded(named);
        let read = read(&path).and_then(|text| text.ok_or_else(|| "does not exist".to_owned()));
        let text = read.map_err(|why| {
            let shown = path.display();
            Error::bad_input(format!("{variable} names {shown}, which {why}; set it to a clearml.conf, or unset it"))
        })?;
        return Ok(Files { read: vec![File { path, text }], unread: Vec::new() });
    }
    let mut files = Files::default();
    for name in OF_CLIENT {
        files.add(environment.home_file(name));
    }
    for name in FALL_BACKS {
        if files.read.is_empty() && files.unread.is_empty() {
            files.add(environment.home_file(name));
        }
    }
    Ok(files)
}

impl Files {
    /// A file that cannot be read is left out: a home that is another user's is no fault.
    fn add(&mut self, path: Option<PathBuf>) {
        let Some(path) = path else { return };
        match read(&path) {
            Ok(Some(text)) => self.read.push(File { path, text }),
            Ok(None) => {}
            Err(why) => self.unread.push(format!("{} {why}, so it is left out", path.display())),
        }
    }
}

/// The text of a file; `None` if there is none.
///
/// # Errors
/// Why it cannot be read, as the end of a sentence.
fn read(path: &Path) -> Result<Option<String>, String> {
    let cannot = |error: std::io::Error| format!("cannot be read ({})", error.kind());
    let about = match std::fs::metadata(path) {
        Ok(about) => about,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(cannot(error)),
    };
    // To open a pipe could take for ever.
    if !about.is_file() {
        return Err("is not a file".to_owned());
    }
    if about.len() > LARGEST {
        return Err("is larger than 1 MB, which no clearml.conf is".to_owned());
    }
    let bytes = std::fs::read(path).map_err(cannot)?;
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err("is in UTF-16; save it as UTF-8".to_owned());
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

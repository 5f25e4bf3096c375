//! Small files of a tree, and folders whose files stand for names.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The most that is read of a file that holds one value, in bytes; MLflow keeps at most 20,000 characters in one.
const MOST: u64 = 1_000_000;
/// How deep folders may lie within each other: a `/` in a name is one.
const DEEPEST: usize = 130;

/// What a file holds, as text; a sentence if it cannot be read.
pub(super) fn text(file: &Path) -> Result<String, String> {
    let why = |error: &io::Error| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        match error.kind() {
            io::ErrorKind::NotFound => format!("it has no {name}"),
            _ => format!("its {name} cannot be read ({error})"),
        }
    };
    let mut bytes = Vec::new();
    File::open(file).and_then(|file| file.take(MOST).read_to_end(&mut bytes)).map_err(|error| why(&error))?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// The folders directly in a folder, by name; none if it is not there. Links are followed, as MLflow does.
pub(super) fn folders(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() || (kind.is_symlink() && entry.path().is_dir()) {
            // A name that is no text can be no id.
            names.extend(entry.file_name().into_string().ok());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The files in a folder and below, each with its path as a name (`train/loss`); none if it is not there.
pub(super) fn named(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), folder.to_path_buf(), 0)];
    while let Some((prefix, folder, depth)) = open.pop() {
        // What vanishes while it is read was not there.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else { continue };
            let name = format!("{prefix}{name}");
            if kind.is_dir() {
                if depth < DEEPEST {
                    open.push((format!("{name}/"), entry.path(), depth + 1));
                }
            } else if kind.is_file() {
                found.push((name, entry.path()));
            }
        }
    }
    found
}

/// The file that stands for a name in a folder, if the name can lead nowhere else.
pub(super) fn file_of(folder: &Path, name: &str) -> Option<PathBuf> {
    let plain = name.split('/').all(|part| !matches!(part, "" | "." | "..")) && !name.contains(['\\', '\0']);
    let path = folder.join(name);
    (plain && path.symlink_metadata().is_ok_and(|found| found.is_file())).then_some(path)
}

//! Files of a run on this machine's disk. Whatever a path or a link says, nothing outside the run's folder is opened.

use std::fs::{self, File};
use std::io::{ErrorKind as Io, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::model::{Artifact, ArtifactPart, ByteRange, Page, RunId, check_artifact_path};
use crate::{Error, Result};

/// Entries of a page.
const PAGE: usize = 1_000;

/// The folder of a run, with all links in its path followed.
pub(super) struct Folder<'a> {
    pub(super) root: &'a Path,
    pub(super) run: &'a RunId,
}

impl Folder<'_> {
    /// What lies directly in a folder, by name; nothing if it is a file or is not there. `after` is the name at which the
    /// page before ended.
    pub(super) fn list(&self, folder: &str, after: Option<&str>) -> Result<Page<Artifact>> {
        if !folder.is_empty() {
            check_artifact_path(folder)?;
        }
        let entries = match self.inside(folder)? {
            Some(path) if path.is_dir() => fs::read_dir(&path).map_err(|error| self.unreadable(folder, &error))?,
            _ => return Ok(Page::whole(Vec::new())),
        };
        let mut names = Vec::new();
        let mut unreadable = 0_usize;
        for entry in entries {
            // A name that is no text cannot be asked for either.
            match entry.map_err(|error| self.unreadable(folder, &error))?.file_name().into_string() {
                Ok(name) => names.push(name),
                Err(_) => unreadable += 1,
            }
        }
        names.sort_unstable();
        let total = names.len() as u64;
        let first = after.map_or(0, |after| names.partition_point(|name| name.as_str() <= after));
        let here = names.get(first..).unwrap_or_default();
        let page = here.get(..PAGE).unwrap_or(here);
        let mut rows = Vec::with_capacity(page.len());
        let mut outside = 0_usize;
        for name in page {
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            match self.inside(&path).map(|place| place.and_then(|place| fs::metadata(place).ok())) {
                Ok(Some(found)) if found.is_dir() => rows.push(Artifact::folder(path)),
                Ok(Some(found)) if found.is_file() => rows.push(Artifact::file(path, Some(found.len()))),
                Ok(None) => {}
                Ok(Some(_)) | Err(_) => outside += 1,
            }
        }
        let next = page.last().filter(|_| here.len() > page.len()).cloned();
        let mut notes = Vec::new();
        if outside > 0 {
            notes.push(format!("{outside} entries are not shown: links that lead out of the run, or no files"));
        }
        if unreadable > 0 {
            notes.push(format!("{unreadable} entries are not shown: their names are not text"));
        }
        Ok(Page { scanned: rows.len() as u64, rows, next, total: Some(total), notes, near: Vec::new() })
    }

    /// A part of a file.
    pub(super) fn read(&self, path: &str, range: ByteRange) -> Result<ArtifactPart> {
        check_artifact_path(path)?;
        let place = self.inside(path)?.ok_or_else(|| no_file(self.run, path))?;
        // Looked at before it is opened: opening a pipe would wait for ever.
        let found = fs::metadata(&place).map_err(|error| self.unreadable(path, &error))?;
        if found.is_dir() {
            return Err(Error::bad_input(format!(
                "'{path}' is a folder, not a file; list_artifacts shows what is in it"
            )));
        }
        if !found.is_file() {
            return Err(Error::bad_input(format!("'{path}' is not a file that can be read")));
        }
        let mut file = File::open(&place).map_err(|error| self.unreadable(path, &error))?;
        let size = file.metadata().map_err(|error| self.unreadable(path, &error))?.len();
        let (offset, length) = match range {
            ByteRange::From { offset, length } => (offset.min(size), length),
            ByteRange::Last(length) => (size.saturating_sub(length), length),
        };
        let length = length.min(size - offset);
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        let read = file.seek(SeekFrom::Start(offset)).and_then(|_| file.take(length).read_to_end(&mut bytes));
        read.map_err(|error| self.unreadable(path, &error))?;
        Ok(ArtifactPart {
            bytes: Bytes::from(bytes),
            offset,
            size: Some(size),
            content_type: None,
            whole_only: false,
            note: None,
        })
    }

    /// The real place of a path, if there is something; an error if it is not inside.
    fn inside(&self, path: &str) -> Result<Option<PathBuf>> {
        let place = match self.root.join(path).canonicalize() {
            Ok(place) => place,
            Err(error) if matches!(error.kind(), Io::NotFound | Io::NotADirectory) => return Ok(None),
            Err(error) => return Err(self.unreadable(path, &error)),
        };
        if place.starts_with(self.root) {
            return Ok(Some(place));
        }
        Err(Error::bad_input(format!(
            "'{path}' of run {} is a link that leads out of the run, which is not followed",
            self.run
        )))
    }

    fn unreadable(&self, path: &str, error: &std::io::Error) -> Error {
        match error.kind() {
            Io::NotFound => no_file(self.run, path),
            Io::PermissionDenied => {
                Error::not_allowed(format!("this user may not read '{path}' of run {}: {error}", self.run))
            }
            _ => Error::unavailable(format!("'{path}' of run {} cannot be read: {error}", self.run)),
        }
    }
}

/// There is no such file.
pub(super) fn no_file(run: &RunId, path: &str) -> Error {
    Error::not_found(format!("run {run} has no file '{path}'"))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::ErrorKind;

    struct Lab {
        home: TempDir,
        root: PathBuf,
        run: RunId,
    }

    impl Lab {
        fn new() -> Self {
            let home = TempDir::new().unwrap();
            let root = home.path().canonicalize().unwrap().join("run/artifacts");
            fs::create_dir_all(root.join("logs/deep")).unwrap();
            fs::write(root.join("b.txt"), "0123456789").unwrap();
            fs::write(root.join("logs/train.log"), "epoch 1").unwrap();
            fs::write(home.path().join("secret"), "hunter2").unwrap();
            Self { home, root, run: RunId::new("run") }
        }

        fn folder(&self) -> Folder<'_> {
            Folder { root: &self.root, run: &self.run }
        }

        fn paths(&self, folder: &str) -> Vec<(String, bool, Option<u64>)> {
            let page = self.folder().list(folder, None).unwrap();
            page.rows.into_iter().map(|row| (row.path, row.folder, row.size)).collect()
        }

        fn read(&self, path: &str, range: ByteRange) -> Result<(String, u64)> {
            let part = self.folder().read(path, range)?;
            Ok((String::from_utf8(part.bytes.to_vec()).unwrap(), part.offset))
        }
    }

    const ALL: ByteRange = ByteRange::From { offset: 0, length: 100 };

    #[test]
    fn folders_are_listed_by_name_one_level_at_a_time() {
        let lab = Lab::new();
        assert_eq!(lab.paths(""), [("b.txt".to_owned(), false, Some(10)), ("logs".to_owned(), true, None)]);
        let logs = [("logs/deep".to_owned(), true, None), ("logs/train.log".to_owned(), false, Some(7))];
        assert_eq!(lab.paths("logs"), logs);
        assert!(lab.paths("b.txt").is_empty() && lab.paths("nothing").is_empty() && lab.paths("b.txt/x").is_empty());
    }

    #[test]
    fn a_part_of_a_file_is_read_from_either_end() {
        let lab = Lab::new();
        for (range, text, offset) in [
            (ALL, "0123456789", 0),
            (ByteRange::From { offset: 3, length: 4 }, "3456", 3),
            (ByteRange::From { offset: 8, length: 9 }, "89", 8),
            (ByteRange::From { offset: 99, length: 9 }, "", 10),
            (ByteRange::From { offset: 0, length: u64::MAX }, "0123456789", 0),
            (ByteRange::Last(3), "789", 7),
            (ByteRange::Last(99), "0123456789", 0),
        ] {
            assert_eq!(lab.read("b.txt", range).unwrap(), (text.to_owned(), offset), "{range:?}");
        }
    }

    #[test]
    fn what_is_no_file_is_told_apart() {
        let lab = Lab::new();
        assert_eq!(lab.read("nothing", ALL).unwrap_err().kind, ErrorKind::NotFound);
        assert_eq!(lab.read("b.txt/x", ALL).unwrap_err().kind, ErrorKind::NotFound);
        assert!(lab.read("logs", ALL).unwrap_err().message.contains("is a folder"));
    }

    #[test]
    fn no_path_leads_out() {
        let lab = Lab::new();
        for path in ["../../secret", "/etc/passwd", "logs/../../../secret", "..", "a\\..\\b", "file:///etc/passwd"] {
            assert_eq!(lab.read(path, ALL).unwrap_err().kind, ErrorKind::BadInput, "{path}");
            assert_eq!(lab.folder().list(path, None).unwrap_err().kind, ErrorKind::BadInput, "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_only_within_the_run() {
        use std::os::unix::fs::symlink;
        let lab = Lab::new();
        symlink("logs/train.log", lab.root.join("latest")).unwrap();
        symlink(lab.home.path().join("secret"), lab.root.join("out")).unwrap();
        symlink(lab.home.path(), lab.root.join("up")).unwrap();
        symlink("nowhere", lab.root.join("broken")).unwrap();
        assert_eq!(lab.read("latest", ALL).unwrap().0, "epoch 1");
        for path in ["out", "up/secret", "up"] {
            let error = lab.read(path, ALL).unwrap_err();
            assert!(error.message.contains("leads out of the run"), "{path}: {error}");
        }
        assert!(lab.folder().list("up", None).is_err());
        let page = lab.folder().list("", None).unwrap();
        let names: Vec<&str> = page.rows.iter().map(|row| row.path.as_str()).collect();
        assert_eq!(names, ["b.txt", "latest", "logs"]);
        assert_eq!(page.notes, ["2 entries are not shown: links that lead out of the run, or no files"]);
    }

    #[test]
    fn a_long_folder_comes_in_pages() {
        let lab = Lab::new();
        let many = lab.root.join("many");
        fs::create_dir(&many).unwrap();
        (0..PAGE + 5).for_each(|number| fs::write(many.join(format!("{number:05}")), "").unwrap());
        let first = lab.folder().list("many", None).unwrap();
        let second = lab.folder().list("many", first.next.as_deref()).unwrap();
        assert_eq!((first.rows.len(), second.rows.len(), second.next), (PAGE, 5, None));
        assert_eq!(second.rows[0].path, format!("many/{PAGE:05}"));
    }
}

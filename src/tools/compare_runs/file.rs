//! A file that a run logged, read whole to be compared: by its path, or by an end of it that only one file has.

use std::collections::VecDeque;

use backends::model::{ArtifactPart, ByteRange};
use backends::nearest::nearest;
use backends::{Call, Error, ErrorKind, Result};
use serde_json::Value;

use super::entries::Entry;
use crate::render::one_line;

/// Bytes of a file that is compared.
const MOST: u64 = 1_000_000;
/// Folders that are looked through for an end of a path.
const FOLDERS: usize = 50;

/// A file of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct File {
    /// Its whole path.
    pub(super) path: String,
    /// What is in it.
    pub(super) content: Content,
}

/// What is in a file, as far as it is understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// A document of keys and values.
    Document(Value),
    /// Lines of text.
    Text(String),
    /// Something else.
    Binary(Vec<u8>),
}

impl Content {
    fn read(bytes: Vec<u8>) -> Self {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Self::Binary(error.into_bytes()),
        };
        match serde_json::from_str::<Value>(&text) {
            Ok(document @ (Value::Object(_) | Value::Array(_))) => Self::Document(document),
            _ => Self::Text(text),
        }
    }
}

/// The file of a run.
///
/// # Errors
/// There is no such file, there are several, or it is too large to be compared; as the tracker says otherwise.
pub(super) async fn read(call: &Call, entry: &Entry, path: &str) -> Result<File> {
    let path = path.trim().trim_matches('/');
    if path.is_empty() {
        return Err(Error::bad_input("artifact is empty; name a file, such as config.yml"));
    }
    match whole(call, entry, path).await {
        Ok(bytes) => Ok(File { path: path.to_owned(), content: Content::read(bytes) }),
        Err(error) if error.kind == ErrorKind::NotFound => {
            let path = find(call, entry, path).await?;
            let bytes = whole(call, entry, &path).await?;
            Ok(File { path, content: Content::read(bytes) })
        }
        Err(error) => Err(error),
    }
}

async fn whole(call: &Call, entry: &Entry, path: &str) -> Result<Vec<u8>> {
    let range = ByteRange::From { offset: 0, length: MOST + 1 };
    let ArtifactPart { bytes, size, .. } =
        entry.reference.tracker.read_artifact(call, &entry.reference.id, path, range).await?;
    let size = size.unwrap_or_default().max(bytes.len() as u64);
    if size > MOST {
        return Err(Error::too_large(format!(
            "'{}' has {size} bytes; files of up to {MOST} are compared",
            one_line(path, 120)
        )));
    }
    Ok(bytes.to_vec())
}

/// The one file whose path ends with these names.
async fn find(call: &Call, entry: &Entry, end: &str) -> Result<String> {
    let mut folders = VecDeque::from([String::new()]);
    let mut files: Vec<String> = Vec::new();
    let mut seen = 0;
    while let Some(folder) = folders.pop_front().filter(|_| seen < FOLDERS) {
        seen += 1;
        let mut cursor = None;
        loop {
            let page = entry.reference.tracker.artifacts(call, &entry.reference.id, &folder, cursor.as_deref()).await?;
            for artifact in page.rows {
                match artifact.folder {
                    true => folders.push_back(artifact.path),
                    false => files.push(artifact.path),
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    let found: Vec<&String> = files
        .iter()
        .filter(|path| *path == end || path.strip_suffix(end).is_some_and(|rest| rest.ends_with('/')))
        .collect();
    let shown = one_line(end, 120);
    let list = |paths: &[&str]| paths.iter().take(5).map(|path| one_line(path, 120)).collect::<Vec<_>>().join(", ");
    match found.as_slice() {
        [only] => Ok((*only).clone()),
        [] => {
            let mut error = Error::not_found(format!("no file '{shown}'"));
            let near = nearest(end, files.iter().map(String::as_str), 3);
            if !near.is_empty() {
                error = error.and(format!("near: {}", list(&near)));
            }
            if !folders.is_empty() {
                error = error.and(format!("only {FOLDERS} folders were looked through; give the whole path"));
            }
            Err(error)
        }
        several => {
            let paths: Vec<&str> = several.iter().map(|path| path.as_str()).collect();
            Err(Error::bad_input(format!("'{shown}' may be {} files: {}", several.len(), list(&paths))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_is_read_by_what_it_is_and_not_by_its_name() {
        let read = |bytes: &[u8]| Content::read(bytes.to_vec());
        assert_eq!(read(b"{\"a\": 1}"), Content::Document(json!({"a": 1})));
        assert_eq!(read(b"a: 1\n"), Content::Text("a: 1\n".into()));
        assert_eq!(read(b"12"), Content::Text("12".into()));
        assert_eq!(read(&[0xff, 0xfe]), Content::Binary(vec![0xff, 0xfe]));
    }
}

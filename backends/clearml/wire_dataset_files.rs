//! Lists of a dataset's files, as text in its task and as the JSON that it stored.

use serde::Deserialize;

use crate::model::DatasetFile;

/// Lines `name, size, hash` below a heading.
pub(super) fn read_text(text: &str) -> Vec<DatasetFile> {
    let file = |line: &str| {
        let mut parts = line.rsplitn(3, ", ");
        let (hash, bytes, path) = (parts.next()?, parts.next()?, parts.next()?);
        let hash = Some(hash.trim()).filter(|hash| !hash.is_empty() && *hash != "None");
        Some(DatasetFile { path: path.to_owned(), bytes: bytes.trim().parse().ok(), hash: hash.map(ToOwned::to_owned) })
    };
    text.lines().skip(1).filter_map(file).collect()
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    dataset_file_entries: Vec<Entry>,
    #[serde(default)]
    dataset_link_entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    relative_path: String,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default)]
    hash: Option<String>,
}

/// The list that a version stored of its files; `None` if it cannot be read.
pub(super) fn read_list(bytes: &[u8]) -> Option<Vec<DatasetFile>> {
    let List { dataset_file_entries, dataset_link_entries } = serde_json::from_slice(bytes).ok()?;
    let entries = dataset_file_entries.into_iter().chain(dataset_link_entries);
    let file = |entry: Entry| DatasetFile { path: entry.relative_path, bytes: entry.size, hash: entry.hash };
    let mut files: Vec<DatasetFile> = entries.map(file).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::{read_list, read_text};

    #[test]
    fn a_line_is_a_file_whatever_commas_its_name_has() {
        let text =
            "File Name (2 files), File Size (total 1.19 KB), Hash (SHA2)\na, b.txt, 7, d67e\nsub/ünï.csv, 8, None";
        let files: Vec<_> = read_text(text).into_iter().map(|file| (file.path, file.bytes, file.hash)).collect();
        assert_eq!(files, [("a, b.txt".into(), Some(7), Some("d67e".into())), ("sub/ünï.csv".into(), Some(8), None)]);
        assert!(read_text("File Name (0 files)").is_empty());
    }

    #[test]
    fn the_stored_list_has_files_and_links_by_path() {
        let list = br#"{"dataset_file_entries": [{"relative_path": "b", "size": 3, "hash": "x"}],
            "dataset_link_entries": [{"relative_path": "a", "link": "s3://b/a", "size": 5}], "file_count": 2}"#;
        let files: Vec<_> = read_list(list).unwrap().into_iter().map(|file| (file.path, file.bytes)).collect();
        assert_eq!(files, [("a".to_owned(), Some(5)), ("b".to_owned(), Some(3))]);
        assert_eq!(read_list(b"<html>"), None);
    }
}

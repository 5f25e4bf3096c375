//! What differs in a file that the runs logged: by key path in documents, by line in other texts.

use std::collections::BTreeMap;

use backends::Call;
use futures::StreamExt;
use serde_json::Value;

use super::entries::{Entry, columns};
use super::file::{Content, File, read};
use super::line_diff::{Named, unified};
use super::sections::Section;
use super::texts::cells;
use crate::analysis::{flatten, same_value, side_by_side};
use crate::render::{Answer, Cell, Column, Keep, one_line};

/// Files that are read at once.
const AT_ONCE: usize = 8;
/// Characters of all line-by-line differences together, and of one at least.
const LINES: (usize, usize) = (8_000, 800);

/// What differs in a file.
pub(super) struct FileDifferences {
    /// By key path, where the files are documents.
    pub(super) section: Option<Section>,
    /// By line: the letters of the runs, and a unified diff.
    texts: Vec<(String, String)>,
    cap: usize,
    pub(super) notes: Vec<String>,
}

impl FileDifferences {
    /// Whether something differs by line.
    pub(super) fn has_texts(&self) -> bool {
        !self.texts.is_empty()
    }

    /// Adds the differences by line.
    pub(super) fn with_texts(&self, answer: Answer) -> Answer {
        self.texts.iter().fold(answer, |answer, (letters, text)| {
            answer.foreign("lines", format!("files of runs {letters}"), text, self.cap, Keep::Start)
        })
    }
}

/// Reads the file of each run and compares it with the baseline's. What cannot be read is told in the notes: the rest
/// of the comparison stands without it.
pub(super) async fn of(call: &Call, entries: &[Entry], path: &str) -> FileDifferences {
    let reading: Vec<_> = entries.iter().map(|entry| read(call, entry, path)).collect();
    let outcomes: Vec<backends::Result<File>> = futures::stream::iter(reading).buffered(AT_ONCE).collect().await;
    let mut found = FileDifferences { section: None, texts: Vec::new(), cap: 0, notes: Vec::new() };
    let mut failures: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut files: Vec<(&Entry, File)> = Vec::new();
    for (entry, outcome) in entries.iter().zip(outcomes) {
        match outcome {
            Ok(file) => files.push((entry, file)),
            Err(error) => failures.entry(error.message).or_default().push(&entry.label),
        }
    }
    for (message, letters) in failures {
        found.notes.push(format!("artifact, {}: {message}", letters.join(", ")));
    }
    let shown = one_line(path, 120);
    let [(_, first), others @ ..] = files.as_slice() else { return found };
    if others.is_empty() {
        found.notes.push(format!("artifact '{shown}': there is nothing to compare it with"));
    } else if others.iter().all(|(_, file)| file.content == first.content) {
        let letters: Vec<&str> = files.iter().map(|(entry, _)| entry.label.as_str()).collect();
        found.notes.push(format!("artifact '{}' is the same in {}", one_line(&first.path, 120), letters.join(", ")));
    } else {
        match documents(&files) {
            Some(documents) => found.section = Some(by_key(entries, &documents)),
            None => found.by_line(&files),
        }
    }
    found.notes.extend(meant(path, &files));
    found
}

/// Which files a text stood for, where it is not their path.
fn meant(path: &str, files: &[(&Entry, File)]) -> Option<String> {
    let (_, first) = files.first()?;
    if files.iter().all(|(_, file)| file.path == path.trim()) {
        return None;
    }
    let shown = one_line(path, 120);
    if files.iter().all(|(_, file)| file.path == first.path) {
        return Some(format!("artifact '{shown}' is {}", one_line(&first.path, 120)));
    }
    let paths: Vec<String> =
        files.iter().map(|(entry, file)| format!("{}: {}", entry.label, one_line(&file.path, 120))).collect();
    Some(format!("artifact '{shown}' is {}", paths.join(", ")))
}

/// The files as documents, if all are: by the letters of their runs.
fn documents<'a>(files: &'a [(&'a Entry, File)]) -> Option<BTreeMap<&'a str, BTreeMap<String, Value>>> {
    let document = |(entry, file): &'a (&'a Entry, File)| match &file.content {
        Content::Document(document) => Some((entry.label.as_str(), flatten(document))),
        _ => None,
    };
    files.iter().map(document).collect()
}

/// What differs in the documents of runs, by the path of each value.
pub(super) fn by_key(entries: &[Entry], documents: &BTreeMap<&str, BTreeMap<String, Value>>) -> Section {
    let having: Vec<(&Entry, &BTreeMap<String, Value>)> =
        entries.iter().filter_map(|entry| Some((entry, documents.get(entry.label.as_str())?))).collect();
    let all = side_by_side(&having.iter().map(|(_, values)| *values).collect::<Vec<_>>(), same_value);
    let differing: Vec<_> = all.iter().filter(|row| row.differs).collect();
    let rows = differing.iter().map(|row| {
        let texts: Vec<Option<String>> = row.values.iter().map(|value| value.map(shown)).collect();
        let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
        [Cell::key(row.key)].into_iter().chain(cells(row.key, &texts)).collect()
    });
    let letters = columns(entries).zip(entries).filter(|(_, entry)| documents.contains_key(entry.label.as_str()));
    Section {
        name: "artifact",
        nouns: ("key of the artifact", "keys of the artifact"),
        columns: [Column::new("key")].into_iter().chain(letters.map(|(column, _)| column)).collect(),
        rows: rows.collect(),
        equal: all.len() - differing.len(),
    }
}

/// A value of a document: text bare unless it would look like another kind of value.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if serde_json::from_str::<Value>(text).is_err() && !text.is_empty() => text.clone(),
        other => other.to_string(),
    }
}

impl FileDifferences {
    /// Each file against the baseline's, or against the first that is there.
    fn by_line(&mut self, files: &[(&Entry, File)]) {
        let [(first, base), others @ ..] = files else { return };
        let mut same = Vec::new();
        for (entry, file) in others {
            let letters = format!("{} and {}", first.label, entry.label);
            match (text(&base.content), text(&file.content)) {
                _ if base.content == file.content => same.push(entry.label.as_str()),
                (Some(a), Some(b)) => {
                    let a = Named { name: format!("{} {}", first.label, base.path), text: &a };
                    let b = Named { name: format!("{} {}", entry.label, file.path), text: &b };
                    self.texts.push((letters, unified(&a, &b)));
                }
                _ => self.notes.push(format!("artifact: the files of {letters} differ and are no text")),
            }
        }
        if !same.is_empty() {
            self.notes.push(format!("artifact: the same as that of {} in {}", first.label, same.join(", ")));
        }
        self.cap = (LINES.0 / self.texts.len().max(1)).max(LINES.1);
    }
}

/// The lines of a file; of a document, in one form, so that order and spaces count no more than they must.
fn text(content: &Content) -> Option<String> {
    match content {
        Content::Text(text) => Some(text.clone()),
        Content::Document(document) => serde_json::to_string_pretty(document).ok(),
        Content::Binary(_) => None,
    }
}

//! `list_artifacts`

use backends::model::{Artifact, Parts, Run, Status, check_artifact_path};
use backends::{Call, Capabilities, Error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::onward::Onward;
use crate::artifact::{FOLDERS, Glob, Tree, known_bytes, list, type_of, unseen, walk, words};
use crate::problem::{Problem, Result};
use crate::references::{RunRef, fetch_runs};
use crate::render::{Answer, Cell, Column, fit, one_line};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `list_artifacts`
pub struct ListArtifacts;

/// Files of a tree that is shown whole; a larger one is shown folder by folder.
const WHOLE: usize = 120;
/// Characters of an address.
const ADDRESS: usize = 400;
/// Unopened folders that are named.
const NAMED: usize = 5;

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// id, name, URL, or 'last', 'last failed'
    run: String,
    /// folder, or glob logs/**
    path: Option<String>,
    /// from next_cursor
    cursor: Option<String>,
}

impl Tool for ListArtifacts {
    const NAME: &'static str = "list_artifacts";
    const GUIDE: &'static str = include_str!("../../guides/tools/list_artifacts.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.artifacts
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let onward = Onward::read(call, &input, input.cursor.as_deref())?;
        let path = input.path.as_deref().map(|path| path.trim().trim_end_matches('/')).filter(|path| !path.is_empty());
        let glob = path.map(Glob::read).transpose()?.flatten();
        if let (Some(path), None) = (path, &glob) {
            check_artifact_path(path)?;
        }
        // A later page is about the run of the first, whatever `last` means by now.
        let reference = onward.run().map_or_else(|| input.run.clone(), ToOwned::to_owned);
        let fetched = fetch_runs(trackers, call, &[reference], 1, Parts::NONE).await?;
        let Some((run, details)) = fetched.runs.first() else {
            return Err(Error::not_found(format!("no run '{}'", one_line(&input.run, 80))).into());
        };
        let mut view = View::of(call, run, &details.run, path, glob).await?;
        view.notes.extend(fetched.remarks.iter().cloned());
        let skip = usize::try_from(onward.at()).unwrap_or(usize::MAX).min(view.rows.len());
        Ok(fit(view.rows.len() - skip, call.allowance().characters, |shown| view.page(skip, shown, &onward)))
    }
}

/// What is shown of a run.
struct View<'a> {
    run: &'a RunRef,
    head: &'a Run,
    folder: Option<String>,
    rows: Vec<Row>,
    files: usize,
    /// Of the files whose size is known, if there are such.
    bytes: Option<u64>,
    whole: bool,
    notes: Vec<String>,
}

/// A file or folder.
#[derive(Default)]
struct Row {
    path: String,
    bytes: Option<u64>,
    kind: String,
    /// Of a folder that is not shown itself: how many files lie below it.
    files: Option<u64>,
    /// What it holds in the tracker's words.
    holds: Option<String>,
    /// Where it is stored.
    location: Option<String>,
}

impl<'a> View<'a> {
    async fn of(call: &Call, run: &'a RunRef, head: &'a Run, path: Option<&str>, glob: Option<Glob>) -> Result<Self> {
        let from = if glob.is_some() { "" } else { path.unwrap_or_default() };
        let mut tree = walk(run.tracker.as_ref(), call, &run.id, from).await?;
        let mut notes = Vec::new();
        let mut folder = (!from.is_empty()).then(|| from.to_owned());
        if let (Some(path), true) = (path, tree.files.is_empty() && tree.folders.is_empty()) {
            // No such folder, or no such pattern: perhaps the end of a longer path.
            (tree, folder) = below_end(call, run, path, glob.is_some(), &mut notes).await?;
        }
        let mut summed = false;
        let base = folder.clone().unwrap_or_default();
        let rows = match &glob {
            Some(glob) => fitting(&mut tree, glob, path.unwrap_or_default(), run)?,
            None if tree.is_whole() && (tree.files.len() <= WHOLE || tree.folders.is_empty()) => {
                tree.files.iter().map(Row::file).collect()
            }
            None => {
                summed = true;
                one_level(&tree, &base)
            }
        };
        if summed {
            notes.push(
                "folders are shown with what lies below them; path opens one, path '**' lists all files".to_owned(),
            );
        }
        if !tree.is_whole() {
            let named: Vec<String> = tree.unopened.iter().take(NAMED).map(|path| one_line(path, 120)).collect();
            let named = if named.is_empty() { String::new() } else { format!(": {}…", named.join(", ")) };
            notes.push(format!("{}{named}; path opens a folder", unseen(&tree)));
        }
        if rows.is_empty() {
            notes.push(empty(head, folder.as_deref()));
        }
        let unknown = tree.files.iter().filter(|file| file.size.is_none()).count();
        let bytes = known_bytes(&tree.files);
        if unknown > 0 && bytes.is_some() {
            notes.push(format!("the size of {unknown} of these files is not known: bytes are those of the others"));
        }
        Ok(Self { run, head, folder, rows, files: tree.files.len(), bytes, whole: tree.is_whole(), notes })
    }

    fn page(&self, skip: usize, shown: usize, onward: &Onward) -> Answer {
        let row = |row: &Row| {
            vec![
                Cell::foreign_up_to(&row.path, 500),
                Cell::from(row.bytes),
                Cell::from(row.bytes.map(|bytes| Cell::text(words(bytes)))),
                Cell::text(row.kind.clone()),
                Cell::from(row.files),
                Cell::from(row.holds.as_deref().map(Cell::foreign)),
                Cell::from(row.location.as_deref().map(|text| Cell::foreign_up_to(text, ADDRESS))),
            ]
        };
        let rows = self.rows.iter().skip(skip).take(shown).map(row).collect();
        let columns = ["path", "bytes", "size", "type", "files", "kind", "location"].map(Column::new).to_vec();
        let next = skip + shown;
        let more = next < self.rows.len();
        let cursor = more.then(|| onward.cursor(self.run, next as u64, 0)).flatten();
        let seen = if self.whole { "" } else { "at least " };
        Answer::new()
            .fact("run", Cell::text(self.run.text()))
            .fact("name", Cell::foreign(&self.head.name))
            .fact("folder", self.folder.as_deref().map(Cell::foreign))
            .fact("files", self.files)
            .fact("bytes", self.bytes)
            .fact("size", self.bytes.map(|bytes| Cell::text(format!("{seen}{}", words(bytes)))))
            .fact("returned", shown)
            .fact("total", self.rows.len())
            .fact("next_cursor", cursor.map(Cell::Text))
            .fact("url", self.head.web_url.clone().map(Cell::Text))
            .table("artifacts", columns, rows)
            .notes(&self.notes)
    }
}

impl Row {
    fn file(file: &Artifact) -> Self {
        Self {
            path: file.path.clone(),
            bytes: file.size,
            kind: type_of(&file.path),
            files: None,
            holds: file.kind.clone(),
            location: file.location.clone(),
        }
    }
}

/// The files that fit a pattern; the others are taken out of the tree.
fn fitting(tree: &mut Tree, glob: &Glob, pattern: &str, run: &RunRef) -> Result<Vec<Row>> {
    let all = tree.files.len();
    tree.files.retain(|file| glob.fits(&file.path));
    if tree.files.is_empty() && tree.is_whole() {
        let shown = one_line(pattern, 120);
        let error = Error::not_found(format!("none of the {all} files of {} fits '{shown}'", run.text()));
        return Err(Problem::from(error).next("list_artifacts", json!({"run": run.text()})));
    }
    Ok(tree.files.iter().map(Row::file).collect())
}

/// What lies directly in a folder: folders with what is below them, then files.
fn one_level(tree: &Tree, base: &str) -> Vec<Row> {
    let prefix = if base.is_empty() { String::new() } else { format!("{base}/") };
    let direct = |path: &str| path.strip_prefix(&prefix).is_some_and(|rest| !rest.contains('/'));
    let folder = |path: &String| {
        let below = tree.below(path);
        let kind = if tree.unopened.contains(path) { "folder, not opened" } else { "folder" };
        let (files, bytes) = below.map_or((None, None), |(files, bytes)| (Some(files), bytes));
        Row { path: format!("{path}/"), bytes, kind: kind.to_owned(), files, ..Row::default() }
    };
    let folders = tree.folders.iter().filter(|path| direct(path)).map(folder);
    folders.chain(tree.files.iter().filter(|file| direct(&file.path)).map(Row::file)).collect()
}

/// Where a path leads that is no folder: to a file, or to folders of which it is the end.
async fn below_end(
    call: &Call,
    run: &RunRef,
    path: &str,
    is_glob: bool,
    notes: &mut Vec<String>,
) -> Result<(Tree, Option<String>)> {
    if is_glob {
        // Nothing in the run at all.
        return Ok((Tree::default(), None));
    }
    let above = path.rsplit_once('/').map_or("", |(above, _)| above);
    let (beside, _) = list(run.tracker.as_ref(), call, &run.id, above).await?;
    match beside.into_iter().find(|entry| entry.path == path) {
        Some(file) if !file.folder => {
            let reading = json!({"runs": [run.text()], "path": path});
            notes.push(format!("'{}' is a file; to read it: read_artifact {reading}", one_line(path, 120)));
            return Ok((Tree { files: vec![file], ..Tree::default() }, None));
        }
        Some(_) => return Ok((Tree::default(), Some(path.to_owned()))),
        None => {}
    }
    let mut tree = walk(run.tracker.as_ref(), call, &run.id, "").await?;
    let end = format!("/{path}");
    let ends: Vec<String> = tree.folders.iter().filter(|folder| folder.ends_with(&end)).cloned().collect();
    let within = |file: &Artifact| ends.iter().any(|folder| file.path.starts_with(&format!("{folder}/")));
    if ends.is_empty() {
        return Err(unknown(run, path, &tree));
    }
    tree.files.retain(within);
    // What is not below these folders is not missed.
    let near = |path: &String| ends.iter().any(|folder| path == folder || path.starts_with(&format!("{folder}/")));
    tree.unopened.retain(near);
    tree.folders.retain(near);
    let only = if let [only] = ends.as_slice() { Some(only.clone()) } else { None };
    let named: Vec<String> = ends.iter().take(NAMED).map(|folder| one_line(folder, 120)).collect();
    notes.push(format!("'{}' is the end of {} folders: {}", one_line(path, 80), ends.len(), named.join(", ")));
    tree.folders.retain(|folder| !ends.contains(folder));
    Ok((tree, only))
}

fn unknown(run: &RunRef, path: &str, tree: &Tree) -> Problem {
    let mut error = Error::not_found(format!("{} has no folder '{}'", run.text(), one_line(path, 120)));
    let near = backends::nearest::nearest(path, tree.folders.iter().map(String::as_str), NAMED);
    if !near.is_empty() {
        let near: Vec<String> = near.into_iter().map(|folder| one_line(folder, 120)).collect();
        error = error.and(format!("near: {}", near.join(", ")));
    } else if tree.folders.is_empty() {
        error = error.and(format!("it has no folders, and {} files", tree.files.len()));
    }
    if tree.unopened.len() > FOLDERS {
        error = error.and(unseen(tree));
    }
    Problem::from(error).next("list_artifacts", json!({"run": run.text()}))
}

/// Why there is nothing.
fn empty(run: &Run, folder: Option<&str>) -> String {
    let unfinished = matches!(run.status, Some(Status::Running | Status::Queued | Status::Created));
    let yet = if unfinished { " yet; it has not ended" } else { "" };
    match folder {
        Some(folder) => format!("the folder '{}' is empty{yet}", one_line(folder, 120)),
        None => format!("this run logged no artifacts{yet}"),
    }
}

#[cfg(test)]
mod tests;

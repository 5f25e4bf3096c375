//! `get_datasets`

use backends::model::{DatasetDetails, DatasetKind, DatasetLink, DatasetMetadata};
use backends::query::{Filter, Key};
use backends::{Call, Capabilities, Error, Tracker};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::columns::{glob, tags};
use super::search_datasets::{listed, state};
use crate::problem::{Problem, Result};
use crate::references::{FetchedDatasets, fetch_datasets};
use crate::render::{Answer, Cell, Column, Keep, fit, one_line};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `get_datasets`
pub struct GetDatasets;

/// Datasets of one answer at most.
const MOST: usize = 20;
/// Characters of what others wrote.
const NOTE: usize = 2_000;
/// Characters of a schema or profile, for one dataset and for several.
const FACTS: (usize, usize) = (3_000, 500);
/// Files that are listed, for one dataset and for several.
const FILES: (usize, usize) = (100, 10);
/// Rows of each other list, for one dataset and for several.
const ROWS: (usize, usize) = (20, 5);
/// Tags that are shown.
const TAGS: usize = 40;
/// Characters of an address.
const ADDRESS: usize = 400;
/// Characters of a checksum: it tells whether two files are the same.
const HASH: usize = 12;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// ids, names (latest), name@version, URLs
    datasets: Vec<String>,
    /// list train/*
    files: Option<String>,
}

impl Tool for GetDatasets {
    const NAME: &'static str = "get_datasets";
    const GUIDE: &'static str = include_str!("../../guides/tools/get_datasets.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.datasets
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let Input { datasets: references, files } = input;
        if references.is_empty() {
            let error = Error::bad_input("datasets is empty; name at least one by its name or id");
            return Err(Problem::from(error).next("search_datasets", json!({})));
        }
        if references.len() > MOST {
            let count = references.len();
            let error = Error::bad_input(format!("{count} datasets were named, at most {MOST} are answered at once"));
            return Err(error.into());
        }
        let files = files.map(|pattern| pattern.trim().to_owned()).filter(|pattern| !pattern.is_empty());
        let found = fetch_datasets(trackers, call, &references, files.is_some()).await?;
        let view = View { files: files.as_deref(), several: found.datasets.len() > 1 };
        Ok(fit(found.datasets.len(), call.allowance().characters, |shown| view.page(&found, shown)))
    }
}

/// What of the datasets is shown.
struct View<'a> {
    /// Which files.
    files: Option<&'a str>,
    several: bool,
}

impl View<'_> {
    fn page(&self, found: &FetchedDatasets, shown: usize) -> Answer {
        let records = found
            .datasets
            .iter()
            .take(shown)
            .map(|(tracker, details)| self.record(tracker.as_ref(), details))
            .collect();
        let mut answer = Answer::new().records("datasets", records).fact("returned", shown);
        if !found.missing.is_empty() {
            let names = found.missing.iter().map(|(text, _)| Cell::foreign(text)).collect();
            answer = answer.fact("missing", Cell::List(names));
        }
        let rest: Vec<String> = found
            .datasets
            .iter()
            .skip(shown)
            .map(|(tracker, one)| reference(tracker.name(), &one.dataset.reference))
            .collect();
        if !rest.is_empty() {
            let call = json!({"datasets": rest});
            answer = answer.note(format!("{} more do not fit into one answer: get_datasets {call}", rest.len()));
        }
        answer.notes(found.missing.iter().map(|(_, problem)| problem.to_string())).notes(&found.failed)
    }

    fn record(&self, tracker: &dyn Tracker, details: &DatasetDetails) -> Answer {
        let (dataset, tracker) = (&details.dataset, tracker.name());
        let own = reference(tracker, &dataset.reference);
        let foreign = |text: &Option<String>| text.as_deref().map(Cell::foreign);
        let later = details.latest.as_ref().map(|latest| {
            Cell::foreign(&format!(
                "{} ({})",
                latest.version.as_deref().unwrap_or("without a version"),
                reference(tracker, &latest.reference)
            ))
        });
        let mut answer = Answer::new()
            .fact("dataset", Cell::foreign_up_to(&own, 600))
            .fact("name", Cell::foreign(&dataset.name))
            .fact("version", foreign(&dataset.version))
            .fact("kind", Cell::text(dataset.kind.word()))
            .fact("state", state(dataset))
            .fact("is_latest", dataset.latest.map(Cell::from))
            .fact("latest", later)
            .fact("project", (!dataset.projects.is_empty()).then(|| listed(&dataset.projects)))
            .fact("user", foreign(&dataset.user))
            .fact("created", dataset.created)
            .fact("last_used", dataset.used)
            .fact("files", dataset.files)
            .fact("bytes", dataset.bytes)
            .fact("compressed_bytes", details.compressed)
            .fact("rows", dataset.rows);
        if let Some(changes) = details.changes {
            let bytes = changes.bytes.map(|bytes| format!(", {bytes:+} bytes")).unwrap_or_default();
            let (added, removed, modified) = (changes.added, changes.removed, changes.modified);
            let text = format!("{added} added, {removed} removed, {modified} modified{bytes}");
            answer = answer.fact("changes_from_parents", Cell::text(text));
        }
        answer = answer
            .fact("source", details.source.location.as_deref().map(|text| Cell::foreign_up_to(text, ADDRESS)))
            .fact("source_type", foreign(&details.source.kind))
            .fact("context", (!dataset.contexts.is_empty()).then(|| listed(&dataset.contexts)))
            .fact("tags", (!dataset.tags.is_empty()).then(|| tags(&dataset.tags, TAGS)))
            .fact("url", dataset.web_url.clone().map(Cell::Text));
        let source = || format!("dataset {own}");
        let most = if self.several { FACTS.1 } else { FACTS.0 };
        for (name, text, most) in
            [("note", &details.note, NOTE), ("schema", &details.schema, most), ("profile", &details.profile, most)]
        {
            if let Some(text) = text {
                answer = answer.foreign(name, source(), text, most, Keep::Start);
            }
        }
        answer = match &details.metadata {
            Some(DatasetMetadata::First(text)) => answer.foreign("metadata", source(), text, most, Keep::Start),
            Some(DatasetMetadata::None(why)) => answer.fact("no_metadata", Cell::foreign_up_to(why, ADDRESS)),
            None => answer,
        };
        answer = self.links(answer, "parents", tracker, &details.parents);
        if let Some(children) = &details.children {
            answer = self.links(answer, "children", tracker, children);
        }
        if details.versions_in_all > 1 {
            answer = self.links(answer, "versions", tracker, &details.versions);
            let shown = details.versions.len().min(self.rows()) as u64;
            answer = answer.fact("versions_in_all", details.versions_in_all);
            if shown < details.versions_in_all {
                let call = json!({"query": one_line(&dataset.name, 200), "tracker": tracker});
                answer = answer.note(format!(
                    "the newest {shown} of {} versions are shown; all: search_datasets {call}",
                    details.versions_in_all
                ));
            }
        }
        answer = self.uses(answer, tracker, details);
        self.listing(answer, details).notes(&details.notes)
    }

    fn rows(&self) -> usize {
        if self.several { ROWS.1 } else { ROWS.0 }
    }

    fn links(&self, answer: Answer, name: &str, tracker: &str, links: &[DatasetLink]) -> Answer {
        let row = |link: &DatasetLink| {
            vec![
                Cell::foreign_up_to(&reference(tracker, &link.reference), 600),
                Cell::foreign(&link.name),
                Cell::from(link.version.as_deref().map(Cell::foreign)),
                Cell::from(link.state.map(|state| Cell::text(state.word()))),
                Cell::from(link.newest),
            ]
        };
        let columns = ["dataset", "name", "version", "state", "at"].map(Column::new).to_vec();
        let answer = answer.table(name, columns, links.iter().take(self.rows()).map(row).collect());
        match links.len() > self.rows() && name != "versions" {
            true => answer.note(format!("{} of {} {name} are shown", self.rows(), links.len())),
            false => answer,
        }
    }

    fn uses(&self, answer: Answer, tracker: &str, details: &DatasetDetails) -> Answer {
        let columns = ["run", "name", "status", "project", "started", "how", "archived"].map(Column::new).to_vec();
        let shown = details.uses.iter().take(self.rows());
        let rows: Vec<Vec<Cell>> = shown
            .map(|one| {
                vec![
                    Cell::text(format!("{tracker}:{}", one.run)),
                    Cell::foreign(&one.name),
                    Cell::from(one.status.map(|status| Cell::text(status.word()))),
                    Cell::foreign(&one.project),
                    Cell::from(one.started),
                    Cell::from(one.how.as_deref().map(Cell::foreign)),
                    Cell::from(one.archived.then_some(true)),
                ]
            })
            .collect();
        let (count, read) = (rows.len() as u64, details.uses_read);
        let more = if details.more_uses { "at least " } else { "" };
        let runs = Cell::text(format!("{more}{read} {}", if read == 1 { "run" } else { "runs" }));
        let answer = answer.fact("used_by_count", runs).table("used_by", columns, rows);
        match count < read || details.more_uses {
            true => {
                let call = users(tracker, details);
                answer.note(format!(
                    "the newest {count} of {more}{read} runs that used it are shown; all: search_runs {call}"
                ))
            }
            false => answer,
        }
    }

    fn listing(&self, answer: Answer, details: &DatasetDetails) -> Answer {
        let Some(pattern) = self.files else { return answer };
        let Some(listing) = &details.listing else {
            return answer.note("files are not listed: the tracker keeps none of it one by one");
        };
        let fits: Vec<_> = listing.files.iter().filter(|file| glob(pattern, &file.path)).collect();
        let most = if self.several { FILES.1 } else { FILES.0 };
        let row = |file: &&backends::model::DatasetFile| {
            let hash = file.hash.as_deref().map(|hash| hash.get(..HASH).unwrap_or(hash));
            vec![Cell::foreign(&file.path), Cell::from(file.bytes), Cell::from(hash.map(Cell::foreign))]
        };
        let columns = ["path", "bytes", "hash"].map(Column::new).to_vec();
        let shown = one_line(pattern, 80);
        let mut answer = answer.table("listed_files", columns, fits.iter().take(most).map(row).collect());
        answer = answer.note(match fits.len() {
            0 => format!("no file matches '{shown}'"),
            count if count > most => {
                format!("{most} of {count} files that match '{shown}' are shown; narrow the pattern")
            }
            1 => format!("1 file matches '{shown}'"),
            count => format!("{count} files match '{shown}'"),
        });
        match listing.whole {
            true => answer,
            false => answer.note(format!(
                "only {} of {} files were recorded in the preview; others may match too",
                listing.files.len(),
                details.dataset.files.map_or_else(|| "an unknown number of".to_owned(), |files| files.to_string())
            )),
        }
    }
}

/// What other calls take.
fn reference(tracker: &str, text: &str) -> String {
    format!("{tracker}:{text}")
}

/// The arguments of `search_runs` that list all runs which used a dataset. What is kept to evaluate with is logged by its
/// name, whatever it held then.
fn users(tracker: &str, details: &DatasetDetails) -> Value {
    let dataset = &details.dataset;
    let known = if dataset.kind == DatasetKind::Evaluation { &dataset.name } else { &dataset.reference };
    let mut call = json!({"filter": Filter::equals(Key::Dataset, known).to_string(), "tracker": tracker});
    if details.uses.iter().any(|one| one.archived)
        && let Some(arguments) = call.as_object_mut()
    {
        arguments.insert("include_archived".to_owned(), Value::Bool(true));
    }
    call
}

#[cfg(test)]
mod tests;

//! Models of a store on this machine: all of them are read, then chosen from as a server would.

use std::collections::HashSet;

use crate::local::candidates;
use crate::mlflow_model::registry::{self, facts::facts, reference::Reference};
use crate::model::{ByteRange, Model, ModelDetails, ModelKind, Page, Run, RunId};
use crate::tracker::{FoundModel, ModelQuery, ProjectScope};
use crate::{Error, Result};

/// The file in which a model says what it is, and how much of it is read.
const FACTS: &str = "MLmodel";
const LARGEST: u64 = 256_000;
/// What is said where consumers are asked for.
const NO_CONSUMERS: &str =
    "MLflow keeps no list of the runs that use a model; what a run used: get_runs with include [\"models\"]";

/// All models of a store.
#[derive(Debug, Default)]
pub(super) struct Registry {
    /// Registered models and prompts, each with all its versions, the newest first.
    pub(super) registered: Vec<Model>,
    /// What runs logged; `None` where the store is older than that.
    pub(super) logged: Option<Vec<Model>>,
}

/// What else of a store is asked for.
pub(super) trait Source {
    /// The runs with these ids.
    fn runs(&self, ids: &[RunId]) -> Result<Vec<Run>>;
    /// A small file of a run.
    fn file(&self, run: &RunId, path: &str, range: ByteRange) -> Result<Vec<u8>>;
}

impl Registry {
    /// The page that the query asks for, the last changed first.
    pub(super) fn page(self, query: &ModelQuery) -> Result<Page<Model>> {
        registry::refuse(query)?;
        let begun: usize = match query.cursor.as_deref() {
            Some(text) => text.parse().map_err(|_| {
                Error::bad_input("the cursor does not fit this question; leave cursor out to begin again")
            })?,
            None => 0,
        };
        let mut rows = match query.kind {
            ModelKind::Logged => self.logged.ok_or_else(no_logged)?,
            ModelKind::Registered | ModelKind::Prompt => self.registered,
        };
        rows.retain(|model| is_in(&query.projects, model));
        let names: Vec<String> =
            rows.iter().filter(|model| model.kind == query.kind).map(|model| model.name.clone()).collect();
        rows.retain(|model| registry::accepts(query, model));
        rows.sort_by(|a, b| b.listed_by.cmp(&a.listed_by).then_with(|| a.id.cmp(&b.id)));
        let count = rows.len();
        let rows: Vec<Model> = rows.into_iter().skip(begun).take(query.limit).collect();
        let end = begun + rows.len();
        let mut page = Page {
            next: (end < count).then(|| end.to_string()),
            total: Some(count as u64),
            scanned: rows.len() as u64,
            ..Page::whole(rows)
        };
        if let Some(text) = page.lacks(&query.text, &query.cursor) {
            page.near = candidates::near(text, names.iter().map(String::as_str));
        }
        Ok(page)
    }

    /// What each of the references stands for.
    pub(super) fn found(&self, texts: &[String], most: usize, source: &impl Source) -> Result<Vec<FoundModel>> {
        let mut answer: Vec<FoundModel> = texts.iter().map(|text| self.one(text, most)).collect();
        let mut ids: Vec<RunId> = Vec::new();
        for id in answer.iter().flat_map(|one| &one.found).flat_map(|details| made_by(&details.model)) {
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        let runs = if ids.is_empty() { Vec::new() } else { source.runs(&ids)? };
        let single = texts.len() == 1;
        for details in answer.iter_mut().flat_map(|one| &mut one.found) {
            let made: HashSet<&RunId> = made_by(&details.model).collect();
            details.sources = runs.iter().filter(|run| made.contains(&run.id)).cloned().collect();
            if single {
                tell_facts(details, source);
            }
        }
        Ok(answer)
    }

    fn one(&self, text: &str, most: usize) -> FoundModel {
        let mut one = FoundModel::default();
        match Reference::read(text) {
            Reference::Logged(id) => {
                let Some(logged) = &self.logged else {
                    one.reason = Some(no_logged().message);
                    return one;
                };
                let found = logged.iter().find(|model| model.id == id);
                let notes = vec![NO_CONSUMERS.to_owned()];
                one.found.extend(found.map(|model| ModelDetails { model: model.clone(), notes, ..Default::default() }));
            }
            Reference::Registered(name, which) => match self.registered.iter().find(|model| model.name == name) {
                None => one.near = candidates::near(&name, self.registered.iter().map(|model| model.name.as_str())),
                Some(model) => match which.of(model) {
                    Ok(asked) => {
                        let mut model = model.clone();
                        let older = model.shorten(most, asked.as_deref(), which.is_number());
                        one.found.push(ModelDetails { model, asked, older, ..ModelDetails::default() });
                    }
                    Err(near) => {
                        one.reason = Some(registry::no_version(&name, text));
                        one.near = near;
                    }
                },
            },
        }
        one
    }
}

/// Reads `MLmodel` of the version that matters most, if it lies among the files of the run that made it.
fn tell_facts(details: &mut ModelDetails, source: &impl Source) {
    let Some(version) = details.model.leader(details.asked.as_deref()) else { return };
    let (Some(run), Some(location)) = (&version.run, &version.location) else { return };
    let Some((_, path)) = location.split_once(&format!("/{run}/artifacts/")) else { return };
    let path = format!("{}/{FACTS}", path.trim_end_matches('/'));
    // A version need not have been made by MLflow's client.
    if let Ok(bytes) = source.file(run, &path, ByteRange::From { offset: 0, length: LARGEST }) {
        details.facts = Some((version.id.clone(), facts(&String::from_utf8_lossy(&bytes))));
    }
}

fn is_in(projects: &ProjectScope, model: &Model) -> bool {
    match projects {
        ProjectScope::All => true,
        ProjectScope::Only(ids) => model.project.as_ref().is_some_and(|project| ids.contains(&project.id)),
    }
}

fn made_by(model: &Model) -> impl Iterator<Item = &RunId> {
    model.versions.iter().filter_map(|version| version.run.as_ref())
}

fn no_logged() -> Error {
    Error::unsupported("this store has no logged models: they come with MLflow 3.0; kind registered lists its registry")
}

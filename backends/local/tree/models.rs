//! The registry of a tree (`models/<name>/version-<n>`), and what runs logged (`<experiment>/models/m-…`).

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;

use crate::local::models::{Registry, Source};
use crate::local::run_files;
use crate::mlflow_model::{self, registry, web};
use crate::model::{ByteRange, Metric, Model, ModelVersion, Page, Part, Parts, ProjectRef, Run, RunId};
use crate::tracker::{FoundModel, ModelQuery};
use crate::{Call, Result, TrackerModels};

use super::experiments::{self, Experiment};
use super::meta::Meta;
use super::skipped::Skipped;
use super::{Tree, details, files, place_of};

/// What a logged model's status is called, by its number.
const STATUSES: [(&str, &str); 3] = [("1", "PENDING"), ("2", "READY"), ("3", "UPLOAD_FAILED")];

#[async_trait]
impl TrackerModels for Tree {
    async fn search_models(&self, call: &Call, query: &ModelQuery) -> Result<Page<Model>> {
        let (query, pages) = (query.clone(), self.pages.clone());
        self.ask(call, move |root, _| models(root, pages.as_deref())?.page(&query)).await
    }

    async fn models(&self, call: &Call, references: &[String], versions: usize) -> Result<Vec<FoundModel>> {
        let (references, pages) = (references.to_vec(), self.pages.clone());
        let read = move |root: &Path, call: &Call| {
            models(root, pages.as_deref())?.found(&references, versions, &Runs { root, call })
        };
        let mut answer = self.ask(call, read).await?;
        for run in answer.iter_mut().flat_map(|one| &mut one.found).flat_map(|details| &mut details.sources) {
            self.shown(run);
        }
        Ok(answer)
    }
}

/// The runs of the tree.
struct Runs<'a> {
    root: &'a Path,
    call: &'a Call,
}

impl Source for Runs<'_> {
    fn runs(&self, ids: &[RunId]) -> Result<Vec<Run>> {
        let parts = Parts::of(&[Part::Params, Part::Metrics, Part::Tags, Part::Datasets, Part::Code]);
        let found = details::runs(self.root, self.call, ids, parts)?;
        Ok(found.found.into_iter().map(|details| details.run).collect())
    }

    fn file(&self, run: &RunId, path: &str, range: ByteRange) -> Result<Vec<u8>> {
        run_files::read(&place_of(self.root, run)?, run, path, range).map(|part| part.bytes.to_vec())
    }
}

fn models(root: &Path, pages: Option<&str>) -> Result<Registry> {
    let all = experiments::all(root, &mut Skipped::default())?;
    let logged = all.iter().flat_map(|experiment| logged(experiment, pages)).collect();
    Ok(Registry { registered: registered(&root.join("models"), pages), logged: Some(logged) })
}

/// The versions and aliases of the registered model of this name.
pub(super) fn named(root: &Path, name: &str) -> Option<Model> {
    let models = root.join("models");
    let folder = files::folders(&models).ok()?.into_iter().find(|there| there == name).map(|name| models.join(name))?;
    Some(Model { versions: versions(&folder, name, None), aliases: texts(&folder.join("aliases")), ..Model::default() })
}

/// What cannot be read is passed over: a version that is being written has no `meta.yaml` for a moment.
fn registered(folder: &Path, pages: Option<&str>) -> Vec<Model> {
    let names = files::folders(folder).unwrap_or_default();
    names.into_iter().filter_map(|name| model(&folder.join(&name), name, pages)).collect()
}

fn model(folder: &Path, name: String, pages: Option<&str>) -> Option<Model> {
    let meta = Meta::of(folder).ok()?;
    let tags = texts(&folder.join("tags"));
    let kind = registry::kind(&tags);
    let versions = versions(folder, &name, pages);
    let updated = meta.time("last_updated_timestamp");
    Some(registry::with_aliases(Model {
        id: name.clone(),
        kind,
        description: meta.filled("description").map(ToOwned::to_owned),
        tags: mlflow_model::part_tags(tags).0,
        aliases: texts(&folder.join("aliases")),
        created: meta.time("creation_timestamp"),
        updated,
        listed_by: updated,
        versions,
        web_url: pages.map(|pages| web::registered(pages, kind, &name)),
        name,
        ..Model::default()
    }))
}

/// The newest first.
fn versions(folder: &Path, name: &str, pages: Option<&str>) -> Vec<ModelVersion> {
    let numbers = files::folders(folder).unwrap_or_default();
    let numbers = numbers.iter().filter_map(|version| version.strip_prefix("version-"));
    let mut versions: Vec<ModelVersion> = numbers.filter_map(|number| version(folder, name, number, pages)).collect();
    registry::newest_first(&mut versions);
    versions
}

fn version(folder: &Path, name: &str, number: &str, pages: Option<&str>) -> Option<ModelVersion> {
    let folder = folder.join(format!("version-{number}"));
    let meta = Meta::of(&folder).ok()?;
    let text = |key: &str| meta.filled(key).map(ToOwned::to_owned);
    let raw = ModelVersion {
        version: number.to_owned(),
        created: meta.time("creation_timestamp"),
        updated: meta.time("last_updated_timestamp"),
        description: text("description"),
        user: text("user_id"),
        stage: text("current_stage"),
        location: text("source"),
        run: text("run_id").map(RunId::new),
        status: text("status"),
        logged: text("model_id"),
        web_url: pages.map(|pages| web::model_version(pages, name, number)),
        ..ModelVersion::default()
    };
    let found = registry::version(name, texts(&folder.join("tags")), raw);
    (found.stage.as_deref() != Some("Deleted_Internal")).then_some(found)
}

fn logged(experiment: &Experiment, pages: Option<&str>) -> Vec<Model> {
    let folder = experiment.folder.join("models");
    let project = || ProjectRef { id: experiment.project.id.clone(), name: experiment.project.name.clone() };
    let read = |id: String| {
        let folder = folder.join(&id);
        let meta = Meta::of(&folder).ok()?;
        if meta.get("lifecycle_stage") == Some(mlflow_model::DELETED) {
            return None;
        }
        let status = meta.filled("status").map(|status| {
            let known = STATUSES.iter().find(|(number, _)| *number == status);
            known.map_or(status, |(_, word)| word).trim_start_matches("LOGGED_MODEL_").to_owned()
        });
        let version = ModelVersion {
            created: meta.time("creation_timestamp"),
            updated: meta.time("last_updated_timestamp"),
            status,
            location: meta.filled("artifact_location").map(ToOwned::to_owned),
            run: meta.filled("source_run_id").map(RunId::new),
            metrics: metrics(&folder.join("metrics")),
            params: texts(&folder.join("params")),
            web_url: pages.map(|pages| web::logged_model(pages, experiment.project.id.as_str(), &id)),
            ..ModelVersion::default()
        };
        let name = meta.filled("name").unwrap_or_default().to_owned();
        Some(registry::logged(id, name, project(), texts(&folder.join("tags")), version))
    };
    files::folders(&folder).unwrap_or_default().into_iter().filter_map(read).collect()
}

/// What the files of a folder hold, by their names.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let named = files::named(folder).into_iter();
    named.filter_map(|(name, file)| Some((name, files::text(&file).ok()?.trim_end_matches('\n').to_owned()))).collect()
}

/// The last line of each file: when, value, step.
fn metrics(folder: &Path) -> BTreeMap<String, Metric> {
    let last = |text: &str| {
        let mut fields = text.lines().rev().find(|line| !line.trim().is_empty())?.split_whitespace();
        let value: f64 = fields.nth(1)?.parse().ok()?;
        Some(Metric::last(mlflow_model::unclamped(value), fields.next().and_then(|step| step.parse().ok())))
    };
    let named = files::named(folder).into_iter();
    named.filter_map(|(name, file)| Some((name, last(&files::text(&file).ok()?)?))).collect()
}

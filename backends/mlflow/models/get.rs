//! Models by their references: the models, all their versions, and the runs that made those that are told: three requests
//! for all models together (2.15: two for each model and one for the runs); of a single one also its `MLmodel`.

use std::collections::{HashMap, HashSet};

use crate::mlflow_model::registry::{facts::facts, no_version, reference::Reference};
use crate::model::{Model, ModelDetails, ModelFacts, ModelKind, Parts, Run, RunId};
use crate::nearest::nearest;
use crate::tracker::FoundModel;
use crate::{Call, ErrorKind, Result};

use super::super::api::Api;
use super::super::api_registry::{Home, PageOf};
use super::super::experiments::Experiments;
use super::super::filter;
use super::super::runs;
use super::{NEAR, about_logged, versions};

/// Names among which near ones are looked for.
const NAMES: usize = 1_000;
/// Letters at the beginning of a name by which its neighbours are looked for first.
const BEGINNING: usize = 3;
/// The file in which a model says what it is.
const FACTS: &str = "MLmodel";
/// What is said where consumers are asked for.
const NO_CONSUMERS: &str =
    "MLflow cannot be asked which runs use a model; what a run used: get_runs with include [\"models\"]";

/// A question for models.
pub(super) struct Lookup<'a> {
    pub(super) api: &'a Api,
    pub(super) experiments: &'a Experiments,
    pub(super) call: &'a Call,
    /// Versions of each that are told.
    pub(super) versions: usize,
    /// The server is a workspace of Databricks.
    pub(super) databricks: bool,
}

impl Lookup<'_> {
    /// What each of the references stands for.
    pub(super) async fn all(&self, texts: &[String]) -> Result<Vec<FoundModel>> {
        let references: Vec<Reference> = texts.iter().map(|text| Reference::read(text)).collect();
        let (mut names, mut ids): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for reference in &references {
            let (list, one) = match reference {
                Reference::Registered(name, _) => (&mut names, name),
                Reference::Logged(id) => (&mut ids, id),
            };
            if !list.contains(one) {
                list.push(one.clone());
            }
        }
        let (registered, logged) = futures::join!(self.registered(&names), self.logged(&ids));
        let (registered, cut) = registered?;
        let (logged, no_logged) = match logged {
            Ok(logged) => (logged, None),
            Err(error) if error.kind == ErrorKind::Unsupported => (HashMap::new(), Some(error.message)),
            Err(error) => return Err(error),
        };
        let mut answer = Vec::new();
        for (text, reference) in texts.iter().zip(references) {
            let mut one = FoundModel::default();
            match &reference {
                Reference::Logged(id) => {
                    one.reason.clone_from(&no_logged);
                    let notes = vec![NO_CONSUMERS.to_owned()];
                    let details = |model: &Model| ModelDetails { model: model.clone(), notes, ..Default::default() };
                    one.found.extend(logged.get(id).map(details));
                }
                Reference::Registered(name, which) => match registered.get(name) {
                    None => one.near = self.near(name).await?,
                    Some(model) => match which.of(model) {
                        Ok(asked) => {
                            let mut model = model.clone();
                            let older = model.shorten(self.versions, asked.as_deref(), which.is_number());
                            let notes = cut.clone();
                            one.found.push(ModelDetails { model, asked, older, notes, ..Default::default() });
                        }
                        Err(near) => {
                            one.reason = Some(no_version(name, text));
                            one.near = near;
                        }
                    },
                },
            }
            answer.push(one);
        }
        let (sources, facts) = futures::join!(self.sources(&answer), self.facts(&answer));
        let (sources, facts) = (sources?, facts?);
        for details in answer.iter_mut().flat_map(|one| &mut one.found) {
            let wanted: HashSet<&RunId> = made_by(&details.model).collect();
            details.sources = sources.iter().filter(|run| wanted.contains(&run.id)).cloned().collect();
            let gone: Vec<String> = wanted
                .into_iter()
                .filter(|id| !details.sources.iter().any(|run| run.id == **id))
                .map(ToString::to_string)
                .collect();
            if !gone.is_empty() {
                details.notes.push(format!("gone are the runs that made versions: {}", gone.join(", ")));
            }
        }
        if let Some((outcome, details)) = facts.zip(answer.iter_mut().flat_map(|one| &mut one.found).next()) {
            match outcome {
                Told::Facts(version, facts) => details.facts = Some((version, facts)),
                Told::Not(note) => details.notes.push(note),
            }
        }
        Ok(answer)
    }

    async fn registered(&self, names: &[String]) -> Result<(HashMap<String, Model>, Vec<String>)> {
        if names.is_empty() {
            return Ok(Default::default());
        }
        let mut models = versions::named(self.api, self.call, names, self.databricks).await?;
        let cut = versions::add(self.api, self.call, &mut models, self.databricks).await?;
        Ok((models, cut))
    }

    async fn logged(&self, ids: &[String]) -> Result<HashMap<String, Model>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let index = self.experiments.index(self.api, self.call).await?;
        let list: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
        let filter = format!("model_id IN ({})", list.join(","));
        let page = PageOf { home: Home::Server, filter: &filter, size: ids.len(), token: None };
        match self.api.search_logged(self.call, &index.ids(true), page).await {
            Ok(page) => {
                let models = page.models.into_iter();
                let models = models.map(|model| model.into_model(|id| index.name(id), self.api.web()));
                Ok(models.map(|model| (model.id.clone(), model)).collect())
            }
            Err(error) => Err(about_logged(self.api, self.call, error).await),
        }
    }

    /// The runs that made the versions that are told.
    async fn sources(&self, found: &[FoundModel]) -> Result<Vec<Run>> {
        let mut ids: Vec<RunId> = Vec::new();
        for id in found.iter().flat_map(|one| &one.found).flat_map(|details| made_by(&details.model)) {
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = runs::by_id(self.api, self.experiments, self.call, &ids, Parts::NONE).await?;
        Ok(found.found.into_iter().map(|details| details.run).collect())
    }

    /// What the version that matters most says of itself, if one model alone is asked for.
    async fn facts(&self, found: &[FoundModel]) -> Result<Option<Told>> {
        let [FoundModel { found, .. }] = found else { return Ok(None) };
        let [ModelDetails { model, asked, .. }] = found.as_slice() else { return Ok(None) };
        let Some(version) = model.leader(asked.as_deref()) else { return Ok(None) };
        if model.kind == ModelKind::Prompt || version.location.is_none() {
            return Ok(None);
        }
        if self.databricks {
            return Ok(Some(Told::Not(format!(
                "{FACTS} is not read on Databricks, which hands files out at other hosts"
            ))));
        }
        let read = match &version.logged {
            Some(id) => self.api.logged_file(self.call, id, FACTS).await,
            None => self.api.version_file(self.call, &model.name, &version.version, FACTS).await,
        };
        Ok(match read {
            Ok(text) => Some(Told::Facts(version.id.clone(), facts(&text))),
            Err(error) if error.kind == ErrorKind::Cancelled => return Err(error),
            // A version need not have been made by MLflow's client; 2.15 fails for good where there is no such file.
            Err(error) if error.kind == ErrorKind::NotFound => None,
            Err(error) if error.kind == ErrorKind::Unavailable && !error.temporary => None,
            Err(error) => Some(Told::Not(format!("{FACTS} of {} could not be read: {error}", version.id))),
        })
    }

    /// Names that resemble one that is not there.
    async fn near(&self, name: &str) -> Result<Vec<String>> {
        let home = Home::of(name, self.databricks);
        let beginning: String = name.chars().take(BEGINNING).collect();
        // Most are right at their beginning; a large registry is not read whole for the others.
        let filters = [filter::contains("name", &beginning), String::new()];
        for filter in filters.iter().skip(usize::from(home == Home::Catalog)) {
            let page = PageOf { home, filter, size: NAMES, token: None };
            let page = self.api.search_registered(self.call, page).await?;
            let names = page.registered_models.iter().map(|model| model.name.as_str());
            let near = nearest(name, names, NEAR);
            if !near.is_empty() {
                return Ok(near.into_iter().map(ToOwned::to_owned).collect());
            }
        }
        Ok(Vec::new())
    }
}

/// What became of reading the file of a model.
enum Told {
    Facts(String, ModelFacts),
    Not(String),
}

fn made_by(model: &Model) -> impl Iterator<Item = &RunId> {
    model.versions.iter().filter_map(|version| version.run.as_ref())
}

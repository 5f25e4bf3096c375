//! What a text may mean on an MLflow server: an id, a name, the beginning of an id, an invocation id, a model version.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::time::Instant;

use crate::mlflow_model::project_names;
use crate::mlflow_model::registry::reference::{Reference, Which};
use crate::mlflow_model::text::{INVOCATION, is_id_prefix, is_run_id, plain_id};
use crate::model::Run;
use crate::nearest::nearest;
use crate::query::{Key, Predicate};
use crate::tracker::{Candidate, Match, Resolution};
use crate::{Call, Result};

use super::api::{Api, RunsRequest, View};
use super::experiments::{Experiments, Index};
use super::filter;
use super::models;

/// Candidates of one kind that are listed.
const LISTED: usize = 100;
/// Recent runs among whose names a misspelt one is looked for.
const RECENT: usize = 100;
/// Near names that are shown.
const NEAR: usize = 5;

/// Looks a text up as a run.
pub(super) async fn run(api: &Api, experiments: &Experiments, call: &Call, text: &str) -> Result<Resolution> {
    let begun = Instant::now();
    let index = experiments.index(api, call).await?;
    let found = Lookup { api, call, index: Arc::clone(&index) }.run(text).await?;
    if !found.candidates.is_empty() {
        return Ok(found);
    }
    let newer = experiments.newer(api, call, &index, begun).await?;
    if newer.others(&index).is_empty() {
        let near = Lookup { api, call, index }.near(text).await?;
        return Ok(Resolution { near, ..found });
    }
    let again = Lookup { api, call, index: newer };
    let found = again.run(text).await?;
    match found.candidates.is_empty() {
        true => Ok(Resolution { near: again.near(text).await?, ..found }),
        false => Ok(found),
    }
}

/// Looks a text up as an experiment.
pub(super) async fn project(api: &Api, experiments: &Experiments, call: &Call, text: &str) -> Result<Resolution> {
    let begun = Instant::now();
    let index = experiments.index(api, call).await?;
    let candidates = project_names::meant(index.projects(), text);
    if !candidates.is_empty() {
        return Ok(Resolution { candidates, ..Resolution::default() });
    }
    let index = experiments.newer(api, call, &index, begun).await?;
    let candidates = project_names::meant(index.projects(), text);
    let names = index.projects().iter().filter(|project| !project.archived).map(|project| project.name.as_str());
    let near = if candidates.is_empty() { nearest(text, names, NEAR) } else { Vec::new() };
    Ok(Resolution { candidates, more: false, near: near.into_iter().map(ToOwned::to_owned).collect() })
}

struct Lookup<'a> {
    api: &'a Api,
    call: &'a Call,
    index: Arc<Index>,
}

impl Lookup<'_> {
    async fn run(&self, text: &str) -> Result<Resolution> {
        if text.starts_with("models:") {
            // It can be nothing else.
            return Ok(Resolution { candidates: self.model(text).await?, ..Resolution::default() });
        }
        if is_run_id(text) {
            let exact = self.search(filter::ids_in(&[text], false), View::All, 1).await?;
            if let Some(run) = exact.into_iter().next() {
                return Ok(Resolution { candidates: vec![candidate(run, Match::Id)], ..Resolution::default() });
            }
        }
        let equal = |key| self.one(filter::clause(&Predicate::equals(key, text)), View::Active);
        let prefix = is_id_prefix(text).then(|| filter::begins_with("attributes.run_id", text));
        let (named, begun, tagged, param) = futures::join!(
            equal(Key::Name),
            self.one(prefix.into_iter().collect(), View::All),
            equal(Key::Tag(INVOCATION.to_owned())),
            equal(Key::Param(INVOCATION.to_owned())),
        );
        let named = named?.into_iter().filter(|run| run.name == text).map(|run| candidate(run, Match::Name));
        let begun = begun?.into_iter().filter(|run| run.id.as_str().starts_with(text));
        let begun = begun.map(|run| candidate(run, Match::Prefix));
        let of_invocation = tagged?
            .into_iter()
            .chain(param?)
            .filter(|run| run.tag(INVOCATION) == Some(text) || run.params.get(INVOCATION).is_some_and(|id| id == text));
        let mut candidates = distinct(named.chain(begun));
        if candidates.is_empty() {
            candidates = distinct(of_invocation.map(|run| candidate(run, Match::Invocation)));
        }
        if candidates.is_empty() {
            candidates = self.model(text).await?;
        }
        let more = candidates.len() >= LISTED;
        candidates.truncate(LISTED);
        Ok(Resolution { candidates, more, near: Vec::new() })
    }

    /// The run that made a model: `name/3`, `name@champion`, `name/Production`, `name/latest` or the id of a logged
    /// model, with or without `models:/`.
    async fn model(&self, text: &str) -> Result<Vec<Candidate>> {
        let (api, call) = (self.api, self.call);
        let run = match Reference::read(text) {
            Reference::Registered(name, Which::Number(version)) => {
                api.model_version(call, &name, &version).await?.map(|version| version.run_id)
            }
            Reference::Registered(name, Which::Alias(alias)) => {
                api.model_by_alias(call, &name, &alias).await?.map(|version| version.run_id)
            }
            Reference::Registered(_, Which::Any) => None,
            Reference::Registered(name, which) => models::run_of(api, call, &name, &which).await?,
            Reference::Logged(id) => models::run_of_logged(api, call, &self.index.ids(true), &id).await?,
        };
        let Some(run) = run.filter(|run| plain_id(run)) else { return Ok(Vec::new()) };
        let runs = self.search(filter::ids_in(&[&run], false), View::All, 1).await?;
        Ok(runs.into_iter().map(|run| candidate(run, Match::Model)).collect())
    }

    /// Names of recent runs that resemble the text.
    async fn near(&self, text: &str) -> Result<Vec<String>> {
        let runs = self.search(String::new(), View::Active, RECENT).await?;
        let names = runs.iter().map(|run| run.name.as_str());
        Ok(nearest(text, names, NEAR).into_iter().map(ToOwned::to_owned).collect())
    }

    async fn one(&self, clauses: Vec<String>, view: View) -> Result<Vec<Run>> {
        match clauses.into_iter().next() {
            Some(clause) => self.search(clause, view, LISTED).await,
            None => Ok(Vec::new()),
        }
    }

    async fn search(&self, filter: String, view: View, max_results: usize) -> Result<Vec<Run>> {
        let experiments = self.index.ids(view == View::All);
        if experiments.is_empty() {
            return Ok(Vec::new());
        }
        let request = RunsRequest {
            experiments: &experiments,
            filter: &filter,
            order_by: &["attributes.start_time DESC".to_owned()],
            view,
            max_results,
            page_token: None,
        };
        let page = self.api.search_runs(self.call, &request).await?;
        Ok(page.runs.into_iter().map(|run| run.into_run(|id| self.index.name(id), self.api.web())).collect())
    }
}

fn candidate(run: Run, matched: Match) -> Candidate {
    Candidate {
        id: run.id.as_str().to_owned(),
        name: run.name,
        project: Some(run.project.name),
        started: run.started,
        matched,
    }
}

fn distinct(candidates: impl Iterator<Item = Candidate>) -> Vec<Candidate> {
    let mut seen = HashSet::new();
    candidates.filter(|candidate| seen.insert(candidate.id.clone())).collect()
}

//! MLflow's SQLite store, opened to read only; schemas of 2.15 to 3.17, told by their columns.
//!
//! Such files are in rollback-journal mode: who reads keeps others from writing. So nothing is read for longer than a
//! tenth of a second at once.

mod connection;
mod error;
mod evaluations;
mod filter;
mod history;
mod models;
mod overview;
mod pace;
mod projects;
mod rank;
mod records;
mod resolve;
mod runs;
mod scan;
mod schema;
mod search;
mod sql;
mod traces;
mod values;

use std::path::PathBuf;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

use crate::mlflow_model::names_in_use::NewestRuns;
use crate::mlflow_model::{gaps, no_console, text::is_run_id, web};
use crate::model::{
    Artifact, ArtifactPart, ByteRange, Console, ConsoleRange, CurveWant, Curves, Dataset, Page, Parts, Project,
    ProjectId, ProjectOverview, Run, RunId, Series,
};
use crate::tracker::{
    DatasetQuery, FoundDataset, FoundRuns, Location, NamesInUse, ProjectQuery, ProjectScope, Referent, Resolution,
    RunQuery, Step, TrackerStatus,
};
use crate::{
    Call, Capabilities, Error, Result, Tracker, TrackerDatasets, TrackerJobs, TrackerModels, TrackerQueues,
    TrackerTraces, TrackerWriter, same_key,
};

use super::config::Config;
use connection::Store;

/// A store in an SQLite file.
pub(super) struct Sqlite {
    config: Config,
    store: Store,
    /// The address below which its pages are, if people see such.
    pages: Option<String>,
    newest: NewestRuns,
}

impl Sqlite {
    pub(super) fn new(config: Config, path: PathBuf) -> Self {
        let store = Store { path, workspace: config.workspace.clone() };
        let pages = config.web.as_ref().map(|base| web::pages(base, false));
        Self { config, store, pages, newest: NewestRuns::default() }
    }

    fn latency(asked: Instant) -> u64 {
        u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[async_trait]
impl Tracker for Sqlite {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn kind(&self) -> &'static str {
        super::NAME
    }

    fn address(&self) -> String {
        format!("sqlite:///{}", self.store.path.display())
    }

    fn capabilities(&self) -> Capabilities {
        super::CAPABILITIES
    }

    fn locate(&self, url: &Url) -> Option<Location> {
        web::locate(self.config.web.as_ref().map(|base| base.expose()), url)
    }

    fn is_run_id(&self, text: &str) -> bool {
        is_run_id(text)
    }

    fn may_be_called(&self, _: same_key::Kind, _: &str) -> bool {
        true
    }

    async fn probe(&self, call: &Call) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut step = |name, begun: Instant, outcome: Result<String>| {
            let well = outcome.is_ok();
            steps.push(Step { name, took: begun.elapsed(), outcome });
            well
        };
        let begun = Instant::now();
        let there = error::Place(&self.store.path).check().map(|()| self.store.path.display().to_string());
        if !step("file", begun, there) {
            return steps;
        }
        let begun = Instant::now();
        let opened = self.store.open(call).await.map(|()| "an SQLite database that can be read".to_owned());
        if step("open", begun, opened) {
            let begun = Instant::now();
            let version = self.store.ask(call, |reader| Ok(format!("MLflow {}", reader.schema.version()))).await;
            step("store", begun, version);
        }
        steps
    }

    async fn status(&self, call: &Call) -> Result<TrackerStatus> {
        let asked = Instant::now();
        let (version, note) =
            self.store.ask(call, |reader| Ok((reader.schema.version(), reader.schema.note()))).await?;
        let me = self.config.me.as_ref().map(|me| format!("user = me stands for '{me}'"));
        Ok(TrackerStatus {
            version: Some(version),
            user: None,
            sign_in: "no sign-in (a file)".to_owned(),
            latency_ms: Self::latency(asked),
            notes: note.into_iter().chain(me).collect(),
        })
    }

    async fn resolve(&self, call: &Call, referent: Referent, text: &str) -> Result<Resolution> {
        let text = text.to_owned();
        match referent {
            Referent::Run => self.store.ask(call, move |reader| resolve::run(reader, &text)).await,
            Referent::Project => self.store.look_up(call, move |reader| resolve::project(reader, &text)).await,
        }
    }

    async fn projects(&self, call: &Call, query: &ProjectQuery) -> Result<Page<Project>> {
        let (query, pages) = (query.clone(), self.pages.clone());
        self.store.ask(call, move |reader| reader.projects(&query, pages.as_deref())).await
    }

    async fn project(&self, call: &Call, id: &ProjectId, since: Option<Timestamp>) -> Result<ProjectOverview> {
        let (id, pages) = (id.clone(), self.pages.clone());
        self.store.ask(call, move |reader| overview::of(reader, &id, since, pages.as_deref())).await
    }

    async fn names(&self, call: &Call, kind: same_key::Kind, projects: &ProjectScope) -> Result<NamesInUse> {
        self.newest.names(self, call, kind, projects).await
    }

    async fn search_runs(&self, call: &Call, query: &RunQuery) -> Result<Page<Run>> {
        gaps::refuse(query)?;
        let (query, me, pages) = (query.clone(), self.config.me.clone(), self.pages.clone());
        self.store.ask(call, move |reader| search::page(reader, &query, me.as_deref(), pages.as_deref())).await
    }

    async fn runs(&self, call: &Call, ids: &[RunId], parts: Parts) -> Result<FoundRuns> {
        let (ids, pages) = (ids.to_vec(), self.pages.clone());
        self.store.ask(call, move |reader| runs::by_id(reader, &ids, parts, pages.as_deref())).await
    }

    async fn curves(&self, call: &Call, series: &[Series], want: &CurveWant) -> Result<Curves> {
        let (series, want) = (series.to_vec(), *want);
        self.store.ask(call, move |reader| history::curves(reader, &series, &want)).await
    }

    async fn artifacts(&self, call: &Call, run: &RunId, folder: &str, cursor: Option<&str>) -> Result<Page<Artifact>> {
        let (run, folder, cursor) = (run.clone(), folder.to_owned(), cursor.map(ToOwned::to_owned));
        self.store.ask(call, move |reader| runs::artifacts(reader, &run, &folder, cursor.as_deref())).await
    }

    async fn read_artifact(&self, call: &Call, run: &RunId, path: &str, range: ByteRange) -> Result<ArtifactPart> {
        let (run, path, counted) = (run.clone(), path.to_owned(), call.clone());
        let part = self.store.ask(call, move |reader| runs::read_artifact(reader, &run, &path, range)).await;
        part.inspect(|part| counted.count_bytes(part.bytes.len() as u64))
    }

    async fn console(&self, _: &Call, _: &RunId, _: ConsoleRange, _: usize) -> Result<Console> {
        Err(no_console())
    }

    fn datasets(&self) -> Option<&dyn TrackerDatasets> {
        Some(self)
    }

    fn models(&self) -> Option<&dyn TrackerModels> {
        Some(self)
    }

    fn queues(&self) -> Option<&dyn TrackerQueues> {
        None
    }

    fn jobs(&self) -> Option<&dyn TrackerJobs> {
        None
    }

    fn traces(&self) -> Option<&dyn TrackerTraces> {
        Some(self)
    }

    fn writer(&self) -> Option<&dyn TrackerWriter> {
        None
    }
}

#[async_trait]
impl TrackerDatasets for Sqlite {
    async fn search(&self, call: &Call, query: &DatasetQuery) -> Result<Page<Dataset>> {
        let projects = query.projects.clone();
        let evaluations = self.store.look_up(call, move |reader| reader.evaluations(&projects)).await?;
        super::datasets::search(self, call, query, evaluations).await
    }

    async fn get(&self, call: &Call, texts: &[String], _: bool) -> Result<Vec<FoundDataset>> {
        let evaluations = self.store.look_up(call, |reader| reader.evaluations(&ProjectScope::All)).await?;
        super::datasets::get(self, call, texts, &evaluations).await
    }
}

/// There is no such run.
fn no_run(run: &RunId) -> Error {
    Error::not_found(format!("no run with id '{run}'"))
}

#[cfg(test)]
mod tests;

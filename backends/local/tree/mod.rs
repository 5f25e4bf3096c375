//! MLflow's file store (`mlruns`), read without MLflow; nothing in it is ever changed.

mod details;
mod experiments;
mod files;
mod history;
mod inputs;
mod meta;
mod metric_file;
mod models;
mod page;
mod registry;
mod resolve;
mod runs;
mod scan;
mod search;
mod skipped;
mod trace_record;
mod traces;
mod wire_trace;
mod wire_yaml;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use jiff::Timestamp;
use url::Url;

use crate::local::config::Config;
use crate::local::place::{Owner, Place, place};
use crate::local::run_files;
use crate::mlflow_model::names_in_use::NewestRuns;
use crate::mlflow_model::{no_console, text::is_run_id, web};
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

use runs::RunFolder;
use skipped::Skipped;

/// A folder in which MLflow's file store keeps experiments (`mlruns`).
pub(super) struct Tree {
    config: Config,
    root: PathBuf,
    /// The address below which its pages are, if people see such.
    pages: Option<String>,
    newest: NewestRuns,
}

impl Tree {
    /// Nothing is read yet.
    pub(super) fn new(config: Config, root: PathBuf) -> Self {
        let pages = config.web.as_ref().map(|base| web::pages(base, false));
        Self { config, root, pages, newest: NewestRuns::default() }
    }

    /// Asks where waiting for the disk holds nobody up.
    async fn ask<T: Send + 'static>(
        &self,
        call: &Call,
        question: impl FnOnce(&Path, &Call) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        call.check()?;
        call.count_request();
        self.look_up(call, question).await
    }

    /// The same for what other trackers remember (names of projects): here it is read again, and not counted.
    async fn look_up<T: Send + 'static>(
        &self,
        call: &Call,
        question: impl FnOnce(&Path, &Call) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (root, call) = (self.root.clone(), call.clone());
        let slot: Arc<Mutex<Option<T>>> = Arc::default();
        let answer = Arc::clone(&slot);
        // What waits is compiled once, not for every question.
        run(Box::new(move || {
            let found = question(&root, &call)?;
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
            Ok(())
        }))
        .await?;
        let found = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        found.ok_or_else(|| Error::bug("a question to the folder of runs was not answered"))
    }

    /// With the address of its page.
    fn shown(&self, run: &mut Run) {
        run.web_url = self.pages.as_deref().map(|pages| web::run(pages, run.project.id.as_str(), run.id.as_str()));
    }

    /// With the address of its page.
    fn shown_project(&self, project: &mut Project) {
        project.web_url = self.pages.as_deref().map(|pages| web::experiment(pages, project.id.as_str()));
    }
}

#[async_trait]
impl Tracker for Tree {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn kind(&self) -> &'static str {
        super::NAME
    }

    fn address(&self) -> String {
        format!("file://{}", self.root.display())
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
        let begun = Instant::now();
        let outcome = experiments::check(&self.root).map(|()| self.root.display().to_string());
        let there = outcome.is_ok();
        let mut steps = vec![Step { name: "folder", took: begun.elapsed(), outcome }];
        if there {
            let begun = Instant::now();
            let count = self.ask(call, |root, _| experiments::count(root)).await;
            let outcome = count.map(|count| format!("MLflow's file store with {count} experiments"));
            steps.push(Step { name: "store", took: begun.elapsed(), outcome });
        }
        steps
    }

    async fn status(&self, call: &Call) -> Result<TrackerStatus> {
        let begun = Instant::now();
        let mut notes = self
            .ask(call, |root, _| {
                let mut skipped = Skipped::default();
                let count = experiments::all(root, &mut skipped)?.len();
                let mut notes = vec![format!("a folder of MLflow's file store, read only, with {count} experiments")];
                notes.extend(skipped.notes());
                Ok(notes)
            })
            .await?;
        notes.extend(self.config.me.iter().map(|me| format!("user = me stands for '{me}'")));
        Ok(TrackerStatus {
            version: None,
            user: None,
            sign_in: "no sign-in (a folder)".to_owned(),
            latency_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            notes,
        })
    }

    async fn resolve(&self, call: &Call, referent: Referent, text: &str) -> Result<Resolution> {
        let text = text.to_owned();
        match referent {
            Referent::Run => self.ask(call, move |root, call| resolve::run(root, call, &text)).await,
            Referent::Project => self.look_up(call, move |root, _| resolve::project(root, &text)).await,
        }
    }

    async fn projects(&self, call: &Call, query: &ProjectQuery) -> Result<Page<Project>> {
        let query = query.clone();
        let mut page = self.ask(call, move |root, _| search::projects(root, &query)).await?;
        page.rows.iter_mut().for_each(|project| self.shown_project(project));
        Ok(page)
    }

    async fn project(&self, call: &Call, id: &ProjectId, since: Option<Timestamp>) -> Result<ProjectOverview> {
        let id = id.clone();
        let mut overview = self.ask(call, move |root, call| details::overview(root, call, &id, since)).await?;
        self.shown_project(&mut overview.project);
        Ok(overview)
    }

    async fn names(&self, call: &Call, kind: same_key::Kind, projects: &ProjectScope) -> Result<NamesInUse> {
        self.newest.names(self, call, kind, projects).await
    }

    async fn search_runs(&self, call: &Call, query: &RunQuery) -> Result<Page<Run>> {
        let (query, me) = (query.clone(), self.config.me.clone());
        let mut page = self.ask(call, move |root, call| search::runs(root, call, &query, me.as_deref())).await?;
        page.rows.iter_mut().for_each(|run| self.shown(run));
        Ok(page)
    }

    async fn runs(&self, call: &Call, ids: &[RunId], parts: Parts) -> Result<FoundRuns> {
        let ids = ids.to_vec();
        let mut answer = self.ask(call, move |root, call| details::runs(root, call, &ids, parts)).await?;
        for details in &mut answer.found {
            self.shown(&mut details.run);
            details.children.iter_mut().flatten().for_each(|child| self.shown(child));
        }
        Ok(answer)
    }

    async fn curves(&self, call: &Call, series: &[Series], want: &CurveWant) -> Result<Curves> {
        let (series, want) = (series.to_vec(), *want);
        self.ask(call, move |root, call| history::curves(root, call, &series, &want)).await
    }

    async fn artifacts(&self, call: &Call, run: &RunId, folder: &str, cursor: Option<&str>) -> Result<Page<Artifact>> {
        let (run, folder, cursor) = (run.clone(), folder.to_owned(), cursor.map(ToOwned::to_owned));
        self.ask(call, move |root, _| run_files::list(&place_of(root, &run)?, &run, &folder, cursor.as_deref())).await
    }

    async fn read_artifact(&self, call: &Call, run: &RunId, path: &str, range: ByteRange) -> Result<ArtifactPart> {
        let (run, path, counted) = (run.clone(), path.to_owned(), call.clone());
        let part = self.ask(call, move |root, _| run_files::read(&place_of(root, &run)?, &run, &path, range)).await;
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
impl TrackerDatasets for Tree {
    async fn search(&self, call: &Call, query: &DatasetQuery) -> Result<Page<Dataset>> {
        super::datasets::search(self, call, query, Vec::new()).await
    }

    async fn get(&self, call: &Call, texts: &[String], _: bool) -> Result<Vec<FoundDataset>> {
        super::datasets::get(self, call, texts, &[]).await
    }
}

/// Runs on a thread that may wait.
async fn run(question: Box<dyn FnOnce() -> Result<()> + Send>) -> Result<()> {
    let answer = tokio::task::spawn_blocking(question).await;
    answer.unwrap_or_else(|error| Err(Error::bug(format!("reading the folder of runs broke off: {error}"))))
}

/// Where the run of this id keeps its files.
fn place_of(root: &Path, run: &RunId) -> Result<Place> {
    let all = experiments::all(root, &mut Skipped::default())?;
    let found = details::find(&all, run.as_str());
    files_of(found.ok_or_else(|| Error::not_found(format!("no run with id '{run}'")))?)
}

/// Where a run keeps its files: where it says, or in its own folder, should the tree have been moved since.
fn files_of(run: RunFolder<'_>) -> Result<Place> {
    let recorded = run.meta(&mut Skipped::default()).and_then(|meta| meta.filled("artifact_uri").map(str::to_owned));
    let recorded = recorded.unwrap_or_else(|| run.path().join("artifacts").display().to_string());
    let home = run.experiment.folder.parent().unwrap_or(Path::new(""));
    let experiment = run.experiment.project.id.as_str();
    let own = recorded.trim_end_matches('/').ends_with(&format!("/{experiment}/{}/artifacts", run.id));
    match place(&recorded, home, experiment, Owner::Run(&RunId::new(run.id)))? {
        // The folder in which the tree was made is gone, but the tree is here.
        Place::Nowhere { .. } if own => Ok(Place::Nowhere { lost: None }),
        place => Ok(place),
    }
}

#[cfg(test)]
mod tests;

//! MLflow's file store (`mlruns`), read without MLflow; nothing in it is ever changed.

mod artifacts;
mod details;
mod experiments;
mod files;
mod gaps;
mod history;
mod inputs;
mod meta;
mod metric_file;
mod page;
mod registry;
mod resolve;
mod runs;
mod scan;
mod search;
mod skipped;
mod text;

use std::path::{Path, PathBuf};
use std::time::Instant;

use async_trait::async_trait;
use jiff::Timestamp;
use url::Url;

use crate::model::{
    Artifact, ArtifactPart, ByteRange, CurveWant, Curves, Page, Parts, Project, ProjectId, ProjectOverview, Run, RunId,
    Series,
};
use crate::tracker::{FoundRuns, Located, Location, ProjectQuery, Referent, Resolution, RunQuery, Step, TrackerStatus};
use crate::{Call, Capabilities, Error, Result, Tracker, TrackerWriter};

use super::escaped::unescaped;
use skipped::Skipped;

/// What a tree can do.
pub const CAPABILITIES: Capabilities = Capabilities {
    projects: true,
    runs: true,
    artifacts: true,
    metric_extremes: false,
    run_types: false,
    configuration_objects: false,
};

/// A folder in which MLflow's file store keeps experiments (`mlruns`).
#[derive(Clone, Debug)]
pub struct Tree {
    name: String,
    kind: &'static str,
    root: PathBuf,
    me: Option<String>,
}

impl Tree {
    /// The tracker of this name and kind over a folder; `me` is who the user is for `user = me`. Nothing is read yet.
    pub fn new(name: impl Into<String>, kind: &'static str, root: impl Into<PathBuf>, me: Option<String>) -> Self {
        Self { name: name.into(), kind, root: root.into(), me }
    }

    /// Does something that waits for the disk where it holds nobody up.
    async fn ask<T: Send + 'static>(
        &self,
        call: &Call,
        question: impl FnOnce(&Path, &Call) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (root, call) = (self.root.clone(), call.clone());
        let answer = tokio::task::spawn_blocking(move || question(&root, &call)).await;
        answer.unwrap_or_else(|error| Err(Error::bug(format!("reading the folder of runs broke off: {error}"))))
    }
}

#[async_trait]
impl Tracker for Tree {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        self.kind
    }

    fn address(&self) -> String {
        self.root.display().to_string()
    }

    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn locate(&self, url: &Url) -> Option<Location> {
        let what = match url.scheme() {
            "runs" => {
                let id = url.path().trim_start_matches('/').split('/').next().filter(|id| !id.is_empty())?;
                Located::Run(RunId::new(id))
            }
            "models" => Located::Model(unescaped(url.as_str())),
            _ => return None,
        };
        Some(Location { what, same_host: true })
    }

    fn is_run_id(&self, text: &str) -> bool {
        text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }

    async fn probe(&self, call: &Call) -> Vec<Step> {
        let begun = Instant::now();
        let count = self.ask(call, |root, _| Ok(experiments::all(root, &mut Skipped::default())?.len())).await;
        let outcome = count.map(|count| format!("{count} experiments"));
        vec![Step { name: "folder", took: begun.elapsed(), outcome }]
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
        notes.extend(self.me.iter().map(|me| format!("user = me stands for '{me}'")));
        Ok(TrackerStatus {
            version: None,
            user: None,
            sign_in: "no sign-in".to_owned(),
            latency_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            notes,
        })
    }

    async fn resolve(&self, call: &Call, referent: Referent, text: &str) -> Result<Resolution> {
        let text = text.to_owned();
        self.ask(call, move |root, call| match referent {
            Referent::Run => resolve::run(root, call, &text),
            Referent::Project => resolve::project(root, &text),
        })
        .await
    }

    async fn projects(&self, call: &Call, query: &ProjectQuery) -> Result<Page<Project>> {
        let query = query.clone();
        self.ask(call, move |root, _| search::projects(root, &query)).await
    }

    async fn project(&self, call: &Call, id: &ProjectId, since: Option<Timestamp>) -> Result<ProjectOverview> {
        let id = id.clone();
        self.ask(call, move |root, call| details::overview(root, call, &id, since)).await
    }

    async fn search_runs(&self, call: &Call, query: &RunQuery) -> Result<Page<Run>> {
        let (query, me) = (query.clone(), self.me.clone());
        self.ask(call, move |root, call| search::runs(root, call, &query, me.as_deref())).await
    }

    async fn runs(&self, call: &Call, ids: &[RunId], parts: Parts) -> Result<FoundRuns> {
        let ids = ids.to_vec();
        self.ask(call, move |root, call| details::runs(root, call, &ids, parts)).await
    }

    async fn curves(&self, call: &Call, series: &[Series], want: &CurveWant) -> Result<Curves> {
        let (series, want) = (series.to_vec(), *want);
        self.ask(call, move |root, call| history::curves(root, call, &series, &want)).await
    }

    async fn artifacts(&self, call: &Call, run: &RunId, folder: &str, cursor: Option<&str>) -> Result<Page<Artifact>> {
        let (run, folder, cursor) = (run.clone(), folder.to_owned(), cursor.map(ToOwned::to_owned));
        self.ask(call, move |root, _| artifacts::list(&artifact_root(root, &run)?, &folder, cursor.as_deref())).await
    }

    async fn read_artifact(&self, call: &Call, run: &RunId, path: &str, range: ByteRange) -> Result<ArtifactPart> {
        let (run, path) = (run.clone(), path.to_owned());
        self.ask(call, move |root, _| artifacts::read(&artifact_root(root, &run)?, &run, &path, range)).await
    }

    fn writer(&self) -> Option<&dyn TrackerWriter> {
        None
    }
}

fn artifact_root(root: &Path, run: &RunId) -> Result<PathBuf> {
    let all = experiments::all(root, &mut Skipped::default())?;
    let found = details::find(&all, run.as_str());
    artifacts::root(found.ok_or_else(|| Error::not_found(format!("no run with id '{run}'")))?)
}

#[cfg(test)]
mod tests;

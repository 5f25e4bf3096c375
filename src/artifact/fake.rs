//! A tracker that has the files of one run in memory, some of them without end, and counts what is asked of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use backends::call::SystemClock;
use backends::model::{
    Artifact, ArtifactPart, ByteRange, CurveWant, Curves, Page, Parts, Project, ProjectId, ProjectOverview, ProjectRef,
    Run, RunDetails, RunId, Series, Status,
};
use backends::tracker::{FoundRuns, Location, ProjectQuery, Referent, Resolution, RunQuery, Step, TrackerStatus};
use backends::{Call, Capabilities, Error, Result, Tracker, TrackerWriter};
use bytes::Bytes;
use serde_json::{Map, Value};
use url::Url;

use super::File;
use crate::dispatch::{self, Reply};
use crate::policy::Policy;
use crate::references::RunRef;
use crate::trackers::{Configured, Trackers};

/// A byte of a file by its place.
type Made = fn(u64) -> u8;

#[derive(Clone)]
enum Held {
    Bytes(Bytes),
    Made(u64, Made),
}

impl Held {
    fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Made(size, _) => *size,
        }
    }
}

/// The tracker. Its runs are `run0`, `run1`, …; all of them have the same files unless one is put for a single run.
#[derive(Clone, Default)]
pub(crate) struct FakeTracker {
    files: Arc<Mutex<BTreeMap<String, Held>>>,
    own: Arc<Mutex<BTreeMap<(String, String), Held>>>,
    listed: Arc<AtomicU64>,
    read: Arc<AtomicU64>,
    sent: Arc<AtomicU64>,
}

impl FakeTracker {
    /// With these files.
    pub(crate) fn of(files: &[(&str, &[u8])]) -> Self {
        let fake = Self::default();
        files.iter().for_each(|(path, bytes)| fake.put(path, bytes));
        fake
    }

    pub(crate) fn put(&self, path: &str, bytes: &[u8]) {
        self.files.lock().unwrap().insert(path.to_owned(), Held::Bytes(Bytes::copy_from_slice(bytes)));
    }

    /// A file of which each byte is made when it is read.
    pub(crate) fn put_made(&self, path: &str, size: u64, made: Made) {
        self.files.lock().unwrap().insert(path.to_owned(), Held::Made(size, made));
    }

    /// A file that only one run has.
    pub(crate) fn put_for(&self, run: &str, path: &str, bytes: &[u8]) {
        let held = Held::Bytes(Bytes::copy_from_slice(bytes));
        self.own.lock().unwrap().insert((run.to_owned(), path.to_owned()), held);
    }

    pub(crate) fn remove(&self, path: &str) {
        self.files.lock().unwrap().remove(path);
    }

    /// Ranges that were read, and bytes of them.
    pub(crate) fn reads(&self) -> (u64, u64) {
        (self.read.load(Ordering::SeqCst), self.sent.load(Ordering::SeqCst))
    }

    /// Folders that were listed.
    pub(crate) fn listings(&self) -> u64 {
        self.listed.load(Ordering::SeqCst)
    }

    pub(crate) fn run(&self) -> RunRef {
        RunRef { tracker: Arc::new(self.clone()), id: RunId::new("run0") }
    }

    pub(crate) fn call() -> Call {
        Call::new("bob", Arc::new(SystemClock))
    }

    /// A file as it is listed now.
    pub(crate) fn file(&self, path: &str) -> File {
        let size = self.files.lock().unwrap().get(path).map(Held::size);
        File::new(self.run(), &Artifact::file(path, size), &Self::call())
    }

    /// Calls a tool that has only this tracker, as a client does.
    pub(crate) async fn tool(&self, name: &str, arguments: Value) -> Reply {
        let tracker: Arc<dyn Tracker> = Arc::new(self.clone());
        let configured = Configured {
            name: "lab".to_owned(),
            kind: "mlflow",
            settings: Vec::new(),
            warnings: Vec::new(),
            tracker: Ok(tracker),
            limits: crate::trackers::Limits::default(),
        };
        let trackers = Arc::new(Trackers::new(vec![configured]));
        let arguments: Map<String, Value> = arguments.as_object().unwrap().clone();
        dispatch::call(Policy::default(), trackers, Self::call(), name, arguments).await.unwrap()
    }

    fn held(&self, run: &RunId, path: &str) -> Option<Held> {
        let own = self.own.lock().unwrap().get(&(run.as_str().to_owned(), path.to_owned())).cloned();
        own.or_else(|| self.files.lock().unwrap().get(path).cloned())
    }
}

#[async_trait]
impl Tracker for FakeTracker {
    fn name(&self) -> &str {
        "lab"
    }

    fn kind(&self) -> &'static str {
        "fake"
    }

    fn address(&self) -> String {
        "http://lab".to_owned()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { runs: true, artifacts: true, ..Capabilities::default() }
    }

    fn locate(&self, _: &Url) -> Option<Location> {
        None
    }

    fn is_run_id(&self, text: &str) -> bool {
        text.starts_with("run")
    }

    async fn probe(&self, _: &Call) -> Vec<Step> {
        Vec::new()
    }

    async fn status(&self, _: &Call) -> Result<TrackerStatus> {
        Err(Error::unsupported("no status"))
    }

    async fn resolve(&self, _: &Call, _: Referent, _: &str) -> Result<Resolution> {
        Ok(Resolution::default())
    }

    async fn projects(&self, _: &Call, _: &ProjectQuery) -> Result<Page<Project>> {
        Ok(Page::whole(Vec::new()))
    }

    async fn project(&self, _: &Call, _: &ProjectId, _: Option<jiff::Timestamp>) -> Result<ProjectOverview> {
        Err(Error::unsupported("no projects"))
    }

    async fn search_runs(&self, _: &Call, _: &RunQuery) -> Result<Page<Run>> {
        Ok(Page::whole(Vec::new()))
    }

    async fn runs(&self, _: &Call, ids: &[RunId], _: Parts) -> Result<FoundRuns> {
        let details = |id: &RunId| RunDetails { run: run(id), artifacts: None, children: None, notes: Vec::new() };
        Ok(FoundRuns { found: ids.iter().map(details).collect(), missing: Vec::new() })
    }

    async fn curves(&self, _: &Call, _: &[Series], _: &CurveWant) -> Result<Curves> {
        Err(Error::unsupported("no curves"))
    }

    async fn artifacts(&self, _: &Call, run: &RunId, folder: &str, _: Option<&str>) -> Result<Page<Artifact>> {
        self.listed.fetch_add(1, Ordering::SeqCst);
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut entries = BTreeMap::new();
        let own = self.own.lock().unwrap();
        let own = own.iter().filter(|((of, _), _)| of == run.as_str()).map(|((_, path), held)| (path, held));
        for (path, held) in self.files.lock().unwrap().iter().chain(own) {
            let Some(rest) = path.strip_prefix(&prefix) else { continue };
            let entry = match rest.split_once('/') {
                Some((below, _)) => Artifact::folder(format!("{prefix}{below}")),
                None => Artifact::file(path.clone(), Some(held.size())),
            };
            entries.insert(entry.path.clone(), entry);
        }
        Ok(Page::whole(entries.into_values().collect()))
    }

    async fn read_artifact(&self, call: &Call, run: &RunId, path: &str, range: ByteRange) -> Result<ArtifactPart> {
        call.check()?;
        let held = self.held(run, path).ok_or_else(|| Error::not_found(format!("run {run} has no file '{path}'")))?;
        let size = held.size();
        let (from, to) = match range {
            ByteRange::From { offset, length } => (offset.min(size), offset.saturating_add(length).min(size)),
            ByteRange::Last(count) => (size.saturating_sub(count), size),
        };
        let bytes = match held {
            Held::Bytes(bytes) => bytes.slice(from as usize..to as usize),
            Held::Made(_, made) => (from..to).map(made).collect(),
        };
        self.read.fetch_add(1, Ordering::SeqCst);
        self.sent.fetch_add(to - from, Ordering::SeqCst);
        Ok(ArtifactPart { bytes, offset: from, size: Some(size), content_type: None, whole_only: false })
    }

    fn writer(&self) -> Option<&dyn TrackerWriter> {
        None
    }
}

fn run(id: &RunId) -> Run {
    Run {
        name: format!("name of {id}"),
        status: Some(Status::Finished),
        web_url: Some(format!("http://lab/runs/{id}")),
        ..Run::new(id.clone(), ProjectRef { id: ProjectId::new("1"), name: "bench".to_owned() })
    }
}

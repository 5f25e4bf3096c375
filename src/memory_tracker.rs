//! A tracker that keeps everything in memory, for tests: it answers exactly, page by page, and counts.

mod asking;
mod console;
mod datasets;
mod files;
mod names;
mod pages;
mod statistics;
mod work;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use backends::call::SystemClock;
use backends::model::{
    Artifact, ArtifactPart, ByteRange, Console, ConsoleRange, CurveWant, Curves, DatasetDetails, Job, Message, Metric,
    Outline, Page, Parts, Project, ProjectId, ProjectOverview, ProjectRef, Queues, Run, RunDetails, RunId, Series,
    Status,
};
use backends::same_key::Kind;
use backends::tracker::{
    Candidate, FoundRuns, Location, Match, NamesInUse, ProjectQuery, ProjectScope, Referent, Resolution, RunQuery,
    Step, TrackerStatus,
};
use backends::{
    Call, Capabilities, Error, Result, Tracker, TrackerDatasets, TrackerJobs, TrackerModels, TrackerQueues,
    TrackerTraces, TrackerWriter,
};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Barrier;
use url::Url;

use crate::artifact::File;
use crate::dispatch::Reply;
use crate::references::RunRef;
use crate::trackers::{Configured, Trackers};
pub(crate) use asking::{answer, ask, notes, refusal, rows};
use files::{Files, Made};
pub(crate) use work::Stage;

/// A run that finished, with params and last values of metrics.
pub(crate) fn run(id: &str, params: &[(&str, &str)], metrics: &[(&str, f64)]) -> Run {
    let metric = |(name, value): &(&str, f64)| ((*name).to_owned(), Metric::last(*value, Some(10)));
    Run {
        name: format!("run-{id}"),
        status: Some(Status::Finished),
        user: Some("ada".to_owned()),
        started: Some(Timestamp::UNIX_EPOCH),
        ended: Some(Timestamp::UNIX_EPOCH),
        params: params.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        metrics: metrics.iter().map(metric).collect(),
        ..Run::new(RunId::new(id), ProjectRef { id: ProjectId::new("1"), name: "bench".to_owned() })
    }
}

/// An id of no run.
pub(crate) const GONE: &str = "run-gone";

/// The tracker `lab`. Clones have the same files and counters.
#[derive(Clone, Default)]
pub(crate) struct MemoryTracker {
    name: &'static str,
    runs: Vec<Run>,
    /// Step and value of every point, by run and metric.
    histories: BTreeMap<(String, String), Vec<(i64, f64)>>,
    files: Arc<Files>,
    /// Names have two parts, and are all known; else those of its newest run are.
    titled: bool,
    /// What lies at the top of the tree of a run, where that is more than its files.
    artifacts: BTreeMap<String, Vec<Artifact>>,
    /// What runs consist of, by run.
    outlines: BTreeMap<String, Outline>,
    /// What runs wrote to their consoles, by run; without any, it keeps none.
    consoles: Arc<Mutex<BTreeMap<String, Vec<Message>>>>,
    datasets: Vec<DatasetDetails>,
    /// The most rows that a page has, whatever is asked for.
    page: usize,
    /// How many pages of runs can be read before it fails.
    patience: usize,
    /// Questions for pages of runs.
    pub(crate) searches: Arc<AtomicUsize>,
    /// Questions for names.
    pub(crate) namings: Arc<AtomicUsize>,
    /// Questions for runs by their ids.
    pub(crate) lookups: Arc<AtomicUsize>,
    /// Questions for histories.
    pub(crate) readings: Arc<AtomicUsize>,
    /// What questions for runs by their ids find, one after the other.
    stages: Vec<Stage>,
    queued: Option<Queues>,
    launched: Vec<Job>,
    /// Where a question for runs and one for histories wait for each other.
    together: Option<Arc<Barrier>>,
}

impl MemoryTracker {
    pub(crate) fn of(runs: Vec<Run>) -> Self {
        Self { name: "lab", runs, page: usize::MAX, patience: usize::MAX, ..Self::default() }
    }

    /// Runs `run0` to `run29`, all of which have these files.
    pub(crate) fn with_files(files: &[(&str, &[u8])]) -> Self {
        let with_page = |number| {
            let id = format!("run{number}");
            Run { web_url: Some(format!("http://lab/runs/{id}")), ..run(&id, &[], &[]) }
        };
        let tracker = Self::of((0..30).map(with_page).collect());
        files.iter().for_each(|(path, bytes)| tracker.put(path, bytes));
        tracker
    }

    pub(crate) fn called(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    pub(crate) fn with_pages_of(mut self, rows: usize) -> Self {
        self.page = rows;
        self
    }

    /// After so many pages, each further one fails.
    pub(crate) fn failing_after(mut self, pages: usize) -> Self {
        self.patience = pages;
        self
    }

    /// Neither runs nor histories come before both were asked for.
    pub(crate) fn answering_only_both_at_once(mut self) -> Self {
        self.together = Some(Arc::new(Barrier::new(2)));
        self
    }

    pub(crate) fn with_history(mut self, run: &str, metric: &str, points: &[(i64, f64)]) -> Self {
        self.histories.insert((run.to_owned(), metric.to_owned()), points.to_vec());
        self
    }

    /// One whose metrics have titles and whose params have sections, and that has a list of them.
    pub(crate) fn titled(mut self) -> Self {
        self.titled = true;
        self
    }

    pub(crate) fn with_artifacts(mut self, run: &str, artifacts: Vec<Artifact>) -> Self {
        self.artifacts.insert(run.to_owned(), artifacts);
        self
    }

    pub(crate) fn with_outline(mut self, run: &str, outline: Outline) -> Self {
        self.outlines.insert(run.to_owned(), outline);
        self
    }

    pub(crate) fn with_file(self, run: &str, path: &str, content: &str) -> Self {
        self.put_for(run, path, content.as_bytes());
        self
    }

    /// A file that every run has.
    pub(crate) fn put(&self, path: &str, bytes: &[u8]) {
        self.files.put(None, path, bytes);
    }

    /// What is said of the bytes of a file.
    pub(crate) fn says(&self, path: &str, note: &str) {
        self.files.says(path, note);
    }

    /// A file that only one run has.
    pub(crate) fn put_for(&self, run: &str, path: &str, bytes: &[u8]) {
        self.files.put(Some(run), path, bytes);
    }

    /// A file of which each byte is made when it is read.
    pub(crate) fn put_made(&self, path: &str, size: u64, made: Made) {
        self.files.put_made(path, size, made);
    }

    /// The run `run0`.
    pub(crate) fn run(&self) -> RunRef {
        RunRef { tracker: Arc::new(self.clone()), id: RunId::new("run0") }
    }

    /// A file of it as it is listed now.
    pub(crate) fn file(&self, path: &str) -> File {
        let listed = Artifact::file(path, self.files.size(path));
        File::new(self.run(), &listed, &call())
    }

    /// Calls a tool that has only this tracker, as a client does.
    pub(crate) async fn tool(&self, name: &str, arguments: Value) -> Reply {
        ask(vec![Arc::new(self.clone())], name, arguments).await
    }
}

pub(crate) fn call() -> Call {
    Call::new("bob", Arc::new(SystemClock))
}

/// These trackers, as if they were configured.
pub(crate) fn trackers(trackers: Vec<Arc<MemoryTracker>>) -> Trackers {
    let configured = |tracker: Arc<MemoryTracker>| Configured {
        name: tracker.name.to_owned(),
        kind: tracker.kind(),
        settings: Vec::new(),
        warnings: Vec::new(),
        tracker: Ok(tracker),
        limits: crate::trackers::Limits::default(),
    };
    Trackers::new(trackers.into_iter().map(configured).collect())
}

fn is_in(projects: &ProjectScope, run: &Run) -> bool {
    match projects {
        ProjectScope::All => true,
        ProjectScope::Only(ids) => ids.contains(&run.project.id),
    }
}

#[async_trait]
impl Tracker for MemoryTracker {
    fn name(&self) -> &str {
        self.name
    }

    fn kind(&self) -> &'static str {
        if self.queued.is_some() { "clearml" } else { "mlflow" }
    }

    fn address(&self) -> String {
        format!("http://{}", self.name)
    }

    fn capabilities(&self) -> Capabilities {
        let consoles = !self.consoles.lock().unwrap().is_empty();
        Capabilities {
            projects: true,
            runs: true,
            artifacts: true,
            consoles,
            datasets: !self.datasets.is_empty(),
            queues: self.queued.is_some(),
            ..Capabilities::default()
        }
    }

    fn locate(&self, url: &Url) -> Option<Location> {
        pages::located(url)
    }

    fn is_run_id(&self, text: &str) -> bool {
        text == GONE || self.runs.iter().any(|run| run.id.as_str() == text)
    }

    fn may_be_called(&self, _: Kind, name: &str) -> bool {
        !self.titled || name.contains('/')
    }

    async fn probe(&self, _: &Call) -> Vec<Step> {
        Vec::new()
    }

    async fn status(&self, _: &Call) -> Result<TrackerStatus> {
        Err(Error::unsupported("not needed here"))
    }

    async fn resolve(&self, _: &Call, referent: Referent, text: &str) -> Result<Resolution> {
        let candidate = |id: &str, name: &str, matched| Candidate {
            id: id.to_owned(),
            name: name.to_owned(),
            project: None,
            started: None,
            matched,
        };
        if referent == Referent::Project {
            let candidates = (text == "bench").then(|| candidate("1", "bench", Match::Name)).into_iter().collect();
            return Ok(Resolution { candidates, ..Resolution::default() });
        }
        let named = self.runs.iter().filter(|run| run.name == text || run.tag("model") == Some(text));
        let matched = |run: &Run| if run.name == text { Match::Name } else { Match::Model };
        let candidates = named.map(|run| candidate(run.id.as_str(), &run.name, matched(run))).collect();
        Ok(Resolution { candidates, ..Resolution::default() })
    }

    async fn projects(&self, _: &Call, _: &ProjectQuery) -> Result<Page<Project>> {
        Ok(Page::whole(Vec::new()))
    }

    async fn project(&self, _: &Call, _: &ProjectId, _: Option<Timestamp>) -> Result<ProjectOverview> {
        Err(Error::unsupported("not needed here"))
    }

    async fn names(&self, _: &Call, kind: Kind, projects: &ProjectScope) -> Result<NamesInUse> {
        self.namings.fetch_add(1, Ordering::Relaxed);
        let mut runs: Vec<Run> = self.runs.iter().filter(|run| is_in(projects, run)).cloned().collect();
        runs.truncate(if self.titled { usize::MAX } else { 1 });
        let found = names::of(kind, &runs);
        Ok(NamesInUse { seen_in: (!self.titled).then(|| Arc::new(Page::whole(runs))), ..found })
    }

    async fn search_runs(&self, call: &Call, query: &RunQuery) -> Result<Page<Run>> {
        if self.searches.fetch_add(1, Ordering::Relaxed) >= self.patience {
            return Err(Error::unavailable("the server went away"));
        }
        let fits = |run: &Run| query.filter.as_ref().is_none_or(|filter| filter.matches(run, call.now()));
        let mut rows: Vec<Run> =
            self.runs.iter().filter(|run| is_in(&query.projects, run) && fits(run)).cloned().collect();
        rows.sort_by(|a, b| query.order.compare(a, b, call.now()));
        let from: usize = query.cursor.as_deref().map_or(0, |cursor| cursor.parse().unwrap());
        let end = from + query.limit.min(self.page);
        let next = (end < rows.len()).then(|| end.to_string());
        let rows: Vec<Run> = rows.into_iter().skip(from).take(end - from).collect();
        Ok(Page { scanned: rows.len() as u64, rows, next, total: None, notes: Vec::new(), near: Vec::new() })
    }

    async fn runs(&self, _: &Call, ids: &[RunId], _: Parts) -> Result<FoundRuns> {
        let runs = self.at_look(self.lookups.fetch_add(1, Ordering::Relaxed))?;
        if let Some(together) = &self.together {
            together.wait().await;
        }
        let mut answer = FoundRuns::default();
        for id in ids {
            match runs.iter().find(|run| run.id == *id) {
                Some(run) => answer.found.push(RunDetails {
                    run: run.clone(),
                    artifacts: self.artifacts.get(id.as_str()).cloned(),
                    children: None,
                    outline: self.outlines.get(id.as_str()).cloned(),
                    notes: vec!["no packages are kept".to_owned()],
                }),
                None => answer.missing.push(id.clone()),
            }
        }
        Ok(answer)
    }

    async fn curves(&self, _: &Call, series: &[Series], want: &CurveWant) -> Result<Curves> {
        self.readings.fetch_add(1, Ordering::Relaxed);
        if let Some(together) = &self.together {
            together.wait().await;
        }
        let mut answer = Curves::default();
        for one in series {
            let Some(points) = self.histories.get(&(one.run.to_string(), one.metric.clone())) else { continue };
            answer.curves.push(statistics::curve(one, points, want));
        }
        Ok(answer)
    }

    async fn artifacts(&self, _: &Call, run: &RunId, folder: &str, _: Option<&str>) -> Result<Page<Artifact>> {
        let top = self.artifacts.get(run.as_str()).filter(|_| folder.is_empty());
        let rows = top.into_iter().flatten().cloned().chain(self.files.list(run, folder));
        Ok(Page::whole(rows.collect()))
    }

    async fn read_artifact(&self, call: &Call, run: &RunId, path: &str, range: ByteRange) -> Result<ArtifactPart> {
        call.check()?;
        if !self.runs.iter().any(|known| known.id == *run) {
            return Err(Error::not_found(format!("no run {run}")));
        }
        self.files.read(run, path, range)
    }

    async fn console(&self, call: &Call, run: &RunId, range: ConsoleRange, most: usize) -> Result<Console> {
        call.check()?;
        self.end_of_console(run, range, most)
    }

    fn datasets(&self) -> Option<&dyn TrackerDatasets> {
        (!self.datasets.is_empty()).then_some(self as &dyn TrackerDatasets)
    }

    fn models(&self) -> Option<&dyn TrackerModels> {
        None
    }

    fn queues(&self) -> Option<&dyn TrackerQueues> {
        self.queued.is_some().then_some(self as &dyn TrackerQueues)
    }

    fn jobs(&self) -> Option<&dyn TrackerJobs> {
        (!self.launched.is_empty()).then_some(self as &dyn TrackerJobs)
    }

    fn traces(&self) -> Option<&dyn TrackerTraces> {
        None
    }

    fn writer(&self) -> Option<&dyn TrackerWriter> {
        None
    }
}

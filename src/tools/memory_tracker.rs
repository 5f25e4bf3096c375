//! A tracker that keeps everything in memory, for tests of tools: it answers exactly, page by page, and counts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use backends::call::SystemClock;
use backends::model::{
    Artifact, ArtifactPart, ByteRange, Curve, CurveSource, CurveStatistics, CurveWant, Curves, Metric, Page, Parts,
    Point, Project, ProjectId, ProjectOverview, ProjectRef, Run, RunDetails, RunId, Series, Status,
};
use backends::tracker::{
    Candidate, FoundRuns, Location, Match, ProjectQuery, ProjectScope, Referent, Resolution, RunQuery, Step,
    TrackerStatus,
};
use backends::{Call, Capabilities, Error, Result, Tracker, TrackerWriter};
use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use crate::dispatch::{self, Reply};
use crate::policy::Policy;
use crate::trackers::{Configured, Trackers};

/// A run that finished, with params and last values of metrics.
pub(super) fn run(id: &str, params: &[(&str, &str)], metrics: &[(&str, f64)]) -> Run {
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

/// The tracker `lab`.
#[derive(Default)]
pub(super) struct MemoryTracker {
    name: &'static str,
    runs: Vec<Run>,
    /// Step and value of every point, by run and metric.
    histories: BTreeMap<(String, String), Vec<(i64, f64)>>,
    /// Contents by run and path.
    files: BTreeMap<(String, String), Vec<u8>>,
    /// The most rows that a page has, whatever is asked for.
    page: usize,
    /// How many pages of runs can be read before it fails.
    patience: usize,
    /// Questions for pages of runs.
    pub(super) searches: AtomicUsize,
}

impl MemoryTracker {
    pub(super) fn of(runs: Vec<Run>) -> Self {
        Self { name: "lab", runs, page: usize::MAX, patience: usize::MAX, ..Self::default() }
    }

    pub(super) fn called(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    pub(super) fn with_pages_of(mut self, rows: usize) -> Self {
        self.page = rows;
        self
    }

    /// After so many pages, each further one fails.
    pub(super) fn failing_after(mut self, pages: usize) -> Self {
        self.patience = pages;
        self
    }

    pub(super) fn with_history(mut self, run: &str, metric: &str, points: &[(i64, f64)]) -> Self {
        self.histories.insert((run.to_owned(), metric.to_owned()), points.to_vec());
        self
    }

    pub(super) fn with_file(mut self, run: &str, path: &str, content: &str) -> Self {
        self.files.insert((run.to_owned(), path.to_owned()), content.as_bytes().to_vec());
        self
    }
}

/// Calls a tool as a client does.
pub(super) async fn ask(trackers: Vec<Arc<MemoryTracker>>, tool: &str, arguments: Value) -> Reply {
    let configured = |tracker: Arc<MemoryTracker>| Configured {
        name: tracker.name.to_owned(),
        kind: "mlflow",
        settings: Vec::new(),
        warnings: Vec::new(),
        tracker: Ok(tracker),
        limits: crate::trackers::Limits::default(),
    };
    let trackers = Trackers::new(trackers.into_iter().map(configured).collect());
    let call = Call::new("test", Arc::new(SystemClock));
    let arguments: Map<String, Value> = arguments.as_object().cloned().unwrap_or_default();
    dispatch::call(Policy::default(), Arc::new(trackers), call, tool, arguments).await.unwrap()
}

/// The structured answer of a call that must end well.
pub(super) async fn answer(tracker: MemoryTracker, tool: &str, arguments: Value) -> Value {
    let reply = ask(vec![Arc::new(tracker)], tool, arguments).await;
    assert!(!reply.is_error, "{}", reply.text);
    reply.structured.unwrap()
}

/// What was said to a call that must be refused.
pub(super) async fn refusal(tracker: MemoryTracker, tool: &str, arguments: Value) -> String {
    let reply = ask(vec![Arc::new(tracker)], tool, arguments).await;
    assert!(reply.is_error, "{}", reply.text);
    reply.text
}

/// The rows of a table, each as an object.
pub(super) fn rows(answer: &Value, table: &str) -> Vec<Map<String, Value>> {
    let columns: Vec<String> = serde_json::from_value(answer[table]["columns"].clone()).unwrap_or_default();
    let rows: Vec<Vec<Value>> = serde_json::from_value(answer[table]["rows"].clone()).unwrap_or_default();
    rows.into_iter().map(|row| columns.iter().cloned().zip(row).collect()).collect()
}

/// All notes of an answer.
pub(super) fn notes(answer: &Value) -> String {
    serde_json::from_value::<Vec<String>>(answer["notes"].clone()).unwrap_or_default().join("\n")
}

fn statistics(points: &[(i64, f64)]) -> CurveStatistics {
    let point = |(step, value): &(i64, f64)| Point { step: *step, time: Timestamp::UNIX_EPOCH, value: *value };
    let finite = || points.iter().filter(|(_, value)| value.is_finite());
    CurveStatistics {
        count: points.len() as u64,
        first: points.first().map(point),
        last: points.iter().max_by_key(|(step, _)| *step).map(point),
        min: finite().min_by(|a, b| a.1.total_cmp(&b.1)).map(point),
        // The first of equal ones, as the trait says.
        max: finite().rev().max_by(|a, b| a.1.total_cmp(&b.1)).map(point),
        nan: points.iter().filter(|(_, value)| value.is_nan()).count() as u64,
        ..CurveStatistics::default()
    }
}

#[async_trait]
impl Tracker for MemoryTracker {
    fn name(&self) -> &str {
        self.name
    }

    fn kind(&self) -> &'static str {
        "mlflow"
    }

    fn address(&self) -> String {
        String::new()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { projects: true, runs: true, ..Capabilities::default() }
    }

    fn locate(&self, _: &Url) -> Option<Location> {
        None
    }

    fn is_run_id(&self, text: &str) -> bool {
        self.runs.iter().any(|run| run.id.as_str() == text)
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

    async fn search_runs(&self, call: &Call, query: &RunQuery) -> Result<Page<Run>> {
        if self.searches.fetch_add(1, Ordering::Relaxed) >= self.patience {
            return Err(Error::unavailable("the server went away"));
        }
        let in_scope = |run: &Run| match &query.projects {
            ProjectScope::All => true,
            ProjectScope::Only(ids) => ids.contains(&run.project.id),
        };
        let fits = |run: &Run| query.filter.as_ref().is_none_or(|filter| filter.matches(run, call.now()));
        let mut rows: Vec<Run> = self.runs.iter().filter(|run| in_scope(run) && fits(run)).cloned().collect();
        rows.sort_by(|a, b| query.order.compare(a, b, call.now()));
        let from: usize = query.cursor.as_deref().map_or(0, |cursor| cursor.parse().unwrap());
        let end = from + query.limit.min(self.page);
        let next = (end < rows.len()).then(|| end.to_string());
        let rows: Vec<Run> = rows.into_iter().skip(from).take(end - from).collect();
        Ok(Page { scanned: rows.len() as u64, rows, next, total: None, notes: Vec::new() })
    }

    async fn runs(&self, _: &Call, ids: &[RunId], _: Parts) -> Result<FoundRuns> {
        let mut answer = FoundRuns::default();
        for id in ids {
            match self.runs.iter().find(|run| run.id == *id) {
                Some(run) => answer.found.push(RunDetails {
                    run: run.clone(),
                    artifacts: None,
                    children: None,
                    notes: vec!["no packages are kept".to_owned()],
                }),
                None => answer.missing.push(id.clone()),
            }
        }
        Ok(answer)
    }

    #[allow(clippy::cast_precision_loss)] // Steps of tests are small.
    async fn curves(&self, _: &Call, series: &[Series], want: &CurveWant) -> Result<Curves> {
        let mut answer = Curves::default();
        for one in series {
            let Some(points) = self.histories.get(&(one.run.to_string(), one.metric.clone())) else { continue };
            let inside = |(step, _): &&(i64, f64)| {
                let step = *step as f64;
                want.from.is_none_or(|from| step >= from) && want.to.is_none_or(|to| step <= to)
            };
            let points: Vec<(i64, f64)> = points.iter().filter(inside).copied().collect();
            answer.curves.push(Curve {
                run: one.run.clone(),
                metric: one.metric.clone(),
                statistics: statistics(&points),
                samples: Vec::new(),
                source: CurveSource::Exact,
            });
        }
        Ok(answer)
    }

    async fn artifacts(&self, _: &Call, run: &RunId, folder: &str, _: Option<&str>) -> Result<Page<Artifact>> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut rows: Vec<Artifact> = Vec::new();
        for (_, path) in self.files.keys().filter(|(id, path)| id == run.as_str() && path.starts_with(&prefix)) {
            let below = path.strip_prefix(&prefix).unwrap_or(path);
            let (name, is_folder) = below.split_once('/').map_or((below, false), |(folder, _)| (folder, true));
            let path = format!("{prefix}{name}");
            let artifact = if is_folder { Artifact::folder(path) } else { Artifact::file(path, None) };
            if !rows.contains(&artifact) {
                rows.push(artifact);
            }
        }
        Ok(Page::whole(rows))
    }

    async fn read_artifact(&self, _: &Call, run: &RunId, path: &str, _: ByteRange) -> Result<ArtifactPart> {
        let found = self.files.get(&(run.to_string(), path.to_owned()));
        let bytes = found.ok_or_else(|| Error::not_found(format!("no file '{path}'")))?;
        Ok(ArtifactPart {
            bytes: bytes.clone().into(),
            offset: 0,
            size: Some(bytes.len() as u64),
            content_type: None,
            whole_only: false,
        })
    }

    fn writer(&self) -> Option<&dyn TrackerWriter> {
        None
    }
}

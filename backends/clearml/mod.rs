//! ClearML servers over REST (API 2.13 and newer, recorded on server 2.0.0).

mod api;
mod api_console;
mod api_datasets;
mod api_media;
mod api_models;
mod api_projects;
mod api_queues;
mod api_tasks;
mod api_users;
mod artifacts;
mod auth;
mod config;
mod console;
mod cursor;
mod dataset_details;
mod dataset_files;
mod dataset_names;
mod datasets;
mod debug_samples;
mod error;
mod files;
mod filter;
mod hidden;
mod history;
mod merge;
mod models;
mod outline;
mod overview;
mod paths;
mod pattern;
mod plots;
mod preview;
mod project_names;
mod projects;
mod queues;
mod report_text;
mod resolve;
mod runs;
mod search;
mod series;
mod stages;
mod stream;
mod text;
mod tree;
mod users;
mod version;
mod web;
mod wire;
mod wire_auth;
mod wire_code;
mod wire_condition;
mod wire_console;
mod wire_dataset_files;
mod wire_dataset_metadata;
mod wire_datasets;
mod wire_events;
mod wire_filter;
mod wire_media;
mod wire_metrics;
mod wire_models;
mod wire_names;
mod wire_outline;
mod wire_projects;
mod wire_queues;
mod wire_registry;
mod wire_values;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

use crate::model::{
    Artifact, ArtifactPart, ByteRange, Console, ConsoleRange, CurveWant, Curves, Page, Parts, Project, ProjectId,
    ProjectOverview, Run, RunId, Series,
};
use crate::registry::{self, Discovered, Kind};
use crate::same_key;
use crate::settings::Environment;
use crate::tracker::{
    FoundRuns, Location, NamesInUse, ProjectQuery, ProjectScope, Referent, Resolution, RunQuery, Step, TrackerStatus,
};
use crate::{
    Call, Capabilities, Result, Tracker, TrackerDatasets, TrackerJobs, TrackerModels, TrackerQueues, TrackerTraces,
    TrackerWriter,
};

use api::Api;
use artifacts::Artifacts;
use config::Config;
use files::Files;
use project_names::ProjectNames;
use search::Search;
use series::{Lookup, SeriesNames};
use users::UserNames;

/// What ClearML can do.
const CAPABILITIES: Capabilities = Capabilities {
    projects: true,
    runs: true,
    artifacts: true,
    metric_extremes: true,
    run_types: true,
    configuration_objects: true,
    consoles: true,
    datasets: true,
    models: true,
    queues: true,
    traces: false,
};

/// The kind `clearml`.
pub const KIND: Kind = Kind {
    name: "clearml",
    title: "ClearML",
    last_value: "of the last report",
    step: "the iteration",
    how_to_configure: "have a ~/clearml.conf (clearml-init makes one), or set CLEARML_API_HOST, CLEARML_API_ACCESS_KEY and CLEARML_API_SECRET_KEY",
    capabilities: CAPABILITIES,
    schemes: &[],
    keys: config::KEYS,
    discover,
    of_section,
};

/// Finds the server that ClearML's own client would use.
fn discover(environment: &Environment) -> Option<Discovered> {
    config::find(environment).map(|found| discovered(environment, found))
}

/// Makes the tracker that a section names.
fn of_section(environment: &Environment) -> Discovered {
    match config::find(environment) {
        Some(found) => discovered(environment, found),
        None => registry::lacks_address(environment, KIND.name),
    }
}

fn discovered(environment: &Environment, found: config::Found) -> Discovered {
    let name = environment.tracker().unwrap_or(KIND.name).to_owned();
    let tracker = found.config.map(|config| Arc::new(ClearMl::new(name.clone(), config)) as Arc<dyn Tracker>);
    Discovered { name, kind: KIND.name, settings: found.settings, warnings: found.warnings, tracker }
}

/// A ClearML server.
struct ClearMl {
    name: String,
    config: Config,
    api: Api,
    projects: ProjectNames,
    users: UserNames,
    series: SeriesNames,
    artifacts: Artifacts,
}

impl ClearMl {
    fn new(name: String, config: Config) -> Self {
        let api = Api::new(&name, &config);
        let artifacts = Artifacts::new(Files::new(&name, &config, api.authorize()));
        Self {
            name,
            api,
            artifacts,
            projects: ProjectNames::default(),
            users: UserNames::default(),
            series: SeriesNames::default(),
            config,
        }
    }
}

#[async_trait]
impl Tracker for ClearMl {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn address(&self) -> String {
        self.config.api.to_string()
    }

    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn locate(&self, url: &Url) -> Option<Location> {
        web::locate(self.config.web.expose(), url)
    }

    fn is_run_id(&self, text: &str) -> bool {
        web::is_id(text)
    }

    /// Title and series, or section and name, have a slash between them.
    fn may_be_called(&self, _: same_key::Kind, name: &str) -> bool {
        name.contains('/')
    }

    async fn probe(&self, call: &Call) -> Vec<Step> {
        self.api.probe(call).await
    }

    async fn status(&self, call: &Call) -> Result<TrackerStatus> {
        let claims = self.api.claims(call).await?;
        let asked = Instant::now();
        let user = self.api.current_user(call).await?;
        Ok(TrackerStatus {
            version: claims.server_version().map(ToOwned::to_owned),
            user: user.name.or_else(|| claims.user_name().map(ToOwned::to_owned)),
            sign_in: self.config.sign_in.words().to_owned(),
            latency_ms: u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX),
            notes: Vec::new(),
        })
    }

    async fn resolve(&self, call: &Call, referent: Referent, text: &str) -> Result<Resolution> {
        match referent {
            Referent::Run => resolve::run(&self.api, &self.projects, call, text).await,
            Referent::Project => resolve::project(&self.api, &self.projects, call, text).await,
        }
    }

    async fn projects(&self, call: &Call, query: &ProjectQuery) -> Result<Page<Project>> {
        projects::page(&self.api, call, query).await
    }

    async fn project(&self, call: &Call, id: &ProjectId, since: Option<Timestamp>) -> Result<ProjectOverview> {
        overview::of(&self.api, call, id, since).await
    }

    async fn names(&self, call: &Call, kind: same_key::Kind, projects: &ProjectScope) -> Result<NamesInUse> {
        Lookup { api: &self.api, call, names: &self.series, scope: projects }.in_use(kind).await
    }

    async fn search_runs(&self, call: &Call, query: &RunQuery) -> Result<Page<Run>> {
        let Self { api, projects, users, series, .. } = self;
        Search { api, call, projects, users, series }.page(query).await
    }

    async fn runs(&self, call: &Call, ids: &[RunId], parts: Parts) -> Result<FoundRuns> {
        runs::by_id(&self.api, call, ids, parts).await
    }

    async fn curves(&self, call: &Call, series: &[Series], want: &CurveWant) -> Result<Curves> {
        history::curves(&self.api, call, series, want).await
    }

    async fn artifacts(&self, call: &Call, run: &RunId, folder: &str, _: Option<&str>) -> Result<Page<Artifact>> {
        self.artifacts.list(&self.api, call, run, folder).await
    }

    async fn read_artifact(&self, call: &Call, run: &RunId, path: &str, range: ByteRange) -> Result<ArtifactPart> {
        self.artifacts.read(&self.api, call, run, path, range).await
    }

    async fn console(&self, call: &Call, run: &RunId, range: ConsoleRange, most: usize) -> Result<Console> {
        console::read(&self.api, call, run, range, most).await
    }

    fn datasets(&self) -> Option<&dyn TrackerDatasets> {
        Some(self)
    }

    fn models(&self) -> Option<&dyn TrackerModels> {
        Some(self)
    }

    fn queues(&self) -> Option<&dyn TrackerQueues> {
        Some(self)
    }

    fn jobs(&self) -> Option<&dyn TrackerJobs> {
        None
    }

    fn traces(&self) -> Option<&dyn TrackerTraces> {
        None
    }

    fn writer(&self) -> Option<&dyn TrackerWriter> {
        None
    }
}

#[cfg(test)]
mod tests;

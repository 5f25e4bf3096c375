//! MLflow tracking servers over REST, 2.15 and newer, and Databricks, which speaks the same.

mod api;
mod api_datasets;
mod api_registry;
mod api_traces;
mod artifacts;
mod config;
mod cursor;
mod datasets;
mod error;
mod experiments;
mod filter;
mod history;
mod jobs;
mod models;
mod overview;
mod projects;
mod resolve;
mod runs;
mod search;
mod stream;
mod text;
mod trace_filter;
mod traces;
mod wire;
mod wire_datasets;
mod wire_history;
mod wire_jobs;
mod wire_numbers;
mod wire_registry;
mod wire_traces;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

use crate::http::{Client, ClientSettings, TlsSettings};
use crate::mlflow_model::names_in_use::NewestRuns;
use crate::mlflow_model::{LAST_VALUE, STEP, gaps, no_console, text::is_run_id, web};
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
    Call, Capabilities, Error, Result, Tracker, TrackerDatasets, TrackerJobs, TrackerModels, TrackerQueues,
    TrackerTraces, TrackerWriter,
};

use api::{Api, View};
use artifacts::Artifacts;
use config::{Config, SignIn};
use experiments::Experiments;
use search::Search;

/// What MLflow can do.
const CAPABILITIES: Capabilities = Capabilities {
    projects: true,
    runs: true,
    artifacts: true,
    metric_extremes: false,
    run_types: false,
    configuration_objects: false,
    consoles: false,
    datasets: true,
    models: true,
    queues: false,
    traces: true,
};

/// What Databricks can do: it documents no question about datasets.
const DATABRICKS_CAPABILITIES: Capabilities = Capabilities { datasets: false, ..CAPABILITIES };

/// The kind `mlflow`.
pub const KIND: Kind = Kind {
    name: "mlflow",
    title: "MLflow",
    last_value: LAST_VALUE,
    step: STEP,
    how_to_configure: "set MLFLOW_TRACKING_URI to the address of an MLflow server, such as http://127.0.0.1:5000 (and MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, if it asks for a sign-in)",
    capabilities: CAPABILITIES,
    schemes: &["runs", "models"],
    keys: config::KEYS,
    discover,
    of_section,
};

/// The kind `databricks`. Where `MLFLOW_TRACKING_URI` names it, the kind `mlflow` finds it.
pub const DATABRICKS: Kind = Kind {
    name: config::DATABRICKS,
    title: "Databricks",
    last_value: LAST_VALUE,
    step: STEP,
    how_to_configure: "set MLFLOW_TRACKING_URI to databricks, and DATABRICKS_HOST with DATABRICKS_TOKEN",
    capabilities: DATABRICKS_CAPABILITIES,
    schemes: &[],
    keys: config::DATABRICKS_KEYS,
    discover: discover_databricks,
    of_section: databricks_of_section,
};

/// Finds the server that MLflow's own client would use; a store on this machine is of another kind.
fn discover(environment: &Environment) -> Option<Discovered> {
    if config::names_local_store(environment) { None } else { config::find(environment).map(discovered) }
}

/// Finds the workspace that Databricks' own clients would use, beside what `MLFLOW_TRACKING_URI` names. One whose token is
/// not set is left alone: whoever signs in otherwise never meant it for us.
fn discover_databricks(environment: &Environment) -> Option<Discovered> {
    let named = config::find(environment).is_some_and(|found| found.databricks);
    let found = (!named).then(|| config::find_databricks(environment))?;
    let set = |key: &str| found.settings.iter().any(|setting| setting.key == key);
    (found.config.is_ok() || (set("host") && set("token"))).then(|| discovered(found))
}

/// Makes the tracker that a section names, a store on this machine too.
fn of_section(environment: &Environment) -> Discovered {
    if config::names_local_store(environment) {
        return registry::store_of_section(environment);
    }
    match config::find(environment) {
        Some(found) => discovered(found),
        None => registry::lacks_address(environment, KIND.name),
    }
}

fn databricks_of_section(environment: &Environment) -> Discovered {
    discovered(config::find_databricks(environment))
}

fn discovered(found: config::Found) -> Discovered {
    let tracker = found.config.map(|config| Arc::new(Mlflow::new(config)) as Arc<dyn Tracker>);
    Discovered {
        name: found.name,
        kind: if found.databricks { DATABRICKS.name } else { KIND.name },
        settings: found.settings,
        warnings: found.warnings,
        tracker,
    }
}

/// An MLflow server.
struct Mlflow {
    config: Config,
    api: Api,
    experiments: Experiments,
    newest: NewestRuns,
    artifacts: Artifacts,
}

impl Mlflow {
    fn new(config: Config) -> Self {
        let client = Client::new(ClientSettings {
            tracker: config.name.clone(),
            base: config.url.clone(),
            tls: TlsSettings {
                ca_file: config.ca_file.clone(),
                ca_file_setting: config::CA,
                client_certificate: config.client_certificate.clone(),
                client_certificate_setting: config::CLIENT_CERTIFICATE,
                insecure: config.insecure,
            },
            headers: config.headers.clone(),
            authorize: config.sign_in.authorize(),
            explain: if config.databricks { error::explain_databricks } else { error::explain },
            check: config.check.clone(),
            names: config.names.clone(),
            pace: config.pace,
        });
        let pages = web::pages(config.web.as_ref().unwrap_or(&config.url), config.databricks);
        let api = Api::new(client, pages, config.workspace.clone());
        Self {
            api,
            experiments: Experiments::default(),
            newest: NewestRuns::default(),
            artifacts: Artifacts::default(),
            config,
        }
    }

    fn search<'a>(&'a self, call: &'a Call, index: Arc<experiments::Index>) -> Search<'a> {
        Search { api: &self.api, call, index, me: self.config.me.as_deref() }
    }
}

#[async_trait]
impl Tracker for Mlflow {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn kind(&self) -> &'static str {
        if self.config.databricks { DATABRICKS.name } else { KIND.name }
    }

    fn address(&self) -> String {
        self.config.url.to_string()
    }

    fn capabilities(&self) -> Capabilities {
        if self.config.databricks { DATABRICKS_CAPABILITIES } else { CAPABILITIES }
    }

    fn locate(&self, url: &Url) -> Option<Location> {
        web::locate(Some(self.config.web.as_ref().unwrap_or(&self.config.url).expose()), url)
    }

    fn is_run_id(&self, text: &str) -> bool {
        is_run_id(text)
    }

    fn may_be_called(&self, _: same_key::Kind, name: &str) -> bool {
        filter::entity("metrics", name).is_some()
    }

    async fn probe(&self, call: &Call) -> Vec<Step> {
        self.api.probe(call).await
    }

    async fn status(&self, call: &Call) -> Result<TrackerStatus> {
        let asked = Instant::now();
        // The version alone proves nothing about the sign-in, so a real question goes with it.
        let (version, question) =
            futures::join!(self.api.version(call), self.api.search_experiments(call, View::Active, "", 1, None));
        question?;
        let mut notes = Vec::new();
        if let (SignIn::None | SignIn::Bearer(_), Some(me)) = (&self.config.sign_in, &self.config.me) {
            notes.push(format!("user = me stands for '{me}'"));
        }
        if let Some(workspace) = self.api.workspace() {
            notes.push(format!("workspace '{workspace}'"));
        }
        Ok(TrackerStatus {
            version: version?,
            user: match &self.config.sign_in {
                SignIn::Basic(user, _) => Some(user.clone()),
                _ => None,
            },
            sign_in: self.config.sign_in.words().to_owned(),
            latency_ms: u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX),
            notes,
        })
    }

    async fn resolve(&self, call: &Call, referent: Referent, text: &str) -> Result<Resolution> {
        match referent {
            Referent::Run => resolve::run(&self.api, &self.experiments, call, text).await,
            Referent::Project => resolve::project(&self.api, &self.experiments, call, text).await,
        }
    }

    async fn projects(&self, call: &Call, query: &ProjectQuery) -> Result<Page<Project>> {
        projects::page(&self.api, call, query).await
    }

    async fn project(&self, call: &Call, id: &ProjectId, since: Option<Timestamp>) -> Result<ProjectOverview> {
        let begun = Instant::now();
        let mut index = self.experiments.index(&self.api, call).await?;
        if index.get(id.as_str()).is_none() {
            index = self.experiments.newer(&self.api, call, &index, begun).await?;
        }
        let project = index.get(id.as_str()).cloned();
        let project = project.ok_or_else(|| Error::not_found(format!("no experiment with id '{id}'")))?;
        overview::of(&self.api, call, &index, project, since).await
    }

    async fn names(&self, call: &Call, kind: same_key::Kind, projects: &ProjectScope) -> Result<NamesInUse> {
        self.newest.names(self, call, kind, projects).await
    }

    async fn search_runs(&self, call: &Call, query: &RunQuery) -> Result<Page<Run>> {
        gaps::refuse(query)?;
        let begun = Instant::now();
        let mut index = self.experiments.index(&self.api, call).await?;
        if let ProjectScope::Only(ids) = &query.projects
            && ids.iter().any(|id| index.get(id.as_str()).is_none())
        {
            index = self.experiments.newer(&self.api, call, &index, begun).await?;
        }
        let page = self.search(call, Arc::clone(&index)).page(query).await?;
        if !page.rows.is_empty() || query.projects != ProjectScope::All || query.cursor.is_some() {
            return Ok(page);
        }
        // Nothing found may mean that it lies in an experiment made since the list was read.
        let newer = self.experiments.newer(&self.api, call, &index, begun).await?;
        if newer.others(&index).is_empty() { Ok(page) } else { self.search(call, newer).page(query).await }
    }

    async fn runs(&self, call: &Call, ids: &[RunId], parts: Parts) -> Result<FoundRuns> {
        runs::by_id(&self.api, &self.experiments, call, ids, parts).await
    }

    async fn curves(&self, call: &Call, series: &[Series], want: &CurveWant) -> Result<Curves> {
        history::curves(&self.api, call, series, want).await
    }

    async fn artifacts(&self, call: &Call, run: &RunId, folder: &str, cursor: Option<&str>) -> Result<Page<Artifact>> {
        self.artifacts.list(&self.api, call, run, folder, cursor).await
    }

    async fn read_artifact(&self, call: &Call, run: &RunId, path: &str, range: ByteRange) -> Result<ArtifactPart> {
        self.artifacts.read(&self.api, call, run, path, range).await
    }

    async fn console(&self, _: &Call, _: &RunId, _: ConsoleRange, _: usize) -> Result<Console> {
        Err(no_console())
    }

    fn datasets(&self) -> Option<&dyn TrackerDatasets> {
        self.capabilities().datasets.then_some(self as &dyn TrackerDatasets)
    }

    fn models(&self) -> Option<&dyn TrackerModels> {
        Some(self)
    }

    fn queues(&self) -> Option<&dyn TrackerQueues> {
        None
    }

    /// Only Databricks launches jobs.
    fn jobs(&self) -> Option<&dyn TrackerJobs> {
        self.config.databricks.then_some(self as &dyn TrackerJobs)
    }

    fn traces(&self) -> Option<&dyn TrackerTraces> {
        Some(self)
    }

    fn writer(&self) -> Option<&dyn TrackerWriter> {
        None
    }
}

#[cfg(test)]
mod tests;

//! ClearML servers over REST (API 2.13 and newer, recorded on server 2.0.0).

mod api;
mod auth;
mod config;
mod error;
mod runs;
mod web;
mod wire;
mod wire_code;
mod wire_values;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;
use url::Url;

use crate::model::{
    Artifact, ArtifactPart, ByteRange, CurveWant, Curves, Page, Parts, Project, ProjectId, ProjectOverview, Run, RunId,
    Series,
};
use crate::registry::{self, Discovered, Kind};
use crate::settings::Environment;
use crate::tracker::{FoundRuns, Location, ProjectQuery, Referent, Resolution, RunQuery, Step, TrackerStatus};
use crate::{Call, Capabilities, Error, Result, Tracker, TrackerWriter};

use api::Api;
use config::Config;

/// What ClearML can do.
const CAPABILITIES: Capabilities = Capabilities {
    projects: true,
    runs: true,
    artifacts: true,
    metric_extremes: true,
    run_types: true,
    configuration_objects: true,
};

/// The kind `clearml`.
pub const KIND: Kind = Kind {
    name: "clearml",
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
}

impl ClearMl {
    fn new(name: String, config: Config) -> Self {
        Self { api: Api::new(&name, &config), name, config }
    }
}

/// Answer of `users.get_current_user`.
#[derive(Deserialize)]
struct CurrentUser {
    user: User,
}

#[derive(Deserialize)]
struct User {
    name: Option<String>,
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

    async fn probe(&self, call: &Call) -> Vec<Step> {
        self.api.probe(call).await
    }

    async fn status(&self, call: &Call) -> Result<TrackerStatus> {
        let claims = self.api.claims(call).await?;
        let asked = Instant::now();
        let CurrentUser { user } = self.api.ask(call, "users.get_current_user", &json!({})).await?;
        Ok(TrackerStatus {
            version: claims.server_version().map(ToOwned::to_owned),
            user: user.name.or_else(|| claims.user_name().map(ToOwned::to_owned)),
            sign_in: self.config.sign_in.words().to_owned(),
            latency_ms: u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX),
            notes: Vec::new(),
        })
    }

    async fn resolve(&self, _call: &Call, _referent: Referent, _text: &str) -> Result<Resolution> {
        Err(Error::bug("resolve"))
    }

    async fn projects(&self, _call: &Call, _query: &ProjectQuery) -> Result<Page<Project>> {
        Err(Error::bug("projects"))
    }

    async fn project(&self, _call: &Call, _id: &ProjectId, _since: Option<Timestamp>) -> Result<ProjectOverview> {
        Err(Error::bug("project"))
    }

    async fn search_runs(&self, _call: &Call, _query: &RunQuery) -> Result<Page<Run>> {
        Err(Error::bug("search_runs"))
    }

    async fn runs(&self, call: &Call, ids: &[RunId], parts: Parts) -> Result<FoundRuns> {
        runs::by_id(&self.api, call, ids, parts).await
    }

    async fn curves(&self, _call: &Call, _series: &[Series], _want: &CurveWant) -> Result<Curves> {
        Err(Error::bug("curves"))
    }

    async fn artifacts(
        &self,
        _call: &Call,
        _run: &RunId,
        _folder: &str,
        _cursor: Option<&str>,
    ) -> Result<Page<Artifact>> {
        Err(Error::bug("artifacts"))
    }

    async fn read_artifact(&self, _call: &Call, _run: &RunId, _path: &str, _range: ByteRange) -> Result<ArtifactPart> {
        Err(Error::bug("read_artifact"))
    }

    fn writer(&self) -> Option<&dyn TrackerWriter> {
        None
    }
}

#[cfg(test)]
mod tests;

//! The endpoints that are used, one function each: MLflow's REST interface 2.0 as recorded on 2.15.1 and 3.17.2.

use std::sync::atomic::AtomicBool;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::http::{Access, Client, Reply, Request, segment};
use crate::model::{ByteRange, Point};
use crate::tracker::Step;
use crate::{Call, Error, ErrorKind, Result};

use super::wire::{
    ArtifactsPage, ExperimentsPage, ModelVersion, ModelVersionsPage, OneModelVersion, RunsPage, ServerInfo,
};
use super::wire_history::{HistoryPage, PageRead};
use super::wire_jobs::JobRun;

/// The most bytes of a history that are read at once: 2.15 sends all of it, about 130 bytes a point.
const HISTORY_CAP: u64 = 256_000_000;

/// Where files are read.
const GET_ARTIFACT: &str = "/get-artifact";
/// Where files are read that the server keeps itself.
const KEPT_ARTIFACTS: &str = "/api/2.0/mlflow-artifacts/artifacts/";

/// Whether bytes of a file are read there, not an answer of the interface.
pub(super) fn reads_artifacts(path: &str) -> bool {
    path == GET_ARTIFACT || path.starts_with(KEPT_ARTIFACTS) || super::api_registry::reads_artifacts(path)
}

/// Which runs or experiments are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// Those that are not deleted.
    Active,
    /// Deleted ones too.
    All,
}

impl View {
    /// With deleted ones, or without.
    pub(super) fn including_deleted(all: bool) -> Self {
        if all { Self::All } else { Self::Active }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE_ONLY",
            Self::All => "ALL",
        }
    }
}

/// One page of `runs/search`.
#[derive(Clone, Debug)]
pub(super) struct RunsRequest<'a> {
    /// In these experiments: none means none, not all.
    pub(super) experiments: &'a [String],
    /// MLflow's own grammar; empty for no filter.
    pub(super) filter: &'a str,
    /// Keys with `ASC` or `DESC`.
    pub(super) order_by: &'a [String],
    /// Deleted ones too, or not.
    pub(super) view: View,
    /// 1–50,000.
    pub(super) max_results: usize,
    /// Where the page before ended.
    pub(super) page_token: Option<&'a str>,
}

/// The server, behind the one HTTP client.
pub(super) struct Api {
    client: Client,
    web: String,
    workspace: Option<String>,
    workspaces: OnceCell<bool>,
    joins_datasets: OnceCell<bool>,
    /// It was asked for evaluation datasets, and knows none.
    pub(super) without_evaluations: AtomicBool,
    /// It was asked for a list of names in its registry, and takes none (2.15).
    pub(super) without_lists: AtomicBool,
}

impl Api {
    /// Over this client; in this workspace, if the server has workspaces. `web` is the address of its pages ([`crate::mlflow_model::web::pages`]).
    pub(super) fn new(client: Client, web: String, workspace: Option<String>) -> Self {
        Self {
            client,
            web,
            workspace,
            workspaces: OnceCell::new(),
            joins_datasets: OnceCell::new(),
            without_evaluations: AtomicBool::new(false),
            without_lists: AtomicBool::new(false),
        }
    }

    /// The address of its pages, without a slash at its end.
    pub(super) fn web(&self) -> &str {
        &self.web
    }

    /// How many requests may be under way at once.
    pub(super) fn requests_at_once(&self) -> usize {
        self.client.requests_at_once()
    }

    /// The way to the server.
    pub(super) async fn probe(&self, call: &Call) -> Vec<Step> {
        self.client.probe(call).await
    }

    /// `POST experiments/search`: at most 1,000 experiments of a page.
    pub(super) async fn search_experiments(
        &self,
        call: &Call,
        view: View,
        filter: &str,
        max_results: usize,
        page_token: Option<&str>,
    ) -> Result<ExperimentsPage> {
        let mut body = json!({
            "max_results": max_results,
            "view_type": view.word(),
            "order_by": ["last_update_time DESC", "experiment_id ASC"],
        });
        set(&mut body, "filter", Some(filter).filter(|filter| !filter.is_empty()));
        set(&mut body, "page_token", page_token);
        self.ask(call, Request::post(Access::Read, "/api/2.0/mlflow/experiments/search", &body)).await
    }

    /// `POST runs/search`.
    pub(super) async fn search_runs(&self, call: &Call, request: &RunsRequest<'_>) -> Result<RunsPage> {
        let mut body = json!({
            "experiment_ids": request.experiments,
            "max_results": request.max_results,
            "run_view_type": request.view.word(),
        });
        set(&mut body, "filter", Some(request.filter).filter(|filter| !filter.is_empty()));
        set(&mut body, "page_token", request.page_token);
        if !request.order_by.is_empty()
            && let Some(fields) = body.as_object_mut()
        {
            fields.insert("order_by".to_owned(), json!(request.order_by));
        }
        self.ask(call, Request::post(Access::Read, "/api/2.0/mlflow/runs/search", &body)).await
    }

    /// `GET artifacts/list`: what lies directly in a folder of a run's artifact tree; `""` is its top.
    pub(super) async fn list_artifacts(
        &self,
        call: &Call,
        run: &str,
        folder: &str,
        token: Option<&str>,
    ) -> Result<ArtifactsPage> {
        let mut request = Request::get(Access::Read, "/api/2.0/mlflow/artifacts/list").query("run_id", run);
        if !folder.is_empty() {
            request = request.query("path", folder);
        }
        if let Some(token) = token {
            request = request.query("page_token", token);
        }
        self.ask(call, request).await
    }

    /// `GET metrics/get-history`: a page of at most `max_results` points, each of which goes to the sink as it comes.
    /// Unknown runs and metrics have none. 2.15 knows no pages and sends everything, whatever is asked for.
    pub(super) async fn metric_history<S>(
        &self,
        call: &Call,
        run: &str,
        metric: &str,
        max_results: u64,
        page_token: Option<&str>,
        sink: S,
    ) -> Result<PageRead<S>>
    where
        S: Extend<Point> + Send + 'static,
    {
        let mut request = Request::get(Access::Read, "/api/2.0/mlflow/metrics/get-history")
            .query("run_id", run)
            .query("metric_key", metric)
            .query("max_results", max_results)
            .body_cap(HISTORY_CAP);
        if let Some(token) = page_token {
            request = request.query("page_token", token);
        }
        let request = self.in_workspace(call, request).await?;
        self.client.fold(call, request, HistoryPage(sink)).await
    }

    /// `GET get-artifact`: bytes of a file of a run, wherever the run keeps it; at most `most` of the answer is read.
    pub(super) async fn artifact(
        &self,
        call: &Call,
        run: &str,
        path: &str,
        range: ByteRange,
        most: u64,
    ) -> Result<Reply> {
        let request = Request::get(Access::Read, GET_ARTIFACT).query("run_uuid", run).query("path", path);
        self.bytes(call, request, range, most).await
    }

    /// `GET mlflow-artifacts/artifacts/…`: the same of a file that the server keeps itself, by its place there.
    pub(super) async fn kept_artifact(&self, call: &Call, place: &str, range: ByteRange, most: u64) -> Result<Reply> {
        let place: Vec<String> = place.split('/').map(segment).collect();
        let request = Request::get(Access::Read, format!("{KEPT_ARTIFACTS}{}", place.join("/")));
        self.bytes(call, request, range, most).await
    }

    /// `GET jobs/runs/get`: a job run of Databricks, of the same host as everything else.
    pub(super) async fn job_run(&self, call: &Call, id: &str) -> Result<JobRun> {
        self.ask(call, Request::get(Access::Read, "/api/2.1/jobs/runs/get").query("run_id", id)).await
    }

    /// `GET registered-models/alias`; `None` if there is no such model or alias.
    pub(super) async fn model_by_alias(&self, call: &Call, name: &str, alias: &str) -> Result<Option<ModelVersion>> {
        let request = Request::get(Access::Read, "/api/2.0/mlflow/registered-models/alias")
            .query("name", name)
            .query("alias", alias);
        // An unknown alias is a 400 here, an unknown model a 404.
        self.model(call, request, &[ErrorKind::NotFound, ErrorKind::BadInput]).await
    }

    /// `GET model-versions/get`; `None` if there is no such model or version.
    pub(super) async fn model_version(&self, call: &Call, name: &str, version: &str) -> Result<Option<ModelVersion>> {
        let request = Request::get(Access::Read, "/api/2.0/mlflow/model-versions/get")
            .query("name", name)
            .query("version", version);
        self.model(call, request, &[ErrorKind::NotFound]).await
    }

    /// `GET model-versions/search`, the newest first.
    pub(super) async fn search_model_versions(
        &self,
        call: &Call,
        filter: &str,
        max_results: usize,
    ) -> Result<ModelVersionsPage> {
        let request = Request::get(Access::Read, "/api/2.0/mlflow/model-versions/search")
            .query("filter", filter)
            .query("max_results", max_results)
            .query("order_by", "version_number DESC");
        self.ask(call, request).await
    }

    /// `GET /version`: plain text; `None` where the server does not tell: no such page (Databricks), or a proxy that
    /// lets only the API through.
    pub(super) async fn version(&self, call: &Call) -> Result<Option<String>> {
        let reply = match self.client.send(call, Request::get(Access::Read, "/version")).await {
            Ok(reply) => reply,
            Err(error) if error.temporary || error.kind == ErrorKind::Cancelled => return Err(error),
            Err(_) => return Ok(None),
        };
        let text = String::from_utf8_lossy(&reply.body);
        let version = text.trim();
        let plausible = !version.is_empty()
            && version.len() <= 32
            && version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'));
        Ok(plausible.then(|| version.to_owned()))
    }

    /// Whether the server has workspaces (3.x, `--enable-workspaces`), asked once.
    pub(super) async fn has_workspaces(&self, call: &Call) -> Result<bool> {
        let asked = self.workspaces.get_or_try_init(|| async {
            match self.client.json::<ServerInfo>(call, Request::get(Access::Read, "/api/3.0/mlflow/server-info")).await
            {
                Ok(info) => Ok(info.workspaces_enabled),
                Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
                Err(error) => Err(error),
            }
        });
        asked.await.copied()
    }

    /// Whether a filter on datasets may stand beside others on metrics, params, tags and names, or an order by these,
    /// asked once: 2.15.1 answers that with a fault of its SQL, 3.17.2 does not.
    pub(super) async fn joins_datasets(&self, call: &Call) -> Result<bool> {
        let asked = self.joins_datasets.get_or_try_init(|| async {
            let version = self.version(call).await?;
            let major = version.as_deref().and_then(|version| version.split('.').next()?.parse::<u32>().ok());
            Ok(major.is_none_or(|major| major >= 3))
        });
        asked.await.copied()
    }

    /// The workspace that was configured.
    pub(super) fn workspace(&self) -> Option<&str> {
        self.workspace.as_deref()
    }

    async fn model(&self, call: &Call, request: Request, absent: &[ErrorKind]) -> Result<Option<ModelVersion>> {
        match self.ask::<OneModelVersion>(call, request).await {
            Ok(found) => Ok(Some(found.model_version)),
            Err(error) if absent.contains(&error.kind) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Bytes of a file, of which at most `most` are read.
    pub(super) async fn bytes(&self, call: &Call, request: Request, range: ByteRange, most: u64) -> Result<Reply> {
        let request = match range {
            ByteRange::From { offset, length } => request.range(offset..=offset.saturating_add(length.max(1) - 1)),
            ByteRange::Last(count) => request.last(count.max(1)),
        };
        let request = self.in_workspace(call, request.at_most(most)).await?;
        self.client.send(call, request).await
    }

    /// Sends a question, in the workspace that was configured.
    pub(super) async fn ask<T: DeserializeOwned + Send + 'static>(&self, call: &Call, request: Request) -> Result<T> {
        let request = self.in_workspace(call, request).await?;
        self.client.json(call, request).await
    }

    async fn in_workspace(&self, call: &Call, request: Request) -> Result<Request> {
        let Some(workspace) = &self.workspace else { return Ok(request) };
        // A server without workspaces answers the header with an error, so it is asked first.
        if !self.has_workspaces(call).await? {
            return Err(Error::bad_input(format!(
                "MLFLOW_WORKSPACE is '{workspace}', but this MLflow server has no workspaces; unset it"
            )));
        }
        Ok(request.header("X-MLFLOW-WORKSPACE", workspace))
    }
}

fn set(body: &mut Value, key: &str, value: Option<&str>) {
    if let (Some(value), Some(fields)) = (value, body.as_object_mut()) {
        fields.insert(key.to_owned(), value.into());
    }
}

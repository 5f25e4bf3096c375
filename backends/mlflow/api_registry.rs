//! The endpoints of the model registry and of logged models.

use serde_json::json;

use crate::http::{Access, Request, segment};
use crate::model::ByteRange;
use crate::{Call, ErrorKind, Result};

use super::api::Api;
use super::wire_registry::{LoggedPage, OneRegistered, RegisteredPage, VersionsPage, WireRegistered};

/// Where files of a model version are read, and those of a logged model.
const VERSION_FILES: &str = "/model-versions/get-artifact";
const LOGGED_FILES: &str = "/ajax-api/2.0/mlflow/logged-models/";
/// The most that is read of a small file.
const SMALL: u64 = 256_000;

/// Whether bytes of a file are read there, not an answer of the interface.
pub(super) fn reads_artifacts(path: &str) -> bool {
    path == VERSION_FILES || path.starts_with(LOGGED_FILES)
}

/// Which registry is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// The server's own.
    Server,
    /// Unity Catalog of Databricks, which takes no filter but one name of a model for its versions, and no order.
    Catalog,
}

impl Home {
    /// Where a model of this name is kept: those of Unity Catalog are called `catalog.schema.model`.
    pub(super) fn of(name: &str, databricks: bool) -> Self {
        let parts = name.split('.').filter(|part| !part.is_empty()).count();
        if databricks && parts == 3 && name.matches('.').count() == 2 { Self::Catalog } else { Self::Server }
    }

    fn path(self, endpoint: &str) -> String {
        match self {
            Self::Server => format!("/api/2.0/mlflow/{endpoint}"),
            Self::Catalog => format!("/api/2.0/mlflow/unity-catalog/{endpoint}"),
        }
    }
}

/// A page of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageOf<'a> {
    /// Which registry is asked.
    pub(super) home: Home,
    /// MLflow's own grammar; empty for no filter.
    pub(super) filter: &'a str,
    /// How many rows at most.
    pub(super) size: usize,
    /// Where the page before ended.
    pub(super) token: Option<&'a str>,
}

impl Api {
    /// `GET registered-models/search`, the last changed first, at most 1,000 of a page. Prompts are left out unless the
    /// filter names their tag.
    pub(super) async fn search_registered(&self, call: &Call, page: PageOf<'_>) -> Result<RegisteredPage> {
        let mut request = listing("registered-models/search", page);
        if page.home == Home::Server {
            request = request.query("order_by", "last_updated_timestamp DESC").query("order_by", "name ASC");
        }
        self.ask(call, request).await
    }

    /// `GET registered-models/get`; `None` if there is no such model. Prompts are found too.
    pub(super) async fn registered(&self, call: &Call, home: Home, name: &str) -> Result<Option<WireRegistered>> {
        let request = Request::get(Access::Read, home.path("registered-models/get")).query("name", name);
        match self.ask::<OneRegistered>(call, request).await {
            Ok(found) => Ok(Some(found.registered_model)),
            // A name that none can have is a 400.
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::BadInput) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `GET model-versions/search`, the newest first. Those of prompts are left out unless the filter names their tag.
    pub(super) async fn search_versions(&self, call: &Call, page: PageOf<'_>) -> Result<VersionsPage> {
        let mut request = listing("model-versions/search", page);
        if page.home == Home::Server {
            request = request.query("order_by", "version_number DESC");
        }
        self.ask(call, request).await
    }

    /// `POST logged-models/search` in these experiments, the newest first (3.x).
    pub(super) async fn search_logged(
        &self,
        call: &Call,
        experiments: &[String],
        page: PageOf<'_>,
    ) -> Result<LoggedPage> {
        let mut body = json!({"experiment_ids": experiments, "max_results": page.size});
        if let Some(fields) = body.as_object_mut() {
            let given = [("filter", Some(page.filter).filter(|text| !text.is_empty())), ("page_token", page.token)];
            fields.extend(given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.into()))));
        }
        self.ask(call, Request::post(Access::Read, "/api/2.0/mlflow/logged-models/search", &body)).await
    }

    /// `GET model-versions/get-artifact`: a small file of a version, wherever it is kept.
    pub(super) async fn version_file(&self, call: &Call, name: &str, version: &str, path: &str) -> Result<String> {
        let request =
            Request::get(Access::Read, VERSION_FILES).query("name", name).query("version", version).query("path", path);
        self.small_file(call, request).await
    }

    /// The same of a logged model.
    pub(super) async fn logged_file(&self, call: &Call, id: &str, path: &str) -> Result<String> {
        let place = format!("{LOGGED_FILES}{}/artifacts/files", segment(id));
        self.small_file(call, Request::get(Access::Read, place).query("artifact_file_path", path)).await
    }

    async fn small_file(&self, call: &Call, request: Request) -> Result<String> {
        let whole = ByteRange::From { offset: 0, length: SMALL };
        let reply = self.bytes(call, request, whole, SMALL).await?;
        Ok(String::from_utf8_lossy(&reply.body).into_owned())
    }
}

fn listing(endpoint: &str, page: PageOf<'_>) -> Request {
    let mut request = Request::get(Access::Read, page.home.path(endpoint)).query("max_results", page.size);
    if !page.filter.is_empty() {
        request = request.query("filter", page.filter);
    }
    match page.token {
        Some(token) => request.query("page_token", token),
        None => request,
    }
}

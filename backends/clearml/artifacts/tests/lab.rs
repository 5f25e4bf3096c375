//! An API server and a file server beside it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use wiremock::matchers::{any, body_json, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::clearml::tests::{answer, call, signing_in, token};
use crate::model::{Artifact, ArtifactPart, ByteRange, Page, RunId};
use crate::settings::Environment;
use crate::{Result, Tracker};

pub(super) const TASK: &str = "f03721ba0b6b4ca8aa19664990534402";
pub(super) const DOCUMENT: &str = "tasks.get_by_id_ex";
pub(super) const TITLES: &str = "events.get_multi_task_metrics";
pub(super) const PLOTS: &str = "events.get_task_plots";
pub(super) const IMAGES: &str = "events.debug_images";

/// What servers answered.
pub(super) fn media() -> Value {
    serde_json::from_str(include_str!("../../fixtures/media.json")).unwrap()
}

pub(super) struct Lab {
    pub(super) api: MockServer,
    pub(super) files: MockServer,
    pub(super) tracker: Arc<dyn Tracker>,
    pub(super) run: RunId,
    logins: Arc<AtomicU64>,
}

impl Lab {
    /// A task with everything, as it was recorded.
    pub(super) async fn recorded() -> Self {
        let media = media();
        let lab = Self::of(&media["document"]).await;
        let of = |kind: &str| json!({"tasks": [TASK], "event_type": kind});
        lab.answers_to(TITLES, &of("plot"), &media["plot_titles"]).await;
        lab.answers_to(TITLES, &of("training_debug_image"), &media["sample_titles"]).await;
        lab.answers(PLOTS, &media["plot"]).await;
        lab.answers(IMAGES, &media["samples"]).await;
        lab
    }

    /// A task of which only this document is known.
    pub(super) async fn of(document: &Value) -> Self {
        let (api, logins) = signing_in("2.31").await;
        let files = MockServer::start().await;
        let (api_host, files_host) = (api.uri(), files.uri());
        let variables = [
            ("CLEARML_API_HOST", api_host.as_str()),
            ("CLEARML_WEB_HOST", "http://web.test"),
            ("CLEARML_FILES_HOST", files_host.as_str()),
            ("CLEARML_API_ACCESS_KEY", "AKEY"),
            ("CLEARML_API_SECRET_KEY", "hunter2-hunter2"),
        ];
        let tracker = (crate::clearml::KIND.discover)(&Environment::of(&variables, None)).unwrap().tracker.unwrap();
        let lab = Self { api, files, tracker, run: RunId::new(TASK), logins };
        lab.answers(DOCUMENT, document).await;
        lab
    }

    /// The same servers with another document.
    pub(super) async fn with(self, document: &Value) -> Self {
        let body = self.here(document);
        let asked = Mock::given(path(format!("/v2.31/{DOCUMENT}")));
        asked.respond_with(answer(&body)).with_priority(1).mount(&self.api).await;
        self
    }

    /// The API answers any such question so.
    pub(super) async fn answers(&self, endpoint: &str, data: &Value) {
        let data = self.here(data);
        Mock::given(path(format!("/v2.31/{endpoint}"))).respond_with(answer(&data)).mount(&self.api).await;
    }

    /// The API answers this question so.
    pub(super) async fn answers_to(&self, endpoint: &str, body: &Value, data: &Value) {
        let data = self.here(data);
        let asked = Mock::given(path(format!("/v2.31/{endpoint}"))).and(body_json(body));
        asked.respond_with(answer(&data)).with_priority(2).mount(&self.api).await;
    }

    /// What was recorded of another file server, as if it had been this one.
    fn here(&self, data: &Value) -> Value {
        serde_json::from_str(&data.to_string().replace("http://127.0.0.1:8081", &self.files.uri())).unwrap()
    }

    /// The file server has this file.
    pub(super) async fn serves(&self, at: &str, content: &'static str) {
        Mock::given(path(at)).respond_with(Served(content)).mount(&self.files).await;
    }

    /// The file server has this at every address.
    pub(super) async fn serves_all(&self, content: &'static str) {
        Mock::given(any()).respond_with(Served(content)).mount(&self.files).await;
    }

    pub(super) async fn list(&self, folder: &str) -> Result<Page<Artifact>> {
        self.tracker.artifacts(&call(), &self.run, folder, None).await
    }

    pub(super) async fn read(&self, path: &str, range: ByteRange) -> Result<ArtifactPart> {
        self.tracker.read_artifact(&call(), &self.run, path, range).await
    }

    pub(super) fn logins(&self) -> u64 {
        self.logins.load(Ordering::Relaxed)
    }

    /// What the API was asked, by endpoint; without logins.
    pub(super) async fn bodies(&self) -> BTreeMap<String, Vec<Value>> {
        let mut bodies: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for request in self.api.received_requests().await.unwrap() {
            let endpoint = request.url.path().rsplit('/').next().unwrap_or_default().to_owned();
            if endpoint != "auth.login" {
                bodies.entry(endpoint).or_default().push(serde_json::from_slice(&request.body).unwrap());
            }
        }
        bodies
    }

    /// How often the API was asked; without logins.
    pub(super) async fn requests(&self) -> usize {
        self.bodies().await.values().map(Vec::len).sum()
    }

    /// The paths that the file server was asked for.
    pub(super) async fn file_requests(&self) -> Vec<String> {
        let requests = self.files.received_requests().await.unwrap();
        requests.iter().map(|request| request.url.path().to_owned()).collect()
    }
}

/// The API does not know the task.
pub(super) async fn refuses(api: &MockServer, endpoint: &str) {
    let meta = json!({"result_code": 400, "result_subcode": 101, "result_msg": "Invalid task id: ids=(f03)"});
    let refusal = ResponseTemplate::new(400).set_body_json(json!({"meta": meta, "data": {}}));
    Mock::given(path(format!("/v2.31/{endpoint}"))).respond_with(refusal).mount(api).await;
}

/// A file as ClearML's file server sends it: only to whoever has a token, and by ranges, but not by more of its end than
/// there is.
struct Served(&'static str);

impl Respond for Served {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let known = (0..3).any(|number| header("authorization") == format!("Bearer {}", token(number, "2.31")));
        if !known {
            return ResponseTemplate::new(401)
                .set_body_raw("Only bearer token authorization is supported", "text/html");
        }
        let (bytes, size) = (self.0.as_bytes(), self.0.len() as u64);
        let range = header("range").strip_prefix("bytes=").and_then(|range| range.split_once('-'));
        let (from, to) = match range {
            None => (0, size),
            Some(("", last)) => (size.checked_sub(last.parse().unwrap()).unwrap_or(size), size),
            Some((first, last)) => (first.parse().unwrap(), last.parse::<u64>().unwrap().saturating_add(1).min(size)),
        };
        let template = match range {
            Some(_) if from >= size => {
                return ResponseTemplate::new(416).insert_header("content-range", format!("bytes */{size}"));
            }
            Some(_) => {
                ResponseTemplate::new(206).insert_header("content-range", format!("bytes {from}-{}/{size}", to - 1))
            }
            None => ResponseTemplate::new(200),
        };
        template
            .insert_header("accept-ranges", "bytes")
            .insert_header("content-disposition", "inline; filename=file")
            .set_body_raw(&bytes[from as usize..to as usize], "application/octet-stream")
    }
}

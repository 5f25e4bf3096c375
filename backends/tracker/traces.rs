//! Traces of GenAI applications: trees of spans with inputs, outputs, times and costs.

use async_trait::async_trait;

use super::ProjectScope;
use crate::model::{Page, RunId, Trace, TraceInfo};
use crate::query::{Filter, Order};
use crate::{Call, Result};

/// Which traces to list.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceQuery {
    /// The projects to look in.
    pub projects: ProjectScope,
    /// Only those of this run.
    pub run: Option<RunId>,
    /// What must hold, read by [`Filter::parse_traces`].
    pub filter: Option<Filter>,
    /// The order, read by [`Order::parse_traces`].
    pub order: Order,
    /// At most about this many: a page may have more, of which the rest is asked for again.
    pub limit: usize,
    /// Where an earlier page of the same question ended.
    pub cursor: Option<String>,
}

/// The side of a tracker that knows traces. Every method is one question.
#[async_trait]
pub trait TrackerTraces: Send + Sync {
    /// Traces of a query, without their spans: one request where the server can say the filter and the order.
    async fn search_traces(&self, call: &Call, query: &TraceQuery) -> Result<Page<TraceInfo>>;

    /// One trace with all its spans.
    ///
    /// # Errors
    /// *Not found* when there is no trace of this id.
    async fn trace(&self, call: &Call, id: &str) -> Result<Trace>;

    /// The ids of traces that begin with a text, at most about ten.
    async fn traces_beginning(&self, call: &Call, text: &str) -> Result<Vec<String>>;
}

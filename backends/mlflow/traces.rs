//! Traces of an MLflow server, 3.0 and newer.

use std::time::Duration;

use async_trait::async_trait;

use crate::mlflow_model::text::plain_id;
use crate::mlflow_model::traces;
use crate::mlflow_model::traces::spans::SpanWire;
use crate::model::{Page, Trace, TraceInfo};
use crate::tracker::{ProjectScope, TraceQuery, TrackerTraces};
use crate::{Call, Error, ErrorKind, Result};

use super::api_traces::{PAGE, TracesRequest};
use super::cursor::{Cursor, damaged, read_cursor, write_cursor};
use super::experiments::Index;
use super::trace_filter::{self, Parted};
use super::wire_traces::TracesPage;
use super::{Mlflow, trace_filter::parted};

/// What is left of a call when no further page is begun.
const RESERVE: Duration = Duration::from_secs(4);
/// Ids that stand for one beginning.
const BEGINNINGS: usize = 10;

#[async_trait]
impl TrackerTraces for Mlflow {
    async fn search_traces(&self, call: &Call, query: &TraceQuery) -> Result<Page<TraceInfo>> {
        let index = self.experiments.index(&self.api, call).await?;
        let experiments: Vec<String> = match &query.projects {
            ProjectScope::All => index.ids(false),
            ProjectScope::Only(ids) => ids.iter().map(|id| id.as_str().to_owned()).collect(),
        };
        if experiments.is_empty() {
            return Ok(Page::whole(Vec::new()));
        }
        let filter = traces::meant(query.filter.clone(), self.config.me.as_deref())?;
        let mut parted = parted(filter.as_ref())?;
        if let Some(run) = &query.run {
            if !plain_id(run.as_str()) {
                return Err(Error::not_found(format!("no run of MLflow has the id '{run}'")));
            }
            parted.needed.push(format!("trace.run_id = '{run}'"));
        }
        let reading = Reading { server: self, call, index: &index, experiments, parted };
        match trace_filter::order(&query.order) {
            Some(order) => reading.in_order(query, &order).await,
            None => reading.sorted_here(query).await,
        }
    }

    async fn trace(&self, call: &Call, id: &str) -> Result<Trace> {
        let (info, spans, index) = futures::join!(
            self.api.trace_info(call, id),
            self.api.spans(call, id),
            self.experiments.index(&self.api, call)
        );
        let info = match info {
            Ok(info) => info.trace.trace_info,
            Err(error) if error.kind == ErrorKind::NotFound => return Err(self.no_traces(call, error).await),
            Err(error) => return Err(error),
        };
        let index = index?;
        let info = info.into_info(|id| index.name(id), self.api.web());
        let mut notes = Vec::new();
        let spans = match spans {
            Ok(file) => file.spans,
            Err(error) => {
                // A proxy may let only the API through; Databricks has no such page.
                match self.api.whole_trace(call, id).await {
                    Ok(whole) => whole.trace.spans,
                    Err(_) => {
                        notes.push(format!("the spans cannot be read: {error}"));
                        Vec::new()
                    }
                }
            }
        };
        let spans = spans.into_iter().map(SpanWire::into_span).collect();
        Ok(Trace { info, spans, notes })
    }

    async fn traces_beginning(&self, call: &Call, text: &str) -> Result<Vec<String>> {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !plain || text.is_empty() {
            return Ok(Vec::new());
        }
        let experiments = self.experiments.index(&self.api, call).await?.ids(true);
        let request = TracesRequest {
            experiments: &experiments,
            filter: &format!("trace.request_id LIKE '{text}%'"),
            order_by: None,
            max_results: BEGINNINGS,
            page_token: None,
        };
        let page = self.api.search_traces(call, &request).await?;
        Ok(page.traces.into_iter().map(|trace| trace.into_info(|_| None, "").id).collect())
    }
}

impl Mlflow {
    /// What is said where a server answers that there is no such page: perhaps it is too old for it.
    async fn no_traces(&self, call: &Call, error: Error) -> Error {
        match self.api.version(call).await {
            Ok(Some(version))
                if version
                    .split('.')
                    .next()
                    .and_then(|major| major.parse::<u32>().ok())
                    .is_some_and(|major| major < 3) =>
            {
                Error::unsupported(format!(
                    "{} is MLflow {version}: traces are read from MLflow 3.0 on; its own are of an older kind",
                    self.config.name
                ))
            }
            _ => error,
        }
    }
}

/// The reading of pages of one question.
struct Reading<'a> {
    server: &'a Mlflow,
    call: &'a Call,
    index: &'a Index,
    experiments: Vec<String>,
    parted: Parted,
}

impl Reading<'_> {
    /// Pages in the server's order, from where the one before ended, until there are enough rows.
    async fn in_order(mut self, query: &TraceQuery, order: &str) -> Result<Page<TraceInfo>> {
        let at_once = if self.parted.exact { query.limit.clamp(1, PAGE) } else { PAGE };
        let mut page = Page {
            rows: Vec::new(),
            next: query.cursor.clone(),
            total: None,
            scanned: 0,
            notes: Vec::new(),
            near: Vec::new(),
        };
        loop {
            let read = self.page(order, at_once, page.next.as_deref()).await?;
            self.take(&mut page, read);
            let enough = page.rows.len() >= query.limit;
            if enough || page.next.is_none() || self.is_over(&page) {
                if !enough && page.next.is_some() {
                    page.notes.push(format!("{} traces were read; the cursor goes on", page.scanned));
                }
                return Ok(page);
            }
        }
    }

    /// All that fit, put into an order that the server has not.
    async fn sorted_here(mut self, query: &TraceQuery) -> Result<Page<TraceInfo>> {
        let skip = match query.cursor.as_deref().map(read_cursor).transpose()? {
            None => 0,
            Some(Cursor::Local(skip)) => skip,
            Some(_) => return Err(damaged()),
        };
        let mut all = Page::whole(Vec::new());
        loop {
            let read = self.page("timestamp_ms DESC", PAGE, all.next.as_deref()).await?;
            self.take(&mut all, read);
            if all.next.is_none() || self.is_over(&all) {
                break;
            }
        }
        all.rows.sort_by(|a, b| query.order.compare_traces(a, b));
        let count = all.rows.len();
        let mut notes = Vec::new();
        if all.next.is_some() {
            notes
                .push(format!("the order is that of the newest {} traces that were read; there are more", all.scanned));
        }
        let rows: Vec<TraceInfo> = all.rows.into_iter().skip(skip).take(query.limit).collect();
        let end = skip + rows.len();
        let next = (end < count && !rows.is_empty()).then(|| write_cursor(&Cursor::Local(end)));
        Ok(Page {
            rows,
            next,
            total: all.next.is_none().then_some(count as u64),
            scanned: all.scanned,
            notes,
            near: Vec::new(),
        })
    }

    fn is_over(&self, page: &Page<TraceInfo>) -> bool {
        page.scanned >= self.call.allowance().runs || self.call.time_left() < RESERVE
    }

    fn take(&self, page: &mut Page<TraceInfo>, read: TracesPage) {
        page.scanned += read.traces.len() as u64;
        page.next = read.next_page_token.filter(|token| !token.is_empty());
        let infos = read.traces.into_iter().map(|wire| wire.into_info(|id| self.index.name(id), self.server.api.web()));
        let checked = self.parted.checked.as_ref();
        page.rows.extend(infos.filter(|trace| checked.is_none_or(|filter| filter.matches_trace(trace))));
    }

    async fn page(&mut self, order: &str, at_once: usize, token: Option<&str>) -> Result<TracesPage> {
        let filter = self.parted.needed.iter().chain(&self.parted.useful).cloned().collect::<Vec<_>>().join(" AND ");
        let request = TracesRequest {
            experiments: &self.experiments,
            filter: &filter,
            order_by: Some(order),
            max_results: at_once,
            page_token: token,
        };
        let api = &self.server.api;
        let outcome = match api.search_traces(self.call, &request).await {
            // Older versions of 3 know fewer keys; what they are spared is checked here all the same.
            Err(error) if error.kind == ErrorKind::BadInput && !self.parted.useful.is_empty() => {
                self.parted.useful.clear();
                let filter = self.parted.needed.join(" AND ");
                api.search_traces(self.call, &TracesRequest { filter: &filter, max_results: PAGE, ..request }).await
            }
            outcome => outcome,
        };
        match outcome {
            Err(error) if error.kind == ErrorKind::NotFound => Err(self.server.no_traces(self.call, error).await),
            outcome => outcome,
        }
    }
}

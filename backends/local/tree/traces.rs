//! Traces of a tree (MLflow 3): all of some experiments are read, as runs are, and put into order.

use std::path::Path;

use async_trait::async_trait;

use crate::local::trace_files;
use crate::mlflow_model::traces::{meant, span_filter};
use crate::model::{Page, Trace, TraceInfo};
use crate::query::Filter;
use crate::tracker::{TraceQuery, TrackerTraces};
use crate::{Call, Error, Result};

use super::experiments::{self, Experiment};
use super::scan::{MOST, RESERVE, STRIDE};
use super::search::chosen;
use super::skipped::{Skipped, What};
use super::trace_record::TraceFolder;
use super::{Tree, page};

/// Ids that stand for one beginning.
const BEGINNINGS: usize = 10;

#[async_trait]
impl TrackerTraces for Tree {
    async fn search_traces(&self, call: &Call, query: &TraceQuery) -> Result<Page<TraceInfo>> {
        let (query, me, pages) = (query.clone(), self.config.me.clone(), self.pages.clone());
        self.ask(call, move |root, call| search(root, call, &query, me.as_deref(), pages.as_deref())).await
    }

    async fn trace(&self, call: &Call, id: &str) -> Result<Trace> {
        let (id, pages) = (id.to_owned(), self.pages.clone());
        self.ask(call, move |root, _| whole(root, &id, pages.as_deref())).await
    }

    async fn traces_beginning(&self, call: &Call, text: &str) -> Result<Vec<String>> {
        let text = text.to_owned();
        let question = move |root: &Path, _: &Call| {
            let all = experiments::all(root, &mut Skipped::default())?;
            let ids = all.iter().flat_map(TraceFolder::all).map(|trace| trace.id);
            Ok(ids.filter(|id| !text.is_empty() && id.starts_with(&text)).take(BEGINNINGS).collect())
        };
        self.ask(call, question).await
    }
}

fn search(
    root: &Path,
    call: &Call,
    query: &TraceQuery,
    me: Option<&str>,
    pages: Option<&str>,
) -> Result<Page<TraceInfo>> {
    let filter = meant(query.filter.clone(), me)?;
    let parted = span_filter::parted(filter.as_ref())?;
    if !parted.of_spans.is_empty() {
        return Err(Error::unsupported(
            "a folder of MLflow's file store keeps spans in files: nothing is looked for within them; leave text and span.… out of the filter, or ask a server or an SQLite store",
        ));
    }
    let mut skipped = Skipped::default();
    let all = experiments::all(root, &mut skipped)?;
    let looked_in = chosen(&all, &query.projects, false);
    let folders: Vec<TraceFolder<'_>> = looked_in.into_iter().flat_map(TraceFolder::all).collect();
    let wanted = |trace: &TraceInfo| {
        query.run.as_ref().is_none_or(|run| trace.run.as_ref() == Some(run))
            && filter.as_ref().is_none_or(|filter: &Filter| filter.matches_trace(trace))
    };
    let (mut rows, count) = (Vec::new(), folders.len());
    let mut notes = Vec::new();
    let mut read = 0_u64;
    for (at, folder) in folders.iter().enumerate() {
        if at % STRIDE == 0 {
            call.check()?;
            if at >= MOST || call.time_left() < RESERVE {
                notes.push(format!("only {at} of {count} traces were read; name a project"));
                break;
            }
        }
        match folder.read(pages) {
            Ok(trace) => {
                read += 1;
                rows.extend(wanted(&trace).then_some(trace));
            }
            Err(why) => skipped.add(What::Trace, &folder.id, &why),
        }
    }
    rows.sort_by(|a, b| query.order.compare_traces(a, b));
    let total = notes.is_empty().then_some(rows.len() as u64);
    notes.extend(skipped.notes());
    let (rows, next) = page::cut(rows, query.cursor.as_deref(), query.limit, |trace| trace.id.as_str())?;
    Ok(Page { rows, next, total, scanned: read, notes, near: Vec::new() })
}

fn whole(root: &Path, id: &str, pages: Option<&str>) -> Result<Trace> {
    let all: Vec<Experiment> = experiments::all(root, &mut Skipped::default())?;
    let found = all.iter().find_map(|experiment| TraceFolder::find(experiment, id));
    let found = found.ok_or_else(|| Error::not_found(format!("no trace with id '{id}'")))?;
    let info = found.read(pages).map_err(|why| Error::unsupported(format!("trace {id} cannot be read: {why}")))?;
    let (spans, notes) = match found.spans() {
        Ok(spans) => (spans, Vec::new()),
        Err(error) => (Vec::new(), vec![trace_files::note(&error)]),
    };
    Ok(Trace { info, spans, notes })
}

//! Traces by id, the beginning of one, or the URL of their page.

use std::sync::Arc;

use backends::model::Trace;
use backends::tracker::Located;
use backends::{Call, Error, ErrorKind, Tracker};
use serde_json::json;

use super::text::{Reference, read};
use crate::problem::{Problem, Result};
use crate::render::one_line;
use crate::trackers::Trackers;

/// What MLflow's ids begin with, which people leave out.
const PREFIX: &str = "tr-";
/// Characters behind it of a whole id.
const WHOLE: usize = 32;
/// Fewest characters behind it that stand for an id.
const SHORTEST: usize = 4;

/// A trace of a tracker, with its spans.
pub struct FoundTrace {
    /// The tracker.
    pub tracker: Arc<dyn Tracker>,
    /// The trace.
    pub trace: Trace,
}

impl FoundTrace {
    /// `tracker:id`, as other tools take it.
    pub fn text(&self) -> String {
        format!("{}:{}", self.tracker.name(), self.trace.info.id)
    }
}

/// The one trace that a reference means.
pub async fn one_trace(trackers: &Trackers, call: &Call, text: &str) -> Result<FoundTrace> {
    let shown = one_line(text, 120);
    let (asked, id) = match read(trackers, text, None)? {
        Reference::Page(asked, Located::Trace(id)) => (asked, id),
        Reference::Named(asked, name) => (asked, name),
        Reference::Page(..) => {
            let error = Error::bad_input(format!("'{shown}' is no page of a trace"));
            return Err(Problem::from(error).next("search_traces", json!({})));
        }
        Reference::Selected(..) => {
            let error = Error::bad_input(format!("'{shown}' selects runs; the traces of a run are found by it"));
            return Err(Problem::from(error).next("search_traces", json!({"run": shown})));
        }
    };
    let asked = with_traces(asked)?;
    let plain = id.strip_prefix(PREFIX).unwrap_or(&id);
    let digits = plain.len() >= SHORTEST && plain.bytes().all(|byte| byte.is_ascii_hexdigit());
    let whole = if digits { format!("{PREFIX}{plain}") } else { id.clone() };
    if digits && plain.len() < WHOLE {
        return beginning(asked, call, &whole, &shown).await;
    }
    match fetched(&asked, call, &whole).await? {
        Some(found) => Ok(found),
        None => Err(unknown(&shown)),
    }
}

/// The trackers that keep traces; an error if none does.
pub(crate) fn with_traces(asked: Vec<Arc<dyn Tracker>>) -> Result<Vec<Arc<dyn Tracker>>> {
    let others: Vec<String> = asked.iter().map(|one| format!("{} ({})", one.name(), one.kind())).collect();
    let having: Vec<_> = asked.into_iter().filter(|tracker| tracker.traces().is_some()).collect();
    if having.is_empty() {
        return Err(Error::unsupported(format!(
            "traces are kept by MLflow servers from 3.0 on; {} keeps none that are read here",
            others.join(", ")
        ))
        .into());
    }
    Ok(having)
}

/// The trace of this id, wherever it is.
async fn fetched(asked: &[Arc<dyn Tracker>], call: &Call, id: &str) -> Result<Option<FoundTrace>> {
    let questions = asked.iter().filter_map(|tracker| {
        let traces = tracker.traces()?;
        Some(async move { (Arc::clone(tracker), traces.trace(call, id).await) })
    });
    let mut failure = None;
    for (tracker, outcome) in futures::future::join_all(questions).await {
        match outcome {
            Ok(trace) => return Ok(Some(FoundTrace { tracker, trace })),
            Err(error) if error.kind == ErrorKind::NotFound => {}
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok(None), |error| Err(error.into()))
}

/// The only trace whose id begins so.
async fn beginning(asked: Vec<Arc<dyn Tracker>>, call: &Call, text: &str, shown: &str) -> Result<FoundTrace> {
    let questions = asked.iter().filter_map(|tracker| {
        let traces = tracker.traces()?;
        Some(async move { (tracker, traces.traces_beginning(call, text).await) })
    });
    let mut candidates = Vec::new();
    for (tracker, outcome) in futures::future::join_all(questions).await {
        candidates.extend(outcome?.into_iter().map(|id| (Arc::clone(tracker), id)));
    }
    match candidates.as_slice() {
        [] => Err(unknown(shown)),
        [(tracker, id)] => {
            let found = fetched(std::slice::from_ref(tracker), call, id).await?;
            found.ok_or_else(|| unknown(shown))
        }
        several => {
            let names: Vec<String> =
                several.iter().map(|(tracker, id)| format!("{}:{}", tracker.name(), one_line(id, 80))).collect();
            Err(Error::bad_input(format!("several traces begin with '{shown}': {}", names.join(", "))).into())
        }
    }
}

fn unknown(shown: &str) -> Problem {
    let error = Error::not_found(format!(
        "no trace '{shown}'; a trace is named by its id (tr-…), the beginning of one, or its URL"
    ));
    Problem::from(error).next("search_traces", json!({"limit": 5}))
}

//! Traces by id, the beginning of one, or the URL of their page.

use std::sync::Arc;

use backends::model::Trace;
use backends::query::{Filter, Key, Order};
use backends::tracker::{Located, ProjectScope, TraceQuery};
use backends::{Call, Error, ErrorKind, Tracker};
use serde_json::json;

use super::projects::scopes;
use super::selector::Selector;
use super::text::{Reference, read};
use crate::problem::{Problem, Result};
use crate::render::one_line;
use crate::trackers::{Trackers, ask};

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
    let trackers = &trackers.that_need(|capabilities| capabilities.traces);
    let (asked, id) = match read(trackers, text, None)? {
        Reference::Page(asked, Located::Trace(id)) => (asked, id),
        Reference::Named(asked, name) => (asked, name),
        Reference::Page(..) => {
            let error = Error::bad_input(format!("'{shown}' is no page of a trace"));
            return Err(Problem::from(error).next("search_traces", json!({})));
        }
        Reference::Selected(asked, selector) => {
            return selected(trackers, call, with_traces(asked)?, &selector, &shown).await;
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
            "traces are kept by MLflow servers and local stores from 3.0 on; {} keeps none that are read here",
            others.join(", ")
        ))
        .into());
    }
    Ok(having)
}

/// The newest trace that a selector means: `last`, `last failed in PROJECT`, `where FILTER`.
async fn selected(
    trackers: &Trackers,
    call: &Call,
    asked: Vec<Arc<dyn Tracker>>,
    selector: &Selector,
    shown: &str,
) -> Result<FoundTrace> {
    let (filter, project) = match selector {
        Selector::Last { count: 1, status, user, project } => {
            let status = status.map(|status| Filter::equals(Key::Status, status.word()));
            let user = user.as_ref().map(|user| Filter::equals(Key::User, user));
            (Filter::all(status.into_iter().chain(user)), project.clone())
        }
        Selector::Where { filter } => (Filter::parse_traces(filter, call.now())?, None),
        _ => {
            return Err(Error::bad_input(format!(
                "'{shown}' means no single trace; write 'last', 'last failed', 'last in PROJECT' or 'where FILTER'"
            ))
            .into());
        }
    };
    let only = if let [one] = asked.as_slice() { Some(one.name()) } else { None };
    let projects: Vec<String> = project.into_iter().collect();
    let mut list = scopes(trackers, call, &projects, only).await?.list;
    list.retain(|scope| scope.tracker.traces().is_some());
    let order = Order::default();
    let homes = list.iter().map(|scope| Arc::clone(&scope.tracker)).collect();
    let answers = ask(homes, call, |tracker, call| {
        let scope = list.iter().find(|scope| scope.tracker.name() == tracker.name());
        let query = TraceQuery {
            projects: scope.map_or(ProjectScope::All, |scope| scope.projects.clone()),
            run: None,
            filter: Some(filter.clone()),
            order: order.clone(),
            limit: 1,
            cursor: None,
        };
        async move {
            match tracker.traces() {
                Some(traces) => Ok(traces.search_traces(&call, &query).await?.rows),
                None => Ok(Vec::new()),
            }
        }
    })
    .await?;
    let first = answers.answered.into_iter().filter_map(|(tracker, rows)| Some((tracker, rows.into_iter().next()?)));
    let newest = first.min_by(|(_, a), (_, b)| order.compare_traces(a, b));
    let Some((tracker, info)) = newest else { return Err(unknown(shown)) };
    fetched(&[tracker], call, &info.id).await?.ok_or_else(|| unknown(shown))
}

/// The trace of this id, wherever it is.
async fn fetched(asked: &[Arc<dyn Tracker>], call: &Call, id: &str) -> Result<Option<FoundTrace>> {
    let questions = asked.iter().filter_map(|tracker| {
        let traces = tracker.traces()?;
        Some(async move { (Arc::clone(tracker), traces.trace(call, id).await) })
    });
    let mut silent = Silent::default();
    for (tracker, outcome) in futures::future::join_all(questions).await {
        match outcome {
            Ok(trace) => return Ok(Some(FoundTrace { tracker, trace })),
            Err(error) if error.kind == ErrorKind::NotFound => silent.answered = true,
            Err(error) => silent.failed(error),
        }
    }
    silent.told().map(|()| None)
}

/// The trackers that did not show a trace, and why.
#[derive(Default)]
struct Silent {
    /// One of them knows that it has none.
    answered: bool,
    /// What the first said that keeps no traces.
    without: Option<Error>,
    /// What the first said that could not be asked.
    failure: Option<Error>,
}

impl Silent {
    fn failed(&mut self, error: Error) {
        let kept = if error.kind == ErrorKind::Unsupported { &mut self.without } else { &mut self.failure };
        kept.get_or_insert(error);
    }

    /// An error if the trace may still be where nobody could look: a server that is too old for traces has none.
    fn told(self) -> Result<()> {
        match self.failure.or(self.without.filter(|_| !self.answered)) {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }
}

/// The only trace whose id begins so.
async fn beginning(asked: Vec<Arc<dyn Tracker>>, call: &Call, text: &str, shown: &str) -> Result<FoundTrace> {
    let questions = asked.iter().filter_map(|tracker| {
        let traces = tracker.traces()?;
        Some(async move { (tracker, traces.traces_beginning(call, text).await) })
    });
    let mut candidates = Vec::new();
    let mut silent = Silent::default();
    for (tracker, outcome) in futures::future::join_all(questions).await {
        match outcome {
            Ok(ids) => {
                silent.answered = true;
                candidates.extend(ids.into_iter().map(|id| (Arc::clone(tracker), id)));
            }
            Err(error) => silent.failed(error),
        }
    }
    match candidates.as_slice() {
        [] => silent.told().and_then(|()| Err(unknown(shown))),
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

#[cfg(test)]
mod tests {
    use super::Silent;
    use backends::{Error, ErrorKind};

    fn told(answered: bool, errors: &[ErrorKind]) -> Option<ErrorKind> {
        let mut silent = Silent { answered, ..Silent::default() };
        errors.iter().for_each(|kind| silent.failed(Error::new(*kind, "x")));
        silent.told().err().map(|problem| problem.error.kind)
    }

    #[test]
    fn a_server_too_old_for_traces_does_not_hide_that_there_is_no_such_trace() {
        assert_eq!(told(true, &[ErrorKind::Unsupported]), None);
        assert_eq!(told(false, &[ErrorKind::Unsupported]), Some(ErrorKind::Unsupported));
        let both = [ErrorKind::Unsupported, ErrorKind::Unavailable];
        assert_eq!(told(true, &both), Some(ErrorKind::Unavailable));
    }
}

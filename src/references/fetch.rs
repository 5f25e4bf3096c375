//! The runs that references stand for, with the parts asked for: one question to each tracker for all of them.

use std::collections::HashMap;
use std::sync::Arc;

use backends::model::{Parts, RunDetails, RunId};
use backends::{Call, ErrorKind, Tracker};

use super::runs::{Resolved, RunRef, by_name, missing_run, resolve_runs};
use crate::problem::{Problem, Result};
use crate::trackers::{Trackers, ask};

/// The runs that were named.
#[derive(Default)]
pub struct Fetched {
    /// Those that are there, in the order of the references.
    pub runs: Vec<(RunRef, RunDetails)>,
    /// What a reference was read as, where it does not say so itself.
    pub remarks: Vec<String>,
    /// References that mean nothing, with why.
    pub missing: Vec<(String, Problem)>,
    /// Trackers that did not answer.
    pub failed: Vec<String>,
}

/// Fetches the runs that the references stand for, at most `limit`. What is nowhere is told in `missing`; if that is
/// all, it is the error.
pub async fn fetch_runs(
    trackers: &Trackers,
    call: &Call,
    references: &[String],
    limit: usize,
    parts: Parts,
) -> Result<Fetched> {
    let resolved = resolve_runs(trackers, call, references, limit).await?;
    let mut fetched = Fetched::default();
    fetched.read(call, &resolved.runs, parts).await?;
    let Resolved { unsure, remarks, missing, .. } = resolved;
    (fetched.remarks, fetched.missing) = (remarks, missing);
    for (text, id) in unsure {
        if fetched.runs.iter().any(|(run, _)| run.id == id) {
            continue;
        }
        // What looks like an id and is none may be an invocation id or a name; among several references it is not worth
        // the requests.
        let otherwise =
            if references.len() == 1 { by_name(trackers, call, &text).await } else { Err(missing_run(&text)) };
        match otherwise {
            Ok((runs, remark)) => {
                fetched.remarks.extend(remark);
                fetched.read(call, &runs, parts).await?;
            }
            Err(problem) => {
                let mut told = if problem.kind() == ErrorKind::NotFound { missing_run(&text) } else { problem };
                let failures = fetched.failed.iter();
                told.error = failures.fold(told.error, |error, failure| error.and(format!("not asked: {failure}")));
                fetched.missing.push((text, told));
            }
        }
    }
    fetched.unless_nothing(references.len())
}

impl Fetched {
    async fn read(&mut self, call: &Call, runs: &[RunRef], parts: Parts) -> Result<()> {
        let mut homes: Vec<Arc<dyn Tracker>> = Vec::new();
        for run in runs {
            if !homes.iter().any(|home| home.name() == run.tracker.name()) {
                homes.push(Arc::clone(&run.tracker));
            }
        }
        if homes.is_empty() {
            return Ok(());
        }
        let answers = ask(homes, call, |tracker, call| {
            let own = runs.iter().filter(|run| run.tracker.name() == tracker.name());
            let ids: Vec<RunId> = own.map(|run| run.id.clone()).collect();
            async move { tracker.runs(&call, &ids, parts).await }
        })
        .await?;
        let mut details: HashMap<String, RunDetails> = HashMap::new();
        for (tracker, answer) in answers.answered {
            details.extend(answer.found.into_iter().map(|one| (format!("{}:{}", tracker.name(), one.run.id), one)));
        }
        let found = runs.iter().filter_map(|run| details.remove(&run.text()).map(|one| (run.clone(), one)));
        self.runs.extend(found);
        self.failed.extend(answers.failed);
        Ok(())
    }

    fn unless_nothing(self, asked: usize) -> Result<Self> {
        match self.missing.as_slice() {
            [(_, only)] if asked == 1 => Err(only.clone()),
            [(_, first), ..] if self.runs.is_empty() => {
                let mut problem = first.clone();
                let message = &problem.error.message;
                problem.error.message = format!("none of the {asked} runs named is there; the first: {message}");
                Err(problem)
            }
            _ => Ok(self),
        }
    }
}

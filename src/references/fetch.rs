//! The runs that references stand for, with the parts asked for: one question to each tracker for all of them.

use std::collections::HashMap;
use std::sync::Arc;

use backends::model::{Parts, RunDetails, RunId};
use backends::{Call, ErrorKind, Tracker};

use super::asked::unless_nothing;
use super::runs::{Resolved, RunRef, by_name, missing_run, resolve_runs, several_have};
use super::text::unasked;
use crate::problem::{Problem, Result};
use crate::render::one_line;
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
    let Resolved { unsure, remarks, missing, failed, .. } = resolved;
    (fetched.remarks, fetched.missing) = (remarks, missing);
    let mut told = failed.iter().map(|(text, problem)| format!("{}: {problem}", one_line(text, 80)));
    fetched.failed.extend(&mut told);
    for (text, candidates) in unsure {
        let may_be = |run: &RunRef| candidates.iter().any(|candidate| candidate.text() == run.text());
        let found: Vec<_> = fetched.runs.iter().filter(|(run, _)| may_be(run)).collect();
        match found.as_slice() {
            [] => {}
            [_] => continue,
            several => return Err(several_have(&text, several)),
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
                let left_out = unasked(trackers, &text, None);
                let failures = fetched.failed.iter().chain(&left_out);
                told.error = failures.fold(told.error, |error, failure| error.and(format!("not asked: {failure}")));
                fetched.missing.push((text, told));
            }
        }
    }
    if let (true, true, Some((_, first))) = (fetched.runs.is_empty(), fetched.missing.is_empty(), failed.first()) {
        return Err(first.clone());
    }
    unless_nothing(&fetched.missing, references.len(), fetched.runs.is_empty(), "runs")?;
    Ok(fetched)
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
}

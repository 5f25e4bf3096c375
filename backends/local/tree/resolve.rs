//! What a text may mean in a tree: an id, a name, the beginning of an id, an invocation id, a model version.

use std::path::Path;

use crate::local::candidates::{self, LISTED, RECENT, candidate, distinct, newest_first};
use crate::mlflow_model::project_names;
use crate::mlflow_model::text::{self, INVOCATION};
use crate::model::{Project, Run};
use crate::query::Key;
use crate::tracker::{Candidate, Match, Resolution};
use crate::{Call, Result};

use super::experiments::{self, Experiment};
use super::runs::Want;
use super::scan::scan;
use super::skipped::Skipped;
use super::{details, registry};

/// Looks a text up as a run.
pub(super) fn run(root: &Path, call: &Call, text: &str) -> Result<Resolution> {
    let mut skipped = Skipped::default();
    let all = experiments::all(root, &mut skipped)?;
    if text.starts_with("models:") {
        // It can be nothing else.
        return Ok(Resolution { candidates: model(root, &all, text), ..Resolution::default() });
    }
    if let Some(run) = by_id(&all, text) {
        return Ok(Resolution { candidates: vec![candidate(run, Match::Id)], ..Resolution::default() });
    }
    let (mut named, mut begun, mut of_invocation, mut recent) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let invocation = Key::Tag(INVOCATION.to_owned());
    let want = Want::default().and_param(INVOCATION).and_keys([&invocation]);
    let everywhere: Vec<&Experiment> = all.iter().collect();
    let scanned = scan(call, &everywhere, &want, &mut skipped, |folder, run| {
        let active = !run.archived && !folder.experiment.project.archived;
        if active && run.name == text {
            named.push(run);
        } else if text::is_id_prefix(text) && run.id.as_str().starts_with(text) {
            begun.push(run);
        } else if active && text::is_invocation(&run, text) {
            of_invocation.push(run);
        } else if active {
            recent.push((run.started, run.name));
        }
    })?;
    let named = newest_first(named, Match::Name).into_iter();
    let mut candidates = distinct(named.chain(newest_first(begun, Match::Prefix)));
    if candidates.is_empty() {
        candidates = newest_first(of_invocation, Match::Invocation);
    }
    if candidates.is_empty() {
        candidates = model(root, &all, text);
    }
    recent.sort_by(|a, b| b.cmp(a));
    let names = recent.iter().take(RECENT).map(|(_, name)| name.as_str());
    let near = if candidates.is_empty() { candidates::near(text, names) } else { Vec::new() };
    let more = candidates.len() > LISTED || scanned.stopped.is_some();
    candidates.truncate(LISTED);
    Ok(Resolution { candidates, more, near })
}

/// Looks a text up as an experiment.
pub(super) fn project(root: &Path, text: &str) -> Result<Resolution> {
    let all = experiments::all(root, &mut Skipped::default())?;
    let projects: Vec<Project> = all.into_iter().map(|experiment| experiment.project).collect();
    let candidates = project_names::meant(&projects, text);
    let names = projects.iter().filter(|project| !project.archived).map(|project| project.name.as_str());
    let near = if candidates.is_empty() { candidates::near(text, names) } else { Vec::new() };
    Ok(Resolution { candidates, more: false, near })
}

fn by_id(all: &[Experiment], id: &str) -> Option<Run> {
    details::find(all, id)?.read(&Want::default(), &mut Skipped::default())
}

fn model(root: &Path, all: &[Experiment], text: &str) -> Vec<Candidate> {
    let run = registry::run_of(root, all, text).and_then(|id| by_id(all, id.as_str()));
    run.map(|run| candidate(run, Match::Model)).into_iter().collect()
}

//! What a text may mean in a tree: an id, a name, the beginning of an id, an invocation id, a model version.

use std::collections::HashSet;
use std::path::Path;

use crate::model::{Project, Run};
use crate::nearest::nearest;
use crate::query::Key;
use crate::tracker::{Candidate, Match, Resolution};
use crate::{Call, Result};

use super::experiments::{self, Experiment};
use super::runs::Want;
use super::scan::scan;
use super::skipped::Skipped;
use super::text::{self, INVOCATION};
use super::{details, registry};

/// Candidates of one kind that are listed.
const LISTED: usize = 100;
/// Recent runs among whose names a misspelt one is looked for.
const RECENT: usize = 100;
/// Near names that are shown.
const NEAR: usize = 5;

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
    let found = |runs: Vec<Run>, matched| newest_first(runs).map(move |run| candidate(run, matched));
    let mut candidates = distinct(found(named, Match::Name).chain(found(begun, Match::Prefix)));
    if candidates.is_empty() {
        candidates = distinct(found(of_invocation, Match::Invocation));
    }
    if candidates.is_empty() {
        candidates = model(root, &all, text);
    }
    recent.sort_by(|a, b| b.cmp(a));
    let names = recent.iter().take(RECENT).map(|(_, name)| name.as_str());
    let near = if candidates.is_empty() { nearest(text, names, NEAR) } else { Vec::new() };
    let near = near.into_iter().map(ToOwned::to_owned).collect();
    let more = candidates.len() > LISTED || scanned.stopped.is_some();
    candidates.truncate(LISTED);
    Ok(Resolution { candidates, more, near })
}

/// Looks a text up as an experiment.
pub(super) fn project(root: &Path, text: &str) -> Result<Resolution> {
    let all = experiments::all(root, &mut Skipped::default())?;
    let projects: Vec<&Project> = all.iter().map(|experiment| &experiment.project).collect();
    let lowered = text.to_lowercase();
    let candidates = |matched: Match, is_meant: &dyn Fn(&Project) -> bool| -> Vec<Candidate> {
        let found = projects.iter().filter(|project| is_meant(project)).map(|project| Candidate {
            id: project.id.as_str().to_owned(),
            name: project.name.clone(),
            project: None,
            started: None,
            matched,
        });
        found.collect()
    };
    // A name wins over an id: names such as `1` exist, and who writes an id of an experiment seldom means another's name.
    let mut found = candidates(Match::Name, &|project| project.name == text);
    if found.is_empty() {
        found = candidates(Match::Id, &|project| project.id.as_str() == text);
    }
    if found.is_empty() {
        found = candidates(Match::Name, &|project| project.name.to_lowercase() == lowered);
    }
    if found.is_empty() && text::is_id_prefix(text) {
        found = candidates(Match::Prefix, &|project| project.id.as_str().starts_with(text));
    }
    if !found.is_empty() {
        return Ok(Resolution { candidates: found, ..Resolution::default() });
    }
    let names = projects.iter().filter(|project| !project.archived).map(|project| project.name.as_str());
    let near = nearest(text, names, NEAR).into_iter().map(ToOwned::to_owned).collect();
    Ok(Resolution { near, ..Resolution::default() })
}

fn by_id(all: &[Experiment], id: &str) -> Option<Run> {
    details::find(all, id)?.read(&Want::default(), &mut Skipped::default())
}

fn model(root: &Path, all: &[Experiment], text: &str) -> Vec<Candidate> {
    let run = registry::run_of(root, text).and_then(|id| by_id(all, id.as_str()));
    run.map(|run| candidate(run, Match::Model)).into_iter().collect()
}

fn newest_first(mut runs: Vec<Run>) -> impl Iterator<Item = Run> {
    runs.sort_by(|a, b| b.started.cmp(&a.started).then_with(|| a.id.cmp(&b.id)));
    runs.into_iter()
}

fn candidate(run: Run, matched: Match) -> Candidate {
    Candidate {
        id: run.id.as_str().to_owned(),
        name: run.name,
        project: Some(run.project.name),
        started: run.started,
        matched,
    }
}

fn distinct(candidates: impl Iterator<Item = Candidate>) -> Vec<Candidate> {
    let mut seen = HashSet::new();
    candidates.filter(|candidate| seen.insert(candidate.id.clone())).collect()
}

//! Runs that a text may mean, and how many of them are told.

use std::collections::HashSet;

use crate::model::Run;
use crate::nearest::nearest;
use crate::tracker::{Candidate, Match};

/// Candidates of one kind that are listed.
pub(super) const LISTED: usize = 100;
/// Recent runs among whose names a misspelt one is looked for.
pub(super) const RECENT: usize = 100;
/// Near names that are shown.
const NEAR: usize = 5;

/// A run that is meant.
pub(super) fn candidate(run: Run, matched: Match) -> Candidate {
    Candidate {
        id: run.id.as_str().to_owned(),
        name: run.name,
        project: Some(run.project.name),
        started: run.started,
        matched,
    }
}

/// The last started first.
pub(super) fn newest_first(mut runs: Vec<Run>, matched: Match) -> Vec<Candidate> {
    runs.sort_by(|a, b| b.started.cmp(&a.started).then_with(|| a.id.cmp(&b.id)));
    runs.into_iter().map(|run| candidate(run, matched)).collect()
}

/// Each run once, as it matched first.
pub(super) fn distinct(candidates: impl Iterator<Item = Candidate>) -> Vec<Candidate> {
    let mut seen = HashSet::new();
    candidates.filter(|candidate| seen.insert(candidate.id.clone())).collect()
}

/// Names that resemble a text.
pub(super) fn near<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    nearest(text, names, NEAR).into_iter().map(ToOwned::to_owned).collect()
}

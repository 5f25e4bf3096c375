//! The project that a question means which names none: params of unlike trainings are not to be mixed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use backends::Error;
use backends::model::Run;
use serde_json::json;

use super::super::candidates::{Contest, Field};
use crate::analysis::Exclusions;
use crate::problem::{Problem, Result};
use crate::render::one_line;

/// A project is clearly the main one if of ten runs so many lie in it.
const CLEARLY: usize = 8;
/// Projects that are named.
const NAMED: usize = 8;

/// Keeps the runs of the main project where there are others: its reference, and a sentence that says so.
///
/// # Errors
/// *Bad input* where several may be it: the projects with the number of runs that have the metric.
pub(super) fn keep(field: &mut Field, contest: &Contest) -> Result<Option<(String, String)>> {
    let mut counts: BTreeMap<(String, String), (String, usize)> = BTreeMap::new();
    for candidate in &field.candidates {
        let project = &candidate.run.project;
        let key = (candidate.tracker.name().to_owned(), project.id.to_string());
        counts.entry(key).or_insert_with(|| (project.name.clone(), 0)).1 += 1;
    }
    let mut projects: Vec<((String, String), (String, usize))> = counts.into_iter().collect();
    projects.sort_by_key(|(_, (_, count))| Reverse(*count));
    let all = field.candidates.len();
    let [((tracker, id), (name, count)), _, ..] = projects.as_slice() else { return Ok(None) };
    let metric = contest.shown_metric();
    if count * 10 < all * CLEARLY {
        let listed: Vec<String> = projects
            .iter()
            .take(NAMED)
            .map(|((tracker, _), (name, count))| format!("{tracker}:{} ({count} runs)", one_line(name, 80)))
            .collect();
        let message = format!(
            "runs with {metric} lie in {} projects, and their params are not to be mixed unasked: {}; name projects",
            projects.len(),
            listed.join(", ")
        );
        let next = |project: &str| json!({"metric": contest.metric, "projects": [project]});
        return Err(Problem::from(Error::bad_input(message)).next("rank_params", next(&format!("{tracker}:{id}"))));
    }
    let note = format!(
        "looked at project {tracker}:{} alone, which has {count} of the {all} runs with {metric}; projects names others",
        one_line(name, 80)
    );
    let is_in = |home: &str, run: &Run| home == tracker && run.project.id.as_str() == id;
    field.candidates.retain(|candidate| is_in(candidate.tracker.name(), &candidate.run));
    field.exclusions = Exclusions::default();
    let left_out = field.left_out.iter().filter(|(tracker, run, _)| is_in(tracker.name(), run));
    left_out.for_each(|(_, _, why)| field.exclusions.add(*why));
    Ok(Some((format!("{tracker}:{id}"), note)))
}

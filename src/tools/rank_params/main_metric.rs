//! The metric that a question means which names none: the main one, where that is clear.

use std::collections::BTreeMap;
use std::sync::Arc;

use backends::model::{Part, Parts, Run, Status};
use backends::query::{Filter, Order};
use backends::tracker::{ProjectScope, RunQuery};
use backends::{Call, Error};

use super::super::conditions;
use super::super::empty::{self, Newest};
use super::Input;
use crate::direction;
use crate::problem::{Problem, Result};
use crate::references::{Scope, Searched, search};
use crate::render::{escape_key, one_line};
use crate::trackers::ask;

/// The newest runs, whose metrics are counted.
const SAMPLE: usize = 200;
/// Candidates that are named.
const NAMED: usize = 8;

/// What the runs say.
pub(super) enum Found {
    /// The metric, and a sentence on why it is this one.
    Metric(String, String),
    /// There are no runs, and why.
    NoRuns(Vec<String>),
}

/// The main metric of the newest runs.
///
/// # Errors
/// *Bad input* where several may be it: the candidates with the number of runs that have them.
pub(super) async fn of(call: &Call, scopes: &[Scope], filter: Option<&Filter>, input: &Input) -> Result<Found> {
    let (runs, seen) = newest(call, scopes, filter).await?;
    if runs.is_empty() {
        let keys: Vec<_> = filter.into_iter().flat_map(|filter| filter.keys().cloned()).collect();
        return Ok(Found::NoRuns(empty::explain(call, scopes, &seen, &keys, None, &[]).await?));
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, metric) in runs.iter().flat_map(|run| &run.metrics) {
        if !metric.machine && metric.value.is_finite() {
            *counts.entry(name).or_default() += 1;
        }
    }
    let mut candidates: Vec<(&str, usize)> = counts.into_iter().collect();
    candidates.sort_by(|(a, x), (b, y)| (rank(a), y, a).cmp(&(rank(b), x, b)));
    let most = candidates.iter().map(|(_, count)| *count).max().unwrap_or_default();
    // What few runs have is not the main one, however it is called.
    let (common, rare): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|(_, count)| count * 2 > most);
    match common.as_slice() {
        [] => Err(Error::not_found("no run has a metric, so no param can matter for one").into()),
        [(name, count), rest @ ..] if rest.first().is_none_or(|(next, _)| rank(name) < rank(next)) => {
            let shown = one_line(&escape_key(name), 80);
            let note =
                format!("metric {shown} was taken as the main one: {count} of the {} newest runs have it", runs.len());
            Ok(Found::Metric((*name).to_owned(), note))
        }
        several => {
            let listed: Vec<String> = several
                .iter()
                .chain(&rare)
                .take(NAMED)
                .map(|(name, count)| format!("{} ({count} runs)", one_line(&escape_key(name), 80)))
                .collect();
            let message = format!(
                "which metric is meant is not clear; the {} newest runs have {}",
                runs.len(),
                listed.join(", ")
            );
            let problem = Problem::from(Error::bad_input(message));
            Err(several
                .iter()
                .take(2)
                .fold(problem, |problem, (name, _)| problem.next("rank_params", input.with_metric(name))))
        }
    }
}

/// How likely a metric is what a training is about: one of held-out data before others, and of what is good or bad by its
/// name before what is not; of training last.
fn rank(name: &str) -> u8 {
    let words = direction::words(name);
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    match direction::better(name) {
        None => 3,
        Some(_) if says(&["val", "valid", "validation", "eval", "evaluation", "dev", "test"]) => 0,
        Some(_) if says(&["train", "training"]) => 2,
        Some(_) => 1,
    }
}

/// The newest runs of all trackers that take part, and those in which names were looked up.
async fn newest(call: &Call, scopes: &[Scope], filter: Option<&Filter>) -> Result<(Vec<Run>, Newest)> {
    let finished = match filter {
        Some(filter) if filter.names_status() => None,
        _ => conditions::any_status(&[Status::Finished]),
    };
    let parts: Vec<Filter> = filter.cloned().into_iter().chain(finished).collect();
    let homes = scopes.iter().map(|scope| Arc::clone(&scope.tracker)).collect();
    let answers = ask(homes, call, |tracker, call| {
        let scope = scopes.iter().find(|scope| scope.tracker.name() == tracker.name());
        let query = RunQuery {
            projects: scope.map_or(ProjectScope::All, |scope| scope.projects.clone()),
            text: None,
            filter: (!parts.is_empty()).then(|| Filter::And(parts.clone())),
            order: Order::default(),
            include_archived: false,
            parts: Parts::of(&[Part::Metrics]),
            limit: SAMPLE,
            cursor: None,
        };
        async move { search(&*tracker, &call, &query).await }
    })
    .await?;
    let (mut runs, mut seen) = (Vec::new(), Newest::new());
    for (tracker, Searched { page, newest, .. }) in answers.answered {
        runs.extend(page.rows);
        seen.extend(newest.map(|page| (tracker.name().to_owned(), page)));
    }
    Ok((runs, seen))
}

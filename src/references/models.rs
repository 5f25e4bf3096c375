//! Models by name, version, alias, id or URL: one question to each tracker for all of them.

use std::sync::Arc;

use backends::model::ModelDetails;
use backends::tracker::{FoundModel, Located};
use backends::{Call, Error, Tracker};
use serde_json::json;

use super::asked::{Asked, ask_each, of_its_tracker, unless_nothing, verbatim};
use super::text::{Reference, read, unasked};
use crate::problem::{Problem, Result};
use crate::render::one_line;
use crate::trackers::Trackers;

/// The models that references stand for.
#[derive(Default)]
pub struct FetchedModels {
    /// Those that are there, in the order of the references, each with its tracker.
    pub models: Vec<(Arc<dyn Tracker>, ModelDetails)>,
    /// References that mean nothing, with why.
    pub missing: Vec<(String, Problem)>,
    /// Trackers that did not answer.
    pub failed: Vec<String>,
}

/// Fetches the models that the references stand for, with so many versions of each. What is nowhere is told in `missing`;
/// if that is all, it is the error.
pub async fn fetch_models(
    trackers: &Trackers,
    call: &Call,
    references: &[String],
    versions: usize,
) -> Result<FetchedModels> {
    let mut asked: Vec<Asked> = Vec::new();
    for reference in references {
        let (homes, text) = meant(trackers, reference)?;
        let homes = homes.into_iter().filter(|tracker| tracker.models().is_some()).collect();
        asked.push(Asked { trackers: homes, text });
    }
    if asked.iter().all(|one| one.trackers.is_empty()) {
        return Err(Error::unsupported("none of the configured trackers knows models").into());
    }
    let (said, failed) = ask_each(&asked, call, |tracker, call, texts| async move {
        match tracker.models() {
            Some(side) => side.models(&call, &texts, versions).await,
            None => Ok(Vec::new()),
        }
    })
    .await?;
    let mut fetched = FetchedModels { failed, ..FetchedModels::default() };
    for (reference, outcomes) in references.iter().map(|reference| reference.trim()).zip(said) {
        let mut found: Vec<(Arc<dyn Tracker>, ModelDetails)> = Vec::new();
        let mut why = FoundModel::default();
        for (tracker, outcome) in outcomes {
            why.near.extend(outcome.near.iter().map(|near| of_its_tracker(trackers, &tracker, near)));
            why.reason = why.reason.or(outcome.reason);
            found.extend(outcome.found.into_iter().map(|details| (Arc::clone(&tracker), details)));
        }
        match found.len() {
            0 => fetched.missing.push((reference.to_owned(), unknown(trackers, reference, why, &fetched.failed))),
            1 => fetched.models.extend(found),
            _ => fetched.missing.push((reference.to_owned(), ambiguous(reference, &found))),
        }
    }
    unless_nothing(&fetched.missing, references.len(), fetched.models.is_empty(), "models")?;
    Ok(fetched)
}

/// The trackers that a reference speaks of, and what is left of it there.
fn meant(trackers: &Trackers, text: &str) -> Result<(Vec<Arc<dyn Tracker>>, String)> {
    match read(trackers, text, None)? {
        Reference::Page(asked, Located::Model(model)) => Ok((asked, model)),
        Reference::Page(..) => {
            let shown = one_line(text, 120);
            let error = Error::bad_input(format!("'{shown}' shows a run or project, not a model"));
            Err(Problem::from(error).next("get_runs", json!({"runs": [shown], "include": ["models"]})))
        }
        Reference::Named(asked, name) => Ok((asked, name)),
        // A selector of runs stands for no model.
        Reference::Selected(asked, _) => Ok((asked, verbatim(trackers, text))),
    }
}

/// The next call is one that finds something: the neighbour, or whatever there is.
fn unknown(trackers: &Trackers, text: &str, why: FoundModel, failed: &[String]) -> Problem {
    let shown = one_line(text, 80);
    let near: Vec<String> = why.near.iter().map(|name| one_line(name, 80)).collect();
    let is_there = why.reason.is_some();
    let mut error = Error::not_found(match &why.reason {
        Some(reason) => one_line(reason, 300),
        None => format!("no model '{shown}'"),
    });
    let mut problem = match near.first() {
        Some(nearest) => {
            let what = if is_there { "there are" } else { "near names" };
            error = error.and(format!("{what}: '{}'", near.join("', '")));
            Problem::from(error).next("get_models", json!({"models": [nearest]}))
        }
        None => Problem::from(error).next("search_models", json!({})),
    };
    for failure in failed.iter().cloned().chain(unasked(trackers, text, None)) {
        problem.error = problem.error.and(format!("not asked: {failure}"));
    }
    problem
}

fn ambiguous(text: &str, found: &[(Arc<dyn Tracker>, ModelDetails)]) -> Problem {
    let all: Vec<String> =
        found.iter().take(10).map(|(tracker, details)| format!("{}:{}", tracker.name(), details.model.id)).collect();
    let listed =
        found.iter().zip(&all).map(|((_, details), id)| format!("{id} ('{}')", one_line(&details.model.name, 60)));
    let error = Error::bad_input(format!(
        "'{}' may mean {} models: {}; give one of these",
        one_line(text, 80),
        found.len(),
        listed.collect::<Vec<_>>().join(", ")
    ));
    Problem::from(error).next("get_models", json!({"models": all}))
}

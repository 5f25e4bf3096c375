//! Models by name, version, alias, id or URL: one question to each tracker for all of them.

use std::sync::Arc;

use backends::model::ModelDetails;
use backends::tracker::{FoundModel, Located};
use backends::{Call, Error, Tracker};
use serde_json::json;

use super::text::{Reference, read, unasked};
use crate::problem::{Problem, Result};
use crate::render::one_line;
use crate::trackers::{Trackers, ask};

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

/// A reference with the trackers that may have it.
struct Asked {
    text: String,
    there: String,
    trackers: Vec<String>,
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
    let mut homes: Vec<Arc<dyn Tracker>> = Vec::new();
    for text in references {
        let (of, there) = meant(trackers, text)?;
        let of: Vec<_> = of.into_iter().filter(|tracker| tracker.models().is_some()).collect();
        let names = of.iter().map(|tracker| tracker.name().to_owned()).collect();
        for tracker in of {
            if !homes.iter().any(|home| home.name() == tracker.name()) {
                homes.push(tracker);
            }
        }
        asked.push(Asked { text: text.trim().to_owned(), there, trackers: names });
    }
    if homes.is_empty() {
        return Err(Error::unsupported("none of the configured trackers knows models").into());
    }
    let answers = ask(homes, call, |tracker, call| {
        let own: Vec<String> = of_tracker(&asked, tracker.name()).map(|one| one.there.clone()).collect();
        async move {
            let Some(side) = tracker.models() else { return Ok(Vec::new()) };
            side.models(&call, &own, versions).await
        }
    })
    .await?;
    let mut fetched = FetchedModels { failed: answers.failed, ..FetchedModels::default() };
    let mut answered: Vec<(Arc<dyn Tracker>, std::vec::IntoIter<FoundModel>)> =
        answers.answered.into_iter().map(|(tracker, found)| (tracker, found.into_iter())).collect();
    let several = trackers.names().len() > 1;
    for one in &asked {
        let mut found: Vec<(Arc<dyn Tracker>, ModelDetails)> = Vec::new();
        let mut why = FoundModel::default();
        for (tracker, outcomes) in &mut answered {
            if !one.trackers.iter().any(|name| name == tracker.name()) {
                continue;
            }
            let Some(outcome) = outcomes.next() else { continue };
            found.extend(outcome.found.into_iter().map(|details| (Arc::clone(tracker), details)));
            // A name that is the same elsewhere would be ambiguous in the next call.
            why.near.extend(outcome.near.into_iter().map(|near| match several {
                true => format!("{}:{near}", tracker.name()),
                false => near,
            }));
            why.reason = why.reason.or(outcome.reason);
        }
        match found.len() {
            0 => fetched.missing.push((one.text.clone(), unknown(trackers, &one.text, why, &fetched.failed))),
            1 => fetched.models.extend(found),
            _ => fetched.missing.push((one.text.clone(), ambiguous(&one.text, &found))),
        }
    }
    match fetched.missing.as_slice() {
        [(_, only)] if references.len() == 1 => Err(only.clone()),
        [(_, first), ..] if fetched.models.is_empty() => {
            let mut problem = first.clone();
            let message = &problem.error.message;
            problem.error.message =
                format!("none of the {} models named is there; the first: {message}", references.len());
            Err(problem)
        }
        _ => Ok(fetched),
    }
}

fn of_tracker<'a>(asked: &'a [Asked], tracker: &'a str) -> impl Iterator<Item = &'a Asked> {
    asked.iter().filter(move |one| one.trackers.iter().any(|name| name == tracker))
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
        // A model may well be called `last`; a selector of runs stands for none.
        Reference::Selected(asked, _) => {
            let text = text.trim();
            let rest = text.split_once(':').filter(|(name, _)| trackers.named(name).is_some());
            Ok((asked, rest.map_or(text, |(_, rest)| rest.trim()).to_owned()))
        }
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

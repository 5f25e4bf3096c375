//! Datasets by id, name (the latest), `name@version` or URL: one question to each tracker for all of them.

use std::collections::HashMap;
use std::sync::Arc;

use backends::model::{Dataset, DatasetDetails};
use backends::tracker::{FoundDataset, Located};
use backends::{Call, Error, Tracker};
use serde_json::json;

use super::text::{Reference, read, unasked};
use crate::problem::{Problem, Result};
use crate::render::one_line;
use crate::trackers::{Trackers, ask};

/// The tools for datasets.
const SEARCH: &str = "search_datasets";
const GET: &str = "get_datasets";
/// Candidates that a sentence lists.
const LISTED: usize = 10;

/// The datasets that were named.
#[derive(Default)]
pub struct FetchedDatasets {
    /// Those that are there, in the order of the references.
    pub datasets: Vec<(Arc<dyn Tracker>, DatasetDetails)>,
    /// References that mean nothing, or several things, with why.
    pub missing: Vec<(String, Problem)>,
    /// Trackers that did not answer.
    pub failed: Vec<String>,
}

/// Trackers that are asked.
type Asked = Vec<Arc<dyn Tracker>>;

/// The trackers among these that know datasets; what is to be said of the others.
pub(crate) fn with_datasets(asked: Asked) -> Result<(Asked, Vec<String>)> {
    let (able, others): (Vec<_>, Vec<_>) = asked.into_iter().partition(|tracker| tracker.datasets().is_some());
    let lacks = |tracker: &Arc<dyn Tracker>| {
        format!(
            "{} ({}) offers no questions about datasets; get_runs with include [\"datasets\"] shows those of a run",
            tracker.name(),
            tracker.kind()
        )
    };
    let lacking: Vec<String> = others.iter().map(lacks).collect();
    match (able.is_empty(), lacking.first()) {
        (true, Some(first)) => Err(Error::unsupported(first.clone()).into()),
        _ => Ok((able, lacking)),
    }
}

/// Fetches the datasets that the references mean, with their files one by one if those are wanted. What is nowhere, or
/// may be several, is told in `missing`; if that is all, it is the error.
pub async fn fetch_datasets(
    trackers: &Trackers,
    call: &Call,
    references: &[String],
    files: bool,
) -> Result<FetchedDatasets> {
    let mut fetched = FetchedDatasets::default();
    let mut asked: Vec<(Arc<dyn Tracker>, Vec<String>)> = Vec::new();
    let mut texts: Vec<(String, Vec<String>)> = Vec::new();
    for reference in references {
        let (homes, text) = named(trackers, reference)?;
        let (homes, lacking) = with_datasets(homes)?;
        for sentence in lacking.into_iter().chain(unasked(trackers, reference, None)) {
            if !fetched.failed.contains(&sentence) {
                fetched.failed.push(sentence);
            }
        }
        for home in homes {
            match asked.iter_mut().find(|(tracker, _)| tracker.name() == home.name()) {
                Some((_, wanted)) if wanted.contains(&text) => {}
                Some((_, wanted)) => wanted.push(text.clone()),
                None => asked.push((home, vec![text.clone()])),
            }
        }
        let homes = homes_of(trackers, reference);
        texts.push((text, homes));
    }
    let wanted: HashMap<String, Vec<String>> =
        asked.iter().map(|(tracker, texts)| (tracker.name().to_owned(), texts.clone())).collect();
    let answers = ask(asked.into_iter().map(|(tracker, _)| tracker).collect(), call, |tracker, call| {
        let texts = wanted.get(tracker.name()).cloned().unwrap_or_default();
        async move {
            let Some(datasets) = tracker.datasets() else { return Ok(HashMap::new()) };
            let found = datasets.get(&call, &texts, files).await?;
            Ok(texts.into_iter().zip(found).collect::<HashMap<String, FoundDataset>>())
        }
    })
    .await?;
    fetched.failed.extend(answers.failed);
    let mut shown: Vec<String> = Vec::new();
    for (reference, (text, only)) in references.iter().zip(texts) {
        let here = |tracker: &Arc<dyn Tracker>| only.is_empty() || only.iter().any(|name| name == tracker.name());
        let found: Vec<(&Arc<dyn Tracker>, &FoundDataset)> = answers
            .answered
            .iter()
            .filter(|(tracker, _)| here(tracker))
            .filter_map(|(tracker, found)| Some((tracker, found.get(&text)?)))
            .collect();
        match fetched.meaning(reference, &found, trackers.names().len() > 1) {
            Err(problem) => fetched.missing.push((reference.clone(), problem)),
            Ok(several) => {
                for (tracker, details) in several {
                    let source = details.source.location.clone().unwrap_or_default();
                    let key = format!("{}:{} {source}", tracker.name(), details.dataset.reference);
                    if !shown.contains(&key) {
                        shown.push(key);
                        fetched.datasets.push((tracker, details));
                    }
                }
            }
        }
    }
    fetched.unless_nothing(references.len())
}

/// The trackers that a reference names, if it names some.
fn homes_of(trackers: &Trackers, reference: &str) -> Vec<String> {
    named(trackers, reference)
        .map(|(homes, _)| homes.iter().map(|home| home.name().to_owned()).collect())
        .unwrap_or_default()
}

/// The trackers that a reference goes to, and what it is there.
fn named(trackers: &Trackers, reference: &str) -> Result<(Asked, String)> {
    Ok(match read(trackers, reference, None)? {
        // The page of a version of a dataset is that of the task that made it.
        Reference::Page(asked, Located::Run(id)) => (asked, id.as_str().to_owned()),
        Reference::Page(..) => {
            let shown = one_line(reference, 80);
            let error = Error::bad_input(format!("'{shown}' is not the page of a dataset's version"));
            return Err(Problem::from(error).next(SEARCH, json!({})));
        }
        Reference::Named(asked, name) => (asked, name),
        // A dataset may well be called `last`; a selector of runs stands for none.
        Reference::Selected(asked, _) => {
            let text = reference.trim();
            let own = text.split_once(':').filter(|(name, _)| trackers.named(name).is_some());
            (asked, own.map_or(text, |(_, rest)| rest.trim()).to_owned())
        }
    })
}

type Meant = Vec<(Arc<dyn Tracker>, DatasetDetails)>;

impl FetchedDatasets {
    /// What a reference means, given what each tracker says; `several` are configured.
    fn meaning(&self, reference: &str, found: &[(&Arc<dyn Tracker>, &FoundDataset)], several: bool) -> Result<Meant> {
        let shown = one_line(reference, 80);
        let mut candidates: Vec<(&str, &Dataset)> = Vec::new();
        let mut here: Vec<(&Arc<dyn Tracker>, &Vec<DatasetDetails>)> = Vec::new();
        let mut near: Vec<String> = Vec::new();
        for (tracker, meaning) in found {
            match meaning {
                FoundDataset::Found(details) => {
                    here.push((tracker, details));
                    candidates.extend(details.first().map(|one| (tracker.name(), &one.dataset)));
                }
                FoundDataset::Several(several) => candidates.extend(several.iter().map(|one| (tracker.name(), one))),
                // A name that is the same elsewhere would be ambiguous in the next call.
                FoundDataset::Unknown(names) if several => {
                    near.extend(names.iter().map(|name| format!("{}:{name}", tracker.name())));
                }
                FoundDataset::Unknown(names) => near.extend(names.iter().cloned()),
            }
        }
        match (here.as_slice(), candidates.as_slice()) {
            (_, []) => Err(self.unknown(&shown, &near)),
            ([(tracker, details)], [_]) => Ok(details.iter().map(|one| (Arc::clone(tracker), one.clone())).collect()),
            (_, several) => Err(ambiguous(&shown, several)),
        }
    }

    fn unknown(&self, shown: &str, near: &[String]) -> Problem {
        let mut error = Error::not_found(format!("no dataset '{shown}'"));
        let listed: Vec<String> = near.iter().take(LISTED).map(|name| one_line(name, 80)).collect();
        let mut next = (SEARCH, json!({}));
        if let Some(nearest) = listed.first() {
            error = error.and(format!("near: '{}'", listed.join("', '")));
            next = (GET, json!({"datasets": [nearest]}));
        }
        for failure in &self.failed {
            error = error.and(format!("not asked: {failure}"));
        }
        Problem::from(error).next(next.0, next.1)
    }

    fn unless_nothing(self, asked: usize) -> Result<Self> {
        match self.missing.as_slice() {
            [(_, only)] if asked == 1 && self.datasets.is_empty() => Err(only.clone()),
            [(_, first), ..] if self.datasets.is_empty() => {
                let mut problem = first.clone();
                let message = &problem.error.message;
                problem.error.message = format!("none of the {asked} datasets named is there; the first: {message}");
                Err(problem)
            }
            _ => Ok(self),
        }
    }
}

fn ambiguous(shown: &str, several: &[(&str, &Dataset)]) -> Problem {
    let one = |(tracker, dataset): &(&str, &Dataset)| {
        let parts = [dataset.projects.first().cloned(), Some(dataset.name.clone()), dataset.version.clone()];
        let parts: Vec<String> = parts.into_iter().flatten().map(|part| one_line(&part, 60)).collect();
        let state = dataset.state.filter(|state| !state.is_finished()).map(|state| format!(", {}", state.word()));
        let state = state.unwrap_or_default();
        format!("{tracker}:{} ({}{state})", one_line(&dataset.reference, 120), parts.join(" "))
    };
    let listed: Vec<String> = several.iter().take(LISTED).map(one).collect();
    let error = Error::bad_input(format!(
        "'{shown}' may mean {} datasets: {}; give one of these",
        several.len(),
        listed.join(", ")
    ));
    let all = several.iter().take(LISTED).map(|(tracker, one)| format!("{tracker}:{}", one_line(&one.reference, 120)));
    Problem::from(error).next(GET, json!({"datasets": all.collect::<Vec<_>>()}))
}

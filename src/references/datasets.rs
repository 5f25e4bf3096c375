//! Datasets by id, name (the latest), `name@version` or URL: one question to each tracker for all of them.

use std::sync::Arc;

use backends::model::{Dataset, DatasetDetails};
use backends::tracker::{FoundDataset, Located};
use backends::{Call, Error, Tracker};
use serde_json::json;

use super::asked::{Asked, Said, ask_each, of_its_tracker, unless_nothing, verbatim};
use super::text::{Reference, read, unasked};
use crate::problem::{Problem, Result};
use crate::render::one_line;
use crate::trackers::Trackers;

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

/// Trackers to ask.
type Homes = Vec<Arc<dyn Tracker>>;

/// The trackers among these that know datasets; what is to be said of the others.
pub(crate) fn with_datasets(asked: Homes) -> Result<(Homes, Vec<String>)> {
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
    let mut asked: Vec<Asked> = Vec::new();
    for reference in references {
        let (homes, text) = named(trackers, reference)?;
        let (able, lacking) = with_datasets(homes)?;
        for sentence in lacking.into_iter().chain(unasked(trackers, reference, None)) {
            if !fetched.failed.contains(&sentence) {
                fetched.failed.push(sentence);
            }
        }
        asked.push(Asked { trackers: able, text });
    }
    let (said, failed) = ask_each(&asked, call, |tracker, call, texts| async move {
        match tracker.datasets() {
            Some(datasets) => datasets.get(&call, &texts, files).await,
            None => Ok(Vec::new()),
        }
    })
    .await?;
    fetched.failed.extend(failed);
    let mut shown: Vec<String> = Vec::new();
    for (reference, found) in references.iter().zip(said) {
        match fetched.meaning(trackers, reference, found) {
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
    unless_nothing(&fetched.missing, references.len(), fetched.datasets.is_empty(), "datasets")?;
    Ok(fetched)
}

/// The trackers that a reference goes to, and what it is there.
fn named(trackers: &Trackers, reference: &str) -> Result<(Homes, String)> {
    Ok(match read(trackers, reference, None)? {
        // The page of a version of a dataset is that of the task that made it.
        Reference::Page(asked, Located::Run(id)) => (asked, id.as_str().to_owned()),
        Reference::Page(..) => {
            let shown = one_line(reference, 80);
            let error = Error::bad_input(format!("'{shown}' is not the page of a dataset's version"));
            return Err(Problem::from(error).next(SEARCH, json!({})));
        }
        Reference::Named(asked, name) => (asked, name),
        // A selector of runs stands for no dataset.
        Reference::Selected(asked, _) => (asked, verbatim(trackers, reference)),
    })
}

impl FetchedDatasets {
    /// What a reference means, given what each tracker says.
    fn meaning(
        &self,
        trackers: &Trackers,
        reference: &str,
        found: Said<FoundDataset>,
    ) -> Result<Vec<(Arc<dyn Tracker>, DatasetDetails)>> {
        let shown = one_line(reference, 80);
        let mut candidates: Vec<(String, Dataset)> = Vec::new();
        let mut here: Said<Vec<DatasetDetails>> = Vec::new();
        let mut near: Vec<String> = Vec::new();
        for (tracker, meaning) in found {
            let of = |dataset: Dataset| (tracker.name().to_owned(), dataset);
            match meaning {
                FoundDataset::Found(details) => {
                    candidates.extend(details.first().map(|one| of(one.dataset.clone())));
                    here.push((tracker, details));
                }
                FoundDataset::Several(several) => candidates.extend(several.into_iter().map(of)),
                FoundDataset::Unknown(names) => {
                    near.extend(names.iter().map(|name| of_its_tracker(trackers, &tracker, name)));
                }
            }
        }
        match (here.pop(), candidates.as_slice()) {
            (_, []) => Err(self.unknown(&shown, &near)),
            (Some((tracker, details)), [_]) if here.is_empty() => {
                Ok(details.into_iter().map(|one| (Arc::clone(&tracker), one)).collect())
            }
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
}

fn ambiguous(shown: &str, several: &[(String, Dataset)]) -> Problem {
    let one = |(tracker, dataset): &(String, Dataset)| {
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

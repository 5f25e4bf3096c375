//! Datasets over REST: inputs that runs logged, and records to evaluate with.
//!
//! What runs of 20 experiments logged is one request, and a server tells at most 1,000 inputs of one; which runs logged a
//! name is one `runs/search` over all experiments.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use tokio::time::Instant;

use crate::mlflow_model::datasets::{self, Evaluation, Known};
use crate::model::{Dataset, DatasetKind, Page, Run};
use crate::tracker::{DatasetQuery, FoundDataset, ProjectScope};
use crate::{Call, ErrorKind, Result, TrackerDatasets};

use super::Mlflow;
use super::api::{RunsRequest, View};
use super::experiments::Index;
use super::filter;
use super::wire_datasets::{Summary, WireEvaluation};

/// Experiments of one request.
const EXPERIMENTS: usize = 20;
/// Requests for one list of datasets.
const REQUESTS: usize = 100;
/// Inputs that a server tells at once.
const SUMMARIES: usize = 1_000;
/// Runs of one request.
const RUNS: usize = 500;

/// Runs that logged what was asked for.
struct Logged {
    runs: Vec<Run>,
    /// Where older ones begin.
    next: Option<String>,
}

#[async_trait]
impl TrackerDatasets for Mlflow {
    async fn search(&self, call: &Call, query: &DatasetQuery) -> Result<Page<Dataset>> {
        let begun = Instant::now();
        let mut index = self.experiments.index(&self.api, call).await?;
        let mut page = self.listed(call, &index, query).await?;
        if page.rows.is_empty() {
            let newer = self.experiments.newer(&self.api, call, &index, begun).await?;
            if !newer.others(&index).is_empty() {
                index = newer;
                page = self.listed(call, &index, query).await?;
            }
        }
        Ok(page)
    }

    async fn get(&self, call: &Call, texts: &[String], _: bool) -> Result<Vec<FoundDataset>> {
        let begun = Instant::now();
        let mut index = self.experiments.index(&self.api, call).await?;
        let names = datasets::names(texts);
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        let (first, evaluations) =
            futures::try_join!(self.logged(call, &index, &all, None), self.evaluations(call, None))?;
        let Logged { mut runs, next } = first;
        let mut more = next.is_some();
        let mut evaluations = evaluations.unwrap_or_default();
        // Names that newer runs of others hid are looked for by themselves.
        let seen = |name: &String| {
            let logged = |run: &Run| run.datasets.iter().any(|input| input.name == *name);
            runs.iter().any(logged) || evaluations.iter().any(|one| one.name == *name || one.id == *name)
        };
        let unseen = |text: &&String| more && !datasets::names(std::slice::from_ref(*text)).iter().any(seen);
        let hidden: Vec<String> = texts.iter().filter(unseen).cloned().collect();
        let hidden = datasets::names(&hidden);
        let hidden: Vec<&str> = hidden.iter().map(String::as_str).collect();
        let mut wanted: Vec<&mut Evaluation> =
            evaluations.iter_mut().filter(|one| texts.contains(&one.id) || names.contains(&one.name)).collect();
        if !hidden.is_empty() && hidden.len() < all.len() {
            runs.extend(self.logged(call, &index, &hidden, None).await?.runs);
        } else if let [one] = wanted.as_mut_slice() {
            let ids = self.api.experiments_of_dataset(call, &one.id).await?;
            one.projects = ids.iter().map(|id| index.name(id).unwrap_or_else(|| id.clone())).collect();
        } else if more {
            let second = self.logged(call, &index, &all, next.as_deref()).await?;
            runs.extend(second.runs);
            more = second.next.is_some();
        }
        let understood = |runs: &[Run], more| -> Vec<FoundDataset> {
            let known = Known { runs, evaluations: &evaluations, more };
            texts.iter().map(|text| known.meant(text)).collect()
        };
        let mut answer = understood(&runs, more);
        if answer.iter().any(|found| matches!(found, FoundDataset::Unknown(_))) {
            let newer = self.experiments.newer(&self.api, call, &index, begun).await?;
            if !newer.others(&index).is_empty() {
                index = newer;
                let again = self.logged(call, &index, &all, None).await?;
                answer = understood(&again.runs, again.next.is_some());
            }
            self.add_near(call, &index, texts, &mut answer).await;
        }
        Ok(answer)
    }
}

impl Mlflow {
    /// One page with all that fits.
    async fn listed(&self, call: &Call, index: &Index, query: &DatasetQuery) -> Result<Page<Dataset>> {
        let (experiments, scope) = match &query.projects {
            ProjectScope::All => (index.ids(false), None),
            ProjectScope::Only(ids) => {
                let ids: Vec<String> = ids.iter().map(|id| id.as_str().to_owned()).collect();
                (ids.clone(), Some(ids))
            }
        };
        let mut page = Page::whole(Vec::new());
        let asked = experiments.len().min(REQUESTS * EXPERIMENTS);
        if asked < experiments.len() {
            page.notes.push(format!(
                "looked in the {asked} experiments that changed last, of {}; projects names others",
                experiments.len()
            ));
        }
        let experiments: Vec<String> = experiments.into_iter().take(asked).collect();
        let (summaries, evaluations) = futures::try_join!(
            self.summaries(call, &experiments, &mut page.notes),
            self.evaluations(call, scope.as_deref())
        )?;
        if evaluations.is_none() && summaries.is_empty() {
            page.notes.push("this MLflow server keeps no evaluation datasets (they came with MLflow 3)".to_owned());
        }
        let everywhere = scope.is_none() && page.notes.is_empty();
        let mut rows: Vec<Dataset> = evaluations.unwrap_or_default().iter().map(Evaluation::to_dataset).collect();
        for input in inputs(summaries, index, everywhere) {
            // What was evaluated with is logged under the same name and digest.
            match rows.iter_mut().find(|row| row.name == input.name && row.version == input.version) {
                Some(kept) => {
                    kept.projects.extend(input.projects);
                    kept.contexts.extend(input.contexts);
                }
                None => rows.push(input),
            }
        }
        let (fitting, others) =
            rows.into_iter().partition(|row: &Dataset| query.takes_name(&row.name) && query.takes_tags(row));
        page.rows = fitting;
        if let Some(text) = page.lacks(&query.text, &query.cursor) {
            let others: Vec<Dataset> = others;
            page.near = datasets::near(text, others.iter().map(|row| row.name.as_str()));
        }
        page.rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.reference.clone()));
        page.scanned = page.rows.len() as u64;
        page.total = Some(page.scanned);
        if !query.tags.is_empty() {
            page.notes
                .push("only evaluation datasets have tags on MLflow; what runs logged as input has none".to_owned());
        }
        Ok(page)
    }

    /// What runs of these experiments logged, some requests at once.
    async fn summaries(&self, call: &Call, experiments: &[String], notes: &mut Vec<String>) -> Result<Vec<Summary>> {
        let chunks: Vec<Vec<String>> = experiments.chunks(EXPERIMENTS).map(<[String]>::to_vec).collect();
        let (mut all, mut cut) = (Vec::new(), Vec::new());
        for (some, found) in self.told(call, chunks).await? {
            if found.len() >= SUMMARIES { cut.extend(some) } else { all.extend(found) }
        }
        // Where the server cut its answer, each experiment is asked for itself.
        let each: Vec<Vec<String>> = cut.into_iter().take(REQUESTS).map(|one| vec![one]).collect();
        for (one, found) in self.told(call, each).await? {
            if found.len() >= SUMMARIES {
                notes.push(format!(
                    "experiment {} has more inputs than the {SUMMARIES} that the server tells; get_datasets finds all by name",
                    one.concat()
                ));
            }
            all.extend(found);
        }
        Ok(all)
    }

    /// What the server tells of each of these, some requests at once.
    async fn told(&self, call: &Call, asked: Vec<Vec<String>>) -> Result<Vec<(Vec<String>, Vec<Summary>)>> {
        let mut requests = Vec::new();
        for some in asked {
            requests.push(async move {
                let found = self.api.search_datasets(call, &some).await?;
                Ok((some, found))
            });
        }
        futures::stream::iter(requests).buffered(self.api.requests_at_once()).try_collect().await
    }

    /// All that is kept to evaluate with, also only that of some experiments; `None` where the server keeps no such.
    async fn evaluations(&self, call: &Call, experiments: Option<&[String]>) -> Result<Option<Vec<Evaluation>>> {
        if !self.api.may_have_evaluations() {
            return Ok(None);
        }
        match self.api.search_evaluations(call, experiments).await {
            Ok(page) => Ok(Some(page.datasets.into_iter().map(WireEvaluation::into_evaluation).collect())),
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Unsupported | ErrorKind::BadInput) => {
                self.api.has_no_evaluations();
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A page of the runs that logged one of these names, the newest first, deleted ones too.
    async fn logged(&self, call: &Call, index: &Index, names: &[&str], token: Option<&str>) -> Result<Logged> {
        let experiments = index.ids(false);
        let request = RunsRequest {
            experiments: &experiments,
            filter: &filter::datasets_in(names),
            order_by: &[],
            view: View::All,
            max_results: RUNS,
            page_token: token,
        };
        let page = self.api.search_runs(call, &request).await?;
        let runs = page.runs.into_iter().map(|run| run.into_run(|id| index.name(id), self.api.web()));
        let runs = runs.filter(|run| run.datasets.iter().any(|input| names.contains(&input.name.as_str())));
        Ok(Logged { runs: runs.collect(), next: page.next_page_token.filter(|next| !next.is_empty()) })
    }

    /// Names that resemble what was not found; nothing if they cannot be had.
    async fn add_near(&self, call: &Call, index: &Index, texts: &[String], answer: &mut [FoundDataset]) {
        let experiments: Vec<String> = index.ids(false).into_iter().take(REQUESTS * EXPERIMENTS).collect();
        let Ok(known) = self.summaries(call, &experiments, &mut Vec::new()).await else { return };
        for (text, found) in texts.iter().zip(answer) {
            if let FoundDataset::Unknown(near) = found
                && near.is_empty()
            {
                *near = datasets::near(text, known.iter().map(|one| one.name.as_str()));
            }
        }
    }
}

/// Each input by name and digest, whatever experiments it is in. Where all were asked, a name with one digest has its
/// latest.
fn inputs(summaries: Vec<Summary>, index: &Index, everywhere: bool) -> Vec<Dataset> {
    let mut digests: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut found: BTreeMap<(String, String), (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for Summary { experiment_id, name, digest, context } in summaries {
        digests.entry(name.clone()).or_default().insert(digest.clone());
        let (projects, contexts) = found.entry((name, digest)).or_default();
        projects.insert(index.name(&experiment_id).unwrap_or(experiment_id));
        contexts.extend(context);
    }
    let dataset = |((name, digest), (projects, contexts)): ((String, String), (BTreeSet<String>, BTreeSet<String>))| {
        let only = digests.get(&name).is_some_and(|all| all.len() == 1);
        let digest = Some(digest).filter(|digest| !digest.is_empty());
        Dataset {
            latest: (everywhere && only).then_some(true),
            projects: projects.into_iter().collect(),
            contexts: contexts.into_iter().collect(),
            version: digest.clone(),
            ..Dataset::new(datasets::reference(&name, digest.as_deref()), name, DatasetKind::Input)
        }
    };
    found.into_iter().map(dataset).collect()
}

#[cfg(test)]
mod tests;

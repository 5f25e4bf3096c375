//! Runs by id, and the parts of them that cost further requests.

use std::collections::HashMap;
use std::sync::Arc;

use futures::StreamExt;
use tokio::time::Instant;

use crate::mlflow_model::{self, text::plain_id};
use crate::model::{ModelReference, Part, Parts, Run, RunDetails, RunId};
use crate::tracker::FoundRuns;
use crate::{Call, Result};

use super::api::{Api, RunsRequest, View};
use super::experiments::{Experiments, Index};
use super::filter;

/// Ids of one request.
const IDS: usize = 1_000;
/// Children shown of one run.
const CHILDREN: usize = 100;
/// Artifacts shown of one run.
const ARTIFACTS: usize = 100;
/// Requests for parts that are under way at once.
const AT_ONCE: usize = 8;

/// The runs with these ids, whatever their state and experiment.
pub(super) async fn by_id(
    api: &Api,
    experiments: &Experiments,
    call: &Call,
    ids: &[RunId],
    parts: Parts,
) -> Result<FoundRuns> {
    let begun = Instant::now();
    let index = experiments.index(api, call).await?;
    let mut heads = fetch(api, call, &index, index.ids(true), ids).await?;
    let missing: Vec<RunId> = ids.iter().filter(|id| !heads.contains_key(id)).cloned().collect();
    if !missing.is_empty() {
        // They may lie in an experiment that was made since the list was read.
        let newer = experiments.newer(api, call, &index, begun).await?;
        let others = newer.others(&index);
        if !others.is_empty() {
            heads.extend(fetch(api, call, &newer, others, &missing).await?);
        }
    }
    let models = registered(api, call, &heads, parts).await?;
    let mut answer = FoundRuns::default();
    let mut found = Vec::new();
    for id in ids {
        match heads.remove(id) {
            Some(run) => found.push(run),
            None => answer.missing.push(id.clone()),
        }
    }
    let details = found.into_iter().map(|run| details(api, call, &index, run, parts, &models));
    let mut details = futures::stream::iter(details).buffered(AT_ONCE);
    while let Some(one) = details.next().await {
        answer.found.push(one?);
    }
    Ok(answer)
}

async fn fetch(
    api: &Api,
    call: &Call,
    index: &Index,
    experiments: Vec<String>,
    ids: &[RunId],
) -> Result<HashMap<RunId, Run>> {
    let mut runs = HashMap::new();
    let ids: Vec<&str> = ids.iter().map(RunId::as_str).filter(|id| plain_id(id)).collect();
    for some in ids.chunks(IDS) {
        let request = RunsRequest {
            experiments: &experiments,
            filter: &filter::ids_in(some, false),
            order_by: &[],
            view: View::All,
            max_results: some.len(),
            page_token: None,
        };
        let page = api.search_runs(call, &request).await?;
        let found = page.runs.into_iter().map(|run| run.into_run(|id| index.name(id), api.web()));
        runs.extend(found.map(|run| (run.id.clone(), run)));
    }
    Ok(runs)
}

/// The registered model versions that the runs made: one request for all of them.
async fn registered(
    api: &Api,
    call: &Call,
    runs: &HashMap<RunId, Run>,
    parts: Parts,
) -> Result<HashMap<String, Vec<ModelReference>>> {
    let mut models: HashMap<String, Vec<ModelReference>> = HashMap::new();
    if !parts.contains(Part::Models) || runs.is_empty() {
        return Ok(models);
    }
    let ids: Vec<String> = runs.keys().map(|id| format!("'{id}'")).collect();
    let filter = match ids.as_slice() {
        [only] => format!("run_id = {only}"),
        _ => format!("run_id IN ({})", ids.join(",")),
    };
    for version in api.search_model_versions(call, &filter, IDS).await?.model_versions {
        let reference = ModelReference {
            id: format!("{}/{}", version.name, version.version),
            name: Some(version.name),
            output: true,
            ..ModelReference::default()
        };
        models.entry(version.run_id).or_default().push(reference);
    }
    Ok(models)
}

async fn details(
    api: &Api,
    call: &Call,
    index: &Arc<Index>,
    mut run: Run,
    parts: Parts,
    models: &HashMap<String, Vec<ModelReference>>,
) -> Result<RunDetails> {
    let mut notes = Vec::new();
    if let Some(registered) = models.get(run.id.as_str()) {
        run.models.extend(registered.iter().cloned());
    }
    let artifacts = if parts.contains(Part::Artifacts) {
        let page = api.list_artifacts(call, run.id.as_str(), "", None).await?;
        let count = page.files.len();
        if count > ARTIFACTS {
            notes.push(format!("{ARTIFACTS} of {count} artifacts at the top are shown"));
        }
        if page.next_page_token.is_some_and(|token| !token.is_empty()) {
            notes.push("the server has more artifacts at the top than it listed".to_owned());
        }
        Some(page.files.into_iter().take(ARTIFACTS).map(super::wire::WireFile::into_artifact).collect())
    } else {
        None
    };
    let children = if parts.contains(Part::Children) {
        let (children, more) = children(api, call, index, &run.id).await?;
        if more {
            notes.push(mlflow_model::more_children(CHILDREN, &run.id));
        }
        Some(children)
    } else {
        None
    };
    notes.extend(mlflow_model::lacking(parts));
    Ok(RunDetails { run, artifacts, children, outline: None, notes })
}

async fn children(api: &Api, call: &Call, index: &Index, parent: &RunId) -> Result<(Vec<Run>, bool)> {
    if !plain_id(parent.as_str()) {
        return Ok((Vec::new(), false));
    }
    let experiments = index.ids(false);
    let request = RunsRequest {
        experiments: &experiments,
        filter: &format!("tags.`{}` = '{parent}'", mlflow_model::PARENT),
        order_by: &["attributes.start_time DESC".to_owned()],
        view: View::Active,
        max_results: CHILDREN,
        page_token: None,
    };
    let page = api.search_runs(call, &request).await?;
    let more = page.next_page_token.is_some_and(|token| !token.is_empty());
    Ok((page.runs.into_iter().map(|run| run.into_run(|id| index.name(id), api.web())).collect(), more))
}

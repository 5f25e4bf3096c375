//! What pipelines and reports consist of: one question for all that were found.

use std::collections::{BTreeSet, HashMap};

use crate::model::{Outline, Parts, Run, RunDetails, RunId};
use crate::{Call, Result};

use super::api::{Api, PAGE};
use super::runs::may_be_id;
use super::wire::fields;
use super::wire_names::{LEADING, OPTIMIZER};
use super::wire_outline::is_over;

/// Adds what those of these runs consist of that are more than a record.
pub(super) async fn add(api: &Api, call: &Call, found: &mut HashMap<RunId, RunDetails>) -> Result<()> {
    let leads = |run: &Run| run.kind.as_deref().is_some_and(|kind| kind != OPTIMIZER && LEADING.contains(&kind));
    let mut ids: Vec<String> = found.values().filter(|one| leads(&one.run)).map(|one| one.run.id.to_string()).collect();
    ids.sort_unstable();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for ids in ids.chunks(PAGE) {
        for document in api.outlines(call, ids).await? {
            let Some(details) = found.get_mut(&RunId::new(document.id.as_str())) else { continue };
            match document.outline() {
                Some(Ok(outline)) => details.outline = Some(outline),
                Some(Err(why)) => details.notes.push(format!("the steps of {} are not known: {why}", document.id)),
                None => {}
            }
        }
    }
    Ok(())
}

/// Asks for the runs of steps of which a pipeline does not say how they ended: one question for all.
pub(super) async fn settle(api: &Api, call: &Call, found: &mut HashMap<RunId, RunDetails>) -> Result<()> {
    let mut ids = BTreeSet::new();
    for details in found.values() {
        if let Some(Outline::Pipeline(pipeline)) = &details.outline {
            let open = pipeline.unsettled(is_over(details.run.status)).filter(|id| may_be_id(id.as_str()));
            ids.extend(open.map(ToString::to_string));
        }
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).take(PAGE).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let tasks = api.documents(call, &ids, &fields(Parts::NONE)).await?;
    let runs: Vec<Run> = tasks.into_iter().map(|task| task.into_run(api.web())).collect();
    for details in found.values_mut() {
        if let Some(Outline::Pipeline(pipeline)) = &mut details.outline {
            pipeline.look_at(&runs, is_over(details.run.status));
        }
    }
    Ok(())
}

/// Lets steps say what their runs do, where those were fetched.
pub(super) fn look_at_children(found: &mut HashMap<RunId, RunDetails>) {
    for details in found.values_mut() {
        if let (Some(Outline::Pipeline(pipeline)), Some(children)) = (&mut details.outline, &details.children) {
            pipeline.look_at(children, is_over(details.run.status));
        }
    }
}

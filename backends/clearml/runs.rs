//! Runs by id: one `tasks.get_by_id_ex` for all of them, archived and hidden ones too.

use std::collections::HashMap;

use crate::model::{Artifact, Part, Parts, Run, RunDetails, RunId};
use crate::tracker::FoundRuns;
use crate::{Call, Result};

use super::api::{Api, PAGE};
use super::outline;
use super::tree::{Entry, Source, directly};
use super::wire::{Linked, WireArtifact, fields};
use super::wire_filter::TaskFilter;

/// Children that are told of one run.
const CHILDREN: usize = 100;
/// The longest id that is worth asking for.
const ID: usize = 64;

/// The runs with these ids, in that order, and the ids that there are none of.
pub(super) async fn by_id(api: &Api, call: &Call, ids: &[RunId], parts: Parts) -> Result<FoundRuns> {
    // A list without ids would mean all tasks to the server.
    let mut asked: Vec<&str> = ids.iter().map(RunId::as_str).filter(|id| may_be_id(id)).collect();
    asked.sort_unstable();
    asked.dedup();
    let mut found = HashMap::new();
    for chunk in asked.chunks(PAGE) {
        for mut task in api.documents(call, chunk, &fields(parts)).await? {
            let artifacts = parts.contains(Part::Artifacts).then(|| task.take_artifacts());
            let artifacts = artifacts.map(|artifacts| top(&artifacts));
            let run = task.into_run(api.web());
            let details = RunDetails { run, artifacts, children: None, outline: None, notes: Vec::new() };
            found.insert(details.run.id.clone(), details);
        }
    }
    if parts.contains(Part::Outline) {
        outline::add(api, call, &mut found).await?;
    }
    if parts.contains(Part::Children) && !found.is_empty() {
        add_children(api, call, &mut found).await?;
        outline::look_at_children(&mut found);
    } else if parts.contains(Part::Outline) {
        outline::settle(api, call, &mut found).await?;
    }
    let (mut answer, mut given) = (FoundRuns::default(), HashMap::new());
    for id in ids {
        match found.remove(id) {
            Some(details) => {
                given.insert(id, answer.found.len());
                answer.found.push(details);
            }
            // Asked for twice.
            None => match given.get(id).and_then(|at| answer.found.get(*at)).cloned() {
                Some(again) => answer.found.push(again),
                None => answer.missing.push(id.clone()),
            },
        }
    }
    Ok(answer)
}

/// What lies at the top of the tree of the artifacts that a task registered.
fn top(artifacts: &[WireArtifact]) -> Vec<Artifact> {
    let entry = |one: &WireArtifact| Entry { artifact: one.to_artifact(), source: Source::Stored(None) };
    directly(artifacts.iter().map(entry).collect::<Vec<_>>().iter(), "")
}

/// The runs directly below these, newest first: one request for all.
async fn add_children(api: &Api, call: &Call, found: &mut HashMap<RunId, RunDetails>) -> Result<()> {
    let mut parents: Vec<&str> = found.keys().map(RunId::as_str).collect();
    parents.sort_unstable();
    let mut filter = TaskFilter::below(&parents);
    filter.with_hidden();
    let order = ["-started".to_owned(), "-created".to_owned()];
    let tasks = api.tasks(call, &filter, &fields(Parts::NONE), &order, (0, PAGE)).await?;
    let cut = tasks.len() >= PAGE;
    let mut children: HashMap<RunId, Vec<Run>> = HashMap::new();
    for task in tasks {
        if let Some(parent) = task.parent.as_ref().and_then(Linked::id).map(RunId::new) {
            children.entry(parent).or_default().push(task.into_run(api.web()));
        }
    }
    for (id, details) in found.iter_mut() {
        let mut below = children.remove(id).unwrap_or_default();
        if below.len() > CHILDREN || cut {
            below.truncate(CHILDREN);
            let note = format!(
                "only the newest {} children are shown; search_runs with the filter parent = '{id}' lists all",
                below.len()
            );
            details.notes.push(note);
        }
        details.children = Some(below);
    }
    Ok(())
}

/// Whether it is worth asking for: ids of ClearML are 32 hexadecimal digits, those of imported tasks may be other words.
/// One that begins with a sign would mean *all but this* to the server.
pub(super) fn may_be_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.len() <= ID && text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.bytes().all(fits)
}

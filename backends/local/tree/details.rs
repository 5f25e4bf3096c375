//! Runs by id with the parts that have to be looked for elsewhere, and an experiment as a whole.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;

use crate::local::run_files;
use crate::mlflow_model;
use crate::model::{Part, Parts, ProjectId, ProjectOverview, Run, RunDetails, RunId, SubProject, Tallies};
use crate::tracker::FoundRuns;
use crate::{Call, Error, Result};

use super::experiments::{self, Experiment, is_id};
use super::runs::{RunFolder, Want};
use super::scan::scan;
use super::skipped::Skipped;
use super::{files, files_of, registry};

/// Children shown of one run.
const CHILDREN: usize = 100;

/// The folder of a run, whatever its state.
pub(super) fn find<'a>(all: &'a [Experiment], id: &'a str) -> Option<RunFolder<'a>> {
    let in_one = |experiment: &'a Experiment| {
        let folder = RunFolder { experiment, id };
        folder.path().join("meta.yaml").is_file().then_some(folder)
    };
    // Only what can be an id makes a path.
    all.iter().find_map(|experiment| is_id(id).then(|| in_one(experiment)).flatten())
}

/// The runs with these ids.
pub(super) fn runs(root: &Path, call: &Call, ids: &[RunId], parts: Parts) -> Result<FoundRuns> {
    let all = experiments::all(root, &mut Skipped::default())?;
    let wanted: HashSet<&str> = ids.iter().map(RunId::as_str).collect();
    let models = if parts.contains(Part::Models) { registry::made_by(root, &wanted) } else { Default::default() };
    let mut answer = FoundRuns::default();
    for id in ids {
        call.check()?;
        let mut skipped = Skipped::default();
        let folder = find(&all, id.as_str());
        let Some((folder, mut run)) =
            folder.and_then(|folder| Some((folder, folder.read(&Want::default().and_parts(parts), &mut skipped)?)))
        else {
            answer.missing.push(id.clone());
            continue;
        };
        run.models.extend(models.get(id.as_str()).into_iter().flatten().cloned());
        let mut notes = skipped.notes();
        let artifacts = match parts.contains(Part::Artifacts) {
            true => {
                run_files::top(files_of(folder).and_then(|place| run_files::list(&place, id, "", None)), &mut notes)?
            }
            false => None,
        };
        let children = match parts.contains(Part::Children) {
            true => Some(children(call, &all, id, &mut notes)?),
            false => None,
        };
        notes.extend(mlflow_model::lacking(parts));
        answer.found.push(RunDetails { run, artifacts, children, outline: None, notes });
    }
    Ok(answer)
}

/// The runs directly below one that are not deleted, newest first.
fn children(call: &Call, all: &[Experiment], parent: &RunId, notes: &mut Vec<String>) -> Result<Vec<Run>> {
    let mut found = Vec::new();
    for experiment in all.iter().filter(|experiment| !experiment.project.archived) {
        call.check()?;
        for id in experiment.run_folders() {
            let folder = RunFolder { experiment, id: &id };
            // One small file tells of most runs that they are none.
            let above = files::text(&folder.path().join("tags").join(mlflow_model::PARENT));
            if above.is_ok_and(|above| above == parent.as_str()) {
                found.extend(folder.read(&Want::default(), &mut Skipped::default()).map(|run| (run, experiment)));
            }
        }
    }
    found.retain(|(run, _)| !run.archived);
    found.sort_by(|(a, _), (b, _)| b.started.cmp(&a.started).then_with(|| a.id.cmp(&b.id)));
    if found.len() > CHILDREN {
        notes.push(mlflow_model::more_children(CHILDREN, parent));
    }
    let want = Want::default().and_parts(Parts::of(&[Part::Params, Part::Metrics, Part::Tags]));
    let whole = |(run, experiment): (Run, &Experiment)| {
        let folder = RunFolder { experiment, id: run.id.as_str() };
        folder.read(&want, &mut Skipped::default()).unwrap_or(run)
    };
    Ok(found.into_iter().take(CHILDREN).map(whole).collect())
}

/// One experiment with counts over its runs that were started at or after `since`.
pub(super) fn overview(root: &Path, call: &Call, id: &ProjectId, since: Option<Timestamp>) -> Result<ProjectOverview> {
    let mut skipped = Skipped::default();
    let all = experiments::all(root, &mut skipped)?;
    let found = all.iter().find(|one| one.project.id == *id);
    let experiment = found.ok_or_else(|| Error::not_found(format!("no experiment with id '{id}'")))?;
    let mut tallies = Tallies::default();
    // Runs of a deleted experiment count as deleted themselves.
    let archived_too = experiment.project.archived;
    let scanned = scan(call, &[experiment], &Want::names(), &mut skipped, |_, run| {
        if (archived_too || !run.archived) && since.is_none_or(|since| run.started >= Some(since)) {
            tallies.add(run);
        }
    })?;
    let below = format!("{}/", experiment.project.name);
    let sub_projects = all.iter().map(|one| &one.project);
    let sub_projects = sub_projects.filter(|project| !project.archived && project.name.starts_with(&below));
    let sub_projects =
        sub_projects.map(|project| SubProject { id: project.id.clone(), name: project.name.clone() }).collect();
    let mut overview = tallies.into_overview(experiment.project.clone(), sub_projects, None);
    overview.complete = scanned.stopped.is_none();
    overview.notes.extend(scanned.stopped);
    overview.notes.extend(skipped.notes());
    Ok(overview)
}

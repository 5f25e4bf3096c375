//! Searching runs: of each run is read what filter and order need; the rest only of those on the page.

use std::collections::HashSet;
use std::path::Path;

use crate::mlflow_model::{gaps, text};
use crate::model::{Page, Project, Run};
use crate::query::{Filter, Key};
use crate::tracker::{ProjectQuery, ProjectScope, RunQuery};
use crate::{Call, Result};

use super::experiments::{self, Experiment};
use super::page;
use super::runs::{RunFolder, Want};
use super::scan::{Scanned, scan};
use super::skipped::Skipped;

/// The page that the query asks for; `me` is the user who asks.
pub(super) fn runs(root: &Path, call: &Call, query: &RunQuery, me: Option<&str>) -> Result<Page<Run>> {
    gaps::refuse(query)?;
    let filter = query.filter.clone().map(|filter| match me {
        Some(me) => filter.with_me(me),
        None => filter,
    });
    let names_archived = filter.as_ref().is_some_and(|filter| filter.keys().any(|key| *key == Key::Archived));
    let archived_too = query.include_archived || names_archived;
    let mut skipped = Skipped::default();
    let all = experiments::all(root, &mut skipped)?;
    let chosen = chosen(&all, &query.projects, archived_too);
    let mut rows = Vec::new();
    let now = call.now();
    let Scanned { read, stopped } = scan(call, &chosen, &needed(query, filter.as_ref()), &mut skipped, |_, run| {
        let is_meant = (archived_too || !run.archived)
            && query.text.as_deref().is_none_or(|wanted| text::means(&run, wanted))
            && filter.as_ref().is_none_or(|filter| filter.matches(&run, now));
        if is_meant {
            rows.push(run);
        }
    })?;
    rows.sort_by(|a, b| query.order.compare(a, b, now));
    let total = stopped.is_none().then_some(rows.len() as u64);
    let (rows, next) = page::cut(rows, query.cursor.as_deref(), query.limit, |run| run.id.as_str())?;
    let want = needed(query, filter.as_ref()).and_parts(query.parts);
    let rows = rows.into_iter().map(|run| whole(&all, run, &want, &mut skipped)).collect();
    let mut notes: Vec<String> =
        stopped.map(|why| format!("{why}; name projects to have all of them")).into_iter().collect();
    notes.extend(skipped.notes());
    Ok(Page { rows, next, total, scanned: read, notes, near: Vec::new() })
}

/// The page of experiments that the query asks for, the most recently changed first.
pub(super) fn projects(root: &Path, query: &ProjectQuery) -> Result<Page<Project>> {
    let mut skipped = Skipped::default();
    let wanted = query.text.as_deref().map(str::to_lowercase);
    let is_meant = |project: &Project| {
        (query.include_archived || !project.archived)
            && wanted.as_deref().is_none_or(|text| project.name.to_lowercase().contains(text))
    };
    let all = experiments::all(root, &mut skipped)?.into_iter().map(|experiment| experiment.project);
    let all: Vec<Project> = all.collect();
    let scanned = all.len() as u64;
    let mut rows: Vec<Project> = all.into_iter().filter(is_meant).collect();
    rows.sort_by(|a, b| b.updated.cmp(&a.updated).then_with(|| a.id.cmp(&b.id)));
    let total = Some(rows.len() as u64);
    let (rows, next) = page::cut(rows, query.cursor.as_deref(), query.limit, |project| project.id.as_str())?;
    Ok(Page { rows, next, total, scanned, notes: skipped.notes(), near: Vec::new() })
}

/// The experiments of a scope.
pub(super) fn chosen<'a>(all: &'a [Experiment], scope: &ProjectScope, archived_too: bool) -> Vec<&'a Experiment> {
    match scope {
        ProjectScope::All => all.iter().filter(|one| archived_too || !one.project.archived).collect(),
        ProjectScope::Only(ids) => {
            let ids: HashSet<_> = ids.iter().collect();
            all.iter().filter(|one| ids.contains(&one.project.id)).collect()
        }
    }
}

/// What filter, order and text need to know of every run.
fn needed(query: &RunQuery, filter: Option<&Filter>) -> Want {
    let keys = filter.into_iter().flat_map(Filter::keys).chain(query.order.keys());
    let want = Want::default().and_keys(keys);
    match query.text {
        Some(_) => want.and_param(text::INVOCATION).and_keys([&Key::Tag(text::INVOCATION.to_owned())]),
        None => want,
    }
}

/// The run with all that the page shows of it.
fn whole(all: &[Experiment], run: Run, want: &Want, skipped: &mut Skipped) -> Run {
    let Some(experiment) = all.iter().find(|one| one.project.id == run.project.id) else { return run };
    let folder = RunFolder { experiment, id: run.id.as_str() };
    // One that is gone by now was there a moment ago.
    folder.read(want, skipped).unwrap_or(run)
}

//! Projects by name, id or URL; `X/*` with everything below, `lab:*` as a whole tracker.

use std::collections::BTreeMap;
use std::sync::Arc;

use backends::model::ProjectId;
use backends::tracker::{Located, ProjectQuery, ProjectScope, Referent};
use backends::{Call, Error, Tracker};
use serde_json::json;

use super::text::{Reference, read};
use crate::problem::{Problem, Result};
use crate::render::one_line;
use crate::trackers::Trackers;

/// Sub-projects read at a time.
const PAGE: usize = 1_000;

/// Where a question looks: projects of one tracker.
pub struct Scope {
    /// The tracker.
    pub tracker: Arc<dyn Tracker>,
    /// Its projects.
    pub projects: ProjectScope,
    /// Why it looks there, if nobody asked for that.
    pub remark: Option<String>,
}

impl Scope {
    fn of(tracker: Arc<dyn Tracker>, projects: ProjectScope) -> Self {
        Self { tracker, projects, remark: None }
    }
}

/// Where a question looks that names these projects; if it names none, in the default project of each tracker asked, or
/// in all of a tracker that has none.
pub async fn scopes(trackers: &Trackers, call: &Call, projects: &[String], only: Option<&str>) -> Result<Vec<Scope>> {
    if projects.is_empty() {
        let asked = trackers.asked(only)?.into_iter().map(|tracker| unnamed(trackers, call, tracker));
        return futures::future::try_join_all(asked).await;
    }
    let looked_up = projects.iter().map(|text| named(trackers, call, text, only));
    let mut merged: BTreeMap<String, Scope> = BTreeMap::new();
    for scopes in futures::future::try_join_all(looked_up).await? {
        for scope in scopes {
            let name = scope.tracker.name().to_owned();
            match merged.get_mut(&name) {
                Some(known) => {
                    known.projects = union(std::mem::replace(&mut known.projects, ProjectScope::All), scope.projects)
                }
                None => {
                    merged.insert(name, scope);
                }
            }
        }
    }
    Ok(merged.into_values().collect())
}

/// Where a question looks in this tracker that names no project.
async fn unnamed(trackers: &Trackers, call: &Call, tracker: Arc<dyn Tracker>) -> Result<Scope> {
    let name = tracker.name().to_owned();
    let default = trackers.named(&name).and_then(|configured| configured.limits.default_project.as_deref());
    let Some(default) = default else { return Ok(Scope::of(tracker, ProjectScope::All)) };
    let (tracker, id) = one_project(trackers, call, default, Some(&name)).await?;
    let shown = one_line(default, 80);
    let remark = format!("{name}: looked in its default project {shown}; projects: [\"{name}:*\"] looks in all");
    Ok(Scope { tracker, projects: ProjectScope::Only(vec![id]), remark: Some(remark) })
}

fn union(a: ProjectScope, b: ProjectScope) -> ProjectScope {
    match (a, b) {
        (ProjectScope::Only(mut a), ProjectScope::Only(b)) => {
            for id in b {
                if !a.contains(&id) {
                    a.push(id);
                }
            }
            ProjectScope::Only(a)
        }
        _ => ProjectScope::All,
    }
}

/// The scopes of one text: of each tracker that has a project so called.
async fn named(trackers: &Trackers, call: &Call, text: &str, only: Option<&str>) -> Result<Vec<Scope>> {
    let text = text.trim();
    let whole = match text.strip_suffix(":*") {
        Some(name) if trackers.named(name).is_some() => Some(Some(name)),
        _ if text == "*" => Some(only),
        _ => None,
    };
    if let Some(name) = whole {
        let asked = trackers.asked(name)?;
        return Ok(asked.into_iter().map(|tracker| Scope::of(tracker, ProjectScope::All)).collect());
    }
    match text.strip_suffix("/*") {
        Some(above) => below(trackers, call, above, only).await,
        None => {
            let (tracker, id) = one_project(trackers, call, text, only).await?;
            Ok(vec![Scope::of(tracker, ProjectScope::Only(vec![id]))])
        }
    }
}

/// A project and all below it; the one above need not exist itself.
async fn below(trackers: &Trackers, call: &Call, above: &str, only: Option<&str>) -> Result<Vec<Scope>> {
    let (asked, above) = match read(trackers, above, only)? {
        Reference::Named(asked, above) => (asked, above),
        _ => {
            let shown = one_line(above, 80);
            return Err(Error::bad_input(format!(
                "'{shown}/*': sub-projects are named by their path, such as vision/*"
            ))
            .into());
        }
    };
    let mut scopes = Vec::new();
    for tracker in asked {
        let mut ids: Vec<ProjectId> = Vec::new();
        let mut cursor = None;
        loop {
            let query = ProjectQuery { text: Some(above.clone()), include_archived: false, limit: PAGE, cursor };
            let page = tracker.projects(call, &query).await?;
            let prefix = format!("{above}/");
            let inside =
                page.rows.into_iter().filter(|project| project.name == above || project.name.starts_with(&prefix));
            ids.extend(inside.map(|project| project.id));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        if !ids.is_empty() {
            scopes.push(Scope::of(tracker, ProjectScope::Only(ids)));
        }
    }
    if scopes.is_empty() {
        let shown = one_line(&above, 80);
        let error = Error::not_found(format!("no project is called '{shown}' or lies below it"));
        return Err(Problem::from(error).next("list_projects", json!({})));
    }
    Ok(scopes)
}

/// The one project that a text means.
pub async fn one_project(
    trackers: &Trackers,
    call: &Call,
    text: &str,
    only: Option<&str>,
) -> Result<(Arc<dyn Tracker>, ProjectId)> {
    let shown = one_line(text, 80);
    let (asked, name) = match read(trackers, text, only)? {
        Reference::Page(asked, Located::Project(id)) => (asked, id.as_str().to_owned()),
        Reference::Named(asked, name) => (asked, name),
        Reference::Page(..) => {
            return Err(Error::bad_input(format!("'{shown}' shows a run or model, not a project")).into());
        }
        // A project may well be called `last`; a selector of runs stands for none.
        Reference::Selected(asked, _) => (asked, text.trim().to_owned()),
    };
    let answers = crate::trackers::ask(asked, call, |tracker, call| {
        let name = name.clone();
        async move { tracker.resolve(&call, Referent::Project, &name).await }
    })
    .await?;
    let mut near = Vec::new();
    let mut found = Vec::new();
    for (tracker, resolution) in answers.answered {
        near.extend(resolution.near);
        found.extend(resolution.candidates.into_iter().map(|candidate| (Arc::clone(&tracker), candidate)));
    }
    match found.as_slice() {
        [(tracker, candidate)] => Ok((Arc::clone(tracker), ProjectId::new(&candidate.id))),
        [] => Err(unknown(&shown, &near, &answers.failed)),
        several => {
            let listed: Vec<String> = several
                .iter()
                .take(10)
                .map(|(tracker, one)| format!("{}:{} ({})", tracker.name(), one.id, one_line(&one.name, 80)))
                .collect();
            let error = Error::bad_input(format!(
                "'{shown}' may mean {} projects: {}; give one of these",
                several.len(),
                listed.join(", ")
            ));
            Err(error.into())
        }
    }
}

/// The next call is one that finds something: the neighbour, what lies below, or whatever there is.
fn unknown(shown: &str, near: &[String], failed: &[String]) -> Problem {
    let mut error = Error::not_found(format!("no project '{shown}'"));
    let near: Vec<String> = near.iter().map(|name| one_line(name, 80)).collect();
    let mut arguments = json!({});
    if let Some(nearest) = near.first() {
        error = error.and(format!("near: '{}'", near.join("', '")));
        arguments = json!({"query": nearest});
        if near.iter().any(|name| name.starts_with(&format!("{shown}/"))) {
            error = error.and(format!("where several are taken, '{shown}/*' takes all below it"));
            arguments = json!({"query": shown});
        }
    }
    for failure in failed {
        error = error.and(format!("not asked: {failure}"));
    }
    Problem::from(error).next("list_projects", arguments)
}

//! Projects by name, id or URL; `X/*` with everything below, `lab:*` as a whole tracker.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use backends::model::ProjectId;
use backends::tracker::{Located, ProjectQuery, ProjectScope, Referent};
use backends::{Call, Error, Tracker};
use serde_json::json;

use super::text::{Reference, read, unasked};
use crate::problem::{Problem, Result};
use crate::render::one_line;
use crate::trackers::{EVERY, Trackers, ask};

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

impl Scopes {
    fn of(list: Vec<Scope>) -> Self {
        Self { list, failed: Vec::new() }
    }

    /// What is to be said of them.
    pub fn remarks(&self) -> impl Iterator<Item = String> {
        self.failed.iter().chain(self.list.iter().filter_map(|scope| scope.remark.as_ref())).cloned()
    }
}

impl Scope {
    fn of(tracker: Arc<dyn Tracker>, projects: ProjectScope) -> Self {
        Self { tracker, projects, remark: None }
    }
}

/// Where a question looks, and who could not be asked for that.
pub struct Scopes {
    /// The projects of each tracker that the question goes to.
    pub list: Vec<Scope>,
    /// Trackers that could not be asked, a sentence each: what they may have is not in the answer.
    pub failed: Vec<String>,
}

/// Where a question looks that names these projects; if it names none, in the default project of each tracker asked, or
/// in all of a tracker that has none. A tracker that fails at it is told, and the others stand, unless all fail.
pub async fn scopes(trackers: &Trackers, call: &Call, projects: &[String], only: Option<&str>) -> Result<Scopes> {
    let mut outcomes = Vec::new();
    if projects.is_empty() {
        let asked = trackers.asked(only)?.into_iter().map(|tracker| unnamed(trackers, call, tracker));
        outcomes.extend(futures::future::join_all(asked).await);
        let failed = trackers.not_asked(only);
        outcomes.push(Ok(Scopes { list: Vec::new(), failed }));
    } else {
        let looked_up = projects.iter().map(|text| named(trackers, call, text, only));
        outcomes.extend(futures::future::join_all(looked_up).await);
    }
    let mut merged: BTreeMap<String, Scope> = BTreeMap::new();
    let mut failed: Vec<String> = Vec::new();
    let mut first_failure = None;
    for outcome in outcomes {
        let scopes = match outcome {
            Ok(scopes) => scopes,
            Err(problem) if problem.is_of_tracker() => {
                failed.push(problem.to_string());
                first_failure.get_or_insert(problem);
                continue;
            }
            Err(problem) => return Err(problem),
        };
        failed.extend(scopes.failed);
        for scope in scopes.list {
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
    let mut told = BTreeSet::new();
    failed.retain(|sentence| told.insert(sentence.clone()));
    match first_failure {
        Some(problem) if merged.is_empty() => Err(problem),
        _ => Ok(Scopes { list: merged.into_values().collect(), failed }),
    }
}

/// Where a question looks in this tracker that names no project.
async fn unnamed(trackers: &Trackers, call: &Call, tracker: Arc<dyn Tracker>) -> Result<Scopes> {
    let name = tracker.name().to_owned();
    let default = trackers.named(&name).and_then(|configured| configured.limits.default_project.as_deref());
    let Some(default) = default else { return Ok(Scopes::of(vec![Scope::of(tracker, ProjectScope::All)])) };
    let FoundProject { tracker, id, .. } = one_project(trackers, call, default, Some(&name)).await?;
    let shown = one_line(default, 80);
    let remark = format!("{name}: looked in its default project {shown}; projects: [\"{name}:*\"] looks in all");
    Ok(Scopes::of(vec![Scope { tracker, projects: ProjectScope::Only(vec![id]), remark: Some(remark) }]))
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

/// The scopes of one text.
async fn named(trackers: &Trackers, call: &Call, text: &str, only: Option<&str>) -> Result<Scopes> {
    let text = text.trim();
    let whole = match text.strip_suffix(":*") {
        Some(name) if trackers.named(name).is_some() => Some(Some(name)),
        _ if text == "*" => Some(only.or(Some(EVERY))),
        _ => None,
    };
    if let Some(name) = whole {
        let asked = trackers.asked(name)?.into_iter();
        let list = asked.map(|tracker| Scope::of(tracker, ProjectScope::All)).collect();
        return Ok(Scopes { list, failed: trackers.not_asked(name) });
    }
    match text.strip_suffix("/*") {
        Some(above) => below(trackers, call, above, only).await,
        None => {
            let FoundProject { tracker, id, failed } = one_project(trackers, call, text, only).await?;
            Ok(Scopes { list: vec![Scope::of(tracker, ProjectScope::Only(vec![id]))], failed })
        }
    }
}

/// A project and all below it; the one above need not exist itself. Of each tracker that has such.
async fn below(trackers: &Trackers, call: &Call, above: &str, only: Option<&str>) -> Result<Scopes> {
    let mut failed = unasked(trackers, above, only);
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
    let above = &above;
    let answers = ask(asked, call, |tracker, call| async move { inside(tracker.as_ref(), &call, above).await }).await?;
    failed.extend(answers.failed);
    let some = answers.answered.into_iter().filter(|(_, ids)| !ids.is_empty());
    let list: Vec<Scope> = some.map(|(tracker, ids)| Scope::of(tracker, ProjectScope::Only(ids))).collect();
    if list.is_empty() {
        let shown = one_line(above, 80);
        let error = Error::not_found(format!("no project is called '{shown}' or lies below it"));
        let error = failed.iter().fold(error, |error, failure| error.and(format!("not asked: {failure}")));
        return Err(Problem::from(error).next("list_projects", json!({})));
    }
    Ok(Scopes { list, failed })
}

/// The projects of a tracker that are called so or lie below one.
async fn inside(tracker: &dyn Tracker, call: &Call, above: &str) -> backends::Result<Vec<ProjectId>> {
    let prefix = format!("{above}/");
    let mut ids: Vec<ProjectId> = Vec::new();
    let mut cursor = None;
    loop {
        let query = ProjectQuery { text: Some(above.to_owned()), include_archived: false, limit: PAGE, cursor };
        let page = tracker.projects(call, &query).await?;
        let inside = page.rows.into_iter().filter(|project| project.name == above || project.name.starts_with(&prefix));
        ids.extend(inside.map(|project| project.id));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(ids);
        }
    }
}

/// A project, and the trackers that could not be asked whether they have one that is called so.
pub struct FoundProject {
    /// The tracker.
    pub tracker: Arc<dyn Tracker>,
    /// The id there.
    pub id: ProjectId,
    /// A sentence each.
    pub failed: Vec<String>,
}

/// The one project that a text means.
pub async fn one_project(trackers: &Trackers, call: &Call, text: &str, only: Option<&str>) -> Result<FoundProject> {
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
    let answers = ask(asked, call, |tracker, call| {
        let name = name.clone();
        async move { tracker.resolve(&call, Referent::Project, &name).await }
    })
    .await?;
    let mut near: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for (tracker, resolution) in answers.answered {
        // Several trackers may have projects of one name.
        near.extend(resolution.near.into_iter().filter(|name| !near.contains(name)).collect::<Vec<_>>());
        found.extend(resolution.candidates.into_iter().map(|candidate| (Arc::clone(&tracker), candidate)));
    }
    let mut failed = unasked(trackers, text, only);
    failed.extend(answers.failed);
    match found.as_slice() {
        [(tracker, candidate)] => {
            Ok(FoundProject { tracker: Arc::clone(tracker), id: ProjectId::new(&candidate.id), failed })
        }
        [] => Err(unknown(&shown, &near, &failed)),
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
            let all: Vec<String> =
                several.iter().take(10).map(|(tracker, one)| format!("{}:{}", tracker.name(), one.id)).collect();
            Err(Problem::from(error).next("search_runs", json!({"projects": all})))
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

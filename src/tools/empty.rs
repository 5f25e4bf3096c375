//! Why a search found nothing: a name that nobody logs, a project whose runs lie below it, or nothing wrong at all.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use backends::model::{Page, Run};
use backends::nearest::nearest;
use backends::query::{Key, Order};
use backends::same_key::{Kind, same};
use backends::tracker::{ProjectQuery, ProjectScope, RunQuery};
use backends::{Call, Error};
use serde_json::json;

use crate::problem::{Problem, Result};
use crate::references::{Scope, tells};
use crate::render::one_line;
use crate::trackers::ask;

/// Runs that are looked at for the names they have.
const SAMPLE: usize = 50;
/// Near names that are shown.
const NEAR: usize = 4;

/// The newest runs of trackers that were looked at already, by tracker.
pub(super) type Newest = HashMap<String, Arc<Page<Run>>>;

/// What is known about names in some runs.
#[derive(Default)]
pub(super) struct Names {
    metrics: BTreeSet<String>,
    params: BTreeSet<String>,
    tags: BTreeSet<String>,
    runs: usize,
}

impl Names {
    /// The names in these runs.
    pub(super) fn of<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Self {
        let mut names = Self::default();
        runs.into_iter().for_each(|run| names.add(run));
        names
    }

    /// Adds the names of one run more.
    pub(super) fn add(&mut self, run: &Run) {
        self.runs += 1;
        add(&mut self.metrics, run.metrics.keys());
        add(&mut self.params, run.params.keys());
        add(&mut self.tags, run.tags.keys().chain(run.system_tags.keys()));
    }

    /// Adds the names of other runs.
    pub(super) fn merge(&mut self, mut other: Self) {
        self.runs += other.runs;
        self.metrics.append(&mut other.metrics);
        self.params.append(&mut other.params);
        self.tags.append(&mut other.tags);
    }

    /// The names that mean the same as that of a key.
    fn like(&self, key: &Key) -> Vec<&str> {
        match key {
            Key::Metric(name) => same(Kind::Metric, name, self.metrics.iter().map(String::as_str)),
            Key::Param(name) => same(Kind::Param, name, self.params.iter().map(String::as_str)),
            _ => Vec::new(),
        }
    }

    /// The names of metrics.
    pub(super) fn metrics(&self) -> BTreeSet<&str> {
        self.metrics.iter().map(String::as_str).collect()
    }

    /// The metric whose name comes nearest.
    pub(super) fn nearest_metric(&self, name: &str) -> Option<&str> {
        nearest(name, self.metrics.iter().map(String::as_str), 1).first().copied()
    }

    /// A sentence on a key that none of the runs has; `None` if one has it, or if it is no name that somebody gave.
    pub(super) fn unknown(&self, key: &Key) -> Option<String> {
        let (group, name, names) = match key {
            Key::Metric(name) => ("metrics", name, &self.metrics),
            Key::Param(name) => ("params", name, &self.params),
            Key::Tag(name) => ("tags", name, &self.tags),
            _ => return None,
        };
        if names.contains(name) {
            return None;
        }
        let elsewhere = [("metrics", &self.metrics), ("params", &self.params), ("tags", &self.tags)];
        let elsewhere = elsewhere.into_iter().find(|(other, names)| *other != group && names.contains(name));
        let near: Vec<String> = match elsewhere {
            Some((other, _)) => vec![format!("{other}.{}", one_line(name, 80))],
            None if !self.like(key).is_empty() => {
                self.like(key).into_iter().take(NEAR).map(|like| format!("{group}.{}", one_line(like, 80))).collect()
            }
            None => nearest(name, names.iter().map(String::as_str), NEAR)
                .into_iter()
                .map(|near| format!("{group}.{}", one_line(near, 80)))
                .collect(),
        };
        let near = match (near.is_empty(), names.is_empty()) {
            (false, _) => format!("near: {}", near.join(", ")),
            (true, true) => format!("they have no {group} at all"),
            (true, false) => {
                let some: Vec<String> = names.iter().take(8).map(|name| one_line(name, 60)).collect();
                format!("they have {}", some.join(", "))
            }
        };
        Some(format!("none of {} runs has {group}.{}; {near}", self.runs, one_line(name, 80)))
    }
}

/// Most runs have the same names, which then cost nothing.
fn add<'a>(known: &mut BTreeSet<String>, names: impl Iterator<Item = &'a String>) {
    for name in names {
        if !known.contains(name) {
            known.insert(name.clone());
        }
    }
}

/// Sentences on why nothing was found, given what was `told` already. A metric that no run has is an error: whoever asked
/// meant another.
pub(super) async fn explain(
    call: &Call,
    scopes: &[Scope],
    newest: &Newest,
    keys: &[Key],
    text: Option<&str>,
    told: &[String],
) -> Result<Vec<String>> {
    let homes = scopes.iter().map(|scope| Arc::clone(&scope.tracker)).collect();
    let answers = ask(homes, call, |tracker, call| {
        let scope = scopes.iter().find(|scope| scope.tracker.name() == tracker.name());
        let query = RunQuery {
            projects: scope.map_or(ProjectScope::All, |scope| scope.projects.clone()),
            text: None,
            filter: None,
            order: Order::default(),
            include_archived: false,
            parts: keys.iter().filter_map(Key::part).collect(),
            limit: SAMPLE,
            cursor: None,
        };
        async move {
            match newest.get(tracker.name()) {
                Some(page) => Ok(Arc::clone(page)),
                None => tracker.search_runs(&call, &query).await.map(Arc::new),
            }
        }
    })
    .await?;
    let names = Names::of(answers.answered.iter().flat_map(|(_, page)| &page.rows));
    if names.runs == 0 && answers.answered.iter().any(|(_, page)| page.next.is_some()) {
        return Ok(vec![
            "the time of this call was over before any run was read; ask again, or in fewer projects".to_owned(),
        ]);
    }
    if names.runs == 0 {
        return Ok(vec![no_runs(call, scopes).await]);
    }
    let mut notes = Vec::new();
    for key in keys {
        // A tracker that says what it read the name as has looked for that.
        let read_otherwise = told.iter().any(|note| tells(note, &key.to_string()));
        let Some(sentence) = names.unknown(key).filter(|_| !read_otherwise) else { continue };
        if matches!(key, Key::Metric(_)) {
            let others = told.iter().filter(|note| keys.iter().any(|key| tells(note, &key.to_string())));
            let error = Error::not_found(format!("nothing found: {sentence}"));
            let error = others.fold(error, |error, note| error.and(note));
            return Err(Problem::from(error).next("search_runs", json!({"columns": ["metrics.*"], "limit": 3})));
        }
        notes.push(sentence);
    }
    if notes.is_empty() {
        let newest = answers.answered.iter().flat_map(|(_, page)| &page.rows).filter_map(|run| run.started).max();
        let newest = newest.map(|at| format!(", the newest started {at:.0}")).unwrap_or_default();
        notes.push(format!("no run fits; there are runs in these projects{newest}. Loosen one condition at a time"));
    }
    if let Some(text) = text {
        let shown = one_line(text, 80);
        notes.push(format!(
            "query '{shown}' is looked for in names, as the beginning of an id (6 characters or more) and as an invocation_id; in tags by tags [{}]",
            json!(shown)
        ));
    }
    Ok(notes)
}

/// There is no run at all: perhaps they lie in sub-projects.
async fn no_runs(call: &Call, scopes: &[Scope]) -> String {
    for scope in scopes {
        let ProjectScope::Only(ids) = &scope.projects else { continue };
        let query = ProjectQuery { text: None, include_archived: false, limit: 1_000, cursor: None };
        let Ok(page) = scope.tracker.projects(call, &query).await else { continue };
        for above in page.rows.iter().filter(|project| ids.contains(&project.id)) {
            let prefix = format!("{}/", above.name);
            let below = page.rows.iter().filter(|project| project.name.starts_with(&prefix)).count();
            if below > 0 {
                let name = one_line(&above.name, 80);
                return format!(
                    "no runs in '{name}' itself, but it has {below} sub-projects: projects ['{name}/*'] takes them in"
                );
            }
        }
    }
    "there are no runs in these projects (deleted ones: search_runs with include_archived)".to_owned()
}

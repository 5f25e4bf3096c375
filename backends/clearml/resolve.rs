//! What a text may mean on a ClearML server: an id, a name, the beginning of an id, an invocation id, a model.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::time::Instant;

use crate::model::{Part, Parts, Run, RunId};
use crate::nearest::nearest;
use crate::tracker::{Candidate, Match, Resolution};
use crate::{Call, Result};

use super::api::{Api, PAGE};
use super::models;
use super::pattern;
use super::project_names::{Index, ProjectNames, last_part};
use super::text::{FIELDS, is_id_prefix, is_of_invocation, of_invocation};
use super::web::is_id;
use super::wire::{Linked, fields};
use super::wire_condition::Condition;
use super::wire_names::HIDDEN;

/// Candidates that are listed.
const LISTED: usize = 100;
/// Near names that are shown.
const NEAR: usize = 5;
/// Digits of an id.
const ID: usize = 32;

/// Looks a text up as a run: newest first, archived ones after the others.
pub(super) async fn run(api: &Api, projects: &ProjectNames, call: &Call, text: &str) -> Result<Resolution> {
    let lookup = Lookup { api, projects, call };
    if let Some(model) = text.strip_prefix("models:") {
        // It can be nothing else.
        let candidates = lookup.model(model.trim_start_matches('/')).await?;
        return Ok(Resolution { candidates, ..Resolution::default() });
    }
    if is_id(text) {
        let task = api.documents(call, &[text], &fields(Parts::NONE)).await?.into_iter().next();
        if let Some(task) = task {
            let found = candidate(task.into_run(api.web()), Match::Id);
            return Ok(Resolution { candidates: vec![found], ..Resolution::default() });
        }
    }
    let (named, of_invocation) = futures::join!(lookup.named(text), lookup.of_invocation(text));
    let (mut candidates, of_invocation) = (named?, of_invocation?);
    if candidates.is_empty() {
        candidates = of_invocation;
    }
    if candidates.is_empty() {
        let (of_model, near) = futures::join!(lookup.model(text), lookup.near(text));
        candidates = of_model?;
        if candidates.is_empty() {
            return Ok(Resolution { near: near?, ..Resolution::default() });
        }
    }
    let more = candidates.len() > LISTED;
    candidates.truncate(LISTED);
    Ok(Resolution { candidates, more, near: Vec::new() })
}

/// Looks a text up as a project: the whole name, the id, the name in any case, the last part of the name, the beginning
/// of the id.
pub(super) async fn project(api: &Api, projects: &ProjectNames, call: &Call, text: &str) -> Result<Resolution> {
    let begun = Instant::now();
    let mut index = projects.index(api, call).await?;
    let mut candidates = projects_called(&index, text);
    if candidates.is_empty() && index.read() < begun {
        index = projects.since(api, call, begun).await?;
        candidates = projects_called(&index, text);
    }
    let mut near = Vec::new();
    if candidates.is_empty() {
        let visible = || index.entries().filter(|(_, _, hidden)| !hidden).map(|(_, name, _)| name);
        // A whole path resembles a part of it little.
        let part = nearest(text, visible().map(last_part), NEAR);
        let parts = visible().filter(|name| part.contains(&last_part(name)));
        let mut seen = HashSet::new();
        let names = nearest(text, visible(), NEAR).into_iter().chain(parts).filter(|name| seen.insert(*name));
        near = names.take(NEAR).map(ToOwned::to_owned).collect();
    }
    let more = candidates.len() > LISTED;
    candidates.truncate(LISTED);
    Ok(Resolution { candidates, more, near })
}

/// Whether a project with this id and name is meant.
type Way<'a> = dyn Fn(&str, &str) -> bool + 'a;

fn projects_called(index: &Index, text: &str) -> Vec<Candidate> {
    let lowered = text.to_lowercase();
    // A name wins over an id, and what shows over what is hidden.
    let ways: [(Match, &Way<'_>); 5] = [
        (Match::Name, &|_, name| name == text),
        (Match::Id, &|id, _| id == text),
        (Match::Name, &|_, name| name.to_lowercase() == lowered),
        (Match::Name, &|_, name| last_part(name).to_lowercase() == lowered),
        (Match::Prefix, &|id, _| is_id_prefix(text) && id.starts_with(text)),
    ];
    for (matched, is) in ways {
        for among_hidden in [false, true] {
            let called = index.entries().filter(|(id, name, hidden)| *hidden == among_hidden && is(id.as_str(), name));
            let called: Vec<Candidate> = called
                .map(|(id, name, _)| Candidate {
                    id: id.as_str().to_owned(),
                    name: name.to_owned(),
                    project: None,
                    started: None,
                    matched,
                })
                .collect();
            if !called.is_empty() {
                return called;
            }
        }
    }
    Vec::new()
}

struct Lookup<'a> {
    api: &'a Api,
    projects: &'a ProjectNames,
    call: &'a Call,
}

impl Lookup<'_> {
    /// Runs of exactly this name, and those whose id begins so.
    async fn named(&self, text: &str) -> Result<Vec<Candidate>> {
        let Some(exact) = pattern::itself(text) else { return Ok(Vec::new()) };
        let rest = ID.saturating_sub(text.len());
        // The rest of an id, so that longer names do not crowd out what is meant.
        let pattern = match is_id_prefix(text) {
            true => format!("^{exact}(?:[0-9a-f]{{{rest}}})?$"),
            false => format!("^{exact}$"),
        };
        let mut condition = Condition::default();
        condition.matching(&["name", "id"], pattern);
        let matched = |run: &Run| match run.id.as_str() {
            id if id == text => Some(Match::Id),
            _ if run.name == text => Some(Match::Name),
            id if is_id_prefix(text) && id.starts_with(text) => Some(Match::Prefix),
            _ => None,
        };
        self.search(&condition, matched).await
    }

    async fn of_invocation(&self, text: &str) -> Result<Vec<Candidate>> {
        let Some(condition) = of_invocation(text) else { return Ok(Vec::new()) };
        self.search(&condition, |run| is_of_invocation(run, text).then_some(Match::Invocation)).await
    }

    /// The runs that made a model, by its id or its name, or one of those of a name.
    async fn model(&self, text: &str) -> Result<Vec<Candidate>> {
        let Some(exact) = pattern::itself(text).filter(|_| !text.is_empty()) else { return Ok(Vec::new()) };
        let found = self.api.models(self.call, &format!("^{exact}$"), LISTED).await?;
        let called = found.iter().filter(|model| model.id == text || model.name.as_deref() == Some(text));
        let mut seen = HashSet::new();
        let tasks = called.filter_map(|model| model.task.as_ref().and_then(Linked::id));
        let mut tasks: Vec<&str> = tasks.filter(|id| !id.is_empty() && seen.insert(*id)).collect();
        let of_version = if tasks.is_empty() { models::maker(self.api, self.call, text).await? } else { None };
        tasks.extend(of_version.iter().map(RunId::as_str));
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.api.documents(self.call, &tasks, &fields(Parts::NONE)).await?;
        let mut runs: Vec<Run> = found.into_iter().map(|task| task.into_run(self.api.web())).collect();
        runs.sort_by_key(|run| tasks.iter().position(|id| *id == run.id.as_str()));
        Ok(runs.into_iter().map(|run| candidate(run, Match::Model)).collect())
    }

    /// Names of recent runs that resemble the text.
    async fn near(&self, text: &str) -> Result<Vec<String>> {
        let mut condition = Condition::default();
        condition.archived(false);
        let order = ["-last_update".to_owned()];
        let tasks = self.api.tasks(self.call, &condition.filter(), &["id", "name"], &order, (0, PAGE)).await?;
        let names: Vec<String> = tasks.into_iter().map(|task| task.into_run(self.api.web()).name).collect();
        Ok(nearest(text, names.iter().map(String::as_str), NEAR).into_iter().map(ToOwned::to_owned).collect())
    }

    /// Runs that match, archived ones after the others; those in hidden projects only if there are no others.
    async fn search(&self, condition: &Condition, matched: impl Fn(&Run) -> Option<Match>) -> Result<Vec<Candidate>> {
        let mut filter = condition.filter();
        filter.with_hidden();
        let fields: Vec<&str> = fields(Parts::NONE.with(Part::Tags))
            .into_iter()
            .filter(|field| *field != "comment")
            .chain(FIELDS)
            .collect();
        let order = ["-started".to_owned()];
        // Archived ones may be among them in any number.
        let tasks = self.api.tasks(self.call, &filter, &fields, &order, (0, PAGE)).await?;
        let found = tasks.into_iter().map(|task| task.into_run(self.api.web()));
        let mut found: Vec<(Run, Match)> =
            found.filter_map(|run| matched(&run).map(|matched| (run, matched))).collect();
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let index: Arc<Index> = self.projects.index(self.api, self.call).await?;
        let hidden = |run: &Run| run.system_tags.contains_key(HIDDEN) || index.is_hidden(run.project.id.as_str());
        if found.iter().any(|(run, _)| !hidden(run)) {
            found.retain(|(run, matched)| *matched != Match::Name && *matched != Match::Invocation || !hidden(run));
        }
        found.sort_by_key(|(run, matched)| (run.archived, *matched));
        Ok(found.into_iter().map(|(run, matched)| candidate(run, matched)).collect())
    }
}

fn candidate(run: Run, matched: Match) -> Candidate {
    Candidate {
        id: run.id.as_str().to_owned(),
        name: run.name,
        project: Some(run.project.name),
        started: run.started,
        matched,
    }
}

//! Runs by id, name, prefix, invocation id, URL, model version or selector.

use std::sync::Arc;

use backends::model::{Parts, ProjectId, Run, RunDetails, RunId, Status};
use backends::query::{Comparison, Direction, Filter, Key, Literal, Order, Predicate, Test};
use backends::tracker::{Candidate, Located, Match, ProjectScope, Referent, Resolution, RunQuery};
use backends::{Call, Error, ErrorKind, Tracker};
use serde_json::json;

use super::names::order_as_read;
use super::projects::{Scope, Scopes, scopes};
use super::selector::Selector;
use super::text::{Reference, read, unasked};
use crate::direction;
use crate::problem::{Problem, Result};
use crate::render::one_line;
use crate::trackers::{Trackers, ask};

/// Candidates that an error lists.
const LISTED: usize = 10;

/// A run of a tracker.
#[derive(Clone)]
pub struct RunRef {
    /// The tracker.
    pub tracker: Arc<dyn Tracker>,
    /// The id there.
    pub id: RunId,
}

impl RunRef {
    /// `tracker:id`, as other tools take it.
    pub fn text(&self) -> String {
        format!("{}:{}", self.tracker.name(), self.id)
    }
}

/// What several references stand for.
#[derive(Default)]
pub(super) struct Resolved {
    /// The runs in the order of the references, each once.
    pub runs: Vec<RunRef>,
    /// References that look like an id, with the runs that may be meant: whether they are there will show when they are
    /// fetched.
    pub unsure: Vec<(String, Vec<RunRef>)>,
    /// What a reference was read as, where it does not say so itself.
    pub remarks: Vec<String>,
    /// References that mean nothing, with why.
    pub missing: Vec<(String, Problem)>,
    /// References whose tracker failed, with why.
    pub failed: Vec<(String, Problem)>,
}

/// Resolves the references side by side. One that means nothing is told in `missing`, unless it is the only one:
/// then it is the error. Stands one for more than `limit` runs, the first are taken and the rest is told.
pub(super) async fn resolve_runs(
    trackers: &Trackers,
    call: &Call,
    references: &[String],
    limit: usize,
) -> Result<Resolved> {
    let looked_up = references.iter().map(|text| one(trackers, call, text, limit));
    let outcomes = futures::future::join_all(looked_up).await;
    let mut resolved = Resolved::default();
    let single = references.len() == 1;
    for (text, outcome) in references.iter().zip(outcomes) {
        match outcome {
            Ok(found) => {
                resolved.remarks.extend(found.remark);
                if found.unsure {
                    resolved.unsure.push((text.trim().to_owned(), found.runs.clone()));
                }
                for run in found.runs {
                    let known = |other: &RunRef| other.id == run.id && other.tracker.name() == run.tracker.name();
                    if !resolved.runs.iter().any(known) {
                        resolved.runs.push(run);
                    }
                }
            }
            Err(problem) if single => return Err(problem),
            Err(problem) if problem.is_of_tracker() => resolved.failed.push((text.clone(), problem)),
            Err(problem) if problem.kind() != ErrorKind::NotFound => return Err(problem),
            Err(problem) => resolved.missing.push((text.clone(), problem)),
        }
    }
    if resolved.runs.len() > limit {
        let more = resolved.runs.len() - limit;
        resolved.runs.truncate(limit);
        resolved.remarks.push(format!("the first {limit} runs are shown; {more} more were named"));
    }
    Ok(resolved)
}

/// A text as a name, a prefix or an invocation id, though it looks like an id.
pub(super) async fn by_name(trackers: &Trackers, call: &Call, text: &str) -> Result<(Vec<RunRef>, Option<String>)> {
    match read(trackers, text, None)? {
        Reference::Named(asked, name) => {
            let unasked = unasked(trackers, text, None);
            named(call, asked, &name, unasked).await.map(|found| (found.runs, found.remark))
        }
        _ => Err(missing_run(text)),
    }
}

/// The problem of an id that no tracker has.
pub(super) fn missing_run(text: &str) -> Problem {
    let shown = one_line(text, 80);
    let error = Error::not_found(format!("no run '{shown}'"));
    Problem::from(error).next("search_runs", json!({}))
}

/// What one reference stands for.
struct Found {
    runs: Vec<RunRef>,
    remark: Option<String>,
    /// It looks like an id and was not asked for yet.
    unsure: bool,
}

async fn one(trackers: &Trackers, call: &Call, text: &str, limit: usize) -> Result<Found> {
    match read(trackers, text, None)? {
        Reference::Page(asked, Located::Run(id)) => {
            let runs = asked.into_iter().map(|tracker| RunRef { tracker, id: id.clone() }).collect();
            Ok(Found { runs, remark: None, unsure: true })
        }
        Reference::Page(asked, Located::Model(model)) => named(call, asked, &model, Vec::new()).await,
        Reference::Page(_, Located::Project(_)) => {
            let shown = one_line(text, 120);
            let error = Error::bad_input(format!("'{shown}' shows a project, not a run"));
            Err(Problem::from(error).next("search_runs", json!({"projects": [shown]})))
        }
        Reference::Selected(asked, selector) => selected(trackers, call, text, asked, &selector, limit).await,
        Reference::Named(asked, name) => {
            let shaped: Vec<_> = asked.iter().filter(|tracker| tracker.is_run_id(&name)).cloned().collect();
            if shaped.is_empty() {
                return named(call, asked, &name, unasked(trackers, text, None)).await;
            }
            // The question for the runs themselves will tell whether they are there.
            let runs = shaped.into_iter().map(|tracker| RunRef { tracker, id: RunId::new(&name) }).collect();
            Ok(Found { runs, remark: None, unsure: true })
        }
    }
}

/// A name, a prefix, an invocation id or a model version, asked of the trackers; some may be out of the question.
async fn named(call: &Call, asked: Vec<Arc<dyn Tracker>>, text: &str, unasked: Vec<String>) -> Result<Found> {
    let mut answers =
        ask(asked, call, |tracker, call| async move { tracker.resolve(&call, Referent::Run, text).await }).await?;
    answers.failed.extend(unasked);
    let best =
        answers.answered.iter().flat_map(|(_, found)| found.candidates.iter().map(|one| rank(one.matched))).min();
    let mut near = Vec::new();
    let mut found: Vec<(Arc<dyn Tracker>, Candidate)> = Vec::new();
    let mut more = false;
    for (tracker, resolution) in answers.answered {
        let Resolution { candidates, more: some_more, near: some_near } = resolution;
        let best_ones = candidates.into_iter().filter(|one| Some(rank(one.matched)) == best);
        found.extend(best_ones.map(|candidate| (Arc::clone(&tracker), candidate)));
        near.extend(some_near);
        more |= some_more;
    }
    let shown = one_line(text, 80);
    let refer = |(tracker, one): &(Arc<dyn Tracker>, Candidate)| RunRef {
        tracker: Arc::clone(tracker),
        id: RunId::new(&one.id),
    };
    let runs: Vec<RunRef> = found.iter().map(refer).collect();
    match found.as_slice() {
        [] => Err(unknown(&shown, &near, &answers.failed)),
        [(_, Candidate { matched: Match::Id, .. })] => Ok(Found { runs, remark: None, unsure: false }),
        [(tracker, one)] => {
            let mut remark = format!("'{shown}' is {} {}:{}", how(one.matched), tracker.name(), one.id);
            remark.extend(not_asked(&answers.failed));
            Ok(Found { runs, remark: Some(remark), unsure: false })
        }
        [(_, first), ..] if first.matched == Match::Invocation => {
            let count = if more { format!("{} or more", runs.len()) } else { runs.len().to_string() };
            let mut remark = format!("'{shown}' is an invocation id: {count} runs");
            remark.extend(not_asked(&answers.failed));
            Ok(Found { runs, remark: Some(remark), unsure: false })
        }
        several => Err(ambiguous(&shown, several, more)),
    }
}

/// Ids first, then names and prefixes alike, then invocations, then models.
fn rank(matched: Match) -> u8 {
    match matched {
        Match::Id => 0,
        Match::Name | Match::Prefix => 1,
        Match::Invocation => 2,
        Match::Model => 3,
    }
}

fn how(matched: Match) -> &'static str {
    match matched {
        Match::Id => "the id of",
        Match::Name => "the name of",
        Match::Prefix => "the beginning of",
        Match::Invocation => "the invocation id of",
        Match::Model => "a model version made by",
    }
}

/// What stands behind a remark when trackers failed.
fn not_asked(failed: &[String]) -> impl Iterator<Item = String> {
    failed.iter().map(|failure| format!("; not asked: {failure}"))
}

/// The problem of an id that several trackers have.
pub(super) fn several_have(text: &str, found: &[&(RunRef, RunDetails)]) -> Problem {
    let candidate = |run: &Run| Candidate {
        id: run.id.to_string(),
        name: run.name.clone(),
        project: Some(run.project.name.clone()).filter(|name| !name.is_empty()),
        started: run.started,
        matched: Match::Id,
    };
    let several: Vec<_> =
        found.iter().map(|(run, details)| (Arc::clone(&run.tracker), candidate(&details.run))).collect();
    ambiguous(&one_line(text, 80), &several, false)
}

fn ambiguous(shown: &str, several: &[(Arc<dyn Tracker>, Candidate)], more: bool) -> Problem {
    let listed: Vec<String> = several
        .iter()
        .take(LISTED)
        .map(|(tracker, one)| {
            let project = one.project.as_deref().map(|name| format!(" in {}", one_line(name, 60))).unwrap_or_default();
            let started = one.started.map(|at| format!(", started {:.0}", at)).unwrap_or_default();
            format!("{}:{} ('{}'{project}{started})", tracker.name(), one.id, one_line(&one.name, 60))
        })
        .collect();
    let count = if more { format!("{} or more", several.len()) } else { several.len().to_string() };
    let error =
        Error::bad_input(format!("'{shown}' may mean {count} runs: {}; give one of these ids", listed.join(", ")));
    Problem::from(error).next("search_runs", json!({"query": shown}))
}

/// The next call is one that finds something: the neighbour, or whatever there is.
fn unknown(shown: &str, near: &[String], failed: &[String]) -> Problem {
    let mut problem = missing_run(shown);
    let near: Vec<String> = near.iter().map(|name| one_line(name, 80)).collect();
    if let Some(nearest) = near.first() {
        let error = problem.error.and(format!("recent runs with near names: '{}'", near.join("', '")));
        problem = Problem::from(error).next("search_runs", json!({"query": nearest}));
    }
    for failure in failed {
        problem.error = problem.error.and(format!("not asked: {failure}"));
    }
    problem
}

/// Runs by description: one search on each tracker.
async fn selected(
    trackers: &Trackers,
    call: &Call,
    text: &str,
    asked: Vec<Arc<dyn Tracker>>,
    selector: &Selector,
    limit: usize,
) -> Result<Found> {
    let plan = Plan::of(selector, call, limit)?;
    let only = if let [one] = asked.as_slice() { Some(one.name()) } else { None };
    let projects: Vec<String> = plan.project.iter().cloned().collect();
    let Scopes { list: scopes, failed: unasked } = scopes(trackers, call, &projects, only).await?;
    let homes: Vec<Arc<dyn Tracker>> = scopes.iter().map(|scope| Arc::clone(&scope.tracker)).collect();
    let mut answers = ask(homes, call, |tracker, call| {
        let query = plan.query(&scopes, tracker.name());
        async move { tracker.search_runs(&call, &query).await }
    })
    .await?;
    answers.failed.extend(unasked);
    // A run with its tracker and the order as that read it.
    let mut rows: Vec<(Arc<dyn Tracker>, Run, Arc<Order>)> = Vec::new();
    let mut more = false;
    let mut notes = Vec::new();
    for (tracker, page) in answers.answered {
        more |= page.next.is_some();
        let order = Arc::new(order_as_read(&plan.order, &page.notes, &page.rows));
        if *order != plan.order {
            notes.extend(page.notes.into_iter().filter(|note| note.contains(" read as ")));
        }
        rows.extend(page.rows.into_iter().map(|run| (Arc::clone(&tracker), run, Arc::clone(&order))));
    }
    rows.sort_by(|(_, a, order), (_, b, other)| order.compare_across(a, other, b, call.now()));
    more |= rows.len() > plan.count;
    rows.truncate(plan.count);
    if matches!(selector, Selector::Best { .. }) {
        // The order puts what is missing or not finite last, so the first row tells.
        let finite = |run: &Run, order: &Order| match order.0.first() {
            Some((Key::Metric(name), _)) => run.metrics.get(name).is_some_and(|metric| metric.value.is_finite()),
            _ => false,
        };
        rows.retain(|(_, run, order)| finite(run, order));
    }
    let shown = one_line(text, 80);
    if rows.is_empty() {
        let mut problem = Problem::from(Error::not_found(format!("no run is '{shown}'{}", plan.why_none)));
        problem.error =
            answers.failed.iter().fold(problem.error, |error, failure| error.and(format!("not asked: {failure}")));
        return Err(problem.next("search_runs", json!({"projects": projects})));
    }
    let runs: Vec<RunRef> = rows.into_iter().map(|(tracker, run, _)| RunRef { tracker, id: run.id }).collect();
    let listed: Vec<String> = runs.iter().take(LISTED).map(RunRef::text).collect();
    let mut remark = format!("'{shown}' is {}", listed.join(", "));
    if runs.len() > LISTED {
        remark.push_str(&format!(" and {} more", runs.len() - LISTED));
    }
    remark.push_str(&plan.how);
    notes.iter().for_each(|note| remark.push_str(&format!("; {note}")));
    if more && plan.tell_more {
        remark.push_str(&format!("; more runs fit, these are the newest {}", runs.len()));
    }
    remark.extend(not_asked(&answers.failed));
    Ok(Found { runs, remark: Some(remark), unsure: false })
}

/// A selector as a search.
struct Plan {
    project: Option<String>,
    filter: Option<Filter>,
    order: Order,
    count: usize,
    /// How the choice was made, where the selector does not say it.
    how: String,
    /// Whether it matters that more runs fit.
    tell_more: bool,
    /// Why there may be none.
    why_none: String,
}

impl Plan {
    fn of(selector: &Selector, call: &Call, limit: usize) -> Result<Self> {
        let is = |key, literal| Filter::Is(Predicate { key, test: Test::Compare(Comparison::Equal, literal) });
        let status_is = |status: Status| is(Key::Status, Literal::Text(status.word().to_owned()));
        let plain = Self {
            project: None,
            filter: None,
            order: Order::default(),
            count: limit,
            how: String::new(),
            tell_more: false,
            why_none: String::new(),
        };
        Ok(match selector {
            Selector::Last { count, status, user, project } => {
                let user = user.as_ref().map(|user| {
                    is(
                        Key::User,
                        if user.eq_ignore_ascii_case("me") { Literal::Me } else { Literal::Text(user.clone()) },
                    )
                });
                let parts: Vec<Filter> = status.map(status_is).into_iter().chain(user).collect();
                let filter = (!parts.is_empty()).then_some(Filter::And(parts));
                Self { project: project.clone(), filter, count: (*count).min(limit), ..plain }
            }
            Selector::Where { filter } => {
                Self { filter: Some(Filter::parse(filter, call.now())?), tell_more: true, ..plain }
            }
            Selector::Best { metric, project } => {
                let direction = direction::better(metric).ok_or_else(|| unclear(metric))?;
                let side = if direction == Direction::Ascending { "lowest" } else { "highest" };
                Self {
                    project: project.clone(),
                    filter: Some(status_is(Status::Finished)),
                    order: Order(vec![(Key::Metric(metric.clone()), direction)]),
                    count: 1,
                    how: format!(" ({side} last value among finished runs)"),
                    why_none: ": no finished run has a finite value of it".to_owned(),
                    ..plain
                }
            }
        })
    }

    fn query(&self, scopes: &[Scope], tracker: &str) -> RunQuery {
        let scope = scopes.iter().find(|scope| scope.tracker.name() == tracker);
        RunQuery {
            projects: scope.map_or(ProjectScope::Only(Vec::<ProjectId>::new()), |scope| scope.projects.clone()),
            text: None,
            filter: self.filter.clone(),
            order: self.order.clone(),
            include_archived: false,
            parts: Parts::NONE,
            limit: self.count,
            cursor: None,
        }
    }
}

fn unclear(metric: &str) -> Problem {
    let shown = one_line(metric, 60);
    let error = Error::bad_input(format!(
        "whether '{shown}' is better high or low is not clear from its name; order by it instead"
    ));
    Problem::from(error)
        .next("search_runs", json!({"order_by": format!("metrics.`{shown}` desc"), "status": ["finished"], "limit": 1}))
}

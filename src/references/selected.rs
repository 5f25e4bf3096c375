//! The runs that a selector stands for: `last failed`, `best val_f1 in bench`, `where …`.

use std::sync::Arc;

use backends::model::{Parts, ProjectId, Run, Status};
use backends::query::{Comparison, Direction, Filter, Key, Literal, Order, Predicate, Test};
use backends::tracker::{ProjectScope, RunQuery};
use backends::{Call, Error, Tracker};
use serde_json::{Value, json};

use super::projects::{Scope, Scopes, scopes};
use super::runs::{Found, RunRef, not_asked};
use super::search::{Searched, search};
use super::selector::Selector;
use crate::direction;
use crate::problem::{Problem, Result};
use crate::render::one_line;
use crate::trackers::{Trackers, ask};

/// Runs that a selector's remark names: the answer itself has them all.
const NAMED: usize = 3;

/// Runs by description: one search on each tracker.
pub(super) async fn selected(
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
        async move { search(tracker.as_ref(), &call, &query).await }
    })
    .await?;
    answers.failed.extend(unasked);
    // A run with its tracker and the order as that read it.
    let mut rows: Vec<(Arc<dyn Tracker>, Run, Arc<Order>)> = Vec::new();
    let mut more = false;
    let mut notes = Vec::new();
    let several = answers.answered.len() > 1;
    for (tracker, Searched { page, order, told, .. }) in answers.answered {
        more |= page.next.is_some();
        let order = Arc::new(order);
        let place = if several { format!("{}: ", tracker.name()) } else { String::new() };
        notes.extend(told.into_iter().map(|note| place.clone() + &note));
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
        return Err(problem.next("search_runs", instead(selector, &projects)));
    }
    let runs: Vec<RunRef> = rows.into_iter().map(|(tracker, run, _)| RunRef { tracker, id: run.id }).collect();
    let listed: Vec<String> = runs.iter().take(NAMED).map(RunRef::text).collect();
    let mut remark = format!("'{shown}' is {}", listed.join(", "));
    if runs.len() > NAMED {
        remark.push_str(&format!(" and {} more", runs.len() - NAMED));
    }
    remark.push_str(&plan.how);
    notes.iter().for_each(|note| remark.push_str(&format!("; {note}")));
    if more && plan.tell_more {
        remark.push_str(&format!("; more runs fit, these are the newest {}", runs.len()));
    }
    remark.extend(not_asked(&answers.failed));
    Ok(Found { runs, remark: Some(remark), unsure: Vec::new() })
}

/// The search that tells why a selector stands for no run, or what there is instead.
fn instead(selector: &Selector, projects: &[String]) -> Value {
    match selector {
        Selector::Where { filter } => json!({"filter": filter}),
        _ if projects.is_empty() => json!({}),
        _ => json!({"projects": projects}),
    }
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
                let how = if *count > limit { format!(" (at most {limit} here)") } else { String::new() };
                Self { project: project.clone(), filter, count: (*count).min(limit), how, ..plain }
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

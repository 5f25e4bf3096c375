//! Runs by id, name, prefix, invocation id, URL, model version or selector.

use std::sync::Arc;

use backends::model::{Run, RunDetails, RunId};
use backends::tracker::{Candidate, Located, Match, Referent, Resolution};
use backends::{Call, Error, ErrorKind, Tracker};
use serde_json::json;

use super::jobs;
use super::selected::selected;
use super::text::{Reference, read, unasked};
use crate::problem::{Problem, Result};
use crate::render::one_line;
use crate::trackers::{Trackers, ask};

/// Candidates that an error lists.
pub(super) const LISTED: usize = 10;

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
                resolved.unsure.extend(found.unsure);
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
pub(super) struct Found {
    pub(super) runs: Vec<RunRef>,
    pub(super) remark: Option<String>,
    /// What looks like an id and was not asked for yet, with the runs that may be meant by it.
    pub(super) unsure: Vec<(String, Vec<RunRef>)>,
}

impl Found {
    /// Texts in the shape of ids, with the runs that may be meant by each: the question for the runs themselves will tell
    /// whether they are there.
    fn shaped(ids: impl IntoIterator<Item = (String, Vec<RunRef>)>) -> Self {
        let unsure: Vec<_> = ids.into_iter().collect();
        let runs = unsure.iter().flat_map(|(_, runs)| runs.iter().cloned()).collect();
        Self { runs, remark: None, unsure }
    }
}

/// The run of this id on each of the trackers.
fn of_each(trackers: Vec<Arc<dyn Tracker>>, id: &RunId) -> Vec<RunRef> {
    trackers.into_iter().map(|tracker| RunRef { tracker, id: id.clone() }).collect()
}

async fn one(trackers: &Trackers, call: &Call, text: &str, limit: usize) -> Result<Found> {
    match read(trackers, text, None)? {
        Reference::Page(asked, Located::Run(id)) => Ok(Found::shaped([(text.trim().to_owned(), of_each(asked, &id))])),
        Reference::Page(asked, Located::Runs(ids)) => {
            Ok(Found::shaped(ids.iter().map(|id| (id.to_string(), of_each(asked.clone(), id)))))
        }
        Reference::Page(asked, Located::Model(model)) => named(call, asked, &model, Vec::new()).await,
        Reference::Page(_, Located::Trace(id)) => {
            let id = one_line(&id, 80);
            Err(Problem::from(Error::bad_input(format!(
                "'{}' is the page of a trace, not of a run",
                one_line(text, 120)
            )))
            .next("get_trace", json!({"trace": id})))
        }
        Reference::Page(_, Located::Project(_)) => {
            let shown = one_line(text, 120);
            let error = Error::bad_input(format!("'{shown}' shows a project, not a run"));
            Err(Problem::from(error).next("search_runs", json!({"projects": [shown]})))
        }
        Reference::Selected(asked, selector) => selected(trackers, call, text, asked, &selector, limit).await,
        Reference::Named(asked, name) => {
            if let Some(job) = jobs::among(&asked, &name)? {
                return jobs::logged(call, &job).await;
            }
            let shaped: Vec<_> = asked.iter().filter(|tracker| tracker.is_run_id(&name)).cloned().collect();
            if shaped.is_empty() {
                return named(call, asked, &name, unasked(trackers, text, None)).await;
            }
            Ok(Found::shaped([(text.trim().to_owned(), of_each(shaped, &RunId::new(&name)))]))
        }
    }
}

/// A name, a prefix, an invocation id or a model version, asked of the trackers; some may be out of the question.
async fn named(call: &Call, asked: Vec<Arc<dyn Tracker>>, text: &str, unasked: Vec<String>) -> Result<Found> {
    let home = if let [only] = asked.as_slice() { format!("{}:", only.name()) } else { String::new() };
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
        [] if near.is_empty() && is_model(text) => Err(no_source(&home, &shown, &answers.failed)),
        [] => Err(unknown(&shown, &near, &answers.failed)),
        [(_, Candidate { matched: Match::Id, .. })] => Ok(Found { runs, remark: None, unsure: Vec::new() }),
        [(tracker, one)] => {
            let mut remark = format!("'{shown}' is {} {}:{}", how(one.matched), tracker.name(), one.id);
            remark.extend(not_asked(&answers.failed));
            Ok(Found { runs, remark: Some(remark), unsure: Vec::new() })
        }
        [(_, first), ..] if first.matched == Match::Invocation => {
            let count = if more { format!("{} or more", runs.len()) } else { runs.len().to_string() };
            let mut remark = format!("'{shown}' is an invocation id: {count} runs");
            remark.extend(not_asked(&answers.failed));
            Ok(Found { runs, remark: Some(remark), unsure: Vec::new() })
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
        Match::Model => "a model made by",
    }
}

/// What stands behind a remark when trackers failed.
pub(super) fn not_asked(failed: &[String]) -> impl Iterator<Item = String> {
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
    if several.iter().any(|(_, one)| one.matched == Match::Model) {
        // A search for the text does not look at models.
        let runs = several.iter().take(LISTED).map(|(tracker, one)| format!("{}:{}", tracker.name(), one.id));
        return Problem::from(error)
            .next("get_runs", json!({"runs": runs.collect::<Vec<_>>(), "include": ["models", "metrics"]}));
    }
    Problem::from(error).next("search_runs", json!({"query": shown}))
}

/// Whether a text is written as models are: `models:/…`, `name@champion`, `name/3`.
fn is_model(text: &str) -> bool {
    let numbered = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    text.starts_with("models:") || text.contains('@') || text.rsplit_once('/').is_some_and(|(_, last)| numbered(last))
}

/// The problem of a model that leads to no run: it may be there all the same.
fn no_source(home: &str, shown: &str, failed: &[String]) -> Problem {
    let mut error = Error::not_found(format!(
        "no run '{shown}', and no version of a model of which a run is known: versions are name/3, name@alias, \
         models:/name/latest"
    ));
    for failure in failed {
        error = error.and(format!("not asked: {failure}"));
    }
    Problem::from(error).next("get_models", json!({"models": [format!("{home}{shown}")]}))
}

/// What to search for: part of several names finds them all.
fn words_for<'a>(shown: &'a str, near: &[String], nearest: &'a str) -> &'a str {
    let part = shown.to_lowercase();
    let holds = near.iter().filter(|name| name.to_lowercase().contains(&part)).count();
    if holds > 1 { shown } else { nearest }
}

/// The next call is one that finds something: the neighbour, or whatever there is.
fn unknown(shown: &str, near: &[String], failed: &[String]) -> Problem {
    let mut problem = missing_run(shown);
    let near: Vec<String> = near.iter().map(|name| one_line(name, 80)).collect();
    if let Some(nearest) = near.first() {
        let error = problem.error.and(format!("recent runs with near names: '{}'", near.join("', '")));
        problem = Problem::from(error).next("search_runs", json!({"query": words_for(shown, &near, nearest)}));
    }
    for failure in failed {
        problem.error = problem.error.and(format!("not asked: {failure}"));
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::{is_model, words_for};

    #[test]
    fn what_is_written_as_a_model_is_told_from_names_of_runs() {
        for text in ["models:/fraud", "models:/fraud/Production", "fraud@champion", "team/fraud/3"] {
            assert!(is_model(text), "{text}");
        }
        for text in ["resnet50", "vision/resnet", "resnet/", "3"] {
            assert!(!is_model(text), "{text}");
        }
    }

    #[test]
    fn part_of_several_names_leads_to_all_of_them() {
        let near = ["resnet50-s0", "ResNet50-s1", "resnet rerun"].map(str::to_owned);
        assert_eq!(words_for("resnet50", &near, &near[0]), "resnet50");
        assert_eq!(words_for("resnt50", &near, &near[0]), "resnet50-s0");
        assert_eq!(words_for("resnet50-s", &near[..1], &near[0]), "resnet50-s0");
    }
}

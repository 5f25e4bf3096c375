//! The runs that may be ranked, read to the last one, and why the others are not.
//!
//! Ranking here is exact because everything is read. Where there is too much for one call, the tracker's own order
//! still tells the best ones; only the counts are then of a part, and say so.

use std::sync::Arc;
use std::time::Duration;

use backends::model::{Part, Parts, Run, Status};
use backends::query::{Direction, Filter, Key, Order};
use backends::tracker::{ProjectScope, RunQuery};
use backends::{Call, Tracker};

use super::empty::{Names, Newest};
use super::{conditions, kinds};
use crate::analysis::{Exclusion, Exclusions, admit};
use crate::problem::Result;
use crate::references::{Aligned, Name, Scope, Searched, align, search};
use crate::render::one_line;
use crate::trackers::ask;

/// Runs of one page.
const PAGE: usize = 1_000;
/// What is left for the rest of the call when reading ends, and so much when histories are to be read then.
const RESERVE: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(15));

/// Histories of one call at most: where a server does not keep extremes, each costs a request.
pub(super) const HISTORIES: usize = 200;

/// Which runs are to be held against each other, and by what.
pub(super) struct Contest {
    /// The metric, as it was named until the runs tell what it is called.
    pub(super) metric: String,
    /// Which side of it is best.
    pub(super) direction: Direction,
    /// The best value of each curve counts, not the last one.
    pub(super) at_best: bool,
    pub(super) filter: Option<Filter>,
    /// Runs take part whatever their state: the filter says which.
    pub(super) any_status: bool,
    /// How many runs are shown one by one; none where all that take part are looked at together.
    pub(super) shown: Option<usize>,
}

impl Contest {
    /// Whether runs are ranked one by one by their last values: an order that trackers know themselves.
    pub(super) fn is_plain(&self) -> bool {
        !self.at_best && self.shown.is_some()
    }

    /// The metric as a key.
    pub(super) fn key(&self) -> Key {
        Key::Metric(self.metric.clone())
    }

    pub(super) fn shown_metric(&self) -> String {
        one_line(&self.metric, 80)
    }
}

/// A run that takes part.
pub(super) struct Candidate {
    pub(super) tracker: Arc<dyn Tracker>,
    pub(super) run: Run,
    /// What its tracker calls the metric.
    pub(super) metric: Arc<str>,
    /// The value that counts.
    pub(super) value: f64,
    /// The step of that value, where it is not the last one.
    pub(super) step: Option<i64>,
}

impl Candidate {
    pub(super) fn reference(&self) -> String {
        format!("{}:{}", self.tracker.name(), self.run.id)
    }
}

/// All runs that were read.
#[derive(Default)]
pub(super) struct Field {
    /// Those that take part, of all that were read.
    pub(super) candidates: Vec<Candidate>,
    /// The best ones of trackers that were not read to the end, by their own order.
    pub(super) top: Vec<Candidate>,
    /// Of which trackers all was read.
    whole: Vec<String>,
    /// Runs that are left out with their trackers and why, where all that take part are looked at together.
    pub(super) left_out: Vec<(Arc<dyn Tracker>, Run, Exclusion)>,
    /// How many are left out, and why.
    pub(super) exclusions: Exclusions,
    /// How many runs were read.
    pub(super) read: usize,
    /// Whether that is all.
    pub(super) is_whole: bool,
    /// Whether all trackers in question answered.
    pub(super) all_asked: bool,
    /// The names in all of them.
    pub(super) names: Names,
    /// What the metric is called.
    pub(super) metric: Option<Name>,
    /// The newest runs of trackers where names were looked up in them.
    pub(super) newest: Newest,
    /// What else is to be said.
    pub(super) notes: Vec<String>,
}

impl Field {
    pub(super) fn has_entrants(&self) -> bool {
        !self.candidates.is_empty() || !self.top.is_empty()
    }

    /// Gives names of params and metrics that mean the same on several trackers one name.
    pub(super) fn align(&mut self) -> Aligned {
        let taking_part = self.candidates.iter_mut().chain(&mut self.top);
        let taking_part = taking_part.map(|candidate| (candidate.tracker.name(), &mut candidate.run));
        align(taking_part.chain(self.left_out.iter_mut().map(|(tracker, run, _)| (tracker.name(), run))), None)
    }

    /// What the values of trackers of several kinds do not have in common.
    pub(super) fn about_kinds(&self, at_best: bool) -> Option<String> {
        let kinds = self.candidates.iter().chain(&self.top).map(|candidate| candidate.tracker.kind());
        if at_best { kinds::steps(kinds) } else { kinds::last_values(kinds) }
    }

    /// Counts a run that turns out not to have a value that counts.
    pub(super) fn leave_out(&mut self, contest: &Contest, candidate: Candidate, why: Exclusion) {
        self.exclusions.add(why);
        if contest.shown.is_none() {
            self.left_out.push((candidate.tracker, candidate.run, why));
        }
    }

    /// Who is ranked run by run: all of a tracker that was read to its end, else its best ones where it knows them.
    pub(super) fn entrants(&mut self, contest: &Contest) -> Vec<Candidate> {
        let mut entrants = std::mem::take(&mut self.candidates);
        if !contest.is_plain() {
            return entrants;
        }
        let whole = std::mem::take(&mut self.whole);
        entrants.retain(|candidate| whole.iter().any(|name| name == candidate.tracker.name()));
        entrants.append(&mut self.top);
        entrants
    }
}

/// Reads the runs of all scopes.
pub(super) async fn read(call: &Call, scopes: &[Scope], contest: &Contest) -> Result<Field> {
    let homes = scopes.iter().map(|scope| Arc::clone(&scope.tracker)).collect();
    let answers = ask(homes, call, |tracker, call| {
        let scope = scopes.iter().find(|scope| scope.tracker.name() == tracker.name());
        let projects = scope.map_or(ProjectScope::All, |scope| scope.projects.clone());
        async move { Reading { tracker, call, contest, projects }.all().await }
    })
    .await?;
    let all_asked = answers.failed.is_empty();
    let mut field = Field { is_whole: all_asked, all_asked, notes: answers.failed, ..Field::default() };
    let known = answers.answered.iter().map(|(tracker, part)| (tracker.name(), part.names.metrics()));
    let metric = Name::among(&contest.key(), known)?;
    field.notes.extend(metric.notes());
    field.metric = Some(metric);
    let several = answers.answered.len() > 1;
    for (tracker, part) in answers.answered {
        field.newest.extend(part.newest);
        field.candidates.extend(part.candidates);
        field.top.extend(part.top);
        field.whole.extend(part.is_whole.then(|| tracker.name().to_owned()));
        field.left_out.extend(part.left_out);
        field.exclusions.add_all(part.exclusions);
        field.read += part.read;
        field.is_whole &= part.is_whole;
        field.names.merge(part.names);
        let place = if several { format!("{}: ", tracker.name()) } else { String::new() };
        field.notes.extend(part.notes.into_iter().map(|note| place.clone() + &note));
    }
    Ok(field)
}

/// One tracker being read.
struct Reading<'a> {
    tracker: Arc<dyn Tracker>,
    call: Call,
    contest: &'a Contest,
    projects: ProjectScope,
}

impl Reading<'_> {
    async fn all(self) -> backends::Result<Field> {
        let mut field = Field::default();
        let mut cursor = None;
        let mut metric: Arc<str> = Arc::from(self.contest.metric.as_str());
        loop {
            let query = self.query(self.contest.filter.clone(), Order::default(), PAGE, cursor);
            let Searched { page, filter, told, newest, .. } = match search(&*self.tracker, &self.call, &query).await {
                Ok(searched) => searched,
                // The best ones are known by now.
                Err(error) if field.read > 0 => {
                    field.notes.push(format!("reading ended early: {error}"));
                    return Ok(field);
                }
                Err(error) => return Err(error),
            };
            field.newest.extend(newest.map(|page| (self.tracker.name().to_owned(), page)));
            page.rows.iter().for_each(|run| field.names.add(run));
            let name = Name::among(&self.contest.key(), [(self.tracker.name(), field.names.metrics())])?;
            if name.on(self.tracker.name()) != &*metric {
                metric = Arc::from(name.on(self.tracker.name()));
                if !field.candidates.is_empty() {
                    // Another metric was taken for it until one turned up that is called exactly so.
                    field = Field { names: field.names, newest: field.newest, ..Field::default() };
                    cursor = None;
                    continue;
                }
            }
            let new = told.into_iter().filter(|note| !field.notes.contains(note)).collect::<Vec<_>>();
            field.notes.extend(new);
            field.read += page.rows.len();
            for run in page.rows {
                self.sort_in(&mut field, &metric, run);
            }
            self.lighten(&mut field.candidates);
            let reserve = if self.contest.at_best { RESERVE.1 } else { RESERVE.0 };
            let late = self.call.time_left() < reserve;
            match page.next {
                None => {
                    field.is_whole = true;
                    field.top.clear();
                    field.notes.retain(|note| !page.notes.contains(note));
                    field.notes.extend(page.notes);
                    return Ok(field);
                }
                next => cursor = next,
            }
            if field.top.is_empty() && self.contest.is_plain() {
                field.top = self.top(&metric, filter).await?;
            }
            if late || field.read as u64 >= self.call.allowance().runs {
                return Ok(field);
            }
            self.call.progress(field.read as u64, None, "runs read");
        }
    }

    fn query(&self, filter: Option<Filter>, order: Order, limit: usize, cursor: Option<String>) -> RunQuery {
        RunQuery {
            projects: self.projects.clone(),
            text: None,
            filter,
            order,
            include_archived: false,
            parts: Parts::of(&[Part::Params, Part::Metrics, Part::Tags]),
            limit,
            cursor,
        }
    }

    /// Takes a run in, or counts why not.
    fn sort_in(&self, field: &mut Field, metric: &Arc<str>, run: Run) {
        let contest = self.contest;
        let value = run.metrics.get(&**metric).map(|metric| metric.value);
        let admitted = match (contest.at_best, value) {
            // What its curve holds will show later; that it ended in NaN does not matter here.
            (true, Some(value)) => admit(run.status, contest.any_status, Some(0.0)).map(|_| value),
            _ => admit(run.status, contest.any_status, value),
        };
        match admitted {
            Ok(value) => {
                let (tracker, metric) = (Arc::clone(&self.tracker), Arc::clone(metric));
                field.candidates.push(Candidate { tracker, run, metric, value, step: None });
            }
            Err(why) => {
                field.exclusions.add(why);
                if contest.shown.is_none() {
                    field.left_out.push((Arc::clone(&self.tracker), light(run), why));
                }
            }
        }
    }

    /// Drops what is no longer needed of runs that cannot be among those shown: tens of thousands of them are heavy.
    fn lighten(&self, candidates: &mut [Candidate]) {
        let contest = self.contest;
        let others = |candidate: &mut Candidate| match contest.at_best {
            // Its extremes may be kept with it.
            true => candidate.run.metrics.retain(|name, _| **name == *candidate.metric),
            false => candidate.run.metrics.clear(),
        };
        let Some(shown) = contest.shown else {
            candidates.iter_mut().for_each(others);
            return;
        };
        candidates.sort_by(|a, b| best_first(a, b, contest.direction));
        let shown = if contest.at_best { shown.max(HISTORIES) } else { shown };
        for candidate in candidates.iter_mut().skip(shown) {
            others(candidate);
            candidate.run.tags.clear();
            candidate.run.system_tags.clear();
        }
    }

    /// The best ones by the tracker's own order, which it knows of runs that were not read, too. The filter is in its own names.
    async fn top(&self, metric: &Arc<str>, filter: Option<Filter>) -> backends::Result<Vec<Candidate>> {
        let finished = (!self.contest.any_status).then(|| conditions::any_status(&[Status::Finished])).flatten();
        let parts: Vec<Filter> = filter.into_iter().chain(finished).collect();
        let filter = (!parts.is_empty()).then_some(Filter::And(parts));
        let order = Order(vec![(Key::Metric((**metric).to_owned()), self.contest.direction)]);
        let query = self.query(filter, order, self.contest.shown.unwrap_or(PAGE), None);
        let page = self.tracker.search_runs(&self.call, &query).await?;
        let mut top = Field::default();
        page.rows.into_iter().for_each(|run| self.sort_in(&mut top, metric, run));
        Ok(top.candidates)
    }
}

/// A run without its metrics.
fn light(mut run: Run) -> Run {
    run.metrics.clear();
    run
}

/// By value, the best first, what is not finite last; ties by tracker and id.
pub(super) fn best_first(a: &Candidate, b: &Candidate, direction: Direction) -> std::cmp::Ordering {
    let ascending = a.value.partial_cmp(&b.value).unwrap_or(std::cmp::Ordering::Equal);
    let by_value = if direction == Direction::Ascending { ascending } else { ascending.reverse() };
    let not_finite = |candidate: &Candidate| !candidate.value.is_finite();
    not_finite(a)
        .cmp(&not_finite(b))
        .then_with(|| if a.value.is_finite() { by_value } else { std::cmp::Ordering::Equal })
        .then_with(|| by_reference(a, b))
}

/// By tracker and id.
pub(super) fn by_reference(a: &Candidate, b: &Candidate) -> std::cmp::Ordering {
    (a.tracker.name(), &a.run.id).cmp(&(b.tracker.name(), &b.run.id))
}

/// Who was left out, one reason after the other; none if nobody was.
pub(super) fn left_out(exclusions: &Exclusions) -> Option<String> {
    let reasons = [
        (Exclusion::Missing, "without the metric"),
        (Exclusion::NotANumber, "NaN"),
        (Exclusion::Infinite, "infinite"),
        (Exclusion::Unfinished, "not finished"),
        (Exclusion::Failed, "failed"),
        (Exclusion::Stopped, "stopped"),
    ];
    let told: Vec<String> = reasons
        .into_iter()
        .filter(|(why, _)| exclusions.of(*why) > 0)
        .map(|(why, words)| format!("{} {words}", exclusions.of(why)))
        .collect();
    (!told.is_empty()).then(|| format!("left out: {}", told.join(", ")))
}

//! The runs and jobs that are waited for, and a look at all of them: one question to each tracker.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use backends::model::{Job, Parts, PlaceInQueue, Run, RunId, Status};
use backends::{Call, Error, ErrorKind, Result, Tracker};
use futures::future::join_all;
use jiff::Timestamp;

use crate::references::{JobRef, RunRef};

/// What one tracker gets for a look at most.
const LOOK: Duration = Duration::from_secs(15);

/// All that is waited for.
pub(super) struct Watched {
    /// The runs, in the order in which they were named.
    pub(super) runs: Vec<RunRef>,
    /// The jobs, likewise.
    pub(super) jobs: Vec<JobRef>,
    /// What of the runs is needed.
    pub(super) parts: Parts,
    /// What is known of runs, by reference; those that jobs logged too.
    known: HashMap<String, Run>,
    /// What is known of jobs, by reference.
    launched: HashMap<String, Job>,
    /// Where runs wait, by reference.
    places: HashMap<String, PlaceInQueue>,
    /// Runs that are no longer there, by reference.
    gone: Vec<String>,
    /// Trackers that do not answer: since when, and what is wrong.
    down: HashMap<String, (Timestamp, Error)>,
    /// Trackers that did not answer for a while and do again: from when to when.
    recovered: Vec<(String, Timestamp, Timestamp)>,
}

/// What a look at one tracker brought.
struct Seen {
    runs: Vec<Run>,
    missing: Vec<RunId>,
    jobs: Vec<(String, Job)>,
    places: Vec<PlaceInQueue>,
}

impl Watched {
    /// These runs, of which this is known already, and these jobs.
    pub(super) fn new(found: Vec<(RunRef, Run)>, jobs: Vec<JobRef>, parts: Parts) -> Self {
        let known = found.iter().map(|(reference, run)| (reference.text(), run.clone())).collect();
        Self {
            runs: found.into_iter().map(|(reference, _)| reference).collect(),
            jobs,
            parts,
            known,
            launched: HashMap::new(),
            places: HashMap::new(),
            gone: Vec::new(),
            down: HashMap::new(),
            recovered: Vec::new(),
        }
    }

    /// The trackers that are asked.
    pub(super) fn homes(&self) -> Vec<Arc<dyn Tracker>> {
        let all = self.runs.iter().map(|run| &run.tracker).chain(self.jobs.iter().map(|job| &job.tracker));
        let mut homes: Vec<Arc<dyn Tracker>> = Vec::new();
        for tracker in all {
            if !homes.iter().any(|home| home.name() == tracker.name()) {
                homes.push(Arc::clone(tracker));
            }
        }
        homes
    }

    /// A run, as far as it is known.
    pub(super) fn run(&self, reference: &RunRef) -> Option<&Run> {
        self.known.get(&reference.text())
    }

    /// A job, as far as it is known.
    pub(super) fn job(&self, reference: &JobRef) -> Option<&Job> {
        self.launched.get(&reference.text())
    }

    /// The runs that a job logged.
    pub(super) fn logged(&self, job: &JobRef) -> Vec<(RunRef, &Run)> {
        let ids = self.job(job).into_iter().flat_map(|known| &known.runs);
        let of = |id: &RunId| RunRef { tracker: Arc::clone(&job.tracker), id: id.clone() };
        ids.filter_map(|id| Some((of(id), self.run(&of(id))?))).collect()
    }

    /// All runs that are known, with their trackers.
    pub(super) fn rows(&self) -> Vec<(&str, &Run)> {
        let own = self.runs.iter().filter_map(|run| Some((run.tracker.name(), self.run(run)?)));
        let logged = self
            .jobs
            .iter()
            .flat_map(|job| self.logged(job).into_iter().map(|(_, run)| (job.tracker.name(), run)).collect::<Vec<_>>());
        own.chain(logged).collect()
    }

    /// Where a run waits.
    pub(super) fn place(&self, reference: &RunRef) -> Option<&PlaceInQueue> {
        self.places.get(&reference.text())
    }

    /// Whether a run is no longer there.
    pub(super) fn is_gone(&self, reference: &RunRef) -> bool {
        self.gone.contains(&reference.text())
    }

    /// Trackers that do not answer now: since when, and what is wrong.
    pub(super) fn down(&self) -> Vec<(&str, Timestamp, &Error)> {
        let mut down: Vec<_> = self.down.iter().map(|(name, (since, error))| (name.as_str(), *since, error)).collect();
        down.sort_by_key(|(name, ..)| *name);
        down
    }

    /// How long the trackers that do not answer asked to be left alone.
    pub(super) fn rest(&self) -> Duration {
        self.down.values().filter_map(|(_, error)| error.retry_after).max().unwrap_or_default()
    }

    /// Trackers that did not answer for a while and do again: from when to when.
    pub(super) fn recovered(&self) -> &[(String, Timestamp, Timestamp)] {
        &self.recovered
    }

    /// Looks at everything for the first time: the runs are known, jobs and places in queues are not.
    ///
    /// # Errors
    /// What a tracker says of a job: one that is not there is waited for in vain.
    pub(super) async fn begin(&mut self, call: &Call) -> Result<()> {
        let call = call.within(LOOK);
        for job in &self.jobs {
            let read = job.read(&call).await?;
            self.launched.insert(job.text(), read);
        }
        self.look(&call, true).await;
        Ok(())
    }

    /// Looks at everything again, for at most `time`.
    pub(super) async fn again(&mut self, call: &Call, time: Duration) {
        let call = call.within(time.min(LOOK));
        self.look(&call, false).await;
    }

    /// A look at all trackers side by side. What is known was read just now, if this is the `first` one.
    async fn look(&mut self, call: &Call, first: bool) {
        let watched = &*self;
        let looks = self.homes().into_iter().map(|tracker| async move {
            let seen = watched.at(call, tracker.as_ref(), first).await;
            (tracker.name().to_owned(), seen)
        });
        let seen = join_all(looks).await;
        let now = call.clock().now();
        for (tracker, seen) in seen {
            match seen {
                Ok(seen) => self.take(&tracker, seen, now),
                Err(error) => {
                    let since = self.down.get(&tracker).map_or(now, |(since, _)| *since);
                    self.down.insert(tracker, (since, error));
                }
            }
        }
    }

    /// A look at one tracker: one question for all its runs, one more for each job, and one for the queues if any waits.
    async fn at(&self, call: &Call, tracker: &dyn Tracker, first: bool) -> Result<Seen> {
        let here = |name: &str| tracker.name() == name;
        let mut jobs = Vec::new();
        for job in self.jobs.iter().filter(|job| here(job.tracker.name())) {
            // One that has ended stays as it is.
            match self.job(job).filter(|known| first || known.status.is_some_and(Status::is_over)) {
                Some(known) => jobs.push((job.text(), known.clone())),
                None => jobs.push((job.text(), job.read(call).await?)),
            }
        }
        let mut ids: Vec<RunId> =
            self.runs.iter().filter(|run| here(run.tracker.name())).map(|run| run.id.clone()).collect();
        ids.extend(jobs.iter().flat_map(|(_, job)| job.runs.iter().cloned()));
        let mut runs: Vec<Run> = Vec::new();
        if first {
            let known = |id: &RunId| self.known.get(&format!("{}:{id}", tracker.name()));
            runs.extend(ids.iter().filter_map(|id| known(id).cloned()));
            ids.retain(|id| known(id).is_none());
        }
        let mut missing = Vec::new();
        if !ids.is_empty() {
            let found = tracker.runs(call, &ids, self.parts).await?;
            runs.extend(found.found.into_iter().map(|one| one.run));
            missing = found.missing;
        }
        let waiting: Vec<RunId> =
            runs.iter().filter(|run| run.status == Some(Status::Queued)).map(|run| run.id.clone()).collect();
        let places = match tracker.queues() {
            Some(queues) if !waiting.is_empty() => match queues.places(call, &waiting).await {
                Ok(places) => places,
                Err(error) if error.kind == ErrorKind::Cancelled => return Err(error),
                // Where it waits is worth knowing, not worth losing the rest for.
                Err(_) => Vec::new(),
            },
            _ => Vec::new(),
        };
        Ok(Seen { runs, missing, jobs, places })
    }

    fn take(&mut self, tracker: &str, seen: Seen, now: Timestamp) {
        if let Some((since, _)) = self.down.remove(tracker) {
            self.recovered.push((tracker.to_owned(), since, now));
        }
        let reference = |id: &RunId| format!("{tracker}:{id}");
        self.launched.extend(seen.jobs);
        let here = format!("{tracker}:");
        self.places.retain(|reference, _| !reference.starts_with(&here));
        self.places.extend(seen.places.into_iter().map(|place| (reference(&place.run), place)));
        self.known.extend(seen.runs.into_iter().map(|run| (reference(&run.id), run)));
        self.gone.retain(|reference| !reference.starts_with(&here));
        self.gone.extend(seen.missing.iter().map(reference));
    }
}

//! What is waited for in the names that the runs have, and whether it is there.

use backends::model::{Job, PlaceInQueue, Run, Status};
use backends::query::{Filter, Key};
use jiff::Timestamp;

use super::until::{Until, Verdict, state};
use super::watched::Watched;
use crate::problem::Result;
use crate::references::{JobRef, Name, RunRef, renamed};
use crate::render::one_line;

/// What is waited for; names in a filter may be spelt as another tracker has them, or without title or section.
pub(super) struct Goal {
    pub(super) until: Until,
    /// What each name in the filter means, as far as runs have it by now.
    names: Vec<(Key, Name)>,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// What was waited for is there.
    Met,
    /// It will not come any more.
    Never,
    /// The time was over before.
    NotYet,
}

impl Outcome {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Never => "cannot be met any more",
            Self::NotYet => "not yet",
        }
    }
}

impl Goal {
    /// Reads the names, given what the runs have.
    ///
    /// # Errors
    /// *Bad input* for one that may mean several.
    pub(super) fn new(until: Until, rows: &[(&str, &Run)]) -> Result<Self> {
        let mut names = Vec::new();
        for key in until.keys() {
            if matches!(key, Key::Metric(_) | Key::Min(_) | Key::Max(_) | Key::Param(_)) {
                let name = Name::read(&key, rows.iter().copied())?;
                names.push((key, name));
            }
        }
        Ok(Self { until, names })
    }

    /// Reads the names again: a run may have logged meanwhile what none had. What becomes unclear keeps its meaning.
    pub(super) fn learn(&mut self, rows: &[(&str, &Run)]) {
        for (key, name) in &mut self.names {
            if let Ok(read) = Name::read(key, rows.iter().copied()) {
                *name = read;
            }
        }
    }

    /// What names were read as.
    pub(super) fn notes(&self) -> Vec<String> {
        self.names.iter().flat_map(|(_, name)| name.notes()).collect()
    }

    /// The keys of metrics in the filter, as they were said.
    pub(super) fn metrics(&self) -> impl Iterator<Item = &Key> {
        self.names.iter().map(|(key, _)| key).filter(|key| !matches!(key, Key::Param(_)))
    }

    /// What a metric of the filter is called on a tracker.
    pub(super) fn first_metric(&self, tracker: &str) -> Option<&str> {
        let mut metrics = self.names.iter().filter(|(key, _)| matches!(key, Key::Metric(_)));
        metrics.next().map(|(_, name)| name.on(tracker))
    }

    /// The filter as a tracker spells it.
    fn filter_on(&self, tracker: &str) -> Option<Filter> {
        let Until::Holds(filter) = &self.until else { return None };
        let meant = |key: &Key| {
            let (_, name) = self.names.iter().find(|(said, _)| said == key)?;
            Some(renamed(key, name.on(tracker)))
        };
        Some(filter.clone().map_keys(meant))
    }

    /// Whether it is there, of each run and then of each job, by reference.
    pub(super) fn verdicts(&self, watched: &Watched, now: Timestamp) -> Vec<(String, Verdict)> {
        let runs = watched.runs.iter().map(|run| (run.text(), self.of_run(watched, run, now)));
        runs.chain(watched.jobs.iter().map(|job| (job.text(), self.of_job(watched, job, now)))).collect()
    }

    /// How the wait ends, if it does.
    pub(super) fn outcome(&self, verdicts: &[(String, Verdict)]) -> Option<Outcome> {
        let met = |(_, verdict): &(String, Verdict)| matches!(verdict, Verdict::Met(_));
        let never = |(_, verdict): &(String, Verdict)| matches!(verdict, Verdict::Never(_));
        let (is_met, is_lost) = match self.until {
            Until::Any => (verdicts.iter().any(met), verdicts.iter().all(never)),
            _ => (verdicts.iter().all(met), verdicts.iter().any(never)),
        };
        if is_met { Some(Outcome::Met) } else { is_lost.then_some(Outcome::Never) }
    }

    fn of_run(&self, watched: &Watched, reference: &RunRef, now: Timestamp) -> Verdict {
        let Some(run) = watched.run(reference).filter(|_| !watched.is_gone(reference)) else {
            return Verdict::Never("it is no longer there".to_owned());
        };
        let mut words = state(run, now);
        if run.status == Some(Status::Queued)
            && let Some(place) = watched.place(reference)
        {
            words = waits(place);
        }
        self.until.judge(self.filter_on(reference.tracker.name()).as_ref(), run, &words, now)
    }

    fn of_job(&self, watched: &Watched, reference: &JobRef, now: Timestamp) -> Verdict {
        let Some(job) = watched.job(reference) else { return Verdict::NotYet("not read yet".to_owned()) };
        let words = job_state(job);
        if let Some(verdict) = self.until.of_status(job.status, &words) {
            return verdict;
        }
        let filter = self.filter_on(reference.tracker.name());
        let logged = watched.logged(reference);
        let holds = |run: &Run| filter.as_ref().is_some_and(|filter| filter.matches(run, now));
        match logged.iter().find(|(_, run)| holds(run)) {
            Some((run, _)) => Verdict::Met(format!("it holds for {}; {words}", run.text())),
            None if job.status.is_some_and(Status::is_over) => {
                Verdict::Never(format!("{words}, and it holds for none of the {} runs that it logged", logged.len()))
            }
            None => Verdict::NotYet(format!("{words}; it holds for none of {} runs so far", logged.len())),
        }
    }
}

/// Where a job stands, in words.
fn job_state(job: &Job) -> String {
    let native = one_line(&job.native_status, 60);
    let status = job.status.map_or_else(|| native.clone(), |status| format!("{status} ({native})"));
    match &job.reason {
        Some(reason) => format!("{status}: {}", one_line(reason, 160)),
        None => status,
    }
}

/// Where a run waits, and who might take it.
fn waits(place: &PlaceInQueue) -> String {
    let queue = one_line(&place.queue, 60);
    let served = match (place.workers, place.busy) {
        (0, _) => "no worker serves this queue".to_owned(),
        (1, 1) => "its worker is busy".to_owned(),
        (all, busy) if all == busy => format!("all its {all} workers are busy"),
        (all, busy) => format!("{} of its {all} workers idle", all - busy),
    };
    format!("queued, {} of {} in '{queue}'; {served}", place.position, place.waiting)
}

#[cfg(test)]
mod tests {
    use backends::model::RunId;

    use super::*;

    #[test]
    fn who_waits_is_told_why() {
        let place = |workers, busy| PlaceInQueue {
            run: RunId::new("1"),
            queue: "gpu".to_owned(),
            position: 2,
            waiting: 5,
            since: None,
            workers,
            busy,
        };
        for (workers, busy, told) in [
            (0, 0, "no worker serves this queue"),
            (1, 1, "its worker is busy"),
            (3, 3, "all its 3 workers are busy"),
            (3, 1, "2 of its 3 workers idle"),
        ] {
            assert_eq!(waits(&place(workers, busy)), format!("queued, 2 of 5 in 'gpu'; {told}"));
        }
    }
}

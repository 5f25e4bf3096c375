//! The runs of a project counted by what they have: one after the other, none is kept.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Count, Project, ProjectOverview, Run, SubProject};

/// How often each thing occurs.
#[derive(Default)]
struct Tally(HashMap<String, u64>);

impl Tally {
    fn add(&mut self, name: impl Into<String>) {
        *self.0.entry(name.into()).or_default() += 1;
    }

    /// The most frequent first.
    fn counts(self) -> Vec<Count> {
        let mut counts: Vec<Count> = self.0.into_iter().map(|(name, runs)| Count { name, runs }).collect();
        counts.sort_by(|a, b| b.runs.cmp(&a.runs).then_with(|| a.name.cmp(&b.name)));
        counts
    }
}

/// What was counted so far.
#[derive(Default)]
pub(crate) struct Tallies {
    runs: u64,
    status: Tally,
    kind: Tally,
    user: Tally,
    day: Tally,
    tag: Tally,
    metric: Tally,
    param: Tally,
    last_started: Option<Timestamp>,
}

impl Tallies {
    /// Counts a run.
    pub(crate) fn add(&mut self, run: Run) {
        self.runs += 1;
        self.status.add(match (run.status, run.native_status) {
            (Some(status), _) => status.word().to_owned(),
            (None, Some(native)) => native,
            (None, None) => "unknown".to_owned(),
        });
        run.kind.into_iter().for_each(|kind| self.kind.add(kind));
        self.user.add(run.user.unwrap_or_else(|| "unknown".to_owned()));
        if let Some(started) = run.started {
            self.day.add(started.to_zoned(TimeZone::UTC).date().to_string());
            self.last_started = self.last_started.max(Some(started));
        }
        run.tags.into_keys().for_each(|key| self.tag.add(key));
        run.metrics.into_keys().for_each(|key| self.metric.add(key));
        run.params.into_keys().for_each(|key| self.param.add(key));
    }

    /// How many runs were counted.
    pub(crate) fn runs(&self) -> u64 {
        self.runs
    }

    /// The project with these counts. Runs come the newest first: `stopped` says why older ones were not counted.
    pub(crate) fn into_overview(
        self,
        project: Project,
        sub_projects: Vec<SubProject>,
        stopped: Option<String>,
    ) -> ProjectOverview {
        let notes = stopped.map(|why| {
            format!("counted only the newest {} runs ({why}); since narrows it to what can be counted whole", self.runs)
        });
        let mut by_day = self.day.counts();
        by_day.sort_by(|a, b| b.name.cmp(&a.name));
        ProjectOverview {
            project,
            counted: self.runs,
            complete: notes.is_none(),
            by_status: self.status.counts(),
            by_type: self.kind.counts(),
            by_user: self.user.counts(),
            by_day,
            by_tag: self.tag.counts(),
            metrics: self.metric.counts(),
            params: self.param.counts(),
            sub_projects,
            last_started: self.last_started,
            notes: notes.into_iter().collect(),
        }
    }
}

//! One experiment looked at as a whole: its runs are read page by page, counted and dropped.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::{Count, Project, ProjectOverview, Run, SubProject};
use crate::{Call, ErrorKind, Result};

use super::api::{Api, RunsRequest, View};
use super::experiments::Index;
use super::search::{RESERVE, SCAN};

/// Rows of the first page; then as many as make pages of a good size.
const FIRST: usize = 200;
/// Rows of a page at most.
const MOST: usize = 1_000;

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

#[derive(Default)]
struct Tallies {
    runs: u64,
    status: Tally,
    user: Tally,
    day: Tally,
    tag: Tally,
    metric: Tally,
    param: Tally,
    last_started: Option<Timestamp>,
}

impl Tallies {
    fn add(&mut self, run: Run) {
        self.runs += 1;
        self.status.add(match (run.status, run.native_status) {
            (Some(status), _) => status.word().to_owned(),
            (None, Some(native)) => native,
            (None, None) => "unknown".to_owned(),
        });
        self.user.add(run.user.unwrap_or_else(|| "unknown".to_owned()));
        if let Some(started) = run.started {
            self.day.add(started.to_zoned(TimeZone::UTC).date().to_string());
            self.last_started = self.last_started.max(Some(started));
        }
        run.tags.into_keys().for_each(|key| self.tag.add(key));
        run.metrics.into_keys().for_each(|key| self.metric.add(key));
        run.params.into_keys().for_each(|key| self.param.add(key));
    }
}

/// Counts over the runs of a project that were started at or after `since`, newest first, up to a cap.
pub(super) async fn of(
    api: &Api,
    call: &Call,
    index: &Index,
    project: Project,
    since: Option<Timestamp>,
) -> Result<ProjectOverview> {
    let experiments = [project.id.as_str().to_owned()];
    let filter = since.map(|since| format!("attributes.start_time >= {}", since.as_millisecond())).unwrap_or_default();
    // Runs of a deleted experiment count as deleted themselves.
    let view = View::including_deleted(project.archived);
    let order = ["attributes.start_time DESC".to_owned()];
    let mut tallies = Tallies::default();
    let mut token: Option<String> = None;
    let mut size = FIRST;
    let mut stopped = None;
    loop {
        call.check()?;
        let request = RunsRequest {
            experiments: &experiments,
            filter: &filter,
            order_by: &order,
            view,
            max_results: size,
            page_token: token.as_deref(),
        };
        let page = match api.search_runs(call, &request).await {
            Ok(page) => page,
            Err(error) if error.kind == ErrorKind::TooLarge && size > 1 => {
                size = (size / 8).max(1);
                continue;
            }
            Err(error) if error.kind == ErrorKind::Unavailable && tallies.runs > 0 => {
                stopped = Some(error.to_string());
                break;
            }
            Err(error) => return Err(error),
        };
        page.runs.into_iter().for_each(|run| tallies.add(run.into_run(|id| index.name(id), api.web())));
        let next = page.next_page_token.filter(|next| !next.is_empty() && token.as_ref() != Some(next));
        token = next;
        if token.is_none() {
            break;
        }
        if tallies.runs >= SCAN {
            stopped = Some("that is the most for one call".to_owned());
            break;
        }
        if call.time_left() < RESERVE {
            stopped = Some("the time of this call is over".to_owned());
            break;
        }
        call.progress(tallies.runs, None, "runs counted");
        size = (size * 2).min(MOST);
    }
    let notes = stopped.map(|why| {
        format!("counted only the newest {} runs ({why}); since narrows it to what can be counted whole", tallies.runs)
    });
    let mut by_day = tallies.day.counts();
    by_day.sort_by(|a, b| b.name.cmp(&a.name));
    let sub = |project: &Project| SubProject { id: project.id.clone(), name: project.name.clone() };
    Ok(ProjectOverview {
        sub_projects: index.below(&project.name).map(sub).collect(),
        counted: tallies.runs,
        complete: notes.is_none(),
        by_status: tallies.status.counts(),
        by_type: Vec::new(),
        by_user: tallies.user.counts(),
        by_day,
        by_tag: tallies.tag.counts(),
        metrics: tallies.metric.counts(),
        params: tallies.param.counts(),
        last_started: tallies.last_started,
        notes: notes.into_iter().collect(),
        project,
    })
}

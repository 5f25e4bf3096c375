//! One project looked at as a whole: its tasks are read page by page, counted and dropped.
//!
//! What the project is and which series its tasks have is asked side by side; then the tasks, without the series of the
//! machine's monitor, which would be most of each document.

use std::collections::HashSet;
use std::time::Duration;

use futures::future::join;
use jiff::Timestamp;

use crate::model::{Project, ProjectId, ProjectOverview, Tallies};
use crate::{Call, Error, ErrorKind, Result};

use super::api::{Api, PAGE};
use super::wire_filter::TaskFilter;
use super::wire_projects::{SeriesNames, WireProject};

/// With less time left no further page is asked for.
const RESERVE: Duration = Duration::from_secs(3);
/// Titles of series that are asked for one by one; with more of them whole documents are cheaper.
const TITLES: usize = 100;

/// Fields of a task that are counted, but for its series.
const COUNTED: [&str; 8] = ["id", "type", "status", "user.name", "tags", "system_tags", "started", "hyperparams"];

/// Counts over the runs of a project that were started at or after `since`, newest first, up to a cap.
pub(super) async fn of(api: &Api, call: &Call, id: &ProjectId, since: Option<Timestamp>) -> Result<ProjectOverview> {
    let unknown = || Error::not_found(format!("no project with id '{id}'; list_projects has the ids"));
    if !may_be_id(id.as_str()) {
        return Err(unknown());
    }
    let (found, series) = join(api.project(call, id), api.series_names(call, id)).await;
    let mut found = found?.ok_or_else(unknown)?;
    let series = match series {
        // The server looks through all tasks for it; without it their whole documents are read.
        Err(error) if matches!(error.kind, ErrorKind::Unavailable | ErrorKind::TooLarge) => SeriesNames::default(),
        series => series?,
    };
    let total = found.own_tasks.filter(|_| since.is_none() && !found.is_archived());
    let (tallies, stopped) = match total {
        Some(0) => (Tallies::default(), None),
        _ => count(api, call, &Question::new(&found, &series, since)).await?,
    };
    let of_all = total.map(|total| format!("; the project has {total}")).unwrap_or_default();
    let stopped = stopped.map(|why| why + &of_all);
    let sub_projects = found.take_sub_projects();
    // What the server counted with the project includes the runs below it.
    let project = Project { runs: None, ..found.into_project(api.web()) };
    let mut overview = tallies.into_overview(project, sub_projects, stopped);
    if series.monitored() > 0 {
        overview.notes.push(format!(
            "{} series of the machine's monitor are not among the metrics; get_runs with keys [\":monitor:*\"] shows them",
            series.monitored()
        ));
    }
    Ok(overview)
}

/// Which tasks are counted, and what is asked of each.
struct Question {
    filter: TaskFilter,
    fields: Vec<String>,
    since: Option<Timestamp>,
}

impl Question {
    fn new(project: &WireProject, series: &SeriesNames, since: Option<Timestamp>) -> Self {
        let mut filter = TaskFilter::in_project(&project.id);
        // The runs of an archived project are archived with it, those of a hidden one may be hidden with it.
        if !project.is_archived() {
            filter.without_archived();
        }
        if project.is_hidden() {
            filter.with_hidden();
        }
        if let Some(since) = since {
            filter.started_from(since);
        }
        let mut fields: Vec<String> = COUNTED.into_iter().map(ToOwned::to_owned).collect();
        let titles = series.fields();
        if series.monitored() == 0 || titles.len() > TITLES {
            fields.push("last_metrics".to_owned());
        } else {
            fields.extend(titles);
        }
        Self { filter, fields, since }
    }
}

/// Reads the tasks, the newest first; with the counts comes why it stopped before the last.
async fn count(api: &Api, call: &Call, question: &Question) -> Result<(Tallies, Option<String>)> {
    let fields: Vec<&str> = question.fields.iter().map(String::as_str).collect();
    let order = ["-started".to_owned()];
    let (mut tallies, mut seen) = (Tallies::default(), HashSet::new());
    let (mut read, mut size) = (0, PAGE);
    loop {
        call.check()?;
        // Whatever the size of pages was so far, this one divides what was read.
        let tasks = match api.tasks(call, &question.filter, &fields, &order, (read / size, size)).await {
            Ok(tasks) => tasks,
            Err(error) if error.kind == ErrorKind::TooLarge && size > 1 => {
                size = (size / 5).max(1);
                continue;
            }
            Err(error) if error.kind == ErrorKind::Unavailable && read > 0 => {
                return Ok((tallies, Some(error.to_string())));
            }
            Err(error) => return Err(error),
        };
        read += tasks.len();
        let last = tasks.len() < size;
        for task in tasks {
            // A run that was started meanwhile moves those behind it: one comes again.
            if !seen.insert(task.id.clone()) {
                continue;
            }
            let mut run = task.into_run(api.web());
            if question.since.is_none_or(|since| run.started.is_some_and(|started| started >= since)) {
                run.metrics.retain(|_, metric| !metric.machine);
                tallies.add(run);
            }
        }
        if last {
            return Ok((tallies, None));
        }
        if read as u64 >= call.allowance().runs {
            return Ok((tallies, Some("that is the most for one call".to_owned())));
        }
        if call.time_left() < RESERVE {
            return Ok((tallies, Some("the time of this call is over".to_owned())));
        }
        call.progress(tallies.runs(), None, "runs counted");
    }
}

/// Whether it is worth asking for: to the server, other signs before an id exclude it.
fn may_be_id(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

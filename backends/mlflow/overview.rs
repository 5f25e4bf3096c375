//! One experiment looked at as a whole: its runs are read page by page, counted and dropped.

use jiff::Timestamp;

use crate::model::{Project, ProjectOverview, SubProject, Tallies};
use crate::{Call, ErrorKind, Result};

use super::api::{Api, RunsRequest, View};
use super::experiments::Index;
use super::search::RESERVE;

/// Rows of the first page; then as many as make pages of a good size.
const FIRST: usize = 200;
/// Rows of a page at most.
const MOST: usize = 1_000;

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
            Err(error) if error.kind == ErrorKind::Unavailable && tallies.runs() > 0 => {
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
        if tallies.runs() >= call.allowance().runs {
            stopped = Some("that is the most for one call".to_owned());
            break;
        }
        if call.time_left() < RESERVE {
            stopped = Some("the time of this call is over".to_owned());
            break;
        }
        call.progress(tallies.runs(), None, "runs counted");
        size = (size * 2).min(MOST);
    }
    let sub = |project: &Project| SubProject { id: project.id.clone(), name: project.name.clone() };
    let sub_projects = index.below(&project.name).map(sub).collect();
    Ok(tallies.into_overview(project, sub_projects, stopped))
}

//! One experiment looked at as a whole: its runs are read part by part, counted and dropped.

use jiff::Timestamp;

use crate::model::{Part, Parts, ProjectId, ProjectOverview, SubProject, Tallies};
use crate::{Error, Result};

use super::connection::Reader;
use super::records::word;
use super::scan::Walked;
use super::sql::Parameters;

/// Runs that are read whole at once.
const AT_ONCE: usize = 500;

/// Counts over the runs of a project that were started at or after `since`.
pub(super) fn of(
    reader: &Reader,
    id: &ProjectId,
    since: Option<Timestamp>,
    pages: Option<&str>,
) -> Result<ProjectOverview> {
    let projects = reader.experiments(pages)?;
    let project = projects.iter().find(|project| project.id == *id).cloned();
    let project = project.ok_or_else(|| Error::not_found(format!("no experiment with id '{id}'")))?;
    let mut sql = Parameters::default();
    let mut condition = format!("r.experiment_id = {}", sql.bind(id.as_str().parse::<i64>().unwrap_or(-1)));
    if !project.archived {
        condition.push_str(" AND r.lifecycle_stage IS NOT 'deleted'");
    }
    if let Some(since) = since {
        condition.push_str(&format!(" AND r.start_time >= {}", sql.bind(since.as_millisecond())));
    }
    let parts = Parts::of(&[Part::Params, Part::Metrics, Part::Tags]);
    let mut tallies = Tallies::default();
    let mut waiting = Vec::new();
    let mut count = |ids: &mut Vec<String>| -> Result<()> {
        reader.runs(ids, parts, None)?.into_values().for_each(|run| tallies.add(run));
        ids.clear();
        reader.call.progress(tallies.runs(), None, "runs counted");
        Ok(())
    };
    let walked = reader.walk(
        "r.run_uuid",
        &condition,
        &sql,
        |row| word(row, 0),
        |run| {
            waiting.push(run);
            if waiting.len() < AT_ONCE { Ok(()) } else { count(&mut waiting) }
        },
    )?;
    count(&mut waiting)?;
    let stopped = (walked == Walked::Stopped).then(|| "the time of this call is over".to_owned());
    let below = format!("{}/", project.name);
    let sub = projects.iter().filter(|other| !other.archived && other.name.starts_with(&below));
    let sub = sub.map(|other| SubProject { id: other.id.clone(), name: other.name.clone() }).collect();
    Ok(tallies.into_overview(project, sub, stopped))
}

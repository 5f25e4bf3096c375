//! `get_project`

use backends::model::{Count, ProjectOverview};
use backends::query::parse_time;
use backends::{Call, Capabilities};
use schemars::JsonSchema;
use serde::Deserialize;

use super::columns::tags;
use crate::problem::Result;
use crate::references::{FoundProject, one_project};
use crate::render::{Answer, Cell, Column, Keep};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `get_project`
pub struct GetProject;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// name, id or web URL
    project: String,
    /// count only runs started since: 7d, 2026-11-01
    since: Option<String>,
}

/// Rows of the longer lists that are shown; the rest is counted.
const LISTED: usize = 40;
/// Days that are shown.
const DAYS: usize = 31;
/// Characters of the note that are shown.
const NOTE: usize = 2_000;

impl Tool for GetProject {
    const NAME: &'static str = "get_project";
    const GUIDE: &'static str = include_str!("../../guides/tools/get_project.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.projects
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let since = input.since.as_deref().map(|since| parse_time(since, call.now())).transpose()?;
        let FoundProject { tracker, id, failed } = one_project(trackers, call, &input.project, None).await?;
        let overview = tracker.project(call, &id, since).await?;
        Ok(answer(tracker.name(), since, overview).notes(failed))
    }
}

fn answer(tracker: &str, since: Option<jiff::Timestamp>, overview: ProjectOverview) -> Answer {
    let project = overview.project;
    let mut answer = Answer::new()
        .fact("project", Cell::text(format!("{tracker}:{}", project.id)))
        .fact("name", Cell::foreign(&project.name))
        .fact("url", project.web_url.map(Cell::Text))
        .fact("created", project.created)
        .fact("updated", project.updated)
        .fact("last_run_started", overview.last_started)
        .fact("archived", project.archived.then_some(true))
        .fact("tags", tags(&project.tags, LISTED))
        .fact("runs_counted", overview.counted)
        .fact("started_since", since)
        .fact("complete", overview.complete);
    if let Some(note) = &project.note {
        answer = answer.foreign("note", format!("project {tracker}:{}", project.id), note, NOTE, Keep::Start);
    }
    answer = counts(answer, "by_status", "status", overview.by_status, LISTED);
    answer = counts(answer, "by_type", "type", overview.by_type, LISTED);
    answer = counts(answer, "by_user", "user", overview.by_user, LISTED);
    answer = counts(answer, "by_day", "day", overview.by_day, DAYS);
    answer = counts(answer, "metrics", "metric", overview.metrics, LISTED);
    answer = counts(answer, "params", "param", overview.params, LISTED);
    answer = counts(answer, "tags_used", "tag", overview.by_tag, LISTED);
    let below = overview.sub_projects.len();
    let rows = overview.sub_projects.iter().take(LISTED);
    let rows = rows.map(|sub| vec![Cell::text(format!("{tracker}:{}", sub.id)), Cell::foreign(&sub.name)]).collect();
    answer = answer.table("sub_projects", vec![Column::new("project"), Column::new("name")], rows);
    if below > LISTED {
        answer = answer.note(format!("{LISTED} of {below} sub-projects are shown; list_projects has all"));
    }
    answer.notes(overview.notes)
}

/// A table of counts, the first `most` of them.
fn counts(answer: Answer, name: &str, what: &str, counts: Vec<Count>, most: usize) -> Answer {
    let all = counts.len();
    let rows =
        counts.into_iter().take(most).map(|count| vec![Cell::key(&count.name), Cell::from(count.runs)]).collect();
    let answer = answer.table(name, vec![Column::new(what), Column::new("runs")], rows);
    match all > most {
        true => answer.note(format!("{most} of {all} in {name} are shown")),
        false => answer,
    }
}

//! `list_trackers`

use backends::tracker::TrackerStatus;
use backends::{Call, Capabilities};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::problem::Result;
use crate::render::{Answer, Cell, Column, one_line};
use crate::tool::{Access, Tool};
use crate::trackers::{Configured, Trackers};

/// `list_trackers`
pub struct ListTrackers;

/// Characters of a problem that are shown.
const PROBLEM: usize = 1_000;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

impl Tool for ListTrackers {
    const NAME: &'static str = "list_trackers";
    const GUIDE: &'static str = include_str!("../../guides/tools/list_trackers.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(_: Capabilities) -> bool {
        true
    }

    async fn run(trackers: &Trackers, call: &Call, _: Input) -> Result<Answer> {
        // Nothing configured is an error that says what to set.
        if trackers.all().is_empty() {
            trackers.asked(None)?;
        }
        let asked = trackers.all().iter().map(|configured| async move {
            match &configured.tracker {
                Ok(tracker) => tracker.status(call).await,
                Err(error) => Err(error.clone()),
            }
        });
        let statuses = futures::future::join_all(asked).await;
        let columns = ["tracker", "kind", "url", "reachable", "version", "user", "sign_in", "latency_ms", "problem"];
        let rows = trackers.all().iter().zip(&statuses).map(|(configured, status)| row(configured, status)).collect();
        let mut answer = Answer::new().table("trackers", columns.into_iter().map(Column::new).collect(), rows);
        for (configured, status) in trackers.all().iter().zip(&statuses) {
            let name = &configured.name;
            answer = answer.notes(cannot(configured));
            let project = configured.limits.default_project.iter();
            answer = answer.notes(project.map(|project| format!("{name}: default project {}", one_line(project, 80))));
            let said = status.iter().flat_map(|status| &status.notes);
            answer = answer.notes(said.chain(&configured.warnings).map(|note| format!("{name}: {note}")));
        }
        Ok(answer.notes(trackers.faults()))
    }
}

fn row(configured: &Configured, status: &backends::Result<TrackerStatus>) -> Vec<Cell> {
    let url = configured.tracker.as_ref().map(|tracker| Cell::text(tracker.address())).unwrap_or(Cell::Missing);
    let head = [Cell::text(&configured.name), Cell::text(configured.kind), url, Cell::from(status.is_ok())];
    let rest = match status {
        Ok(status) => [
            Cell::from(status.version.as_deref().map(Cell::foreign)),
            Cell::from(status.user.as_deref().map(Cell::foreign)),
            Cell::text(&status.sign_in),
            Cell::from(status.latency_ms),
            Cell::Missing,
        ],
        Err(error) => [
            Cell::Missing,
            Cell::Missing,
            Cell::Missing,
            Cell::Missing,
            Cell::foreign_up_to(&error.to_string(), PROBLEM),
        ],
    };
    head.into_iter().chain(rest).collect()
}

/// What this kind lacks, in a sentence.
fn cannot(configured: &Configured) -> Option<String> {
    let tracker = configured.tracker.as_ref().ok()?;
    let named = tracker.capabilities().named();
    let missing: Vec<&str> = named.iter().filter(|(_, has)| !has).map(|(name, _)| *name).collect();
    let present: Vec<&str> = named.iter().filter(|(_, has)| *has).map(|(name, _)| *name).collect();
    let lacks = if missing.is_empty() { String::new() } else { format!("; it has no {}", missing.join(", no ")) };
    Some(format!("{} offers {}{lacks}; access: read only", configured.name, present.join(", ")))
}

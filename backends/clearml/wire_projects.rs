//! ClearML's projects as JSON, field for field, and their translation (API 2.31, recorded on server 2.0.0).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::{Project, ProjectId, Status, SubProject};

use super::web;
use super::wire::{ARCHIVED, status};
use super::wire_metrics::is_monitor;
use super::wire_names::HIDDEN;
use super::wire_values::Moment;

/// What `only_fields` asks for, so that a project has all that we show.
pub(super) const FIELDS: [&str; 7] = ["id", "name", "description", "created", "last_update", "tags", "system_tags"];

/// Answer of `projects.get_all_ex`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Projects {
    pub(super) projects: Vec<WireProject>,
}

/// A project.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireProject {
    pub(super) id: String,
    name: String,
    description: Option<String>,
    created: Option<Moment>,
    last_update: Option<Moment>,
    tags: Vec<String>,
    system_tags: Vec<String>,
    /// Its tasks by what they are: `active`, `archived`.
    stats: BTreeMap<String, Statistics>,
    sub_projects: Vec<WireSubProject>,
    /// How many tasks are its own, if that was asked for.
    pub(super) own_tasks: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Statistics {
    status_count: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
struct WireSubProject {
    id: String,
    name: String,
}

impl WireProject {
    /// Our model of it; `web` is the address of its pages.
    pub(super) fn into_project(self, web: &str) -> Project {
        Project {
            archived: self.is_archived(),
            created: self.created.and_then(Moment::time),
            updated: self.last_update.and_then(Moment::time),
            tags: self.tags.into_iter().map(|tag| (tag, String::new())).collect(),
            note: self.description.filter(|note| !note.trim().is_empty()),
            runs: (!self.stats.is_empty()).then(|| by_status(self.stats.into_values())),
            web_url: Some(web::project(web, &self.id)),
            id: ProjectId::new(self.id),
            name: self.name,
        }
    }

    /// Put away.
    pub(super) fn is_archived(&self) -> bool {
        self.system_tags.iter().any(|tag| tag == ARCHIVED)
    }

    /// Made by the server for itself.
    pub(super) fn is_hidden(&self) -> bool {
        self.system_tags.iter().any(|tag| tag == HIDDEN)
    }

    /// The projects below it, as far down as there are.
    pub(super) fn take_sub_projects(&mut self) -> Vec<SubProject> {
        let below = std::mem::take(&mut self.sub_projects);
        below.into_iter().map(|sub| SubProject { id: ProjectId::new(sub.id), name: sub.name }).collect()
    }
}

/// Tasks counted by our words; those whose state the server does not know have none.
fn by_status(statistics: impl Iterator<Item = Statistics>) -> BTreeMap<Status, u64> {
    let mut counts = BTreeMap::new();
    for (word, count) in statistics.flat_map(|statistics| statistics.status_count) {
        if let Some(status) = status(&word).filter(|_| count > 0) {
            *counts.entry(status).or_default() += count;
        }
    }
    counts
}

/// Answer of `projects.get_unique_metric_variants`: the series that tasks of a project have.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SeriesNames {
    metrics: Vec<SeriesName>,
}

/// What early servers did not note is null.
#[derive(Debug, Deserialize)]
struct SeriesName {
    metric: Option<String>,
    metric_hash: Option<String>,
}

impl SeriesName {
    fn is_monitor(&self) -> bool {
        self.metric.as_deref().is_some_and(is_monitor)
    }
}

impl SeriesNames {
    /// How many the machine's monitor made.
    pub(super) fn monitored(&self) -> usize {
        self.metrics.iter().filter(|series| series.is_monitor()).count()
    }

    /// The fields of tasks that hold the others: one for each title.
    pub(super) fn fields(&self) -> Vec<String> {
        let trained = self.metrics.iter().filter(|series| !series.is_monitor());
        let titles = trained.filter_map(|series| series.metric_hash.as_deref());
        let mut fields: Vec<String> = titles.map(|hash| format!("last_metrics.{hash}")).collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }
}

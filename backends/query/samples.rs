//! Runs for the tests of this folder.

use std::collections::BTreeMap;

use crate::model::{Code, Metric, ProjectId, ProjectRef, Run, RunId};

/// A run that has nothing but its id and project.
pub(super) fn run(id: &str) -> Run {
    Run {
        id: RunId::new(id),
        name: String::new(),
        status: None,
        native_status: None,
        reason: None,
        kind: None,
        user: None,
        project: ProjectRef { id: ProjectId::new("7"), name: "vision/resnet".to_owned() },
        parent: None,
        started: None,
        ended: None,
        updated: None,
        archived: false,
        params: BTreeMap::new(),
        metrics: BTreeMap::new(),
        tags: BTreeMap::new(),
        system_tags: BTreeMap::new(),
        note: None,
        code: Code::default(),
        datasets: Vec::new(),
        models: Vec::new(),
        web_url: None,
    }
}

/// A metric with this last value.
pub(super) fn metric(value: f64) -> Metric {
    Metric { value, step: None, min: None, max: None }
}

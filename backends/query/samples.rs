//! Runs for the tests of this folder.

use crate::model::{Metric, ProjectId, ProjectRef, Run, RunId};

/// A run that has nothing but its id and project.
pub(super) fn run(id: &str) -> Run {
    Run::new(RunId::new(id), ProjectRef { id: ProjectId::new("7"), name: "vision/resnet".to_owned() })
}

/// A metric with this last value.
pub(super) fn metric(value: f64) -> Metric {
    Metric::last(value, None)
}

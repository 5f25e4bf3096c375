//! Runs as a sweep has them.

use std::collections::BTreeMap;

use backends::model::{Metric, ProjectId, ProjectRef, Run, RunId, Status};
use jiff::{SignedDuration, Timestamp};

/// When the questions are asked.
pub(crate) fn now() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

/// So many runs with 20 params and 15 metrics each.
pub(crate) fn runs(count: u32) -> Vec<Run> {
    (0..count).map(run).collect()
}

fn run(number: u32) -> Run {
    let metric = |index: u32| Metric::last(f64::from(number * 7_919 % 1_000 + index) / 1_234.5, Some(10));
    let params = (0..18).map(|index| (format!("setting_{index:02}"), format!("value {}", index * number % 7)));
    let optimizer = ["adam", "sgd", "lion"].into_iter().cycle().nth(number as usize % 3).unwrap_or_default();
    Run {
        name: format!("bench-{number:03}"),
        status: Some(if number % 25 == 3 { Status::Failed } else { Status::Finished }),
        user: Some("ada".to_owned()),
        started: Some(now() - SignedDuration::from_mins(i64::from(number))),
        ended: Some(now()),
        params: params.chain([("optimizer".to_owned(), optimizer.to_owned())]).collect(),
        metrics: (0..15).map(|index| (format!("metric_{index:02}"), metric(index))).collect(),
        tags: BTreeMap::from([("harness".to_owned(), "lm-eval".to_owned())]),
        ..Run::new(
            RunId::new(format!("{:032x}", u128::from(number) * 0x9e37_79b9_7f4a_7c15)),
            ProjectRef { id: ProjectId::new("7"), name: "vision/resnet".to_owned() },
        )
    }
}

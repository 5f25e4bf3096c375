//! Which versions are better than the one in use, by the metrics that both have.

use backends::model::{ModelDetails, ModelVersion, Status};
use backends::query::Direction;

use super::super::figures::side;
use super::versions::metrics;
use crate::direction::better;
use crate::render::{Answer, Cell, Column, one_line};

/// Versions that are named for one metric.
const NAMED: usize = 5;
/// Names that a sentence lists.
const LISTED: usize = 6;

/// Adds the comparison of the version that matters most with all others that are told.
pub(super) fn told(answer: Answer, details: &ModelDetails) -> Answer {
    let Some(leader) = details.model.leader(details.asked.as_deref()) else { return answer };
    let others: Vec<&ModelVersion> = details.model.versions.iter().filter(|one| one.id != leader.id).collect();
    let own = metrics(details, leader);
    if others.is_empty() || own.is_empty() {
        return answer;
    }
    let (judged, left_out): (Vec<&ModelVersion>, Vec<&ModelVersion>) =
        others.into_iter().partition(|version| ended_well(details, version));
    let mut rows = Vec::new();
    let mut unjudged = Vec::new();
    for (name, metric) in own.iter().filter(|(_, metric)| metric.value.is_finite()) {
        let Some(direction) = better(name) else {
            unjudged.push(one_line(name, 60));
            continue;
        };
        let value = |version: &ModelVersion| {
            metrics(details, version).get(name).map(|other| other.value).filter(|value| value.is_finite())
        };
        let compared = judged.iter().filter(|version| value(version).is_some()).count();
        let mut ahead: Vec<(f64, &ModelVersion)> = judged
            .iter()
            .filter_map(|version| Some((value(version)?, *version)))
            .filter(|(value, _)| beats(*value, metric.value, direction))
            .collect();
        ahead.sort_by(|(a, _), (b, _)| match direction {
            Direction::Ascending => a.total_cmp(b),
            Direction::Descending => b.total_cmp(a),
        });
        if compared > 0 {
            rows.push(vec![
                Cell::key(name),
                Cell::text(side(direction)),
                metric.value.into(),
                ahead.first().map(|(value, _)| *value).into(),
                Cell::List(ahead.iter().take(NAMED).map(|(_, version)| Cell::foreign(&version.id)).collect()),
                ahead.len().into(),
                compared.into(),
            ]);
        }
    }
    let columns = ["metric", "best_is", "its_value", "best_value", "better_versions", "better", "compared"];
    let answer = answer.table(format!("compared_with_{}", leader.version), columns.map(Column::exact).to_vec(), rows);
    notes(answer, &left_out, &unjudged)
}

/// Whether the run that made it ended well, so that its metrics count.
fn ended_well(details: &ModelDetails, version: &ModelVersion) -> bool {
    !version.metrics.is_empty()
        || details.source(version).is_some_and(|run| run.status == Some(Status::Finished) && !run.metrics.is_empty())
}

fn beats(value: f64, own: f64, direction: Direction) -> bool {
    match direction {
        Direction::Ascending => value < own,
        Direction::Descending => value > own,
    }
}

fn notes(mut answer: Answer, left_out: &[&ModelVersion], unjudged: &[String]) -> Answer {
    let listed = |names: Vec<String>| {
        let more = names.len().saturating_sub(LISTED);
        let mut listed: Vec<String> = names.into_iter().take(LISTED).collect();
        listed.extend((more > 0).then(|| format!("{more} more")));
        listed.join(", ")
    };
    if !left_out.is_empty() {
        let ids = left_out.iter().map(|version| one_line(&version.id, 80)).collect();
        answer =
            answer.note(format!("not compared, for no finished run of theirs with metrics is there: {}", listed(ids)));
    }
    if !unjudged.is_empty() {
        answer = answer.note(format!(
            "not judged, for their names do not tell which side is better: {}",
            listed(unjudged.to_vec())
        ));
    }
    answer
}

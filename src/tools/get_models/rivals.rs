//! Which versions are better than the one in use, by the metrics that both have.

use backends::model::{ModelDetails, ModelVersion, Status};
use backends::query::Direction;

use super::super::figures::side;
use super::versions::metrics;
use crate::direction::better;
use crate::render::{Answer, Cell, Column, not_finite, one_line};

/// Versions that are named for one metric.
const NAMED: usize = 5;
/// Names that a sentence lists.
const LISTED: usize = 6;

/// Adds the comparison of the version that matters most with all others that are told.
pub(super) fn told(answer: Answer, tracker: &str, details: &ModelDetails) -> Answer {
    let reference = |version: &ModelVersion| format!("{tracker}:{}", version.id);
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
    let mut infinite: Vec<String> = Vec::new();
    for (name, metric) in &own {
        let Some(direction) = better(name) else {
            unjudged.push(one_line(name, 60));
            continue;
        };
        let shown = one_line(name, 60);
        if let Some(told) = not_compared(&reference(leader), &shown, metric.value) {
            infinite.push(told);
            continue;
        }
        infinite.extend(judged.iter().filter_map(|version| {
            let value = metrics(details, version).get(name)?.value;
            not_compared(&reference(version), &shown, value)
        }));
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
                Cell::List(ahead.iter().take(NAMED).map(|(_, version)| Cell::foreign(&reference(version))).collect()),
                ahead.len().into(),
                compared.into(),
            ]);
        }
    }
    let columns = ["metric", "best_is", "its_value", "best_value", "better_versions", "better", "compared"];
    let answer = answer.table(format!("compared_with_{}", leader.version), columns.map(Column::exact).to_vec(), rows);
    let answer = match ended_well(details, leader) {
        true => answer,
        false => answer.note(format!(
            "the run that made {} did not finish well: its values may not be final",
            one_line(&reference(leader), 80)
        )),
    };
    let left_out = left_out.into_iter().map(|version| one_line(&reference(version), 80)).collect();
    notes(answer, left_out, unjudged, infinite)
}

/// Which value of which version is no number to compare; none of a value that is one.
fn not_compared(version: &str, metric: &str, value: f64) -> Option<String> {
    not_finite(value).map(|word| format!("{metric} of {} is {word}", one_line(version, 80)))
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

fn notes(mut answer: Answer, left_out: Vec<String>, unjudged: Vec<String>, infinite: Vec<String>) -> Answer {
    let listed = |names: Vec<String>| {
        let more = names.len().saturating_sub(LISTED);
        let mut listed: Vec<String> = names.into_iter().take(LISTED).collect();
        listed.extend((more > 0).then(|| format!("{more} more")));
        listed.join(", ")
    };
    if !left_out.is_empty() {
        let told = "not compared, for no finished run of theirs with metrics is there";
        answer = answer.note(format!("{told}: {}", listed(left_out)));
    }
    if !infinite.is_empty() {
        answer = answer.note(format!("not finite, so not compared: {}", listed(infinite)));
    }
    if !unjudged.is_empty() {
        answer =
            answer.note(format!("not judged, for their names do not tell which side is better: {}", listed(unjudged)));
    }
    answer
}

#[cfg(test)]
mod tests {
    use backends::model::{Model, ModelDetails, ModelVersion, RunId, Status};

    use super::told;
    use crate::memory_tracker::run;
    use crate::render::{Answer, to_structured, to_text};

    /// A run by its state and metrics.
    type Made<'a> = (Status, &'a [(&'a str, f64)]);

    /// Versions 1, 2, 3, … made by runs with these metrics; the first is champion.
    fn details(runs: &[Made<'_>]) -> ModelDetails {
        let ids = || (1..=runs.len()).rev();
        let version = |number: usize| ModelVersion {
            id: format!("fraud/{number}"),
            version: number.to_string(),
            aliases: (number == 1).then(|| "champion".to_owned()).into_iter().collect(),
            run: Some(RunId::new(format!("run{number}"))),
            ..ModelVersion::default()
        };
        let source = |(at, (status, metrics)): (usize, &Made<'_>)| backends::model::Run {
            status: Some(*status),
            ..run(&format!("run{}", at + 1), &[], metrics)
        };
        ModelDetails {
            model: Model { versions: ids().map(version).collect(), ..Model::default() },
            sources: runs.iter().enumerate().map(source).collect(),
            ..ModelDetails::default()
        }
    }

    fn answer(runs: &[Made<'_>]) -> (serde_json::Value, String) {
        let answer = told(Answer::new(), "lab", &details(runs));
        (to_structured(&answer), to_text(&answer))
    }

    #[test]
    fn what_beats_the_champion_is_told_by_each_metric_in_its_own_direction() {
        use Status::Finished;
        let (found, _) = answer(&[
            (Finished, &[("val_f1", 0.8), ("val_loss", 0.3)]),
            (Finished, &[("val_f1", 0.9), ("val_loss", 0.4)]),
            (Finished, &[("val_f1", 0.85), ("val_loss", 0.2)]),
        ]);
        let rows = &found["compared_with_1"]["rows"];
        assert_eq!(rows[0], serde_json::json!(["val_f1", "highest", 0.8, 0.9, ["lab:fraud/2", "lab:fraud/3"], 2, 2]));
        assert_eq!(rows[1], serde_json::json!(["val_loss", "lowest", 0.3, 0.2, ["lab:fraud/3"], 1, 2]));
    }

    #[test]
    fn a_run_that_failed_nan_and_a_metric_without_a_side_beat_nobody() {
        let (found, text) = answer(&[
            (Status::Finished, &[("val_f1", 0.8), ("temperature", 1.0)]),
            (Status::Failed, &[("val_f1", 0.99)]),
            (Status::Finished, &[("val_f1", f64::NAN), ("temperature", 9.0)]),
            (Status::Finished, &[("val_f1", 0.7)]),
        ]);
        let columns = ["metric", "best_is", "its_value", "better", "compared"];
        assert_eq!(found["compared_with_1"]["columns"], serde_json::json!(columns));
        assert_eq!(found["compared_with_1"]["rows"], serde_json::json!([["val_f1", "highest", 0.8, 0, 1]]));
        assert!(
            text.contains("not compared, for no finished run of theirs with metrics is there: lab:fraud/2"),
            "{text}"
        );
        assert!(text.contains("not finite, so not compared: val_f1 of lab:fraud/3 is NaN"), "{text}");
        assert!(text.contains("not judged, for their names do not tell which side is better: temperature"), "{text}");
    }

    #[test]
    fn a_champion_whose_own_value_is_not_finite_is_told_so() {
        let (found, text) =
            answer(&[(Status::Finished, &[("val_loss", f64::INFINITY)]), (Status::Finished, &[("val_loss", 0.2)])]);
        assert!(found.get("compared_with_1").is_none(), "{found}");
        assert!(text.contains("not finite, so not compared: val_loss of lab:fraud/1 is Infinity"), "{text}");
    }

    #[test]
    fn a_lone_version_is_compared_with_nothing() {
        assert_eq!(answer(&[(Status::Finished, &[("val_f1", 0.8)])]).1, "");
    }
}

//! The best value of each run's curve, in place of its last one.

use std::collections::HashMap;
use std::sync::Arc;

use backends::model::{Axis, Curve, CurveWant, Series};
use backends::query::Direction;
use backends::{Call, Error, Tracker};

use super::super::candidates::{Candidate, Field, HISTORIES, best_first};
use super::Question;
use crate::analysis::Exclusion;
use crate::problem::Result;
use crate::trackers::ask;

/// Replaces the last values by the best ones. Runs whose curve holds no finite value are left out, and counted.
pub(super) async fn read_best(call: &Call, question: &Question, field: &mut Field) -> Result<()> {
    let all = std::mem::take(&mut field.candidates);
    let (all, lone): (Vec<Candidate>, Vec<Candidate>) =
        all.into_iter().partition(|candidate| candidate.value.is_finite() || !is_only_value(candidate));
    for candidate in lone {
        let why = if candidate.value.is_nan() { Exclusion::NotANumber } else { Exclusion::Infinite };
        field.leave_out(&question.contest, candidate, why);
    }
    let (known, mut open): (Vec<Candidate>, Vec<Candidate>) =
        all.into_iter().partition(|candidate| kept_by_server(candidate, question).is_some());
    if open.len() > HISTORIES {
        if question.grouping.is_some() {
            let message = format!(
                "at best reads the history of every run that is averaged, and these are {}; at most {HISTORIES} are read: narrow filter or projects, or use at last",
                open.len()
            );
            return Err(Error::bad_input(message).into());
        }
        open.sort_by(|a, b| best_first(a, b, question.contest.direction));
        field.notes.push(format!(
            "the histories of {HISTORIES} of {} runs were read, those with the best last values; how good the others ever were is not known: narrow filter to rank them",
            open.len()
        ));
        open.truncate(HISTORIES);
    }
    if !known.is_empty() {
        let whose = if open.is_empty() { String::new() } else { format!(" of {} runs", known.len()) };
        field.notes.push(format!(
            "the best values{whose} are those that the tracker keeps of each curve; no history was read for them"
        ));
    }
    for mut candidate in known {
        if let Some((value, step)) = kept_by_server(&candidate, question) {
            (candidate.value, candidate.step) = (value, step);
            field.candidates.push(candidate);
        }
    }
    let mut curves = curves(call, &open, field).await?;
    let mut unread = 0;
    for mut candidate in open {
        let Some(curve) = curves.remove(&candidate.reference()) else {
            unread += 1;
            continue;
        };
        let best = match question.contest.direction {
            Direction::Ascending => curve.statistics.min,
            Direction::Descending => curve.statistics.max,
        };
        match best {
            Some(point) => {
                (candidate.value, candidate.step) = (point.value, point.step);
                field.candidates.push(candidate);
            }
            None => {
                let why = if curve.statistics.nan > 0 { Exclusion::NotANumber } else { Exclusion::Infinite };
                field.leave_out(&question.contest, candidate, why);
            }
        }
    }
    if unread > 0 {
        field.notes.push(format!("the histories of {unread} runs could not be read; these are not ranked"));
    }
    Ok(())
}

/// Whether the last value is the only one that was ever reported.
fn is_only_value(candidate: &Candidate) -> bool {
    candidate.run.metrics.get(&*candidate.metric).is_some_and(|metric| metric.count == Some(1))
}

/// The best value and its step, where the server keeps it with the run.
fn kept_by_server(candidate: &Candidate, question: &Question) -> Option<(f64, Option<i64>)> {
    let metric = candidate.run.metrics.get(&*candidate.metric)?;
    let extreme = match question.contest.direction {
        Direction::Ascending => metric.min,
        Direction::Descending => metric.max,
    };
    extreme.filter(|(value, _)| value.is_finite())
}

/// The curves by the references of their runs.
async fn curves(call: &Call, candidates: &[Candidate], field: &mut Field) -> Result<HashMap<String, Curve>> {
    let mut homes: Vec<Arc<dyn Tracker>> = Vec::new();
    for candidate in candidates {
        if !homes.iter().any(|home| home.name() == candidate.tracker.name()) {
            homes.push(Arc::clone(&candidate.tracker));
        }
    }
    if homes.is_empty() {
        return Ok(HashMap::new());
    }
    let want = CurveWant { axis: Axis::Step, from: None, to: None, samples: 0 };
    let answers = ask(homes, call, |tracker, call| {
        let own = candidates.iter().filter(|candidate| candidate.tracker.name() == tracker.name());
        let series: Vec<Series> = own
            .map(|candidate| Series {
                run: candidate.run.id.clone(),
                started: candidate.run.started,
                metric: (*candidate.metric).to_owned(),
                kept: candidate.run.metrics.get(&*candidate.metric).copied(),
            })
            .collect();
        async move { tracker.curves(&call, &series, &want).await }
    })
    .await?;
    field.notes.extend(answers.failed);
    let mut found = HashMap::new();
    for (tracker, curves) in answers.answered {
        field.notes.extend(curves.notes);
        let named = |curve: Curve| (format!("{}:{}", tracker.name(), curve.run), curve);
        found.extend(curves.curves.into_iter().map(named));
    }
    Ok(found)
}

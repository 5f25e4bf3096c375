//! A metric whose name does not tell which side of it is better: is there such a metric at all?

use std::collections::BTreeSet;

use backends::nearest::nearest;
use backends::same_key::{Kind, same};
use backends::{Call, Error};
use serde_json::Value;

use super::{Input, again, with};
use crate::direction;
use crate::problem::Problem;
use crate::references::scopes;
use crate::render::one_line;
use crate::trackers::{Trackers, ask};

/// Near names that are shown.
const NEAR: usize = 4;

/// The problem with the call that mends it: the name that was meant, or else the direction.
pub(super) async fn problem(trackers: &Trackers, call: &Call, metric: &str, input: &Input) -> Problem {
    let Some(known) = known(trackers, call, input).await else { return unclear(metric, input) };
    let names = || known.iter().map(String::as_str);
    if !same(Kind::Metric, metric, names()).is_empty() {
        return unclear(metric, input);
    }
    let near = nearest(metric, names(), NEAR);
    let Some(first) = near.first() else { return unclear(metric, input) };
    let shown: Vec<String> = near.iter().map(|name| format!("metrics.{}", one_line(name, 80))).collect();
    let asked = one_line(metric, 80);
    let error = Error::not_found(format!("no run that was looked at has metrics.{asked}; near: {}", shown.join(", ")));
    // Older runs may have it all the same.
    let error = error
        .and(format!("direction max or min ranks by '{asked}' nevertheless, of which its name tells no better side"));
    let problem = Problem::from(error);
    if direction::better(first).is_some() {
        return again(problem, input, "metric", first);
    }
    let mut arguments = with(input, "metric", first);
    if let Some(fields) = arguments.as_object_mut() {
        fields.insert("direction".to_owned(), Value::from("max"));
    }
    problem.next("rank_runs", arguments)
}

/// The names of metrics where the question looks, kept for a minute; none if nobody can tell them now.
async fn known(trackers: &Trackers, call: &Call, input: &Input) -> Option<BTreeSet<String>> {
    let scopes = scopes(trackers, call, &input.projects, input.tracker.as_deref()).await.ok()?.list;
    let homes = scopes.iter().map(|scope| scope.tracker.clone()).collect();
    let answers = ask(homes, call, |tracker, call| {
        let projects = scopes.iter().find(|scope| scope.tracker.name() == tracker.name());
        let projects = projects.map(|scope| scope.projects.clone());
        async move {
            match projects {
                Some(projects) => Ok(tracker.names(&call, Kind::Metric, &projects).await?.names),
                None => Ok(BTreeSet::new()),
            }
        }
    });
    let answers = answers.await.ok().filter(|answers| answers.failed.is_empty())?;
    Some(answers.answered.into_iter().flat_map(|(_, names)| names).collect())
}

fn unclear(metric: &str, input: &Input) -> Problem {
    let shown = one_line(metric, 80);
    let message =
        format!("whether '{shown}' is better high or low is not clear from its name; say direction max or min");
    let max = again(Error::bad_input(message).into(), input, "direction", "max");
    again(max, input, "direction", "min")
}

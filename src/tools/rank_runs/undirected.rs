//! A metric whose name does not tell which side of it is better: is there such a metric at all?

use backends::nearest::nearest;
use backends::same_key::{Kind, same};
use backends::tracker::NamesInUse;
use backends::{Call, Error};
use serde_json::{Value, json};

use super::{Input, again, with};
use crate::direction;
use crate::problem::Problem;
use crate::references::scopes;
use crate::render::one_line;
use crate::trackers::{Trackers, ask};

/// Near names that are shown.
const NEAR: usize = 4;
/// Names that are shown where none is near.
const LISTED: usize = 8;

/// The problem with the call that mends it: the name that was meant, or else the direction.
pub(super) async fn problem(trackers: &Trackers, call: &Call, metric: &str, input: &Input) -> Problem {
    let Some(known) = known(trackers, call, input).await else { return unclear(metric, input) };
    let names = || known.names.iter().map(String::as_str);
    if !same(Kind::Metric, metric, names()).is_empty() {
        return unclear(metric, input);
    }
    let near = nearest(metric, names(), NEAR);
    let asked = one_line(metric, 80);
    let shown = |names: &[&str]| -> String {
        let names: Vec<String> = names.iter().map(|name| format!("metrics.{}", one_line(name, 80))).collect();
        names.join(", ")
    };
    let (machine, own): (Vec<&str>, Vec<&str>) = names().partition(|name| known.machine.contains(*name));
    let listed: Vec<&str> = own.into_iter().chain(machine).take(LISTED).collect();
    let told = match (near.is_empty(), listed.is_empty()) {
        (false, _) => format!("near: {}", shown(&near)),
        (true, true) => "they have no metrics at all".to_owned(),
        (true, false) => format!("they have {}", shown(&listed)),
    };
    let error = Error::not_found(format!("no run that was looked at has metrics.{asked}; {told}"));
    // Older runs may have it all the same.
    let error = error
        .and(format!("direction max or min ranks by '{asked}' nevertheless, of which its name tells no better side"));
    let problem = Problem::from(error);
    let Some(first) = near.first() else {
        return problem.next("search_runs", json!({"columns": ["metrics.*"], "limit": 3}));
    };
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
async fn known(trackers: &Trackers, call: &Call, input: &Input) -> Option<NamesInUse> {
    let scopes = scopes(trackers, call, &input.projects, input.tracker.as_deref()).await.ok()?.list;
    let homes = scopes.iter().map(|scope| scope.tracker.clone()).collect();
    let answers = ask(homes, call, |tracker, call| {
        let projects = scopes.iter().find(|scope| scope.tracker.name() == tracker.name());
        let projects = projects.map(|scope| scope.projects.clone());
        async move {
            match projects {
                Some(projects) => tracker.names(&call, Kind::Metric, &projects).await,
                None => Ok(NamesInUse::default()),
            }
        }
    });
    let answers = answers.await.ok().filter(|answers| answers.failed.is_empty())?;
    let mut all = NamesInUse::default();
    for (_, mut known) in answers.answered {
        all.names.append(&mut known.names);
        all.machine.append(&mut known.machine);
    }
    Some(all)
}

fn unclear(metric: &str, input: &Input) -> Problem {
    let shown = one_line(metric, 80);
    let message =
        format!("whether '{shown}' is better high or low is not clear from its name; say direction max or min");
    let max = again(Error::bad_input(message).into(), input, "direction", "max");
    again(max, input, "direction", "min")
}

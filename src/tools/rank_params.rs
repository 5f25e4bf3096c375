//! `rank_params`

mod main_metric;
mod main_project;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use backends::query::{Direction, Filter};
use backends::{Call, Capabilities, Error};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::candidates::{self, Candidate, Contest, Field, by_reference};
use super::empty;
use crate::analysis::{FEWEST_RUNS, Importance, Level, ParamValues, importance, levels, sample};
use crate::direction;
use crate::problem::{Problem, Result};
use crate::references::{Scope, scopes};
use crate::render::Answer;
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;

/// `rank_params`
pub struct RankParams;

/// The seed of the model, so that the same runs have the same answer.
const SEED: u64 = 1;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// default the main one, if clear
    metric: Option<String>,
    /// names, ids, URLs; vision/* adds sub-projects
    #[serde(default)]
    projects: Vec<String>,
    /// as in search_runs
    filter: Option<String>,
}

impl Tool for RankParams {
    const NAME: &'static str = "rank_params";
    const GUIDE: &'static str = include_str!("../../guides/tools/rank_params.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.runs
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let filter = input.filter.as_deref().map(|text| Filter::parse(text, call.now())).transpose()?;
        let any_status = filter.as_ref().is_some_and(Filter::names_status);
        let scopes = scopes(trackers, call, &input.projects, None).await?;
        let mut notes: Vec<String> = scopes.remarks().collect();
        let (metric, chosen) = match input.metric.as_deref().map(str::trim) {
            Some(metric) => (metric.strip_prefix("metrics.").unwrap_or(metric).trim_matches('`').to_owned(), None),
            None => match main_metric::of(call, &scopes.list, filter.as_ref(), &input).await? {
                main_metric::Found::Metric(name, note) => (name, Some(note)),
                main_metric::Found::NoRuns(why) => return Ok(Answer::new().fact("runs", 0_usize).notes(why)),
            },
        };
        notes.extend(chosen);
        if metric.is_empty() {
            return Err(Error::bad_input("metric is a name such as val_f1, not empty").into());
        }
        // Which side is best does not matter here: all runs are read, and none is shown.
        let direction = Direction::Descending;
        let mut contest = Contest { metric, direction, at_best: false, filter, any_status, shown: None };
        let mut field = candidates::read(call, &scopes.list, &contest).await?;
        field.is_whole &= scopes.failed.is_empty();
        if let Some(metric) = &field.metric {
            contest.metric = metric.shown().to_owned();
        }
        if let Some(answer) = nobody(call, &scopes.list, &contest, &field, &input).await? {
            return Ok(answer.notes(notes));
        }
        let main = match input.projects.as_slice() {
            [] => main_project::keep(&mut field, &contest)?,
            _ => None,
        };
        let (project, note) = main.unzip();
        notes.extend(note);
        let aligned = field.align();
        notes.append(&mut field.notes);
        notes.extend(field.about_kinds(false));
        let ranking = Ranking { project, ..Ranking::of(&mut field, direction::better(&contest.metric)).await? };
        notes.extend(aligned.notes(|_| false, |name| ranking.names(name)));
        Ok(words::answer(&contest, &field, &ranking, &input).notes(notes))
    }
}

impl Input {
    /// The same question of another metric.
    fn with_metric(&self, metric: &str) -> Value {
        let mut arguments = Map::from_iter([("metric".to_owned(), json!(metric))]);
        if !self.projects.is_empty() {
            arguments.insert("projects".to_owned(), json!(self.projects));
        }
        arguments.extend(self.filter.as_ref().map(|filter| ("filter".to_owned(), json!(filter))));
        Value::Object(arguments)
    }
}

/// The answer where no run has a value that counts. A metric that no run has is an error: whoever asked meant another.
async fn nobody(
    call: &Call,
    scopes: &[Scope],
    contest: &Contest,
    field: &Field,
    input: &Input,
) -> Result<Option<Answer>> {
    if field.has_entrants() {
        return Ok(None);
    }
    if field.read == 0 {
        let keys: Vec<_> = contest.filter.iter().flat_map(|filter| filter.keys().cloned()).collect();
        let why = empty::explain(call, scopes, &field.newest, &keys, None, &field.notes).await?;
        return Ok(Some(Answer::new().fact("runs", 0_usize).notes(why).notes(&field.notes)));
    }
    match field.names.unknown(&contest.key()) {
        None => Ok(Some(words::too_few(contest, field, 0))),
        Some(sentence) => {
            let problem = Problem::from(Error::not_found(sentence));
            Err(match field.names.nearest_metric(&contest.metric) {
                Some(near) => problem.next("rank_params", input.with_metric(near)),
                None => problem.next("search_runs", json!({"columns": ["metrics.*"], "limit": 3})),
            })
        }
    }
}

/// What matters, and where it is best.
struct Ranking {
    /// How many runs could be looked at.
    runs: usize,
    /// Which side of the metric is best, as far as its name tells.
    direction: Option<Direction>,
    /// The project that was taken as the main one.
    project: Option<String>,
    /// None of too few runs, or where nothing varies.
    importance: Option<Importance>,
    /// The metric by the values of each param that varies, where it matters.
    levels: BTreeMap<String, Vec<Level>>,
    /// Whether all runs have the same value of the metric.
    is_constant: bool,
}

impl Ranking {
    /// Looks at the runs that take part, on a thread of its own: it takes up to a second.
    async fn of(field: &mut Field, direction: Option<Direction>) -> Result<Self> {
        let mut candidates = std::mem::take(&mut field.candidates);
        candidates.sort_by(by_reference);
        let ranked = tokio::task::spawn_blocking(move || Self::compute(&candidates, direction)).await;
        ranked.map_err(|error| Error::bug(format!("the ranking of params ended early: {error}")).into())
    }

    fn compute(candidates: &[Candidate], direction: Option<Direction>) -> Self {
        let runs = candidates.len();
        let taken: Vec<&Candidate> = sample(runs, SEED).into_iter().filter_map(|at| candidates.get(at)).collect();
        let metric: Vec<f64> = taken.iter().map(|candidate| candidate.value).collect();
        let names: BTreeSet<&String> = taken.iter().flat_map(|candidate| candidate.run.params.keys()).collect();
        let texts = |name: &String| taken.iter().map(|one| one.run.params.get(name).map(String::as_str)).collect();
        let params: BTreeMap<String, Vec<Option<&str>>> =
            names.into_iter().map(|name| (name.clone(), texts(name))).collect();
        let importance = importance(&params, &metric, SEED);
        let sure = importance.iter().flat_map(|found| &found.params).filter(|one| one.is_sure);
        let levels = sure
            .filter_map(|one| {
                let values = ParamValues::read(&one.name, params.get(&one.name)?);
                Some((one.name.clone(), levels(&values, &metric)))
            })
            .collect();
        let is_constant = metric.windows(2).all(|pair| matches!(pair, [a, b] if a == b));
        Self { runs, direction, project: None, importance, levels, is_constant }
    }

    /// Whether a param is named in the answer.
    fn names(&self, name: &str) -> bool {
        self.importance.iter().flat_map(|found| &found.params).any(|one| one.name == name)
    }

    fn is_too_small(&self) -> bool {
        self.runs < FEWEST_RUNS
    }
}

#[cfg(test)]
mod tests;

//! `rank_runs`

mod grouping;
mod groups;
mod histories;
mod leaderboard;
mod undirected;
mod words;

use backends::query::{Direction, Filter};
use backends::{Call, Capabilities, Error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::candidates::{self, Contest, Field};
use super::columns::Wanted;
use super::empty;
use crate::direction;
use crate::problem::{Problem, Result};
use crate::references::{Scope, scopes};
use crate::render::Answer;
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;
use grouping::Grouping;

/// `rank_runs`
pub struct RankRuns;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// name; ClearML title/series
    metric: String,
    /// default from the metric's name
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<Side>,
    /// value used
    #[serde(default)]
    at: At,
    /// names, ids, URLs; vision/* adds sub-projects
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    projects: Vec<String>,
    /// only this one
    #[serde(skip_serializing_if = "Option::is_none")]
    tracker: Option<String>,
    /// as in search_runs; default finished runs only
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    /// one row per value: params.model
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    group_by: Vec<String>,
    /// groups are equal in all params but these: seed
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    average_over: Vec<String>,
    /// default params that vary
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    columns: Vec<String>,
    /// max 100
    #[serde(default = "limit")]
    #[schemars(range(min = 1, max = 100))]
    limit: usize,
}

#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Side {
    Max,
    Min,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum At {
    #[default]
    Last,
    Best,
}

fn limit() -> usize {
    10
}

impl Tool for RankRuns {
    const NAME: &'static str = "rank_runs";
    const GUIDE: &'static str = include_str!("../../guides/tools/rank_runs.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.runs
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let mut question = match Question::read(&input, call)? {
            Read::Whole(question) => question,
            Read::Undirected(metric) => return Err(undirected::problem(trackers, call, &metric, &input).await),
        };
        let scopes = scopes(trackers, call, &input.projects, input.tracker.as_deref()).await?;
        let remarks: Vec<String> = scopes.remarks().collect();
        let mut field = candidates::read(call, &scopes.list, &question.contest).await?;
        field.is_whole &= scopes.failed.is_empty();
        field.all_asked &= scopes.failed.is_empty();
        field.notes.extend(remarks);
        let scopes = scopes.list;
        if let Some(metric) = &field.metric {
            question.contest.metric = metric.shown().to_owned();
        }
        if let Some(answer) = nobody(call, &scopes, &question, &field, &input).await? {
            return Ok(answer);
        }
        if question.contest.at_best {
            histories::read_best(call, &question, &mut field).await?;
            if !field.has_entrants() {
                return Ok(words::nobody(&question, &field));
            }
        }
        let aligned = field.align();
        field.notes.extend(field.about_kinds(question.contest.at_best));
        match &question.grouping {
            Some(grouping) => groups::answer(call, &question, grouping, field, &aligned),
            None => leaderboard::answer(call, &question, field, &aligned),
        }
    }
}

/// The arguments, read.
struct Question {
    contest: Contest,
    /// The direction was asked for, not taken from the metric's name.
    asked: bool,
    grouping: Option<Grouping>,
    columns: Vec<Wanted>,
    limit: usize,
}

/// What was read of the arguments.
enum Read {
    Whole(Question),
    /// Neither an argument nor the name of this metric tells which side of it is better.
    Undirected(String),
}

impl Question {
    fn read(input: &Input, call: &Call) -> Result<Read> {
        let metric = input.metric.trim();
        let metric = metric.strip_prefix("metrics.").unwrap_or(metric).trim_matches('`').to_owned();
        let length = metric.chars().count();
        if !(1..=LONGEST).contains(&length) {
            let message = format!("metric is a name of 1 to {LONGEST} characters, such as val_f1, not of {length}");
            return Err(Error::bad_input(message).into());
        }
        let asked = input.direction.map(|side| match side {
            Side::Max => Direction::Descending,
            Side::Min => Direction::Ascending,
        });
        let Some(direction) = asked.or_else(|| direction::better(&metric)) else { return Ok(Read::Undirected(metric)) };
        let filter = input.filter.as_deref().map(|text| Filter::parse(text, call.now())).transpose()?;
        let grouping = Grouping::read(&input.group_by, &input.average_over)?;
        if grouping.is_some() && !input.columns.is_empty() {
            let message = "columns are of single runs; leave them out with group_by and average_over";
            return Err(Error::bad_input(message).into());
        }
        let contest = Contest {
            any_status: filter.as_ref().is_some_and(Filter::names_status),
            at_best: input.at == At::Best,
            shown: grouping.is_none().then_some(input.limit),
            metric,
            direction,
            filter,
        };
        Ok(Read::Whole(Self {
            asked: asked.is_some(),
            columns: input.columns.iter().map(|text| Wanted::read(text)).collect(),
            limit: input.limit,
            contest,
            grouping,
        }))
    }
}

/// The longest name of a metric; MLflow takes 250 characters.
const LONGEST: usize = 500;
/// The longest call that is repeated for copying.
const COPIED: usize = 1_000;

/// The problem with the same question as the next call, one argument changed; without, where it is long.
fn again(problem: Problem, input: &Input, name: &str, value: &str) -> Problem {
    let arguments = with(input, name, value);
    if arguments.to_string().len() > COPIED { problem } else { problem.next("rank_runs", arguments) }
}

fn with(input: &Input, name: &str, value: &str) -> Value {
    let mut arguments = serde_json::to_value(input).unwrap_or_else(|_| json!({}));
    if let Some(fields) = arguments.as_object_mut() {
        fields.insert(name.to_owned(), Value::from(value));
        // What is the default anyway only makes the call longer.
        let defaults = [("at", json!("last")), ("limit", json!(10))];
        fields.retain(|name, value| !defaults.iter().any(|(known, default)| name == known && value == default));
    }
    arguments
}

/// The answer when nobody can be ranked, be it that there is no run, that none has the metric, or that none has a value
/// that counts. A metric that nobody has is an error: whoever asked meant another.
async fn nobody(
    call: &Call,
    scopes: &[Scope],
    question: &Question,
    field: &Field,
    input: &Input,
) -> Result<Option<Answer>> {
    if field.has_entrants() {
        return Ok(None);
    }
    if field.read == 0 {
        let keys: Vec<_> = question.contest.filter.iter().flat_map(|filter| filter.keys().cloned()).collect();
        let why = empty::explain(call, scopes, &field.newest, &keys, None, &field.notes).await?;
        return Ok(Some(Answer::new().fact("ranked", 0_usize).notes(why).notes(&field.notes)));
    }
    if let Some(sentence) = field.names.unknown(&question.contest.key()) {
        let problem = Problem::from(Error::not_found(format!("nothing to rank: {sentence}")));
        return Err(match field.names.nearest_metric(&question.contest.metric) {
            Some(near) => again(problem, input, "metric", near),
            None => problem.next("search_runs", json!({"columns": ["metrics.*"], "limit": 3})),
        });
    }
    Ok(Some(words::nobody(question, field)))
}

#[cfg(test)]
mod tests;

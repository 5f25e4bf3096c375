//! The table of what matters, and its sentences.

use std::collections::BTreeSet;

use backends::query::Direction;
use serde_json::{Value, json};

use super::super::candidates::{Contest, Field, left_out};
use super::super::figures::rounded;
use super::{Input, Ranking, SEED};
use crate::analysis::{FEWEST_RUNS, Importance, Level, MOST_RUNS, ParamImportance, Place, ValueKind, best};
use crate::direction;
use crate::render::{Answer, Cell, Column, escape_key, one_line, redact_value};

/// Rows of the table, and names that a sentence lists.
const SHOWN: usize = 15;
const NAMED: usize = 6;
/// Fewer runs than this are told to be few.
const FEW: usize = 20;
/// A trend that chance alone makes more often than this is none.
const CHANCE: f64 = 0.01;
/// Shares below this are small even where they are sure.
const SMALL: f64 = 0.01;
/// Runs with a value of a param that it takes to name it as the best one.
const ENOUGH: usize = 3;

/// What matters, in which direction, and how sure that is.
pub(super) fn answer(contest: &Contest, field: &Field, ranking: &Ranking, input: &Input) -> Answer {
    if ranking.is_too_small() {
        return too_few(contest, field, ranking.runs);
    }
    let metric = contest.shown_metric();
    let Some(found) = &ranking.importance else {
        let why = match ranking.is_constant {
            true => format!("all {} runs have the same {metric}: nothing can matter for it", ranking.runs),
            false => {
                format!("no param varies over the {} runs with {metric}, but for names of single runs", ranking.runs)
            }
        };
        return Answer::new().fact("runs", ranking.runs).note(why).notes(coverage(field));
    };
    let shown: Vec<&ParamImportance> = found.params.iter().take(SHOWN).collect();
    let heads = ["param", "importance", "plus_minus", "effect", "rho", "p", "best_at", "values", "distinct", "not_set"]
        .map(Column::new);
    let rows = shown.iter().map(|one| cells(ranking, one)).collect();
    Answer::new()
        .fact("answer", Cell::text(headline(&metric, found)))
        .fact("metric", Cell::text(metric_and_side(&metric, ranking.direction)))
        .fact("runs", Cell::text(runs(contest, field, ranking)))
        .fact("fit_r2", found.fit)
        .fact("seed", SEED)
        .table("params", heads.to_vec(), rows)
        .notes(warnings(found))
        .notes(about(found))
        .notes(coverage(field))
        .notes(next(contest, ranking, found, input))
}

/// The answer from too few runs: what to do.
pub(super) fn too_few(contest: &Contest, field: &Field, runs: usize) -> Answer {
    let left_out = left_out(&field.exclusions).map_or(String::new(), |left_out| format!(" ({left_out})"));
    let metric = contest.shown_metric();
    let answer = Answer::new().fact("runs", runs).note(format!(
        "params are not ranked over fewer than {FEWEST_RUNS} runs, and {runs} with {metric} can be taken{left_out}: widen projects or filter, or start more runs; compare_runs shows what differs between a few"
    ));
    answer.notes(&field.notes)
}

fn headline(metric: &str, found: &Importance) -> String {
    let of_weight: Vec<String> = found
        .params
        .iter()
        .filter(|one| matters(found, one))
        .take(3)
        .map(|one| format!("{} ({} % of its variance)", name(one), percent(one.share)))
        .collect();
    let others = found.params.iter().filter(|one| !matters(found, one)).count();
    // Looks like more, but over these runs that may be chance.
    let before = found.params.iter().take_while(|one| !matters(found, one));
    let larger: Vec<String> = before.take(3).map(|one| format!("{} ({} %)", name(one), percent(one.share))).collect();
    match of_weight.as_slice() {
        [] => format!("no param can be told to matter for {metric} from these runs"),
        [first, rest @ ..] => {
            let then = if rest.is_empty() { String::new() } else { format!(", then {}", rest.join(", ")) };
            let rest = if others > 0 { format!("; {others} cannot be told from none") } else { String::new() };
            let (most, larger) = match larger.as_slice() {
                [] => (" most", String::new()),
                larger => ("", format!("; {} may matter more", larger.join(", "))),
            };
            format!("{first} matters{most} for {metric}{then}{larger}{rest}")
        }
    }
}

/// Whether a param can be told to matter: more than chance, by a model that has learnt something.
fn matters(found: &Importance, one: &ParamImportance) -> bool {
    found.fit > 0.0 && one.is_sure && one.share >= SMALL
}

fn name(one: &ParamImportance) -> String {
    one_line(&escape_key(&one.name), 80)
}

fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent >= 1.0 { format!("{percent:.0}") } else { format!("{percent:.1}") }
}

fn metric_and_side(metric: &str, direction: Option<Direction>) -> String {
    match direction {
        Some(Direction::Descending) => format!("{metric} (max is best, from its name)"),
        Some(Direction::Ascending) => format!("{metric} (min is best, from its name)"),
        None => format!("{metric} (which side is best is not clear from its name)"),
    }
}

fn runs(contest: &Contest, field: &Field, ranking: &Ranking) -> String {
    let kind = if contest.any_status { "" } else { "finished " };
    let taken = match ranking.runs > MOST_RUNS {
        true => format!("{MOST_RUNS} of {} {kind}runs, drawn with the seed", ranking.runs),
        false => format!("{} {kind}runs", ranking.runs),
    };
    left_out(&field.exclusions).map_or(taken.clone(), |left_out| format!("{taken}; {left_out}"))
}

fn cells(ranking: &Ranking, one: &ParamImportance) -> Vec<Cell> {
    let short = |value: f64| Cell::Exact(format!("{value:.3}").parse().unwrap_or(value));
    let levels = ranking.levels.get(&one.name).map(Vec::as_slice).unwrap_or_default();
    vec![
        Cell::key(&one.name),
        short(one.share),
        short(one.margin),
        effect(one, ranking.direction).into(),
        one.trend.map(|trend| short(trend.rho)).into(),
        one.trend.map(|trend| Cell::Exact(format!("{:.1e}", trend.p).parse().unwrap_or(trend.p))).into(),
        ranking
            .direction
            .and_then(|direction| best_level(one, levels, direction))
            .map(|text| Cell::foreign(&text))
            .into(),
        Cell::text(kind(one.kind)),
        Cell::from(one.distinct),
        Cell::from((one.missing > 0).then_some(one.missing)),
    ]
}

fn kind(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Constant => "constant",
        ValueKind::Identifier => "names of runs",
        ValueKind::Category => "categories",
        ValueKind::Number => "numbers",
        ValueKind::LogNumber => "numbers, log scale",
    }
}

/// What the metric does as a number rises, in words.
fn effect(one: &ParamImportance, direction: Option<Direction>) -> Option<Cell> {
    let trend = one.trend?;
    let words = match (trend.p < CHANCE, trend.rho > 0.0, direction) {
        (false, _, _) => "no trend",
        (true, rises, Some(direction)) => match rises == (direction == Direction::Descending) {
            true => "higher is better",
            false => "higher is worse",
        },
        (true, true, None) => "metric rises with it",
        (true, false, None) => "metric falls with it",
    };
    Some(Cell::text(words))
}

/// The value or range with the best mean, among those that enough runs have.
fn best_level(one: &ParamImportance, levels: &[Level], direction: Direction) -> Option<String> {
    let enough: Vec<&Level> = levels.iter().filter(|level| level.summary.count >= ENOUGH).collect();
    if enough.len() < 2 {
        return None;
    }
    let means: Vec<Option<f64>> = enough.iter().map(|level| Some(level.summary.mean)).collect();
    let level = best(&means, direction).first().and_then(|at| enough.get(*at).copied())?;
    let place = match &level.place {
        Place::NotSet => "(not set)".to_owned(),
        Place::Value(text) => one_line(&redact_value(&one.name, text), 60),
        Place::Range(least, most) => format!("{} to {}", rounded(*least), rounded(*most)),
    };
    Some(format!("{place} (mean {}, n = {})", rounded(level.summary.mean), level.summary.count))
}

/// How far the answer can be trusted.
fn warnings(found: &Importance) -> Vec<String> {
    let mut notes = Vec::new();
    if found.fit <= 0.0 {
        notes.push("the model explains nothing of runs that it did not see (fit_r2 is not above 0): the order of the params says nothing".to_owned());
    } else if found.fit < 0.3 {
        notes.push(format!("fit_r2 is low: most of what the metric does is noise, or depends on what is not in the params ({} % is explained)", percent(found.fit)));
    }
    notes.extend(level(found));
    if found.runs < FEW {
        notes.push(format!(
            "{} runs are few: only a strong effect shows, and one more run may change the order",
            found.runs
        ));
    }
    notes
}

/// Params of weight that follow each other closely: their order may be another over other runs.
fn level(found: &Importance) -> Vec<String> {
    let of_weight: Vec<&ParamImportance> = found.params.iter().filter(|one| matters(found, one)).collect();
    let ties = of_weight.chunk_by(|one, _| !one.is_above_next).filter(|ties| ties.len() > 1);
    ties.map(|ties| {
        let names: Vec<String> = ties.iter().map(|one| one.name.clone()).collect();
        format!("level, so that their order may be chance: {}", listed(&names))
    })
    .collect()
}

fn about(found: &Importance) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(together) = &found.together {
        let (a, b) = &together.names;
        notes.push(format!(
            "{} and {} act together: {} % (± {}) of the variance belongs to neither alone, and is in the importance of both",
            shown(a),
            shown(b),
            percent(together.share),
            percent(together.margin)
        ));
    }
    for one in found.params.iter().filter(|one| !one.alike.is_empty()) {
        notes.push(format!(
            "{} goes one to one with {}: which of them matters cannot be told from these runs",
            name(one),
            listed(&one.alike)
        ));
    }
    for pair in &found.collinear {
        let (a, b) = &pair.names;
        notes.push(format!(
            "{} and {} go together ({}): they share what one of them may do alone",
            shown(a),
            shown(b),
            rounded((pair.strength * 100.0).round() / 100.0)
        ));
    }
    if found.by_rank {
        notes.push(
            "a few values of the metric lie very far from the rest, so its ranks were taken in place of it".to_owned(),
        );
    }
    if found.params.len() > SHOWN {
        notes.push(format!(
            "{} more params vary, each with less importance than those shown",
            found.params.len() - SHOWN
        ));
    }
    if !found.beyond.is_empty() {
        notes.push(format!("{} params that tell least by themselves took no part", found.beyond.len()));
    }
    if !found.constant.is_empty() {
        notes.push(format!("the same in all runs: {}", listed(&found.constant)));
    }
    if !found.identifiers.is_empty() {
        notes.push(format!("tell runs apart and took no part: {}", listed(&found.identifiers)));
    }
    notes
}

fn coverage(field: &Field) -> Option<String> {
    (!field.is_whole)
        .then(|| format!("only {} runs were read, the newest: narrow projects or filter to see all", field.read))
}

fn shown(name: &str) -> String {
    one_line(&escape_key(name), 80)
}

fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let mut listed: Vec<String> = names.iter().take(NAMED).map(|name| shown(name)).collect();
    listed.extend((more > 0).then(|| format!("{more} more")));
    listed.join(", ")
}

/// The call that leads on: settings averaged over what only repeats them, or the values of what matters side by side.
fn next(contest: &Contest, ranking: &Ranking, found: &Importance, input: &Input) -> Option<String> {
    let mattering: Vec<&ParamImportance> = found.params.iter().filter(|one| matters(found, one)).collect();
    let mut arguments = json!({"metric": contest.metric});
    let mut add = |name: &str, value: Value| arguments.as_object_mut().map(|all| all.insert(name.to_owned(), value));
    if ranking.direction.is_none() {
        add("direction", json!("max"));
    }
    match ranking.project.as_ref() {
        Some(project) => drop(add("projects", json!([project]))),
        None if input.projects.is_empty() => {}
        None => drop(add("projects", json!(input.projects))),
    }
    if let Some(filter) = &input.filter {
        add("filter", json!(filter));
    }
    // Values that hardly two runs share make groups of one.
    let repeats = |one: &&&ParamImportance| one.distinct * 2 <= found.runs;
    let is_seed = |name: &&String| direction::words(name).iter().any(|word| word == "seed");
    let seeds = found.params.iter().map(|one| &one.name).chain(&found.identifiers).filter(is_seed);
    let aside: BTreeSet<&String> = seeds.collect();
    let Some(first) = mattering.iter().find(repeats) else {
        return scatter(contest, ranking, mattering.first()?, input);
    };
    if !aside.is_empty() && mattering.iter().all(|one| repeats(&one)) {
        let aside: BTreeSet<&String> = aside.into_iter().chain(&found.identifiers).collect();
        add("average_over", json!(aside));
        return Some(format!("which setting is best over seeds: rank_runs {arguments}"));
    }
    add("group_by", json!([format!("params.{}", first.name)]));
    Some(format!("the values of {} side by side: rank_runs {arguments}", name(first)))
}

/// The call that shows values of which nearly every run has its own: a dot for each.
fn scatter(contest: &Contest, ranking: &Ranking, param: &ParamImportance, input: &Input) -> Option<String> {
    let place = match (ranking.project.as_ref(), input.projects.as_slice()) {
        (Some(project), _) => format!(" in {project}"),
        (None, [project]) => format!(" in {project}"),
        (None, []) => String::new(),
        (None, _) => return None,
    };
    let runs = match &input.filter {
        Some(filter) => format!("where {filter}{place}"),
        None => format!("last 100 finished{place}"),
    };
    let metrics = [contest.metric.clone(), format!("params.{}", param.name)];
    let arguments = json!({"runs": [runs], "metrics": metrics, "kind": "scatter"});
    Some(format!("{} against the metric, a dot for each run: plot_metrics {arguments}", name(param)))
}

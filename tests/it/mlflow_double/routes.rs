//! The endpoints.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::Refusal;
use super::evaluate::{experiment_holds, joins, run_holds};
use super::grammar::{Clause, Entity, OF_EXPERIMENTS, OF_RUNS, parse, parse_order};
use super::order::RunOrder;
use super::server::Seen;
use super::store::{Experiment, Store, StoredRun, Version};

/// Rows of a page at most.
const MOST: i64 = 50_000;
/// SQLite's limit of tables in a join.
const TABLES: usize = 64;

/// The answer to a request; `None` for a page that is not there.
pub(super) fn answer(store: &Store, version: Version, seen: &Seen) -> Option<Result<Value, Refusal>> {
    Some(match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", "/api/2.0/mlflow/experiments/search") => experiments(store, version, &seen.body),
        ("POST", "/api/2.0/mlflow/runs/search") => runs(store, version, &seen.body),
        ("GET", "/api/2.0/mlflow/artifacts/list") => artifacts(store, seen),
        ("GET", "/api/2.0/mlflow/registered-models/alias") => alias(store, seen),
        ("GET", "/api/2.0/mlflow/model-versions/get") => model_version(store, seen),
        ("GET", "/api/2.0/mlflow/model-versions/search") => model_versions(store, seen),
        _ => return None,
    })
}

fn experiments(store: &Store, version: Version, body: &Value) -> Result<Value, Refusal> {
    let most = max_results(body, None)?;
    let clauses = parse(text(body, "filter"), OF_EXPERIMENTS, version)?;
    let mut rows: Vec<&Experiment> =
        store.experiments.iter().filter(|one| in_view(one.deleted, text(body, "view_type"))).collect();
    rows.retain(|one| experiment_holds(one, &clauses));
    let order =
        texts(body, "order_by").iter().map(|key| parse_order(key, OF_EXPERIMENTS)).collect::<Result<Vec<_>, _>>()?;
    let order = if order.is_empty() { vec![(Entity::Attribute, "creation_time".to_owned(), false)] } else { order };
    rows.sort_by(|a, b| {
        let by_keys = order.iter().map(|(_, key, ascending)| {
            let ordering = match key.as_str() {
                "name" => a.name.cmp(&b.name),
                "experiment_id" => a.id.cmp(&b.id),
                _ => a.updated.cmp(&b.updated),
            };
            if *ascending { ordering } else { ordering.reverse() }
        });
        by_keys.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then).then(a.id.cmp(&b.id))
    });
    // Here a token comes only where rows follow, in both versions.
    page(&rows, most, text(body, "page_token"), Version::V3_17, "experiments", |one| one.json())
}

fn runs(store: &Store, version: Version, body: &Value) -> Result<Value, Refusal> {
    let most = max_results(body, Some(1_000))?;
    let clauses = parse(text(body, "filter"), OF_RUNS, version)?;
    let order = RunOrder::parse(&texts(body, "order_by"))?;
    if 1 + clauses.iter().map(joins).sum::<usize>() + order.joins() > TABLES {
        let message = "(sqlite3.OperationalError) at most 64 tables in a join".to_owned();
        return Err(Refusal { status: 503, code: "TEMPORARILY_UNAVAILABLE", message });
    }
    if version == Version::V2_15 {
        joins_datasets(&clauses, &order)?;
    }
    let asked = texts(body, "experiment_ids");
    if let (Version::V3_17, Some(bad)) = (version, asked.iter().find(|id| id.parse::<i64>().is_err())) {
        return Err(Refusal::invalid(format!("Invalid experiment ID '{bad}'. Experiment ID must be a valid integer.")));
    }
    let view = text(body, "run_view_type");
    let fits = |run: &&StoredRun| {
        asked.contains(&run.experiment.to_string()) && in_view(run.deleted, view) && run_holds(run, &clauses, version)
    };
    let mut rows: Vec<&StoredRun> = store.runs.iter().filter(fits).collect();
    rows.sort_by(|a, b| order.compare(a, b));
    page(&rows, most, text(body, "page_token"), version, "runs", |one| one.json())
}

/// 2.15 takes the first joined table for that of the dataset.
fn joins_datasets(clauses: &[Clause], order: &RunOrder) -> Result<(), Refusal> {
    let of_datasets = clauses.iter().filter(|clause| clause.entity == Entity::Dataset).count();
    let others = clauses.iter().map(joins).sum::<usize>() - of_datasets;
    let refused = |status, code, message: &str| Err(Refusal { status, code, message: message.to_owned() });
    match (of_datasets, others, order.joins()) {
        (1.., 1.., _) => refused(503, "TEMPORARILY_UNAVAILABLE", "no such column: anon_1.destination_id"),
        (1.., _, 1..) => refused(500, "INTERNAL_ERROR", "Can't determine which FROM clause to join from"),
        _ => Ok(()),
    }
}

fn artifacts(store: &Store, seen: &Seen) -> Result<Value, Refusal> {
    let id = seen.query("run_id");
    let run = store.runs.iter().find(|run| run.id == id);
    let run = run.ok_or_else(|| Refusal::absent(format!("Run with id={id} not found")))?;
    let mut answer = json!({"root_uri": run.artifact_uri()});
    if !run.files.is_empty() {
        answer["files"] = run.files.iter().map(|path| json!({"path": path, "is_dir": false, "file_size": 5})).collect();
    }
    Ok(answer)
}

fn alias(store: &Store, seen: &Seen) -> Result<Value, Refusal> {
    let (name, alias) = (seen.query("name"), seen.query("alias"));
    let mut named = store.versions.iter().filter(|version| version.name == name).peekable();
    if named.peek().is_none() {
        return Err(Refusal::absent(format!("Registered Model with name={name} not found")));
    }
    let found = named.find(|version| version.alias.as_ref() == Some(&alias));
    let found = found.ok_or_else(|| Refusal::invalid(format!("Registered model alias {alias} not found.")))?;
    Ok(json!({"model_version": found.json()}))
}

fn model_version(store: &Store, seen: &Seen) -> Result<Value, Refusal> {
    let (name, number) = (seen.query("name"), seen.query("version"));
    let found = store.versions.iter().find(|version| version.name == name && version.version.to_string() == number);
    let found =
        found.ok_or_else(|| Refusal::absent(format!("Model Version (name={name}, version={number}) not found")))?;
    Ok(json!({"model_version": found.json()}))
}

/// `run_id = 'x'` and `run_id IN ('x','y')`; the newest first.
fn model_versions(store: &Store, seen: &Seen) -> Result<Value, Refusal> {
    let filter = seen.query("filter");
    let list = filter.strip_prefix("run_id IN (").and_then(|rest| rest.strip_suffix(')'));
    let list = list.or_else(|| filter.strip_prefix("run_id = "));
    let list = list.ok_or_else(|| Refusal::invalid(format!("Invalid filter '{filter}'")))?;
    let ids: Vec<&str> = list.split(',').map(|id| id.trim_matches('\'')).collect();
    let mut found: Vec<_> = store.versions.iter().filter(|version| ids.contains(&version.run_id.as_str())).collect();
    found.sort_by_key(|version| std::cmp::Reverse(version.version));
    Ok(listed("model_versions", found.into_iter().map(|version| version.json()).collect(), None))
}

/// The rows from the offset in the token on.
fn page<T>(
    rows: &[&T],
    most: usize,
    token: &str,
    version: Version,
    name: &str,
    json: impl Fn(&T) -> Value,
) -> Result<Value, Refusal> {
    let offset = offset(token)?;
    let shown: Vec<Value> = rows.iter().skip(offset).take(most).map(|row| json(row)).collect();
    let end = offset + shown.len();
    let goes_on = match version {
        // It does not look whether anything follows.
        Version::V2_15 => shown.len() == most,
        Version::V3_17 => end < rows.len(),
    };
    let next = goes_on.then(|| STANDARD.encode(format!("{{\"offset\": {end}}}")));
    Ok(listed(name, shown, next))
}

fn listed(name: &str, rows: Vec<Value>, next: Option<String>) -> Value {
    let mut fields = Map::new();
    if !rows.is_empty() {
        fields.insert(name.to_owned(), Value::Array(rows));
    }
    if let Some(next) = next {
        fields.insert("next_page_token".to_owned(), Value::String(next));
    }
    Value::Object(fields)
}

fn offset(token: &str) -> Result<usize, Refusal> {
    if token.is_empty() {
        return Ok(0);
    }
    let decoded =
        STANDARD.decode(token).map_err(|_| Refusal::invalid("Invalid page token, could not base64-decode"))?;
    let parsed: Option<Value> = serde_json::from_slice(&decoded).ok();
    let offset = parsed.and_then(|token| token["offset"].as_u64()).and_then(|offset| usize::try_from(offset).ok());
    offset.ok_or_else(|| Refusal::invalid("Invalid page token, parsed value"))
}

fn max_results(body: &Value, default: Option<i64>) -> Result<usize, Refusal> {
    let given = match &body["max_results"] {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => default,
    };
    let given = given.unwrap_or(0);
    match usize::try_from(given) {
        Ok(most) if (1..=MOST).contains(&given) => Ok(most),
        _ => Err(Refusal::invalid(format!("Invalid value {given} for parameter 'max_results' supplied."))),
    }
}

fn in_view(deleted: bool, view: &str) -> bool {
    match view {
        "ALL" => true,
        "DELETED_ONLY" => deleted,
        _ => !deleted,
    }
}

fn text<'a>(body: &'a Value, field: &str) -> &'a str {
    body[field].as_str().unwrap_or_default()
}

fn texts(body: &Value, field: &str) -> Vec<String> {
    let values = body[field].as_array().map(Vec::as_slice).unwrap_or_default();
    values.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

//! A small server that answers `tasks.get_all_ex` as the real one does: filters, ranges, patterns, order, pages.

use std::cmp::Ordering;

use regex::RegexBuilder;
use serde_json::{Map, Value, json};

/// What of these tasks the request asks for.
pub(super) fn answer(tasks: &[Value], body: &Map<String, Value>) -> Value {
    let mut found: Vec<&Value> = tasks.iter().filter(|task| holds(body, task)).collect();
    let order = body.get("order_by").and_then(|order| order[0].as_str()).unwrap_or("id");
    let collated = body
        .keys()
        .map(String::as_str)
        .chain([order.trim_start_matches('-')])
        .any(|key| key.starts_with("last_metrics.") || key.starts_with("hyperparams."));
    // The rules of a language stand for any order that is not ours.
    let by_id = |a: &&Value, b: &&Value| match collated {
        true => b["id"].as_str().cmp(&a["id"].as_str()),
        false => a["id"].as_str().cmp(&b["id"].as_str()),
    };
    let (field, descending) = order.strip_prefix('-').map_or((order, false), |field| (field, true));
    found.sort_by(|a, b| {
        let (x, y) = (at(a, field), at(b, field));
        let missing = x.is_null().cmp(&y.is_null());
        let compared = match field {
            "id" => by_id(a, b),
            _ => compare(&x, &y),
        };
        missing.then(if descending { compared.reverse() } else { compared }).then_with(|| by_id(a, b))
    });
    let number = |key: &str| usize::try_from(body[key].as_u64().unwrap()).unwrap();
    let (page, size) = (number("page"), number("page_size"));
    assert!((1..=500).contains(&size), "{size}");
    json!({"tasks": found.into_iter().skip(page * size).take(size).collect::<Vec<_>>()})
}

/// Whether a task holds all that a request asks.
pub(super) fn holds(body: &Map<String, Value>, task: &Value) -> bool {
    let hidden = task["system_tags"].as_array().is_some_and(|tags| tags.contains(&json!("hidden")));
    let shows = !hidden || body.get("search_hidden") == Some(&json!(true)) || body.contains_key("id");
    shows
        && body.iter().all(|(key, asked)| match key.as_str() {
            "only_fields" | "order_by" | "page" | "page_size" | "search_hidden" => true,
            "_any_" | "_or_" => fields(asked).any(|field| matches(&at(task, field), asked["pattern"].as_str(), true)),
            "_all_" | "_and_" => fields(asked).all(|field| matches(&at(task, field), asked["pattern"].as_str(), true)),
            "name" => matches(&task["name"], asked.as_str(), false),
            "status_changed" => list(asked).all(|moment| {
                let moment = time(moment.as_str().unwrap().strip_prefix(">=").unwrap());
                task["status_changed"].as_str().is_some_and(|changed| time(changed) >= moment)
            }),
            key if key == "started" || key.starts_with("last_metrics.") => within(&at(task, key), asked),
            "id" | "user" | "tags" | "system_tags" | "type" | "status" | "project" | "parent" => {
                listed(&at(task, key), asked)
            }
            key if key.starts_with("hyperparams.") => listed(&at(task, key), asked),
            key => panic!("the server knows no {key}"),
        })
}

fn fields(asked: &Value) -> impl Iterator<Item = &str> {
    list(&asked["fields"]).map(|field| field.as_str().unwrap())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

/// What lies at a path; references are their ids.
fn at(task: &Value, path: &str) -> Value {
    let mut value = task;
    for step in path.split('.') {
        let step = step.replace("%_%_", "__").replace("%2E", ".").replace("%24", "$");
        value = &value[step.strip_prefix("%_").map_or(step.clone(), |rest| format!("_{rest}"))];
    }
    if value["id"].is_string() { value["id"].clone() } else { value.clone() }
}

fn matches(value: &Value, pattern: Option<&str>, ignore_case: bool) -> bool {
    // These two are word boundaries to this crate alone.
    let pattern = pattern.unwrap().replace(r"\<", "<").replace(r"\>", ">");
    let regex = RegexBuilder::new(&pattern).case_insensitive(ignore_case).build().unwrap();
    match value {
        Value::String(text) => regex.is_match(text),
        Value::Array(texts) => texts.iter().any(|text| regex.is_match(text.as_str().unwrap())),
        _ => false,
    }
}

fn within(value: &Value, range: &Value) -> bool {
    let known = |ordering: Option<Ordering>| ordering.is_some_and(Ordering::is_ge);
    let (low, high) = (&range[0], &range[1]);
    assert!(!(low.is_null() && high.is_null()), "an empty range");
    if value.is_null() {
        return low.is_null();
    }
    (low.is_null() || known(order(value, low))) && (high.is_null() || known(order(high, value)))
}

/// Numbers with numbers, moments with moments, text with text; anything else, and NaN, does not compare.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.partial_cmp(&b),
        (None, None) => match (moment(a), moment(b)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => Some(a.as_str()?.cmp(b.as_str()?)),
        },
        _ => None,
    }
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (number(a), number(b)) {
        // NaN comes before all numbers.
        (Some(a), Some(b)) => a.is_nan().cmp(&b.is_nan()).reverse().then(a.partial_cmp(&b).unwrap_or(Ordering::Equal)),
        _ => order(a, b).unwrap_or(Ordering::Equal),
    }
}

/// JSON has no NaN and infinities: they are written as our client reads them.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) if ["NaN", "Infinity", "-Infinity"].contains(&text.as_str()) => text.parse().ok(),
        _ => None,
    }
}

fn moment(value: &Value) -> Option<jiff::Timestamp> {
    value.as_str().filter(|text| text.contains('T') && text.contains(':')).map(time)
}

fn time(text: &str) -> jiff::Timestamp {
    text.parse().or_else(|_| format!("{text}Z").parse()).unwrap()
}

/// `["__$or", …]` and `["__$and", …, "__$not", …]`; null is missing.
fn listed(value: &Value, asked: &Value) -> bool {
    let mut asked = list(asked);
    let all = match asked.next().and_then(Value::as_str) {
        Some("__$and") => true,
        Some("__$or") => false,
        operator => panic!("no operator: {operator:?}"),
    };
    let has = |wanted: &Value| match value {
        Value::Array(values) => values.contains(wanted),
        value if wanted.is_null() => value.is_null(),
        value => value == wanted,
    };
    let mut terms = Vec::new();
    while let Some(term) = asked.next() {
        terms.push(if term == "__$not" { !has(asked.next().unwrap()) } else { has(term) });
    }
    assert!(!terms.is_empty(), "an empty list");
    if all { terms.into_iter().all(|term| term) } else { terms.into_iter().any(|term| term) }
}

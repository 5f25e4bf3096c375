//! `fields`: parts of a trace by dotted paths, `*` for all of a list or object.

use backends::Error;
use backends::nearest::nearest;
use serde_json::Value;

use crate::problem::Result;
use crate::render::one_line;

/// Names that an error lists.
const LISTED: usize = 30;
/// Names that are looked through for a near one.
const NAMES: usize = 300;

/// A value that was found, and where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found<'a> {
    /// The keys and places down to it.
    pub(super) path: Vec<String>,
    pub(super) value: &'a Value,
}

/// What was looked for last, when nothing was found.
#[derive(Default)]
struct Missed<'a> {
    depth: usize,
    key: String,
    at: String,
    there: Vec<&'a str>,
}

/// The values at a path. Keys may hold dots: the longest that is there counts.
///
/// # Errors
/// *Bad input* if there is nothing at it anywhere, with the names that there are.
pub(super) fn select<'a>(document: &'a Value, path: &str) -> Result<Vec<Found<'a>>> {
    let trimmed = path.trim();
    // As the fields of other servers begin.
    let trimmed = ["trace.", "data."].iter().fold(trimmed, |rest, prefix| rest.strip_prefix(prefix).unwrap_or(rest));
    let steps: Vec<&str> = trimmed.split('.').filter(|step| !step.is_empty()).collect();
    let mut found = Vec::new();
    let mut missed = Missed::default();
    walk(document, &steps, &mut Vec::new(), &mut found, &mut missed);
    if !found.is_empty() {
        return Ok(found);
    }
    let shown = one_line(path, 80);
    let Missed { key, at, there, .. } = missed;
    if there.is_empty() {
        return Err(Error::bad_input(format!("fields '{shown}': there is nothing at it in this trace")).into());
    }
    let near = nearest(&key, there.iter().copied(), 1);
    let hint = near.first().map_or_else(|| ".".to_owned(), |near| format!("; did you mean {}?", one_line(near, 60)));
    let names: Vec<String> = there.iter().take(LISTED).map(|name| one_line(name, 60)).collect();
    let at = if at.is_empty() { "the trace".to_owned() } else { one_line(&at, 80) };
    Err(Error::bad_input(format!(
        "fields '{shown}': {at} has no {}{hint} There are: {}",
        one_line(&key, 60),
        names.join(", ")
    ))
    .into())
}

fn walk<'a>(
    value: &'a Value,
    steps: &[&str],
    path: &mut Vec<String>,
    found: &mut Vec<Found<'a>>,
    missed: &mut Missed<'a>,
) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(Found { path: path.clone(), value });
        return;
    };
    let mut go = |key: String, value: &'a Value, rest: &[&str], missed: &mut Missed<'a>| {
        path.push(key);
        walk(value, rest, path, found, missed);
        path.pop();
    };
    match value {
        Value::Array(list) if *step == "*" => {
            list.iter().enumerate().for_each(|(at, value)| go(at.to_string(), value, rest, missed));
        }
        Value::Object(object) if *step == "*" => {
            object.iter().for_each(|(key, value)| go(key.clone(), value, rest, missed));
        }
        Value::Array(list) => {
            if let Some((at, value)) = step.parse::<usize>().ok().and_then(|at| Some((at, list.get(at)?))) {
                go(at.to_string(), value, rest, missed);
            } else {
                miss(missed, path, step, vec!["*"]);
            }
        }
        Value::Object(object) => {
            let longest = (1..=steps.len()).rev().find_map(|count| {
                let (key, rest) = steps.split_at_checked(count)?;
                let key = key.join(".");
                let value = object.get(&key)?;
                Some((key, value, rest))
            });
            match longest {
                Some((key, value, rest)) => go(key, value, rest, missed),
                None => miss(missed, path, step, object.keys().map(String::as_str).collect()),
            }
        }
        _ => miss(missed, path, step, Vec::new()),
    }
}

/// The deepest misses tell most; what others of that depth have is there too.
fn miss<'a>(missed: &mut Missed<'a>, path: &[String], key: &str, there: Vec<&'a str>) {
    if there.is_empty() || (!missed.there.is_empty() && path.len() < missed.depth) {
        return;
    }
    if missed.there.is_empty() || path.len() > missed.depth {
        let number = |step: &String| step.bytes().all(|byte| byte.is_ascii_digit());
        let at = path.iter().map(|step| if number(step) { "*" } else { step.as_str() }).collect::<Vec<_>>().join(".");
        *missed = Missed { depth: path.len(), key: key.to_owned(), at, there: Vec::new() };
    }
    for name in there {
        if missed.there.len() < NAMES && !missed.there.contains(&name) {
            missed.there.push(name);
        }
    }
}

/// A value as text: what is text stays so, anything else is JSON.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "info": {"trace_id": "tr-1", "tags": {"a.b": "x"}},
            "spans": [{"name": "a", "inputs": {"q": [1, 2]}}, {"name": "b", "attributes": {"llm.model": "m"}}],
        })
    }

    fn values(path: &str) -> Vec<Value> {
        select(&document(), path).unwrap().into_iter().map(|found| found.value.clone()).collect()
    }

    #[test]
    fn a_path_leads_through_lists_and_objects() {
        assert_eq!(values("info.trace_id"), [json!("tr-1")]);
        assert_eq!(values("spans.*.name"), [json!("a"), json!("b")]);
        assert_eq!(values("data.spans.*.inputs.q.1"), [json!(2)]);
        assert_eq!(values("spans.*.inputs.*.*"), [json!(1), json!(2)]);
    }

    #[test]
    fn a_key_may_hold_dots() {
        assert_eq!(values("info.tags.a.b"), [json!("x")]);
        assert_eq!(values("spans.1.attributes.llm.model"), [json!("m")]);
    }

    #[test]
    fn a_path_that_leads_nowhere_names_what_is_there() {
        for (path, words) in [
            ("info.trace_i", "info has no trace_i; did you mean trace_id? There are: trace_id, tags"),
            ("spans.*.nme", "spans.* has no nme; did you mean name? There are: name, inputs, attributes"),
            ("spans.name", "spans has no name. There are: *"),
            ("inf", "the trace has no inf; did you mean info? There are: info, spans"),
            ("info.trace_id.x", "nothing at it"),
        ] {
            let told = select(&document(), path).unwrap_err().to_string();
            assert!(told.contains(words), "{path}: {told}");
        }
    }
}

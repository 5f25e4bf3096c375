//! One value, brought to the type that the schema names, or refused in words.

use backends::model::Status;
use backends::nearest::nearest;
use serde_json::{Number, Value};

use crate::render::one_line;

/// The longest text that an argument may be, in characters.
const LONGEST_TEXT: usize = 20_000;
/// The longest list.
const LONGEST_LIST: usize = 1_000;
/// How many characters of a wrong value are repeated.
const SHOWN: usize = 80;

/// Whole numbers beyond this are not exact in the floating point that JSON is often written from.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What is wanted of a value.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The name under which it was written, for sentences.
    pub(super) label: &'a str,
    /// The schema of the argument.
    pub(super) schema: &'a Value,
    /// Whether a number above the maximum means the maximum.
    pub(super) clamps: bool,
}

/// The value as its schema wants it.
pub(super) fn value(wanted: Wanted<'_>, value: Value, remarks: &mut Vec<String>) -> Result<Value, String> {
    let name = wanted.label;
    match wanted.schema.get("type").and_then(Value::as_str) {
        Some("array") => list(wanted, value, remarks),
        Some("string") => text(wanted, single(name, value)?, remarks),
        Some("integer") => number(wanted, whole(name, &single(name, value)?)?, remarks),
        Some("number") => number(wanted, any_number(name, &single(name, value)?)?, remarks),
        Some("boolean") => flag(name, &single(name, value)?),
        Some("object") => object(name, value),
        _ => Ok(value),
    }
}

/// A value as it may be repeated in a sentence.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{}\"", one_line(text, SHOWN)),
        other => one_line(&other.to_string(), SHOWN),
    }
}

/// The element of a list of one, where one value is wanted.
fn single(name: &str, value: Value) -> Result<Value, String> {
    let Value::Array(mut values) = value else { return Ok(value) };
    values.retain(|one| !super::is_absent(one));
    match (values.pop(), values.len()) {
        (Some(only), 0) => Ok(only),
        (_, further) => Err(format!("{name} takes one value, not {}", further + 1)),
    }
}

fn list(wanted: Wanted<'_>, value: Value, remarks: &mut Vec<String>) -> Result<Value, String> {
    let Wanted { label: name, schema, .. } = wanted;
    let values = match value {
        Value::Array(values) => values,
        Value::String(text) => list_in_text(&text).unwrap_or_else(|| vec![Value::String(text)]),
        other => vec![other],
    };
    if values.len() > LONGEST_LIST {
        return Err(format!("{name} has {} elements, at most {LONGEST_LIST} are read", values.len()));
    }
    let items = schema.get("items").unwrap_or(&Value::Null);
    let read: Vec<Value> = values
        .into_iter()
        .filter(|one| !super::is_absent(one))
        .map(|one| match one {
            Value::Array(_) => Err(format!("{name} takes a plain list, not lists within it")),
            one => self::value(Wanted { schema: items, ..wanted }, one, remarks),
        })
        .collect::<Result<_, _>>()?;
    let count = read.len() as u64;
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    if let Some(fewest) = bound("minItems").filter(|fewest| count < *fewest) {
        return Err(format!("{name} takes at least {fewest}, not {count}"));
    }
    if let Some(most) = bound("maxItems").filter(|most| count > *most) {
        return Err(format!("{name} takes at most {most}, not {count}"));
    }
    Ok(Value::Array(read))
}

/// A JSON list that was written as text.
fn list_in_text(text: &str) -> Option<Vec<Value>> {
    let text = text.trim();
    if !text.starts_with('[') {
        return None;
    }
    serde_json::from_str(text).ok()
}

fn text(wanted: Wanted<'_>, value: Value, remarks: &mut Vec<String>) -> Result<Value, String> {
    let Wanted { label: name, schema, .. } = wanted;
    let text = match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        other => return Err(format!("{name} is a text, not {}", shown(&other))),
    };
    let length = text.chars().count();
    if length > LONGEST_TEXT {
        return Err(format!("{name} has {length} characters, at most {LONGEST_TEXT} are read"));
    }
    let Some(words) = schema.get("enum").and_then(Value::as_array) else { return Ok(Value::String(text)) };
    let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
    word(name, &words, &text, remarks).map(Value::from)
}

/// The word of an enumeration, in any case; of one of statuses, also the words of MLflow and ClearML.
fn word(name: &str, words: &[&str], text: &str, remarks: &mut Vec<String>) -> Result<String, String> {
    let written = text.trim().to_lowercase().replace([' ', '-'], "_");
    if let Some(word) = words.iter().find(|word| word.to_lowercase() == written) {
        return Ok((*word).to_owned());
    }
    let of_statuses = words.iter().all(|word| Status::parse(word).is_some_and(|status| status.word() == *word));
    if of_statuses && let Some(status) = Status::parse(&written).filter(|status| words.contains(&status.word())) {
        remarks.push(format!("{name} {} read as {status}", one_line(text, SHOWN)));
        return Ok(status.word().to_owned());
    }
    let near = nearest(&written, words.iter().copied(), 1);
    let hint = near.first().map(|word| format!(", nearest is {word}")).unwrap_or_default();
    Err(format!("{name} is one of {}, not \"{}\"{hint}", words.join(", "), one_line(text, SHOWN)))
}

fn whole(name: &str, value: &Value) -> Result<Number, String> {
    let refuse = || format!("{name} is a whole number, not {}", shown(value));
    let number = match value {
        Value::Number(number) => number.clone(),
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) => text.trim().parse().ok().and_then(Number::from_f64).ok_or_else(refuse)?,
        },
        _ => return Err(refuse()),
    };
    if !number.is_f64() {
        return Ok(number);
    }
    let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT).ok_or_else(refuse)?;
    // Whole and in range, so the cast changes nothing.
    #[allow(clippy::cast_possible_truncation)]
    Ok((float as i64).into())
}

fn any_number(name: &str, value: &Value) -> Result<Number, String> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(number) => Some(number.into()),
            Err(_) => text.trim().parse().ok().and_then(Number::from_f64),
        },
        _ => None,
    }
    .ok_or_else(|| format!("{name} is a number, not {}", shown(value)))
}

/// A number within the bounds of the schema. More rows than a page has are as many as it has.
fn number(wanted: Wanted<'_>, number: Number, remarks: &mut Vec<String>) -> Result<Value, String> {
    let Wanted { label: name, schema, clamps } = wanted;
    let bound = |keyword: &str| schema.get(keyword).filter(|bound| bound.is_number());
    let beyond = |bound: &Value| number.as_f64().zip(bound.as_f64()).map(|(number, bound)| number.total_cmp(&bound));
    let (minimum, maximum) = (bound("minimum"), bound("maximum"));
    if let Some(bound) = minimum.filter(|bound| beyond(bound).is_some_and(std::cmp::Ordering::is_lt)) {
        let range = maximum.map(|maximum| format!(" and at most {maximum}")).unwrap_or_default();
        return Err(format!("{name} is at least {bound}{range}, not {number}"));
    }
    let Some(bound) = maximum.filter(|bound| beyond(bound).is_some_and(std::cmp::Ordering::is_gt)) else {
        return Ok(Value::Number(number));
    };
    if clamps {
        remarks.push(format!("{name} {number} is more than a page holds, read as {bound}"));
        return Ok(bound.clone());
    }
    let range = minimum.map(|minimum| format!("at least {minimum} and ")).unwrap_or_default();
    Err(format!("{name} is {range}at most {bound}, not {number}"))
}

fn flag(name: &str, value: &Value) -> Result<Value, String> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
    .map(Value::Bool)
    .ok_or_else(|| format!("{name} is true or false, not {}", shown(value)))
}

/// An object, also one that was written as JSON text.
fn object(name: &str, value: Value) -> Result<Value, String> {
    let read = match &value {
        Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        _ => value.clone(),
    };
    if read.is_object() { Ok(read) } else { Err(format!("{name} is an object, not {}", shown(&value))) }
}

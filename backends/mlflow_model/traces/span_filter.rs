//! What a filter asks of spans: MLflow looks whether one and the same span fulfils all of it, joined to the rest by `and`.

use super::word;
use crate::model::Status;
use crate::query::{Comparison, Filter, Key, Literal, Predicate, Test, TraceKey};
use crate::{Error, Result};

/// A filter, parted into what only spans tell and the rest, all of it joined by `and`.
#[derive(Debug, Default)]
pub(crate) struct Parted<'a> {
    pub(crate) of_spans: Vec<(&'a TraceKey, &'a Test)>,
    pub(crate) others: Vec<&'a Filter>,
}

/// Parts a filter; an error if what the spans tell is not joined by `and` to the rest.
pub(crate) fn parted(filter: Option<&Filter>) -> Result<Parted<'_>> {
    let mut parted = Parted::default();
    let mut waiting: Vec<&Filter> = filter.into_iter().collect();
    while let Some(part) = waiting.pop() {
        match part {
            Filter::And(parts) => waiting.extend(parts.iter().rev()),
            Filter::Is(Predicate { key: Key::OfTrace(key), test }) if key.is_within_spans() => {
                parted.of_spans.push((key, test));
            }
            other => {
                if let Some(key) = other.keys().find(|key| matches!(key, Key::OfTrace(key) if key.is_within_spans())) {
                    return Err(Error::unsupported(format!(
                        "MLflow looks into spans only for what holds of all traces asked for: {key} may be joined by and, not stand under or or not"
                    )));
                }
                parted.others.push(other);
            }
        }
    }
    Ok(parted)
}

/// What of a span is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// All that is kept of it, as JSON.
    Content,
    Name,
    Type,
    Status,
    /// What stands behind this name, within the same JSON.
    Attribute(String),
}

/// How it is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Equal(String),
    NotEqual(String),
    In { words: Vec<String>, negated: bool },
    Like { pattern: String, ignore_case: bool },
}

/// What is asked of a span, as far as MLflow can look for it.
pub(crate) fn read(key: &TraceKey, test: &Test) -> Result<(Field, Asked)> {
    let read = match key {
        TraceKey::Text => match test {
            Test::Like { negated: false, .. } => wording(test).map(|asked| (Field::Content, asked)),
            _ => None,
        },
        TraceKey::Span(field) => match (field.as_str(), field.strip_prefix("attributes.")) {
            ("status", _) => states(test).map(|asked| (Field::Status, asked)),
            ("name", _) => wording(test).map(|asked| (Field::Name, asked)),
            ("type", _) => wording(test).map(|asked| (Field::Type, asked)),
            (_, Some(name)) => attribute(test).map(|asked| (Field::Attribute(name.to_owned()), asked)),
            _ => None,
        },
        _ => None,
    };
    read.ok_or_else(|| refused(key, test))
}

/// What is said of a test that MLflow cannot look for, with what to write instead.
pub(crate) fn refused(key: &TraceKey, test: &Test) -> Error {
    let shown = Key::OfTrace(key.clone()).to_string();
    let instead = match key {
        TraceKey::Text => "text like '%timeout%'".to_owned(),
        TraceKey::Span(field) if field == "status" => "span.status = 'failed'".to_owned(),
        TraceKey::Span(field) if field.starts_with("attributes.") => {
            format!("{shown} = 3, {shown} = 'word' or {shown} like '%word%'")
        }
        _ => format!("{shown} = 'retrieve', {shown} in ('a', 'b') or {shown} like 'retr%'"),
    };
    Error::unsupported(format!("MLflow cannot look for {shown} {test} within spans; write {instead}"))
}

/// MLflow's words for statuses, if they are asked for plainly.
pub(crate) fn states(test: &Test) -> Option<Asked> {
    let one = |literal: &Literal| match literal {
        Literal::Text(text) => Status::parse(text).and_then(word).map(str::to_owned),
        _ => None,
    };
    match test {
        Test::Compare(Comparison::Equal, literal) => one(literal).map(Asked::Equal),
        Test::In { values, negated: false } => {
            Some(Asked::In { words: values.iter().map(one).collect::<Option<_>>()?, negated: false })
        }
        _ => None,
    }
}

fn wording(test: &Test) -> Option<Asked> {
    let one = |literal: &Literal| match literal {
        Literal::Text(text) => Some(text.clone()),
        _ => None,
    };
    Some(match test {
        Test::Compare(Comparison::Equal, literal) => Asked::Equal(one(literal)?),
        Test::Compare(Comparison::NotEqual, literal) => Asked::NotEqual(one(literal)?),
        Test::In { values, negated } => {
            Asked::In { words: values.iter().map(one).collect::<Option<_>>()?, negated: *negated }
        }
        Test::Like { pattern, ignore_case, negated: false } => {
            Asked::Like { pattern: pattern.clone(), ignore_case: *ignore_case }
        }
        _ => return None,
    })
}

/// What stands right behind `"name"` in a span's JSON, where a value is JSON within text: `"3"`, `"\"word\""`. A backslash
/// is asked for as any one character, since it is an escape on some databases.
fn attribute(test: &Test) -> Option<Asked> {
    let (pattern, ignore_case) = match test {
        Test::Compare(Comparison::Equal, Literal::Number(number)) => (format!(": \"{number}\""), false),
        Test::Compare(Comparison::Equal, Literal::Bool(truth)) => (format!(": \"{truth}\""), false),
        Test::Compare(Comparison::Equal, Literal::Text(text)) if !text.contains(['%', '"', '\\']) => {
            (format!(": \"_\"{text}_\"\""), false)
        }
        Test::Like { pattern, ignore_case, negated: false } if !pattern.contains(['"', '\\']) => {
            (format!(": \"{pattern}\""), *ignore_case)
        }
        _ => return None,
    };
    Some(Asked::Like { pattern, ignore_case })
}

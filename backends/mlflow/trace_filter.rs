//! A filter on traces in MLflow's grammar: what a trace tells without its spans is checked again on our side, so that here it
//! need only widen; what only the spans tell must be said whole, or is refused.

use jiff::Timestamp;

use super::filter::entity;
use crate::Result;
use crate::mlflow_model::traces::span_filter::{self, Asked, Field};
use crate::query::{Comparison, Direction, Filter, Key, Literal, Order, Predicate, Test, TraceKey};

/// SQLite joins at most 64 tables.
const CLAUSES: usize = 30;

/// A filter, parted.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Parted {
    /// Clauses that must be asked, since nobody else knows.
    pub(super) needed: Vec<String>,
    /// Clauses that spare the server and us rows.
    pub(super) useful: Vec<String>,
    /// What is checked on our side.
    pub(super) checked: Option<Filter>,
    /// Whether the clauses say all that is checked.
    pub(super) exact: bool,
}

/// Parts a filter; an error if what the spans tell is not joined by `and` to the rest.
pub(super) fn parted(filter: Option<&Filter>) -> Result<Parted> {
    let read = span_filter::parted(filter)?;
    let mut parted = Parted { exact: true, ..Parted::default() };
    for (key, test) in read.of_spans {
        parted.needed.push(of_spans(key, test)?);
    }
    for other in &read.others {
        match other {
            Filter::Is(predicate) => match clause(predicate) {
                Some((clause, exact)) if parted.useful.len() < CLAUSES => {
                    parted.useful.push(clause);
                    parted.exact &= exact;
                }
                _ => parted.exact = false,
            },
            _ => parted.exact = false,
        }
    }
    let checked: Vec<Filter> = read.others.into_iter().cloned().collect();
    parted.checked = (!checked.is_empty()).then(|| Filter::all(checked));
    Ok(parted)
}

/// The order as MLflow writes it; `None` if it has none such.
pub(super) fn order(order: &Order) -> Option<String> {
    let entity = match order.0.as_slice() {
        [] => "timestamp_ms".to_owned(),
        [(key, _)] => match key {
            Key::Started => "timestamp_ms".to_owned(),
            Key::Duration | Key::OfTrace(TraceKey::Milliseconds) => "execution_time_ms".to_owned(),
            Key::Name => "name".to_owned(),
            Key::Status => "status".to_owned(),
            Key::Id => "request_id".to_owned(),
            _ => return None,
        },
        _ => return None,
    };
    let descending = order.0.first().is_none_or(|(_, direction)| *direction == Direction::Descending);
    Some(format!("{entity} {}", if descending { "DESC" } else { "ASC" }))
}

/// A clause that every wanted trace fulfils, and whether no other does.
fn clause(Predicate { key, test }: &Predicate) -> Option<(String, bool)> {
    match key {
        Key::Id => text("trace.request_id", test),
        Key::Name => text("trace.name", test),
        Key::Status => written("trace.status", &span_filter::states(test)?).map(|clause| (clause, true)),
        Key::User => text("metadata.`mlflow.trace.user`", test),
        Key::OfTrace(TraceKey::Session) => text("metadata.`mlflow.trace.session`", test),
        Key::Tag(name) => text(&entity("tags", name)?, test),
        Key::OfTrace(TraceKey::Metadata(name)) => text(&entity("metadata", name)?, test),
        Key::Started => time("trace.timestamp_ms", test),
        Key::Ended => time("trace.end_time_ms", test).map(|(clause, _)| (clause, false)),
        Key::Duration => match test {
            Test::Compare(comparison, Literal::Duration(length)) => {
                milliseconds("trace.execution_time_ms", *comparison, length.as_secs_f64() * 1_000.0)
            }
            _ => None,
        },
        Key::OfTrace(TraceKey::Milliseconds) => match test {
            Test::Compare(comparison, Literal::Number(number)) => {
                milliseconds("trace.execution_time_ms", *comparison, *number)
            }
            _ => None,
        },
        Key::OfTrace(TraceKey::Feedback(name)) => verdict(&entity("feedback", name)?, test),
        Key::OfTrace(TraceKey::Expectation(name)) => verdict(&entity("expectation", name)?, test),
        _ => None,
    }
}

fn text(entity: &str, test: &Test) -> Option<(String, bool)> {
    match test {
        Test::Compare(Comparison::Equal, Literal::Text(value)) => {
            quoted(value).map(|quoted| (format!("{entity} = {quoted}"), true))
        }
        Test::Like { pattern, ignore_case: false, negated: false } => {
            quoted(pattern).map(|quoted| (format!("{entity} LIKE {quoted}"), false))
        }
        // Only letters of ASCII are alike in SQLite whatever their case.
        Test::Like { pattern, ignore_case: true, negated: false } if pattern.is_ascii() => {
            quoted(pattern).map(|quoted| (format!("{entity} ILIKE {quoted}"), false))
        }
        _ => None,
    }
}

/// A literal that the server reads as exactly this text, if there is one.
fn quoted(value: &str) -> Option<String> {
    match value {
        _ if value.contains(['\\', '\0']) => None,
        _ if !value.contains('\'') => Some(format!("'{value}'")),
        _ if !value.contains('"') => Some(format!("\"{value}\"")),
        _ => None,
    }
}

/// MLflow keeps whole milliseconds, and so do we of what it tells.
fn time(entity: &str, test: &Test) -> Option<(String, bool)> {
    let Test::Compare(comparison, Literal::Time(moment)) = test else { return None };
    let below = moment.as_millisecond();
    let whole = Timestamp::from_millisecond(below).is_ok_and(|rounded| rounded == *moment);
    let sign = match comparison {
        Comparison::Equal | Comparison::NotEqual => return None,
        Comparison::Greater if !whole => ">",
        Comparison::Less if !whole => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
    };
    Some((format!("{entity} {sign} {below}"), whole))
}

fn milliseconds(entity: &str, comparison: Comparison, bound: f64) -> Option<(String, bool)> {
    if !(0.0..1e15).contains(&bound) {
        return None;
    }
    let exact = bound.fract() == 0.0;
    let (sign, bound) = match comparison {
        Comparison::Greater if exact => (">", bound),
        Comparison::Less if exact => ("<", bound),
        Comparison::Greater | Comparison::GreaterOrEqual => (">=", bound.floor()),
        Comparison::Less | Comparison::LessOrEqual => ("<=", bound.ceil()),
        Comparison::Equal | Comparison::NotEqual => return None,
    };
    Some((format!("{entity} {sign} {bound:.0}"), exact))
}

fn verdict(entity: &str, test: &Test) -> Option<(String, bool)> {
    match test {
        Test::Compare(Comparison::Equal, Literal::Bool(truth)) => Some((format!("{entity} = '{truth}'"), false)),
        Test::Null { negated: true } => Some((format!("{entity} IS NOT NULL"), false)),
        _ => None,
    }
}

/// What only the spans tell, said whole.
fn of_spans(key: &TraceKey, test: &Test) -> Result<String> {
    let (field, asked) = span_filter::read(key, test)?;
    let said = match field {
        Field::Content => written("trace.text", &asked),
        Field::Name => written("span.name", &asked),
        Field::Type => written("span.type", &asked),
        Field::Status => written("span.status", &asked),
        Field::Attribute(name) => {
            entity("span.attributes", &name).and_then(|_| written(&format!("span.attributes.`{name}`"), &asked))
        }
    };
    said.ok_or_else(|| span_filter::refused(key, test))
}

fn written(entity: &str, asked: &Asked) -> Option<String> {
    Some(match asked {
        Asked::Equal(value) => format!("{entity} = {}", quoted(value)?),
        Asked::NotEqual(value) => format!("{entity} != {}", quoted(value)?),
        Asked::In { words, negated } => {
            let list = words.iter().map(|word| quoted(word)).collect::<Option<Vec<_>>>()?.join(", ");
            format!("{entity} {}IN ({list})", if *negated { "NOT " } else { "" })
        }
        Asked::Like { pattern, ignore_case } => {
            format!("{entity} {} {}", if *ignore_case { "ILIKE" } else { "LIKE" }, quoted(pattern)?)
        }
    })
}

#[cfg(test)]
#[path = "trace_filter/tests.rs"]
mod tests;

//! A filter as an expression of SQL with the same three values: NULL is *unknown*, and `AND`, `OR`, `NOT` are Kleene's.
//!
//! What SQL compares as we do is written in SQL; the rest (patterns, numbers within text) asks back with `holds`, a
//! function that runs our own test on a value. So the expression is exact, and nothing is read that is not an answer.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value, ValueRef};

use crate::Result;
use crate::mlflow_model::text::{INVOCATION, is_id_prefix};
use crate::query::{Comparison, Filter, Key, Literal, Predicate, Test};

use super::connection::Reader;
use super::sql::Parameters;
use super::values::{Expression, tag};

/// Writes filters.
pub(super) struct Writer<'a> {
    pub(super) now: Timestamp,
    pub(super) logged_models: bool,
    pub(super) sql: &'a mut Parameters,
    /// What `holds` is asked for, by number.
    pub(super) probes: Vec<Probe>,
}

/// What is asked of a value by `holds`.
pub(super) enum Probe {
    /// Of names and ids.
    Text(Test),
    /// Of text that may hold a number or a truth.
    Free(Test),
    /// Of a name and an id.
    Named(Test),
    /// Of a name and a whole reference.
    Referred(Test),
    /// Whether it contains this, in small letters.
    Contains(String),
}

impl Writer<'_> {
    /// The whole filter.
    pub(super) fn filter(&mut self, filter: &Filter) -> String {
        match filter {
            Filter::And(parts) => self.joined(parts, "AND", "1"),
            Filter::Or(parts) => self.joined(parts, "OR", "0"),
            Filter::Not(inner) => format!("(NOT {})", self.filter(inner)),
            Filter::Is(predicate) => self.predicate(predicate),
        }
    }

    /// What a person may mean by a text: part of a name, the beginning of an id, an invocation id.
    pub(super) fn text(&mut self, text: &str) -> String {
        let probe = self.probe(Probe::Contains(text.to_lowercase()));
        let Expression::Text(name) = self.expression(&Key::Name) else { return "0".to_owned() };
        let mut means = vec![format!("holds({probe}, {name})")];
        let wanted = self.sql.bind(text.to_owned());
        means.push(format!("{} = {wanted}", tag(INVOCATION, self.sql)));
        if let Expression::Free(param) = self.expression(&Key::Param(INVOCATION.to_owned())) {
            means.push(format!("{param} = {wanted}"));
        }
        if is_id_prefix(text) {
            means.push(format!("substr(r.run_uuid, 1, {}) = {wanted}", text.len()));
        }
        format!("({})", means.join(" OR "))
    }

    /// Halves of halves: SQLite's tree of a long chain would be as deep as it is long.
    fn joined(&mut self, parts: &[Filter], by: &str, empty: &str) -> String {
        match parts {
            [] => empty.to_owned(),
            [one] => self.filter(one),
            _ => {
                let (left, right) = parts.split_at(parts.len() / 2);
                format!("({} {by} {})", self.joined(left, by, empty), self.joined(right, by, empty))
            }
        }
    }

    fn expression(&mut self, key: &Key) -> Expression {
        Expression::of(key, self.now, self.logged_models, self.sql)
    }

    fn probe(&mut self, probe: Probe) -> usize {
        self.probes.push(probe);
        self.probes.len() - 1
    }

    fn predicate(&mut self, predicate: &Predicate) -> String {
        let test = &predicate.test;
        match (self.expression(&predicate.key), test) {
            (Expression::Nothing, _) => "NULL".to_owned(),
            (Expression::Number { present, .. }, Test::Null { negated }) => {
                if *negated {
                    present
                } else {
                    format!("(NOT {present})")
                }
            }
            (Expression::Each { of, .. }, Test::Null { negated }) => {
                format!("({}EXISTS (SELECT 1 {of}))", if *negated { "" } else { "NOT " })
            }
            (Expression::Named { .. }, Test::Null { negated }) => u8::from(*negated).to_string(),
            (
                Expression::Text(value)
                | Expression::Free(value)
                | Expression::Moment(value)
                | Expression::Length(value)
                | Expression::Truth(value),
                Test::Null { negated },
            ) => format!("({value} IS {}NULL)", if *negated { "NOT " } else { "" }),
            (Expression::Text(value), _) => self.textual(&value, test, Probe::Text),
            (Expression::Free(value), _) => self.textual(&value, test, Probe::Free),
            (Expression::Named { name, id }, _) => {
                let probe = self.probe(Probe::Named(test.clone()));
                format!("holds({probe}, {name}, {id})")
            }
            // True if it is of one of them, false if of none; NULL if there are none.
            (Expression::Each { of, name, id, probe }, _) => {
                let probe = self.probe(probe(test.clone()));
                format!("(SELECT max(holds({probe}, {name}, {id})) {of})")
            }
            (Expression::Number { value, .. }, _) => {
                self.each_literal(test, |comparison, literal, sql| match literal {
                    Literal::Number(bound) => format!("({value} {} {})", sign(comparison), sql.bind(*bound)),
                    _ => "NULL".to_owned(),
                })
            }
            (Expression::Moment(value), _) => self.each_literal(test, |comparison, literal, _| match literal {
                Literal::Time(bound) => moment(&value, comparison, *bound),
                _ => "NULL".to_owned(),
            }),
            (Expression::Length(value), _) => self.each_literal(test, |comparison, literal, sql| match literal {
                Literal::Duration(bound) => {
                    let bound = bound.as_nanos().clamp(i64::MIN.into(), i64::MAX.into());
                    format!("({value} {} {})", sign(comparison), sql.bind(i64::try_from(bound).unwrap_or_default()))
                }
                _ => "NULL".to_owned(),
            }),
            (Expression::Truth(value), _) => self.each_literal(test, |comparison, literal, _| match literal {
                Literal::Bool(wanted) => format!("({value} {} {})", sign(comparison), u8::from(*wanted)),
                _ => "NULL".to_owned(),
            }),
        }
    }

    /// Equality of text is SQL's own; the rest is asked back.
    fn textual(&mut self, value: &str, test: &Test, probe: fn(Test) -> Probe) -> String {
        match test {
            Test::Compare(Comparison::Equal, Literal::Text(text)) => {
                format!("({value} = {})", self.sql.bind(text.clone()))
            }
            Test::Compare(Comparison::NotEqual, Literal::Text(text)) => {
                format!("({value} <> {})", self.sql.bind(text.clone()))
            }
            Test::In { values, negated } if !values.is_empty() && values.iter().all(is_text) => {
                let list = self.sql.list(values.iter().filter_map(text_of));
                format!("({value} {}IN ({list}))", if *negated { "NOT " } else { "" })
            }
            _ => {
                let probe = self.probe(probe(test.clone()));
                format!("holds({probe}, {value})")
            }
        }
    }

    /// A comparison, or a list of them.
    fn each_literal(&mut self, test: &Test, write: impl Fn(Comparison, &Literal, &mut Parameters) -> String) -> String {
        match test {
            Test::Compare(comparison, literal) => write(*comparison, literal, self.sql),
            Test::In { values, negated } => {
                let equal = values.iter().map(|literal| write(Comparison::Equal, literal, self.sql));
                let any = equal.collect::<Vec<_>>().join(" OR ");
                let any = if any.is_empty() { "0".to_owned() } else { any };
                format!("({}({any}))", if *negated { "NOT " } else { "" })
            }
            // A number has no pattern.
            Test::Like { .. } | Test::Null { .. } => "NULL".to_owned(),
        }
    }
}

/// Makes `holds` known to the connection.
pub(super) fn define(reader: &Reader, probes: Vec<Probe>) -> Result<()> {
    let probes = Arc::new(probes);
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    let defined = reader.connection().create_scalar_function("holds", -1, flags, move |context| {
        let probe = usize::try_from(context.get::<i64>(0)?).ok().and_then(|number| probes.get(number));
        let value = (context.len() > 1).then(|| text(context.get_raw(1))).flatten();
        let id = (context.len() > 2).then(|| text(context.get_raw(2))).flatten();
        Ok(match (probe, value, id) {
            (Some(Probe::Text(test)), Some(value), _) => test.holds_for_text(&value),
            (Some(Probe::Free(test)), Some(value), _) => test.holds_for_free_text(&value),
            (Some(Probe::Named(test)), Some(name), Some(id)) => test.holds_for_named(&name, &id),
            (Some(Probe::Referred(test)), Some(name), Some(reference)) => test.holds_for_referred(&name, &reference),
            (Some(Probe::Contains(part)), Some(value), _) => Some(value.to_lowercase().contains(part)),
            _ => None,
        })
    });
    defined.map_err(|error| reader.error(error))
}

/// A value as text; NULL is none.
pub(super) fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// Times are kept in whole milliseconds; a bound between two of them is beyond the lower one.
fn moment(value: &str, comparison: Comparison, bound: Timestamp) -> String {
    let nanoseconds = bound.as_nanosecond();
    let (below, whole) = (nanoseconds.div_euclid(1_000_000), nanoseconds.rem_euclid(1_000_000) == 0);
    if whole {
        return format!("({value} {} {below})", sign(comparison));
    }
    match comparison {
        Comparison::Equal => format!("({value} <> {value})"),
        Comparison::NotEqual => format!("({value} = {value})"),
        Comparison::Less | Comparison::LessOrEqual => format!("({value} <= {below})"),
        Comparison::Greater | Comparison::GreaterOrEqual => format!("({value} > {below})"),
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

fn is_text(literal: &Literal) -> bool {
    matches!(literal, Literal::Text(_))
}

fn text_of(literal: &Literal) -> Option<Value> {
    match literal {
        Literal::Text(text) => Some(Value::Text(text.clone())),
        _ => None,
    }
}

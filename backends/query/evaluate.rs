//! Whether a filter holds for a run: true, false, or unknown.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::like::like;
use super::literals::boolean;
use super::values::Value;
use super::{Comparison, Filter, Key, Literal, Predicate, Test};
use crate::model::{Model, Run, TraceInfo};

impl Filter {
    /// Whether it holds for the run at `now` (a running run's duration counts up to then); `None` is *unknown*: a
    /// value is missing or NaN, and the answer hangs on it.
    pub fn evaluate(&self, run: &Run, now: Timestamp) -> Option<bool> {
        self.by_values(&|key| key.values(run, now))
    }

    /// Whether it is known to hold for the model.
    pub fn matches_model(&self, model: &Model) -> bool {
        self.by_values(&|key| key.values_of_model(model)) == Some(true)
    }

    /// Whether it is known to hold for a trace, of which what lies within its spans is not asked.
    pub fn matches_trace(&self, trace: &TraceInfo) -> bool {
        self.by_values(&|key| key.values_of_trace(trace)) == Some(true)
    }

    /// Whether it holds for something that has these values; what has no answer for a key leaves it unknown.
    fn by_values<'a>(&self, values: &impl Fn(&Key) -> Option<Vec<Value<'a>>>) -> Option<bool> {
        match self {
            Self::And(parts) => all(parts.iter().map(|part| part.by_values(values))),
            Self::Or(parts) => any(parts.iter().map(|part| part.by_values(values))),
            Self::Not(inner) => inner.by_values(values).map(|holds| !holds),
            Self::Is(predicate) => predicate.test.holds_for_any(values(&predicate.key)?),
        }
    }

    /// Whether it is known to hold for the run: only these are answers.
    pub fn matches(&self, run: &Run, now: Timestamp) -> bool {
        self.evaluate(run, now) == Some(true)
    }
}

impl Predicate {
    /// As [`Filter::evaluate`].
    pub fn evaluate(&self, run: &Run, now: Timestamp) -> Option<bool> {
        self.test.holds_for_any(self.key.values(run, now)?)
    }
}

impl Test {
    /// Whether one of the values passes; unknown if there is none.
    fn holds_for_any(&self, values: Vec<Value<'_>>) -> Option<bool> {
        if let Self::Null { negated } = self {
            return Some(values.is_empty() != *negated);
        }
        if values.is_empty() {
            return None;
        }
        any(values.into_iter().map(|value| self.holds_for(value)))
    }

    /// Whether a name or an id passes; for a backend that has values one by one.
    pub(crate) fn holds_for_text(&self, text: &str) -> Option<bool> {
        self.holds_for(Value::Text(text))
    }

    /// Whether the text of a param or a tag passes.
    pub(crate) fn holds_for_free_text(&self, text: &str) -> Option<bool> {
        self.holds_for(Value::Free(text))
    }

    /// Whether one thing that goes by its name and by its id passes.
    pub(crate) fn holds_for_named(&self, name: &str, id: &str) -> Option<bool> {
        self.holds_for(Value::Named { name, id })
    }

    /// Whether what goes by its name and by its whole reference passes.
    pub(crate) fn holds_for_referred(&self, name: &str, reference: &str) -> Option<bool> {
        self.holds_for(Value::Referred { name, reference })
    }

    /// Whether a present value passes.
    fn holds_for(&self, value: Value<'_>) -> Option<bool> {
        match self {
            Self::Compare(comparison, literal) => compare(value, *comparison, literal),
            Self::In { values, negated } => {
                any(values.iter().map(|literal| compare(value, Comparison::Equal, literal)))
                    .map(|found| found != *negated)
            }
            Self::Like { pattern, ignore_case, negated } => {
                let matches = |text| like(text, pattern, *ignore_case);
                let found = match value {
                    Value::Text(text) | Value::Free(text) => matches(text),
                    Value::Word(word) => like(word, pattern, true),
                    Value::Named { name, id } => matches(name) || matches(id),
                    Value::Referred { name, .. } => matches(name),
                    _ => return None,
                };
                Some(found != *negated)
            }
            Self::Null { negated } => Some(*negated),
        }
    }
}

/// `value < literal`; unknown if the two cannot be compared.
fn compare(value: Value<'_>, comparison: Comparison, literal: &Literal) -> Option<bool> {
    let ordering = match (value, literal) {
        (Value::Number(number), Literal::Number(bound)) => number.partial_cmp(bound)?,
        (Value::Free(text), Literal::Number(bound)) => number(text)?.partial_cmp(bound)?,
        (Value::Free(text), Literal::Bool(wanted)) => boolean(text)?.cmp(wanted),
        (Value::Text(text) | Value::Free(text), Literal::Text(wanted)) => compare_text(text, comparison, wanted),
        (Value::Word(word), Literal::Text(wanted)) => word.to_lowercase().cmp(&wanted.to_lowercase()),
        (Value::Status(status), Literal::Text(wanted)) => status.word().cmp(wanted),
        (Value::Time(moment), Literal::Time(bound)) => moment.cmp(bound),
        (Value::Duration(length), Literal::Duration(bound)) => length.cmp(bound),
        (Value::Bool(truth), Literal::Bool(wanted)) => truth.cmp(wanted),
        (Value::Named { name, id }, Literal::Text(wanted)) => {
            // Two spellings of one thing: it is equal if either is.
            if name == wanted { Ordering::Equal } else { id.cmp(wanted) }
        }
        (Value::Referred { name, reference }, Literal::Text(wanted)) => {
            if reference == wanted {
                Ordering::Equal
            } else {
                name.cmp(wanted)
            }
        }
        _ => return None,
    };
    Some(comparison.holds(ordering))
}

/// Quoted text is equal only to the same text; in order, two numbers compare as numbers.
fn compare_text(text: &str, comparison: Comparison, wanted: &str) -> Ordering {
    let exact = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let numbers = if exact { None } else { number(text).zip(number(wanted)) };
    numbers.and_then(|(a, b)| a.partial_cmp(&b)).unwrap_or_else(|| text.cmp(wanted))
}

/// The number that a text holds; NaN is none.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| !number.is_nan())
}

/// Kleene's *and*: false if one is, else unknown if one is.
fn all(parts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    any(parts.into_iter().map(|part| part.map(|holds| !holds))).map(|found| !found)
}

/// Kleene's *or*: true if one is, else unknown if one is.
fn any(parts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for part in parts {
        match part {
            Some(true) => return Some(true),
            Some(false) => {}
            None => known = false,
        }
    }
    known.then_some(false)
}

impl Comparison {
    /// Whether it holds of two values that stand in this order.
    pub(super) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }

    /// What holds exactly when this does not.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }
}

#[cfg(test)]
mod tests;

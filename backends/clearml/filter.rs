//! Our predicates as conditions of `tasks.get_all_ex`, as far as that only widens: every task for which we would find
//! them true holds what is said here, and every row that comes back is checked again on our side.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::model::{ProjectId, Status};
use crate::query::{Comparison, Key, Literal, Predicate, Pushable, Test};

use super::paths;
use super::pattern;
use super::project_names::Index;
use super::series::Paths;
use super::users::Directory;
use super::wire::{PROPERTIES, status_words};
use super::wire_condition::{Bounds, Condition};
use super::wire_datasets::{ALIASES, USED};

/// Beyond this, the server's integers are finer than our numbers.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// What a filter's words stand for on the server.
pub(super) struct Words<'a> {
    pub(super) projects: &'a Index,
    /// Whether what lies in hidden projects may be meant by the name of the one that it is shown in.
    pub(super) named_hidden: bool,
    pub(super) users: &'a Directory,
    /// Our own id as a user.
    pub(super) me: Option<&'a str>,
    pub(super) paths: &'a Paths,
}

impl Words<'_> {
    /// What can be done with a predicate.
    pub(super) fn pushable(&self, predicate: &Predicate) -> Pushable {
        if self.push(&mut Condition::default(), predicate) { Pushable::Whole } else { Pushable::No }
    }

    /// Adds to the condition what the server can say of a predicate; false if that is nothing.
    pub(super) fn push(&self, condition: &mut Condition, predicate: &Predicate) -> bool {
        let test = &predicate.test;
        match &predicate.key {
            Key::Id => texts(test).is_some_and(|ids| condition.one_of("id", some(ids))),
            Key::Name => name(condition, test),
            Key::Status => status(condition, test),
            Key::User => self.user(condition, test),
            Key::Type => texts(test).is_some_and(|types| condition.one_of("type", some(types))),
            Key::Project => self.project(condition, test),
            Key::Parent => match test {
                Test::Null { negated: false } => condition.one_of("parent", [None]),
                _ => texts(test).is_some_and(|ids| condition.one_of("parent", some(ids))),
            },
            Key::Started => started(condition, test),
            Key::Ended => ended(condition, test),
            Key::Archived => archived(condition, test),
            Key::Commit => text_pattern(condition, "script.version_num", test),
            Key::Metric(name) => self.number(condition, name, "value", test),
            Key::Min(name) => self.number(condition, name, "min_value", test),
            Key::Max(name) => self.number(condition, name, "max_value", test),
            Key::Param(name) => self.paths.param(name).is_some_and(|path| param(condition, &path, test)),
            Key::Tag(name) => tag(condition, name, test),
            Key::Dataset => self.dataset(condition, test),
            Key::Duration | Key::Model | Key::Alias | Key::Stage | Key::Framework | Key::OfTrace(_) => false,
        }
    }

    fn user(&self, condition: &mut Condition, test: &Test) -> bool {
        let Some(literals) = listed(test) else { return false };
        let mut ids = BTreeSet::new();
        for literal in literals {
            match literal {
                // Who is gone has only an id.
                Literal::Text(name) => ids.extend(self.users.ids(name).chain([name.as_str()]).map(ToOwned::to_owned)),
                Literal::Me => match self.me {
                    Some(id) => drop(ids.insert(id.to_owned())),
                    None => return false,
                },
                _ => {}
            }
        }
        condition.one_of("user", ids.into_iter().map(Some))
    }

    fn project(&self, condition: &mut Condition, test: &Test) -> bool {
        let Some(names) = texts(test) else { return false };
        let ids = names.iter().flat_map(|name| self.projects.named(name));
        let shown = names.iter().filter(|_| self.named_hidden).flat_map(|name| self.projects.shown_as(name));
        condition.one_of("project", ids.chain(shown.map(ProjectId::as_str)).map(|id| Some(id.to_owned())))
    }

    /// An id stands among those that a task used or behind an alias, an alias by itself.
    fn dataset(&self, condition: &mut Condition, test: &Test) -> bool {
        let (Some(texts), Some(aliases)) = (texts(test), self.paths.aliases()) else { return false };
        let named = texts.iter().map(|text| paths::param(ALIASES, text)).collect::<Option<Vec<String>>>();
        let (Some(named), Some(pattern)) = (named, pattern::exactly(texts)) else { return false };
        let ids = aliases.iter().map(|path| format!("{path}.value"));
        let names = named.iter().map(|path| format!("{path}.name"));
        let fields: Vec<String> = std::iter::once(USED.to_owned()).chain(names).chain(ids).collect();
        condition.matching(&fields.iter().map(String::as_str).collect::<Vec<_>>(), pattern);
        true
    }

    fn number(&self, condition: &mut Condition, name: &str, field: &str, test: &Test) -> bool {
        let Some(series) = self.paths.metric(name) else { return false };
        let path = format!("{series}.{field}");
        let bounds = match test {
            Test::Null { negated: false } => {
                condition.number(&path, Bounds { missing: true, ..Bounds::default() });
                return true;
            }
            Test::Compare(comparison, Literal::Number(number)) => bounds(*comparison, *number),
            Test::In { values, negated: false } => around(values),
            _ => Bounds::default(),
        };
        if bounds != Bounds::default() {
            condition.number(&path, bounds);
        }
        // Without a lower bound the server would add the tasks without it.
        if bounds.low.is_none() {
            condition.reported(&series);
        }
        true
    }
}

/// The values of `=` and `in`.
fn listed(test: &Test) -> Option<&[Literal]> {
    match test {
        Test::Compare(Comparison::Equal, literal) => Some(std::slice::from_ref(literal)),
        Test::In { values, negated: false } => Some(values),
        _ => None,
    }
}

/// The texts of `=` and `in`.
fn texts(test: &Test) -> Option<Vec<&str>> {
    listed(test)?.iter().map(text).collect()
}

fn text(literal: &Literal) -> Option<&str> {
    match literal {
        Literal::Text(text) => Some(text),
        _ => None,
    }
}

fn some(texts: Vec<&str>) -> impl Iterator<Item = Option<String>> {
    texts.into_iter().map(|text| Some(text.to_owned()))
}

fn name(condition: &mut Condition, test: &Test) -> bool {
    let pattern = match test {
        Test::Like { pattern, ignore_case, negated: false } => pattern::like(pattern, *ignore_case),
        _ => texts(test).and_then(pattern::exactly),
    };
    pattern.map(|pattern| condition.name(pattern)).is_some()
}

/// Text somewhere in the document, whatever its case: any test of it needs that it is there.
fn text_pattern(condition: &mut Condition, path: &str, test: &Test) -> bool {
    let pattern = match test {
        Test::Null { negated: false } => return false,
        Test::Like { pattern, negated: false, .. } => pattern::like(pattern, true),
        _ => texts(test).and_then(pattern::exactly),
    };
    match pattern {
        Some(pattern) => condition.matching(&[path], pattern),
        None => condition.text_at(path.to_owned()),
    }
    true
}

fn status(condition: &mut Condition, test: &Test) -> bool {
    let said =
        |literals: &[Literal]| -> Vec<Status> { literals.iter().filter_map(text).filter_map(Status::parse).collect() };
    let (listed, negated) = match test {
        Test::Compare(Comparison::Equal, literal) => (said(std::slice::from_ref(literal)), false),
        Test::Compare(Comparison::NotEqual, literal) => (said(std::slice::from_ref(literal)), true),
        Test::In { values, negated } => (said(values), *negated),
        Test::Null { negated: true } => (Vec::new(), true),
        _ => return false,
    };
    let words = Status::ALL.into_iter().filter(|status| listed.contains(status) != negated).flat_map(status_words);
    condition.one_of("status", words.map(|word| Some((*word).to_owned())))
}

fn started(condition: &mut Condition, test: &Test) -> bool {
    match test {
        Test::Null { negated: false } => {
            condition.not_started();
            true
        }
        Test::Compare(comparison, Literal::Time(moment)) => match comparison {
            Comparison::Equal => condition.started(Some(*moment), Some(*moment)),
            Comparison::Less | Comparison::LessOrEqual => condition.started(None, Some(*moment)),
            Comparison::Greater | Comparison::GreaterOrEqual => condition.started(Some(*moment), None),
            Comparison::NotEqual => condition.started(None, None),
        },
        Test::Null { negated: true } | Test::Compare(..) | Test::In { .. } => condition.started(None, None),
        Test::Like { .. } => false,
    }
}

/// The end has no field of its own for all tasks; but the status has changed then, or later.
fn ended(condition: &mut Condition, test: &Test) -> bool {
    let Test::Compare(Comparison::Equal | Comparison::Greater | Comparison::GreaterOrEqual, Literal::Time(moment)) =
        test
    else {
        return false;
    };
    // Both are written down by the same request, not at the same moment.
    let earlier: Option<Timestamp> = moment.checked_sub(SignedDuration::from_secs(1)).ok();
    earlier.is_some_and(|moment| condition.changed_from(moment))
}

fn archived(condition: &mut Condition, test: &Test) -> bool {
    match test {
        Test::Compare(Comparison::Equal, Literal::Bool(wanted)) => condition.archived(*wanted),
        Test::Compare(Comparison::NotEqual, Literal::Bool(unwanted)) => condition.archived(!unwanted),
        _ => return false,
    }
    true
}

fn param(condition: &mut Condition, path: &str, test: &Test) -> bool {
    let value = format!("{path}.value");
    if let Test::Null { negated: false } = test {
        return condition.one_of(&value, [None]);
    }
    let exact = texts(test).filter(|texts| !texts.contains(&""));
    exact.is_some_and(|texts| condition.one_of(&value, some(texts))) || text_pattern(condition, &value, test)
}

/// A tag is a word, or a property with a value; a word has the empty one.
fn tag(condition: &mut Condition, name: &str, test: &Test) -> bool {
    if let Test::Null { negated: false } = test {
        // Twice, so that both are asked.
        let word = condition.not("tags", name);
        return condition.not("system_tags", name) && word;
    }
    let property = paths::param(PROPERTIES, name);
    if let (Some(path), Some(texts)) = (&property, texts(test))
        && !texts.contains(&"")
        && condition.one_of(&format!("{path}.value"), some(texts))
    {
        return true;
    }
    match (property, pattern::exactly([name])) {
        (Some(path), Some(pattern)) => {
            condition.matching(&["tags", "system_tags", &format!("{path}.name")], pattern);
            true
        }
        _ => false,
    }
}

/// The numbers that compare so, and perhaps one more.
fn bounds(comparison: Comparison, number: f64) -> Bounds {
    let low = Some(lower(number)).filter(|low| low.is_finite());
    let high = Some(upper(number)).filter(|high| high.is_finite());
    match comparison {
        Comparison::Equal => Bounds { low, high, missing: false },
        Comparison::Less | Comparison::LessOrEqual => Bounds { high, ..Bounds::default() },
        Comparison::Greater | Comparison::GreaterOrEqual => Bounds { low, ..Bounds::default() },
        Comparison::NotEqual => Bounds::default(),
    }
}

/// From the least to the greatest of these.
fn around(values: &[Literal]) -> Bounds {
    let each = values.iter().map(|literal| match literal {
        Literal::Number(number) => Some(bounds(Comparison::Equal, *number)),
        _ => None,
    });
    let Some(each) = each.collect::<Option<Vec<Bounds>>>() else { return Bounds::default() };
    let low = each.iter().map(|bounds| bounds.low).collect::<Option<Vec<f64>>>();
    let high = each.iter().map(|bounds| bounds.high).collect::<Option<Vec<f64>>>();
    Bounds {
        low: low.and_then(|low| low.into_iter().reduce(f64::min)),
        high: high.and_then(|high| high.into_iter().reduce(f64::max)),
        missing: false,
    }
}

/// JSON has no infinity: the largest number stands before it.
fn lower(number: f64) -> f64 {
    match number {
        f64::INFINITY => f64::MAX,
        number if number.abs() >= WHOLE => number.next_down(),
        number => number,
    }
}

fn upper(number: f64) -> f64 {
    match number {
        f64::NEG_INFINITY => f64::MIN,
        number if number.abs() >= WHOLE => number.next_up(),
        number => number,
    }
}

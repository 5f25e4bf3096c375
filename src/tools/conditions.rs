//! The arguments `query`, and `status`, `tags`, `since` and `until` as parts of the filter.

use backends::model::Status;
use backends::query::{Comparison, Filter, Key, Literal, Predicate, Test};
use jiff::Timestamp;

fn is(key: Key, comparison: Comparison, literal: Literal) -> Filter {
    Filter::Is(Predicate { key, test: Test::Compare(comparison, literal) })
}

/// A text to look for, if there is one.
pub(super) fn text(query: Option<&str>) -> Option<&str> {
    query.map(str::trim).filter(|text| !text.is_empty())
}

/// Any of these states.
pub(super) fn any_status(statuses: &[Status]) -> Option<Filter> {
    let values: Vec<Literal> = statuses.iter().map(|status| Literal::Text(status.word().to_owned())).collect();
    let test = Test::In { values, negated: false };
    (!statuses.is_empty()).then_some(Filter::Is(Predicate { key: Key::Status, test }))
}

/// A tag as people write it: a word, or `key=value`.
pub(super) fn tag(text: &str) -> (String, Option<String>) {
    match text.split_once('=') {
        Some((key, value)) => (key.trim().to_owned(), Some(value.trim().to_owned())),
        None => (text.trim().to_owned(), None),
    }
}

/// Each tag: a word that must be there, or `key=value`.
pub(super) fn all_tags(tags: &[String]) -> Vec<Filter> {
    let one = |(key, value)| match value {
        Some(value) => is(Key::Tag(key), Comparison::Equal, Literal::Text(value)),
        None => Filter::Is(Predicate { key: Key::Tag(key), test: Test::Null { negated: true } }),
    };
    tags.iter().map(|text| one(tag(text))).collect()
}

/// Active in the window: started before `until`; ended at or after `since`, started since, or still running.
///
/// `statuses` are those asked for, if any: a run that has ended cannot be still running, which saves a question.
pub(super) fn window(since: Option<Timestamp>, until: Option<Timestamp>, statuses: &[Status]) -> Vec<Filter> {
    let mut parts = Vec::new();
    if let Some(since) = since {
        let may_run = statuses.is_empty() || statuses.contains(&Status::Running);
        let mut any = vec![
            is(Key::Ended, Comparison::GreaterOrEqual, Literal::Time(since)),
            is(Key::Started, Comparison::GreaterOrEqual, Literal::Time(since)),
        ];
        any.extend(
            may_run.then(|| is(Key::Status, Comparison::Equal, Literal::Text(Status::Running.word().to_owned()))),
        );
        parts.push(Filter::Or(any));
    }
    parts.extend(until.map(|until| is(Key::Started, Comparison::Less, Literal::Time(until))));
    parts
}

//! Our filter in MLflow's grammar, as far as that only widens: every run that we would accept is accepted by what is
//! written here, and every run that comes back is checked again on our side.
//!
//! MLflow's grammar has no escape in literals, no `or`, `not`, `in` for text, and no `is null` before 3.x.

use jiff::Timestamp;

use crate::mlflow_model::text::plain_id;
use crate::mlflow_model::{self, datasets};
use crate::model::Status;
use crate::query::{Comparison, Key, Literal, Order, Predicate, Pushable, Test};

/// SQLite joins at most 64 tables, one for each clause on a metric, parameter or tag.
const CLAUSES: usize = 40;
/// The server parses at most about 4,900 ids in a list.
const IDS: usize = 1_000;

/// What MLflow calls the name of a dataset.
const DATASETS: &str = "datasets.name";
/// What MLflow calls the run's git commit and its parent.
const COMMIT: &str = mlflow_model::COMMIT;
const PARENT: &str = mlflow_model::PARENT;

/// The predicates that must all hold, as MLflow writes them; what cannot be said is left out.
pub(super) fn written(predicates: &[Predicate]) -> Vec<String> {
    let mut datasets = 0;
    let mut clauses: Vec<String> = Vec::new();
    for predicate in predicates {
        // Two clauses on datasets would have to hold for one and the same dataset.
        if predicate.key == Key::Dataset {
            datasets += 1;
            if datasets > 1 {
                continue;
            }
        }
        clauses.extend(clause(predicate));
        if clauses.len() >= CLAUSES {
            clauses.truncate(CLAUSES);
            break;
        }
    }
    clauses
}

/// Takes the clause on datasets out where the server can hold it only against what stands in the runs themselves, not
/// beside a clause on, or an order by, what it joins to them; tells whether it did.
pub(super) fn part_from_datasets(clauses: &mut Vec<String>, order: &Order) -> bool {
    let joined = |clause: &String| {
        ["metrics.", "params.", "tags.", "attributes.run_name "].iter().any(|entity| clause.starts_with(entity))
    };
    let ordered = order.keys().any(|key| matches!(key, Key::Metric(_) | Key::Param(_) | Key::Tag(_)));
    let before = clauses.len();
    if ordered || clauses.iter().any(joined) {
        clauses.retain(|clause| !clause.starts_with(DATASETS));
    }
    clauses.len() < before
}

/// The alternatives with those that ask for a user asked twice: a run without a user of its own has that of its tag.
/// Where they would be more than `room`, the user is left out. The second is whether they still say the same.
pub(super) fn by_user_or_tag(branches: Vec<Vec<Predicate>>, room: usize) -> (Vec<Vec<Predicate>>, bool) {
    let asks_user = |branch: &&Vec<Predicate>| branch.iter().any(|predicate| predicate.key == Key::User);
    let fits = branches.len() + branches.iter().filter(asks_user).count() <= room;
    let mut asked = Vec::new();
    let mut same = true;
    for branch in branches {
        if !asks_user(&&branch) {
            asked.push(branch);
        } else if fits {
            let of_tag = branch.iter().map(|predicate| match predicate.key {
                Key::User => Predicate { key: Key::Tag(mlflow_model::USER.to_owned()), test: predicate.test.clone() },
                _ => predicate.clone(),
            });
            asked.push(of_tag.collect());
            asked.push(branch);
        } else {
            same = false;
            asked.push(branch.into_iter().filter(|predicate| predicate.key != Key::User).collect());
        }
    }
    (asked, same)
}

/// What can be done with a predicate: lists of text become alternatives, for MLflow has none.
pub(super) fn pushable(predicate: &Predicate) -> Pushable {
    match (&predicate.key, &predicate.test) {
        (Key::Status | Key::Id, _) => Pushable::Whole,
        (_, Test::In { .. }) => Pushable::ByValue,
        _ if clause(predicate).is_empty() => Pushable::No,
        _ => Pushable::Whole,
    }
}

/// One predicate; empty if MLflow cannot say it.
pub(super) fn clause(predicate: &Predicate) -> Vec<String> {
    let test = &predicate.test;
    let one = match &predicate.key {
        Key::Status => return status(test),
        Key::Id => identifier(test),
        Key::Name => text("attributes.run_name", test),
        Key::User => text("attributes.user_id", test),
        Key::Started => time("attributes.start_time", test),
        Key::Ended => time("attributes.end_time", test),
        Key::Metric(key) => entity("metrics", key).and_then(|entity| number(&entity, test)),
        Key::Param(key) => entity("params", key).map(|entity| present(&entity, test)),
        Key::Tag(key) => entity("tags", key).map(|entity| present(&entity, test)),
        Key::Commit => entity("tags", COMMIT).map(|entity| present(&entity, test)),
        Key::Parent => entity("tags", PARENT).map(|entity| present(&entity, test)),
        Key::Dataset => dataset(test),
        Key::Type
        | Key::Project
        | Key::Duration
        | Key::Archived
        | Key::Model
        | Key::Min(_)
        | Key::Max(_)
        | Key::Alias
        | Key::Stage
        | Key::Framework
        | Key::OfTrace(_) => None,
    };
    one.into_iter().filter(|clause| !clause.is_empty()).collect()
}

/// `entity ILIKE '%text%'`, or in a wider sense.
pub(super) fn contains(entity: &str, text: &str) -> String {
    like(entity, &format!("%{text}%"), true)
}

/// Whether [`clause`] says all of a predicate, so that nearly every row that comes back will be accepted.
pub(super) fn is_exact(predicate: &Predicate) -> bool {
    match (&predicate.key, &predicate.test) {
        (Key::Status, Test::Compare(..) | Test::In { .. }) | (Key::Id, Test::In { .. }) => true,
        (Key::Metric(_), Test::Compare(_, Literal::Number(_))) => true,
        (Key::Started | Key::Ended, Test::Compare(_, Literal::Time(_))) => true,
        (
            Key::Name | Key::User | Key::Tag(_) | Key::Param(_) | Key::Commit | Key::Parent,
            Test::Compare(Comparison::Equal, Literal::Text(value)),
        ) => quoted(value).is_some(),
        _ => false,
    }
}

/// `entity LIKE 'text%'`: for a text without signs that mean something in a pattern, or in a wider sense.
pub(super) fn begins_with(entity: &str, text: &str) -> String {
    format!("{entity} LIKE '{}%'", pattern(text))
}

/// `` metrics.`key` ``, or nothing for a key that MLflow cannot hold.
pub(super) fn entity(entity: &str, key: &str) -> Option<String> {
    let legal = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | ':' | '/');
    (!key.is_empty() && key.chars().all(legal)).then(|| format!("{entity}.`{key}`"))
}

/// A key of text. Other than in ours, `x != v` and the rest never match a run without the key: the same there.
pub(super) fn present(entity: &str, test: &Test) -> String {
    match test {
        Test::Null { negated: false } => String::new(),
        // `is not null` is refused before 3.x; `like '%'` says the same everywhere.
        _ => text(entity, test).unwrap_or_else(|| format!("{entity} LIKE '%'")),
    }
}

/// A key of text that every row has; `None` if MLflow cannot say it.
pub(super) fn text(entity: &str, test: &Test) -> Option<String> {
    match test {
        Test::Compare(Comparison::Equal, Literal::Text(value)) => Some(equal(entity, value)),
        Test::Compare(Comparison::NotEqual, Literal::Text(value)) => {
            quoted(value).map(|quoted| format!("{entity} != {quoted}"))
        }
        Test::Like { pattern, ignore_case, negated: false } => Some(like(entity, pattern, *ignore_case)),
        _ => None,
    }
}

/// `entity = 'value'`, or in a wider sense.
pub(super) fn equal(entity: &str, value: &str) -> String {
    match quoted(value) {
        Some(quoted) => format!("{entity} = {quoted}"),
        // Whatever cannot be quoted is any one character here, and compared exactly on our side.
        None => format!("{entity} LIKE '{}'", pattern(value)),
    }
}

/// A literal that the server reads as exactly this text, if there is one: it strips the outer quotes, no more.
pub(super) fn quoted(value: &str) -> Option<String> {
    if value.ends_with('\\') || value.contains('\0') {
        None
    } else if !value.contains('\'') {
        Some(format!("'{value}'"))
    } else if !value.contains('"') {
        Some(format!("\"{value}\""))
    } else {
        None
    }
}

/// A pattern that surely quotes: quotes and backslashes (an escape on some databases) stand for any one character.
fn pattern(value: &str) -> String {
    value.replace(['\'', '\\', '\0'], "_")
}

fn like(entity: &str, wanted: &str, ignore_case: bool) -> String {
    let plain = pattern(wanted);
    if !ignore_case {
        return format!("{entity} LIKE '{plain}'");
    }
    // SQLite folds the case of ASCII letters alone; other letters stand for any text. `K` (Kelvin) and `İ` are the two
    // beyond ASCII that are `k` and `i` in lower case.
    let any = |c: char| match c {
        'k' | 'K' | 'i' | 'I' => '_',
        c if c.is_ascii() => c,
        _ => '%',
    };
    let ascii: String = plain.chars().map(any).collect();
    format!("{entity} ILIKE '{ascii}'")
}

fn number(entity: &str, test: &Test) -> Option<String> {
    match test {
        Test::Compare(comparison, Literal::Number(value)) => Some(match (comparison, value.is_infinite()) {
            // ±∞ is kept as the largest number, or as itself in a file store, which lies beyond that.
            (Comparison::Equal, true) if *value > 0.0 => format!("{entity} >= {}", digits(*value)),
            (Comparison::Equal, true) => format!("{entity} <= {}", digits(*value)),
            (Comparison::LessOrEqual, true) if *value > 0.0 => return None,
            (Comparison::GreaterOrEqual, true) if *value < 0.0 => return None,
            _ => format!("{entity} {} {}", sign(*comparison), digits(*value)),
        }),
        // There is no way to ask for a metric's presence that NaN would pass everywhere.
        _ => None,
    }
}

/// A number as MLflow reads it: no `inf`, no leading `+`.
pub(super) fn digits(value: f64) -> String {
    format!("{:?}", value.clamp(f64::MIN, f64::MAX))
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

/// Times are compared in whole milliseconds: rounded so that nothing is lost.
fn time(entity: &str, test: &Test) -> Option<String> {
    let Test::Compare(comparison, Literal::Time(moment)) = test else { return None };
    let below = moment.as_millisecond();
    let whole = Timestamp::from_millisecond(below).is_ok_and(|rounded| rounded == *moment);
    match comparison {
        Comparison::Equal | Comparison::NotEqual if !whole => None,
        Comparison::Less | Comparison::LessOrEqual if !whole => {
            Some(format!("{entity} <= {}", below.saturating_add(1)))
        }
        Comparison::Greater | Comparison::GreaterOrEqual if !whole => Some(format!("{entity} >= {below}")),
        _ => Some(format!("{entity} {} {below}", sign(*comparison))),
    }
}

/// MLflow knows only `=` and `!=` for a status, so a set of them is said by what it excludes.
fn status(test: &Test) -> Vec<String> {
    let words = |literals: &[Literal]| -> Vec<Status> {
        literals.iter().filter_map(literal_text).filter_map(Status::parse).collect()
    };
    let (listed, negated) = match test {
        Test::Compare(Comparison::Equal, literal) => (words(std::slice::from_ref(literal)), false),
        Test::Compare(Comparison::NotEqual, literal) => (words(std::slice::from_ref(literal)), true),
        Test::In { values, negated } => (words(values), *negated),
        _ => return Vec::new(),
    };
    if let ([only], false) = (listed.as_slice(), negated)
        && let Some(word) = mlflow_model::status_word(*only)
    {
        return vec![format!("attributes.status = '{word}'")];
    }
    Status::ALL
        .into_iter()
        .filter(|status| listed.contains(status) == negated)
        .filter_map(mlflow_model::status_word)
        .map(|word| format!("attributes.status != '{word}'"))
        .collect()
}

fn literal_text(literal: &Literal) -> Option<&str> {
    match literal {
        Literal::Text(text) => Some(text),
        _ => None,
    }
}

fn identifier(test: &Test) -> Option<String> {
    match test {
        Test::In { values, negated } if values.len() <= IDS => {
            // No run has any other id, so that those may be left out.
            let ids: Vec<&str> = values.iter().filter_map(literal_text).filter(|id| plain_id(id)).collect();
            (!ids.is_empty()).then(|| ids_in(&ids, *negated))
        }
        _ => text("attributes.run_id", test),
    }
}

/// `attributes.run_id IN ('…', …)`.
pub(super) fn ids_in(ids: &[&str], negated: bool) -> String {
    let list = ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(",");
    format!("attributes.run_id {}IN ({list})", if negated { "NOT " } else { "" })
}

/// `datasets.name IN ('…', …)`, or in a wider sense, if one of the names cannot be said there.
pub(super) fn datasets_in(names: &[&str]) -> String {
    let plain = |name: &&str| !name.contains(['\'', '"', '\\', '\0']);
    match names {
        [only] if plain(only) => format!("{DATASETS} = '{only}'"),
        [only] => format!("{DATASETS} LIKE '{}'", pattern(&only.replace('"', "_"))),
        _ if !names.iter().all(plain) => format!("{DATASETS} LIKE '%'"),
        several => {
            let list = several.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(",");
            format!("{DATASETS} IN ({list})")
        }
    }
}

/// What is written `name@digest` is looked for by its name; the digest is compared on our side.
fn dataset(test: &Test) -> Option<String> {
    match test {
        Test::Compare(Comparison::Equal, Literal::Text(value)) if value.contains('@') => {
            let names = datasets::names(std::slice::from_ref(value));
            Some(datasets_in(&names.iter().map(String::as_str).collect::<Vec<_>>()))
        }
        Test::Compare(Comparison::Equal, _) | Test::Like { negated: false, .. } => text(DATASETS, test),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

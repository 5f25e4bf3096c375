//! How an order is put to the server, and how much of it the server makes as we do.

use crate::model::{Metric, Run};
use crate::query::{Direction, Key, Order};

use super::merge::Served;
use super::series::Paths;
use super::wire_condition::{Bounds, Condition};

/// A part of an order that is read before the next.
pub(super) struct Stage {
    /// What is asked, side by side.
    pub(super) conditions: Vec<Condition>,
    pub(super) server_order: Vec<String>,
    pub(super) served: Served,
    /// The metric whose value must be finite (`true`) or must not be (`false`) in this stage.
    finite: Option<(Key, bool)>,
    /// The conditions select little else.
    pub(super) takes_most: bool,
}

impl Stage {
    /// Whether a run is told in this stage.
    pub(super) fn takes(&self, run: &Run) -> bool {
        self.finite.as_ref().is_none_or(|(key, finite)| is_finite(run, key) == *finite)
    }
}

/// The stages of an order. What a metric does not order, because its value is missing or not finite, comes last: a stage
/// of its own.
pub(super) fn stages(order: &Order, conditions: &[Condition], paths: &Paths) -> Vec<Stage> {
    let keys = distinct(order);
    let numbered = keys.split_first().and_then(|(first, rest)| Some((first, rest, number(&first.0, paths)?)));
    let Some((first, rest, path)) = numbered else {
        return vec![Stage { takes_most: true, ..stage(&keys, conditions.to_vec()) }];
    };
    let finite = conditions.iter().filter_map(|condition| {
        within(condition, &path, Bounds { low: Some(f64::MIN), high: Some(f64::MAX), missing: false })
    });
    let others = conditions.iter().filter_map(|condition| match condition.bounds(&path) {
        // What is asked of its value already leaves the one infinity or the other.
        Bounds { low: Some(_), high: Some(_), .. } => None,
        Bounds { low: Some(_), .. } => within(condition, &path, Bounds { low: Some(f64::MAX), ..Bounds::default() }),
        Bounds { high: Some(_), .. } => within(condition, &path, Bounds { high: Some(f64::MIN), ..Bounds::default() }),
        Bounds { .. } => Some(condition.clone()),
    });
    let last = stage(rest, others.collect());
    vec![
        Stage {
            conditions: finite.collect(),
            server_order: vec![directed(&path, first.1)],
            served: Served::Front(Order(vec![first.clone()])),
            finite: Some((first.0.clone(), true)),
            takes_most: true,
        },
        Stage { finite: Some((first.0.clone(), false)), takes_most: false, ..last },
    ]
}

/// Without keys that were there before: they decide nothing.
fn distinct(order: &Order) -> Vec<(Key, Direction)> {
    let mut keys: Vec<(Key, Direction)> = Vec::new();
    for (key, direction) in &order.0 {
        if keys.iter().all(|(known, _)| known != key) {
            keys.push((key.clone(), *direction));
        }
    }
    keys
}

fn within(condition: &Condition, path: &str, bounds: Bounds) -> Option<Condition> {
    let mut condition = condition.clone();
    condition.number(path, bounds);
    (!condition.is_never()).then_some(condition)
}

/// One stage in the order of these keys, as far as the server makes it.
fn stage(keys: &[(Key, Direction)], conditions: Vec<Condition>) -> Stage {
    // By the rules of a language `a9` comes before `a10`, in ids too.
    let collated = conditions.iter().any(Condition::is_collated);
    let front = |keys: &[(Key, Direction)]| Served::Front(Order(keys.to_vec()));
    let by_id = |direction| {
        let served = if collated { front(&[]) } else { Served::Exactly };
        (directed("id", direction), served)
    };
    let (server_order, served) = match keys {
        [] => by_id(Direction::Ascending),
        [(Key::Id, direction), ..] => by_id(*direction),
        [first, rest @ ..] => {
            let field = match first.0 {
                Key::Started => Some("started"),
                Key::Name if !collated => Some("name"),
                // Params and tags are text there, numbers here; of the rest the server has another notion.
                _ => None,
            };
            let ids_follow = matches!(rest, [] | [(Key::Id, Direction::Ascending), ..]);
            match field {
                Some(field) if ids_follow && !collated => (directed(field, first.1), Served::Exactly),
                Some(field) => (directed(field, first.1), front(std::slice::from_ref(first))),
                None => (directed("id", Direction::Ascending), front(&[])),
            }
        }
    };
    Stage { conditions, server_order: vec![server_order], served, finite: None, takes_most: true }
}

fn directed(field: &str, direction: Direction) -> String {
    match direction {
        Direction::Ascending => field.to_owned(),
        Direction::Descending => format!("-{field}"),
    }
}

/// Where the number lies that a key orders by.
fn number(key: &Key, paths: &Paths) -> Option<String> {
    let (name, field) = match key {
        Key::Metric(name) => (name, "value"),
        Key::Min(name) => (name, "min_value"),
        Key::Max(name) => (name, "max_value"),
        _ => return None,
    };
    Some(format!("{}.{field}", paths.metric(name)?))
}

fn is_finite(run: &Run, key: &Key) -> bool {
    let of = |name: &String, value: fn(&Metric) -> Option<f64>| run.metrics.get(name).and_then(value);
    let value = match key {
        Key::Metric(name) => of(name, |metric| Some(metric.value)),
        Key::Min(name) => of(name, |metric| Some(metric.min?.0)),
        Key::Max(name) => of(name, |metric| Some(metric.max?.0)),
        _ => None,
    };
    value.is_some_and(f64::is_finite)
}

//! What a server may hold, and what may be asked of it: few values, so that they meet, and those that hurt.

use std::collections::BTreeMap;

use backends::query::{Comparison, Direction, Filter, Key, Literal, Order, Predicate, Test, parse_time};
use jiff::{SignedDuration, Timestamp};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::mlflow_double::{Dataset, Experiment, Store, StoredRun, Version};

/// Values of params and tags: quotes of both kinds, wildcards, numbers, truths, letters with and without case.
const TEXTS: &[&str] = &[
    "a",
    "A",
    "ab",
    "",
    " ",
    "it's",
    "say \"a\"",
    "it's \"a\"",
    "a\\",
    "'",
    "a\\'b",
    "50%",
    "a_b",
    "é",
    "É",
    "🙂",
    "a\nb",
    "1",
    "1.0",
    "9",
    "10",
    "true",
    "nan",
    "inf",
    "; --",
    "' AND '",
];
/// Names of runs.
const NAMES: &[&str] = &[
    "resnet",
    "ResNet",
    "resnet 50%",
    "res_net",
    "it's",
    "it's \"a\"",
    "back\\",
    "é-run",
    "É-run",
    "🙂 a",
    "a\nb",
    "abcdef",
    "71f3aa",
    "\u{212a}elvin",
    "\u{130}stanbul",
];
/// Keys of metrics, params and tags: each needs its quotes for another reason.
const KEYS: &[&str] = &["loss", "val loss", "val/loss", "a.b", "end ", "1", "in", "é"];
/// Tags that mean something.
const TAGS: &[&str] = &["invocation_id", "golden", "mlflow.user", "mlflow.source.git.commit", "mlflow.note.content"];
const METRICS: &[f64] = &[0.0, -0.0, 1.0, -1.0, 0.5, 1e-7, 2e300, f64::NAN, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
const USERS: &[&str] = &["ada", "Ada", "it's", ""];
const DATASETS: &[&str] = &["squad", "Squad", "it's"];
/// Names of experiments; the second is also an id.
const PROJECTS: &[&str] = &["vision", "2", "vision/resnet", "Vision", "it's \"a\"", "nlp\u{212a}"];
const INVOCATIONS: &[&str] = &["71f3aa", "inv 1", "it's", "abcdef"];
const STATUSES: &[&str] = &["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];
/// Beginnings of ids.
const PREFIXES: &[&str] = &["abcdef", "abcde0", "71f3aa"];

/// When all of it takes place.
pub(crate) fn now() -> Timestamp {
    "2026-11-20T09:30:00Z".parse().unwrap()
}

fn text(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(of).prop_map(str::to_owned)
}

pub(crate) fn versions() -> impl Strategy<Value = Version> {
    select(vec![Version::V2_15, Version::V3_17])
}

/// Up to 25 runs in up to five experiments, some of them deleted.
pub(crate) fn stores() -> impl Strategy<Value = Store> {
    let experiments = (subsequence(PROJECTS, 1..=5), vec(prop::bool::weighted(0.2), 5)).prop_map(|(names, deleted)| {
        let one = |((id, name), deleted): ((u64, &str), bool)| Experiment {
            deleted,
            updated: 1_763_000_000_000 + 1_000 * i64::try_from(id % 2).unwrap(),
            ..Experiment::new(id, name)
        };
        (1_u64..).zip(names).zip(deleted).map(one).collect::<Vec<_>>()
    });
    (experiments, vec(runs(), 0..=25)).prop_map(|(experiments, mut runs)| {
        for (number, run) in runs.iter_mut().enumerate() {
            run.id = format!("{}{:026x}", run.id, number * 7 % 31);
            let home = &experiments[usize::try_from(run.experiment).unwrap() % experiments.len()];
            run.experiment = home.id;
            // Who deletes an experiment deletes its runs.
            run.deleted |= home.deleted;
        }
        link_parents(&mut runs);
        Store { experiments, runs, versions: Vec::new() }
    })
}

/// A run whose id is only a prefix yet.
fn runs() -> impl Strategy<Value = StoredRun> {
    let head = (select(PREFIXES), 0..5_u64, text(NAMES), text(USERS), select(STATUSES));
    let times = (0..4_i64, option::of(0..3_i64), prop::bool::weighted(0.15));
    let metrics = btree_map(text(KEYS), select(METRICS), 0..4);
    let params = btree_map(text(KEYS), text(TEXTS), 0..4);
    let tags = btree_map(text(KEYS), text(TEXTS), 0..3);
    let special = (
        option::of(text(INVOCATIONS)),
        option::of(text(INVOCATIONS)),
        option::of(text(USERS)),
        option::of(text(TEXTS)),
        option::of(text(TEXTS)),
        option::of(Just(String::new())),
    );
    let datasets = vec(text(DATASETS), 0..3);
    (head, times, metrics, params, tags, special, datasets).prop_map(
        |(
            (prefix, experiment, name, user_id, status),
            (start, length, deleted),
            metrics,
            mut params,
            mut tags,
            special,
            datasets,
        )| {
            let start = now().as_millisecond() - 1_000 * start;
            let (tagged, param, user, note, commit, parent) = special;
            let set = [
                ("invocation_id", tagged),
                ("mlflow.user", user),
                ("mlflow.note.content", note),
                ("mlflow.source.git.commit", commit),
                ("mlflow.parentRunId", parent),
            ];
            tags.extend(set.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
            params.extend(param.map(|id| ("invocation_id".to_owned(), id)));
            StoredRun {
                id: prefix.to_owned(),
                experiment,
                name,
                user_id,
                status,
                start,
                end: length.map(|length| start + 1_000 * length),
                deleted,
                metrics,
                params,
                tags,
                datasets: datasets.into_iter().map(|name| Dataset { name, context: "training".to_owned() }).collect(),
                ..StoredRun::default()
            }
        },
    )
}

/// Children name the first run as their parent.
fn link_parents(runs: &mut [StoredRun]) {
    let Some(parent) = runs.first().map(|run| run.id.clone()) else { return };
    for run in runs {
        if let Some(value) = run.tags.get_mut("mlflow.parentRunId") {
            value.clone_from(&parent);
        }
    }
}

/// A text that a person may type: a name or a part of one, an id or its beginning, an invocation id.
pub(crate) fn typed(store: &Store) -> impl Strategy<Value = String> + use<> {
    let mut texts: Vec<String> = NAMES.iter().chain(INVOCATIONS).map(|text| (*text).to_owned()).collect();
    texts.extend(["k", "i", "RES", "É", "é", "%", "_", "\"", "\\", "abcde", "nothing like it"].map(str::to_owned));
    for run in &store.runs {
        texts.extend([6, 28, 31, 32].map(|length| run.id[..length].to_owned()));
    }
    select(texts)
}

fn keys() -> impl Strategy<Value = Key> {
    let plain = vec![
        Key::Id,
        Key::Name,
        Key::Status,
        Key::User,
        Key::Type,
        Key::Project,
        Key::Parent,
        Key::Started,
        Key::Ended,
        Key::Duration,
        Key::Archived,
        Key::Commit,
        Key::Dataset,
        Key::Model,
    ];
    prop_oneof![
        5 => select(plain),
        2 => select(vec![Key::User, Key::Name, Key::Dataset]),
        4 => text(KEYS).prop_map(Key::Metric),
        4 => text(KEYS).prop_map(Key::Param),
        2 => text(KEYS).prop_map(Key::Tag),
        2 => text(TAGS).prop_map(Key::Tag),
        1 => Just(Key::Tag("mlflow.runName".to_owned())),
        1 => Just(Key::Param("not legal (".to_owned())),
    ]
}

/// Whether an order between values can be asked for with `<`.
fn has_order(key: &Key) -> bool {
    matches!(key, Key::Metric(_) | Key::Param(_) | Key::Tag(_) | Key::Started | Key::Ended | Key::Duration | Key::Name)
}

fn literals(key: &Key, store: &Store) -> BoxedStrategy<Literal> {
    let texts = |of: &'static [&'static str]| text(of).prop_map(Literal::Text).boxed();
    let ids: Vec<String> =
        store.runs.iter().map(|run| run.id.clone()).chain(["no'id".to_owned(), "0".repeat(32)]).collect();
    let numbers = || select(METRICS.iter().copied().filter(|number| !number.is_nan()).collect::<Vec<_>>());
    match key {
        Key::Id | Key::Parent => select(ids).prop_map(Literal::Text).boxed(),
        Key::Name => texts(NAMES),
        Key::User => prop_oneof![3 => texts(USERS), 1 => Just(Literal::Me)].boxed(),
        Key::Status => texts(&["created", "queued", "running", "finished", "failed", "stopped"]),
        Key::Project => prop_oneof![texts(PROJECTS), texts(&["1", "3", "nope"])].boxed(),
        Key::Dataset => texts(DATASETS),
        Key::Started | Key::Ended => {
            let moments = [
                "2026-11-20T09:29:58Z",
                "2026-11-20T09:29:59.0005Z",
                "2026-11-20T09:30:00Z",
                "2026-11-20T09:30:01Z",
                "7d",
            ];
            select(moments.to_vec()).prop_map(|moment| Literal::Time(parse_time(moment, now()).unwrap())).boxed()
        }
        Key::Duration => (0..3_i64).prop_map(|seconds| Literal::Duration(SignedDuration::from_secs(seconds))).boxed(),
        Key::Archived => any::<bool>().prop_map(Literal::Bool).boxed(),
        Key::Metric(_) => numbers().prop_map(Literal::Number).boxed(),
        Key::Param(_) | Key::Tag(_) => prop_oneof![
            4 => texts(TEXTS),
            1 => texts(INVOCATIONS),
            1 => select(vec![1.0, 9.0, 10.0]).prop_map(Literal::Number),
            1 => any::<bool>().prop_map(Literal::Bool),
        ]
        .boxed(),
        _ => texts(TEXTS),
    }
}

fn has_pattern(key: &Key) -> bool {
    !matches!(key, Key::Metric(_) | Key::Status | Key::Started | Key::Ended | Key::Duration | Key::Archived)
}

fn predicates(store: &Store) -> impl Strategy<Value = Predicate> + use<> {
    let store = store.clone();
    keys().prop_flat_map(move |key| {
        let mut comparisons = vec![Comparison::Equal, Comparison::Equal, Comparison::NotEqual];
        if has_order(&key) {
            comparisons.extend([
                Comparison::Less,
                Comparison::LessOrEqual,
                Comparison::Greater,
                Comparison::GreaterOrEqual,
            ]);
        }
        let compare = (select(comparisons), literals(&key, &store)).prop_map(|(comparison, literal)| match literal {
            // Truths have no order.
            Literal::Bool(_) => Test::Compare(Comparison::NotEqual, literal),
            _ => Test::Compare(comparison, literal),
        });
        let list = (vec(literals(&key, &store), 1..4), any::<bool>())
            .prop_map(|(values, negated)| Test::In { values, negated });
        let null = any::<bool>().prop_map(|negated| Test::Null { negated });
        let like = (patterns(), any::<bool>(), any::<bool>()).prop_map(|(pattern, ignore_case, negated)| Test::Like {
            pattern,
            ignore_case,
            negated,
        });
        let tests = match has_pattern(&key) {
            true => prop_oneof![5 => compare, 2 => list, 1 => null, 3 => like].boxed(),
            false => prop_oneof![5 => compare, 2 => list, 1 => null].boxed(),
        };
        tests.prop_map(move |test| Predicate { key: key.clone(), test })
    })
}

fn patterns() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "%", "%", "_", "a", "A", "res", "RES", "it's", "\"", "\\", "é", "É", "k", "K", "i", "🙂", "\n", "abcdef", "1",
    ]);
    vec(pieces, 1..4).prop_map(|pieces| pieces.concat())
}

/// Filters over the things in the store, as deep as people write them.
pub(crate) fn filters(store: &Store) -> impl Strategy<Value = Filter> + use<> {
    predicates(store).prop_map(Filter::Is).prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            2 => vec(inner.clone(), 2..4).prop_map(Filter::all),
            2 => vec(inner.clone(), 2..4).prop_map(Filter::any),
            1 => inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

/// Orders by up to three keys, now and then by one of them twice.
pub(crate) fn orders() -> impl Strategy<Value = Order> {
    let keys = prop_oneof![
        3 => text(KEYS).prop_map(Key::Metric),
        1 => text(KEYS).prop_map(Key::Param),
        1 => text(KEYS).prop_map(Key::Tag),
        3 => select(vec![Key::Started, Key::Ended, Key::Name, Key::User, Key::Id, Key::Status, Key::Duration, Key::Project, Key::Archived, Key::Dataset]),
    ];
    vec((keys, select(vec![Direction::Ascending, Direction::Descending])), 1..4).prop_map(Order)
}

/// How often each name occurs.
pub(crate) fn tally<T: Into<String>>(names: impl IntoIterator<Item = T>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name.into()).or_default() += 1;
    }
    counts
}

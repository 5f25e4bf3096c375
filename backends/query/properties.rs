//! Laws of the filter language over generated filters and runs.

use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::samples::{metric, run};
use super::shape::{self, Shape};
use super::{Comparison, Direction, Filter, Key, Literal, Order, Predicate, Pushable, Test};
use crate::model::{DatasetInput, ModelReference, Run, Status};

fn now() -> Timestamp {
    "2026-11-20T09:30:00Z".parse().unwrap()
}

/// Text that tries to break out of its quotes.
fn hostile_text() -> BoxedStrategy<String> {
    let piece = prop_oneof![
        select(vec![
            "'", "''", "\"", "\\", "\\'", "`", "``", "%", "_", "\n", "\0", "🙂", "ß", ".", " ", "or", ")", "--", ";"
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat()).boxed()
}

/// A few texts, so that filters and runs meet.
fn few_texts() -> BoxedStrategy<String> {
    select(vec!["a", "b", "ab", "1", "1.0", "10", "true", "nan", "inf", ""]).prop_map(str::to_owned).boxed()
}

fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        select(vec![0.0, 1.0, -1.0, 10.0, 0.1, f64::INFINITY, f64::NEG_INFINITY]),
        any::<f64>()
            .prop_filter("±1.797e308 is read as ±∞, NaN not at all", |n| !n.is_nan() && n.abs() != f64::MAX),
    ]
}

fn moments() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        (0..4_i64).prop_map(|hours| now() - SignedDuration::from_hours(hours)),
        (Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond())
            .prop_map(|nanoseconds| Timestamp::from_nanosecond(nanoseconds).unwrap()),
    ]
}

fn keys(text: &BoxedStrategy<String>) -> BoxedStrategy<Key> {
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
        Key::Alias,
        Key::Stage,
        Key::Framework,
    ];
    prop_oneof![
        select(plain),
        text.clone().prop_map(Key::Metric),
        text.clone().prop_map(Key::Min),
        text.clone().prop_map(Key::Max),
        text.clone().prop_map(Key::Param),
        text.clone().prop_map(Key::Tag),
    ]
    .boxed()
}

/// Literals that the parser makes for this key.
fn literals(key: &Key, text: &BoxedStrategy<String>) -> BoxedStrategy<Literal> {
    let texts = text.clone().prop_map(Literal::Text);
    match key.shape() {
        Shape::Number => numbers().prop_map(Literal::Number).boxed(),
        Shape::Free => {
            prop_oneof![texts, numbers().prop_map(Literal::Number), any::<bool>().prop_map(Literal::Bool)].boxed()
        }
        Shape::Text if *key == Key::User => prop_oneof![texts, Just(Literal::Me)].boxed(),
        Shape::Text => texts.boxed(),
        Shape::Status => {
            select(Status::ALL.to_vec()).prop_map(|status| Literal::Text(status.word().to_owned())).boxed()
        }
        Shape::Time => moments().prop_map(Literal::Time).boxed(),
        Shape::Duration => {
            let lengths = (any::<i64>(), 0..1_000_000_000_i32).prop_map(|(s, ns)| SignedDuration::new(s / 2, ns));
            prop_oneof![lengths, (0..4_i64).prop_map(SignedDuration::from_hours)].prop_map(Literal::Duration).boxed()
        }
        Shape::Bool => any::<bool>().prop_map(Literal::Bool).boxed(),
    }
}

fn tests(key: &Key, text: &BoxedStrategy<String>) -> BoxedStrategy<Test> {
    let comparisons = vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ];
    let of = key.clone();
    let compare =
        (select(comparisons), literals(key, text)).prop_map(move |(comparison, literal)| {
            match shape::allowed(&of, comparison, &literal) {
                Ok(()) => Test::Compare(comparison, literal),
                Err(_) => Test::Compare(Comparison::NotEqual, literal),
            }
        });
    let list =
        (vec(literals(key, text), 1..4), any::<bool>()).prop_map(|(values, negated)| Test::In { values, negated });
    let null = any::<bool>().prop_map(|negated| Test::Null { negated });
    if shape::allowed_like(key).is_err() {
        return prop_oneof![4 => compare, 2 => list, 1 => null].boxed();
    }
    let like = (text.clone(), any::<bool>(), any::<bool>()).prop_map(|(pattern, ignore_case, negated)| Test::Like {
        pattern,
        ignore_case,
        negated,
    });
    prop_oneof![4 => compare, 2 => list, 1 => null, 2 => like].boxed()
}

/// Filters in the shape that the parser gives them.
fn filters(text: BoxedStrategy<String>) -> impl Strategy<Value = Filter> {
    let predicate = keys(&text).prop_flat_map(move |key| {
        tests(&key, &text).prop_map(move |test| Filter::Is(Predicate { key: key.clone(), test }))
    });
    predicate.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Filter::all),
            vec(inner.clone(), 0..4).prop_map(Filter::any),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

prop_compose! {
    fn runs()(
        texts in vec(proptest::option::of(few_texts()), 10),
        named in vec((few_texts(), few_texts(), prop_oneof![numbers(), Just(f64::NAN)]), 0..6),
        status in proptest::option::of(select(Status::ALL.to_vec())),
        started in proptest::option::of(moments()),
        ended in proptest::option::of(moments()),
        archived in any::<bool>(),
    ) -> Run {
        let text = |index: usize| texts[index].clone();
        let mut run = run(&text(0).unwrap_or_default());
        run.name = text(1).unwrap_or_default();
        run.user = text(2);
        run.kind = text(3);
        run.code.commit = text(4);
        run.project.name = text(5).unwrap_or_default();
        run.datasets = [text(6), text(7)].into_iter().flatten()
            .map(|name| DatasetInput { name, ..DatasetInput::default() }).collect();
        run.models = [text(8), text(9)].into_iter().flatten()
            .map(|id| ModelReference { id, name: text(1), output: true, ..ModelReference::default() }).collect();
        for (name, value, number) in named {
            run.metrics.insert(name.clone(), metric(number));
            run.params.insert(name.clone(), value.clone());
            run.tags.insert(name, value);
        }
        run.status = status;
        run.started = started;
        run.ended = ended;
        run.archived = archived;
        run
    }
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

/// How true: unknown lies between.
fn strength(value: Option<bool>) -> u8 {
    value.map_or(1, |holds| u8::from(holds) * 2)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_written_filter_reads_back_as_itself(filter in filters(hostile_text())) {
        let text = filter.to_string();

        prop_assert_eq!(Filter::parse(&text, now()), Ok(filter), "{}", text);
    }

    #[test]
    fn a_written_key_and_order_read_back_as_themselves(
        keys in vec((keys(&hostile_text()), select(vec![Direction::Ascending, Direction::Descending])), 1..4),
    ) {
        let order = Order(keys);

        for key in order.keys() {
            prop_assert_eq!(&Key::parse(&key.to_string()).unwrap(), key);
        }
        prop_assert_eq!(Order::parse(&order.to_string()), Ok(order));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = (Filter::parse(&text, now()), Order::parse(&text), Key::parse(&text), super::parse_time(&text, now()));
    }

    #[test]
    fn no_shuffled_filter_makes_the_parser_panic(
        pieces in vec(
            select(vec![
                "status", "metrics.a", "metrics.", "params.`x y`", "and", "or", "not", "in", "is", "null", "like", "between",
                "'a'", "\"b\"", "`c`", "'", "(", ")", ",", "=", "<", "!", "7d", "-1e3", "nan", "me", " ", "é", "\\",
            ]),
            0..12,
        ),
        glue in select(vec!["", " "]),
    ) {
        let text = pieces.join(glue);

        if let Ok(filter) = Filter::parse(&text, now()) {
            prop_assert_eq!(Filter::parse(&filter.to_string(), now()), Ok(filter));
        }
    }

    #[test]
    fn the_normal_form_never_narrows(
        filter in filters(few_texts()),
        run in runs(),
        limit in 0..6_usize,
        refused in 0..5_usize,
    ) {
        let choose = |predicate: &Predicate| match (predicate.to_string().len() + refused) % 5 {
            0 => Pushable::No,
            1 | 2 => Pushable::ByValue,
            _ => Pushable::Whole,
        };

        let form = filter.conjunctions(limit, choose);

        let found = form.branches.iter().any(|branch| branch.iter().all(|p| p.evaluate(&run, now()) == Some(true)));
        prop_assert!(form.branches.len() <= limit.max(1));
        prop_assert!(found || !filter.matches(&run, now()));
        prop_assert!(!form.exact || found == filter.matches(&run, now()));
    }

    #[test]
    fn a_negated_predicate_is_the_negation(filter in filters(few_texts()), run in runs()) {
        for predicate in filter.predicates() {
            if let Some(negated) = predicate.negated() {
                let expected = predicate.evaluate(&run, now()).map(|holds| !holds);
                prop_assert_eq!(negated.evaluate(&run, now()), expected, "{}", predicate);
            }
        }
    }

    #[test]
    fn evaluation_obeys_kleene(a in filters(few_texts()), b in filters(few_texts()), run in runs()) {
        let of = |filter: Filter| filter.evaluate(&run, now());
        let (left, right) = (of(a.clone()), of(b.clone()));

        prop_assert_eq!(strength(of(a.clone().and(b.clone()))), strength(left).min(strength(right)));
        prop_assert_eq!(strength(of(Filter::any([a.clone(), b.clone()]))), strength(left).max(strength(right)));
        prop_assert_eq!(of(not(not(a.clone()))), left);
        prop_assert_eq!(of(not(a.clone().and(b.clone()))), of(Filter::any([not(a), not(b)])));
    }

    #[test]
    fn an_order_is_total(key in keys(&few_texts()), runs in vec(runs(), 3), descending in any::<bool>()) {
        let direction = if descending { Direction::Descending } else { Direction::Ascending };
        let order = Order(vec![(key, direction)]);
        let [a, b, c] = [&runs[0], &runs[1], &runs[2]];
        let compare = |x, y| order.compare(x, y, now());

        prop_assert_eq!(compare(a, b), compare(b, a).reverse());
        if compare(a, b).is_le() && compare(b, c).is_le() {
            prop_assert!(compare(a, c).is_le());
        }
    }
}

use jiff::Timestamp;

use super::{all, any};
use crate::model::{DatasetInput, Metric, ModelReference, Run, RunId, Status};
use crate::query::Filter;
use crate::query::samples::{metric, run};

fn now() -> Timestamp {
    "2026-11-20T09:30:00Z".parse().unwrap()
}

fn evaluate(filter: &str, run: &Run) -> Option<bool> {
    Filter::parse(filter, now()).unwrap().evaluate(run, now())
}

/// A run with a bit of everything.
fn full() -> Run {
    let mut run = run("4f1c");
    run.name = "bert-10".to_owned();
    run.status = Some(Status::Stopped);
    run.user = Some("ada".to_owned());
    run.parent = Some(RunId::new("9f3a"));
    run.started = Some("2026-11-20T08:00:00Z".parse().unwrap());
    run.ended = Some("2026-11-20T09:00:00Z".parse().unwrap());
    run.code.commit = Some("abc123".to_owned());
    run.metrics.insert("loss".to_owned(), metric(0.5));
    run.metrics.insert("broken".to_owned(), metric(f64::NAN));
    run.metrics.insert("diverged".to_owned(), metric(f64::INFINITY));
    run.metrics.insert(
        "acc".to_owned(),
        Metric { min: Some((0.1, Some(1))), max: Some((0.9, Some(5))), ..Metric::last(0.7, None) },
    );
    for (name, value) in [("lr", "1e-3"), ("optimizer", "adam"), ("nesterov", "True"), ("layers", "10"), ("odd", "nan")]
    {
        run.params.insert(name.to_owned(), value.to_owned());
    }
    run.tags.insert("golden".to_owned(), String::new());
    for name in ["squad", "glue"] {
        run.datasets.push(DatasetInput { name: name.to_owned(), ..DatasetInput::default() });
    }
    run.models.push(ModelReference {
        id: "bert/3".to_owned(),
        name: Some("bert".to_owned()),
        output: true,
        ..ModelReference::default()
    });
    run
}

#[track_caller]
fn expect(run: &Run, cases: &[(&str, Option<bool>)]) {
    for (filter, expected) in cases {
        assert_eq!(evaluate(filter, run), *expected, "{filter}");
    }
}

#[test]
fn a_missing_key_makes_every_comparison_unknown() {
    expect(
        &run("1"),
        &[
            ("metrics.loss < 1", None),
            ("params.lr != '1'", None),
            ("not params.lr = '1'", None),
            ("params.lr not in ('1')", None),
            ("params.lr not like '%'", None),
            ("status != 'failed'", None),
            ("user = 'ada'", None),
            ("started > '7d'", None),
            ("duration > 1", None),
            ("dataset = 'squad'", None),
            ("model like '%'", None),
        ],
    );
}

#[test]
fn is_null_asks_whether_it_is_missing_and_nan_is_not() {
    expect(
        &run("1"),
        &[("metrics.loss is null", Some(true)), ("status is not null", Some(false)), ("dataset is null", Some(true))],
    );
    expect(
        &full(),
        &[
            ("metrics.broken is null", Some(false)),
            ("tags.golden is not null", Some(true)),
            ("dataset is null", Some(false)),
        ],
    );
}

#[test]
fn nan_compares_as_unknown_and_infinity_as_infinity() {
    expect(
        &full(),
        &[
            ("metrics.broken = 1", None),
            ("metrics.broken != 1", None),
            ("not metrics.broken > 1", None),
            ("metrics.broken in (1, 2)", None),
            ("metrics.diverged > 1e300", Some(true)),
            ("metrics.diverged = inf", Some(true)),
            ("metrics.diverged < 1.7976931348623157e308", Some(false)),
            ("metrics.loss < 1.7976931348623157e308", Some(true)),
        ],
    );
}

#[test]
fn extremes_are_asked_apart_from_the_last_value() {
    expect(
        &full(),
        &[
            ("min.acc = 0.1", Some(true)),
            ("max.acc > 0.8", Some(true)),
            ("metrics.acc > 0.8", Some(false)),
            ("max.loss > 0", None),
        ],
    );
}

#[test]
fn a_param_compares_as_number_truth_or_text_as_the_value_is_written() {
    expect(
        &full(),
        &[
            ("params.lr = 0.001", Some(true)),
            ("params.lr = '0.001'", Some(false)),
            ("params.lr = '1e-3'", Some(true)),
            ("params.optimizer = 3", None),
            ("params.optimizer != 3", None),
            ("params.odd < 3", None),
            ("params.odd = 'nan'", Some(true)),
            ("params.nesterov = true", Some(true)),
            ("params.nesterov != false", Some(true)),
            ("params.lr = true", None),
            ("params.optimizer in (3, 'adam')", Some(true)),
            ("params.optimizer not in (3, 'sgd')", None),
        ],
    );
}

#[test]
fn text_in_order_is_numeric_if_both_are_numbers() {
    expect(
        &full(),
        &[
            ("params.layers > '9'", Some(true)),
            ("params.layers > '9a'", Some(false)),
            ("params.optimizer < 'b'", Some(true)),
            ("name >= 'bert'", Some(true)),
        ],
    );
}

#[test]
fn the_case_of_text_counts() {
    expect(
        &full(),
        &[
            ("user = 'Ada'", Some(false)),
            ("name like 'BERT%'", Some(false)),
            ("name ilike 'BERT%'", Some(true)),
            ("status = 'KILLED'", Some(true)),
        ],
    );
}

#[test]
fn a_dataset_goes_by_its_name_and_by_its_whole_reference() {
    let mut run = run("1");
    let reference = Some("squad@1a2b".to_owned());
    run.datasets.push(DatasetInput { name: "squad".to_owned(), reference, ..DatasetInput::default() });
    expect(
        &run,
        &[
            ("dataset = 'squad'", Some(true)),
            ("dataset = 'squad@1a2b'", Some(true)),
            ("dataset in ('x', 'squad@1a2b')", Some(true)),
            ("dataset != 'squad@1a2b'", Some(false)),
            ("dataset = 'squad@1a2'", Some(false)),
            ("dataset like '%1a2b'", Some(false)),
        ],
    );
}

#[test]
fn any_dataset_or_model_suffices() {
    expect(
        &full(),
        &[
            ("dataset = 'glue'", Some(true)),
            ("dataset != 'glue'", Some(true)),
            ("not dataset = 'glue'", Some(false)),
            ("dataset not in ('glue', 'squad')", Some(false)),
            ("model = 'bert'", Some(true)),
            ("model = 'bert/3'", Some(true)),
            ("model != 'bert'", Some(false)),
        ],
    );
}

#[test]
fn a_project_goes_by_name_and_id() {
    expect(
        &full(),
        &[
            ("project = 'vision/resnet'", Some(true)),
            ("project = 7", Some(true)),
            ("project != '7'", Some(false)),
            ("project like 'vision/%'", Some(true)),
            ("project not like 'vision/%'", Some(false)),
            ("project in ('8', 'vision/resnet')", Some(true)),
        ],
    );
}

#[test]
fn times_and_durations_compare_exactly() {
    expect(
        &full(),
        &[
            ("started >= '2026-11-20T08:00Z'", Some(true)),
            ("started > '90m'", Some(false)),
            ("ended < today", Some(false)),
            ("duration = '1h'", Some(true)),
            ("duration < 3600", Some(false)),
        ],
    );
}

#[test]
fn a_running_run_lasts_until_now() {
    let mut run = full();
    run.ended = None;
    run.status = Some(Status::Running);

    expect(&run, &[("duration = '90m'", Some(true)), ("ended is null", Some(true))]);
}

#[test]
fn what_runs_do_not_have_is_unknown() {
    expect(&full(), &[("alias = 'champion'", None), ("stage is null", None), ("not framework = 'torch'", None)]);
}

#[test]
fn me_is_unknown_until_it_is_replaced() {
    let filter = Filter::parse("user = me", now()).unwrap();

    assert_eq!(filter.evaluate(&full(), now()), None);
    assert!(filter.with_me("ada").matches(&full(), now()));
}

#[test]
fn a_known_answer_needs_no_unknown_part() {
    expect(
        &full(),
        &[
            ("metrics.none > 1 or id = '4f1c'", Some(true)),
            ("metrics.none > 1 and id = 'x'", Some(false)),
            ("metrics.none > 1 or id = 'x'", None),
            ("metrics.none > 1 and id = '4f1c'", None),
            ("true", Some(true)),
            ("false", Some(false)),
        ],
    );
}

#[test]
fn the_laws_of_kleene_hold() {
    let values = [Some(true), None, Some(false)];
    let not = |value: Option<bool>| value.map(|holds| !holds);
    let strength = |value| values.iter().rev().position(|other| *other == value).unwrap();
    for a in values {
        for b in values {
            assert_eq!(strength(all([a, b])), strength(a).min(strength(b)));
            assert_eq!(strength(any([a, b])), strength(a).max(strength(b)));
            assert_eq!(not(all([a, b])), any([not(a), not(b)]));
            for c in values {
                assert_eq!(all([a, any([b, c])]), any([all([a, b]), all([a, c])]));
            }
        }
    }
}

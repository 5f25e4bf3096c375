use super::{Filter, MAX_FILTER_CHARACTERS};
use crate::ErrorKind;
use crate::query::{Comparison, Key, Literal, Predicate, Test};

fn read(text: &str) -> crate::Result<Filter> {
    Filter::parse(text, "2026-11-20T09:30:00Z".parse().unwrap())
}

fn only(text: &str) -> Predicate {
    match read(text).unwrap() {
        Filter::Is(predicate) => predicate,
        other => panic!("{other:?}"),
    }
}

fn message(text: &str) -> String {
    let error = read(text).unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadInput);
    error.message
}

#[test]
fn the_example_of_the_catalogue_is_read() {
    let filter = read(
        "metrics.val_f1 > 0.9 and params.optimizer = 'adam' and tags.invocation_id = '71f3' and status = 'failed' \
         and started > '7d'",
    )
    .unwrap();

    assert_eq!(
        filter,
        Filter::all([
            Predicate::compare(Key::Metric("val_f1".to_owned()), Comparison::Greater, Literal::Number(0.9)).into(),
            Filter::equals(Key::Param("optimizer".to_owned()), "adam"),
            Filter::equals(Key::Tag("invocation_id".to_owned()), "71f3"),
            Filter::equals(Key::Status, "failed"),
            Predicate::compare(
                Key::Started,
                Comparison::Greater,
                Literal::Time("2026-11-13T09:30:00Z".parse().unwrap())
            )
            .into(),
        ])
    );
}

#[test]
fn and_binds_tighter_than_or_and_not_tightest() {
    let [a, b, c] = ["a", "b", "c"].map(|text| Filter::equals(Key::Id, text));

    let filter = read("id = 'a' or not id = 'b' and id = 'c'").unwrap();

    assert_eq!(filter, Filter::Or(vec![a, Filter::And(vec![Filter::Not(Box::new(b)), c])]));
}

#[test]
fn every_test_is_read_in_any_case() {
    let like = |ignore_case, negated| Test::Like { pattern: "a%".to_owned(), ignore_case, negated };
    for (text, test) in [
        ("name LIKE 'a%'", like(false, false)),
        ("name Not Like \"a%\"", like(false, true)),
        ("name ilike 'a%'", like(true, false)),
        ("name not ILIKE 'a%'", like(true, true)),
        ("name IS NULL", Test::Null { negated: false }),
        ("name is Not null", Test::Null { negated: true }),
        ("name NOT IN ('a',)", Test::In { values: vec![Literal::Text("a".to_owned())], negated: true }),
    ] {
        assert_eq!(only(text).test, test, "{text}");
    }
}

#[test]
fn what_mlflow_takes_is_taken() {
    for text in [
        "metrics.`val loss` < 1.7976931348623157e308",
        "attributes.status = \"FINISHED\" AND tags.`mlflow.user` ILIKE '%ada%'",
        "attributes.run_id IN ('a','b') and attr.start_time >= 1763633525000",
        "params.seed = '3' and run.run_name LIKE 'x%' and dataset.name != 'squad'",
        "start_time > 0",
    ] {
        assert!(read(text).is_ok(), "{text}");
    }
}

#[test]
fn blank_text_is_always_true() {
    assert_eq!(read(" \n").unwrap(), Filter::And(vec![]));
    assert_eq!(read("true").unwrap(), Filter::And(vec![]));
    assert_eq!(read("false").unwrap(), Filter::Or(vec![]));
}

#[test]
fn a_missing_and_is_written_into_the_filter() {
    assert_eq!(
        message("status = 'failed' metrics.loss > 1"),
        "the filter cannot be read at character 19, \"metrics.loss > 1\": tests are joined by and or or: \
         status = 'failed' and metrics.loss > 1"
    );
    assert!(message("(status = 'failed', name = 'a')").contains("(status = 'failed' and name = 'a')"));
    assert!(message("started > 7d ago").contains("values with spaces are quoted"));
}

#[test]
fn an_unquoted_text_is_shown_quoted() {
    assert_eq!(
        message("params.optimizer = adam"),
        "the filter cannot be read at character 20, \"adam\": text is quoted: params.optimizer = 'adam'"
    );
}

#[test]
fn an_unknown_key_is_pointed_at() {
    let message = message("status = 'failed' and optimizer = 'adam'");

    assert!(message.contains("at character 23, \"optimizer = 'adam'\": unknown key optimizer"), "{message}");
    assert!(message.contains("params.optimizer, tags.optimizer or metrics.optimizer?"), "{message}");
}

#[test]
fn words_of_other_languages_are_answered_in_ours() {
    for (text, ours) in [
        ("metrics.loss between 0.1 and 0.5", "write metrics.loss >= 0.1 and metrics.loss <= 0.5"),
        ("metrics.loss not between 0.1 and 0.5", "write (metrics.loss < 0.1 or metrics.loss > 0.5)"),
        ("name rlike 'a.*'", "write name like '%part%'"),
        ("name contains 'it''s'", "write name like '%it''s%'"),
        ("name not contains 'bert'", "write name not like '%bert%'"),
        ("name startswith 'bert'", "write name like 'bert%'"),
        ("tags.golden exists", "write tags.golden is not null"),
        ("tags.golden not exists", "write tags.golden is null"),
        ("archived", "archived = true"),
        ("status", "status in ('failed', 'stopped')"),
        ("name is 'a'", "write name = …"),
        ("status in 'failed'", "write status in (…, …)"),
        ("status in ()", "a value is missing"),
        ("status in ('failed' 'stopped')", "goes on with a comma"),
        ("status = ('failed', 'stopped')", "status in ("),
        ("name like bert", "name like '%bert%'"),
        ("name = `bert`", "name = 'bert'"),
        ("'adam' = params.optimizer", "params.optimizer = 'adam'"),
    ] {
        let message = message(text);
        assert!(message.contains(ours), "{text}: {message}");
    }
}

#[test]
fn tests_that_a_key_cannot_answer_are_refused() {
    for (text, ours) in [
        ("status > 'failed'", "status = 'failed', status != 'failed' or status in ('failed', …)"),
        ("archived < true", "archived = true"),
        ("user >= me", "user = me"),
        ("params.flag < true", "params.flag = true"),
        ("metrics.loss like '1%'", "metrics.loss > 0.9"),
        ("started like '2026%'", "started > '7d'"),
        ("metrics.loss = nan", "every comparison unknown"),
        ("metrics.loss = 'low'", "metrics.loss > 0.9"),
        ("started > soon", "is not a moment"),
    ] {
        let message = message(text);
        assert!(message.contains(ours), "{text}: {message}");
    }
}

#[test]
fn unfinished_filters_say_what_is_missing() {
    for (text, ours) in [
        ("status = ", "at its end: a value is missing"),
        ("status = 'failed' and", "at its end: a test is missing"),
        ("(status = 'failed'", "character 1, \"(status = 'failed'\": this ( is never closed"),
        ("status = 'failed')", "this ) was never opened"),
        ("and status = 'failed'", "a test is missing here"),
        ("= 3", "a key is missing"),
    ] {
        let message = message(text);
        assert!(message.contains(ours), "{text}: {message}");
    }
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    let parentheses = format!("{}id = 'a'{}", "(".repeat(5_000), ")".repeat(5_000));
    let negations = format!("{}id = 'a'", "not ".repeat(4_000));

    assert!(message(&parentheses).contains("more than 64 deep"));
    assert!(message(&negations).contains("more than 64 deep"));
    assert!(read(&format!("{}id = 'a'{}", "(".repeat(64), ")".repeat(64))).is_ok());
}

#[test]
fn a_filter_beyond_all_measure_is_refused() {
    let text = "é".repeat(MAX_FILTER_CHARACTERS + 1);

    assert!(message(&text).contains("20001 characters"));
}

//! Each predicate as MLflow writes it, and the forms of literals that real servers were found to read exactly.

use serde::Deserialize;

use super::*;
use crate::query::Filter;

/// The predicate that a filter of ours with one test is.
fn predicate(text: &str) -> Predicate {
    let now: Timestamp = "2026-11-20T09:30:00Z".parse().unwrap();
    match Filter::parse(text, now).unwrap() {
        Filter::Is(predicate) => predicate,
        other => panic!("{text}: {other:?}"),
    }
}

fn clauses(text: &str) -> Vec<String> {
    clause(&predicate(text))
}

fn with(key: Key, test: Test) -> Predicate {
    Predicate { key, test }
}

/// Each filter and its one clause; an empty one for none.
fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        let expected: Vec<&str> = Some(*expected).filter(|clause| !clause.is_empty()).into_iter().collect();
        assert_eq!(clauses(text), expected, "{text}");
    }
}

#[test]
fn metrics_are_compared_as_numbers() {
    check(&[
        ("metrics.loss = 0.5", "metrics.`loss` = 0.5"),
        ("metrics.loss != 3", "metrics.`loss` != 3.0"),
        ("metrics.loss < -1e-3", "metrics.`loss` < -0.001"),
        ("metrics.loss <= +2", "metrics.`loss` <= 2.0"),
        ("metrics.loss > 1e16", "metrics.`loss` > 1e16"),
        ("metrics.loss >= 5e-324", "metrics.`loss` >= 5e-324"),
        ("metrics.`val/loss x` > 0", "metrics.`val/loss x` > 0.0"),
        ("metrics.loss is null", ""),
        ("metrics.loss is not null", ""),
        ("metrics.loss in (1, 2)", ""),
        ("min.loss < 1", ""),
        ("max.loss < 1", ""),
    ]);
}

#[test]
fn infinity_is_asked_for_as_both_kinds_of_store_keep_it() {
    // A database keeps the largest number in its place, a file store ∞ itself.
    check(&[
        ("metrics.loss = inf", "metrics.`loss` >= 1.7976931348623157e308"),
        ("metrics.loss = -inf", "metrics.`loss` <= -1.7976931348623157e308"),
        ("metrics.loss < inf", "metrics.`loss` < 1.7976931348623157e308"),
        ("metrics.loss > -inf", "metrics.`loss` > -1.7976931348623157e308"),
        ("metrics.loss >= inf", "metrics.`loss` >= 1.7976931348623157e308"),
        ("metrics.loss <= -inf", "metrics.`loss` <= -1.7976931348623157e308"),
        ("metrics.loss != inf", "metrics.`loss` != 1.7976931348623157e308"),
        ("metrics.loss <= inf", ""),
        ("metrics.loss >= -inf", ""),
    ]);
}

#[test]
fn params_and_tags_are_compared_as_text_and_else_only_asked_to_be_there() {
    check(&[
        ("params.opt = 'adam'", "params.`opt` = 'adam'"),
        ("params.opt != 'adam'", "params.`opt` != 'adam'"),
        ("params.opt like 'ad%'", "params.`opt` LIKE 'ad%'"),
        ("params.opt ilike '%AD%'", "params.`opt` ILIKE '%AD%'"),
        ("params.opt not like 'ad%'", "params.`opt` LIKE '%'"),
        ("params.opt is not null", "params.`opt` LIKE '%'"),
        ("params.opt is null", ""),
        ("params.opt in ('a', 'b')", "params.`opt` LIKE '%'"),
        ("params.opt not in ('a', 'b')", "params.`opt` LIKE '%'"),
        ("params.lr = 3", "params.`lr` LIKE '%'"),
        ("params.lr < 0.5", "params.`lr` LIKE '%'"),
        ("params.lr < '5'", "params.`lr` LIKE '%'"),
        ("params.flag = true", "params.`flag` LIKE '%'"),
        ("tags.`a.b c/d:1` = 'v'", "tags.`a.b c/d:1` = 'v'"),
        ("tags.`模型` = 'v'", "tags.`模型` = 'v'"),
        ("tags.mlflow.source.name = 'x.py'", "tags.`mlflow.source.name` = 'x.py'"),
        ("commit = 'abc'", "tags.`mlflow.source.git.commit` = 'abc'"),
        ("commit like 'abc%'", "tags.`mlflow.source.git.commit` LIKE 'abc%'"),
        ("commit is null", ""),
        ("parent = 'abc'", "tags.`mlflow.parentRunId` = 'abc'"),
        ("parent is not null", "tags.`mlflow.parentRunId` LIKE '%'"),
    ]);
}

#[test]
fn a_key_that_mlflow_cannot_hold_is_not_written() {
    for key in ["", "a`b", "a'b", "a\"b", "a(b", "a@b", "a\nb", "a;b", "a\\b"] {
        assert_eq!(entity("params", key), None, "{key:?}");
        for predicate in
            [Predicate::equals(Key::Param(key.to_owned()), "v"), Predicate::equals(Key::Tag(key.to_owned()), "v")]
        {
            assert_eq!(clause(&predicate), Vec::<String>::new(), "{key:?}");
        }
    }
    for key in [" lead", "end ", "in", "123", "-x", ".hid", "a..b", "größe"] {
        assert_eq!(entity("params", key).unwrap(), format!("params.`{key}`"));
    }
}

#[test]
fn heads_are_attributes() {
    check(&[
        ("name = 'a'", "attributes.run_name = 'a'"),
        ("name != 'a'", "attributes.run_name != 'a'"),
        ("name like 'a%'", "attributes.run_name LIKE 'a%'"),
        ("name not like 'a%'", ""),
        ("name in ('a', 'b')", ""),
        ("name is not null", ""),
        ("user = 'ada'", "attributes.user_id = 'ada'"),
        ("user = me", ""),
        ("id = 'ab12'", "attributes.run_id = 'ab12'"),
        ("id != 'ab12'", "attributes.run_id != 'ab12'"),
        ("id like 'ab%'", "attributes.run_id LIKE 'ab%'"),
        ("type = 'training'", ""),
        ("project = 'p'", ""),
        ("duration > 5", ""),
        ("archived = true", ""),
        ("model = 'm'", ""),
        ("alias = 'champion'", ""),
        ("stage = 'Production'", ""),
        ("framework = 'sklearn'", ""),
    ]);
}

#[test]
fn a_status_is_equal_or_unequal() {
    let all_but = |wanted: &[&str]| -> Vec<String> {
        let words = ["SCHEDULED", "RUNNING", "FINISHED", "FAILED", "KILLED"];
        let others = words.iter().filter(|word| !wanted.contains(word));
        others.map(|word| format!("attributes.status != '{word}'")).collect()
    };
    check(&[
        ("status = 'failed'", "attributes.status = 'FAILED'"),
        ("status = 'KILLED'", "attributes.status = 'KILLED'"),
        ("status = 'queued'", "attributes.status = 'SCHEDULED'"),
        ("status in ('running')", "attributes.status = 'RUNNING'"),
        ("status != 'failed'", "attributes.status != 'FAILED'"),
        ("status != 'created'", ""),
        ("status is null", ""),
        ("status is not null", ""),
    ]);
    assert_eq!(clauses("status in ('failed', 'stopped')"), all_but(&["FAILED", "KILLED"]));
    assert_eq!(clauses("status not in ('failed', 'stopped')"), all_but(&["SCHEDULED", "RUNNING", "FINISHED"]));
    // No run of MLflow's is only created.
    assert_eq!(clauses("status = 'created'"), all_but(&[]));
    assert_eq!(clauses("status in ('created', 'running')"), all_but(&["RUNNING"]));
}

#[test]
fn moments_are_rounded_so_that_nothing_is_lost() {
    check(&[
        ("started = '2024-06-01T00:00:00Z'", "attributes.start_time = 1717200000000"),
        ("started != '2024-06-01T00:00:00.001Z'", "attributes.start_time != 1717200000001"),
        ("started < '2024-06-01T00:00:00Z'", "attributes.start_time < 1717200000000"),
        ("started <= '2024-06-01T00:00:00Z'", "attributes.start_time <= 1717200000000"),
        ("ended > '2024-06-01T00:00:00Z'", "attributes.end_time > 1717200000000"),
        ("ended >= '2024-06-01T00:00:00Z'", "attributes.end_time >= 1717200000000"),
        ("started = '2024-06-01T00:00:00.0005Z'", ""),
        ("started != '2024-06-01T00:00:00.0005Z'", ""),
        ("started < '2024-06-01T00:00:00.0005Z'", "attributes.start_time <= 1717200000001"),
        ("started <= '2024-06-01T00:00:00.0005Z'", "attributes.start_time <= 1717200000001"),
        ("started > '2024-06-01T00:00:00.0005Z'", "attributes.start_time >= 1717200000000"),
        ("started >= '2024-06-01T00:00:00.0005Z'", "attributes.start_time >= 1717200000000"),
        ("started > '1969-12-31T23:59:59.9985Z'", "attributes.start_time >= -1"),
        ("started < '1969-12-31T23:59:59.9985Z'", "attributes.start_time <= 0"),
        ("started is null", ""),
        ("ended is not null", ""),
    ]);
}

#[test]
fn ids_are_listed_if_they_can_be_ids() {
    check(&[
        ("id in ('ab12', 'cd-34_x')", "attributes.run_id IN ('ab12','cd-34_x')"),
        ("id not in ('ab12')", "attributes.run_id NOT IN ('ab12')"),
        ("id in ('ab12', \"it's\")", "attributes.run_id IN ('ab12')"),
        ("id in (\"it's\")", ""),
    ]);
    for (count, expected) in [(IDS, 1), (IDS + 1, 0)] {
        let ids = (0..count).map(|number| format!("{number:032x}"));
        assert_eq!(clause(&Predicate::is_in(Key::Id, ids)).len(), expected, "{count}");
    }
}

#[test]
fn datasets_go_by_their_name() {
    check(&[
        ("dataset = 'squad'", "datasets.name = 'squad'"),
        ("dataset = 'squad@1a2b'", "datasets.name IN ('squad','squad@1a2b')"),
        ("dataset = 'a@b@1'", "datasets.name IN ('a@b','a@b@1')"),
        ("dataset like 'sq%'", "datasets.name LIKE 'sq%'"),
        ("dataset ilike 'sq%'", "datasets.name ILIKE 'sq%'"),
        ("dataset != 'squad'", ""),
        ("dataset not like 'sq%'", ""),
        ("dataset in ('a', 'b')", ""),
        ("dataset is not null", ""),
    ]);
}

#[test]
fn two_datasets_are_not_asked_of_one() {
    let both = ["dataset = 'a'", "status = 'failed'", "dataset = 'b'"].map(predicate);
    assert_eq!(written(&both), ["datasets.name = 'a'", "attributes.status = 'FAILED'"]);
}

#[test]
fn datasets_are_parted_from_what_old_servers_cannot_join_to_them() {
    let metric = Order(vec![(Key::Metric("loss".to_owned()), crate::query::Direction::Ascending)]);
    let name = Order(vec![(Key::Name, crate::query::Direction::Ascending)]);
    for (others, order, parted) in [
        (&[][..], Order::default(), false),
        (&["attributes.status = 'FAILED'", "attributes.start_time > 1"], Order::default(), false),
        (&["attributes.run_id IN ('a')", "attributes.user_id = 'ada'"], name, false),
        (&["attributes.run_name = 'a'"], Order::default(), true),
        (&["params.`k` = 'v'"], Order::default(), true),
        (&["tags.`k` = 'v'"], Order::default(), true),
        (&["metrics.`k` < 1.0"], Order::default(), true),
        (&[], metric, true),
    ] {
        let mut clauses: Vec<String> = others.iter().map(|clause| (*clause).to_owned()).collect();
        clauses.push("datasets.name = 'd'".to_owned());
        assert_eq!(part_from_datasets(&mut clauses, &order), parted, "{others:?}");
        assert_eq!(clauses.len(), others.len() + usize::from(!parted), "{others:?}");
    }
    let mut without = vec!["params.`k` = 'v'".to_owned()];
    assert!(!part_from_datasets(&mut without, &Order::default()));
}

#[test]
fn no_more_is_written_than_sqlite_can_join() {
    let many: Vec<Predicate> = (0..100).map(|n| Predicate::equals(Key::Param(format!("k{n}")), "v")).collect();
    assert_eq!(written(&many).len(), CLAUSES);
    let not_created = vec![predicate("status = 'created'"); 30];
    assert_eq!(written(&not_created).len(), CLAUSES);
}

#[test]
fn what_is_left_out_of_a_conjunction_does_not_hinder_the_rest() {
    let predicates = ["duration > 5", "params.opt = 'adam'", "metrics.loss is null", "name like 'a%'"].map(predicate);
    assert_eq!(written(&predicates), ["params.`opt` = 'adam'", "attributes.run_name LIKE 'a%'"]);
}

#[test]
fn patterns_widen_what_cannot_be_said() {
    let like = |pattern: &str, ignore_case| {
        clause(&with(Key::Name, Test::Like { pattern: pattern.to_owned(), ignore_case, negated: false }))
    };
    for (pattern, exactly, any_case) in [
        ("a%_b", "LIKE 'a%_b'", "ILIKE 'a%_b'"),
        ("it's", "LIKE 'it_s'", "ILIKE '_t_s'"),
        (r"a\b\", "LIKE 'a_b_'", "ILIKE 'a_b_'"),
        ("say \"hi\"", "LIKE 'say \"hi\"'", "ILIKE 'say \"h_\"'"),
        ("Größe 模", "LIKE 'Größe 模'", "ILIKE 'Gr%%e %'"),
        ("a\0b", "LIKE 'a_b'", "ILIKE 'a_b'"),
        // The kelvin sign is a k in another case, the dotted capital an i.
        ("kilo-K", "LIKE 'kilo-K'", "ILIKE '__lo-_'"),
        ("", "LIKE ''", "ILIKE ''"),
    ] {
        assert_eq!(like(pattern, false), [format!("attributes.run_name {exactly}")]);
        assert_eq!(like(pattern, true), [format!("attributes.run_name {any_case}")]);
    }
    assert_eq!(contains("name", "Größe"), "name ILIKE '%Gr%%e%'");
    assert_eq!(begins_with("attributes.run_id", "ab_1"), "attributes.run_id LIKE 'ab_1%'");
}

/// How one form of a literal did on a server.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    /// It found the value and no other.
    Exact,
    /// It found the value among others.
    Wider,
    /// It was refused, or did not find the value.
    No,
}

/// A value that was kept in a tag, and how it was found again.
#[derive(Deserialize)]
struct Probe {
    server: String,
    value: String,
    /// `= 'value'`
    single: Outcome,
    /// `= "value"`
    double: Outcome,
    /// `LIKE` with `_` for quotes and the last backslash
    like: Outcome,
    /// Quoted as fits, and another clause behind it.
    beside_others: Outcome,
}

fn probes() -> Vec<Probe> {
    include_str!("../fixtures/quoting.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether every sign of the pattern is that of the value, or any one.
fn fits(pattern: &str, value: &str) -> bool {
    pattern.chars().count() == value.chars().count()
        && pattern.chars().zip(value.chars()).all(|(p, v)| p == v || p == '_')
}

#[test]
fn every_probed_value_is_asked_for_in_a_form_that_found_it() {
    let mut servers = std::collections::BTreeSet::new();
    for probe in probes() {
        let Probe { server, value, single, double, like, beside_others } = probe;
        let clause = clause(&Predicate::equals(Key::Tag("v".to_owned()), value.as_str())).remove(0);
        let context = format!("{server}: {clause}");
        if clause == format!("tags.`v` = '{value}'") {
            assert_eq!((single, beside_others), (Outcome::Exact, Outcome::Exact), "{context}");
        } else if clause == format!("tags.`v` = \"{value}\"") {
            assert_eq!((double, beside_others), (Outcome::Exact, Outcome::Exact), "{context}");
        } else {
            let pattern = clause.strip_prefix("tags.`v` LIKE '").unwrap().strip_suffix('\'').unwrap();
            assert_ne!(like, Outcome::No, "{context}");
            assert!(fits(pattern, &value) && !pattern.contains(['\'', '\\']), "{context}");
            // No exact form was safe.
            assert!(beside_others == Outcome::No, "{context}");
        }
        servers.insert(server);
    }
    assert_eq!(servers.into_iter().collect::<Vec<_>>(), ["2.15.1", "3.17.2"]);
}

#[test]
fn what_cannot_be_quoted_is_not_compared_by_unequal_either() {
    let unequal =
        |key, value: &str| clause(&with(key, Test::Compare(Comparison::NotEqual, Literal::Text(value.to_owned()))));
    assert_eq!(unequal(Key::Tag("v".to_owned()), "it's \"x\""), ["tags.`v` LIKE '%'"]);
    assert_eq!(unequal(Key::Name, r"abc\"), Vec::<String>::new());
}

#[test]
fn only_what_says_all_is_called_exact() {
    for text in [
        "status = 'failed'",
        "status in ('failed', 'running')",
        "id in ('a')",
        "metrics.loss > 1",
        "started > '7d'",
        "name = 'a'",
        "params.opt = \"it's\"",
    ] {
        assert!(is_exact(&predicate(text)), "{text}");
    }
    for text in [
        "name = 'it''s \"x\"'",
        "name != 'a'",
        "name like 'a%'",
        "params.lr = 3",
        "tags.a is not null",
        "duration > 5",
        "params.opt in ('a')",
    ] {
        assert!(!is_exact(&predicate(text)), "{text}");
    }
}

#[test]
fn lists_of_text_become_alternatives() {
    assert_eq!(pushable(&predicate("params.opt in ('a', 'b')")), Pushable::ByValue);
    assert_eq!(pushable(&predicate("id in ('a', 'b')")), Pushable::Whole);
    assert_eq!(pushable(&predicate("status in ('failed', 'running')")), Pushable::Whole);
    assert_eq!(pushable(&predicate("params.opt = 'a'")), Pushable::Whole);
    assert_eq!(pushable(&predicate("duration > 5")), Pushable::No);
}

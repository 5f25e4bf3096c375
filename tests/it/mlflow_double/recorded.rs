//! The double answers what the real servers answered: filters and orders that were recorded on 3.17.2 and 2.15.1.

use super::grammar::{OF_RUNS, parse};
use super::order::RunOrder;
use super::store::{Dataset, Store, StoredRun, Version};
use super::{evaluate, routes};

/// The run that the recorded filters are asked of.
fn run() -> StoredRun {
    let mut run = StoredRun::new("22a5dec394b54a64aabbd76f260de1c3", "run-05").metric("accuracy", 0.9);
    run.metrics
        .extend([("val/loss", 1.2), ("latency p50 ms", 150.0), ("latency.p99", 401.0)].map(|(k, v)| (k.to_owned(), v)));
    let params = [
        ("model", "mistral-7b"),
        ("param with space", "has space 1"),
        ("endpoint.url", "http://h:1/v1"),
        ("empty", ""),
        ("harness", "other"),
        ("seed", "1"),
    ];
    run.params = params.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    run.datasets = vec![Dataset { name: "mmlu".to_owned(), context: "training".to_owned() }];
    run.tag("my.dotted.tag", "2").tag("tag with space", "v 1").tag("harness", "lm-eval")
}

/// Whether the run is found, or `None` for a 400.
fn outcome(filter: &str, version: Version) -> Option<bool> {
    parse(filter, OF_RUNS, version).ok().map(|clauses| evaluate::run_holds(&run(), &clauses, version))
}

#[test]
fn filters_are_taken_and_refused_as_recorded() {
    for (filter, found) in [
        ("metrics.accuracy > 0.8", Some(true)),
        ("metrics.`val/loss` < 1.3", Some(true)),
        ("metrics.\"latency p50 ms\" >= 150", Some(true)),
        ("metrics.latency.p99 > 400", Some(true)),
        ("metrics.`latency.p99` > 400", Some(true)),
        ("metrics.accuracy > 8e-1", Some(true)),
        ("metrics.accuracy > -0.5", Some(true)),
        ("metrics.accuracy < .95", Some(true)),
        ("metrics.accuracy != 1.", Some(true)),
        ("metrics.accuracy=0.9", Some(true)),
        ("  metrics.accuracy  =  0.9  ", Some(true)),
        ("metrics.accuracy > 1e400", Some(false)),
        ("metrics.accuracy > '0.8'", None),
        ("metrics.accuracy = NaN", None),
        ("metrics.accuracy > +1", None),
        ("metrics.accuracy > 0x1", None),
        ("metrics.accuracy <> 2", None),
        ("metrics.accuracy == 1", None),
        ("metrics.nope != 1", Some(false)),
        ("1 = metrics.accuracy", None),
        ("Metrics.accuracy = 1", None),
        ("metric.accuracy = 0.9", Some(true)),
        ("params.model = 'mistral-7b'", Some(true)),
        ("params.model = \"mistral-7b\"", Some(true)),
        ("params.seed = 1", None),
        ("params.model LIKE '%mistral%'", Some(true)),
        ("params.model like 'mistral-_b'", Some(true)),
        ("params.model ILIKE '%MISTRAL%'", Some(true)),
        ("params.model LIKE '%MISTRAL%'", Some(false)),
        ("params.`param with space` = 'has space 1'", Some(true)),
        ("params.endpoint.url = 'http://h:1/v1'", Some(true)),
        ("params.seed IN ('1','2')", None),
        ("params.empty = ''", Some(true)),
        ("params.harness != 'lm-eval'", Some(true)),
        ("params.nope != 'x'", Some(false)),
        ("tags.my.dotted.tag = '2'", Some(true)),
        ("tags.\"tag with space\" = 'v 1'", Some(true)),
        ("tags.tag with space = 'v 1'", None),
        ("tags.`mlflow.runName` = 'run-05'", Some(true)),
        ("attributes.status = 'FINISHED'", Some(true)),
        ("attributes.status IN ('FAILED','KILLED')", None),
        ("status = 'finished'", Some(false)),
        ("run_id = '22a5dec394b54a64aabbd76f260de1c3'", Some(true)),
        ("attributes.run_id IN ('22a5dec394b54a64aabbd76f260de1c3','x')", Some(true)),
        ("attributes.run_id NOT IN ('22a5dec394b54a64aabbd76f260de1c3')", Some(false)),
        ("attributes.run_id IN ()", None),
        ("attributes.start_time >= 1717203300000", Some(true)),
        ("attributes.start_time = '1'", None),
        ("attributes.start_time BETWEEN 0 AND 2", None),
        ("attributes.user_id = 'ada'", Some(true)),
        ("attributes.artifact_uri LIKE '%22a5dec394b54a64aabbd76f260de1c3%'", Some(true)),
        ("attributes.`run name` = 'run-05'", Some(true)),
        ("run.run_name = 'run-05'", Some(true)),
        ("attributes.created > 0", Some(true)),
        ("attributes.bogus = 'x'", None),
        ("attributes.lifecycle_stage = 'active'", None),
        ("attributes.experiment_id = '1'", None),
        ("attributes.run_name IN ('run-05','x')", None),
        ("attributes.run_name NOT LIKE 'n-%'", None),
        ("datasets.name = 'mmlu'", Some(true)),
        ("dataset.digest IN ('abcd1234','zzz')", Some(true)),
        ("dataset.context = 'training'", Some(true)),
        ("metrics.accuracy > 0.5 AND params.model LIKE 'm%' and tags.harness LIKE 'lm%'", Some(true)),
        ("tags.harness = 'lm-eval' AND AND params.seed = '1'", Some(true)),
        ("tags.harness = 'lm-eval' params.seed = '1'", Some(true)),
        ("tags.harness = 'lm-eval', params.seed = '1'", None),
        ("metrics.accuracy > 0.5 OR params.seed = '1'", None),
        ("(metrics.accuracy > 0.5)", None),
        ("NOT metrics.accuracy > 0.5", None),
        ("bogus.key = 'x'", None),
        ("!!!", None),
        ("params.model = 'abc", None),
        ("params.seed = '1';", None),
        ("params.seed = 'a;b'", Some(false)),
        ("params.model RLIKE '^m'", None),
        ("params.seed = '1' -- x", None),
        (r"params.seed = 'abc\'", Some(false)),
        (r"attributes.run_name LIKE 'run\-0%'", Some(false)),
        ("attributes.run_name != \"it's\"", Some(true)),
        ("metrics.rouge-L > 0", None),
        ("metrics.val/loss < 5", None),
    ] {
        for version in [Version::V3_17, Version::V2_15] {
            assert_eq!(outcome(filter, version), found, "{filter} on {version:?}");
        }
    }
}

#[test]
fn the_versions_differ_as_recorded() {
    for (filter, on_3, on_2) in [
        ("params.seed IS NULL", Some(false), None),
        ("params.seed IS NOT NULL", Some(true), None),
        ("tags.`nope` IS NULL AND attributes.run_name = 'run-05'", Some(true), None),
        ("attributes.run_id IN (\"a'b\")", Some(false), None),
    ] {
        assert_eq!((outcome(filter, Version::V3_17), outcome(filter, Version::V2_15)), (on_3, on_2), "{filter}");
    }
}

/// `tags.v = …` of runs that each have another hostile value: what each way of quoting finds.
#[test]
fn quotes_are_read_as_recorded() {
    let finds = |filter: &str, value: &str| {
        let run = StoredRun::new("1", "n-bs").tag("v", value);
        parse(filter, OF_RUNS, Version::V3_17).ok().map(|clauses| evaluate::run_holds(&run, &clauses, Version::V3_17))
    };
    for (filter, value, found) in [
        ("tags.v = 'it's'", "it's", None),
        ("tags.v = \"it's\"", "it's", Some(true)),
        ("tags.v = 'it''s'", "it's", Some(false)),
        (r"tags.v = 'it\'s'", "it's", Some(false)),
        ("tags.v LIKE 'it_s'", "it's", Some(true)),
        (r#"tags.v = "it's "x"""#, "it's \"x\"", None),
        (r"tags.v = 'abc\'", r"abc\", Some(true)),
        (r"tags.v = 'abc\' AND attributes.run_name = 'n-bs'", r"abc\", None),
        (r"attributes.run_name = 'n-bs' AND tags.v = 'abc\'", r"abc\", Some(true)),
        (r#"tags.v = "abc\" AND attributes.run_name = 'n-bs'"#, r"abc\", Some(true)),
        (r#"tags.v = "abc\" AND attributes.run_name = "n-bs""#, r"abc\", None),
        (r"tags.v = 'abc\' AND tags.v = 'abc\'", r"abc\", None),
        (r#"tags.v = "ab'\""#, r"ab'\", Some(true)),
        (r"tags.v LIKE 'abc_' AND attributes.run_name = 'n-bs'", r"abc\", Some(true)),
        ("tags.v = \"abc\"\"d\"", "abc\"d", Some(false)),
        (r"tags.v = 'a\'b'", r"a\'b", Some(true)),
        (r"tags.v = 'a\''b'", r"a\'b", None),
    ] {
        assert_eq!(finds(filter, value), found, "{filter}");
    }
}

#[test]
fn orders_are_taken_and_refused_as_recorded() {
    for (order, taken) in [
        ("metrics.accuracy DESC", true),
        ("metrics.`val/loss` ASC", true),
        ("params.seed", true),
        ("tags.`my.dotted.tag` DESC", true),
        ("attributes.run_name ASC", true),
        ("end_time DESC", true),
        ("status ASC", true),
        ("attributes.bogus ASC", false),
        ("metrics.accuracy SIDEWAYS", false),
        ("!!", false),
        ("dataset.name ASC", false),
        ("duration DESC", false),
    ] {
        assert_eq!(RunOrder::parse(&[order.to_owned()]).is_ok(), taken, "{order}");
    }
    assert!(RunOrder::parse(&["start_time ASC".to_owned(), "created DESC".to_owned()]).is_err());
}

/// Not of the recordings: found by asking the stores of both versions what the tests here ask.
#[test]
fn a_dataset_beside_another_table_fails_on_2_15() {
    let store = Store { runs: vec![run()], ..Store::default() };
    for (filter, order, on_2) in [
        ("datasets.name = 'a' AND status = 'FAILED'", "start_time DESC", 200),
        ("datasets.name = 'a' AND datasets.name = 'b'", "start_time DESC", 200),
        ("datasets.name = 'a' AND metrics.x > 1", "start_time DESC", 503),
        ("metrics.x > 1 AND datasets.name = 'a'", "start_time DESC", 503),
        ("datasets.name = 'a' AND attributes.run_name = 'x'", "start_time DESC", 503),
        ("datasets.name = 'a'", "metrics.x DESC", 500),
        ("datasets.name = 'a'", "tags.x DESC", 500),
    ] {
        for (version, expected) in [(Version::V2_15, on_2), (Version::V3_17, 200)] {
            let body = serde_json::json!({"filter": filter, "order_by": [order]});
            let seen = super::Seen::post("/api/2.0/mlflow/runs/search", body);

            let status = routes::answer(&store, version, &seen).unwrap().map_or_else(|refusal| refusal.status, |_| 200);

            assert_eq!(status, expected, "{filter} by {order} on {version:?}");
        }
    }
}

#[test]
fn more_than_sixty_three_joins_are_a_503_and_bad_page_sizes_a_400() {
    let store = Store { runs: vec![run()], ..Store::default() };
    let status = |path: &str, body: serde_json::Value| {
        let seen = super::Seen::post(path, body);
        match routes::answer(&store, Version::V3_17, &seen).unwrap() {
            Ok(_) => 200,
            Err(refusal) => refusal.status,
        }
    };
    let clauses = |count: usize| serde_json::json!({"filter": vec!["params.seed = '1'"; count].join(" AND ")});
    let (runs, experiments) = ("/api/2.0/mlflow/runs/search", "/api/2.0/mlflow/experiments/search");

    assert_eq!((status(runs, clauses(63)), status(runs, clauses(64))), (200, 503));
    for (path, most, expected) in [
        (runs, serde_json::json!({}), 200),
        (runs, serde_json::json!({"max_results": 0}), 400),
        (runs, serde_json::json!({"max_results": -1}), 400),
        (runs, serde_json::json!({"max_results": "2"}), 200),
        (runs, serde_json::json!({"max_results": 50_000}), 200),
        (runs, serde_json::json!({"max_results": 50_001}), 400),
        (runs, serde_json::json!({"page_token": "garbage!"}), 400),
        (runs, serde_json::json!({"experiment_ids": ["abc"]}), 400),
        (experiments, serde_json::json!({}), 400),
        (experiments, serde_json::json!({"max_results": 10, "filter": "name LIKE 'llm%'"}), 200),
        (experiments, serde_json::json!({"max_results": 10, "filter": "bogus = 'x'"}), 400),
        (experiments, serde_json::json!({"max_results": 10, "filter": "name = 'a' OR name = 'b'"}), 400),
    ] {
        assert_eq!(status(path, most.clone()), expected, "{path} {most}");
    }
}

//! What a search costs the server, and where it ends: requests, page sizes, caps, deadlines, the list of experiments.

mod names;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use backends::allowance::Allowance;
use backends::model::{Parts, ProjectId, RunId};
use backends::query::{Filter, Order};
use backends::tracker::{ProjectScope, Referent, RunQuery};
use backends::{Call, ErrorKind};
use tracker_mcp::config::Config;

use crate::mlflow_double::{Double, Experiment, Fate, Seen, Store, StoredRun, Version};
use crate::populations::now;
use crate::tracker_of_double::{ask, call, config, ids, pages, query, tracker};

/// A store with this many runs, whose metric `acc` says which number they have.
fn numbered(runs: usize) -> Store {
    let run = |number: usize| StoredRun {
        start: 1_763_596_800_000 + i64::try_from(number).unwrap(),
        ..StoredRun::new(&format!("{number:032x}"), &format!("run-{number}")).metric("acc", number as f64)
    };
    Store { experiments: vec![Experiment::new(1, "vision")], runs: (0..runs).map(run).collect(), ..Store::default() }
}

fn filtered(filter: &str) -> RunQuery {
    RunQuery { filter: Some(Filter::parse(filter, now()).unwrap()), ..query() }
}

fn ordered(order: &str, limit: usize) -> RunQuery {
    RunQuery { order: Order::parse(order).unwrap(), limit, ..query() }
}

/// The page sizes that were asked for.
fn sizes(double: &Double) -> Vec<u64> {
    double.take_seen().iter().filter(|seen| seen.is_runs_search()).map(Seen::max_results).collect()
}

#[tokio::test]
async fn the_best_five_of_three_hundred_cost_one_request_for_five() {
    let double = Double::start(Version::V3_17, numbered(300)).await;
    let mut query = ordered("metrics.acc desc", 5);

    let page = tracker(&double).search_runs(&call(), &query).await.unwrap();

    assert_eq!(
        page.rows.iter().map(|run| run.metrics["acc"].value).collect::<Vec<_>>(),
        [299.0, 298.0, 297.0, 296.0, 295.0]
    );
    assert_eq!(double.seen().iter().filter(|seen| seen.is_experiments_search()).count(), 1);
    assert_eq!(sizes(&double), [5]);

    query.cursor = page.next;
    let tracker = tracker(&double);
    tracker.search_runs(&call(), &RunQuery { cursor: None, ..query.clone() }).await.unwrap();
    double.take_seen();
    let page = tracker.search_runs(&call(), &query).await.unwrap();

    assert_eq!(page.rows[0].metrics["acc"].value, 294.0);
    assert_eq!(sizes(&double), [5], "the next page costs as much");
}

#[tokio::test]
async fn what_the_server_can_tell_exactly_is_read_once_and_no_more() {
    for (question, limit) in [
        ("status = 'finished'", 7),
        ("metrics.acc >= 100", 10),
        ("status in ('finished', 'failed') and metrics.acc < 200", 20),
        ("name = 'run-7'", 3),
        ("started >= '2025-11-20'", 4),
        ("params.nope = 'x'", 5),
    ] {
        let double = Double::start(Version::V3_17, numbered(300)).await;

        let page = tracker(&double).search_runs(&call(), &RunQuery { limit, ..filtered(question) }).await.unwrap();

        assert_eq!(sizes(&double), [limit as u64], "{question}");
        assert!(page.scanned <= limit as u64, "{question}");
    }
}

#[tokio::test]
async fn a_list_is_pushed_down_as_streams_side_by_side() {
    let double = Double::start(Version::V2_15, numbered(300)).await;
    let question = RunQuery { limit: 5, ..filtered("name in ('run-1', 'run-2', 'run-3') and metrics.acc > 1") };

    let page = tracker(&double).search_runs(&call(), &question).await.unwrap();

    assert_eq!(ids(&page.rows), [format!("{:032x}", 3), format!("{:032x}", 2)]);
    assert_eq!(sizes(&double), [5, 5, 5]);
}

#[tokio::test]
async fn very_many_clauses_are_capped_and_the_answer_stays_exact() {
    let mut store = numbered(3);
    for (number, run) in store.runs.iter_mut().enumerate() {
        run.params.extend((0..70).map(|key| (format!("p{key}"), "x".to_owned())));
        // One differs in a param of the first clauses, one in the last.
        run.params.insert(["p0", "p69", "other"][number].to_owned(), "y".to_owned());
    }
    let clauses: Vec<String> = (0..70).map(|key| format!("params.p{key} = 'x'")).collect();
    for version in [Version::V2_15, Version::V3_17] {
        let double = Double::start(version, store.clone()).await;
        let question =
            RunQuery { order: Order::parse("metrics.acc desc").unwrap(), ..filtered(&clauses.join(" and ")) };

        let page = tracker(&double).search_runs(&call(), &question).await.unwrap();

        assert_eq!(ids(&page.rows), [format!("{:032x}", 2)]);
        let sent = double.seen().iter().find(|seen| seen.is_runs_search()).unwrap().body["filter"].to_string();
        assert!((30..63).contains(&sent.matches(" AND ").count()), "{sent}");
    }
}

#[tokio::test]
async fn one_page_reads_twenty_thousand_rows_and_its_cursor_goes_on() {
    let mut store = numbered(20_100);
    // The only run that fits is the oldest, and nothing of the question can be pushed down.
    store.runs[0].end = Some(store.runs[0].start + 3_600_000);
    for run in store.runs.iter_mut().skip(1) {
        run.end = None;
        run.status = "FAILED";
        run.metrics.clear();
    }
    let double = Double::start(Version::V3_17, store).await;
    let tracker = tracker(&double);
    let mut question = filtered("duration > 60");

    let page = tracker.search_runs(&call(), &question).await.unwrap();

    assert_eq!((page.rows.len(), page.scanned), (0, 20_000));
    assert_eq!(page.notes, ["read 20000 runs and stopped (that is the most for one call); next_cursor continues"]);
    assert!(double.take_seen().len() < 30, "pages grow");

    question.cursor = page.next;
    let page = tracker.search_runs(&call(), &question).await.unwrap();

    assert_eq!((ids(&page.rows), page.scanned, page.next), (vec!["0".repeat(32)], 100, None));
    double.take_seen();

    let question = RunQuery { order: Order::parse("duration desc").unwrap(), ..query() };
    let page = tracker.search_runs(&call(), &question).await.unwrap();

    assert_eq!((page.scanned, page.total), (20_000, None));
    assert!(page.notes[0].contains("the order holds only among these"), "{:?}", page.notes);
}

#[tokio::test]
async fn a_page_and_an_overview_read_as_many_runs_as_the_operator_allows() {
    let double = Double::start(Version::V3_17, numbered(4_100)).await;
    let tracker = tracker(&double);
    let question = filtered("duration > 1e9");
    for (runs, scanned) in [(1_000, 1_000..2_000), (3_000, 3_000..4_100), (5_000, 4_100..4_101)] {
        let call = call().with_allowance(Allowance { runs, ..Allowance::default() });

        let page = tracker.search_runs(&call, &question).await.unwrap();
        let overview = tracker.project(&call, &ProjectId::new("1"), None).await.unwrap();

        assert!(scanned.contains(&page.scanned) && scanned.contains(&overview.counted), "{runs}: {}", page.scanned);
        assert_eq!((page.next.is_none(), overview.complete), (runs == 5_000, runs == 5_000));
    }
}

#[tokio::test]
async fn pages_that_are_too_large_are_asked_for_in_smaller_ones() {
    let double = Double::start(Version::V3_17, numbered(60)).await;
    double.judge(|seen| {
        if seen.is_runs_search() && seen.max_results() > 10 { Fate::TooLong(40_000_000) } else { Fate::Answer }
    });
    let question = ordered("metrics.acc asc", 50);

    let page = tracker(&double).search_runs(&call(), &question).await.unwrap();

    assert_eq!(
        page.rows.iter().map(|run| run.metrics["acc"].value).collect::<Vec<_>>(),
        (0..50).map(f64::from).collect::<Vec<_>>()
    );
    let sizes = sizes(&double);
    assert_eq!(
        sizes.iter().filter(|size| **size > 10).count(),
        1,
        "what was too large is not asked for again: {sizes:?}"
    );

    let overview = tracker(&double).project(&call(), &ProjectId::new("1"), None).await.unwrap();
    assert_eq!((overview.counted, overview.complete), (60, true));
}

#[tokio::test]
async fn a_run_that_is_too_large_by_itself_is_an_error() {
    let double = Double::start(Version::V3_17, numbered(3)).await;
    double.judge(|seen| if seen.is_runs_search() { Fate::TooLong(40_000_000) } else { Fate::Answer });

    let error = tracker(&double).search_runs(&call(), &query()).await.unwrap_err();

    assert_eq!(error.kind, ErrorKind::TooLarge);
    assert!(sizes(&double).len() < 10);
}

/// `{"offset": 2}`
const TWO: &str = "eyJvZmZzZXQiOiAyfQ==";

#[tokio::test]
async fn a_server_that_repeats_its_token_is_not_read_for_ever() {
    let double = Double::start(Version::V3_17, numbered(5)).await;
    double.judge(|_| Fate::Token(TWO.to_owned()));
    let tracker = tracker(&double);

    let read = pages(&*tracker, &ordered("started desc", 2), &[2]).await.unwrap();
    let overview = tracker.project(&call(), &ProjectId::new("1"), None).await.unwrap();

    assert!(read.len() <= 3, "{} pages", read.len());
    assert!(overview.counted > 0);
    assert!(double.seen().len() < 20, "{} requests", double.seen().len());
}

/// A call of which two requests take nearly all the time.
#[tokio::test]
async fn a_search_that_runs_out_of_time_gives_what_it_has_and_goes_on_later() {
    let mut store = numbered(600);
    for run in store.runs.iter_mut().step_by(10) {
        run.end = Some(run.start + 3_600_000);
    }
    let double = Double::start(Version::V3_17, store).await;
    let tracker = tracker(&double);
    tracker.search_runs(&call(), &RunQuery { limit: 1, ..query() }).await.unwrap();
    double.judge(|_| Fate::After(Duration::from_millis(12_500)));
    let projects = ProjectScope::Only(vec![ProjectId::new("1")]);
    let mut question = RunQuery { limit: 100, projects, ..filtered("duration > 1000") };

    let first = tracker.search_runs(&call(), &question).await.unwrap();

    assert_eq!(first.rows.len(), 30, "one in ten of two pages");
    assert_eq!(first.notes, ["read 300 runs and stopped (the time of this call is over); next_cursor continues"]);

    double.judge(|_| Fate::Answer);
    question.cursor = first.next.clone();
    let rest = tracker.search_runs(&call(), &question).await.unwrap();
    question.cursor = None;
    let whole = tracker.search_runs(&call(), &question).await.unwrap();

    assert_eq!([ids(&first.rows), ids(&rest.rows)].concat(), ids(&whole.rows));
    assert!(whole.next.is_none() && whole.notes.is_empty());
}

#[tokio::test]
async fn a_failure_after_some_rows_is_told_beside_them() {
    let double = Double::start(Version::V3_17, numbered(400)).await;
    let tracker = tracker(&double);
    let searches = AtomicUsize::new(0);
    double.judge(move |seen| match seen.is_runs_search() && searches.fetch_add(1, Ordering::SeqCst) > 0 {
        true => Fate::Reply(500, "{\"error_code\": \"INTERNAL_ERROR\", \"message\": \"down\"}".to_owned()),
        false => Fate::Answer,
    });
    let question = RunQuery { limit: 100, ..filtered("name not like '%7%'") };

    let page = tracker.search_runs(&call(), &question).await.unwrap();

    assert!(page.rows.len() > 50 && page.rows.len() < 100);
    assert!(page.notes[0].starts_with("reading ended early: "), "{:?}", page.notes);
    assert!(page.next.is_some());
}

#[tokio::test]
async fn twenty_callers_of_a_cold_cache_cause_one_search_of_experiments() {
    let double = Double::start(Version::V3_17, numbered(3)).await;
    let tracker = tracker(&double);

    let question = query();
    let calls: Vec<Call> = (0..20).map(|_| call()).collect();
    let pages = futures::future::join_all(calls.iter().map(|call| tracker.search_runs(call, &question))).await;

    assert!(pages.into_iter().all(|page| page.unwrap().rows.len() == 3));
    assert_eq!(double.seen().iter().filter(|seen| seen.is_experiments_search()).count(), 1);
}

#[tokio::test]
async fn a_failure_to_read_the_experiments_is_shared_by_all_who_wait_and_forgotten_after() {
    let double = Double::start(Version::V3_17, numbered(3)).await;
    let tracker = tracker(&double);
    double.judge(|_| Fate::Reply(500, "{\"error_code\": \"INTERNAL_ERROR\", \"message\": \"down\"}".to_owned()));

    let question = query();
    let calls: Vec<Call> = (0..20).map(|_| call()).collect();
    let pages = futures::future::join_all(calls.iter().map(|call| tracker.search_runs(call, &question))).await;

    let errors: BTreeSet<String> = pages.into_iter().map(|page| page.unwrap_err().message).collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(double.take_seen().len(), 1);

    double.judge(|_| Fate::Answer);
    assert_eq!(tracker.search_runs(&call(), &question).await.unwrap().rows.len(), 3);
}

/// Adds what a colleague made after the list of experiments was read.
fn add_experiment(double: &Double) {
    double.change(|store| {
        store.experiments.push(Experiment::new(7, "brand/new"));
        store.runs.push(StoredRun { experiment: 7, ..StoredRun::new(&"f".repeat(32), "fresh") });
    });
}

async fn warm() -> (Double, Config) {
    let double = Double::start(Version::V3_17, numbered(3)).await;
    let config = config(&double);
    ask(&config, "search_runs", serde_json::json!({})).await;
    add_experiment(&double);
    (double, config)
}

#[tokio::test]
async fn a_new_experiment_is_found_in_spite_of_the_kept_list() {
    let questions = [
        ("get_runs", serde_json::json!({"runs": ["f".repeat(32)]})),
        ("get_runs", serde_json::json!({"runs": ["fresh"]})),
        ("get_runs", serde_json::json!({"runs": ["ffffff"]})),
        ("search_runs", serde_json::json!({"query": "fresh"})),
        ("search_runs", serde_json::json!({"filter": "name = 'fresh'"})),
        ("search_runs", serde_json::json!({"filter": "project = 'brand/new'"})),
        ("search_runs", serde_json::json!({"projects": ["brand/new"]})),
        ("search_runs", serde_json::json!({"projects": ["7"]})),
        ("search_runs", serde_json::json!({"projects": ["brand/*"]})),
        ("get_project", serde_json::json!({"project": "brand/new"})),
        ("get_project", serde_json::json!({"project": "7"})),
        ("list_projects", serde_json::json!({"query": "brand"})),
    ];
    for (tool, arguments) in questions {
        let (_double, config) = warm().await;

        let reply = ask(&config, tool, arguments.clone()).await;

        assert!(!reply.is_error && reply.text.contains("brand/new"), "{tool} {arguments}: {}", reply.text);
    }
}

#[tokio::test]
async fn a_new_experiment_is_found_by_the_tracker_itself() {
    let (double, config) = warm().await;
    let tracker = config.trackers.all()[0].tracker.clone().unwrap();
    let found = tracker.runs(&call(), &[RunId::new("f".repeat(32))], Parts::NONE).await.unwrap();
    assert_eq!(found.found[0].run.project.name, "brand/new");

    double.change(|store| store.experiments.push(Experiment::new(8, "newer")));
    let resolution = tracker.resolve(&call(), Referent::Project, "newer").await.unwrap();
    assert_eq!(resolution.candidates[0].id, "8");
    assert_eq!(Arc::strong_count(&tracker), 2);
}

/// What used to be missed: the user of a run that was made over REST stands in a tag.
#[tokio::test]
async fn a_user_is_found_by_name_and_by_tag() {
    let mut store = numbered(0);
    let run = |id: &str, user: &str| StoredRun { user_id: user.to_owned(), ..StoredRun::new(&id.repeat(32), id) };
    store.runs = vec![
        run("a", "ada"),
        run("b", "").tag("mlflow.user", "ada"),
        run("c", "bob").tag("mlflow.user", "ada"),
        run("d", ""),
    ];
    for version in [Version::V2_15, Version::V3_17] {
        let double = Double::start(version, store.clone()).await;
        let tracker = tracker(&double);
        for (filter, expected) in [
            ("user = me", vec!["a", "b"]),
            ("user in ('ada', 'bob')", vec!["a", "b", "c"]),
            ("user ilike 'AD%'", vec!["a", "b"]),
            ("user != 'ada'", vec!["c"]),
            ("not user = 'bob'", vec!["a", "b"]),
            ("user is null", vec!["d"]),
            ("user = 'ada' and (name = 'b' or name = 'c' or name = 'd')", vec!["b"]),
        ] {
            let page = tracker.search_runs(&call(), &filtered(filter)).await.unwrap();

            assert_eq!(page.rows.iter().map(|run| run.name.as_str()).collect::<Vec<_>>(), expected, "{filter}");
        }
    }
}

/// What used to fail on 2.15 with a 503.
#[tokio::test]
async fn a_dataset_is_asked_for_beside_anything_else() {
    let mut store = numbered(3);
    for run in store.runs.iter_mut().take(2) {
        run.datasets = vec![crate::mlflow_double::Dataset { name: "squad".to_owned(), context: "training".to_owned() }];
    }
    for version in [Version::V2_15, Version::V3_17] {
        let double = Double::start(version, store.clone()).await;
        let tracker = tracker(&double);
        for (filter, order) in [
            ("dataset = 'squad' and metrics.acc > 0", "started desc"),
            ("dataset = 'squad' and name like 'run-1%'", "name"),
            ("dataset = 'squad' and started > '2025-11-20T00:00:00Z'", "metrics.acc desc"),
            ("dataset = 'squad' and not id = '00000000000000000000000000000000'", "tags.x, params.y desc"),
        ] {
            let question = RunQuery { order: Order::parse(order).unwrap(), ..filtered(filter) };

            let page = tracker.search_runs(&call(), &question).await.unwrap();

            assert_eq!(ids(&page.rows), [format!("{:032x}", 1)], "{filter} by {order} on {version:?}");
        }
    }
}

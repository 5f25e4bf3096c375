//! What a search costs the server, and where it ends: requests, page sizes, caps, deadlines, the list of experiments.

mod endings;
mod experiments;
mod names;

use backends::query::{Filter, Order};
use backends::tracker::RunQuery;

use crate::mlflow_double::{Dataset, Double, Experiment, Seen, Store, StoredRun, Version};
use crate::populations::now;
use crate::tracker_of_double::{call, ids, query, tracker};

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
        run.datasets = vec![Dataset { name: "squad".to_owned(), context: "training".to_owned() }];
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

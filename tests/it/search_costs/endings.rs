//! Where a search ends: caps, pages that are too large, deadlines, failures.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use backends::ErrorKind;
use backends::allowance::Allowance;
use backends::model::ProjectId;
use backends::query::Order;
use backends::tracker::{ProjectScope, RunQuery};

use super::{filtered, numbered, ordered, sizes};
use crate::mlflow_double::{Double, Fate, Version};
use crate::tracker_of_double::{call, ids, pages, query, tracker};

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

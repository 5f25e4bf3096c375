//! Searches: order, pages, filters, texts.

use backends::model::{Run, Status};
use backends::tracker::{ProjectScope, RunQuery};

use super::{BACKENDS, Running, in_scope, names, now, sorted};

fn val_f1(running: &Running, run: &Run) -> Option<f64> {
    run.metrics.get(&running.metric("val_f1")).map(|metric| metric.value)
}

#[tokio::test]
async fn the_most_recently_started_come_first_unless_asked_otherwise() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let everywhere = running.search(&in_scope(ProjectScope::All)).await;
        let started: Vec<_> = everywhere.rows.iter().map(|run| run.started.unwrap()).collect();
        assert!(started.is_sorted_by(|a, b| a >= b), "{}", running.name);
        assert_eq!(everywhere.next, None, "{}", running.name);
        let bench = running.search(&in_scope(running.scope(&["bench"]).await)).await.rows;
        let expected: Vec<String> = (0..12).rev().map(|number| format!("bench-{number:03}")).collect();
        assert_eq!(names(&bench), expected, "{}", running.name);
    }
}

#[tokio::test]
async fn a_metric_that_is_nan_infinite_or_missing_comes_last_in_both_directions() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let scope = running.scope(&["bench"]).await;
        for (order, first, last) in
            [("metrics.val_f1 desc", "bench-004", "bench-002"), ("metrics.val_f1 asc", "bench-002", "bench-004")]
        {
            let query = RunQuery { order: running.order(order), ..in_scope(scope.clone()) };
            let rows = running.search(&query).await.rows;
            assert_eq!(rows.len(), 12, "{}", running.name);
            let (finite, rest) = rows.split_at(8);
            let metric = |run: &Run| val_f1(&running, run);
            assert!(finite.iter().all(|run| metric(run).unwrap().is_finite()), "{}: {:?}", running.name, names(finite));
            assert_eq!((finite[0].name.as_str(), finite[7].name.as_str()), (first, last), "{}: {order}", running.name);
            let descending = order.ends_with("desc");
            assert!(finite.is_sorted_by(|a, b| if descending {
                metric(a) >= metric(b)
            } else {
                metric(a) <= metric(b)
            }));
            assert_eq!(sorted(names(rest)), ["bench-005", "bench-006", "bench-008", "bench-009"], "{}", running.name);
        }
    }
}

#[tokio::test]
async fn pages_of_any_order_give_each_run_exactly_once() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let scope = running.scope(&["bench", "lineage"]).await;
        for order in ["started desc", "metrics.val_f1 desc", "metrics.val_f1 asc", "name", "duration desc", "params.lr"]
        {
            let query = RunQuery { order: running.order(order), ..in_scope(scope.clone()) };
            let whole = running.search(&query).await.rows;
            let paged = running.pages(&query, 5).await;
            assert_eq!(names(&paged), names(&whole), "{}: {order}", running.name);
            let ids = sorted(paged.iter().map(|run| run.id.clone()));
            assert!(ids.len() == 17 && ids.is_sorted_by(|a, b| a < b), "{}: {order}: {}", running.name, ids.len());
            assert!(whole.is_sorted_by(|a, b| query.order.compare(a, b, now()).is_le()), "{}: {order}", running.name);
        }
    }
}

/// Filters of every kind, and whether any run of the data fits.
const FILTERS: &[&str] = &[
    "status = 'failed'",
    "status in ('failed', 'stopped') or status = 'running'",
    "not status = 'finished'",
    "metrics.val_f1 > 0.5",
    "not metrics.val_f1 > 0.5",
    "metrics.val_f1 is null",
    "metrics.val_f1 is not null and metrics.`val/loss` < 0.6",
    "metrics.val_f1 = 0.97",
    "params.optimizer = 'adam' and params.lr = '0.1'",
    "params.optimizer in ('sgd', 'lion') and not params.seed = '1'",
    "params.lr < 0.05",
    "params.`batch size` = '64' or params.`batch size` = '32'",
    "params.label = 'both '' and \"'",
    "params.nothing is null",
    "tags.golden = 'yes'",
    "tags.golden is not null",
    "tags.golden is null",
    "tags.model like 'meta/%'",
    "tags.model ilike 'MISTRAL%'",
    "tags.`a.b c/d` = '100%_done'",
    "name = 'it''s quoted'",
    "name like '100%done'",
    "name like 'under_score'",
    "name = 'UPPER case'",
    "name ilike 'upper case'",
    "name in ('bench-001', 'bench-002', 'no such')",
    "user = 'bob'",
    "user = me and project = 'bench'",
    "project = 'vision/vit'",
    "project in ('vision/vit', 'vision/resnet')",
    "started > '2026-06-01T09:00:00Z' and started < '2026-06-02'",
    "ended < '2026-06-01T08:30:00Z'",
    "duration > '10m'",
    "parent is not null",
    "commit like '0123%'",
    "dataset = 'mmlu'",
    "archived = true",
    "(params.optimizer = 'adam' or metrics.accuracy > 0.5) and not (status = 'failed' or user = 'bob')",
    "true",
    "not name = 'bench-001' and project = 'bench'",
];

#[tokio::test]
async fn a_filter_finds_exactly_the_runs_that_it_holds_for() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let mut all = Vec::new();
        for include_archived in [false, true] {
            all.push(running.search(&RunQuery { include_archived, ..in_scope(ProjectScope::All) }).await.rows);
        }
        assert!(all[0].len() < all[1].len() && all[1].len() < 100, "{}", running.name);
        for text in FILTERS {
            let parsed = running.filter(text);
            let query = RunQuery { filter: Some(parsed.clone()), ..in_scope(ProjectScope::All) };
            let found = running.search(&query).await.rows;
            let meant = parsed.with_me(crate::asking::ME);
            let pool = &all[usize::from(text.contains("archived"))];
            let expected: Vec<&str> =
                pool.iter().filter(|run| meant.matches(run, now())).map(|run| run.name.as_str()).collect();
            assert_eq!(names(&found), expected, "{}: {text}", running.name);
        }
    }
}

#[tokio::test]
async fn the_filters_of_this_suite_are_not_empty_questions() {
    let running = (BACKENDS[0].start)().await;
    for text in FILTERS {
        let query = RunQuery { filter: Some(running.filter(text)), ..in_scope(ProjectScope::All) };
        assert!(!running.search(&query).await.rows.is_empty(), "{text} finds nothing in the data");
    }
}

#[tokio::test]
async fn deleted_runs_come_only_when_asked_for() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let query = in_scope(running.scope(&["bench"]).await);
        let with = running.search(&RunQuery { include_archived: true, ..query.clone() }).await.rows;
        let archived: Vec<&Run> = with.iter().filter(|run| run.archived).collect();
        assert_eq!((with.len(), archived.len()), (14, 2), "{}", running.name);
        assert!(archived.iter().all(|run| run.name.starts_with("bench-deleted")), "{}", running.name);
        assert!(running.search(&query).await.rows.iter().all(|run| !run.archived), "{}", running.name);
    }
}

#[tokio::test]
async fn a_text_is_part_of_a_name_beginning_of_an_id_or_an_invocation() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let id = running.server.id("runs.parent");
        for (text, expected) in [
            ("SWEEP CHILD", vec!["sweep child 0", "sweep child 1", "sweep child 2"]),
            ("100%", vec!["100%_done", "100%xdone"]),
            ("r_s", vec!["under_score"]),
            ("it's", vec!["it's quoted"]),
            (&id[..8], vec!["sweep parent"]),
            ("no such run", vec![]),
        ] {
            let query = RunQuery { text: Some(text.to_owned()), ..in_scope(ProjectScope::All) };
            assert_eq!(sorted(names(&running.search(&query).await.rows)), expected, "{}: {text}", running.name);
        }
        let query = RunQuery { text: Some(running.server.id("invocation.id")), ..in_scope(ProjectScope::All) };
        assert_eq!(running.pages(&query, 5).await.len(), 12, "{}", running.name);
    }
}

#[tokio::test]
async fn no_projects_means_no_runs() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let page = running.search(&in_scope(ProjectScope::Only(Vec::new()))).await;
        assert_eq!((page.rows.len(), page.next), (0, None), "{}", running.name);
    }
}

#[tokio::test]
async fn what_failed_says_why_where_that_was_recorded() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let query = RunQuery {
            filter: Some(running.filter("status = 'failed'")),
            ..in_scope(running.scope(&["vision/resnet"]).await)
        };
        let rows = running.search(&query).await.rows;
        assert_eq!((rows.len(), rows[0].status), (1, Some(Status::Failed)), "{}", running.name);
        assert_eq!(rows[0].reason.as_deref(), Some("CUDA out of memory"), "{}", running.name);
    }
}

#[tokio::test]
async fn a_cursor_that_is_none_of_ours_is_refused() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for cursor in ["", "x", "{}", "[1,2]", "{\"l\":-1}", "{\"s\":[9,[]]}"] {
            let query = RunQuery { cursor: Some(cursor.to_owned()), ..in_scope(ProjectScope::All) };
            let error = running.tracker.search_runs(&running.call, &query).await.unwrap_err();
            assert_eq!(error.kind, backends::ErrorKind::BadInput, "{}: {cursor}: {error}", running.name);
        }
    }
}

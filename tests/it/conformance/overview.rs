//! A project looked at as a whole.

use backends::ErrorKind;
use backends::model::{Count, ProjectId};

use super::{BACKENDS, in_scope};

fn sum(counts: &[Count]) -> u64 {
    counts.iter().map(|count| count.runs).sum()
}

fn of(counts: &[Count], name: &str) -> u64 {
    counts.iter().find(|count| count.name == name).map_or(0, |count| count.runs)
}

#[tokio::test]
async fn the_counts_of_an_overview_add_up() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let id = running.project("bench").await;
        let overview = running.tracker.project(&running.call, &id, None).await.unwrap();
        assert_eq!((overview.counted, overview.complete, overview.project.name.as_str()), (12, true, "bench"));
        for counts in [&overview.by_status, &overview.by_user, &overview.by_day] {
            assert_eq!(sum(counts), overview.counted, "{}: {counts:?}", running.name);
        }
        let status = |word| of(&overview.by_status, word);
        let by_status = ["finished", "failed", "stopped", "queued", "running"].map(status);
        assert_eq!(by_status, [8, 1, 1, 1, 1], "{}: {:?}", running.name, overview.by_status);
        let metric = |name| of(&overview.metrics, &running.metric(name));
        assert_eq!((metric("val_f1"), metric("accuracy")), (11, 12), "{}", running.name);
        let lr = of(&overview.params, &running.param("lr"));
        assert_eq!((lr, of(&overview.by_tag, "golden")), (12, 1), "{}", running.name);
        for counts in [&overview.metrics, &overview.params, &overview.by_tag, &overview.by_user] {
            assert!(counts.is_sorted_by(|a, b| a.runs >= b.runs), "{}: {counts:?}", running.name);
        }
    }
}

#[tokio::test]
async fn an_overview_counts_what_a_search_finds() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        for name in ["bench", "lineage", "odd_names 100%"] {
            let id = running.project(name).await;
            let overview = running.tracker.project(&running.call, &id, None).await.unwrap();
            let found = running.search(&in_scope(running.scope(&[name]).await)).await.rows;
            assert_eq!(overview.counted, found.len() as u64, "{}: {name}", running.name);
            assert_eq!(overview.last_started, found.iter().filter_map(|run| run.started).max());
        }
    }
}

#[tokio::test]
async fn since_leaves_out_runs_that_started_before() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let id = running.project("bench").await;
        let since = "2026-06-01T09:00:00Z".parse().unwrap();
        let overview = running.tracker.project(&running.call, &id, Some(since)).await.unwrap();
        // One run every ten minutes from eight o'clock on: the one at nine itself counts.
        assert_eq!((overview.counted, sum(&overview.by_status)), (6, 6), "{}", running.name);
    }
}

#[tokio::test]
async fn a_project_that_is_not_there_is_not_found() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let error = running.tracker.project(&running.call, &ProjectId::new("987654"), None).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{}", running.name);
        assert!(error.message.contains("987654"), "{error}");
    }
}

//! What a tracker claims is what it does: an ability works, and its absence is told in a sentence, never by an empty list.

use backends::ErrorKind;
use backends::model::{Part, Parts};
use backends::tracker::{ProjectScope, RunQuery};

use super::{BACKENDS, all_projects, in_scope};

#[tokio::test]
async fn who_claims_projects_and_runs_has_them() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let capabilities = running.tracker.capabilities();
        let projects = running.tracker.projects(&running.call, &all_projects()).await;
        assert_eq!(projects.is_ok_and(|page| !page.rows.is_empty()), capabilities.projects, "{}", running.name);
        let runs = running.tracker.search_runs(&running.call, &in_scope(ProjectScope::All)).await;
        assert_eq!(runs.is_ok_and(|page| !page.rows.is_empty()), capabilities.runs, "{}", running.name);
    }
}

#[tokio::test]
async fn extremes_of_metrics_are_there_or_their_absence_is_told() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let claimed = running.tracker.capabilities().metric_extremes;
        for text in
            ["max.accuracy > 0.9", "min.accuracy < 0.9", "not max.accuracy > 2", "max.accuracy is null or name = 'x'"]
        {
            let query = RunQuery { filter: Some(running.filter(text)), ..in_scope(ProjectScope::All) };
            told(claimed, running.tracker.search_runs(&running.call, &query).await, text);
        }
        let query = RunQuery { order: running.order("max.accuracy desc"), ..in_scope(ProjectScope::All) };
        told(claimed, running.tracker.search_runs(&running.call, &query).await, "max.accuracy desc");
        let run =
            running.tracker.runs(&running.call, &[running.run("bench.4")], Parts::of(&[Part::Metrics])).await.unwrap();
        assert_eq!(run.found[0].run.metrics[&running.metric("accuracy")].max.is_some(), claimed, "{}", running.name);
    }
}

#[tokio::test]
async fn types_of_runs_are_there_or_their_absence_is_told() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let claimed = running.tracker.capabilities().run_types;
        let query = RunQuery { filter: Some(running.filter("type = 'training'")), ..in_scope(ProjectScope::All) };
        told(claimed, running.tracker.search_runs(&running.call, &query).await, "type = 'training'");
        let id = running.project("bench").await;
        let overview = running.tracker.project(&running.call, &id, None).await.unwrap();
        assert_eq!(!overview.by_type.is_empty(), claimed, "{}", running.name);
    }
}

#[tokio::test]
async fn configuration_objects_are_there_or_their_absence_is_told() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let claimed = running.tracker.capabilities().configuration_objects;
        let answer =
            running.tracker.runs(&running.call, &[running.run("bench.4")], Parts::of(&[Part::Config])).await.unwrap();
        let absence = answer.found[0].notes.iter().any(|note| note.contains("configuration"));
        assert_eq!(!absence, claimed, "{}: {:?}", running.name, answer.found[0].notes);
    }
}

#[tokio::test]
async fn who_claims_traces_has_a_side_that_knows_them() {
    for backend in BACKENDS {
        let running = (backend.start)().await;
        let claimed = running.tracker.capabilities().traces;
        assert_eq!(running.tracker.traces().is_some(), claimed, "{}", running.name);
    }
}

/// An ability gives rows; its lack an error that names it, or a page that says what it did not see.
fn told(claimed: bool, answer: backends::Result<backends::model::Page<backends::model::Run>>, question: &str) {
    match answer {
        Ok(page) if claimed => assert!(!page.rows.is_empty(), "{question} finds nothing"),
        Ok(page) => assert!(!page.notes.is_empty(), "{question} is answered in silence, with {} rows", page.rows.len()),
        Err(error) => {
            assert!(!claimed, "{question}: {error}");
            assert!(matches!(error.kind, ErrorKind::Unsupported | ErrorKind::BadInput), "{question}: {error:?}");
        }
    }
}

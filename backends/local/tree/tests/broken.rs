//! What is broken, half written, or not what it says.

use super::*;
use crate::model::{CurveWant, RunId, Series};
use crate::{ErrorKind, Tracker};

#[tokio::test]
async fn broken_runs_are_passed_over_with_a_note() {
    let lab = Lab::new();
    for (id, meta) in [
        ("empty", ""),
        ("half", "artifact_uri: file:///a\nend_ti"),
        ("other", &format!("run_id: {FIRST}\nexperiment_id: '100'\n")),
        ("elsewhere", "run_id: elsewhere\nexperiment_id: '200'\n"),
        ("yaml", "run_id: 'open"),
    ] {
        lab.write(&format!("100/{id}/meta.yaml"), meta);
    }
    // Neither of these is a run.
    lab.write("100/artifact-folder/model.pkl", "x");
    lab.write("100/stray.txt", "x");

    let page = lab.tree.search_runs(&call(), &query("")).await.unwrap();

    assert_eq!(page.rows.len(), 2);
    assert_eq!(page.notes.len(), 1, "{:?}", page.notes);
    assert!(
        page.notes[0].starts_with("passed over 5 runs that cannot be read, the first of them 'elsewhere'"),
        "{:?}",
        page.notes
    );
}

#[tokio::test]
async fn broken_experiments_are_passed_over_with_a_note() {
    let lab = Lab::new();
    lab.write("400/meta.yaml", "experiment_id: '401'\nname: x\n");
    lab.write("500/meta.yaml", "");
    lab.write("600/nothing", "");
    let page = lab.tree.search_runs(&call(), &query("")).await.unwrap();
    assert_eq!(page.notes.len(), 1);
    assert!(
        page.notes[0].contains("2 experiments") && page.notes[0].contains("of the experiment '401'"),
        "{:?}",
        page.notes
    );
    assert!(lab.tree.status(&call()).await.unwrap().notes.iter().any(|note| note.contains("2 experiments")));
}

#[tokio::test]
async fn broken_lines_of_a_metric_are_counted() {
    let lab = Lab::new();
    lab.of_first("metrics/loss", "1000 0.5 0\nnonsense\n1001 0.25 1\n1002 0.1");
    let page = lab.tree.search_runs(&call(), &query("metrics.loss < 0.3")).await.unwrap();
    assert_eq!(page.rows[0].metrics["loss"].value, 0.25);
    assert_eq!(page.notes.len(), 1);
    assert!(page.notes[0].contains("lines of a metric") && page.notes[0].contains("2 are not"), "{:?}", page.notes);

    let series = Series { run: RunId::new(FIRST), started: None, metric: "loss".to_owned(), kept: None };
    let want = CurveWant { axis: Default::default(), from: None, to: None, samples: 5 };
    let curves = lab.tree.curves(&call(), &[series], &want).await.unwrap();
    assert_eq!((curves.curves[0].statistics.count, curves.notes.len()), (2, 1));
}

#[tokio::test]
async fn a_tree_that_is_not_there_is_unavailable() {
    let tree = tree(Path::new("/nowhere/mlruns"));
    let error = tree.search_runs(&call(), &query("")).await.unwrap_err();
    assert!(error.kind == ErrorKind::Unavailable && error.message.contains("/nowhere/mlruns"), "{error}");
    assert!(tree.probe(&call()).await[0].outcome.is_err());
}

#[tokio::test]
async fn a_run_without_name_user_and_status_has_what_its_tags_say() {
    let lab = Lab::new();
    let id = "cccccc";
    lab.write(&format!("200/{id}/meta.yaml"), "run_uuid: cccccc\nexperiment_id: 200\nstart_time: 7\n");
    lab.write(&format!("200/{id}/tags/mlflow.runName"), "of old");
    let page = lab.tree.search_runs(&call(), &query("status = running")).await.unwrap();
    assert_eq!((page.rows.len(), page.rows[0].name.as_str()), (1, "of old"));
}

#[tokio::test]
async fn a_cancelled_call_ends_early() {
    let lab = Lab::new();
    let token = tokio_util::sync::CancellationToken::new();
    token.cancel();
    let error = lab.tree.search_runs(&call().with_cancellation(token), &query("")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
}

#[tokio::test]
async fn a_call_without_time_says_what_it_did_not_read() {
    let lab = Lab::new();
    let late = call().with_deadline(std::time::Duration::from_secs(1));
    let page = lab.tree.search_runs(&late, &query("")).await.unwrap();
    assert_eq!((page.rows.len(), page.total), (0, None));
    assert!(
        page.notes[0].contains("only 0 of some 3 runs were read (the time of this call is over)"),
        "{:?}",
        page.notes
    );
}

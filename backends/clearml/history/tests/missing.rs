//! Runs that are gone, and series that cannot be read.

use super::double::{loss, reported, serving};
use super::*;
use crate::ErrorKind;
use crate::clearml::history::HISTOGRAMS;

/// What the server says when one task of many is unknown (recorded).
fn invalid_task() -> ResponseTemplate {
    ResponseTemplate::new(400).set_body_json(json!({
        "meta": {"result_code": 400, "result_subcode": 101, "error_stack": null, "error_data": {},
                 "result_msg": "Invalid task id: ids=(f03721ba0b6b4ca8aa19664990534402, ffffffffffffffffffffffffffffffff)"},
        "data": {}
    }))
}

#[tokio::test]
async fn a_run_that_is_gone_costs_the_others_nothing() {
    let server = serving(vec![loss("here", 3), loss("there", 3)]).await;
    let both = |body: &Value| body["tasks"].as_array().unwrap().iter().any(|task| task == "gone");
    endpoint(HISTOGRAMS)
        .and(move |request: &Request| both(&request.body_json().unwrap()))
        .respond_with(invalid_task())
        .mount(&server)
        .await;
    let asked_for = ["here", "gone", "there"].map(|run| known(run, "train/loss", Metric::last(0.5, None)));
    let read = read(&server, &asked_for, &WANT).await;
    let runs: Vec<&str> = read.curves.iter().map(|curve| curve.run.as_str()).collect();
    assert_eq!(runs, ["here", "there"]);
    let asked = asked(&server).await;
    let endpoints: Vec<&str> = asked.iter().map(|(endpoint, _)| endpoint.as_str()).collect();
    assert_eq!(endpoints, [HISTOGRAMS, METRICS, HISTOGRAMS]);
    assert_eq!(asked[2].1["tasks"], json!(["here", "there"]));
}

#[tokio::test]
async fn if_all_runs_are_gone_nothing_more_is_asked() {
    let server = serving(vec![loss("here", 3)]).await;
    endpoint(HISTOGRAMS).respond_with(invalid_task()).expect(1).mount(&server).await;
    let gone = known("gone", "train/loss", Metric::last(0.5, None));
    assert_eq!(read(&server, &[gone], &WANT).await, Curves::default());
}

#[tokio::test]
async fn unknown_runs_and_series_have_no_curve_and_nothing_is_asked_for_them() {
    let server = serving(vec![loss("t", 3)]).await;
    let asked_for =
        [series("ffff", "train/loss"), series("t", "train/lss"), series("", "train/loss"), series("-t", "train/loss")];
    assert_eq!(read(&server, &asked_for, &WANT).await, Curves::default());
    let asked = asked(&server).await;
    assert_eq!((asked.len(), &asked[0].1["id"]), (1, &json!(["ffff", "t"])));
}

#[tokio::test]
async fn a_series_that_cannot_be_read_is_named_and_the_others_stand() {
    let server = serving(vec![loss("t", 7_000), reported("t", ("train", "accuracy"), 30)]).await;
    // As the server does when something was reported without a value.
    let fault = json!({"meta": {"result_code": 500, "result_subcode": 0, "result_msg": "'value'"}, "data": {}});
    endpoint(RAW).respond_with(ResponseTemplate::new(500).set_body_json(fault)).mount(&server).await;
    let asked_for = ["train/loss", "train/accuracy"].map(|name| series("t", name));
    let read = read(&server, &asked_for, &WANT).await;
    assert_eq!(read.curves.iter().map(|curve| curve.metric.as_str()).collect::<Vec<_>>(), ["train/accuracy"]);
    assert!(read.notes[0].starts_with("not read, and in no number here: 'train/loss' of run t: "), "{:?}", read.notes);
}

#[tokio::test]
async fn if_nothing_could_be_read_that_is_the_error() {
    let server = serving(vec![reported("t", ("m", "v"), 3)]).await;
    let refused = json!({"meta": {"result_code": 403, "result_subcode": 20, "result_msg": "no"}, "data": {}});
    endpoint(HISTOGRAMS).respond_with(ResponseTemplate::new(403).set_body_json(refused)).mount(&server).await;
    let error = outcome(&server, &call()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotAllowed);
}

//! Plots and debug samples.

use super::lab::{IMAGES, PLOTS};
use super::*;

#[tokio::test]
async fn the_last_plot_of_a_series_is_asked_for_once_however_many_parts_are_read() {
    let lab = Lab::recorded().await;
    let (call, wanted) = (call(), "plots/report/per class.json");
    let mut text = Vec::new();
    for range in [from(0, 20), from(20, 5_000)] {
        let part = lab.tracker.read_artifact(&call, &lab.run, wanted, range).await.unwrap();
        assert_eq!(part.note.as_deref(), Some("the plot is of iteration 3"));
        text.extend_from_slice(&part.bytes);
    }
    let plot: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(plot["data"][0]["type"], "table");
    let bodies = lab.bodies().await;
    assert_eq!(bodies[PLOTS].len(), 1);
    assert_eq!(bodies[PLOTS][0]["metrics"], json!([{"metric": "report", "variants": ["per class"]}]));
    assert_eq!((&bodies[PLOTS][0]["task"], &bodies[PLOTS][0]["iters"]), (&json!(TASK), &json!(1)));
}

#[tokio::test]
async fn an_earlier_plot_is_read_by_its_iteration() {
    let lab = Lab::recorded().await;
    lab.answers("events.get_plot_sample", &media()["plot_sample"]).await;
    let part = lab.read("plots/report/per class/3.json", ALL).await.unwrap();
    assert!(part.bytes.starts_with(b"{\"data\"") && part.note.is_none());
    assert_eq!(lab.bodies().await["events.get_plot_sample"][0]["iteration"], 3);
    // The server has none of that iteration and gives others.
    let error = lab.read("plots/report/per class/2.json", ALL).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_debug_sample_is_a_picture_of_the_file_server() {
    let lab = Lab::recorded().await;
    lab.serves_all("\u{89}PNG").await;
    let part = lab.read("debug/samples/input/199.jpeg", ALL).await.unwrap();
    assert_eq!(&part.bytes[..], "\u{89}PNG".as_bytes());
    let asked = lab.file_requests().await;
    assert!(asked[0].ends_with("/metrics/samples/input/samples_input_00000002.jpeg"), "{asked:?}");
}

#[tokio::test]
async fn an_earlier_debug_sample_is_read_by_its_iteration() {
    let lab = Lab::recorded().await;
    lab.serves_all("old").await;
    let mut sample = media()["sample"].clone();
    sample["event"]["iter"] = json!(40);
    lab.answers("events.get_debug_image_sample", &sample).await;
    assert_eq!(&lab.read("debug/samples/input/40.jpeg", ALL).await.unwrap().bytes[..], b"old");
    let body = &lab.bodies().await["events.get_debug_image_sample"][0];
    assert_eq!(
        (&body["metric"], &body["variant"], &body["iteration"]),
        (&json!("samples"), &json!("input"), &json!(40))
    );
    for wanted in ["debug/samples/input/41.jpeg", "debug/samples/input/40.png", "debug/samples/input/x.jpeg"] {
        assert_eq!(lab.read(wanted, ALL).await.unwrap_err().kind, ErrorKind::NotFound, "{wanted}");
    }
}

#[tokio::test]
async fn samples_that_were_reported_only_earlier_are_asked_for_by_name() {
    let lab = Lab::of(&media()["document"]).await;
    let titles =
        json!({"metrics": [{"metric": "first", "variants": ["a"]}, {"metric": "samples", "variants": ["input"]}]});
    lab.answers(TITLES, &titles).await;
    let sample = |metric: &str, variant: &str, iter: u64| {
        json!({"metrics": [{"task": TASK, "iterations": [{"iter": iter, "events": [
            {"metric": metric, "variant": variant, "iter": iter, "url": "http://files/a.png"}]}]}]})
    };
    let by_name = json!({"metrics": [{"task": TASK, "metric": "first", "variants": ["a"]}], "iters": 10});
    lab.answers_to(IMAGES, &by_name, &sample("first", "a", 0)).await;
    lab.answers(IMAGES, &sample("samples", "input", 900)).await;
    assert_eq!(paths(&lab.list("debug/first/a").await.unwrap().rows), ["debug/first/a/0.png"]);
    assert_eq!(lab.bodies().await[IMAGES].len(), 2);
}

//! What lies in which folder.

use wiremock::matchers::path;
use wiremock::{Mock, ResponseTemplate};

use super::lab::{DOCUMENT, IMAGES};
use super::*;

#[tokio::test]
async fn the_top_of_a_task_is_three_requests() {
    let lab = Lab::recorded().await;
    let page = lab.list("").await.unwrap();
    assert_eq!(
        paths(&page.rows),
        ["code/", "config/", "debug/", "metrics_json", "notes é+#?", "numpy arr", "picture", "plots/", "table"]
    );
    let artifact = page.rows.iter().find(|row| row.path == "table").unwrap();
    assert_eq!((artifact.size, artifact.kind.as_deref()), (Some(95), Some("pandas")));
    assert!(artifact.hash.as_deref().unwrap().starts_with("626675612b"));
    assert!(artifact.location.as_deref().unwrap().ends_with("/artifacts/table/table.csv.gz"));
    assert!(artifact.preview.as_deref().unwrap().starts_with("  class  precision"));
    assert!(page.notes.is_empty() && page.next.is_none(), "{:?}", page.notes);
    let bodies = lab.bodies().await;
    assert_eq!(lab.requests().await, 3);
    assert_eq!(bodies[DOCUMENT][0]["id"], json!([TASK]));
    let types: Vec<&Value> = bodies[TITLES].iter().map(|body| &body["event_type"]).collect();
    assert!(types.contains(&&json!("plot")) && types.contains(&&json!("training_debug_image")), "{types:?}");
    assert!(bodies[TITLES].iter().all(|body| body["tasks"] == json!([TASK])));
}

#[tokio::test]
async fn all_folders_within_one_question_are_one_request_more() {
    let lab = Lab::recorded().await;
    let call = call();
    let mut seen = Vec::new();
    for folder in ["", "config", "code", "plots", "plots/report", "debug", "debug/samples", "debug/samples/input"] {
        seen.extend(paths(&lab.tracker.artifacts(&call, &lab.run, folder, None).await.unwrap().rows));
    }
    for expected in [
        "config/aug.yaml",
        "config/model_config",
        "code/requirements.txt",
        "plots/report/per class.json",
        "debug/samples/",
        "debug/samples/input/",
        "debug/samples/input/0.jpeg",
        "debug/samples/input/199.jpeg",
    ] {
        assert!(seen.iter().any(|path| path == expected), "{expected} in {seen:?}");
    }
    assert_eq!(lab.requests().await, 4);
    // Another question sees what is there by then.
    lab.list("config").await.unwrap();
    assert_eq!(lab.requests().await, 5);
}

#[tokio::test]
async fn a_folder_with_nothing_in_it_is_not_there() {
    let lab = Lab::of(&json!({"tasks": [{"id": TASK, "script": {"diff": "", "requirements": {}}}]})).await;
    lab.answers(TITLES, &json!({"metrics": []})).await;
    assert_eq!(lab.list("").await.unwrap().rows, []);
    for folder in ["plots", "debug", "config", "models", "no/such"] {
        assert_eq!(lab.list(folder).await.unwrap().rows, [], "{folder}");
    }
}

#[tokio::test]
async fn names_with_slashes_lie_in_folders_beside_those_of_ours() {
    let artifact = |key: &str| json!({"key": key, "uri": "s3://bucket/x", "content_size": 1});
    let keys = ["reports/summary.txt", "reports/deep/a", "plots/loss.png", "config", "debug/x"];
    let artifacts: Vec<Value> = keys.iter().map(|key| artifact(key)).collect();
    let configuration = json!({"model": {"value": "lr: 1"}});
    let document =
        json!({"tasks": [{"id": TASK, "execution": {"artifacts": artifacts}, "configuration": configuration}]});
    let lab = Lab::of(&document).await;
    lab.answers(TITLES, &media()["plot_titles"]).await;
    lab.answers(IMAGES, &media()["samples"]).await;
    assert_eq!(paths(&lab.list("").await.unwrap().rows), ["config", "config/", "debug/", "plots/", "reports/"]);
    assert_eq!(paths(&lab.list("reports").await.unwrap().rows), ["reports/deep/", "reports/summary.txt"]);
    let plots = paths(&lab.list("plots").await.unwrap().rows);
    assert_eq!(plots, ["plots/confusion/", "plots/loss.png", "plots/precision-recall/", "plots/report/"]);
    assert!(paths(&lab.list("debug").await.unwrap().rows).contains(&"debug/x".to_owned()));
}

#[tokio::test]
async fn plots_that_are_out_of_reach_do_not_hide_the_artifacts() {
    let lab = Lab::of(&media()["document"]).await;
    let down = json!({"meta": {"result_code": 400, "result_subcode": 1, "result_msg": "no"}});
    // A refusal that is not tried again, so that no time passes.
    let refusal = ResponseTemplate::new(404).set_body_json(down);
    Mock::given(path(format!("/v2.31/{TITLES}"))).respond_with(refusal).mount(&lab.api).await;
    let page = lab.list("").await.unwrap();
    assert!(page.rows.iter().any(|row| row.path == "table"));
    assert_eq!(page.notes.len(), 2, "{:?}", page.notes);
    assert!(lab.list("plots").await.is_err());
}

#[tokio::test]
async fn two_artifacts_of_one_path_are_told_apart() {
    let artifact = |key: &str| json!({"key": key, "uri": "s3://b/x", "type_data": {"preview": key}});
    let document =
        json!({"tasks": [{"id": TASK, "execution": {"artifacts": [artifact("a/b.txt"), artifact("/a//b.txt")]}}]});
    let lab = Lab::of(&document).await;
    assert_eq!(paths(&lab.list("a").await.unwrap().rows), ["a/b (2).txt", "a/b.txt"]);
    assert_eq!(&lab.read("a/b (2).txt", ALL).await.unwrap().bytes[..], b"a/b.txt");
}

#[tokio::test]
async fn what_is_told_of_a_task_in_one_answer_is_asked_once() {
    let lab = Lab::recorded().await;
    let call = call();
    let lists = (0..20).map(|_| lab.tracker.artifacts(&call, &lab.run, "", None));
    let pages = futures::future::join_all(lists).await;
    assert!(pages.iter().all(Result::is_ok));
    assert_eq!(lab.requests().await, 3);
    // Nothing is kept of a call that is over.
    drop(call);
    lab.list("config").await.unwrap();
    assert_eq!(lab.requests().await, 4);
}

//! Files of a task, over real connections: an API that answers as recorded, and a file server beside it.

mod lab;

use serde_json::{Value, json};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use lab::{DOCUMENT, IMAGES, Lab, PLOTS, TASK, TITLES, media};

use super::{part_of, path as as_path};
use crate::clearml::tests::call;
use crate::model::{Artifact, ByteRange};
use crate::{ErrorKind, Result};

fn from(offset: u64, length: u64) -> ByteRange {
    ByteRange::From { offset, length }
}

const ALL: ByteRange = ByteRange::From { offset: 0, length: 10_000 };

fn paths(rows: &[Artifact]) -> Vec<String> {
    rows.iter().map(|row| format!("{}{}", row.path, if row.folder { "/" } else { "" })).collect()
}

/// A task with one artifact.
fn with_artifact(artifact: &Value) -> Value {
    json!({"tasks": [{"id": TASK, "execution": {"artifacts": [artifact]}}]})
}

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
async fn any_part_of_a_file_is_read_from_the_file_server_with_the_token() {
    let lab = Lab::recorded().await;
    lab.serves("/vision/resnet/resnet50%20baseline.f03721ba0b6b4ca8aa19664990534402/artifacts/notes%20%C3%A90x2b0x230x3f/notes%200.txt", "0123456789").await;
    for (range, expected, offset) in [
        (from(0, 100), "0123456789", 0),
        (from(0, 4), "0123", 0),
        (from(3, 4), "3456", 3),
        (from(10, 5), "", 10),
        (from(20, 5), "", 20),
        (ByteRange::Last(3), "789", 7),
        (ByteRange::Last(100), "0123456789", 0),
    ] {
        let part = lab.read("notes é+#?", range).await.unwrap();
        assert_eq!((&part.bytes[..], part.offset), (expected.as_bytes(), offset), "{range:?}");
        assert_eq!((part.size, part.note), (Some(10), None), "{range:?}");
    }
    assert_eq!(lab.logins(), 1);
}

#[tokio::test]
async fn reading_a_registered_artifact_is_its_document_and_its_file() {
    let lab = Lab::recorded().await;
    lab.serves_all("{}").await;
    let call = call();
    for range in [from(0, 1), from(1, 1)] {
        lab.tracker.read_artifact(&call, &lab.run, "metrics_json", range).await.unwrap();
    }
    assert_eq!((lab.requests().await, lab.file_requests().await.len()), (1, 2));
}

#[tokio::test]
async fn a_server_without_ranges_is_read_from_the_beginning() {
    let lab = Lab::recorded().await;
    let whole = ResponseTemplate::new(200).set_body_raw("0123456789", "text/plain");
    Mock::given(any()).respond_with(whole).mount(&lab.files).await;
    for (range, expected, offset) in [(from(2, 3), "234", 2), (ByteRange::Last(2), "89", 8), (from(8, 9), "89", 8)] {
        let part = lab.read("metrics_json", range).await.unwrap();
        assert_eq!((&part.bytes[..], part.offset, part.whole_only), (expected.as_bytes(), offset, true));
    }
}

#[tokio::test]
async fn no_other_host_is_asked_for_anything() {
    let stranger = MockServer::start().await;
    let port = stranger.address().port();
    for uri in [
        format!("{}/a.txt", stranger.uri()),
        // The same machine, but not the server of the settings.
        format!("http://localhost:{port}/a.txt"),
        format!("{}@127.0.0.1:{port}/a.txt", Lab::recorded().await.files.uri()),
        "s3://bucket/secret.txt".to_owned(),
        "gs://bucket/secret.txt".to_owned(),
        "azure://account/secret.txt".to_owned(),
        "file:///etc/passwd".to_owned(),
        "/etc/passwd".to_owned(),
    ] {
        let artifact = json!({"key": "a", "uri": uri, "content_size": 5, "hash": "abc123"});
        let lab = Lab::of(&with_artifact(&artifact)).await;
        let error = lab.read("a", ALL).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported, "{uri}: {error}");
        for told in
            ["5 bytes", "abc123", "a.txt", "configured file servers"].into_iter().filter(|told| *told != "a.txt")
        {
            assert!(error.message.contains(told), "{uri}: {error}");
        }
        assert!(lab.file_requests().await.is_empty());
    }
    assert!(stranger.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_not_fetched_is_told_by_its_preview() {
    let preview = "{\"acc\": 0.93}";
    let artifact = json!({"key": "m", "type": "dict", "uri": "s3://ada:hunter2@host/m.json", "content_size": 4_000_000,
                          "type_data": {"preview": preview}});
    let lab = Lab::of(&with_artifact(&artifact)).await;
    let part = lab.read("m", ALL).await.unwrap();
    assert_eq!((&part.bytes[..], part.size), (preview.as_bytes(), Some(13)));
    let note = part.note.unwrap();
    assert!(note.contains("preview") && note.contains("s3://host/m.json") && !note.contains("hunter2"), "{note}");
    let part = lab.read("m", ByteRange::Last(3)).await.unwrap();
    assert_eq!((&part.bytes[..], part.offset), (&b"93}"[..], 10));
    lab.answers(TITLES, &json!({"metrics": []})).await;
    assert_eq!(lab.list("").await.unwrap().rows[0].location.as_deref(), Some("s3://host/m.json"));
}

#[tokio::test]
async fn a_preview_that_tells_only_the_name_stands_for_nothing() {
    let artifact = json!({"key": "w", "uri": "s3://b/w.pt", "type_data": {"preview": "w.pt - 95.3 MB\n"}});
    let lab = Lab::of(&with_artifact(&artifact)).await;
    assert_eq!(lab.read("w", ALL).await.unwrap_err().kind, ErrorKind::Unsupported);
    let lab = Lab::of(&with_artifact(&json!({"key": "w"}))).await;
    let error = lab.read("w", ALL).await.unwrap_err();
    assert!(error.message.contains("no place was recorded"), "{error}");
}

#[tokio::test]
async fn the_preview_of_a_packed_table_is_read_instead_of_its_bytes() {
    let lab = Lab::recorded().await;
    let part = lab.read("table", ALL).await.unwrap();
    assert!(part.bytes.starts_with(b"  class  precision"));
    assert!(part.note.unwrap().contains("table.csv.gz"));
    assert!(lab.file_requests().await.is_empty());
}

#[tokio::test]
async fn a_redirect_to_another_host_takes_nothing_along() {
    let (lab, stranger) = (Lab::recorded().await, MockServer::start().await);
    let away = ResponseTemplate::new(302).insert_header("location", format!("{}/a?x=1", stranger.uri()));
    Mock::given(any()).respond_with(away).mount(&lab.files).await;
    let error = lab.read("metrics_json", ALL).await.unwrap_err();
    assert!(error.kind == ErrorKind::Unavailable && error.message.contains("another server"), "{error}");
    assert!(stranger.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn refusals_of_the_file_server_say_what_to_do() {
    for (status, kind, told) in [
        (404, ErrorKind::Unavailable, "no such file"),
        (401, ErrorKind::NotAllowed, "CLEARML_FILES_HOST"),
        (403, ErrorKind::NotAllowed, "does not allow"),
        (405, ErrorKind::Unavailable, "not as ClearML's does"),
    ] {
        let lab = Lab::recorded().await;
        let page = ResponseTemplate::new(status).set_body_raw("<!doctype html><title>no</title>", "text/html");
        Mock::given(any()).respond_with(page).mount(&lab.files).await;
        let error = lab.read("metrics_json", ALL).await.unwrap_err();
        assert!(error.kind == kind && !error.temporary, "{status}: {error:?}");
        assert!(error.message.contains(told) && error.message.contains("'metrics_json'"), "{status}: {error}");
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_files_too() {
    let lab = Lab::recorded().await;
    lab.list("config").await.unwrap();
    let refusal = ResponseTemplate::new(401).set_body_raw("Signature has expired", "text/html");
    Mock::given(any()).respond_with(refusal).up_to_n_times(1).with_priority(1).mount(&lab.files).await;
    lab.serves_all("fresh").await;
    assert_eq!(&lab.read("metrics_json", ALL).await.unwrap().bytes[..], b"fresh");
    assert_eq!(lab.logins(), 2);
}

#[tokio::test]
async fn a_web_page_from_the_wrong_server_is_no_file() {
    for status in [200, 206] {
        let lab = Lab::recorded().await;
        let page = ResponseTemplate::new(status).set_body_raw("<!doctype html><title>ClearML</title>", "text/html");
        Mock::given(any()).respond_with(page).mount(&lab.files).await;
        let error = lab.read("metrics_json", ALL).await.unwrap_err();
        assert!(error.message.contains("web page"), "{error}");
    }
}

#[tokio::test]
async fn a_web_page_that_was_logged_is_a_file() {
    let lab = Lab::recorded().await;
    let page = ResponseTemplate::new(200)
        .set_body_raw("<p>report</p>", "text/html")
        .insert_header("content-disposition", "inline; filename=report.html");
    Mock::given(any()).respond_with(page).mount(&lab.files).await;
    assert_eq!(&lab.read("metrics_json", ALL).await.unwrap().bytes[..], b"<p>report</p>");
}

#[tokio::test]
async fn what_the_task_itself_holds_needs_no_file_server() {
    let mut document = media()["document"].clone();
    document["tasks"][0]["script"]["diff"] = json!("-lr = 0.1\n+lr = 0.2\n");
    let lab = Lab::of(&document).await;
    assert_eq!(&lab.read("code/uncommitted.diff", from(0, 9)).await.unwrap().bytes[..], b"-lr = 0.1");
    let requirements = lab.read("code/requirements.txt", ALL).await.unwrap();
    assert!(requirements.bytes.starts_with(b"# Python 3.11.7 "));
    let config = document["tasks"][0]["configuration"]["aug.yaml"]["value"].as_str().unwrap();
    let part = lab.read("config/aug.yaml", ALL).await.unwrap();
    assert_eq!((&part.bytes[..], part.size), (config.as_bytes(), Some(config.len() as u64)));
    assert!(lab.file_requests().await.is_empty());
}

#[tokio::test]
async fn a_model_is_listed_with_its_place_and_read_there() {
    let lab = Lab::of(&media()["of_model"]).await;
    lab.serves_all("weights").await;
    let page = lab.list("models").await.unwrap();
    assert_eq!(paths(&page.rows), ["models/fraud-model"]);
    assert!(page.rows[0].location.as_deref().unwrap().ends_with("/models/model.pt"));
    assert_eq!(&lab.read("models/fraud-model", ALL).await.unwrap().bytes[..], b"weights");
    // A model whose place is not known is not listed.
    assert_eq!(Lab::recorded().await.list("models").await.unwrap().rows, []);
}

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
async fn whatever_an_artifact_is_called_it_can_be_read() {
    for key in ["../../etc/passwd", "/abs", "a//b/", "..", "C:/x", "a\\b", "a\nb", "", "s3://bucket/x"] {
        let lab = Lab::recorded().await;
        let uri = format!("{}/stored", lab.files.uri());
        let lab = lab.with(&with_artifact(&json!({"key": key, "uri": uri}))).await;
        lab.serves("/stored", "found").await;
        let part = lab.read(&as_path(key), ALL).await.unwrap();
        assert_eq!(&part.bytes[..], b"found", "{key:?}");
    }
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
async fn a_hostile_path_or_run_is_refused_without_a_request() {
    let lab = Lab::recorded().await;
    for wanted in ["../x", "/etc/passwd", "a//b", "file:///etc/passwd", "", "a\\b"] {
        assert_eq!(lab.read(wanted, ALL).await.unwrap_err().kind, ErrorKind::BadInput, "{wanted}");
    }
    for run in ["", "../x", "a b", "x\"]}"] {
        let run = crate::model::RunId::new(run);
        assert_eq!(lab.tracker.artifacts(&call(), &run, "", None).await.unwrap_err().kind, ErrorKind::NotFound);
    }
    assert_eq!((lab.requests().await, lab.logins()), (0, 0));
}

#[tokio::test]
async fn an_unknown_run_file_and_a_folder_are_told_apart() {
    let lab = Lab::recorded().await;
    let kind = async |wanted: &str| lab.read(wanted, ALL).await.map(|_| ()).map_err(|error| error.kind);
    assert_eq!(kind("no_such").await, Err(ErrorKind::NotFound));
    assert_eq!(kind("plots/none.json").await, Err(ErrorKind::NotFound));
    for folder in ["config", "plots", "plots/report", "debug", "debug/samples/input"] {
        assert_eq!(kind(folder).await, Err(ErrorKind::BadInput), "{folder}");
    }
    let nobody = Lab::of(&json!({"tasks": []})).await;
    lab::refuses(&nobody.api, TITLES).await;
    for outcome in [nobody.list("").await.map(|_| ()), nobody.read("a", ALL).await.map(|_| ())] as [Result<()>; 2] {
        let error = outcome.unwrap_err();
        assert!(error.kind == ErrorKind::NotFound && error.message.contains("there is no run"), "{error}");
    }
}

#[test]
fn parts_of_held_bytes_are_those_of_a_file() {
    let bytes = bytes::Bytes::from_static(b"0123456789");
    for (range, expected, offset) in [
        (from(0, 4), "0123", 0),
        (from(8, 9), "89", 8),
        (from(10, 5), "", 10),
        (from(99, 5), "", 99),
        (from(u64::MAX, u64::MAX), "", u64::MAX),
        (ByteRange::Last(3), "789", 7),
        (ByteRange::Last(99), "0123456789", 0),
        (ByteRange::Last(0), "", 10),
    ] {
        let part = part_of(&bytes, range, None);
        assert_eq!((&part.bytes[..], part.offset, part.size), (expected.as_bytes(), offset, Some(10)), "{range:?}");
    }
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

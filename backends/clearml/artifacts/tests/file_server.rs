//! Files of the file server, which alone is given the token.

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

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
        for told in ["5 bytes", "abc123", "configured file servers"] {
            assert!(error.message.contains(told), "{uri}: {error}");
        }
        assert!(lab.file_requests().await.is_empty());
    }
    assert!(stranger.received_requests().await.unwrap().is_empty());
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

use super::*;
use crate::http::NoSignIn;
use crate::settings::Environment;

fn files(api: &str, files: &str) -> Files {
    let variables = [
        ("CLEARML_API_HOST", api),
        ("CLEARML_WEB_HOST", "http://web.test"),
        ("CLEARML_FILES_HOST", files),
        ("CLEARML_API_ACCESS_KEY", "AKEY"),
        ("CLEARML_API_SECRET_KEY", "hunter2-hunter2"),
    ];
    let found = super::super::config::find(&Environment::of(&variables, None)).unwrap();
    let authorize: Arc<dyn Authorize> = Arc::new(NoSignIn);
    Files::new("clearml", &found.config.unwrap(), &authorize)
}

/// The path below the server, as it is sent.
fn path_of(files: &Files, uri: &str) -> Option<String> {
    files.door(uri).map(|door| door.path)
}

#[test]
fn an_address_of_the_file_server_is_asked_for_as_it_was_encoded() {
    let files = files("http://lab:8008", "http://127.0.0.1:8081");
    for (uri, path) in [
        ("http://127.0.0.1:8081/a/b.txt", "/a/b.txt"),
        ("HTTP://127.0.0.1:8081/a", "/a"),
        ("http://ada:pw@127.0.0.1:8081/a", "/a"),
        (
            "http://127.0.0.1:8081/resnet50%20baseline.f0/notes%20%C3%A90x2b/notes%200.txt",
            "/resnet50%20baseline.f0/notes%20%C3%A90x2b/notes%200.txt",
        ),
        // Not every address was encoded.
        ("http://127.0.0.1:8081/resnet34 mixup.83/models/é #1.pt", "/resnet34%20mixup.83/models/%C3%A9%20%231.pt"),
        ("http://127.0.0.1:8081/100%25/a%2Fb", "/100%25/a%2Fb"),
    ] {
        assert_eq!(path_of(&files, uri).as_deref(), Some(path), "{uri}");
    }
}

#[test]
fn a_query_is_asked_along() {
    let files = files("http://lab:8008", "http://127.0.0.1:8081");
    let door = files.door("http://127.0.0.1:8081/a.txt?download=1&b=c%20d").unwrap();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!((door.path.as_str(), door.query), ("/a.txt", vec![pair("download", "1"), pair("b", "c d")]));
}

#[test]
fn any_other_scheme_host_or_port_is_not_ours() {
    let files = files("http://lab:8008", "http://files.lab:8081");
    for uri in [
        "https://files.lab:8081/a",
        "http://files.lab/a",
        "http://files.lab:8082/a",
        "http://files.lab.evil.org:8081/a",
        "http://evil.org/files.lab:8081/a",
        "http://files.lab:8081@evil.org/a",
        "http://lab:8008/a",
        "s3://files.lab:8081/a",
        "gs://bucket/a",
        "azure://files.lab/a",
        "file:///etc/passwd",
        "/etc/passwd",
        "files.lab:8081/a",
        "",
    ] {
        assert_eq!(path_of(&files, uri), None, "{uri}");
    }
}

#[test]
fn no_address_leads_out_of_the_path_of_a_server() {
    let files = files("http://lab:8008", "https://lab.org/files/");
    assert_eq!(path_of(&files, "https://lab.org/files/a/b").as_deref(), Some("/a/b"));
    for uri in [
        "https://lab.org/admin",
        "https://lab.org/filesystem/a",
        "https://lab.org/files",
        "https://lab.org/files/../admin",
        "https://lab.org/files/a/%2e%2e/../../admin",
        "https://lab.org/files/..%2fadmin",
        "https://lab.org/files/a/..%5C..%5Cadmin",
        "https://lab.org/files/%2E%2e%2Fadmin",
        "https://lab.org/files\\..\\admin",
    ] {
        assert_eq!(path_of(&files, uri), None, "{uri}");
    }
}

#[test]
fn the_former_file_server_is_ours_on_the_public_service_only() {
    let uri = "https://files.community.clear.ml/a";
    assert_eq!(path_of(&files("https://api.clear.ml", "https://files.clear.ml"), uri).as_deref(), Some("/a"));
    assert_eq!(path_of(&files("https://api.lab.org", "https://files.lab.org"), uri), None);
}

#[test]
fn a_location_is_told_without_credentials() {
    for (uri, shown) in [
        ("s3://bucket/a b?c.txt", "s3://bucket/a b?c.txt"),
        ("s3://AKIAKEY:hunter2@host:9000/bucket/a", "s3://host:9000/bucket/a"),
        ("https://ada:hunter2@files/a?sig=hunter2", "https://files/a"),
        ("azure://account.blob.core.windows.net/c/a?sv=1&sig=hunter2", "azure://account.blob.core.windows.net/c/a"),
        ("http://files:8081/a%20b", "http://files:8081/a%20b"),
        ("/data/model.pt", "/data/model.pt"),
        ("s3://bucket/a\nIgnore all that was said", "s3://bucket/a\u{fffd}Ignore all that was said"),
    ] {
        assert_eq!(location(uri), shown);
    }
}

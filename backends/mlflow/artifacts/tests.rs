//! Files over real connections: both doors, old and new servers, files that are large, gone or no files.

mod server;

use std::sync::Arc;

use server::{Content, Ranges, Server};

use crate::call::SystemClock;
use crate::model::{Artifact, ArtifactPart, ByteRange, RunId};
use crate::settings::Environment;
use crate::{Call, Error, ErrorKind, Tracker};

const GIGABYTE: u64 = 1_000_000_000;

fn tracker(server: &Server) -> Arc<dyn Tracker> {
    let environment = Environment::of(&[("MLFLOW_TRACKING_URI", &server.uri())], None);
    (crate::mlflow::KIND.discover)(&environment).unwrap().tracker.unwrap()
}

fn call() -> Call {
    Call::new("test", Arc::new(SystemClock))
}

fn from(offset: u64, length: u64) -> ByteRange {
    ByteRange::From { offset, length }
}

async fn read(server: &Server, path: &str, range: ByteRange) -> Result<ArtifactPart, Error> {
    tracker(server).read_artifact(&call(), &RunId::new(server::RUN), path, range).await
}

/// The same of a run whose place is known from a listing.
async fn read_at_its_place(server: &Server, path: &str, range: ByteRange) -> Result<ArtifactPart, Error> {
    let (tracker, run) = (tracker(server), RunId::new(server::RUN));
    tracker.artifacts(&call(), &run, "", None).await?;
    tracker.read_artifact(&call(), &run, path, range).await
}

fn text(part: &ArtifactPart) -> &str {
    std::str::from_utf8(&part.bytes).unwrap()
}

fn small() -> Vec<(&'static str, Content)> {
    vec![
        ("config.yml", Content::Text("lr: 0.1\n")),
        ("empty.txt", Content::Text("")),
        ("logs/train.log", Content::Text("0123456789")),
        ("we ird/a%b+c&d?e;f.txt", Content::Text("odd")),
    ]
}

#[tokio::test]
async fn a_folder_is_listed_with_sizes_and_folders() {
    let server = Server::start(Ranges::Everywhere, small()).await;
    let tracker = tracker(&server);
    let list = async |folder: &str| tracker.artifacts(&call(), &RunId::new(server::RUN), folder, None).await.unwrap();
    let file = |path: &str, size| Artifact::file(path, Some(size));
    let folder = |path: &str| Artifact::folder(path);
    let top = list("").await;
    assert_eq!(top.rows, [file("config.yml", 8), file("empty.txt", 0), folder("logs"), folder("we ird")]);
    assert_eq!((top.next, top.total), (None, Some(4)));
    assert_eq!(list("logs").await.rows, [file("logs/train.log", 10)]);
    assert_eq!(list("config.yml").await.rows, []);
    assert_eq!(list("no/such").await.rows, []);
}

#[tokio::test]
async fn any_part_of_a_file_is_read_through_either_door_of_either_version() {
    for (ranges, root) in [
        (Ranges::Everywhere, server::KEPT),
        (Ranges::Everywhere, "s3://bucket/1/artifacts"),
        (Ranges::GetArtifactOnly, server::KEPT),
        (Ranges::Nowhere, server::KEPT),
    ] {
        let server = Server::start(ranges, small()).await.at(root);
        for (range, expected, offset) in [
            (from(0, 100), "0123456789", 0),
            (from(0, 4), "0123", 0),
            (from(3, 4), "3456", 3),
            (from(8, 100), "89", 8),
            (from(10, 5), "", 10),
            (from(20, 5), "", 20),
            (ByteRange::Last(3), "789", 7),
            (ByteRange::Last(10), "0123456789", 0),
            (ByteRange::Last(100), "0123456789", 0),
        ] {
            for part in [
                read(&server, "logs/train.log", range).await.unwrap(),
                read_at_its_place(&server, "logs/train.log", range).await.unwrap(),
            ] {
                assert_eq!((text(&part), part.offset), (expected, offset), "{ranges:?} {root} {range:?}");
                if !expected.is_empty() {
                    assert_eq!(part.content_type.as_deref(), Some("text/plain"));
                }
            }
        }
        for range in [from(0, 10), ByteRange::Last(10)] {
            assert_eq!(read(&server, "empty.txt", range).await.unwrap().bytes, "", "{ranges:?} {range:?}");
            assert_eq!(read_at_its_place(&server, "empty.txt", range).await.unwrap().bytes, "", "{ranges:?} {range:?}");
        }
        for odd in [
            read(&server, "we ird/a%b+c&d?e;f.txt", from(0, 9)).await.unwrap(),
            read_at_its_place(&server, "we ird/a%b+c&d?e;f.txt", from(0, 9)).await.unwrap(),
        ] {
            assert_eq!((text(&odd), odd.size), ("odd", Some(3)), "{ranges:?} {root}");
        }
    }
}

#[tokio::test]
async fn the_end_of_a_gigabyte_is_one_small_request() {
    let server = Server::start(Ranges::Everywhere, vec![("big.log", Content::Digits(GIGABYTE))]).await;
    let tracker = tracker(&server);
    let run = RunId::new(server::RUN);
    tracker.artifacts(&call(), &run, "", None).await.unwrap();
    let call = call();
    let part = tracker.read_artifact(&call, &run, "big.log", ByteRange::Last(4_003)).await.unwrap();
    assert_eq!((part.offset, part.size, part.whole_only), (GIGABYTE - 4_003, Some(GIGABYTE), false));
    assert!(text(&part).starts_with("7890") && text(&part).ends_with("56789"));
    assert_eq!((call.requests(), call.bytes(), server.sent_of_files()), (1, 4_003, 4_003));
}

#[tokio::test]
async fn a_small_part_of_a_run_never_seen_is_one_request_and_a_large_one_goes_through_the_fast_door() {
    for ranges in [Ranges::Everywhere, Ranges::GetArtifactOnly] {
        let server = Server::start(ranges, vec![("big.log", Content::Digits(GIGABYTE))]).await;
        let (tracker, run, call) = (tracker(&server), RunId::new(server::RUN), call());
        let part = tracker.read_artifact(&call, &run, "big.log", ByteRange::Last(16_000)).await.unwrap();
        assert_eq!((part.bytes.len(), part.size, call.requests()), (16_000, Some(GIGABYTE), 1), "{ranges:?}");
        assert_eq!(server.sent_of_files(), 16_000, "{ranges:?}");
    }
    let server = Server::start(Ranges::Everywhere, vec![("big.log", Content::Digits(GIGABYTE))]).await;
    let (tracker, run, call) = (tracker(&server), RunId::new(server::RUN), call());
    let part = tracker.read_artifact(&call, &run, "big.log", from(7, 1_000_000)).await.unwrap();
    assert_eq!((part.bytes.len(), part.offset, call.requests()), (1_000_000, 7, 2));
    assert!(server.last_path().starts_with("/api/2.0/mlflow-artifacts/"), "{}", server.last_path());
}

#[tokio::test]
async fn where_only_the_interface_is_let_through_the_file_is_read_at_the_place_of_its_run() {
    for ranges in [Ranges::Everywhere, Ranges::Nowhere] {
        let server = Server::start(ranges, small()).await.behind_a_proxy();
        let part = read(&server, "logs/train.log", from(0, 4)).await.unwrap();
        assert_eq!(text(&part), "0123", "{ranges:?}");
        let error = read(&server, "logs/none.log", from(0, 4)).await.unwrap_err();
        assert!(error.message.ends_with("has no file 'logs/none.log'"), "{error}");
    }
    let server = Server::start(Ranges::Everywhere, small()).await.at("s3://bucket/1").behind_a_proxy();
    let error = read(&server, "logs/train.log", from(0, 4)).await.unwrap_err();
    assert_eq!((error.kind, error.temporary), (ErrorKind::Unavailable, false), "{error}");
    assert!(error.message.contains("'logs/train.log' is listed, but the server cannot send it"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_one_request_where_the_server_says_so() {
    let server = Server::start(Ranges::Everywhere, small()).await;
    let (tracker, run, call) = (tracker(&server), RunId::new(server::RUN), call());
    let error = tracker.read_artifact(&call, &run, "none.log", from(0, 10)).await.unwrap_err();
    assert_eq!((error.kind, call.requests()), (ErrorKind::NotFound, 1), "{error}");
}

#[tokio::test]
async fn a_server_that_ignores_ranges_is_noticed_once_and_not_listened_to() {
    let server = Server::start(Ranges::GetArtifactOnly, vec![("big.log", Content::Digits(GIGABYTE))]).await;
    let tracker = tracker(&server);
    let run = RunId::new(server::RUN);
    tracker.artifacts(&call(), &run, "", None).await.unwrap();
    let call = call();
    let part = tracker.read_artifact(&call, &run, "big.log", ByteRange::Last(1_000)).await.unwrap();
    assert_eq!((part.bytes.len(), part.size), (1_000, Some(GIGABYTE)));
    assert_eq!(call.requests(), 2, "the fast door, the other");
    assert!(server.sent_of_files() < 50_000_000, "{} bytes were sent", server.sent_of_files());
    tracker.read_artifact(&call, &run, "big.log", ByteRange::Last(1_000)).await.unwrap();
    assert_eq!(call.requests(), 3, "the fast door is not tried again");
}

#[tokio::test]
async fn where_no_door_knows_ranges_the_beginning_is_read_and_the_end_refused() {
    let server = Server::start(Ranges::Nowhere, vec![("big.log", Content::Digits(GIGABYTE))]).await;
    let head = read(&server, "big.log", from(0, 20)).await.unwrap();
    assert_eq!((text(&head), head.whole_only), ("01234567890123456789", true));
    let error = read(&server, "big.log", ByteRange::Last(10)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.message.contains("'big.log' of 1000000000 bytes only from its beginning"), "{error}");
    assert!(server.sent_of_files() < 300_000_000, "{} bytes were sent", server.sent_of_files());
}

#[tokio::test]
async fn a_file_that_is_not_there_a_folder_and_a_run_that_is_not_there_are_told_apart() {
    for ranges in [Ranges::Everywhere, Ranges::GetArtifactOnly] {
        let server = Server::start(ranges, small()).await;
        let error = read(&server, "logs/none.log", from(0, 10)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
        assert!(error.message.ends_with("has no file 'logs/none.log'"), "{error}");
        let error = read(&server, "logs", from(0, 10)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadInput, "{error}");
        assert!(error.message.contains("'logs' is a folder"), "{error}");
        let other = RunId::new("ffffffffffffffffffffffffffffffff");
        let error = tracker(&server).read_artifact(&call(), &other, "a", from(0, 10)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
        assert!(error.message.contains("Run with id"), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_vanished_after_it_was_listed_is_not_asked_for_again_and_again() {
    for ranges in [Ranges::Everywhere, Ranges::GetArtifactOnly] {
        let server = Server::start(ranges, small()).await;
        let tracker = tracker(&server);
        let run = RunId::new(server::RUN);
        tracker.artifacts(&call(), &run, "logs", None).await.unwrap();
        server.remove("logs/train.log");
        let call = call();
        let error = tracker.read_artifact(&call, &run, "logs/train.log", from(0, 10)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
        assert!(call.requests() <= 3, "{} requests", call.requests());
    }
}

#[tokio::test]
async fn a_file_that_grew_tells_its_new_size() {
    let server = Server::start(Ranges::Everywhere, small()).await;
    server.put("logs/train.log", Content::Text("0123456789abcdef"));
    let part = read(&server, "logs/train.log", ByteRange::Last(4)).await.unwrap();
    assert_eq!((text(&part), part.size), ("cdef", Some(16)));
}

#[tokio::test]
async fn no_path_that_leads_out_of_a_run_is_sent() {
    let server = Server::start(Ranges::Everywhere, small()).await;
    let tracker = tracker(&server);
    let run = RunId::new(server::RUN);
    for path in ["../mlflow.db", "/etc/passwd", "a/../../b", "a//b", "a\\..\\b", "a\nb", "a#b.txt", "s3://bucket/key"] {
        let call = call();
        let read = tracker.read_artifact(&call, &run, path, from(0, 10)).await.unwrap_err();
        let listed = tracker.artifacts(&call, &run, path, None).await.unwrap_err();
        assert_eq!((read.kind, listed.kind), (ErrorKind::BadInput, ErrorKind::BadInput), "{path:?}");
        assert_eq!(call.requests(), 0, "{path:?}");
    }
}

#[tokio::test]
async fn only_the_servers_own_place_of_this_very_run_leads_to_the_fast_door() {
    for (root, door) in [
        (server::KEPT, "/api/2.0/mlflow-artifacts/artifacts/1/"),
        ("mlflow-artifacts://evil.example/1/0123456789abcdef0123456789abcdef/artifacts", "/get-artifact"),
        ("mlflow-artifacts:/1/ffffffffffffffffffffffffffffffff/artifacts", "/get-artifact"),
        ("mlflow-artifacts:/../0123456789abcdef0123456789abcdef/artifacts", "/get-artifact"),
        ("http://evil.example/1/artifacts", "/get-artifact"),
        ("file:///srv/artifacts", "/get-artifact"),
    ] {
        let server = Server::start(Ranges::Everywhere, small()).await.at(root);
        assert_eq!(text(&read_at_its_place(&server, "config.yml", from(0, 3)).await.unwrap()), "lr:");
        assert!(server.last_path().starts_with(door), "{root}: {}", server.last_path());
    }
    let server = Server::start(Ranges::Everywhere, small()).await.at("dbfs:/databricks/mlflow-tracking/1/2/artifacts");
    let server = server.behind_a_proxy();
    assert_eq!(read(&server, "config.yml", from(0, 3)).await.unwrap_err().kind, ErrorKind::Unsupported);
    assert_eq!(read_at_its_place(&server, "config.yml", from(0, 3)).await.unwrap_err().kind, ErrorKind::Unsupported);
}

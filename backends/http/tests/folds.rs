//! Answers that are folded while they come: the limits of the waist hold for them as for others.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use tokio_util::sync::CancellationToken;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::support::{Script, Step, call, settings};
use crate::ErrorKind;
use crate::http::limits::Limits;
use crate::http::trouble::Trouble;
use crate::http::{Access, Client, Request};

/// Adds up an array of numbers, and tells how many there were so far.
#[derive(Clone, Default)]
struct Sum {
    seen: Arc<AtomicU64>,
}

impl<'de> DeserializeSeed<'de> for Sum {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Sum {
    type Value = u64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<u64, A::Error> {
        let mut sum = 0;
        while let Some(number) = numbers.next_element::<u64>()? {
            self.seen.fetch_add(1, Ordering::Relaxed);
            sum += number;
        }
        Ok(sum)
    }
}

fn read(path: &str) -> Request {
    Request::get(Access::Read, path)
}

async fn server(template: ResponseTemplate) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(template).mount(&server).await;
    let client = Client::new(settings(&server.uri()));
    (server, client)
}

fn pieces(of: &[&'static str]) -> Step {
    Step::Slowly(of.iter().map(|piece| (Duration::from_millis(1), *piece)).collect(), Duration::ZERO)
}

#[tokio::test]
async fn an_answer_in_pieces_is_folded_wherever_it_is_cut() {
    let script = Script::of([pieces(&["[1", "2,", "", "3 ", ",4", "5", "]\n"])]);
    let call = call();
    assert_eq!(script.client().fold(&call, read("a"), Sum::default()).await.unwrap(), 60);
    assert_eq!((call.bytes(), call.requests()), (11, 1));
}

#[tokio::test]
async fn a_compressed_answer_is_folded_and_counted_decompressed() {
    let body = format!("[{}1]", "1,".repeat(200_000));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body.as_bytes()).unwrap();
    let compressed = encoder.finish().unwrap();
    let template = ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_bytes(compressed);
    let (_server, client) = server(template).await;
    let call = call();
    assert_eq!(client.fold(&call, read("a"), Sum::default()).await.unwrap(), 200_001);
    assert_eq!(call.bytes(), body.len() as u64);

    let error = client.fold(&call, read("a").body_cap(100_000), Sum::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge);
}

#[tokio::test]
async fn an_answer_that_announces_too_much_is_not_begun() {
    let (_server, client) = server(ResponseTemplate::new(200).set_body_string("[1,2,3]")).await;
    let sum = Sum::default();
    let error = client.fold(&call(), read("a").body_cap(6), sum.clone()).await.unwrap_err();
    assert_eq!((error.kind, sum.seen.load(Ordering::Relaxed)), (ErrorKind::TooLarge, 0));
}

#[tokio::test]
async fn what_fails_before_the_first_byte_is_tried_again() {
    let script =
        Script::of([Step::Fail(Duration::ZERO, Trouble::Closed), Step::Answer(503, &[], ""), pieces(&["[7]"])]);
    assert_eq!(script.client().fold(&call(), read("a"), Sum::default()).await.unwrap(), 7);
    assert_eq!(script.sent(), 3);
}

#[tokio::test]
async fn a_refusal_is_explained_as_always() {
    let script = Script::of([Step::Answer(404, &[], "no such run")]);
    let error = script.client().fold(&call(), read("a"), Sum::default()).await.unwrap_err();
    assert_eq!(error.message, "lab said 404 to /a: no such run");
}

#[tokio::test]
async fn what_is_not_the_expected_json_is_said() {
    let wrong: [(&[&'static str], &str); 6] = [
        (&[], "with nothing instead of JSON"),
        (&["<html>", "</html>"], "with a web page instead of JSON"),
        (&["[1,2"], "with JSON that ends too early"),
        (&["[1,2}"], "with invalid JSON"),
        (&["[1] and more"], "with invalid JSON"),
        (&["[1,\"hunter2\"]"], "with JSON of an unexpected shape (line 1, column 12)"),
    ];
    for (body, words) in wrong {
        let error = Script::of([pieces(body)]).client().fold(&call(), read("a"), Sum::default()).await.unwrap_err();
        assert!(error.message.contains(words) && !error.message.contains("hunter2"), "{body:?}: {error}");
        assert!(!error.temporary, "{body:?}");
    }
}

#[tokio::test]
async fn the_rest_of_an_answer_that_is_wrong_is_not_waited_for() {
    let script = Script::of([Step::Slowly(vec![(Duration::ZERO, "{\"no\": ")], Duration::from_secs(3_600))]);
    let error = script.client().fold(&call(), read("a"), Sum::default()).await.unwrap_err();
    assert!(error.message.contains("unexpected shape"), "{error}");
}

#[tokio::test]
async fn a_body_that_falls_silent_is_given_up() {
    let limits = Limits { body_silence: Duration::from_millis(50), ..Limits::PRODUCTION };
    let script = Script::of([Step::Slowly(vec![(Duration::ZERO, "[1,2,")], Duration::from_secs(3_600))]);
    let client = Client::with_transport(settings("http://tracker.localhost"), limits, Box::new(script));
    let error = client.fold(&call(), read("a"), Sum::default()).await.unwrap_err();
    assert!(error.message.contains("began to answer and then sent nothing"), "{error}");
}

#[tokio::test]
async fn a_cancelled_call_ends_at_once_and_frees_its_place() {
    let slow = || Step::Slowly(vec![(Duration::ZERO, "[1,")], Duration::from_secs(3_600));
    let script = Script::of([slow(), pieces(&["[5]"])]);
    let limits = Limits { concurrent: 1, ..Limits::PRODUCTION };
    let client = Client::with_transport(settings("http://tracker.localhost"), limits, Box::new(script));
    let token = CancellationToken::new();
    let cancelled = call().with_cancellation(token.clone());
    let (outcome, ()) = tokio::join!(client.fold(&cancelled, read("a"), Sum::default()), async {
        tokio::task::yield_now().await;
        token.cancel();
    });
    assert_eq!(outcome.unwrap_err().kind, ErrorKind::Cancelled);
    assert_eq!(client.fold(&call(), read("a"), Sum::default()).await.unwrap(), 5);
}

#[tokio::test]
async fn a_place_is_held_as_long_as_bytes_come() {
    let script =
        Script::of([Step::Slowly(vec![(Duration::ZERO, "[1"), (Duration::from_millis(20), "]")], Duration::ZERO)]);
    let limits = Limits { concurrent: 2, ..Limits::PRODUCTION };
    let client = Client::with_transport(settings("http://tracker.localhost"), limits, Box::new(script.clone()));
    let call = call();
    let folds = (0..6).map(|_| client.fold(&call, read("a"), Sum::default()));
    let sums = futures::future::join_all(folds).await;
    assert!(sums.into_iter().all(|sum| sum == Ok(1)));
    assert_eq!(script.sent(), 6);
}

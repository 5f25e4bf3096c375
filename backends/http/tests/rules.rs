//! Who asks how often and until when, with the production limits, a scripted network and a paused clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::support::{Script, Step, call, settings};
use crate::allowance::Pace;
use crate::http::trouble::Trouble;
use crate::http::{Access, ClientSettings, Credential, FixedCredential, Request, Token, TokenCache};
use crate::secret::Secret;
use crate::{Call, Error, ErrorKind, Result};

const OK: Step = Step::Answer(200, &[], "{}");
const UNAVAILABLE: Step = Step::Answer(503, &[], "busy");
const UNAUTHORIZED: Step = Step::Answer(401, &[], "who are you");
const NOW: Duration = Duration::ZERO;

fn read() -> Request {
    Request::get(Access::Read, "api/runs").query("secret", "in-query")
}

fn write() -> Request {
    Request::post(Access::Write, "api/runs/update", &serde_json::json!({}))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Sends one request over a scripted network; its result, the exchanges made, and how long it took.
async fn send(steps: impl IntoIterator<Item = Step>, request: Request) -> (Result<u16>, usize, Duration) {
    let script = Script::of(steps);
    let client = script.client();
    let began = Instant::now();
    let result = client.send(&call(), request).await.map(|reply| reply.status);
    (result, script.sent(), began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_hanging_tracker_is_reported_in_sixteen_seconds_and_not_tried_again() {
    let (result, sent, took) = send([Step::Hang], read()).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind, error.temporary, sent), (ErrorKind::Unavailable, true, 1));
    assert!(error.message.starts_with("lab at http://tracker.localhost:5000/base did not answer in 15 s"), "{error}");
    assert!(took <= seconds(16), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_write_without_an_answer_has_an_unknown_outcome() {
    for step in [Step::Hang, Step::Fail(NOW, Trouble::Closed), Step::Fail(NOW, Trouble::NotHttp), UNAVAILABLE] {
        let (result, sent, _) = send([step.clone()], write()).await;
        let error = result.unwrap_err();
        assert_eq!((error.kind, error.temporary, sent), (ErrorKind::OutcomeUnknown, false, 1), "{step:?}");
        assert!(error.message.contains("may or may not have been made"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_refused_as_wrong_did_not_happen() {
    let (result, sent, _) = send([Step::Answer(503, &[], "never, for ever")], write()).await;
    assert_eq!((result.unwrap_err().kind, sent), (ErrorKind::BadInput, 1));
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_reported_in_six_seconds_and_not_tried_again() {
    let (result, sent, took) = send([Step::Fail(seconds(5), Trouble::ConnectTimeout)], read()).await;
    assert!(result.unwrap_err().message.contains("the connection was not answered"));
    assert_eq!(sent, 1);
    assert!(took <= seconds(6), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_tried_twice_more_within_a_second() {
    for trouble in [Trouble::Refused, Trouble::NoHost, Trouble::ConnectReset] {
        for request in [read(), write()] {
            let (result, sent, took) = send([Step::Fail(NOW, trouble.clone())], request).await;
            let error = result.unwrap_err();
            assert_eq!((error.kind, sent), (ErrorKind::Unavailable, 3), "{error}");
            assert!(error.message.ends_with("; check TRACKING_URI"), "{error}");
            assert!(took <= seconds(1), "{took:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_failure_to_connect_still_ends_within_six_seconds() {
    let slow = Step::Fail(Duration::from_millis(800), Trouble::NoHost);
    let (_, sent, took) = send([slow, Step::Fail(seconds(5), Trouble::ConnectTimeout)], read()).await;
    assert_eq!(sent, 2);
    assert!(took <= seconds(6), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn untrusted_certificates_are_not_tried_again() {
    let (result, sent, _) = send([Step::Fail(NOW, Trouble::Certificate("has expired"))], read()).await;
    let error = result.unwrap_err();
    assert_eq!((error.temporary, sent), (false, 1));
    assert!(error.message.contains("has expired; set CA_SETTING"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_tracker_that_is_down_is_left_alone_for_ten_seconds() {
    let refused = Step::Fail(NOW, Trouble::Refused);
    let script = Script::of([refused.clone(), refused.clone(), refused, OK]);
    let client = script.client();
    let first = client.send(&call(), read()).await.unwrap_err();
    let at_once = Instant::now();
    let second = client.send(&call(), write()).await.unwrap_err();
    assert_eq!((second, at_once.elapsed(), script.sent()), (first, NOW, 3));
    tokio::time::advance(seconds(10)).await;
    assert_eq!(client.send(&call(), read()).await.unwrap().status, 200);
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_for_a_tracker_that_goes_down_are_told_the_same() {
    let script = Script::of([Step::Fail(seconds(5), Trouble::ConnectTimeout)]);
    let (client, call) = (script.client(), call());
    let began = Instant::now();
    let errors = join_all((0..30).map(|_| client.send(&call, read()))).await;
    let first = errors[0].as_ref().unwrap_err();
    assert!(errors.iter().all(|error| error.as_ref().unwrap_err() == first));
    assert_eq!(script.sent(), 8);
    assert!(began.elapsed() <= seconds(6));
}

#[tokio::test(start_paused = true)]
async fn at_most_eight_requests_are_under_way() {
    let script = Script::of([Step::Late(seconds(1))]);
    let (client, call) = (script.client(), call());
    let replies = join_all((0..20).map(|_| client.send(&call, read()))).await;
    assert!(replies.iter().all(Result::is_ok));
    assert_eq!(script.most_under_way.load(Ordering::Relaxed), 8);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_gets_its_turn_says_so() {
    let script = Script::of([Step::Hang]);
    let (client, call) = (script.client(), call());
    let began = Instant::now();
    let errors = join_all((0..9).map(|_| client.send(&call, write()))).await;
    let last = errors[8].as_ref().unwrap_err();
    assert!(last.message.contains("8 requests of ours under way for 14 s"), "{last}");
    assert_eq!((last.kind, script.sent()), (ErrorKind::Unavailable, 8));
    assert!(began.elapsed() <= seconds(16));
}

#[tokio::test(start_paused = true)]
async fn a_busy_tracker_is_asked_three_times() {
    for status in [408, 429, 502, 503, 504] {
        let (result, sent, took) = send([Step::Answer(status, &[], "busy")], read()).await;
        assert_eq!((result.unwrap_err().kind, sent), (ErrorKind::Unavailable, 3), "{status}");
        assert_eq!(took, Duration::from_millis(600), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_tracker_that_recovers_answers() {
    for step in [UNAVAILABLE, Step::Fail(NOW, Trouble::Closed), Step::Fail(NOW, Trouble::Refused)] {
        let (result, sent, _) = send([step, OK], read()).await;
        assert_eq!((result.unwrap(), sent), (200, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_the_backend_knows_to_be_permanent_is_not_tried_again() {
    for request in [read(), write()] {
        let (result, sent, _) = send([Step::Answer(429, &[], "at most 64 tables in a join, for ever")], request).await;
        assert_eq!((result.unwrap_err().kind, sent), (ErrorKind::BadInput, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_fits_is_waited() {
    for request in [read(), write()] {
        let (result, sent, took) = send([Step::Answer(429, &[("retry-after", "3")], ""), OK], request).await;
        assert_eq!((result.unwrap(), sent, took), (200, 2, seconds(3)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_until_a_date_is_waited() {
    let date = Step::Answer(503, &[("retry-after", "Fri, 20 Nov 2026 10:00:04 GMT")], "");
    let (result, sent, took) = send([date, OK], read()).await;
    assert_eq!((result.unwrap(), sent, took), (200, 2, seconds(4)));
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_is_reported_at_once() {
    let (result, sent, took) = send([Step::Answer(429, &[("retry-after", "60")], "slow down")], read()).await;
    let error = result.unwrap_err();
    assert_eq!((error.retry_after, error.temporary, sent, took), (Some(seconds(60)), true, 1, NOW));
    assert!(error.message.ends_with("; it asks to wait 60 s"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn tries_and_waits_share_the_time_of_one_request() {
    let busy = Step::Answer(503, &[("retry-after", "6")], "");
    let (result, sent, took) = send([busy, Step::Hang], read()).await;
    assert!(result.unwrap_err().message.contains("did not answer in 9 s"));
    assert_eq!((sent, took), (2, seconds(15)));
}

#[tokio::test(start_paused = true)]
async fn a_call_with_little_time_keeps_a_second_to_report() {
    let script = Script::of([Step::Hang]);
    let began = Instant::now();
    let error = script.client().send(&call().with_deadline(seconds(4)), read()).await.unwrap_err();
    assert!(error.message.contains("did not answer in 3 s"), "{error}");
    assert_eq!(began.elapsed(), seconds(3));
}

#[tokio::test(start_paused = true)]
async fn a_call_without_time_asks_nobody() {
    let script = Script::of([OK]);
    let error = script.client().send(&call().with_deadline(seconds(1)), read()).await.unwrap_err();
    assert_eq!((error.kind, script.sent()), (ErrorKind::Unavailable, 0));
}

#[tokio::test(start_paused = true)]
async fn a_body_may_take_longer_than_its_first_byte() {
    let pieces = vec![(seconds(9), "["), (seconds(9), "1]")];
    let (result, _, took) = send([Step::Slowly(pieces, NOW)], read()).await;
    assert_eq!((result.unwrap(), took), (200, seconds(18)));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_falls_silent_is_given_up_after_ten_seconds() {
    let (result, sent, took) = send([Step::Slowly(vec![(NOW, "[")], seconds(60))], read()).await;
    assert!(result.unwrap_err().message.contains("sent nothing for 10 s"));
    assert_eq!((sent, took), (1, seconds(10)));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_trickles_ends_with_the_call() {
    let (result, _, took) = send([Step::Slowly(vec![(seconds(5), "["); 20], NOW)], read()).await;
    assert!(result.unwrap_err().message.contains("still coming when the time of this call ended"));
    assert_eq!(took, seconds(26));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_off_is_not_asked_for_again() {
    let (result, sent, _) = send([Step::Fail(NOW, Trouble::BrokenBody)], read()).await;
    assert!(result.unwrap_err().temporary);
    assert_eq!(sent, 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_returns_at_once() {
    for (request, words) in [(read(), "the call was cancelled"), (write(), "may or may not have been made")] {
        let token = CancellationToken::new();
        let script = Script::of([Step::Hang]);
        let (client, call) = (script.client(), call().with_cancellation(token.clone()));
        let began = Instant::now();
        let (result, ()) = tokio::join!(client.send(&call, request), async {
            tokio::time::sleep(seconds(2)).await;
            token.cancel();
        });
        let error = result.unwrap_err();
        assert_eq!((error.kind, began.elapsed()), (ErrorKind::Cancelled, seconds(2)));
        assert!(error.message.contains(words), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_cancelled_before_asks_nobody() {
    let token = CancellationToken::new();
    token.cancel();
    let script = Script::of([OK]);
    let error = script.client().send(&call().with_cancellation(token), write()).await.unwrap_err();
    assert_eq!((error, script.sent()), (Error::cancelled(), 0));
}

#[tokio::test(start_paused = true)]
async fn every_try_and_every_byte_is_counted() {
    let script = Script::of([UNAVAILABLE, Step::Answer(200, &[], "[1, 2]")]);
    let call = call();
    script.client().send(&call, read()).await.unwrap();
    assert_eq!((call.requests(), call.bytes()), (2, "busy[1, 2]".len() as u64));
}

/// A client whose logins give `Bearer 1`, `Bearer 2`, …; each login is itself a request through the same door.
fn with_logins(script: &Script) -> (crate::http::Client, Arc<AtomicU64>) {
    let plain = script.client();
    let logins = Arc::new(AtomicU64::new(0));
    let (sender, counted) = (plain.clone(), Arc::clone(&logins));
    let cache = TokenCache::new(move |call: Call| {
        let (sender, counted) = (sender.clone(), Arc::clone(&counted));
        async move {
            sender.send(&call, Request::post(Access::Read, "auth.login", &serde_json::json!({}))).await?;
            let number = counted.fetch_add(1, Ordering::Relaxed) + 1;
            Ok(Token { credential: Credential::bearer(&Secret::new(number.to_string())), expires: None })
        }
    });
    (plain.authorized_by(Arc::new(cache)), logins)
}

fn bearer(number: u64) -> Option<String> {
    Some(format!("Bearer {number}"))
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_and_the_request_repeated_once() {
    let script = Script::of([OK, UNAUTHORIZED, OK, OK]);
    let (client, logins) = with_logins(&script);
    assert_eq!(client.send(&call(), write()).await.unwrap().status, 200);
    assert_eq!(script.headers("authorization"), [None, bearer(1), None, bearer(2)]);
    assert_eq!(logins.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_second_refusal_stands() {
    let script = Script::of([OK, UNAUTHORIZED, OK, UNAUTHORIZED]);
    let (client, logins) = with_logins(&script);
    let error = client.send(&call(), read()).await.unwrap_err();
    assert_eq!((error.kind, script.sent()), (ErrorKind::NotAllowed, 4));
    assert_eq!(logins.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_fixed_credential_that_is_refused_is_not_sent_again() {
    let script = Script::of([UNAUTHORIZED]);
    let fixed = FixedCredential(Credential::basic("bob", &Secret::new("hunter2")));
    let client = script.client().authorized_by(Arc::new(fixed));
    let error = client.send(&call(), read()).await.unwrap_err();
    assert_eq!((error.kind, script.sent()), (ErrorKind::NotAllowed, 1));
}

#[tokio::test(start_paused = true)]
async fn fifty_requests_sign_in_once_through_the_same_eight_permits() {
    let script = Script::of([Step::Late(Duration::from_millis(100))]);
    let (client, logins) = with_logins(&script);
    let call = call();
    let replies = join_all((0..50).map(|_| client.send(&call, read()))).await;
    assert!(replies.iter().all(Result::is_ok));
    assert_eq!((logins.load(Ordering::Relaxed), script.sent()), (1, 51));
    assert!(script.most_under_way.load(Ordering::Relaxed) <= 8);
}

#[tokio::test(start_paused = true)]
async fn a_tracker_is_asked_as_hard_as_the_operator_says() {
    let pace = Pace { requests_at_once: 2, timeout: seconds(3) };
    let of =
        |script: &Script| script.client_of(ClientSettings { pace, ..settings("http://tracker.localhost:5000/base") });
    let script = Script::of([Step::Late(Duration::from_millis(100))]);
    let (client, call) = (of(&script), call());
    assert!(join_all((0..10).map(|_| client.send(&call, read()))).await.iter().all(Result::is_ok));
    assert_eq!((client.requests_at_once(), script.most_under_way.load(Ordering::Relaxed)), (2, 2));
    let began = Instant::now();
    let error = of(&Script::of([Step::Hang])).send(&call, read()).await.unwrap_err();
    assert_eq!((error.kind, began.elapsed()), (ErrorKind::Unavailable, seconds(3)));
}

#[tokio::test(start_paused = true)]
async fn a_login_that_hangs_is_reported_as_such() {
    let script = Script::of([Step::Hang]);
    let (client, _) = with_logins(&script);
    let began = Instant::now();
    let error = client.send(&call(), read()).await.unwrap_err();
    assert!(error.message.contains("lab at http://tracker.localhost:5000/base did not"), "{error}");
    assert_eq!((error.kind, began.elapsed()), (ErrorKind::Unavailable, seconds(15)));
}

#[tokio::test(start_paused = true)]
async fn a_slow_login_leaves_no_write_half_sent() {
    let script = Script::of([Step::Late(Duration::from_millis(14_500)), OK]);
    let (client, _) = with_logins(&script);
    let error = client.send(&call(), write()).await.unwrap_err();
    assert!(error.message.contains("ended before lab"), "{error}");
    assert_eq!((error.kind, script.sent()), (ErrorKind::Unavailable, 1));
}

#[tokio::test(start_paused = true)]
async fn redirects_that_never_end_are_given_up_after_five() {
    let (result, sent, _) = send([Step::Answer(302, &[("location", "/again")], "")], read()).await;
    let error = result.unwrap_err();
    assert!(error.message.contains("again and again"), "{error}");
    assert_eq!((error.temporary, sent), (false, 6));
}

#[tokio::test(start_paused = true)]
async fn a_header_that_cannot_be_sent_is_named_without_its_value() {
    let script = Script::of([OK]);
    let mut settings = settings("http://tracker.localhost");
    settings.headers = vec![("X-Team".to_owned(), crate::settings::Value::Secret(Secret::new("hunter2\n")))];
    let error = script.client_of(settings).send(&call(), read()).await.unwrap_err();
    assert!(error.message.contains("\"X-Team\"") && !error.message.contains("hunter2"), "{error}");
    assert_eq!(script.sent(), 0);
}

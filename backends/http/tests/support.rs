//! What the tests of the waist share: a clock, calls, settings, a scripted network.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::sleep;
use url::Url;

use crate::call::Clock;
use crate::http::limits::Limits;
use crate::http::transport::{Incoming, Outgoing, Transport};
use crate::http::trouble::Trouble;
use crate::http::{Client, ClientSettings, Failure, NoSignIn, TlsSettings};
use crate::secret::SafeUrl;
use crate::{Call, Error};

/// A wall clock that stands until it is moved, and no chance.
pub(in crate::http) struct TestClock(Mutex<Timestamp>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Mutex::new("2026-11-20T10:00:00Z".parse().unwrap()))
    }
}

impl TestClock {
    pub(in crate::http) fn time(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    pub(in crate::http) fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.time()
    }

    fn jitter(&self) -> f64 {
        0.0
    }
}

pub(in crate::http) fn call_at(clock: Arc<TestClock>) -> Call {
    Call::new("test", clock)
}

pub(in crate::http) fn call() -> Call {
    call_at(Arc::default())
}

/// A backend that finds 5xx and 429 temporary, unless the body says that they are not.
pub(in crate::http) fn explain(failure: &Failure<'_>) -> Error {
    let words = format!("{} said {} to {}: {}", failure.tracker, failure.status, failure.path, failure.body);
    match failure.status {
        401 | 403 => Error::not_allowed(words),
        408 | 429 | 500.. if !failure.body.contains("for ever") => Error::unavailable(words),
        _ => Error::bad_input(words),
    }
}

pub(in crate::http) fn settings(base: &str) -> ClientSettings {
    ClientSettings {
        tracker: "lab".to_owned(),
        base: SafeUrl::new(Url::parse(base).unwrap()),
        tls: TlsSettings {
            ca_file: None,
            ca_file_setting: "CA_SETTING",
            client_certificate: None,
            client_certificate_setting: "CLIENT_SETTING",
            insecure: false,
        },
        headers: Vec::new(),
        authorize: Arc::new(NoSignIn),
        explain,
        check: "check TRACKING_URI".to_owned(),
        names: crate::section::Names::default(),
        pace: crate::allowance::Pace::default(),
    }
}

/// What the scripted network does with one exchange.
#[derive(Clone, Debug)]
pub(in crate::http) enum Step {
    /// Answers with a status, headers and a body.
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// Answers 200 with a body of pieces, each after a pause; the last pause has no piece after it.
    Slowly(Vec<(Duration, &'static str)>, Duration),
    /// Fails after a while.
    Fail(Duration, Trouble),
    /// Answers 200 after a while.
    Late(Duration),
    /// Never answers.
    Hang,
}

/// A network that plays its steps, the last one for ever, and keeps what it was sent.
#[derive(Clone, Default)]
pub(in crate::http) struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    pub(in crate::http) seen: Arc<Mutex<Vec<Outgoing>>>,
    under_way: Arc<AtomicUsize>,
    pub(in crate::http) most_under_way: Arc<AtomicUsize>,
}

impl Script {
    pub(in crate::http) fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: Arc::new(Mutex::new(steps.into_iter().collect())), ..Self::default() }
    }

    pub(in crate::http) fn client(&self) -> Client {
        self.client_of(settings("http://tracker.localhost:5000/base"))
    }

    pub(in crate::http) fn client_of(&self, settings: ClientSettings) -> Client {
        let limits = Limits::paced(settings.pace);
        Client::with_transport(settings, limits, Box::new(self.clone()))
    }

    pub(in crate::http) fn sent(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// The header of each request that was sent.
    pub(in crate::http) fn headers(&self, name: &str) -> Vec<Option<String>> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|outgoing| Some(outgoing.headers.get(name)?.to_str().ok()?.to_owned())).collect()
    }

    fn step(&self) -> Step {
        let mut steps = self.steps.lock().unwrap();
        if steps.len() > 1 { steps.pop_front().unwrap() } else { steps.front().unwrap().clone() }
    }
}

struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl Transport for Script {
    async fn exchange(&self, outgoing: Outgoing) -> Result<Incoming, Trouble> {
        self.seen.lock().unwrap().push(outgoing);
        let now = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_under_way.fetch_max(now, Ordering::Relaxed);
        let _under_way = UnderWay(Arc::clone(&self.under_way));
        let whole = |body: &'static str| stream::iter([Ok(Bytes::from_static(body.as_bytes()))]).boxed();
        match self.step() {
            Step::Answer(status, headers, body) => Ok(incoming(status, headers, whole(body))),
            Step::Slowly(pieces, rest) => {
                let pieces = stream::iter(pieces).then(|(pause, piece)| async move {
                    sleep(pause).await;
                    Ok(Bytes::from_static(piece.as_bytes()))
                });
                let end = stream::once(sleep(rest)).filter_map(|()| async { None });
                Ok(incoming(200, &[], pieces.chain(end).boxed()))
            }
            Step::Fail(after, trouble) => {
                sleep(after).await;
                Err(trouble)
            }
            Step::Late(after) => {
                sleep(after).await;
                Ok(incoming(200, &[], whole("{}")))
            }
            Step::Hang => futures::future::pending().await,
        }
    }
}

fn incoming(
    status: u16,
    headers: &[(&'static str, &'static str)],
    body: BoxStream<'static, Result<Bytes, Trouble>>,
) -> Incoming {
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect();
    Incoming { status, headers, body }
}

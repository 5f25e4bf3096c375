//! The waist: sign-in, permit, time limits, sending, redirects, the repeat after a 401, retries, counting, tracing.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RANGE};
use serde::de::DeserializeSeed;
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use super::auth::Credential;
use super::body::Body;
use super::client::{Client, Shared, insert};
use super::failure::{Failure, retry_after};
use super::fold::{self, Unfolded};
use super::limits::{FAILURE_CAP, MAX_HOPS, words};
use super::redirect::{Redirect, judge};
use super::reply::{Reply, is_html};
use super::request::{Access, Request};
use super::retry::{self, Cause, Standing, WORTHWHILE};
use super::transport::{Incoming, Outgoing};
use super::trouble::{Place, Trouble, outcome_unknown};
use crate::{Call, Error, Result};

/// Sends a request through the client until it has an answer or its limits end.
pub(super) async fn send(client: &Client, call: &Call, request: &Request) -> Result<Reply> {
    let (sending, url) = Sending::new(client, call, request, false)?;
    tokio::select! {
        biased;
        () = call.cancelled() => Err(sending.cancelled()),
        result = sending.run(url) => result.map(Answer::into_reply),
    }
}

/// Sends a request like [`send`], and folds the body of its answer into a value while it comes.
pub(super) async fn fold<S, V>(client: &Client, call: &Call, request: &Request, seed: S) -> Result<V>
where
    S: for<'de> DeserializeSeed<'de, Value = V> + Send + 'static,
    V: Send + 'static,
{
    let (sending, url) = Sending::new(client, call, request, true)?;
    tokio::select! {
        biased;
        () = call.cancelled() => Err(sending.cancelled()),
        result = sending.fold(url, seed) => result,
    }
}

fn too_late(place: &Place) -> Error {
    Error::unavailable(format!("the time of this call ended before {place} was asked; try again or ask for less"))
}

/// One request on its way, with its limits.
struct Sending<'a> {
    client: &'a Client,
    shared: &'a Shared,
    call: &'a Call,
    request: &'a Request,
    began: Instant,
    /// The first byte of the last try must be there by then.
    until: Instant,
    /// A try that begins later would have too little time: it is not made.
    last_start: Instant,
    /// The body must be there by then.
    body_until: Instant,
    /// Something may have reached the server.
    sent: AtomicBool,
    /// The body of a success is left to come.
    streams: bool,
}

/// An answer of any status. Of a refusal the beginning of the body, of a redirect none.
struct Answer<'a> {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
    /// The body was longer than wanted, and only its beginning read.
    cut: bool,
    /// The body, where it was left to come.
    rest: Option<Body<'a>>,
    /// Held as long as bytes may come.
    permit: Option<SemaphorePermit<'a>>,
}

impl Answer<'_> {
    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn into_reply(self) -> Reply {
        Reply { status: self.status, headers: self.headers, body: self.body, cut: self.cut }
    }

    /// Where the answer sends us, if it does.
    fn location(&self) -> Option<&str> {
        let redirects = matches!(self.status, 301 | 302 | 303 | 307 | 308);
        if redirects { self.headers.get(LOCATION)?.to_str().ok() } else { None }
    }
}

/// How often a request was tried, over all its addresses and credentials.
#[derive(Default)]
struct Tries {
    made: u32,
    /// Since when connecting fails, if it does.
    connecting: Option<Instant>,
}

impl<'a> Sending<'a> {
    fn new(client: &'a Client, call: &'a Call, request: &'a Request, streams: bool) -> Result<(Self, Url)> {
        call.check()?;
        let shared = client.shared.as_ref();
        let url = request.url(shared.place.base.expose())?;
        let left = call.time_left().saturating_sub(shared.limits.reserve);
        if left.is_zero() {
            return Err(too_late(&shared.place));
        }
        let (began, limit) = (Instant::now(), left.min(shared.limits.request));
        let sending = Self {
            client,
            shared,
            call,
            request,
            began,
            until: began + limit,
            last_start: began + limit - WORTHWHILE.min(limit / 2),
            body_until: began + left,
            sent: AtomicBool::new(false),
            streams,
        };
        Ok((sending, url))
    }

    /// Folds the answer while it comes. Once it does, nothing is tried again.
    async fn fold<S, V>(&self, url: Url, seed: S) -> Result<V>
    where
        S: for<'de> DeserializeSeed<'de, Value = V> + Send + 'static,
        V: Send + 'static,
    {
        let Answer { headers, rest, permit, .. } = self.run(url).await?;
        let Some(body) = rest else { return Err(Error::bug("an answer that was to be folded has no body")) };
        let _permit = permit;
        let folded = fold::fold(body, self.request.body_cap, &headers, seed).await;
        folded.map_err(|failure| match failure {
            Unfolded::Trouble(trouble) => self.give_up(trouble),
            Unfolded::Fault(fault) => fault.tell(&self.shared.place, &self.request.path()),
        })
    }

    /// Follows redirects and repeats once after a 401.
    async fn run(&self, mut url: Url) -> Result<Answer<'a>> {
        let mut credential = self.sign_in(self.client.authorize.credential(self.call)).await?;
        let (mut tries, mut hops, mut repeated) = (Tries::default(), 0, false);
        loop {
            let answer = self.answer(&url, credential.as_ref(), &mut tries).await?;
            if answer.is_success() || (answer.status == 416 && self.request.range.is_some()) {
                return Ok(answer);
            }
            if let Some(location) = answer.location() {
                hops += 1;
                url = self.redirected(&url, location, hops)?;
                // A hop is not a failed try.
                tries.made = tries.made.saturating_sub(1);
                continue;
            }
            if let (401, false, Some(refused)) = (answer.status, repeated, &credential)
                && let Some(fresh) = self.sign_in(self.client.authorize.replacement(self.call, refused)).await?
            {
                (credential, repeated) = (Some(fresh), true);
                tries.made = tries.made.saturating_sub(1);
                continue;
            }
            return Err(self.explain(&answer));
        }
    }

    /// Tries one address until it has an answer, be it a refusal, that trying again would not change.
    async fn answer(&self, url: &Url, credential: Option<&Credential>, tries: &mut Tries) -> Result<Answer<'a>> {
        loop {
            let started = Instant::now();
            let outcome = self.attempt(url, credential).await;
            let cause = match &outcome {
                Ok(answer) => self.cause(answer),
                Err(trouble) => trouble.cause(),
            };
            tries.made += 1;
            let connecting = *tries.connecting.get_or_insert(started);
            if cause != Cause::NotConnected {
                tries.connecting = None;
            }
            let now = Instant::now();
            let standing = Standing {
                access: self.request.access,
                tries: tries.made,
                connecting: now - connecting,
                left: self.until.saturating_duration_since(now),
            };
            match retry::next(standing, cause, self.call.clock().jitter()) {
                Some(pause) => sleep(pause).await,
                None => return outcome.map_err(|trouble| self.give_up(trouble)),
            }
        }
    }

    /// One try: permit, sending, body. The permit is held as long as bytes may come.
    async fn attempt(&self, url: &Url, credential: Option<&Credential>) -> Result<Answer<'a>, Trouble> {
        let headers = self.headers(credential).map_err(Trouble::Told)?;
        let permit = timeout_at(self.last_start, self.shared.gate.enter()).await;
        let permit = permit.unwrap_or_else(|_| Err(self.busy())).map_err(Trouble::Told)?;
        let started = Instant::now();
        if started > self.last_start {
            return Err(Trouble::Told(too_late(&self.shared.place)));
        }

        let before = self.call.bytes();
        self.call.count_request();
        self.sent.store(true, Ordering::Relaxed);
        let outgoing =
            Outgoing { method: self.request.method, url: url.clone(), headers, body: self.request.body.clone() };
        let mut answer = self.exchange(started, outgoing).await;
        if let (Ok(refusal), Some(credential)) = (&mut answer, credential)
            && !refusal.is_success()
        {
            refusal.body = credential.masked_in(&refusal.body).into();
        }
        if answer.as_ref().is_err_and(Trouble::is_unconnected) {
            self.sent.store(false, Ordering::Relaxed);
        }

        tracing::debug!(
            parent: self.call.span(),
            tracker = self.shared.place.tracker,
            method = self.request.method.name(),
            path = url.path(),
            status = answer.as_ref().ok().map(|answer| answer.status),
            trouble = answer.as_ref().err().map(tracing::field::debug),
            ms = started.elapsed().as_millis() as u64,
            bytes = self.call.bytes().saturating_sub(before),
            "request"
        );
        let mut answer = answer?;
        answer.permit = answer.rest.is_some().then_some(permit);
        Ok(answer)
    }

    async fn exchange(&self, started: Instant, outgoing: Outgoing) -> Result<Answer<'a>, Trouble> {
        let first_byte = self.until.min(started + self.shared.limits.first_byte);
        let Incoming { status, headers, body } = timeout_at(first_byte, self.shared.transport.exchange(outgoing))
            .await
            .unwrap_or_else(|_| Err(Trouble::NoAnswer(first_byte - started)))?;
        let mut answer = Answer { status, headers, body: Bytes::new(), cut: false, rest: None, permit: None };
        let silence = self.shared.limits.body_silence;
        if answer.is_success() {
            let cap = self.request.body_cap;
            // Of a compressed body no length is announced here.
            let announced = answer.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
            let body = Body { pieces: body, call: self.call, silence, until: self.body_until };
            if self.streams {
                answer.rest = Some(body);
            } else if self.request.cut_at_cap {
                (answer.body, answer.cut) = body.at_most(cap).await?;
            } else if announced.is_some_and(|length: u64| length > cap) {
                return Err(Trouble::TooLarge(cap));
            } else {
                answer.body = body.whole(cap).await?;
            }
        } else if answer.location().is_none() {
            let body = Body { pieces: body, call: self.call, silence, until: self.until };
            answer.body = body.beginning(FAILURE_CAP).await;
        }
        Ok(answer)
    }

    fn headers(&self, credential: Option<&Credential>) -> Result<HeaderMap> {
        let mut headers = self.shared.headers.clone()?;
        if self.request.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let tracker = &self.shared.place.tracker;
        for (name, value) in &self.request.headers {
            insert(&mut headers, tracker, name, value, false)?;
        }
        if let Some(range) = &self.request.range {
            insert(&mut headers, tracker, RANGE.as_str(), &range.header(), false)?;
            // Part of a file is neither JSON nor, compressed, readable.
            headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if let Some(credential) = credential {
            insert(&mut headers, tracker, &credential.header, credential.value.expose(), true)?;
        }
        Ok(headers)
    }

    async fn sign_in<T>(&self, signing_in: impl Future<Output = Result<T>>) -> Result<T> {
        timeout_at(self.until, signing_in).await.unwrap_or_else(|_| {
            Err(Error::unavailable(format!(
                "signing in to {} did not end in {}; try again or {}",
                self.shared.place,
                words(self.until - self.began),
                self.shared.place.check
            )))
        })
    }

    fn redirected(&self, from: &Url, location: &str, hops: u32) -> Result<Url> {
        let (path, place) = (from.path(), &self.shared.place);
        let what = match judge(from, location, self.request.method) {
            Redirect::Follow(target) if hops <= MAX_HOPS => return Ok(target),
            Redirect::Follow(_) => format!("{path} again and again (followed {MAX_HOPS} times)"),
            Redirect::Elsewhere(origin) => format!(
                "{path} to {origin}, another server, to which nothing was sent: if that is the tracker, set its address \
                 to it; if it is a login page, signing in failed"
            ),
            Redirect::Moved(target) => {
                format!("POST {path} to {target}, which would lose what is sent: set the tracker's address to match")
            }
            Redirect::Unreadable => format!("{path} to something that is no address"),
        };
        let error = Error::unavailable(format!("{place} redirects {what}; {}", place.check));
        Err(Error { temporary: false, ..error })
    }

    /// The backend's words for a refusal.
    fn explain(&self, answer: &Answer<'_>) -> Error {
        let path = self.request.path();
        let retry_after = retry_after(&answer.headers, self.call.clock().now());
        let mut error = (self.shared.explain)(&Failure {
            tracker: &self.shared.place.tracker,
            access: self.request.access,
            path: &path,
            status: answer.status,
            body: &String::from_utf8_lossy(&answer.body),
            is_html: is_html(&answer.headers, &answer.body),
            retry_after,
        });
        if let Some(wait) = retry_after.filter(|wait| error.temporary && !wait.is_zero()) {
            error.retry_after.get_or_insert(wait);
            error = error.and(format!("it asks to wait {}", words(wait)));
        }
        // A gateway does not know what became of a write behind it.
        let lost = matches!(answer.status, 408 | 502 | 503 | 504);
        if lost && error.temporary && self.request.access == Access::Write { outcome_unknown(error) } else { error }
    }

    /// Whether trying again may change an answer: the backend knows refusals that look temporary and are not.
    fn cause(&self, answer: &Answer<'_>) -> Cause {
        if answer.status < 400 {
            return Cause::Lasting;
        }
        let error = self.explain(answer);
        if error.temporary {
            Cause::Answered { status: answer.status, retry_after: error.retry_after }
        } else {
            Cause::Lasting
        }
    }

    /// The words for a trouble that stands; without a connection, the tracker is left alone for a while.
    fn give_up(&self, trouble: Trouble) -> Error {
        let unconnected = trouble.is_unconnected();
        let error = self.shared.place.tell(trouble, self.request.access);
        if unconnected {
            self.shared.gate.mark_down(&self.shared.limits, &error);
        }
        error
    }

    fn busy(&self) -> Error {
        Error::unavailable(format!(
            "{} has had {} requests of ours under way for {}, and this one waited for its turn; try again or ask for less",
            self.shared.place,
            self.shared.limits.concurrent,
            words(self.last_start - self.began)
        ))
    }

    fn cancelled(&self) -> Error {
        let error = Error::cancelled();
        let unknown = self.request.access == Access::Write && self.sent.load(Ordering::Relaxed);
        if unknown { error.and("the change may or may not have been made: look before repeating it") } else { error }
    }
}

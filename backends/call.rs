//! What a question carries all the way down: who asks, until when, how it is stopped, and what it has cost.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::allowance::Allowance;
use crate::{Error, Result};

/// How long after its soft deadline a tool call is ended whatever it does.
pub const GRACE: Duration = Duration::from_secs(3);

/// The world outside that tests replace: the wall clock and chance.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
    /// A number in `0.0..1.0` that spreads the tries of many clients over time.
    fn jitter(&self) -> f64;
}

/// The machine's own clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn jitter(&self) -> f64 {
        // The sub-microsecond part of the clock is random enough to spread tries.
        f64::from(Timestamp::now().subsec_nanosecond().rem_euclid(1_000)) / 1_000.0
    }
}

/// Where a long call tells how far it is.
pub trait Progress: Send + Sync {
    /// `done` of `total` (if known), with a few words.
    fn report(&self, done: u64, total: Option<u64>, message: &str);
}

/// One question, from the transport down to the last request. Cheap to clone; clones share the counters.
#[derive(Clone)]
pub struct Call {
    caller: Arc<str>,
    now: Timestamp,
    deadline: Instant,
    allowance: Allowance,
    cancellation: CancellationToken,
    progress: Option<Arc<dyn Progress>>,
    clock: Arc<dyn Clock>,
    cost: Arc<Cost>,
    span: tracing::Span,
}

#[derive(Default)]
struct Cost {
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl Call {
    /// A call that begins now and may take what is usual.
    pub fn new(caller: &str, clock: Arc<dyn Clock>) -> Self {
        let allowance = Allowance::default();
        Self {
            caller: caller.into(),
            now: clock.now(),
            deadline: Instant::now() + allowance.time,
            allowance,
            cancellation: CancellationToken::new(),
            progress: None,
            clock,
            cost: Arc::default(),
            span: tracing::Span::none(),
        }
    }

    /// The same call, which may take this; its time counts from now.
    #[must_use]
    pub fn with_allowance(self, allowance: Allowance) -> Self {
        Self { allowance, ..self }.with_deadline(allowance.time)
    }

    /// The same call with another soft deadline, counted from now.
    #[must_use]
    pub fn with_deadline(mut self, from_now: Duration) -> Self {
        self.deadline = Instant::now() + from_now;
        self
    }

    /// The same call, at most `limit` from now: one tracker within a question to several.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        let mut call = self.clone();
        call.deadline = call.deadline.min(Instant::now() + limit);
        call
    }

    /// The same call, as if it had begun at another time: a later page of a question counts `7d` from where the first did.
    #[must_use]
    pub fn begun_at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// The same call, stopped through this token.
    #[must_use]
    pub fn with_cancellation(mut self, token: CancellationToken) -> Self {
        self.cancellation = token;
        self
    }

    /// The same call, telling its progress here.
    #[must_use]
    pub fn with_progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.progress = Some(progress);
        self
    }

    /// The same call, traced below this span.
    #[must_use]
    pub fn with_span(mut self, span: tracing::Span) -> Self {
        self.span = span;
        self
    }

    /// Who asks: cursors are bound to it.
    pub fn caller(&self) -> &str {
        &self.caller
    }

    /// When the call began: relative times such as `7d` count from here, once for the whole call.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The clock and chance of this call.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// The moment from which on the call returns what it has.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How much time is left before the soft deadline.
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// What the call may take, as it began.
    pub fn allowance(&self) -> Allowance {
        self.allowance
    }

    /// Resolves when the caller gave up.
    pub async fn cancelled(&self) {
        self.cancellation.cancelled().await;
    }

    /// An error if the caller gave up meanwhile.
    pub fn check(&self) -> Result<()> {
        if self.cancellation.is_cancelled() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Tells how far the call is, if anyone listens.
    pub fn progress(&self, done: u64, total: Option<u64>, message: &str) {
        if let Some(progress) = &self.progress {
            progress.report(done, total, message);
        }
    }

    /// Counts one request sent upstream.
    pub fn count_request(&self) {
        self.cost.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts bytes of bodies received, decompressed.
    pub fn count_bytes(&self, bytes: u64) {
        self.cost.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Requests sent upstream so far, tries included.
    pub fn requests(&self) -> u64 {
        self.cost.requests.load(Ordering::Relaxed)
    }

    /// Bytes received so far.
    pub fn bytes(&self) -> u64 {
        self.cost.bytes.load(Ordering::Relaxed)
    }

    /// Which call it is.
    pub fn mark(&self) -> CallMark {
        CallMark(Arc::downgrade(&self.cost))
    }

    /// The tracing span of this call.
    pub fn span(&self) -> &tracing::Span {
        &self.span
    }
}

/// Which call it is, without keeping it: for what is remembered no longer than its question is asked. Clones of a call are
/// one call.
#[derive(Clone, Debug)]
pub struct CallMark(Weak<Cost>);

impl CallMark {
    /// Whether it is this call.
    pub fn is_of(&self, call: &Call) -> bool {
        std::ptr::eq(self.0.as_ptr(), Arc::as_ptr(&call.cost))
    }

    /// Whether nobody asks any more.
    pub fn is_over(&self) -> bool {
        self.0.strong_count() == 0
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("caller", &self.caller)
            .field("time_left", &self.time_left())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Call, SystemClock};

    #[test]
    fn a_mark_knows_its_call_until_the_last_of_its_clones_is_gone() {
        let new = || Call::new("test", Arc::new(SystemClock));
        let call = new();
        let (clone, mark) = (call.within(Duration::from_secs(1)), call.mark());
        assert!(mark.is_of(&call) && mark.is_of(&clone) && !mark.is_of(&new()));
        drop(call);
        assert!(!mark.is_over());
        drop(clone);
        assert!(mark.is_over());
    }
}

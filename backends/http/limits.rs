//! The limits of every request, as a value so that tests can shorten them.

use std::time::Duration;

use crate::allowance::Pace;

/// How many bytes of an answer are read, decompressed, unless the request says otherwise: 32 MB.
pub const BODY_CAP: u64 = 32_000_000;
/// Bodies above this many bytes are parsed on a thread of their own, so that the reactor stays responsive.
pub(super) const PARSE_INLINE: usize = 256_000;
/// How much of the body of a refusal is read: enough for any message.
pub(super) const FAILURE_CAP: usize = 64_000;
/// How many redirects within the origin are followed.
pub(super) const MAX_HOPS: u32 = 5;

/// How long each step may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// DNS, TCP, TLS and proxy together.
    pub(super) connect: Duration,
    /// From the start of a try to the first byte of its answer.
    pub(super) first_byte: Duration,
    /// Between two pieces of a body.
    pub(super) body_silence: Duration,
    /// One request with its permit wait, sign-in, tries and pauses, up to the first byte.
    pub(super) request: Duration,
    /// What is kept of the call's time to report what happened.
    pub(super) reserve: Duration,
    /// How long a tracker that could not be connected to is left alone.
    pub(super) down: Duration,
    /// Requests under way at one tracker.
    pub(super) concurrent: usize,
}

impl Limits {
    /// What holds outside tests.
    pub(super) const PRODUCTION: Self = Self {
        connect: Duration::from_secs(5),
        first_byte: Duration::from_secs(15),
        body_silence: Duration::from_secs(10),
        request: Duration::from_secs(15),
        reserve: Duration::from_secs(1),
        down: Duration::from_secs(10),
        concurrent: 8,
    };

    /// What holds outside tests, at this pace.
    pub(super) fn paced(pace: Pace) -> Self {
        let Pace { requests_at_once, timeout } = pace;
        Self { first_byte: timeout, request: timeout, concurrent: requests_at_once, ..Self::PRODUCTION }
    }
}

/// A duration as people say it: `15 s`, `0.2 s`, `2 min`.
pub(super) fn words(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds >= 120.0 {
        format!("{:.0} min", (seconds / 60.0).ceil())
    } else if seconds >= 1.0 {
        format!("{seconds:.0} s")
    } else {
        format!("{seconds:.1} s")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{BODY_CAP, Limits, MAX_HOPS, PARSE_INLINE, words};
    use crate::allowance::{Pace, SOFT_DEADLINE};

    #[test]
    fn the_limits_are_those_of_the_table() {
        let limits = Limits::PRODUCTION;
        let seconds = Duration::from_secs;
        assert_eq!(limits.connect, seconds(5));
        assert_eq!(limits.first_byte, seconds(15));
        assert_eq!(limits.body_silence, seconds(10));
        assert_eq!(limits.request, seconds(15));
        assert_eq!(limits.reserve, seconds(1));
        assert_eq!(limits.down, seconds(10));
        assert_eq!(limits.concurrent, 8);
        assert_eq!((BODY_CAP, PARSE_INLINE, MAX_HOPS), (32_000_000, 256_000, 5));
    }

    #[test]
    fn the_usual_pace_is_that_of_the_table_and_another_changes_nothing_else() {
        assert_eq!(Limits::paced(Pace::default()), Limits::PRODUCTION);
        let timeout = Duration::from_secs(40);
        let slow = Limits::paced(Pace { requests_at_once: 2, timeout });
        assert_eq!((slow.concurrent, slow.request, slow.first_byte), (2, timeout, timeout));
        assert_eq!((slow.connect, slow.reserve), (Limits::PRODUCTION.connect, Limits::PRODUCTION.reserve));
    }

    #[test]
    fn a_hanging_tracker_is_reported_before_the_call_ends() {
        let limits = Limits::PRODUCTION;
        assert!(limits.request + limits.reserve <= Duration::from_secs(16));
        assert!(limits.request + limits.reserve < SOFT_DEADLINE);
    }

    #[test]
    fn durations_read_naturally() {
        assert_eq!(words(Duration::from_millis(200)), "0.2 s");
        assert_eq!(words(Duration::from_secs(15)), "15 s");
        assert_eq!(words(Duration::from_secs(3_601)), "61 min");
    }
}

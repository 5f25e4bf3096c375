//! Whether and when a request is tried again: a pure function of what happened.

use std::time::Duration;

use super::request::Access;

/// Tries in all, whatever their causes.
const MAX_TRIES: u32 = 3;
/// A connection is tried again only within this time of its first try.
const RECONNECT_WITHIN: Duration = Duration::from_secs(1);
/// The pause before the second try to connect, without jitter; doubles.
const RECONNECT_PAUSE: Duration = Duration::from_millis(150);
/// The pause before the second try of a request, without jitter; doubles.
const PAUSE: Duration = Duration::from_millis(200);
/// A try that would have less time than this is not worth making.
pub(super) const WORTHWHILE: Duration = Duration::from_secs(1);

/// Why a try failed, as far as trying again depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// No connection: refused, no such host, reset. Nothing was sent.
    NotConnected,
    /// The connection ended before the first byte of an answer.
    Closed,
    /// The server answered that it cannot at the moment.
    Answered { status: u16, retry_after: Option<Duration> },
    /// Trying again would not help, or would take too long: time limits, certificates, permanent refusals.
    Lasting,
}

/// Where a request stands when a try has failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// What the request does.
    pub(super) access: Access,
    /// Tries made so far, at least 1.
    pub(super) tries: u32,
    /// Time since connecting was first tried and failed.
    pub(super) connecting: Duration,
    /// Time left for the whole request.
    pub(super) left: Duration,
}

/// How long to pause before the next try; `None`: the failure stands.
pub(super) fn next(standing: Standing, cause: Cause, jitter: f64) -> Option<Duration> {
    let Standing { access, tries, connecting, left } = standing;
    if tries >= MAX_TRIES {
        return None;
    }
    let pause = match cause {
        Cause::NotConnected => {
            let pause = spread(RECONNECT_PAUSE, tries, jitter);
            (connecting + pause <= RECONNECT_WITHIN).then_some(pause)
        }
        Cause::Closed => (access == Access::Read).then(|| spread(PAUSE, tries, jitter)),
        Cause::Answered { status, retry_after } => {
            repeatable(access, status).then(|| retry_after.unwrap_or_else(|| spread(PAUSE, tries, jitter)))
        }
        Cause::Lasting => None,
    }?;
    (pause + WORTHWHILE <= left).then_some(pause)
}

/// Statuses after which the same request may be sent again. A write only after 429: what a gateway reports may have
/// been executed behind it.
fn repeatable(access: Access, status: u16) -> bool {
    match access {
        Access::Read => matches!(status, 408 | 429 | 502 | 503 | 504),
        Access::Write => status == 429,
    }
}

/// The pause after so many tries: doubling, and spread by up to a half so that clients do not come back in step.
fn spread(pause: Duration, tries: u32, jitter: f64) -> Duration {
    pause.saturating_mul(1 << tries.saturating_sub(1).min(8)).mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Access::{Read, Write};
    use super::Cause::{Answered, Closed, Lasting, NotConnected};
    use super::{Access, Cause, Standing, next};

    /// Milliseconds of pause after `tries` tries with plenty of time left.
    fn pause(access: Access, tries: u32, cause: Cause) -> Option<u128> {
        let standing = Standing { access, tries, connecting: Duration::ZERO, left: Duration::from_secs(15) };
        next(standing, cause, 0.0).map(|pause| pause.as_millis())
    }

    fn answered(status: u16) -> Cause {
        Answered { status, retry_after: None }
    }

    fn asked_to_wait(status: u16, seconds: u64) -> Cause {
        Answered { status, retry_after: Some(Duration::from_secs(seconds)) }
    }

    #[test]
    fn each_row_of_the_table_holds() {
        let table: &[(Access, u32, Cause, Option<u128>)] = &[
            // Nothing was sent: reads and writes alike, at most 2 more tries.
            (Read, 1, NotConnected, Some(150)),
            (Read, 2, NotConnected, Some(300)),
            (Read, 3, NotConnected, None),
            (Write, 1, NotConnected, Some(150)),
            (Write, 2, NotConnected, Some(300)),
            (Write, 3, NotConnected, None),
            // Perhaps executed: reads only.
            (Read, 1, Closed, Some(200)),
            (Read, 2, Closed, Some(400)),
            (Read, 3, Closed, None),
            (Write, 1, Closed, None),
            // The server cannot now.
            (Read, 1, answered(408), Some(200)),
            (Read, 1, answered(429), Some(200)),
            (Read, 1, answered(502), Some(200)),
            (Read, 1, answered(503), Some(200)),
            (Read, 1, answered(504), Some(200)),
            (Read, 2, answered(503), Some(400)),
            (Read, 3, answered(503), None),
            (Write, 1, answered(408), None),
            (Write, 1, answered(429), Some(200)),
            (Write, 1, answered(502), None),
            (Write, 1, answered(503), None),
            (Write, 1, answered(504), None),
            // The server said what it thinks.
            (Read, 1, answered(400), None),
            (Read, 1, answered(401), None),
            (Read, 1, answered(404), None),
            (Read, 1, answered(500), None),
            (Read, 1, answered(501), None),
            // It says how long.
            (Read, 1, asked_to_wait(429, 3), Some(3_000)),
            (Read, 2, asked_to_wait(503, 0), Some(0)),
            (Write, 1, asked_to_wait(429, 3), Some(3_000)),
            (Write, 1, asked_to_wait(503, 3), None),
            (Read, 1, asked_to_wait(429, 14), Some(14_000)),
            (Read, 1, asked_to_wait(429, 15), None),
            (Read, 1, asked_to_wait(429, 3_600), None),
            (Read, 3, asked_to_wait(429, 1), None),
            (Read, 1, Lasting, None),
            (Write, 1, Lasting, None),
        ];
        for (access, tries, cause, expected) in table {
            assert_eq!(pause(*access, *tries, *cause), *expected, "{access:?}, {tries} tries, {cause:?}");
        }
    }

    #[test]
    fn connecting_is_tried_again_only_within_a_second() {
        let standing = |milliseconds| Standing {
            access: Read,
            tries: 1,
            connecting: Duration::from_millis(milliseconds),
            left: Duration::from_secs(15),
        };
        assert!(next(standing(850), NotConnected, 0.0).is_some());
        assert!(next(standing(851), NotConnected, 0.0).is_none());
    }

    #[test]
    fn all_pauses_to_connect_fit_into_the_second() {
        let mut connecting = Duration::ZERO;
        for tries in 1..=2 {
            let standing = Standing { access: Read, tries, connecting, left: Duration::from_secs(15) };
            connecting += next(standing, NotConnected, 1.0).unwrap();
        }
        assert!(connecting <= Duration::from_secs(1), "{connecting:?}");
    }

    #[test]
    fn a_try_without_time_is_not_made() {
        let standing = |milliseconds| Standing {
            access: Read,
            tries: 1,
            connecting: Duration::ZERO,
            left: Duration::from_millis(milliseconds),
        };
        assert!(next(standing(1_200), Closed, 0.0).is_some());
        assert!(next(standing(1_199), Closed, 0.0).is_none());
    }

    #[test]
    fn jitter_spreads_by_up_to_a_half() {
        let standing = Standing { access: Read, tries: 2, connecting: Duration::ZERO, left: Duration::from_secs(15) };
        assert_eq!(next(standing, Closed, 0.5), Some(Duration::from_millis(500)));
        assert_eq!(next(standing, Closed, 9.0), Some(Duration::from_millis(600)));
    }
}

//! How much one question may take, and how hard one tracker may be asked: what an operator may set otherwise.

use std::time::Duration;

/// From when on a tool call returns what it has and says so.
pub const SOFT_DEADLINE: Duration = Duration::from_secs(27);
/// The most characters of an answer, in each of its two forms.
pub const CHARACTERS: usize = 20_000;
/// The most runs that one question reads of a tracker.
const RUNS: u64 = 20_000;
/// The least that one tracker gets of the time of a question to several.
const SHARE: Duration = Duration::from_secs(15);
/// The longest that one request may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Requests under way at one tracker.
const REQUESTS_AT_ONCE: usize = 8;

/// What one call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// How long it may take before it answers with what it has.
    pub time: Duration,
    /// The most characters of its answer, in each of its two forms.
    pub characters: usize,
    /// The most runs that it reads of one tracker.
    pub runs: u64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { time: SOFT_DEADLINE, characters: CHARACTERS, runs: RUNS }
    }
}

/// What one tracker gets of this time when several are asked: 15 s, and more where a call may take longer than usual.
pub fn share(time: Duration) -> Duration {
    SHARE.max(time.mul_f64(SHARE.as_secs_f64() / SOFT_DEADLINE.as_secs_f64()))
}

/// How hard one tracker may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Requests under way at once.
    pub requests_at_once: usize,
    /// The longest that one request may take, with its wait, sign-in, tries and pauses, up to the first byte.
    pub timeout: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { requests_at_once: REQUESTS_AT_ONCE, timeout: TIMEOUT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_trackers_gets_fifteen_seconds_and_more_of_a_longer_call() {
        for (time, expected) in [(5, 15), (20, 15), (27, 15), (54, 30), (108, 60)] {
            assert_eq!(share(Duration::from_secs(time)).as_secs_f64().round() as u64, expected, "{time}");
        }
    }
}

//! Limits that an operator may set, each within bounds that the server can hold.

use std::ops::RangeInclusive;
use std::time::Duration;

use backends::allowance::{Allowance, Pace};

/// A limit: its bounds, in its unit.
struct Limit {
    bounds: RangeInclusive<u64>,
    unit: &'static str,
    usual: u64,
}

/// Reading ends 3 s before its end, so that there is time to answer.
const DEADLINE: Limit = Limit { bounds: 5..=120, unit: "seconds", usual: 27 };
/// Below, a page could not hold the facts that each answer begins with; above, no client takes an answer whole.
const ANSWER: Limit = Limit { bounds: 5_000..=100_000, unit: "characters", usual: 20_000 };
/// Above, runs would be held in more memory than a server beside an editor should take.
const RUNS: Limit = Limit { bounds: 1_000..=200_000, unit: "runs", usual: 20_000 };
const REQUESTS: Limit = Limit { bounds: 1..=64, unit: "requests", usual: 8 };
/// No request outlives its call, whatever stands here.
const TIMEOUT: Limit = Limit { bounds: 2..=120, unit: "seconds", usual: 15 };

impl Limit {
    /// The number that is written, or what is wrong with it, as a clause that follows the name of the key.
    fn read(&self, value: &str) -> Result<u64, String> {
        let digits = value.strip_suffix('s').filter(|_| self.unit == "seconds").unwrap_or(value);
        let digits: String = digits.trim().chars().filter(|sign| !matches!(sign, '_' | ',')).collect();
        let (least, most) = (self.bounds.start(), self.bounds.end());
        let number = digits.parse::<u64>().ok().filter(|number| self.bounds.contains(number));
        number.ok_or_else(|| format!("is '{value}'; expected {least} to {most} {}, such as {}", self.unit, self.usual))
    }
}

/// Takes in a limit of calls; `None` if the key is another.
pub(super) fn of_calls(allowance: &mut Allowance, key: &str, value: &str) -> Option<Result<(), String>> {
    Some(match key {
        "deadline" => DEADLINE.read(value).map(|seconds| allowance.time = Duration::from_secs(seconds)),
        "answer_characters" => ANSWER.read(value).map(|number| allowance.characters = whole(number)),
        "runs_read" => RUNS.read(value).map(|number| allowance.runs = number),
        _ => return None,
    })
}

/// Takes in a limit of what one tracker is asked; `None` if the key is another.
pub(super) fn of_tracker(pace: &mut Pace, key: &str, value: &str) -> Option<Result<(), String>> {
    Some(match key {
        "requests_at_once" => REQUESTS.read(value).map(|number| pace.requests_at_once = whole(number)),
        "request_timeout" => TIMEOUT.read(value).map(|seconds| pace.timeout = Duration::from_secs(seconds)),
        _ => return None,
    })
}

fn whole(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_what_holds_without_a_word() {
        let Allowance { time, characters, runs } = Allowance::default();
        let Pace { requests_at_once, timeout } = Pace::default();
        let held = [time.as_secs(), characters as u64, runs, requests_at_once as u64, timeout.as_secs()];
        let limits = [DEADLINE, ANSWER, RUNS, REQUESTS, TIMEOUT];
        assert_eq!(held, limits.each_ref().map(|limit| limit.usual));
        assert!(limits.iter().all(|limit| limit.bounds.contains(&limit.usual)));
    }

    #[test]
    fn a_number_may_be_parted_and_have_its_unit() {
        for (limit, value, expected) in [
            (&ANSWER, "40000", 40_000),
            (&ANSWER, "40,000", 40_000),
            (&RUNS, "100_000", 100_000),
            (&DEADLINE, "60 s", 60),
        ] {
            assert_eq!(limit.read(value), Ok(expected), "{value}");
        }
    }

    #[test]
    fn a_number_beyond_its_bounds_is_refused_with_them() {
        for (limit, value, words) in [
            (&ANSWER, "4999", "is '4999'; expected 5000 to 100000 characters, such as 20000"),
            (&ANSWER, "20000s", "is '20000s'; expected"),
            (&RUNS, "1e5", "is '1e5'; expected 1000 to 200000 runs"),
            (&REQUESTS, "0", "is '0'; expected 1 to 64 requests, such as 8"),
            (&TIMEOUT, "-5", "is '-5'; expected 2 to 120 seconds, such as 15"),
            (&DEADLINE, "99999999999999999999", "expected 5 to 120 seconds"),
        ] {
            let why = limit.read(value).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }
}

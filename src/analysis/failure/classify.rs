//! Which line tells why.

use std::sync::LazyLock;

use regex::Regex;

use super::Kind;
use super::rules::{COMPILED, Rule};
use super::traceback::{Traceback, last_traceback};

/// Lines from the end that are looked at.
const LINES: usize = 400;
/// Characters of a line that are looked at.
const CHARACTERS: usize = 2_000;
/// Lines after an exception up to which what is said is about it.
const NEAR: usize = 30;

/// What made a run fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its kind.
    pub kind: Kind,
    /// What the line means, in a few words of ours.
    pub says: &'static str,
    /// The line says so itself; otherwise it is what is likely behind it.
    pub certain: bool,
    /// The line.
    pub line: String,
    /// Its place among the lines given.
    pub at: usize,
}

/// Why a run failed by the last lines of its log; `None` where no line says anything of it.
pub fn classify(lines: &[&str]) -> Option<Cause> {
    let from = lines.len().saturating_sub(LINES);
    let found: Vec<(usize, &str, &Rule)> = (from..lines.len())
        .filter_map(|at| {
            let line = cut(lines.get(at)?);
            Some((at, line, of_line(line)?))
        })
        .collect();
    let cause = |(at, line, rule): &(usize, &str, &Rule)| Cause {
        kind: rule.kind,
        says: rule.says,
        certain: rule.certain,
        line: line.trim().to_owned(),
        at: *at,
    };
    let ended = last_traceback(lines);
    let raised = ended.as_ref().and_then(|traceback| told(traceback, &found));
    let end = ended.as_ref().map_or(0, |traceback| traceback.to);
    let causes = || found.iter().filter(|(.., rule)| !rule.consequence);
    // What came long after the last exception is not about it: the run went on.
    if let Some(later) = causes().rfind(|(at, ..)| ended.is_none() || *at > end + NEAR) {
        return Some(cause(later));
    }
    if let Some(raised) = raised.filter(|(.., rule)| !rule.consequence) {
        return Some(cause(raised));
    }
    let unknown = |traceback: &Traceback| Cause {
        kind: Kind::Unknown,
        says: "an exception that no rule knows; the traceback shows where",
        certain: false,
        line: traceback.exception().to_owned(),
        at: traceback.raised_at(),
    };
    match (&ended, raised) {
        // The exception says itself that something else failed first.
        (Some(_), Some(raised)) => Some(cause(causes().next_back().unwrap_or(raised))),
        (Some(traceback), None) => {
            let near = |(at, ..): &&(usize, &str, &Rule)| *at >= traceback.from;
            let after = causes().rfind(near).or_else(|| found.iter().rfind(near));
            Some(after.map_or_else(|| unknown(traceback), cause))
        }
        (None, _) => found.last().map(cause),
    }
}

/// What the exception line of a traceback says, or the first line of what follows it.
fn told<'a, 'b>(
    traceback: &Traceback,
    found: &'a [(usize, &'b str, &'b Rule)],
) -> Option<&'a (usize, &'b str, &'b Rule)> {
    found.iter().find(|(at, ..)| (traceback.raised_at()..=traceback.to).contains(at))
}

/// The first rule that a line fits.
fn of_line(line: &str) -> Option<&'static Rule> {
    if is_harmless(line) {
        return None;
    }
    COMPILED.iter().find(|rule| rule.fits(line))
}

/// A line that speaks of a failure that was none, or that was got over.
fn is_harmless(line: &str) -> bool {
    static HARMLESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = r"(?i)\b(?:retry|retrying|retried|will retry|succeeded|recovered|recovering|ignored|ignoring|skipped|skipping|handled|falling back|fall back|fallback|no longer|resolved|avoid(?:s|ed|ing)?|prevents?|if you (?:see|get|encounter)|in case of|instead of raising|suppress(?:ed|ing)?|deprecat\w+)\b|\b0 \w*errors?\b|\bno \w*errors?\b|\bwithout \w*errors?\b|\bnot? (?:out of memory|killed)\b|^\s*#|^\s*(?:DEBUG|\[DEBUG\])";
        Regex::new(words).ok()
    });
    static RAISED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"^(?:\[\w+\]:\s*)?(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Expired|Timeout)\b(?:: |$)",
        )
        .ok()
    });
    let fits = |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(line));
    fits(&HARMLESS) && !fits(&RAISED)
}

fn cut(line: &str) -> &str {
    line.char_indices().nth(CHARACTERS).map_or(line, |(at, _)| line.get(..at).unwrap_or(line))
}

#[cfg(test)]
mod tests;

//! The diagnosis in a sentence.

use backends::model::{Run, Status};

use super::below::Below;
use super::evidence::Evidence;
use super::findings::{number, place, word};
use super::history::{broken, shown};
use crate::analysis::diagnosis::{Diagnosis, Evidence as Told, Finding, Rule};
use crate::analysis::failure::Kind;

/// Findings that the sentence names.
const NAMED: usize = 3;

/// What is to be said first.
pub(super) fn verdict(run: &Run, evidence: &Evidence, diagnosis: &Diagnosis, below: Option<&Below>) -> String {
    let cause = evidence.cause.as_ref().map(|told| &told.cause);
    let why = match cause {
        Some(cause) if cause.kind == Kind::Unknown => cause.says.to_owned(),
        Some(cause) => format!("{}: {}{}", cause.kind.word(), cause.says, if cause.certain { "" } else { " (likely)" }),
        None if evidence.log.as_ref().is_some_and(|log| log.is_empty) => "its log is empty".to_owned(),
        None if evidence.log.is_some() => "nothing in its log says why".to_owned(),
        None if run.reason.is_some() => "the reason that was recorded is below".to_owned(),
        None => "no reason was recorded, and there is no log".to_owned(),
    };
    let curves = curves(run, diagnosis);
    if let Some(below) = below.filter(|below| !below.says.is_empty()) {
        let says = match below.first() {
            Some(first) => format!("{}; {first}: {why}", below.says),
            None if cause.is_some() => format!("{}; {why}", below.says),
            None => below.says.clone(),
        };
        return joined(format!("{}; {says}", so_far(run)), curves);
    }
    match run.status {
        Some(Status::Failed) => joined(format!("failed; {why}"), curves),
        Some(Status::Stopped) if cause.is_some() => joined(format!("was stopped; {why}"), curves),
        Some(Status::Stopped) => {
            joined("was stopped: by a person, a scheduler or a program; nothing says which".to_owned(), curves)
        }
        Some(Status::Created | Status::Queued) if !diagnosis.checks.is_empty() => {
            joined("waits to run again; what it logged is of an earlier run".to_owned(), curves)
        }
        Some(Status::Created | Status::Queued) => "has not started: there is nothing to diagnose yet".to_owned(),
        _ => {
            let what = so_far(run);
            let in_log = cause.map(|_| format!("the end of its log tells of a failure ({why})"));
            match (in_log, curves) {
                (Some(in_log), curves) => joined(format!("{what}; {in_log}"), curves),
                (None, Some(curves)) => format!("{what}; {curves}"),
                (None, None) if diagnosis.checks.is_empty() => format!("{what}; no curve could be checked"),
                (None, None) => format!("{what}; nothing unusual in what was checked{}", levelled_off(diagnosis)),
            }
        }
    }
}

/// Its state in words.
fn so_far(run: &Run) -> &'static str {
    match run.status {
        Some(Status::Created | Status::Queued) => "has not started",
        Some(Status::Running) => "is running",
        Some(Status::Finished) => "finished",
        Some(Status::Failed) => "failed",
        Some(Status::Stopped) => "was stopped",
        None => "is in an unknown state",
    }
}

fn joined(first: String, second: Option<String>) -> String {
    match second {
        Some(second) => format!("{first}. Its curves: {second}"),
        None => first,
    }
}

/// That a training which ended had nothing more to gain is no fault of it.
fn levelled_off(diagnosis: &Diagnosis) -> String {
    let flat = diagnosis.findings.iter().filter(|finding| finding.rule() == Rule::Plateau);
    let named: Vec<String> =
        flat.take(NAMED).map(|finding| format!("{} from {}", shown(&finding.metric), place(&finding.at))).collect();
    if named.is_empty() { String::new() } else { format!("; levelled off (plateau): {}", named.join(", ")) }
}

/// The findings that matter most: learning rates change as a rule, and who has ended may have levelled off.
fn curves(run: &Run, diagnosis: &Diagnosis) -> Option<String> {
    let goes_on = run.status == Some(Status::Running);
    let telling = |finding: &&Finding| match finding.rule() {
        Rule::RateCliff => false,
        Rule::Plateau => goes_on,
        _ => true,
    };
    let found: Vec<&Finding> = diagnosis.findings.iter().filter(telling).collect();
    let mut named: Vec<String> = found
        .iter()
        .take(NAMED)
        .map(|finding| {
            let (metric, at) = (shown(&finding.metric), place(&finding.at));
            match &finding.evidence {
                Told::NonFinite { finite_after: Some(0), .. } => {
                    format!("{metric} is {} from {at} on", number(finding.at.value))
                }
                Told::NonFinite { .. } => format!("{metric} is {} at {at}", number(finding.at.value)),
                Told::Stalled { .. } => format!("{metric} has stalled since {at}"),
                Told::Spike { .. } => format!("spike of {metric} at {at}"),
                _ => format!("{} of {metric} from {at}", word(finding.rule())),
            }
        })
        .collect();
    let is_told = |name: &str| found.iter().any(|one| one.rule() == Rule::NonFinite && one.metric == name);
    let last = broken(run).filter(|(name, _)| !is_told(name)).take(NAMED);
    named.extend(last.map(|(name, value)| format!("the last value of {} is {}", shown(name), number(value))));
    if found.len() > NAMED {
        named.push(format!("{} more", found.len() - NAMED));
    }
    (!named.is_empty()).then(|| named.join(", "))
}

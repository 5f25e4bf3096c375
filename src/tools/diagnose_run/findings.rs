//! What the curves show, in words with their numbers.

use std::collections::BTreeMap;

use backends::model::{Point, Run};

use super::history::{History, broken, shown};
use crate::analysis::diagnosis::{Diagnosis, Evidence, Finding, Outcome, Per, Rule, Sureness, Why};
use crate::render::{Answer, Cell, Column, in_words, not_finite};

/// Findings that are told one by one.
const TOLD: usize = 10;

/// A rule in a word.
pub(super) const fn word(rule: Rule) -> &'static str {
    match rule {
        Rule::NonFinite => "NaN or infinite",
        Rule::Divergence => "divergence",
        Rule::Spike => "spike",
        Rule::Plateau => "plateau",
        Rule::Overfitting => "overfitting",
        Rule::Stalled => "stalled",
        Rule::RateCliff => "learning-rate step",
    }
}

const fn sure(sureness: Sureness) -> &'static str {
    match sureness {
        Sureness::Exact => "exact",
        Sureness::Clear => "clear",
        Sureness::Likely => "likely",
    }
}

/// What a rule measures, and how that is held against its threshold.
const fn measure(rule: Rule) -> (&'static str, &'static str) {
    match rule {
        Rule::NonFinite => ("values that are not finite", ">="),
        Rule::Divergence => ("rise of the level in noise deviations", ">="),
        Rule::Spike => ("distance from the level in noise deviations", ">="),
        Rule::Plateau => ("most that may still be gained, in noise deviations", "<"),
        Rule::Overfitting => ("growth of the gap in noise deviations", ">="),
        Rule::Stalled => ("silence in usual intervals between points", ">="),
        Rule::RateCliff => ("ratio of the rates", ">="),
    }
}

/// A number with four significant digits.
pub(super) fn number(value: f64) -> String {
    if let Some(word) = not_finite(value) {
        return word.to_owned();
    }
    // A slope of -0 is none.
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value) + 0.0;
    if rounded != 0.0 && !(1e-4..1e9).contains(&rounded.abs()) { format!("{rounded:e}") } else { rounded.to_string() }
}

/// Where a point lies.
pub(super) fn place(point: &Point) -> String {
    match (point.step, point.time) {
        (Some(step), _) => format!("step {step}"),
        (None, Some(time)) => format!("{time:.0}"),
        (None, None) => "an unknown step".to_owned(),
    }
}

/// The findings in an answer, the first of which matters most.
pub(super) fn findings_in(answer: Answer, diagnosis: &Diagnosis) -> Answer {
    let records: Vec<Answer> = diagnosis.findings.iter().take(TOLD).map(record).collect();
    let more = diagnosis.findings.len().saturating_sub(TOLD);
    let answer = answer.records("findings", records);
    if more > 0 { answer.note(format!("{more} more findings; metric narrows")) } else { answer }
}

fn record(finding: &Finding) -> Answer {
    let (what, how) = measure(finding.rule());
    Answer::new()
        .fact("finding", Cell::text(word(finding.rule())))
        .fact("metric", Cell::key(&finding.metric))
        .fact("step", finding.at.step)
        .fact("time", finding.at.time.map(Cell::Time))
        .fact("says", Cell::text(sentence(finding)))
        .fact("rule", Cell::text(format!("{what} {how} {}", number(finding.threshold))))
        .fact("measured", Cell::Number(finding.measured))
        .fact("sure", Cell::text(sure(finding.sureness)))
}

/// What was found, with the numbers behind it.
fn sentence(finding: &Finding) -> String {
    let at = place(&finding.at);
    match &finding.evidence {
        Evidence::NonFinite { count, finite_after, last_finite } => {
            let count = count.map_or_else(String::new, |count| format!(", {count} such values in all"));
            let after = match finite_after {
                Some(0) => ", and it never recovered".to_owned(),
                Some(n) => format!(", {n} finite values follow"),
                None => String::new(),
            };
            let before = last_finite
                .map_or_else(String::new, |point| format!("; before it {} at {}", number(point.value), place(&point)));
            format!("{} at {at}{count}{after}{before}", number(finding.at.value))
        }
        Evidence::Divergence { best, before, after, noise } => format!(
            "worse from {at} to the end: level {} before, {} after (noise {}); best {} at {}",
            number(*before),
            number(*after),
            number(*noise),
            number(best.value),
            place(best)
        ),
        Evidence::Spike { furthest, outliers, count } => {
            let others: Vec<String> =
                outliers.iter().filter(|one| one.point != furthest.point).map(|one| place(&one.point)).collect();
            let others = match (others.is_empty(), *count > outliers.len()) {
                (true, _) => String::new(),
                (false, false) => format!("; also at {}", others.join(", ")),
                (false, true) => format!("; also at {}, … ({count} in all)", others.join(", ")),
            };
            let side = match furthest.worse {
                Some(true) => ", to the worse side",
                Some(false) => ", to the better side",
                None => "",
            };
            format!(
                "{} at {at} where the level is {} (z {}{side}), and back again{others}",
                number(furthest.point.value),
                number(furthest.level),
                number(furthest.z)
            )
        }
        Evidence::Plateau { level, slope, per, noise, gained, points } => {
            let per = if *per == Per::Step { "step" } else { "point" };
            format!(
                "flat from {at} to the end, {} of {} points, at {}: slope {} a {per} (95 % {} to {}), noise {}; {} gained before",
                points.0,
                points.1,
                number(*level),
                number(slope.estimate),
                number(slope.low),
                number(slope.high),
                number(*noise),
                number(*gained)
            )
        }
        Evidence::Overfitting { train, best, validation, training, noise } => format!(
            "since {at}: best {} at {}, the level went from {} to {} while {} went from {} to {} (noise of the gap {})",
            number(best.value),
            place(best),
            number(validation.0),
            number(validation.1),
            shown(train),
            number(training.0),
            number(training.1),
            number(*noise)
        ),
        Evidence::Stalled { silence, usual, longest } => format!(
            "nothing since {at}, for {}; points come every {} as a rule, the longest pause was {}",
            seconds(*silence),
            seconds(*usual),
            seconds(*longest)
        ),
        Evidence::RateCliff { from, to, responses } => {
            let responses: Vec<String> = responses
                .iter()
                .map(|one| format!("{} went from {} to {}", shown(&one.metric), number(one.before), number(one.after)))
                .collect();
            let responses =
                if responses.is_empty() { "no metric changed with it".to_owned() } else { responses.join(", ") };
            format!("from {} to {} at {at}; {responses}", number(*from), number(*to))
        }
    }
}

fn seconds(seconds: f64) -> String {
    jiff::SignedDuration::try_from_secs_f64(seconds).map_or_else(|_| format!("{} s", number(seconds)), in_words)
}

/// What was checked and found usual, and what could not be checked and why.
pub(super) fn checks_in(answer: Answer, diagnosis: &Diagnosis, history: &History, head: &Run) -> Answer {
    let mut usual: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut unchecked: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut short: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let is_broken = |metric: &str| broken(head).any(|(name, _)| name == metric);
    for check in &diagnosis.checks {
        match check.outcome {
            Outcome::Found => {}
            // The last value tells what a history of finite values cannot.
            Outcome::Usual if check.rule == Rule::NonFinite && is_broken(&check.metric) => {}
            Outcome::Usual => usual.entry(&check.metric).or_default().push(word(check.rule)),
            Outcome::Unchecked(Why::TooFewPoints { needed, .. }) => {
                let takes = format!("{} takes {needed}", word(check.rule));
                let rules = short.entry(&check.metric).or_default();
                if !rules.contains(&takes) {
                    rules.push(takes);
                }
            }
            Outcome::Unchecked(why) => {
                let what = format!("{} of {}", word(check.rule), shown(&check.metric));
                unchecked.entry(reason(why)).or_default().push(what);
            }
        }
    }
    let rows = history.lengths().map(|(metric, count, last)| {
        let step = last.and_then(|point| point.step);
        let value = last.map(|point| Cell::Number(point.value));
        let usual = usual.get(metric).map(|rules| Cell::text(rules.join(", ")));
        vec![Cell::key(metric), Cell::from(count), Cell::from(step), Cell::from(value), Cell::from(usual)]
    });
    let columns = ["metric", "points", "last_step", "last_value", "no_sign_of"].map(Column::new).to_vec();
    let answer = answer.table("checked", columns, rows.collect());
    let mut alike: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for (metric, rules) in short {
        alike.entry(rules).or_default().push(shown(metric));
    }
    let short: Vec<String> =
        alike.into_iter().map(|(rules, metrics)| format!("of {} ({})", metrics.join(", "), rules.join(", "))).collect();
    let short = (!short.is_empty()).then(|| format!("too few finite points for some rules: {}", short.join("; ")));
    let answer = answer.notes(short);
    answer.notes(unchecked.into_iter().map(|(why, what)| format!("not checked ({why}): {}", what.join(", "))))
}

const fn reason(why: Why) -> &'static str {
    match why {
        Why::TooFewPoints { .. } => "too few points",
        Why::UnknownDirection => "which side is better is not known",
        Why::Averaged => "the tracker sent means of points",
        Why::NoTimes => "the points have no times",
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_have_four_digits() {
        for (value, expected) in [
            (0.123_456, "0.1235"),
            (12_345.6, "12350"),
            (0.0, "0"),
            (-0.0, "0"),
            (1.0e-7, "1e-7"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(number(value), expected);
        }
    }
}

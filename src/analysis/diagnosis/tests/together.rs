//! Several curves of a run at once.

use backends::model::Point;
use jiff::Timestamp;

use super::super::truth::{Cell, TUNING, pair, points};
use super::super::{Check, Diagnosis, Outcome, Rule, Sampling, Series, Why, diagnose};

fn found(diagnosis: &Diagnosis) -> Vec<(Rule, &str)> {
    diagnosis.findings.iter().map(|finding| (finding.rule(), finding.metric.as_str())).collect()
}

fn outcome(diagnosis: &Diagnosis, metric: &str, rule: Rule) -> Option<Outcome> {
    let is_it = |check: &&Check| check.metric == metric && check.rule == rule;
    diagnosis.checks.iter().find(is_it).map(|check| check.outcome)
}

/// Training and validation of which the latter gets worse.
fn overfitted() -> (Vec<Point>, Vec<Point>) {
    let cell = Cell { length: 500, noise: 0.01 };
    let drawn = (0..).map(|case| pair::Pair::draw(cell, pair::Together::Overfits, &mut cell.random(TUNING, case)));
    let drawn = drawn.into_iter().find(|pair| !pair.higher_is_better && pair.size > 10.0).unwrap();
    (points(&drawn.train, 1), points(&drawn.validation, 1))
}

#[test]
fn overfitting_is_told_of_the_pair_and_divergence_not_once_more() {
    let (train, validation) = overfitted();

    let paired = diagnose(&[Series::new("loss", &train), Series::new("val_loss", &validation)], None);
    assert_eq!(found(&paired), [(Rule::Overfitting, "val_loss")]);
    assert_eq!(outcome(&paired, "val_loss", Rule::Divergence), Some(Outcome::Usual));

    let unpaired = diagnose(&[Series::new("aux_loss", &train), Series::new("val_loss", &validation)], None);
    assert_eq!(found(&unpaired), [(Rule::Divergence, "val_loss")]);
    assert_eq!(outcome(&unpaired, "val_loss", Rule::Overfitting), None);
}

#[test]
fn what_cannot_be_checked_is_told_with_the_reason() {
    let few = points(&[1.0, 0.9, 0.8], 1);
    let many = points(&[1.0; 100], 1);
    let means = Series { sampling: Sampling::Means, ..Series::new("val_acc", &many) };
    let now = Timestamp::from_second(1_780_300_900).unwrap();
    let told = diagnose(&[Series::new("loss", &few), Series::new("foo", &many), means], Some(now));

    let too_few = |needed| Some(Outcome::Unchecked(Why::TooFewPoints { needed, there: 3 }));
    assert_eq!(outcome(&told, "loss", Rule::NonFinite), Some(Outcome::Usual));
    assert_eq!(outcome(&told, "loss", Rule::Spike), too_few(20));
    assert_eq!(outcome(&told, "loss", Rule::Plateau), too_few(30));
    assert_eq!(outcome(&told, "foo", Rule::Plateau), Some(Outcome::Unchecked(Why::UnknownDirection)));
    assert_eq!(outcome(&told, "foo", Rule::Spike), Some(Outcome::Usual));
    assert_eq!(outcome(&told, "val_acc", Rule::NonFinite), Some(Outcome::Unchecked(Why::Averaged)));
    assert_eq!(outcome(&told, "val_acc", Rule::Spike), Some(Outcome::Unchecked(Why::Averaged)));
    assert_eq!(outcome(&told, "val_acc", Rule::Plateau), Some(Outcome::Found));
}

#[test]
fn points_without_times_do_not_tell_a_stall() {
    let timeless: Vec<Point> = points(&[1.0; 40], 1).into_iter().map(|point| Point { time: None, ..point }).collect();
    let told = diagnose(&[Series::new("foo", &timeless)], Some(Timestamp::UNIX_EPOCH));
    assert_eq!(outcome(&told, "foo", Rule::Stalled), Some(Outcome::Unchecked(Why::NoTimes)));
}

#[test]
fn a_run_is_not_stalled_while_any_metric_has_new_points() {
    let early = points(&[1.0; 40], 1);
    let late = points(&[1.0; 4_000], 1);
    let now = Timestamp::from_second(1_780_300_800 + 4_010).unwrap();
    let stalls = |series: &[Series<'_>]| {
        let told = diagnose(series, Some(now));
        told.findings.iter().any(|finding| finding.rule() == Rule::Stalled)
    };
    assert!(!stalls(&[Series::new("foo", &early), Series::new("bar", &late)]));
    assert!(stalls(&[Series::new("foo", &early)]));
}

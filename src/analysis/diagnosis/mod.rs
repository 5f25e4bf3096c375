//! What curves show: rules with their thresholds, held against the points of a run's metrics. Pure: no questions to
//! trackers, no clock, no words for the reader.

mod course;
mod finding;
mod forms;
mod given;
mod names;
mod non_finite;
mod overfitting;
mod plateau;
mod rate;
mod rise;
mod robust;
mod spike;
mod stall;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod truth;

use std::cell::LazyCell;

use backends::query::Direction;
use jiff::Timestamp;

use course::Course;
pub use finding::{
    Check, Diagnosis, Evidence, Finding, Interval, Outcome, Outlier, Per, Response, Rule, Sureness, Why,
};
pub use given::Given;

/// What the points of a series are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    /// Every point that was reported.
    #[default]
    Every,
    /// The lowest and the highest of each few points one after the other, as [`backends::model::Reduction`] keeps them.
    Extremes,
    /// Means of points one after the other ([`backends::model::CurveSource::BucketMeans`]): spikes are flattened, and
    /// what is not finite is lost.
    Means,
}

/// A metric of a run.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// Exactly as it is called.
    pub metric: &'a str,
    /// Its points, in any order: they are put in the order of step, then time.
    pub points: Given<'a>,
    /// What the points are.
    pub sampling: Sampling,
    /// Which values are better: [`Direction::Descending`] where the highest is best; none where it is not known.
    pub better: Option<Direction>,
}

impl<'a> Series<'a> {
    /// Every point of a metric whose better direction is what its name tells.
    pub fn new(metric: &'a str, points: impl Into<Given<'a>>) -> Self {
        Self { metric, points: points.into(), sampling: Sampling::Every, better: crate::direction::better(metric) }
    }
}

/// What the metrics of a run show. `running` is the present moment if the run is said to be running, and none if it has
/// ended.
///
/// Learning rates and pairs of training and validation metrics are known by the words of their names. A validation metric
/// that shows overfitting is not said to diverge as well.
pub fn diagnose(series: &[Series<'_>], running: Option<Timestamp>) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    let courses: Vec<Course<'_>> = series.iter().map(Course::new).collect();
    for course in &courses {
        let rate = names::is_rate(course.metric);
        diagnosis.curve(course, rate);
        if rate {
            let others: Vec<&Course<'_>> = courses.iter().filter(|other| !names::is_rate(other.metric)).collect();
            diagnosis.rate(course, &others);
        }
    }
    let metrics: Vec<&str> = series.iter().map(|series| series.metric).collect();
    for (train, validation) in names::pairs(&metrics) {
        let (Some(train), Some(validation)) = (courses.get(train), courses.get(validation)) else { continue };
        diagnosis.pair(train, validation);
    }
    if let Some(now) = running {
        let latest = |course: &&Course<'_>| course.points().filter_map(|point| point.time).max();
        if let Some(course) = courses.iter().max_by_key(latest) {
            diagnosis.note(course, Rule::Stalled, stall::stall(course, now));
        }
    }
    let order = |finding: &Finding| Rule::ALL.iter().position(|rule| *rule == finding.rule());
    diagnosis.findings.sort_by_key(order);
    diagnosis
}

impl Diagnosis {
    /// Holds the rules for a single curve against it; of a learning rate only whether it is finite.
    fn curve(&mut self, course: &Course<'_>, is_rate: bool) {
        let averaged = course.sampling == Sampling::Means;
        let first = non_finite::non_finite(course);
        let hidden = averaged && first.is_none();
        self.note(course, Rule::NonFinite, if hidden { Err(Outcome::Unchecked(Why::Averaged)) } else { Ok(first) });
        if is_rate {
            return;
        }
        let outliers = spike::outliers(&course.values);
        let spike = match averaged {
            true => Err(Outcome::Unchecked(Why::Averaged)),
            false => spike::spike(course, &outliers),
        };
        self.note(course, Rule::Spike, spike);
        let levels = course.levels(&outliers);
        let levels = levels.as_ref().ok_or(Outcome::Unchecked(Why::UnknownDirection));
        let rise = levels.ok().and_then(rise::rise);
        // Both rules ask for it, of few points and where nothing plainer tells.
        let end = LazyCell::new(|| forms::end(levels.ok()?, course.values.len()));
        let divergence = levels.and_then(|levels| {
            course.needs(rise::NEEDED)?;
            rise::divergence(course, levels, rise, || *end)
        });
        let plateau = levels.and_then(|levels| {
            course.needs(plateau::NEEDED)?;
            plateau::plateau(course, levels, rise, || *end)
        });
        self.note(course, Rule::Divergence, divergence);
        self.note(course, Rule::Plateau, plateau);
    }

    fn rate(&mut self, rate: &Course<'_>, others: &[&Course<'_>]) {
        let found = rate.needs(rate::NEEDED).map(|()| rate::cliffs(rate, others));
        match found {
            Ok(found) if !found.is_empty() => {
                self.check(rate, Rule::RateCliff, Outcome::Found);
                self.findings.extend(found);
            }
            found => self.check(rate, Rule::RateCliff, found.err().unwrap_or(Outcome::Usual)),
        }
    }

    fn pair(&mut self, train: &Course<'_>, validation: &Course<'_>) {
        let found = overfitting::overfitting(train, validation);
        if matches!(found, Ok(Some(_))) {
            let explained = |rule, metric: &str| rule == Rule::Divergence && metric == validation.metric;
            self.findings.retain(|finding| !explained(finding.rule(), &finding.metric));
            let checks = self.checks.iter_mut().filter(|check| explained(check.rule, &check.metric));
            checks.for_each(|check| check.outcome = Outcome::Usual);
        }
        self.note(validation, Rule::Overfitting, found);
    }

    fn note(&mut self, course: &Course<'_>, rule: Rule, found: Result<Option<Finding>, Outcome>) {
        let outcome = match &found {
            Ok(Some(_)) => Outcome::Found,
            Ok(None) => Outcome::Usual,
            Err(outcome) => *outcome,
        };
        self.check(course, rule, outcome);
        self.findings.extend(found.ok().flatten());
    }

    fn check(&mut self, course: &Course<'_>, rule: Rule, outcome: Outcome) {
        self.checks.push(Check { metric: course.metric.to_owned(), rule, outcome });
    }
}

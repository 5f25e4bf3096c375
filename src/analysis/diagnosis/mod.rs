//! What curves show: rules with their thresholds, held against the points of a run's metrics. Pure: no questions to
//! trackers, no clock, no words for the reader.

mod finding;
#[cfg(test)]
mod truth;

use backends::model::Point;
use backends::query::Direction;
use jiff::Timestamp;

pub use finding::{
    Check, Diagnosis, Evidence, Finding, Interval, Outcome, Outlier, Per, Response, Rule, Sureness, Why,
};

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
    pub points: &'a [Point],
    /// What the points are.
    pub sampling: Sampling,
    /// Which values are better: [`Direction::Descending`] where the highest is best; none where it is not known.
    pub better: Option<Direction>,
}

impl<'a> Series<'a> {
    /// Every point of a metric whose better direction is what its name tells.
    pub fn new(metric: &'a str, points: &'a [Point]) -> Self {
        Self { metric, points, sampling: Sampling::Every, better: crate::direction::better(metric) }
    }
}

/// What the metrics of a run show. `running` is the present moment if the run is said to be running, and none if it has
/// ended.
pub fn diagnose(series: &[Series<'_>], running: Option<Timestamp>) -> Diagnosis {
    let _ = (series, running);
    Diagnosis::default()
}

//! The history of a metric, reduced: exact statistics over every point, and samples that keep what matters.

use jiff::Timestamp;

use super::{Metric, Points, RunId};
use crate::{Error, ErrorKind, Result};

/// Series that a note names.
const NAMED: usize = 5;

/// A reported value of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The step (ClearML: iteration), where the tracker tells it; always when [`Axis::Step`] is asked for.
    pub step: Option<i64>,
    /// When it was reported, where the tracker tells it; always when one of the other axes is asked for.
    pub time: Option<Timestamp>,
    /// The value; `NaN` and ±∞ are values like others.
    pub value: f64,
}

/// What runs along the x axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Axis {
    /// The step.
    #[default]
    Step,
    /// The moment: seconds since 1970 (UTC).
    Time,
    /// Seconds since the run was started, or since its first point where that is not known.
    Elapsed,
}

/// What is wanted of a history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurveWant {
    /// What `from` and `to` are measured on.
    pub axis: Axis,
    /// Points before this are left out.
    pub from: Option<f64>,
    /// Points after this are left out.
    pub to: Option<f64>,
    /// Samples of each curve at most; 0 for the statistics alone.
    pub samples: usize,
}

/// Facts over every point of a history within the range asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurveStatistics {
    /// How many points there are.
    pub count: u64,
    /// The point that was reported first; of those at once, or where no times are told, the one of the lowest step.
    pub first: Option<Point>,
    /// The point of the highest step, of several the one reported last, of those at once the highest: the metric's
    /// *last value*.
    pub last: Option<Point>,
    /// The lowest finite value, where it was reported first.
    pub min: Option<Point>,
    /// The highest finite value, where it was reported first.
    pub max: Option<Point>,
    /// How many values are `NaN`.
    pub nan: u64,
    /// How many values are ∞.
    pub positive_infinity: u64,
    /// How many values are −∞.
    pub negative_infinity: u64,
    /// The value that is not finite and was reported first.
    pub first_non_finite: Option<Point>,
    /// Points whose step has another point already.
    pub repeated_steps: u64,
    /// Points whose step is lower than that of the point before.
    pub steps_back: u64,
    /// How many points lie outside the range, and are in none of the above.
    pub outside: u64,
    /// The points that lie least and furthest on the axis, whatever the range.
    pub extent: Option<(Point, Point)>,
    /// Where [`Axis::Elapsed`] begins; `None` as long as there is no point.
    pub elapsed_from: Option<Timestamp>,
}

/// Where a curve's numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurveSource {
    /// Every point was read.
    Exact,
    /// The server averaged points before it sent them. Of a whole history, count, first, last, min and max are exact even so;
    /// of a range, the statistics are of means. Which values are not finite, and whether steps repeat, is not known.
    BucketMeans,
}

/// One metric of one run, reduced.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The run.
    pub run: RunId,
    /// The metric.
    pub metric: String,
    /// Facts over every point.
    pub statistics: CurveStatistics,
    /// Points in the order of the axis, at most as many as were asked for; [`Reduction`](super::Reduction) says which.
    pub samples: Points,
    /// Where the numbers come from.
    pub source: CurveSource,
}

/// Which history to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The run.
    pub run: RunId,
    /// When it was started: where [`Axis::Elapsed`] begins.
    pub started: Option<Timestamp>,
    /// The metric, exactly as it is called.
    pub metric: String,
    /// What the run tells of it, if that was read already: a tracker that keeps such facts need not be asked again.
    pub kept: Option<Metric>,
}

/// The curves that were read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// In the order asked for; without those that have no point at all (one that has none in the range has a count of 0).
    pub curves: Vec<Curve>,
    /// What was not read, as sentences for the reader.
    pub notes: Vec<String>,
}

impl Curves {
    /// Of what reading each of the series came to, in the order asked for. One that could not be read is left out and named
    /// in a note.
    ///
    /// # Errors
    ///
    /// The first one, if none could be read; *cancelled* at once.
    pub(crate) fn gathered<'a>(
        outcomes: impl IntoIterator<Item = (&'a Series, Result<Option<Curve>>)>,
    ) -> Result<Self> {
        let (mut gathered, mut asked) = (Self::default(), 0);
        let mut failures: Vec<(Error, Vec<&Series>)> = Vec::new();
        for (series, outcome) in outcomes {
            asked += 1;
            match outcome {
                Ok(curve) => gathered.curves.extend(curve),
                Err(error) if error.kind == ErrorKind::Cancelled => return Err(error),
                Err(error) => match failures.iter_mut().find(|(other, _)| other.message == error.message) {
                    Some((_, lost)) => lost.push(series),
                    None => failures.push((error, vec![series])),
                },
            }
        }
        let lost: usize = failures.iter().map(|(_, lost)| lost.len()).sum();
        if let Some((error, _)) = failures.first()
            && lost == asked
        {
            return Err(error.clone());
        }
        let unread = |(error, lost): &(Error, Vec<&Series>)| {
            format!("not read, and in no number here: {}: {error}", Series::named(lost.iter().copied()))
        };
        gathered.notes.extend(failures.iter().map(unread));
        Ok(gathered)
    }
}

impl Series {
    /// The first few by their names, and how many more there are.
    pub(crate) fn named<'a>(series: impl IntoIterator<Item = &'a Self>) -> String {
        let mut series = series.into_iter();
        let name = |one: &Self| format!("'{}' of run {}", one.metric, one.run);
        let mut names: Vec<String> = series.by_ref().take(NAMED).map(name).collect();
        match series.count() {
            0 => {}
            more => names.push(format!("{more} more")),
        }
        names.join(", ")
    }
}

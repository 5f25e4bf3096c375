//! What a rule finds, with the numbers that say so.

use backends::model::Point;

/// What may be said of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// The first value that is NaN or infinite. Measured: how many such values there are.
    NonFinite,
    /// It got worse, and stayed so to the end. Measured: the rise of the level in noise deviations.
    Divergence,
    /// A few points far off, with the level back to what it was. Measured: the robust z of the furthest.
    Spike,
    /// It has stopped to improve. Measured: the most that it may still gain over the stretch (the end of the 95 %
    /// interval of the slope times the length; of fewer than 600 points what the form that fits best gains over the last
    /// fifth), in noise deviations; found where it is *below* the threshold (of few points what a form under way gains).
    Plateau,
    /// Validation got worse while training got better. Measured: the growth of the gap in noise deviations.
    Overfitting,
    /// No new point for long, though the run is said to run. Measured: the silence in usual intervals between points.
    Stalled,
    /// A step in a learning rate. Measured: the ratio of the higher to the lower value.
    RateCliff,
}

impl Rule {
    /// All, in the order in which a reader wants them.
    pub const ALL: [Self; 7] = [
        Self::NonFinite,
        Self::Divergence,
        Self::Stalled,
        Self::Overfitting,
        Self::Plateau,
        Self::Spike,
        Self::RateCliff,
    ];
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
    /// Beyond the threshold, by less than half of it.
    Likely,
    /// Beyond the threshold by at least half of it.
    Clear,
    /// No estimate: counted or compared.
    Exact,
}

impl Sureness {
    /// Of an estimate that has reached a threshold.
    pub(super) fn by(measured: f64, threshold: f64) -> Self {
        if measured >= 1.5 * threshold { Self::Clear } else { Self::Likely }
    }
}

/// Something unusual about a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The metric that it is about, exactly as it is called; of overfitting the validation metric.
    pub metric: String,
    /// Where it begins.
    pub at: Point,
    /// What the rule measures; the unit is told at each [`Rule`].
    pub measured: f64,
    /// What that was held against, in the same unit.
    pub threshold: f64,
    /// How sure it is.
    pub sureness: Sureness,
    /// The numbers behind it.
    pub evidence: Evidence,
}

impl Finding {
    /// The rule that found it.
    pub fn rule(&self) -> Rule {
        match self.evidence {
            Evidence::NonFinite { .. } => Rule::NonFinite,
            Evidence::Divergence { .. } => Rule::Divergence,
            Evidence::Spike { .. } => Rule::Spike,
            Evidence::Plateau { .. } => Rule::Plateau,
            Evidence::Overfitting { .. } => Rule::Overfitting,
            Evidence::Stalled { .. } => Rule::Stalled,
            Evidence::RateCliff { .. } => Rule::RateCliff,
        }
    }
}

/// An estimate and where the truth lies with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What a slope is per.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// Per step.
    Step,
    /// Per point, where steps are missing or repeat.
    Point,
}

/// The numbers behind a finding. Levels and noise are in the unit of the metric; *noise* is the robust standard deviation
/// (1.4826 MAD) of single points around the course of the curve.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// Values that are not finite.
    NonFinite {
        /// How many of all points; none where only the first is known.
        count: Option<u64>,
        /// Finite values that came after the first of them: 0 where it never recovered.
        finite_after: Option<u64>,
        /// The last finite value before it.
        last_finite: Option<Point>,
    },
    /// A level that got worse.
    Divergence {
        /// The best value.
        best: Point,
        /// The level just before it got worse.
        before: f64,
        /// The level from then to the end.
        after: f64,
        /// The noise.
        noise: f64,
    },
    /// Points far off.
    Spike {
        /// The furthest; it is also `at`.
        furthest: Outlier,
        /// All of them in their order, at most [`Evidence::OUTLIERS`].
        outliers: Vec<Outlier>,
        /// How many there are in all; those next to each other count as one.
        count: usize,
    },
    /// A stretch without improvement, from `at` to the end.
    Plateau {
        /// Its level.
        level: f64,
        /// Its slope (Theil–Sen, with Sen's interval).
        slope: Interval,
        /// What the slope is per.
        per: Per,
        /// The noise.
        noise: f64,
        /// How much was gained before it, from the first level to this one; positive where it got better.
        gained: f64,
        /// How many points it has, of how many.
        points: (usize, usize),
    },
    /// A gap between training and validation that grew because validation got worse.
    Overfitting {
        /// The training metric.
        train: String,
        /// The best validation value.
        best: Point,
        /// The level of validation when it was best, and at the end.
        validation: (f64, f64),
        /// The level of training then, and at the end.
        training: (f64, f64),
        /// The noise of the gap.
        noise: f64,
    },
    /// A silence.
    Stalled {
        /// Seconds from the last point (it is `at`) to now.
        silence: f64,
        /// Seconds that usually lie between points: the median.
        usual: f64,
        /// The longest of all intervals so far, in seconds.
        longest: f64,
    },
    /// A step in a learning rate.
    RateCliff {
        /// The rate before.
        from: f64,
        /// The rate from `at` on.
        to: f64,
        /// Metrics whose level changed with it.
        responses: Vec<Response>,
    },
}

impl Evidence {
    /// Outliers that are listed at most.
    pub const OUTLIERS: usize = 10;
}

/// A few points far off the level around them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlier {
    /// The furthest of the points.
    pub point: Point,
    /// The level around it.
    pub level: f64,
    /// How far it lies above (negative: below) the level, in noise deviations around it.
    pub z: f64,
    /// Whether that is the worse side; none where the direction of the metric is not known.
    pub worse: Option<bool>,
}

/// A metric whose level changed at a cliff of the learning rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The metric.
    pub metric: String,
    /// Its level just before.
    pub before: f64,
    /// Its level just after.
    pub after: f64,
    /// The change in noise deviations.
    pub z: f64,
}

/// What came of holding a rule against a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The metric.
    pub metric: String,
    /// The rule.
    pub rule: Rule,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// There is a finding.
    Found,
    /// Nothing unusual.
    Usual,
    /// It could not be checked.
    Unchecked(Why),
}

/// Why a rule says nothing about a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It needs so many finite points, of which there are fewer.
    TooFewPoints {
        /// Points that are needed.
        needed: usize,
        /// Points that are there.
        there: usize,
    },
    /// Whether lower or higher is better is not known.
    UnknownDirection,
    /// The tracker sent means of points, which hide what is looked for.
    Averaged,
    /// Points have no times.
    NoTimes,
}

/// All that the rules say about some curves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnosis {
    /// What was found: by rule in the order of [`Rule::ALL`], then in the order of the metrics given.
    pub findings: Vec<Finding>,
    /// What was checked, found or not, and what could not be checked. Rules that do not apply to a metric (overfitting without a
    /// validation metric, stalls of a run that has ended) are not in it.
    pub checks: Vec<Check>,
}

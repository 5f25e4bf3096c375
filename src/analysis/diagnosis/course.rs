//! A series in order, its finite values, and a short form of it that the estimates of levels and slopes work on.

use std::borrow::Cow;
use std::cmp::Ordering;

use backends::model::Point;
use backends::query::Direction;

use super::robust::{median, trimmed_scale};
use super::spike::Outliers;
use super::{Given, Outcome, Sampling, Series, Why};

/// A course of more points is put into so many buckets: 0.4 % of the length each, well below the 2 % that a step may be off.
const BUCKETS: usize = 250;
/// So many differences tell the noise to 1 %.
const DIFFERENCES: usize = 20_000;
/// Distances between the points of a third difference: of neighbours, and of points so far apart that a value has mostly
/// forgotten the other (AR(1) with 0.7: 0.7⁴ = 0.24), because autocorrelated noise looks small between neighbours.
const DISTANCES: [usize; 2] = [1, 4];

/// Sums of values are off by this share of them: no difference below it is one.
pub(super) const ROUNDING: f64 = 1e-12;
/// The power of [`persistence`].
const PERSISTENCE: f64 = 1.6;
/// Autocorrelation of 0.7 makes noise look 1.75 times as large from far as from near. Where it is more than this, the course
/// bends.
const BENDS: f64 = 2.2;
/// What is then taken for the ratio that is not known.
const UNKNOWN: f64 = 1.2;
/// The ratio of two estimates of so many points each may be so much over √n too high.
const CHANCE: f64 = 2.5;

/// A series in the order of step, then time.
#[derive(Debug)]
pub(super) struct Course<'a> {
    pub(super) metric: &'a str,
    pub(super) better: Option<Direction>,
    pub(super) sampling: Sampling,
    /// As they were given.
    points: Given<'a>,
    /// Their places in order; none where they were given so. A copy of the points would be twelve times as large.
    order: Option<Vec<u32>>,
    /// The places in that order of the points that are finite; none where all are.
    finite: Option<Vec<u32>>,
    /// Their values.
    pub(super) values: Cow<'a, [f64]>,
}

impl<'a> Course<'a> {
    pub(super) fn new(series: &Series<'a>) -> Self {
        let points = series.points;
        let order = ordered(points);
        let mut course = Self {
            metric: series.metric,
            better: series.better,
            sampling: series.sampling,
            points,
            order,
            finite: None,
            values: Cow::default(),
        };
        let is_finite = |value: &f64| value.is_finite();
        if let (None, Given::Packed(points)) = (&course.order, points)
            && points.values().iter().all(is_finite)
        {
            course.values = Cow::Borrowed(points.values());
            return course;
        }
        let values: Vec<f64> = course.points().map(|point| point.value).filter(is_finite).collect();
        let places = || course.points().zip(0..).filter(|(point, _)| point.value.is_finite()).map(|(_, at)| at);
        course.finite = (values.len() < points.len()).then(|| places().collect());
        course.values = Cow::Owned(values);
        course
    }

    /// All points in order.
    pub(super) fn points(&self) -> impl Iterator<Item = Point> {
        (0..self.points.len()).filter_map(|at| self.points.get(self.place(at)?))
    }

    /// Where the point lies that is the so-many-th in order.
    fn place(&self, at: usize) -> Option<usize> {
        self.order.as_ref().map_or(Some(at), |order| Some(*order.get(at)? as usize))
    }

    /// How many points there are, finite or not.
    pub(super) fn count(&self) -> usize {
        self.points.len()
    }

    /// The point of a finite value.
    pub(super) fn point(&self, at: usize) -> Point {
        let at = self.finite.as_ref().map_or(Some(at), |places| Some(*places.get(at)? as usize));
        let point = at.and_then(|at| self.points.get(self.place(at)?));
        point.unwrap_or(Point { step: None, time: None, value: f64::NAN })
    }

    /// Whether every point has a step of its own.
    pub(super) fn has_steps(&self) -> bool {
        let step = |at: usize| self.place(at).and_then(|at| self.points.step(at));
        (0..self.points.len()).is_sorted_by(|a, b| step(*a).is_some() && step(*a) < step(*b))
    }

    /// 1 where lower is better, −1 where higher is.
    pub(super) fn sign(&self) -> Option<f64> {
        self.better.map(|better| if better == Direction::Ascending { 1.0 } else { -1.0 })
    }

    /// Whether it has so many finite values.
    pub(super) fn needs(&self, needed: usize) -> Result<(), Outcome> {
        let there = self.values.len();
        if there < needed { Err(Outcome::Unchecked(Why::TooFewPoints { needed, there })) } else { Ok(()) }
    }

    /// The first of the best finite points.
    pub(super) fn best(&self) -> Option<Point> {
        let sign = self.sign()?;
        let values = self.values.iter().enumerate();
        let best = values.min_by(|(_, a), (_, b)| (sign * **a).total_cmp(&(sign * **b)));
        best.map(|(at, _)| self.point(at))
    }

    /// The course in short, without outliers, so that lower is better; none where the direction is not known.
    pub(super) fn levels(&self, outliers: &Outliers) -> Option<Levels> {
        let sign = self.sign()?;
        let mut values: Vec<f64> = self.values.iter().map(|value| sign * value).collect();
        for (at, level) in &outliers.replaced {
            if let Some(value) = values.get_mut(*at) {
                *value = sign * level;
            }
        }
        Some(Levels::of(&values))
    }
}

/// The places of points in the order of step, then time; none where they are given so, or nothing tells.
fn ordered(points: Given<'_>) -> Option<Vec<u32>> {
    // By value where nothing else tells, so that the order in which they are given does not matter.
    let key = |point: &Point| (point.step, point.time);
    let later = |a: &Point, b: &Point| key(a).cmp(&key(b)).then(a.value.total_cmp(&b.value));
    let whole = |a: usize, b: usize| points.get(a).zip(points.get(b)).map_or(Ordering::Equal, |(a, b)| later(&a, &b));
    let order = |a: usize, b: usize| points.step(a).cmp(&points.step(b)).then_with(|| whole(a, b));
    let is_in_order = (0..points.len()).is_sorted_by(|a, b| order(*a, *b).is_le());
    if is_in_order || points.iter().all(|point| key(&point) == (None, None)) {
        return None;
    }
    // With the steps beside them: points far from each other in memory are slow to compare.
    let mut places: Vec<(Option<i64>, u32)> = points.iter().map(|point| point.step).zip(0..).collect();
    places.sort_unstable_by(|(one, a), (other, b)| one.cmp(other).then_with(|| whole(*a as usize, *b as usize)));
    Some(places.into_iter().map(|(_, place)| place).collect())
}

/// Medians of buckets of a course in which lower is better.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    pub(super) levels: Vec<f64>,
    /// Where each begins among the finite values, and the number of those at the end.
    pub(super) starts: Vec<usize>,
    /// The noise of a single point.
    pub(super) noise: f64,
    /// The noise of a bucket.
    pub(super) bucket_noise: f64,
    /// How many times as much the mean of many buckets varies as it would if none were like the one before.
    pub(super) persistence: f64,
}

impl Levels {
    pub(super) fn of(values: &[f64]) -> Self {
        let count = values.len().min(BUCKETS);
        let starts: Vec<usize> = (0..=count).map(|at| at * values.len() / count.max(1)).collect();
        let mut scratch = Vec::new();
        let mut level = |range: &[usize]| {
            let (Some(from), Some(to)) = (range.first(), range.last()) else { return 0.0 };
            scratch.clear();
            scratch.extend_from_slice(values.get(*from..*to).unwrap_or_default());
            median(&mut scratch)
        };
        let levels: Vec<f64> = starts.windows(2).map(&mut level).collect();
        let highest = levels.iter().fold(0.0_f64, |highest, level| highest.max(level.abs()));
        let noise = noise(values).max(highest * ROUNDING);
        let bucket_noise = self::noise(&levels).max(highest * ROUNDING).min(noise);
        let persistence = persistence(&levels);
        Self { levels, starts, noise, bucket_noise, persistence }
    }
}

/// The standard deviation of the noise of single values, by third differences: in them a course vanishes that
/// falls and bends steadily.
pub(super) fn noise(values: &[f64]) -> f64 {
    let [near, far] = DISTANCES.map(|distance| noise_at(values, distance));
    match far / near {
        ratio if ratio > BENDS => near * UNKNOWN,
        ratio if ratio > 1.0 => far,
        _ => near,
    }
}

/// The long-run variance of noise in its variances, 1 for white noise. Of AR(1) with coefficient φ it is (1 + φ) ÷ (1 − φ),
/// which the power of the ratio of both noises meets within 15 % for φ from 0 to 0.7.
#[allow(clippy::cast_precision_loss)]
fn persistence(values: &[f64]) -> f64 {
    let [near, far] = DISTANCES.map(|distance| noise_at(values, distance));
    match far / near {
        ratio if ratio > BENDS => UNKNOWN,
        ratio if ratio.is_nan() => 1.0,
        ratio => (ratio.powi(2) / (1.0 + CHANCE / (values.len() as f64).sqrt())).powf(PERSISTENCE).max(1.0),
    }
}

/// The deviation of noise as it looks between points so far apart.
fn noise_at(values: &[f64], distance: usize) -> f64 {
    let stride = (values.len() / DIFFERENCES).max(1);
    let from = |times: usize| values.get(times * distance..).unwrap_or_default();
    let third = values.iter().zip(from(1)).zip(from(2)).zip(from(3)).step_by(stride);
    // Divided first: the sum may be beyond the range of numbers.
    let mut third: Vec<f64> =
        third.map(|(((a, b), c), d)| (a / 8.0 - b / 8.0 * 3.0) + (c / 8.0 * 3.0 - d / 8.0)).collect();
    trimmed_scale(&mut third) * 8.0 / 20.0_f64.sqrt()
}

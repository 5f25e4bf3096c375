//! A history folded into exact statistics and a few samples while it comes, in memory that does not grow with it.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::steps::Steps;
use super::{Axis, CurveStatistics, CurveWant, Point};

/// Buckets while points come, for each that is left at the end: fine ones make the last regrouping even.
const FINENESS: usize = 8;

/// Takes the points of one history, one after the other as they were reported, and keeps what matters.
///
/// # What the samples hold
///
/// With n points in the range and room for k samples:
///
/// * k ≥ n: every point. k = 0: none. Never more than k, in the order of the axis, each point once.
/// * k ≥ 5: always the first and the last point, the lowest and the highest finite value, and the first value that is not
///   finite ([`CurveStatistics`] says which these are).
/// * k ≥ 5: moreover, of each *bucket* its lowest and its highest finite value, or its first point if it has no finite one.
///   Buckets are runs of at most ⌈3n ÷ (k − 4)⌉ points reported one after the other. So a spike, or any other local extreme,
///   survives unless a greater one of the same kind lies within that many points.
/// * 1 ≤ k < 5: the first k of these: last, first, lowest, highest, first that is not finite.
///
/// # What it costs
///
/// O(k) memory, and 24 bytes for every stretch of evenly spaced steps (steps that come after higher ones: a set of them);
/// O(1) per point, amortised.
#[derive(Debug)]
pub struct Reduction {
    want: CurveWant,
    /// Where [`Axis::Elapsed`] begins; the first point's time, unless it was known before.
    origin: Option<Timestamp>,
    statistics: CurveStatistics,
    steps: Steps,
    /// The step of the point before.
    before: Option<i64>,
    buckets: Vec<Bucket>,
    /// Points of a full bucket: a power of two.
    bucket_length: u64,
    /// Points of the last bucket.
    filled: u64,
}

/// What is kept of points that were reported one after the other: the finite extremes, or twice the first point if none
/// is finite.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    low: Kept,
    high: Kept,
}

/// A point, and the how-manieth of the range it is.
#[derive(Clone, Copy, Debug)]
struct Kept {
    point: Point,
    number: u64,
}

impl Bucket {
    fn of(kept: Kept) -> Self {
        Self { low: kept, high: kept }
    }

    fn is_finite(&self) -> bool {
        self.low.point.value.is_finite()
    }

    /// This and the one that follows it, in one.
    fn and(self, next: Self) -> Self {
        match (self.is_finite(), next.is_finite()) {
            (true, false) | (false, false) => self,
            (false, true) => next,
            (true, true) => Self {
                low: if lower(&next.low.point, &self.low.point) { next.low } else { self.low },
                high: if higher(&next.high.point, &self.high.point) { next.high } else { self.high },
            },
        }
    }
}

impl Reduction {
    /// Of a run that was started then, if that is known.
    pub fn new(want: &CurveWant, started: Option<Timestamp>) -> Self {
        Self {
            want: *want,
            origin: started,
            statistics: CurveStatistics::default(),
            steps: Steps::default(),
            before: None,
            buckets: Vec::new(),
            bucket_length: 1,
            filled: 0,
        }
    }

    /// Takes the next point. Points come in the order in which they were reported.
    pub fn push(&mut self, point: Point) {
        self.origin = self.origin.or(point.time);
        self.statistics.elapsed_from = self.origin;
        self.extend(point);
        if !self.want.contains(&point, self.origin.unwrap_or_default()) {
            self.statistics.outside += 1;
            return;
        }
        self.count(point);
        if self.want.samples > 0 {
            self.sample(Kept { point, number: self.statistics.count });
        }
    }

    /// The facts over all points, and the samples.
    pub fn finish(self) -> (CurveStatistics, Vec<Point>) {
        let samples = self.samples();
        (self.statistics, samples)
    }

    /// How far the points reach on the axis, those outside the range too.
    fn extend(&mut self, point: Point) {
        let axis = self.want.axis;
        let (first, last) = self.statistics.extent.unwrap_or((point, point));
        let least = if axis.order(&point, &first).is_lt() { point } else { first };
        let most = if axis.order(&point, &last).is_gt() { point } else { last };
        self.statistics.extent = Some((least, most));
    }

    fn count(&mut self, point: Point) {
        let known = &mut self.statistics;
        known.count += 1;
        if let Some(step) = point.step {
            known.repeated_steps += u64::from(!self.steps.insert(step));
            known.steps_back += u64::from(self.before.replace(step).is_some_and(|before| step < before));
        }
        keep(&mut known.first, point, earlier);
        keep(&mut known.last, point, later);
        if point.value.is_finite() {
            keep(&mut known.min, point, lower);
            keep(&mut known.max, point, higher);
            return;
        }
        keep(&mut known.first_non_finite, point, earlier);
        let kind = if point.value.is_nan() {
            &mut known.nan
        } else if point.value > 0.0 {
            &mut known.positive_infinity
        } else {
            &mut known.negative_infinity
        };
        *kind += 1;
    }

    /// Buckets that are left at the end: two samples each, and room for the first, the last and the first non-finite point.
    fn groups(&self) -> usize {
        (self.want.samples.saturating_sub(3) / 2).max(1)
    }

    fn sample(&mut self, kept: Kept) {
        if self.filled < self.bucket_length
            && let Some(last) = self.buckets.last_mut()
        {
            *last = last.and(Bucket::of(kept));
            self.filled += 1;
            return;
        }
        if self.buckets.len() >= self.groups().saturating_mul(FINENESS) {
            self.buckets = regroup(&self.buckets, self.buckets.len() / 2);
            self.bucket_length *= 2;
        }
        self.buckets.push(Bucket::of(kept));
        self.filled = 1;
    }

    fn samples(&self) -> Vec<Point> {
        let known = &self.statistics;
        let room = self.want.samples;
        if room == 0 {
            return Vec::new();
        }
        let every = u64::try_from(room).is_ok_and(|room| known.count <= room) && self.bucket_length == 1;
        let special = [known.last, known.first, known.min, known.max, known.first_non_finite];
        let special = special.into_iter().flatten();
        let mut points: Vec<Point> = if every {
            self.buckets.iter().map(|bucket| bucket.low.point).collect()
        } else if room < 5 {
            let mut few: Vec<Point> = Vec::new();
            for point in special {
                if few.len() < room && !few.iter().any(|other| same(other, &point)) {
                    few.push(point);
                }
            }
            few
        } else {
            let groups = regroup(&self.buckets, self.groups());
            let mut kept: Vec<Kept> = groups.iter().flat_map(|bucket| [bucket.low, bucket.high]).collect();
            kept.sort_by_key(|kept| kept.number);
            kept.dedup_by_key(|kept| kept.number);
            let mut points: Vec<Point> = kept.into_iter().map(|kept| kept.point).collect();
            for point in special {
                if !points.iter().any(|other| same(other, &point)) {
                    points.push(point);
                }
            }
            points
        };
        points.sort_by(|a, b| self.want.axis.order(a, b));
        points
    }
}

/// The buckets in this many groups of as nearly as possible the same length.
fn regroup(buckets: &[Bucket], groups: usize) -> Vec<Bucket> {
    let groups = groups.min(buckets.len());
    let group = |at: usize| {
        let bounds = at * buckets.len() / groups..(at + 1) * buckets.len() / groups;
        buckets.get(bounds).unwrap_or_default().iter().copied().reduce(Bucket::and)
    };
    (0..groups).filter_map(group).collect()
}

fn keep(best: &mut Option<Point>, point: Point, better: fn(&Point, &Point) -> bool) {
    if best.is_none_or(|best| better(&point, &best)) {
        *best = Some(point);
    }
}

/// Reported earlier; of two at once, at a lower step.
fn earlier(a: &Point, b: &Point) -> bool {
    (a.time, a.step) < (b.time, b.step)
}

/// The one that counts as the metric's last value: of a higher step; of one step, reported later; of those at once, with
/// the higher value.
fn later(a: &Point, b: &Point) -> bool {
    // As MLflow's SQL store compares, which keeps a NaN as 0.
    let value = |point: &Point| if point.value.is_nan() { 0.0 } else { point.value };
    (a.step, a.time).cmp(&(b.step, b.time)).then(value(a).partial_cmp(&value(b)).unwrap_or(Ordering::Equal)).is_gt()
}

/// With a lower value; of equal ones, reported earlier. Both values are finite.
fn lower(a: &Point, b: &Point) -> bool {
    a.value < b.value || (a.value == b.value && earlier(a, b))
}

/// With a higher value; of equal ones, reported earlier. Both values are finite.
fn higher(a: &Point, b: &Point) -> bool {
    a.value > b.value || (a.value == b.value && earlier(a, b))
}

/// The same point, `NaN` being like itself.
fn same(a: &Point, b: &Point) -> bool {
    (a.step, a.time, a.value.to_bits()) == (b.step, b.time, b.value.to_bits())
}

impl Axis {
    /// Where a point lies, if that is known: its step, seconds since 1970, or seconds since `origin`.
    #[allow(clippy::cast_precision_loss)] // Steps beyond 2^53 are compared as the numbers that ranges are given in.
    pub fn place(self, point: &Point, origin: Timestamp) -> Option<f64> {
        match self {
            Self::Step => point.step.map(|step| step as f64),
            Self::Time => point.time.map(|time| time.as_duration().as_secs_f64()),
            Self::Elapsed => point.time.map(|time| time.duration_since(origin).as_secs_f64()),
        }
    }

    /// The order of points on the axis; of those at one place, by time or step.
    fn order(self, a: &Point, b: &Point) -> Ordering {
        match self {
            Self::Step => (a.step, a.time).cmp(&(b.step, b.time)),
            Self::Time | Self::Elapsed => (a.time, a.step).cmp(&(b.time, b.step)),
        }
    }
}

impl CurveWant {
    /// Whether a point lies in the range.
    fn contains(&self, point: &Point, origin: Timestamp) -> bool {
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        let within = |place| self.from.is_none_or(|from| place >= from) && self.to.is_none_or(|to| place <= to);
        self.axis.place(point, origin).is_some_and(within)
    }
}

#[cfg(test)]
mod tests;

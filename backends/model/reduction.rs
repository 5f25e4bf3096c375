//! A history folded into exact statistics and a few samples while it comes, in memory that does not grow with it.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::steps::Steps;
use super::{Axis, CurveStatistics, CurveWant, Point, Points};

/// Buckets while points come, for each that is left at the end: fine ones make the last regrouping even.
const FINENESS: usize = 8;
/// Where more are left, half as many do, and take half of the memory.
const MANY: usize = 10_000;

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
/// O(k) memory, about 10 bytes a point as long as every one is kept ([`Points`]) and four times that for each sample at most when
/// they are not, and 24 bytes for every stretch of evenly spaced steps (steps that come after higher ones: a set of them); O(1)
/// per point, amortised.
#[derive(Debug)]
pub struct Reduction {
    want: CurveWant,
    /// Where [`Axis::Elapsed`] begins; the first point's time, unless it was known before.
    origin: Option<Timestamp>,
    statistics: CurveStatistics,
    steps: Steps,
    /// The step of the point before.
    before: Option<i64>,
    /// Whether the points came in the order of the axis.
    is_in_order: bool,
    /// The two points of each full bucket, or the one if that is all of it.
    kept: Points,
    /// Points of a full bucket: a power of two.
    bucket_length: u64,
    /// The bucket that is not full, and how many points it is of.
    open: Option<(Bucket, u64)>,
}

/// What is kept of points that were reported one after the other: the finite extremes, or twice the first point if none
/// is finite.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    low: Kept,
    high: Kept,
}

/// A point, and a number that is higher the later it came.
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

    /// Its points in the order in which they came; twice the same if there is one.
    fn both(self) -> [Kept; 2] {
        if self.low.number <= self.high.number { [self.low, self.high] } else { [self.high, self.low] }
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
            is_in_order: true,
            kept: Points::default(),
            bucket_length: 1,
            open: None,
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
    pub fn finish(mut self) -> (CurveStatistics, Points) {
        let samples = self.samples();
        (self.statistics, samples)
    }

    /// How far the points reach on the axis, those outside the range too.
    fn extend(&mut self, point: Point) {
        let axis = self.want.axis;
        let (first, last) = self.statistics.extent.unwrap_or((point, point));
        let least = if axis.order(&point, &first).is_lt() { point } else { first };
        self.is_in_order &= axis.order(&point, &last).is_ge();
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

    /// Buckets at most while points come.
    fn most(&self) -> usize {
        let groups = self.groups();
        groups.saturating_mul(if groups > MANY { FINENESS / 2 } else { FINENESS })
    }

    fn sample(&mut self, kept: Kept) {
        if let Some((bucket, filled)) = self.open.take() {
            let (bucket, filled) = (bucket.and(Bucket::of(kept)), filled + 1);
            match filled < self.bucket_length {
                true => self.open = Some((bucket, filled)),
                false => bucket.both().iter().for_each(|kept| self.kept.push(kept.point)),
            }
            return;
        }
        if self.buckets() >= self.most() {
            let halved = self.regrouped(self.buckets() / 2);
            self.kept = halved.flat_map(|bucket| bucket.both()).map(|kept| kept.point).collect();
            self.bucket_length *= 2;
        }
        match self.bucket_length {
            1 => self.kept.push(kept.point),
            _ => self.open = Some((Bucket::of(kept), 1)),
        }
    }

    /// How many buckets there are.
    fn buckets(&self) -> usize {
        self.kept.len() / if self.bucket_length == 1 { 1 } else { 2 } + usize::from(self.open.is_some())
    }

    fn bucket(&self, at: usize) -> Option<Bucket> {
        let kept = |at: usize| self.kept.get(at).map(|point| Kept { point, number: at as u64 });
        if self.bucket_length == 1 {
            return kept(at).map(Bucket::of);
        }
        let Some((one, other)) = kept(2 * at).zip(kept(2 * at + 1)) else {
            return self.open.map(|(bucket, _)| bucket);
        };
        Some(match () {
            () if same(&one.point, &other.point) => Bucket::of(one),
            () if other.point.value < one.point.value => Bucket { low: other, high: one },
            () => Bucket { low: one, high: other },
        })
    }

    /// The buckets in this many groups of as nearly as possible the same length.
    fn regrouped(&self, groups: usize) -> impl Iterator<Item = Bucket> {
        let buckets = self.buckets();
        let groups = groups.min(buckets);
        (0..groups).filter_map(move |at| {
            let bounds = at * buckets / groups..(at + 1) * buckets / groups;
            bounds.filter_map(|at| self.bucket(at)).reduce(Bucket::and)
        })
    }

    fn samples(&mut self) -> Points {
        let known = &self.statistics;
        let room = self.want.samples;
        let special = [known.last, known.first, known.min, known.max, known.first_non_finite];
        let special = special.into_iter().flatten();
        let is_whole = self.bucket_length == 1 && self.kept.len() <= room;
        if is_whole && self.is_in_order {
            return std::mem::take(&mut self.kept);
        }
        let points = if is_whole {
            std::mem::take(&mut self.kept)
        } else {
            let mut points = Points::default();
            if room >= 5 {
                for bucket in self.regrouped(self.groups()) {
                    let [one, other] = bucket.both();
                    points.push(one.point);
                    points.extend((one.number != other.number).then_some(other.point));
                }
            }
            for point in special {
                if points.len() < room && !points.iter().any(|other| same(&other, &point)) {
                    points.push(point);
                }
            }
            points
        };
        sorted(points, self.want.axis)
    }
}

/// The points in the order of the axis.
fn sorted(points: Points, axis: Axis) -> Points {
    let key = |at: usize| match axis {
        Axis::Step => points.step(at),
        Axis::Time | Axis::Elapsed => points.millisecond(at),
    };
    let whole =
        |a: usize, b: usize| points.get(a).zip(points.get(b)).map_or(Ordering::Equal, |(a, b)| axis.order(&a, &b));
    // With what tells most beside them, packed as tightly as they can be: what is not known comes first.
    let keys = (0..points.len()).zip(0_u32..).map(|(at, place)| (key(at).unwrap_or(i64::MIN), place));
    let mut keys: Vec<(i64, u32)> = keys.collect();
    keys.sort_unstable_by(|(one, a), (other, b)| {
        one.cmp(other).then_with(|| whole(*a as usize, *b as usize)).then(a.cmp(b))
    });
    keys.into_iter().filter_map(|(_, place)| points.get(place as usize)).collect()
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

//! How curves are shown: a table of statistics, and the samples.

use std::collections::{BTreeMap, BTreeSet};

use backends::model::{Axis, Curve, CurveSource, CurveStatistics, CurveWant, Point, Reduction};
use jiff::Timestamp;

use crate::render::{Answer, Cell, Column};

/// A curve of a run.
pub(super) struct Shown<'a> {
    /// `tracker:id`
    pub(super) reference: &'a str,
    /// The run's name.
    pub(super) name: &'a str,
    pub(super) curve: &'a Curve,
}

/// Of the curves their statistics and at most so many samples each. More may have been asked for.
pub(super) fn curves_in(axis: Axis, curves: &[Shown<'_>], samples: usize, asked: usize) -> Answer {
    let sources: BTreeSet<&str> = curves.iter().map(|shown| source(shown.curve)).collect();
    let sources: Vec<&str> = sources.into_iter().collect();
    let averaged = curves.iter().any(|shown| is_averaged(shown.curve));
    let mut answer = Answer::new().fact("source", Cell::text(sources.join(", ")));
    answer = answer.fact("non_finite", averaged.then(|| Cell::text(non_finite(&sources))));
    answer = statistics(answer, axis, curves);
    if samples == 0 {
        return answer;
    }
    if averaged {
        answer = answer.note(
            "bucket means are averages of neighbouring points that the tracker made: a single spike, or a value that is not \
             finite, hardly shows in them",
        );
    }
    let thinned: Vec<Thinned<'_>> = curves.iter().map(|shown| Thinned::of(axis, shown, samples)).collect();
    let mut records = Vec::new();
    for group in thinned.chunk_by(|a, b| a.shown.curve.metric == b.shown.curve.metric) {
        // The only point of a curve is in its statistics.
        if group.iter().all(|one| one.shown.curve.statistics.count == 1) {
            continue;
        }
        match joined(axis, group) {
            Some(record) => records.push(record),
            None => records.extend(group.iter().map(|one| alone(axis, one))),
        }
    }
    answer = answer.records("samples", records);
    if thinned.iter().any(|one| one.is_thinned() && !is_averaged(one.shown.curve)) {
        answer = answer.note(match samples {
            ..5 => "so few samples cannot hold all that matters; the statistics cover every point",
            _ => {
                "samples keep the first, last, lowest, highest and first non-finite point, and between them the extremes of \
                 each stretch; the statistics cover every point"
            }
        });
    }
    if samples < asked && thinned.iter().any(Thinned::is_thinned) {
        answer = answer.note(format!(
            "{samples} samples of a series instead of {asked}, so that all fit into one answer; name fewer runs or metrics, or \
             a range with x_min and x_max, to see more"
        ));
    }
    answer
}

/// How far the points of curves reach, as the end of a sentence.
pub(super) fn reach(curves: &[&Curve], want: &CurveWant) -> String {
    let ends = curves.iter().filter_map(|curve| {
        let (first, last) = curve.statistics.extent?;
        Some([first, last].map(|point| want.axis.place(&point, origin(&curve.statistics))))
    });
    let ends: Vec<f64> = ends.flatten().flatten().collect();
    let Some(first) = ends.iter().copied().reduce(f64::min) else { return String::new() };
    let last = ends.iter().copied().fold(first, f64::max);
    let what = match want.axis {
        Axis::Step => "steps go",
        Axis::Time => "times, in seconds since 1970, go",
        Axis::Elapsed => "seconds since the start go",
    };
    format!("; their {what} from {first} to {last}")
}

fn source(curve: &Curve) -> &'static str {
    match curve.source {
        CurveSource::Exact => "exact",
        CurveSource::BucketMeans => "bucket means",
    }
}

fn is_averaged(curve: &Curve) -> bool {
    curve.source == CurveSource::BucketMeans
}

/// What is known of values that are not finite, where some curves are averages.
fn non_finite(sources: &[&str]) -> &'static str {
    if sources.len() > 1 { "unknown where the source is bucket means" } else { "unknown" }
}

fn axis_name(axis: Axis) -> &'static str {
    match axis {
        Axis::Step => "step",
        Axis::Time => "time",
        Axis::Elapsed => "elapsed_s",
    }
}

fn origin(statistics: &CurveStatistics) -> Timestamp {
    statistics.elapsed_from.unwrap_or_default()
}

/// Where a point lies.
fn place(axis: Axis, point: &Point, origin: Timestamp) -> Cell {
    match axis {
        Axis::Step => Cell::from(point.step),
        Axis::Time => Cell::from(point.time),
        Axis::Elapsed => Cell::from(axis.place(point, origin)),
    }
}

/// One of the counts of a curve.
type Count = fn(&CurveStatistics) -> u64;

fn statistics(answer: Answer, axis: Axis, curves: &[Shown<'_>]) -> Answer {
    let x = axis_name(axis);
    let mixed = curves.iter().any(|one| is_averaged(one.curve)) && !curves.iter().all(|one| is_averaged(one.curve));
    let mut columns = vec![Column::new("run"), Column::new("name"), Column::new("metric"), Column::new("source")];
    columns.push(Column::new("n"));
    for name in ["first", "last", "min", "max"] {
        columns.extend([Column::exact(name), Column::new(format!("{name}_{x}"))]);
    }
    let counts: [(&str, Count); 5] = [
        ("nan", |of| of.nan),
        ("infinity", |of| of.positive_infinity),
        ("minus_infinity", |of| of.negative_infinity),
        ("repeated_steps", |of| of.repeated_steps),
        ("steps_back", |of| of.steps_back),
    ];
    // A count that is 0 everywhere is left out, and said to be 0 where others are not.
    let counts = counts.map(|(name, count)| (name, count, curves.iter().any(|one| count(&one.curve.statistics) > 0)));
    columns.extend([Column::exact("first_non_finite"), Column::new(format!("first_non_finite_{x}"))]);
    columns.extend(counts.iter().map(|(name, ..)| Column::new(*name)));
    let row = |shown: &Shown<'_>| {
        let of = &shown.curve.statistics;
        let origin = origin(of);
        let mut cells = vec![
            Cell::text(shown.reference),
            Cell::foreign(shown.name),
            Cell::key(&shown.curve.metric),
            Cell::from(mixed.then(|| Cell::text(source(shown.curve)))),
            Cell::from(of.count),
        ];
        for point in [of.first, of.last, of.min, of.max, of.first_non_finite] {
            cells.push(Cell::from(point.map(|point| point.value)));
            cells.push(Cell::from(point.map(|point| place(axis, &point, origin))));
        }
        cells.extend(counts.iter().map(|(_, count, any)| match any {
            true if is_averaged(shown.curve) => Cell::text("unknown"),
            true => Cell::from(count(of)),
            false => Cell::Missing,
        }));
        cells
    };
    answer.table("series", columns, curves.iter().map(row).collect())
}

/// A curve with the samples that there is room for.
struct Thinned<'a> {
    shown: &'a Shown<'a>,
    points: Vec<Point>,
}

impl<'a> Thinned<'a> {
    /// Those that were read, or fewer: chosen in the same way once more.
    fn of(axis: Axis, shown: &'a Shown<'a>, samples: usize) -> Self {
        let read = &shown.curve.samples;
        if read.len() <= samples {
            return Self { shown, points: read.iter().collect() };
        }
        let mut reduction = Reduction::new(&CurveWant { axis, from: None, to: None, samples }, None);
        read.iter().for_each(|point| reduction.push(point));
        Self { shown, points: reduction.finish().1.iter().collect() }
    }

    fn is_thinned(&self) -> bool {
        // A single value of a run has a number and no place, so it is no sample.
        !self.points.is_empty() && (self.points.len() as u64) < self.shown.curve.statistics.count
    }

    /// `50 of 5,000 points`, unless it is all of them.
    fn share(&self) -> Option<String> {
        let count = self.shown.curve.statistics.count;
        let what = if is_averaged(self.shown.curve) { " averages" } else { "" };
        self.is_thinned().then(|| format!("{}{what} of {} points", self.points.len(), grouped(count)))
    }

    /// The points by their places; `None` if two have the same, or one has none.
    fn by_place(&self, axis: Axis) -> Option<BTreeMap<i128, &Point>> {
        let origin = origin(&self.shown.curve.statistics);
        let place = |point: &Point| match axis {
            Axis::Step => point.step.map(i128::from),
            Axis::Time => point.time.map(Timestamp::as_nanosecond),
            Axis::Elapsed => point.time.map(|time| time.duration_since(origin).as_nanos()),
        };
        let places = self.points.iter().map(|point| Some((place(point)?, point)));
        let places: BTreeMap<i128, &Point> = places.collect::<Option<_>>()?;
        (places.len() == self.points.len()).then_some(places)
    }
}

/// The curves of one metric side by side, if that saves room: when their points lie at the same places, or nearly all do.
fn joined(axis: Axis, group: &[Thinned<'_>]) -> Option<Answer> {
    let [first, _, ..] = group else { return None };
    let by_place: Vec<BTreeMap<i128, &Point>> = group.iter().map(|one| one.by_place(axis)).collect::<Option<_>>()?;
    let places: BTreeSet<i128> = by_place.iter().flat_map(|points| points.keys().copied()).collect();
    let longest = by_place.iter().map(BTreeMap::len).max().unwrap_or_default();
    if places.len() > longest + longest / 4 {
        return None;
    }
    let mut columns = vec![Column::new(axis_name(axis))];
    columns.extend(group.iter().map(|one| Column::new(one.shown.reference)));
    let row = |at: &i128| {
        let here = || by_place.iter().map(|points| points.get(at).copied());
        let with_origin = |(one, point): (&Thinned<'_>, Option<&Point>)| {
            Some(place(axis, point?, origin(&one.shown.curve.statistics)))
        };
        let mut cells = vec![Cell::from(group.iter().zip(here()).find_map(with_origin))];
        cells.extend(here().map(|point| Cell::from(point.map(|point| point.value))));
        cells
    };
    let shares: Vec<Cell> = group.iter().filter_map(Thinned::share).map(Cell::Text).collect();
    let record = Answer::new()
        .fact("metric", Cell::key(&first.shown.curve.metric))
        .fact("shown", Cell::List(shares))
        .table("points", columns, places.iter().map(row).collect());
    Some(record)
}

fn alone(axis: Axis, one: &Thinned<'_>) -> Answer {
    let origin = origin(&one.shown.curve.statistics);
    let row = |point: &Point| vec![place(axis, point, origin), Cell::from(point.value)];
    Answer::new()
        .fact("metric", Cell::key(&one.shown.curve.metric))
        .fact("run", Cell::text(one.shown.reference))
        .fact("shown", one.share().map(Cell::Text))
        .table("points", vec![Column::new(axis_name(axis)), Column::new("value")], one.points.iter().map(row).collect())
}

/// `1,234,567`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests;

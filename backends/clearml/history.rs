//! Histories of metrics: what the server keeps of every series, and its points.
//!
//! 1. A task's `last_metrics` have the count and the exact first, last, lowest and highest value of each series, and the
//!    iterations of all but the last. Who has read the run has them ([`Series::kept`]); otherwise, or where it is not clear
//!    which part of a name is the title, `tasks.get_by_id_ex` tells them for up to 100 tasks.
//! 2. `events.multi_task_scalar_metrics_iter_histogram` gives up to [`BUCKETS`] points of each series of up to 100 tasks. A
//!    series that was reported less often comes whole, and is *exact* ([`CurveSource::Exact`]): each point to seven
//!    digits, the four above to all of theirs. A longer one comes as *means* over stretches of equal length
//!    ([`CurveSource::BucketMeans`]) with the exact first, lowest and highest point put among them.
//! 3. Up to [`SINGLY`] longer series of at most [`LONGEST`] reports are read point by point instead:
//!    `events.scalar_metrics_iter_raw` gives [`PAGE`] at once. Of a longer series whose statistics alone are asked for,
//!    nothing is read.
//!
//! So one request answers for up to 100 runs, two with the one for their metrics, and one more for each 10,000 points of a
//! series that is read point by point.
//! A point has a step or a time, not both: by which it comes is for the axis to say.

mod averages;
mod pages;
mod remarks;
mod whole;
mod zeros;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::StreamExt;

use crate::model::{Axis, Curve, CurveSource, CurveStatistics, CurveWant, Curves, Metric, Point, Series};
use crate::{Call, Error, ErrorKind, Result};

use super::api::Api;
use super::wire_events::{self, Histograms, Points};
use remarks::Remarks;

/// Points of a series in a histogram at most; a series that has fewer comes whole.
const BUCKETS: u64 = 6_000;
/// Tasks of one request for histograms at most.
const TASKS: usize = 100;
/// Points that one such answer may have, far below what may be read at once.
const POINTS: u64 = 400_000;
/// Long series that are read point by point at most.
const SINGLY: usize = 4;
/// Reports of a series that is read point by point at most.
const LONGEST: u64 = 100_000;
/// Points of a page.
const PAGE: u64 = 10_000;
/// Requests that run at once.
const AT_ONCE: usize = 4;

/// A series that was asked for, and what the server keeps of it.
struct Known<'a> {
    series: &'a Series,
    title: String,
    variant: String,
    metric: Metric,
}

/// A curve, and what is to be said of it.
#[derive(Default)]
struct Found {
    curve: Option<Curve>,
    remarks: Remarks,
}

/// Reads and reduces the series; one that no run has is left out.
pub(super) async fn curves(api: &Api, call: &Call, series: &[Series], want: &CurveWant) -> Result<Curves> {
    let known = known(api, call, series).await?;
    let (mut singly, mut together, mut found) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (at, (known, way)) in known.iter().zip(ways(&known, want)).enumerate() {
        match way {
            Way::Singly => singly.push((at, known)),
            Way::Together => together.push((at, known)),
            Way::Kept => drop(found.insert(at, Ok(averages::kept(known)))),
            Way::SingleValue => drop(found.insert(at, Ok(single_value(known, want)))),
        }
    }
    let told = pages::Told::new(call);
    let pages = singly.iter().map(|(at, known)| {
        let told = &told;
        async move { (*at, pages::read(api, call, known, want, told).await) }
    });
    let pages: Vec<_> = pages.collect();
    let groups = groups(&together);
    let histograms: Vec<_> = groups.iter().map(|group| histograms(api, call, group, want)).collect();
    let (pages, histograms) = futures::join!(
        futures::stream::iter(pages).buffered(AT_ONCE).collect::<Vec<_>>(),
        futures::stream::iter(histograms).buffered(AT_ONCE).collect::<Vec<_>>(),
    );
    found.extend(pages.into_iter().chain(histograms.into_iter().flatten()));
    let mut remarks = Remarks::default();
    let mut outcomes = Vec::new();
    for (at, known) in known.iter().enumerate() {
        let Some(found) = found.remove(&at) else { continue };
        outcomes.push((
            known.series,
            found.map(|found| {
                remarks.add(found.remarks);
                found.curve
            }),
        ));
    }
    let mut curves = Curves::gathered(outcomes)?;
    curves.notes.extend(remarks.sentences());
    Ok(curves)
}

/// The series that the runs have, with what the server keeps of them.
async fn known<'a>(api: &Api, call: &Call, series: &'a [Series]) -> Result<Vec<Known<'a>>> {
    // A list without ids would mean all tasks to the server, and so would one with a dash before an id: all but that.
    let may_be_id = |id: &str| id.starts_with(|first: char| first.is_ascii_alphanumeric());
    let unclear = series.iter().filter(|one| Known::told(one).is_none() && may_be_id(one.run.as_str()));
    let ids: BTreeSet<&str> = unclear.map(|one| one.run.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut reported = HashMap::new();
    for chunk in ids.chunks(TASKS) {
        for task in api.documents(call, chunk, &["id", "last_metrics"]).await? {
            for metric in task.last_metrics.into_values().flat_map(BTreeMap::into_values) {
                let (title, variant) = metric.names();
                let names = (title.to_owned(), variant.to_owned());
                if let Some((name, metric)) = metric.into_metric() {
                    reported.insert((task.id.clone(), name), (names, metric));
                }
            }
        }
    }
    let known = series.iter().filter_map(|series| {
        let asked = || {
            let ((title, variant), metric) = reported.get(&(series.run.to_string(), series.metric.clone()))?.clone();
            Some(Known { series, title, variant, metric })
        };
        Known::told(series).or_else(asked)
    });
    Ok(known.collect())
}

/// How a series is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// In a histogram with others.
    Together,
    /// Point by point.
    Singly,
    /// Not at all: what is asked is kept by the server.
    Kept,
    /// Not at all: it is one value without a step.
    SingleValue,
}

fn ways(known: &[Known<'_>], want: &CurveWant) -> Vec<Way> {
    let few = known.iter().filter(|known| known.is_long()).count() <= SINGLY;
    let statistics_alone = want.samples == 0 && !is_part(want);
    let way = |known: &Known<'_>| match known.metric.count {
        _ if known.has_no_step() => Way::SingleValue,
        _ if !known.is_long() => Way::Together,
        _ if statistics_alone => Way::Kept,
        Some(..=LONGEST) if few => Way::Singly,
        _ => Way::Together,
    };
    known.iter().map(way).collect()
}

/// Whether only a part of the history is asked for.
fn is_part(want: &CurveWant) -> bool {
    want.from.is_some() || want.to.is_some()
}

/// What the server calls the axis.
fn key(axis: Axis) -> &'static str {
    match axis {
        Axis::Step => "iter",
        Axis::Time | Axis::Elapsed => "timestamp",
    }
}

type Numbered<'k, 'a> = (usize, &'k Known<'a>);

/// Series that one request asks for: of at most so many tasks, with at most so many points.
fn groups<'k, 'a>(known: &[Numbered<'k, 'a>]) -> Vec<Vec<Numbered<'k, 'a>>> {
    let mut by_run: BTreeMap<&str, Vec<Numbered<'k, 'a>>> = BTreeMap::new();
    for (at, known) in known {
        by_run.entry(known.series.run.as_str()).or_default().push((*at, known));
    }
    let mut groups: Vec<Vec<Numbered<'k, 'a>>> = Vec::new();
    let (mut tasks, mut points) = (0, 0);
    for of_run in by_run.into_values() {
        let more: u64 = of_run.iter().map(|(_, known)| known.metric.count.unwrap_or(BUCKETS).min(BUCKETS)).sum();
        match groups.last_mut() {
            Some(group) if tasks < TASKS && points + more <= POINTS => {
                (tasks, points) = (tasks + 1, points + more);
                group.extend(of_run);
            }
            _ => {
                (tasks, points) = (1, more);
                groups.push(of_run);
            }
        }
    }
    groups
}

/// The curves of one group.
async fn histograms(
    api: &Api,
    call: &Call,
    group: &[Numbered<'_, '_>],
    want: &CurveWant,
) -> Vec<(usize, Result<Found>)> {
    let curve = |known: &Known<'_>, points: Points| {
        let points: Vec<(i64, f64)> = points.into_values().collect();
        match whole::is_whole(known, want.axis, &points) {
            true => whole::curve(known, want, &points),
            false => averages::curve(known, want, &points),
        }
    };
    match ask(api, call, group, want).await {
        Ok(mut answer) => group
            .iter()
            .map(|(at, known)| {
                let points = answer.take((&known.title, &known.variant), known.series.run.as_str());
                (*at, Ok(points.map(|points| curve(known, points)).unwrap_or_default()))
            })
            .collect(),
        Err(error) => group.iter().map(|(at, _)| (*at, Err(error.clone()))).collect(),
    }
}

/// One request for all series of a group. A task that is gone since we asked for its metrics fails it for all, without
/// being named: then it is asked again for those that are left.
async fn ask(api: &Api, call: &Call, group: &[Numbered<'_, '_>], want: &CurveWant) -> Result<Histograms> {
    let tasks: BTreeSet<&str> = group.iter().map(|(_, known)| known.series.run.as_str()).collect();
    let tasks: Vec<&str> = tasks.into_iter().collect();
    let titles = titles(group);
    let ask = |tasks: &[&str]| wire_events::histograms(tasks, &titles, key(want.axis), BUCKETS);
    match api.ask(call, HISTOGRAMS, &ask(&tasks)).await {
        Err(Error { kind: ErrorKind::NotFound, .. }) => {}
        answer => return answer,
    }
    let left = api.documents(call, &tasks, &["id"]).await?;
    let left: Vec<&str> = left.iter().map(|task| task.id.as_str()).collect();
    if left.is_empty() {
        return Ok(Histograms::default());
    }
    api.ask(call, HISTOGRAMS, &ask(&left)).await
}

const HISTOGRAMS: &str = "events.multi_task_scalar_metrics_iter_histogram";

/// The series of a group by their titles.
fn titles<'k>(group: &[Numbered<'k, '_>]) -> BTreeMap<&'k str, BTreeSet<&'k str>> {
    let mut titles: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (_, known) in group {
        titles.entry(&known.title).or_default().insert(&known.variant);
    }
    titles
}

/// A value that was reported once for the whole run: a curve of one point that lies nowhere on the axis.
fn single_value(known: &Known<'_>, want: &CurveWant) -> Found {
    let point = Some(Point { step: None, time: None, value: known.metric.value });
    let statistics = match is_part(want) {
        true => CurveStatistics { outside: 1, ..CurveStatistics::default() },
        false => CurveStatistics {
            count: 1,
            first: point,
            last: point,
            min: point,
            max: point,
            ..CurveStatistics::default()
        },
    };
    Found {
        curve: Some(known.curve(statistics, crate::model::Points::default(), CurveSource::Exact)),
        remarks: Remarks { single_values: vec![known.series.clone()], ..Remarks::default() },
    }
}

impl<'a> Known<'a> {
    /// A series of which the asker knows all that is needed, and whose name has one slash: where its title ends.
    fn told(series: &'a Series) -> Option<Self> {
        let metric = series.kept?;
        let (title, variant) = series.metric.split_once('/').filter(|(_, variant)| !variant.contains('/'))?;
        Some(Self { series, title: title.to_owned(), variant: variant.to_owned(), metric })
    }

    /// Whether it has more points than a histogram has room for.
    fn is_long(&self) -> bool {
        self.metric.count.is_some_and(|count| count >= BUCKETS) && !self.has_no_step()
    }

    /// Whether it was reported without an iteration, as a single value.
    fn has_no_step(&self) -> bool {
        let Metric { first, min, max, .. } = self.metric;
        [first, min, max].iter().all(|kept| matches!(kept, Some((_, None))))
    }

    fn curve(&self, statistics: CurveStatistics, samples: crate::model::Points, source: CurveSource) -> Curve {
        Curve { run: self.series.run.clone(), metric: self.series.metric.clone(), statistics, samples, source }
    }
}

/// A point that came by the axis.
fn point(axis: Axis, x: i64, value: f64) -> Point {
    match axis {
        Axis::Step => Point { step: Some(x), time: None, value },
        Axis::Time | Axis::Elapsed => Point { step: None, time: Some(super::wire_values::milliseconds(x)), value },
    }
}

#[cfg(test)]
mod tests;

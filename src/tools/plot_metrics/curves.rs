//! Curves: which lines share a panel, and what they look like.

use std::collections::{BTreeMap, BTreeSet};

use backends::Call;
use backends::model::{Axis, Curve, CurveSource, Point};
use backends::query::Direction;
use backends::same_key::{Kind, pairs};

use super::{Input, Plot, foreign, mark};
use crate::chart::{self, Chart};
use crate::direction::{self, words};
use crate::problem::Result;
use crate::render::{escape_key, one_line};
use crate::tool::Tool;
use crate::tools::curves::curves_in;
use crate::tools::histories::{self, Asked, Histories};
use crate::trackers::Trackers;

/// Points that all lines of a picture have together at most, and each of them.
const POINTS: (usize, usize) = (120_000, 20_000);
/// Colours: lines of as many runs can be told apart by them alone, so that dashes tell metrics.
const COLOURS: usize = 7;
/// Dashes that there are.
const DASHES: usize = 3;
/// Words that say what data a metric is of: `val_loss` and `train_loss` have one unit.
const PARTS: &[&str] =
    &["val", "valid", "validation", "eval", "evaluation", "dev", "test", "train", "training", "epoch", "step"];

/// Reads the curves, and arranges them.
pub(super) async fn plot(trackers: &Trackers, call: &Call, input: &Input) -> Result<Plot> {
    let axis: Axis = input.x.into();
    let asked = Asked {
        tool: super::PlotMetrics::NAME,
        runs: &input.runs,
        metrics: &input.metrics,
        axis,
        from: None,
        to: None,
    };
    let read = histories::read(trackers, call, &asked, |series| (POINTS.0 / series.max(1)).min(POINTS.1)).await?;
    let facts = curves_in(axis, &read.shown(), 0, 0);
    let mut notes = read.notes.clone();
    if read.curves.iter().any(|(_, curve)| curve.source == CurveSource::BucketMeans) {
        notes.push(
            "lines of bucket means are averages that the tracker made: single spikes hardly show in them, the table has them"
                .to_owned(),
        );
    }
    let (names, renamed) = names(&read);
    notes.extend(renamed);
    let mut panels = panels(&read, axis, &names);
    let lines = panels.iter().map(|panel| panel.chart.curves.len()).max().unwrap_or_default();
    let most = chart::Curves::most_panels(lines);
    if panels.len() > most {
        let left: Vec<String> = panels.split_off(most).into_iter().map(|panel| panel.chart.title).collect();
        notes.push(format!("no room in the picture for {}; name them in metrics to see them", left.join(", ")));
    }
    let title = title(&panels, &read);
    let axis = match axis {
        Axis::Step => chart::Axis::Step,
        Axis::Time => chart::Axis::Time,
        Axis::Elapsed => chart::Axis::Elapsed,
    };
    let panels = panels.into_iter().map(|panel| panel.chart).collect();
    let chart =
        Chart::Curves(chart::Curves { title: title.clone(), panels, axis, log_y: input.log_y.unwrap_or_default() });
    Ok(Plot { chart, title, facts, notes })
}

/// A panel, and the runs in it.
struct Panel {
    chart: chart::Panel,
    runs: Vec<usize>,
}

/// What the metrics of the curves are called in the picture, and what to say of it: on every tracker as on the first, and
/// without a title that is the same as the name.
fn names(read: &Histories) -> (Vec<String>, Option<String>) {
    let tracker = |run: usize| read.found.runs.get(run).map_or("", |(reference, _)| reference.tracker.name());
    let mut by_tracker: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (run, curve) in &read.curves {
        by_tracker.entry(tracker(*run)).or_default().insert(&curve.metric);
    }
    let home = read.curves.first().map_or("", |(run, _)| tracker(*run));
    let ours = by_tracker.get(home).cloned().unwrap_or_default();
    let mut known: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (tracker, theirs) in by_tracker.iter().filter(|(tracker, _)| **tracker != home) {
        known.extend(pairs(Kind::Metric, &ours, theirs).into_iter().map(|(our, their)| ((*tracker, their), our)));
    }
    // What a name was read as is said already.
    let is_told = |their: &str| read.notes.iter().any(|note| note.contains(&format!(" read as metrics.{their}")));
    let told: BTreeSet<String> = known
        .iter()
        .filter(|((_, their), _)| !is_told(their))
        .map(|((tracker, their), our)| {
            let [their, our] = [their, our].map(|name| one_line(&escape_key(name), 80));
            format!("{their} of {tracker} as {our}")
        })
        .collect();
    let note = (!told.is_empty())
        .then(|| format!("drawn as the same metric: {}", told.into_iter().collect::<Vec<_>>().join(", ")));
    let common = |(run, curve): &(usize, Curve)| {
        let name = curve.metric.as_str();
        known.get(&(tracker(*run), name)).map_or(name, |name| *name).to_owned()
    };
    let names: Vec<String> = read.curves.iter().map(common).collect();
    let short = |name: &String| match name.split_once('/') {
        Some((title, series)) if title == series && !names.iter().any(|name| name == title) => title.to_owned(),
        _ => name.clone(),
    };
    (names.iter().map(short).collect(), note)
}

/// Metrics that are the same but for the data that they are of share a panel, if their lines can be told apart there.
fn panels(read: &Histories, axis: Axis, shown: &[String]) -> Vec<Panel> {
    let runs = read.found.runs.len();
    let mut units: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    for name in shown {
        let name = name.as_str();
        if units.iter().any(|(_, names)| names.contains(&name)) {
            continue;
        }
        let unit: Vec<String> = words(name).into_iter().filter(|word| !PARTS.contains(&word.as_str())).collect();
        let fits = |(known, names): &&mut (Vec<String>, Vec<&str>)| {
            *known == unit && runs <= COLOURS && names.len() < DASHES && !unit.is_empty()
        };
        match units.iter_mut().find(fits) {
            Some((_, names)) => names.push(name),
            None => units.push((unit, vec![name])),
        }
    }
    units.into_iter().map(|(_, names)| panel(read, axis, shown, &names)).collect()
}

fn panel(read: &Histories, axis: Axis, shown: &[String], names: &[&str]) -> Panel {
    let title = names.iter().map(|name| one_line(&escape_key(name), 80)).collect::<Vec<_>>().join(", ");
    let mut found: BTreeMap<(usize, usize), chart::Curve> = BTreeMap::new();
    for ((run, curve), shown) in read.curves.iter().zip(shown) {
        let Some(variant) = names.iter().position(|name| name == shown) else { continue };
        let Some((reference, details)) = read.found.runs.get(*run) else { continue };
        // One run: a colour for each metric. Several: a colour for each run, the same in all panels.
        let alone = read.found.runs.len() == 1;
        let (name, number) = match (alone, names.len()) {
            (true, 2..) => (one_line(&escape_key(shown), 80), variant),
            (true, _) => (foreign(&details.run.name), 0),
            (false, 1) => (foreign(&details.run.name), *run),
            (false, _) => {
                let metric = one_line(&escape_key(shown), 80);
                (format!("{} {metric}", foreign(&details.run.name)), run + COLOURS * variant)
            }
        };
        let line =
            line(curve, axis, chart::Curve { name, mark: mark(reference.id.as_str()), number, ..Default::default() });
        found.insert((*run, variant), line);
    }
    let mut runs: Vec<usize> = found.keys().map(|(run, _)| *run).collect();
    runs.dedup();
    Panel { chart: chart::Panel { title, curves: found.into_values().collect() }, runs }
}

/// The points of a curve. Those that no place is known of stand at 0.
fn line(curve: &Curve, axis: Axis, head: chart::Curve) -> chart::Curve {
    let origin = curve.statistics.elapsed_from.unwrap_or_default();
    let at = |point: Point| (axis.place(&point, origin).unwrap_or_default(), point.value);
    let best = match direction::better(&curve.metric) {
        Some(Direction::Ascending) => curve.statistics.min,
        Some(Direction::Descending) => curve.statistics.max,
        None => None,
    };
    let thinned = (curve.samples.len() as u64) < curve.statistics.count;
    // A single value is in the statistics alone.
    let only = curve.statistics.last.filter(|_| curve.samples.is_empty());
    chart::Curve {
        points: curve.samples.iter().chain(only).map(at).collect(),
        thinned,
        // A tracker may know the best value and not when it was.
        best: best
            .filter(|_| curve.statistics.count > 1)
            .and_then(|point| Some((axis.place(&point, origin)?, point.value))),
        ..head
    }
}

/// What the whole is called.
fn title(panels: &[Panel], read: &Histories) -> String {
    let name = |run: usize| read.found.runs.get(run).map(|(_, details)| foreign(&details.run.name)).unwrap_or_default();
    let of = |runs: &[usize]| match runs {
        [only] => name(*only),
        several => format!("{} runs", several.len()),
    };
    match panels {
        [Panel { chart, runs }] if runs.len() == 1 => format!("{} · {}", chart.title, of(runs)),
        [Panel { chart, runs }] => format!("{} of {}", chart.title, of(runs)),
        _ => {
            let mut all: Vec<usize> = panels.iter().flat_map(|panel| panel.runs.clone()).collect();
            all.sort_unstable();
            all.dedup();
            of(&all)
        }
    }
}

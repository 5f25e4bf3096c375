//! Runs in their places by the last value of one metric, with their params: what bars, dots and sweeps are made of.

use std::collections::BTreeSet;

use backends::model::{Part, Parts, Run};
use backends::query::{Direction, Key};
use backends::{Call, Error};

use super::{Input, MOST};
use crate::analysis::{Exclusion, Exclusions, admit, rank, telling};
use crate::direction;
use crate::problem::Result;
use crate::references::{Name, RunRef, align, fetch_runs};
use crate::render::one_line;
use crate::tools::series::meant;
use crate::trackers::Trackers;

/// A run with its value.
pub(super) struct Entry {
    pub(super) run: RunRef,
    pub(super) head: Run,
    pub(super) value: f64,
}

/// The runs, the best first.
pub(super) struct Board {
    pub(super) entries: Vec<Entry>,
    /// The metric as it is called.
    pub(super) metric: String,
    /// Which side is best; the highest, where the name does not tell.
    pub(super) direction: Direction,
    /// The params that were asked for.
    pub(super) asked: Vec<String>,
    /// A second metric, if one was asked for.
    pub(super) second: Option<String>,
    pub(super) notes: Vec<String>,
    /// How many characters its numbers may take.
    pub(super) room: usize,
}

impl Board {
    /// The metric, for a sentence or a picture.
    pub(super) fn shown_metric(&self) -> String {
        one_line(&self.metric, 80)
    }

    /// Which side is first, in words.
    pub(super) fn side(&self) -> &'static str {
        match self.direction {
            Direction::Ascending => "the lowest first",
            Direction::Descending => "the highest first",
        }
    }

    /// Params in which the runs differ, those that tell most about the metric first.
    pub(super) fn varying(&self) -> Vec<String> {
        let names: BTreeSet<&String> = self.entries.iter().flat_map(|entry| entry.head.params.keys()).collect();
        let of = |entry: &'_ Entry, name: &String| entry.head.params.get(name).cloned();
        let mut told: Vec<(f64, &String)> = Vec::new();
        for name in names {
            let values: Vec<(Option<String>, f64)> =
                self.entries.iter().map(|entry| (of(entry, name), entry.value)).collect();
            if values.windows(2).any(|pair| matches!(pair, [a, b] if a.0 != b.0)) {
                let values: Vec<(Option<&str>, f64)> =
                    values.iter().map(|(text, value)| (text.as_deref(), *value)).collect();
                told.push((telling(&values), name));
            }
        }
        told.sort_by(|(a, x), (b, y)| b.total_cmp(a).then(x.cmp(y)));
        told.into_iter().map(|(_, name)| name.clone()).collect()
    }
}

/// A param as a number.
pub(super) fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|value| value.is_finite())
}

/// Reads the runs.
pub(super) async fn read(trackers: &Trackers, call: &Call, input: &Input) -> Result<Board> {
    let mut found = fetch_runs(trackers, call, &input.runs, MOST, Parts::of(&[Part::Metrics, Part::Params])).await?;
    let aligned = align(found.runs.iter_mut().map(|(run, details)| (run.tracker.name(), &mut details.run)), None);
    let rows: Vec<(&str, &Run)> = found.runs.iter().map(|(run, details)| (run.tracker.name(), &details.run)).collect();
    let references: Vec<String> = found.runs.iter().map(|(run, _)| run.text()).collect();
    let (params, metrics): (Vec<String>, Vec<String>) =
        input.metrics.iter().cloned().partition(|name| name.trim().starts_with("params."));
    let chosen = meant(&rows, &references, &metrics)?;
    let mut names = chosen.metrics.iter().map(|(name, _)| name.clone());
    let metric = names.next().ok_or_else(|| Error::not_found("these runs have no metrics"))?;
    let second = names.next().filter(|_| metrics.len() > 1);
    let mut notes: Vec<String> = found.remarks.clone();
    notes.extend(found.missing.iter().map(|(_, problem)| problem.to_string()));
    notes.extend(found.failed.iter().cloned());
    if metrics.is_empty() {
        notes.push(format!("metric {}, the main one; metrics chooses another", one_line(&metric, 80)));
    } else {
        // Who is without the metric is counted below.
        let counted = format!("have no metric '{}'", one_line(&metric, 80));
        notes.extend(chosen.notes.into_iter().filter(|note| !note.ends_with(&counted)));
    }
    let mut asked = Vec::new();
    for param in &params {
        let bare = param.trim().strip_prefix("params.").unwrap_or(param);
        let name = Name::read(&Key::Param(bare.to_owned()), rows.iter().copied())?;
        if !name.is_known() {
            return Err(Error::not_found(format!("no param '{}' in these runs", one_line(bare, 80))).into());
        }
        notes.extend(name.notes());
        asked.extend(name.meant().next().map(ToOwned::to_owned));
    }
    notes.extend(aligned.notes(|name| name == metric, |name| asked.iter().any(|param| param == name)));
    let better = direction::better(&metric);
    if better.is_none() {
        notes.push(format!(
            "whether {} is better high or low is not clear; the highest come first",
            one_line(&metric, 80)
        ));
    }
    let direction = better.unwrap_or(Direction::Descending);
    let mut exclusions = Exclusions::default();
    let mut entries = Vec::new();
    for (run, details) in found.runs {
        let value = details.run.metrics.get(&metric).map(|metric| metric.value);
        match admit(details.run.status, true, value) {
            Ok(value) => entries.push((value, Entry { run, head: details.run, value })),
            Err(why) => exclusions.add(why),
        }
    }
    notes.extend(left_out(&exclusions));
    let entries = rank(entries, direction, |a, b| a.run.text().cmp(&b.run.text()));
    let entries: Vec<Entry> = entries.into_iter().map(|ranked| ranked.item).collect();
    if entries.is_empty() {
        let why = left_out(&exclusions).unwrap_or_default();
        return Err(Error::not_found(format!("no run has a value of {} to draw; {why}", one_line(&metric, 80))).into());
    }
    Ok(Board { entries, metric, direction, asked, second, notes, room: call.allowance().characters })
}

fn left_out(exclusions: &Exclusions) -> Option<String> {
    let reasons =
        [(Exclusion::Missing, "without the metric"), (Exclusion::NotANumber, "NaN"), (Exclusion::Infinite, "infinite")];
    let told: Vec<String> = reasons
        .into_iter()
        .filter(|(why, _)| exclusions.of(*why) > 0)
        .map(|(why, words)| format!("{} {words}", exclusions.of(why)))
        .collect();
    (!told.is_empty()).then(|| format!("runs left out: {}", told.join(", ")))
}

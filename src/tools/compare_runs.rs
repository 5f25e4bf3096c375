//! `compare_runs`

mod at_best;
mod baseline;
mod code;
mod configs;
mod datasets;
mod entries;
mod environment;
mod file;
mod file_differences;
mod groups;
mod hocon;
mod line_diff;
mod metrics;
mod sections;
mod texts;

use std::sync::Arc;

use backends::model::{Part, Parts};
use backends::{Call, Capabilities, Error, Tracker};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::columns::Row;
use super::keys::Keys;
use super::kinds;
use crate::problem::{Problem, Result};
use crate::references::{Fetched, align, fetch_runs};
use crate::render::{Answer, Cell, fit, one_line};
use crate::tool::{Access, Tool};
use crate::trackers::Trackers;
use entries::Entry;
use file_differences::FileDifferences;
use sections::{Section, table};

/// `compare_runs`
pub struct CompareRuns;

/// Runs of one comparison at most.
const MOST: usize = 50;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 2-50 as in get_runs; models:/name@alias is its run
    runs: Vec<String>,
    /// one of runs; default the first
    baseline: Option<String>,
    /// only these params and metrics: val*, lr; * shows all
    #[serde(default)]
    keys: Vec<String>,
    /// read metrics at the step where this metric is best
    at_best_of: Option<String>,
    /// diff this file too, e.g. config.yml
    artifact: Option<String>,
}

impl Tool for CompareRuns {
    const NAME: &'static str = "compare_runs";
    const GUIDE: &'static str = include_str!("../../guides/tools/compare_runs.md");
    const ACCESS: Access = Access::Read;
    type Input = Input;

    fn offered_by(capabilities: Capabilities) -> bool {
        capabilities.runs
    }

    async fn run(trackers: &Trackers, call: &Call, input: Input) -> Result<Answer> {
        let Input { runs: references, baseline, keys, at_best_of, artifact } = input;
        named_once(&references)?;
        let parts = Parts::of(&[Part::Params, Part::Metrics, Part::Tags, Part::Datasets, Part::Code, Part::Config]);
        let mut fetched = fetch_runs(trackers, call, &references, MOST, parts).await?;
        several(&fetched, &references)?;
        if let Some(text) = &baseline {
            let at = baseline::find(trackers, call, text, &fetched.runs).await?;
            // The baseline stands first, whatever its place among the references.
            fetched.runs.get_mut(..=at).unwrap_or_default().rotate_right(1);
        }
        let mut notes = about(&fetched);
        let mut entries = entries::of(fetched.runs);
        let rows: Vec<Row<'_>> = entries.iter().map(|entry| (entry.reference.tracker.name(), &entry.run)).collect();
        let keys = Keys::read(&keys, &rows);
        notes.extend(keys.notes().iter().cloned().chain(keys.about_machine()));
        // Curves are asked for by the names that their tracker has.
        let place = match &at_best_of {
            None => None,
            Some(metric) => Some(at_best::read(call, &entries, metric, |name| keys.want_metric(name)).await?),
        };
        let trackers: Vec<Arc<dyn Tracker>> =
            entries.iter().map(|entry| Arc::clone(&entry.reference.tracker)).collect();
        let runs = trackers.iter().zip(&mut entries).map(|(tracker, entry)| (tracker.name(), &mut entry.run));
        let aligned = align(runs, trackers.first().map(|home| home.name()));
        notes.extend(aligned.notes(|_| true, |_| true));
        let kinds = || trackers.iter().map(|tracker| tracker.kind());
        if entries.iter().any(|entry| !entry.run.metrics.is_empty()) {
            notes.extend(if place.is_some() { kinds::steps(kinds()) } else { kinds::last_values(kinds()) });
        }
        let mut comparison =
            Comparison { entries: &entries, notes, sections: Vec::new(), facts: Vec::new(), by_line: false };
        let values: Vec<metrics::Values> = match &place {
            None => entries.iter().map(|entry| metrics::last_values(&entry.run)).collect(),
            Some(read) => {
                comparison.facts = read.facts(&entries);
                comparison.notes.extend(read.notes.iter().cloned());
                let values = trackers.iter().zip(read.values.iter().cloned());
                values.map(|(tracker, values)| aligned.metrics(tracker.name(), values)).collect()
            }
        };
        let of_interest = |name: &str| keys.want_metric(name) || place.as_ref().is_some_and(|place| place.is_of(name));
        let metrics = metrics::of(&entries, &values, of_interest, keys.are_given(), baseline.is_some());
        if metrics.has_changes || baseline.is_some() {
            comparison.facts.insert(0, ("baseline", entries.first().map(|entry| Cell::text(&entry.label)).into()));
        }
        let groups = groups::of(&entries);
        if let Some(groups) = &groups {
            comparison.sections.push(groups.section(&entries));
            comparison.sections.push(groups.metrics(&values, of_interest, keys.are_given()));
            comparison.notes.extend(groups.note());
        }
        comparison.sections.push(metrics.section);
        comparison.notes.extend(metrics.note);
        comparison.sections.push(texts::params(&entries, |name| keys.want(name), keys.are_given()));
        let configs = configs::configs(&entries).await;
        comparison.sections.extend(configs.section.clone());
        comparison.sections.push(datasets::section(&entries));
        comparison.sections.push(code::section(&entries));
        comparison.sections.push(environment::section(&entries));
        comparison.sections.push(texts::tags(&entries));
        let file = match &artifact {
            Some(path) => Some(file_differences::of(call, &entries, path).await),
            None => None,
        };
        if let Some(file) = &file {
            comparison.sections.extend(file.section.clone());
            comparison.notes.extend(file.notes.clone());
        }
        let uncommitted = configs::uncommitted(&entries);
        let by_line = file.as_ref().is_some_and(FileDifferences::has_texts);
        comparison.by_line = by_line || configs.has_lines() || uncommitted.has_lines();
        let rows = comparison.sections.iter().map(|section| section.rows.len()).sum();
        let page = |rows| {
            let mut answer = comparison.page(call, rows);
            for differences in [&configs, &uncommitted] {
                answer = differences.with_lines(answer, &entries);
            }
            match &file {
                Some(file) => file.with_texts(answer),
                None => answer,
            }
        };
        Ok(fit(rows, call.allowance().characters, page))
    }
}

fn named_once(references: &[String]) -> Result<()> {
    if references.len() > MOST {
        let message = format!("{} runs were named, at most {MOST} are compared at once", references.len());
        return Err(Error::bad_input(message).into());
    }
    for (at, text) in references.iter().enumerate() {
        if references.iter().take(at).any(|earlier| earlier.trim() == text.trim()) {
            let message = format!("'{}' is named twice; a comparison takes each run once", one_line(text, 80));
            return Err(Error::bad_input(message).into());
        }
    }
    Ok(())
}

/// A comparison needs two runs, and a run that is named twice may be a slip that makes it answer another question.
fn several(fetched: &Fetched, references: &[String]) -> Result<()> {
    let found = fetched.runs.len();
    let told = |mut problem: Problem| {
        let missing = fetched.missing.iter().map(|(_, missing)| missing.error.message.clone());
        let failed = fetched.failed.iter().map(|failure| format!("not asked: {failure}"));
        problem.error = missing.chain(failed).fold(problem.error, |error, more| error.and(more));
        problem
    };
    let only = fetched.runs.first().map(|(run, _)| run.text()).unwrap_or_default();
    if found + fetched.missing.len() < references.len() && fetched.failed.is_empty() {
        let listed: Vec<String> = fetched.runs.iter().take(10).map(|(run, _)| run.text()).collect();
        let message = format!(
            "{} references stand for only {found} different run{} ({}); name each run once",
            references.len(),
            if found == 1 { "" } else { "s" },
            listed.join(", ")
        );
        return Err(told(Error::bad_input(message).into()));
    }
    if found < 2 {
        let message = format!("there is only one run to compare ({only}); name two or more, such as 'last 2'");
        return Err(told(Problem::from(Error::bad_input(message)).next("compare_runs", json!({"runs": ["last 2"]}))));
    }
    Ok(())
}

/// What the references were read as and what is not there.
fn about(fetched: &Fetched) -> Vec<String> {
    let missing = fetched.missing.iter().map(|(_, problem)| problem.to_string());
    // What no run could have, none lacks against another.
    let all_say = |note: &String| fetched.runs.iter().all(|(_, details)| details.notes.contains(note));
    let mut said: Vec<String> = Vec::new();
    for note in fetched.runs.iter().flat_map(|(_, details)| &details.notes) {
        if !all_say(note) && !said.contains(note) {
            said.push(note.clone());
        }
    }
    fetched.remarks.iter().cloned().chain(missing).chain(fetched.failed.iter().cloned()).chain(said).collect()
}

/// What was found out about several runs.
struct Comparison<'a> {
    entries: &'a [Entry],
    facts: Vec<(&'static str, Cell)>,
    sections: Vec<Section>,
    notes: Vec<String>,
    /// Something differs that is shown by line.
    by_line: bool,
}

impl Comparison<'_> {
    /// The answer with the first `rows` rows of all tables together.
    fn page(&self, call: &Call, rows: usize) -> Answer {
        let mut answer = entries::legend(self.entries, call.now());
        for (key, value) in &self.facts {
            answer = answer.fact(*key, value.clone());
        }
        let mut room = rows;
        let mut cut = Vec::new();
        for sections in self.sections.chunk_by(|a, b| a.name == b.name) {
            answer = table(sections, self.entries.len(), room).into_iter().fold(answer, Answer::with);
            for section in sections {
                let shown = section.rows.len().min(room);
                room -= shown;
                let left = section.rows.len() - shown;
                cut.extend((left > 0).then(|| section.counted(left)));
            }
        }
        let equal: Vec<String> = self.sections.iter().filter_map(Section::equal).collect();
        if !equal.is_empty() {
            answer = answer.fact("equal", Cell::text(equal.join(", ")));
        }
        if !self.by_line && self.sections.iter().all(|section| section.rows.is_empty()) {
            answer = answer.note("nothing that was recorded of these runs differs");
        }
        if !cut.is_empty() {
            let cut = cut.join(", ");
            answer =
                answer.note(format!("not shown for want of room: {cut}; name some with keys, or compare fewer runs"));
        }
        answer.notes(&self.notes)
    }
}

#[cfg(test)]
mod tests;

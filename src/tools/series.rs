//! Which metrics of which runs a question about curves is about.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use backends::Error;
use backends::model::Run;
use backends::nearest::nearest;
use serde_json::json;

use super::columns::glob;
use crate::direction;
use crate::problem::{Problem, Result};
use crate::render::{escape_key, one_line, unescape_key};

/// Series of one answer at most.
pub(super) const MOST: usize = 40;
/// Metrics that are shown unasked.
const MAIN: usize = 5;
/// Names that a note lists.
const LISTED: usize = 20;

/// Metrics of runs, chosen.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Chosen {
    /// Metric by metric: its name, and the places of the runs that have it.
    pub(super) metrics: Vec<(String, Vec<usize>)>,
    /// What to say of the choice.
    pub(super) notes: Vec<String>,
}

/// Chooses the metrics that names and globs stand for, or the main ones: at most [`MOST`] series. The runs' references
/// are for the calls that a refusal suggests, which are of this tool.
pub(super) fn choose(tool: &'static str, runs: &[&Run], references: &[String], wanted: &[String]) -> Result<Chosen> {
    let names = Names::of(runs);
    if names.places.is_empty() {
        let problem = Problem::from(Error::not_found("these runs have no metrics"));
        return Err(problem.next("get_runs", json!({"runs": references})));
    }
    let chosen = if wanted.is_empty() { names.main() } else { names.asked(wanted)? };
    let count: usize = chosen.metrics.iter().map(|(_, places)| places.len()).sum();
    if count <= MOST {
        return Ok(chosen);
    }
    let error = Error::bad_input(format!(
        "these are {count} series ({} metrics of {} runs), and at most {MOST} are read at once; name fewer metrics or runs",
        chosen.metrics.len(),
        runs.len()
    ));
    let fitting = (MOST / runs.len().max(1)).max(1);
    let few: Vec<String> = chosen.metrics.iter().take(fitting).map(|(name, _)| escape_key(name)).collect();
    Err(Problem::from(error).next(tool, json!({"runs": references, "metrics": few})))
}

/// The metrics of runs: each name with the places of the runs that have it.
struct Names<'a> {
    runs: &'a [&'a Run],
    places: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Names<'a> {
    fn of(runs: &'a [&'a Run]) -> Self {
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, run) in runs.iter().enumerate() {
            for name in run.metrics.keys() {
                places.entry(name).or_default().push(place);
            }
        }
        Self { runs, places }
    }

    fn chosen<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<(String, Vec<usize>)> {
        names.into_iter().filter_map(|name| Some((name.to_owned(), self.places.get(name)?.clone()))).collect()
    }

    /// The metrics that a name or glob stands for. A name as it is comes first, for it may have a star.
    fn fitting(&self, pattern: &str) -> Vec<&'a str> {
        let bare = pattern.strip_prefix("metrics.").unwrap_or(pattern);
        let exact = self.places.get_key_value(pattern).or_else(|| self.places.get_key_value(bare));
        match exact {
            Some((name, _)) => vec![name],
            None => self.places.keys().copied().filter(|name| glob(bare, name)).collect(),
        }
    }

    fn asked(&self, wanted: &[String]) -> Result<Chosen> {
        let (mut names, mut notes, mut unknown): (Vec<&str>, Vec<String>, Vec<String>) = Default::default();
        for text in wanted {
            let pattern = unescape_key(text.trim());
            let fitting = self.fitting(&pattern);
            match fitting.as_slice() {
                [] => unknown.push(self.unknown(&pattern)),
                [only] if !pattern.contains('*') => notes.extend(self.lacking(only)),
                _ => {}
            }
            for name in fitting {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        if let (Some(first), true) = (unknown.first(), names.is_empty()) {
            return Err(Error::not_found(first.clone()).into());
        }
        notes.extend(unknown);
        Ok(Chosen { metrics: self.chosen(names), notes })
    }

    /// What to say where only some of the runs have a metric.
    fn lacking(&self, name: &str) -> Option<String> {
        let with = self.places.get(name).map_or(0, Vec::len);
        let without = self.runs.len() - with;
        (without > 0).then(|| format!("{without} of {} runs have no metric '{}'", self.runs.len(), one_line(name, 80)))
    }

    fn unknown(&self, pattern: &str) -> String {
        let shown = one_line(pattern, 80);
        let near = nearest(&pattern.replace('*', ""), self.places.keys().copied(), 5);
        let others = if near.is_empty() {
            format!("they have {}", listed(&self.places.keys().copied().collect::<Vec<_>>()))
        } else {
            format!("near: {}", listed(&near))
        };
        match pattern.contains('*') {
            true => format!("no metric of these runs fits '{shown}'; {others}"),
            false => format!("no metric '{shown}' in these runs; {others}"),
        }
    }

    /// The few that tell how a training went, of those that most of the runs have.
    fn main(&self) -> Chosen {
        let most = self.places.values().map(Vec::len).max().unwrap_or_default();
        let enough = most.min(self.runs.len() / 2 + 1);
        let common = self.places.iter().filter(|(_, places)| places.len() >= enough);
        let mut names: Vec<&str> = common.map(|(name, _)| *name).collect();
        names.sort_by_key(|name| (self.rank(name), *name));
        // Where names tell what is good, others are not the main ones.
        let telling = |name: &&str| direction::better(name).is_some() && !is_system(name);
        if names.iter().any(telling) {
            names.retain(telling);
        }
        names.truncate(MAIN.min(MOST / self.runs.len().max(1)).max(1));
        let others: Vec<&str> = self.places.keys().copied().filter(|name| !names.contains(name)).collect();
        let notes = if others.is_empty() {
            Vec::new()
        } else {
            let count = others.len();
            vec![format!("the main metrics are shown; {count} more with metrics: {}", listed(&others))]
        };
        Chosen { metrics: self.chosen(names), notes }
    }

    /// What is shown first: what the machine did comes last; a course before a single value, and a name that says what is
    /// good before others; the validation before the training; what more runs have before the rest.
    fn rank(&self, name: &str) -> (bool, bool, bool, u8, Reverse<usize>) {
        let places = self.places.get(name).map(Vec::as_slice).unwrap_or_default();
        let step = |place: &usize| self.runs.get(*place)?.metrics.get(name)?.step;
        let single = !places.iter().filter_map(step).any(|step| step > 0);
        let plain = direction::better(name).is_none();
        let words = direction::words(name);
        let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        let part = match () {
            () if says(&["val", "valid", "validation", "eval", "evaluation", "dev", "test"]) => 0,
            () if says(&["train", "training"]) => 2,
            () => 1,
        };
        (is_system(name), plain || single, plain, part, Reverse(places.len()))
    }
}

/// Whether a metric is about the machine: MLflow's own name for these.
fn is_system(name: &str) -> bool {
    name.starts_with("system/")
}

/// Names as others gave them, for a sentence.
fn listed(names: &[&str]) -> String {
    let mut shown: Vec<String> = names.iter().take(LISTED).map(|name| one_line(&escape_key(name), 80)).collect();
    if names.len() > LISTED {
        shown.push(format!("and {} more", names.len() - LISTED));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use backends::model::{Metric, ProjectId, ProjectRef, RunId};

    use super::*;

    /// A run that has these metrics, each last reported at this step.
    fn run(metrics: &[(&str, i64)]) -> Run {
        let metric = |(name, step): &(&str, i64)| ((*name).to_owned(), Metric::last(0.5, Some(*step)));
        Run {
            metrics: metrics.iter().map(metric).collect(),
            ..Run::new(RunId::new("4f1c"), ProjectRef { id: ProjectId::new("7"), name: String::new() })
        }
    }

    fn asked(runs: &[Run], wanted: &[&str]) -> Result<Chosen> {
        let runs: Vec<&Run> = runs.iter().collect();
        let wanted: Vec<String> = wanted.iter().map(|text| (*text).to_owned()).collect();
        choose("get_metric_history", &runs, &[], &wanted)
    }

    fn names(chosen: &Chosen) -> Vec<&str> {
        chosen.metrics.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn names_and_globs_stand_for_metrics_in_the_order_given() {
        let runs = [run(&[("val/loss", 9), ("loss", 9), ("lr", 9)]), run(&[("loss", 9)])];
        let chosen = asked(&runs, &["metrics.lr", "*loss*", "loss"]).unwrap();
        assert_eq!(names(&chosen), ["lr", "loss", "val/loss"]);
        assert_eq!(chosen.metrics[1].1, [0, 1]);
        assert_eq!(chosen.notes, ["1 of 2 runs have no metric 'lr'"]);
    }

    #[test]
    fn a_misspelt_metric_is_answered_with_its_neighbours() {
        let runs = [run(&[("val_accuracy", 9), ("loss", 9)])];
        let error = asked(&runs, &["val_acuracy"]).unwrap_err().to_string();
        assert_eq!(error, "no metric 'val_acuracy' in these runs; near: val_accuracy");
        let error = asked(&runs, &["zzz*"]).unwrap_err().to_string();
        assert_eq!(error, "no metric of these runs fits 'zzz*'; they have loss, val_accuracy");
        let chosen = asked(&runs, &["loss", "val_acuracy"]).unwrap();
        assert_eq!(names(&chosen), ["loss"]);
        assert!(chosen.notes[0].contains("near: val_accuracy"), "{:?}", chosen.notes);
    }

    #[test]
    fn the_main_metrics_are_those_that_tell_how_the_training_went() {
        let metrics = [
            ("system/gpu_0_utilization_loss", 99),
            ("epoch", 99),
            ("lr", 99),
            ("train_loss", 99),
            ("val_loss", 99),
            ("val_accuracy", 99),
            ("test_f1", 0),
            ("loss", 99),
        ];
        let chosen = asked(&[run(&metrics)], &[]).unwrap();
        assert_eq!(names(&chosen), ["val_accuracy", "val_loss", "loss", "train_loss", "test_f1"]);
        assert_eq!(
            chosen.notes,
            ["the main metrics are shown; 3 more with metrics: epoch, lr, system/gpu_0_utilization_loss"]
        );
    }

    #[test]
    fn what_few_runs_have_or_what_tells_nothing_is_not_among_the_main_ones() {
        let runs = [run(&[("loss", 9)]), run(&[("loss", 9)]), run(&[("loss", 9), ("accuracy", 9)])];
        assert_eq!(names(&asked(&runs, &[]).unwrap()), ["loss"]);
        let plain = [run(&[("epoch", 9), ("loss", 9)])];
        assert_eq!(names(&asked(&plain, &[]).unwrap()), ["loss"]);
        let apart = [run(&[("loss", 9)]), run(&[("accuracy", 9)])];
        assert_eq!(names(&asked(&apart, &[]).unwrap()), ["accuracy", "loss"]);
    }

    #[test]
    fn too_many_series_are_refused_with_a_call_that_fits() {
        let metrics: Vec<(String, i64)> = (0..15).map(|number| (format!("m{number:02}_loss"), 9)).collect();
        let metrics: Vec<(&str, i64)> = metrics.iter().map(|(name, step)| (name.as_str(), *step)).collect();
        let runs: Vec<Run> = (0..4).map(|_| run(&metrics)).collect();
        let problem = asked(&runs, &["*loss"]).unwrap_err();
        assert!(problem.error.message.starts_with("these are 60 series (15 metrics of 4 runs)"), "{problem}");
        assert_eq!(problem.next[0].arguments["metrics"].as_array().unwrap().len(), 10);
        assert_eq!(asked(&runs, &[]).unwrap().metrics.len(), 5);
    }

    #[test]
    fn runs_without_metrics_are_said_to_have_none() {
        assert_eq!(asked(&[run(&[])], &[]).unwrap_err().error.message, "these runs have no metrics");
    }
}

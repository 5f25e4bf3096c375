//! Which metrics of which runs a question about curves is about.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use backends::Error;
use backends::model::Metric;
use backends::nearest::nearest;
use backends::query::Key;
use serde_json::json;

use super::columns::{Row, glob};
use super::machine;
use crate::direction;
use crate::problem::{Problem, Result};
use crate::references::Name;
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
pub(super) fn choose(tool: &'static str, runs: &[Row<'_>], references: &[String], wanted: &[String]) -> Result<Chosen> {
    let chosen = meant(runs, references, wanted).map_err(|problem| match problem.next.is_empty() {
        true => {
            let known = runs.iter().flat_map(|(_, run)| run.metrics.keys()).map(String::as_str);
            let near = wanted.first().and_then(|first| nearest(first, known, 1).first().copied());
            let next = match near {
                Some(near) => json!({"runs": references, "metrics": [escape_key(near)]}),
                None => json!({"runs": references}),
            };
            problem.next(tool, next)
        }
        false => problem,
    })?;
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

/// The same, however many series they are.
pub(super) fn meant(runs: &[Row<'_>], references: &[String], wanted: &[String]) -> Result<Chosen> {
    let names = Names::of(runs);
    if names.places.is_empty() {
        let problem = Problem::from(Error::not_found("these runs have no metrics"));
        return Err(problem.next("get_runs", json!({"runs": references})));
    }
    if wanted.is_empty() { Ok(names.main()) } else { names.asked(wanted) }
}

/// The metrics of runs: each name with the places of the runs that have it.
struct Names<'a> {
    runs: &'a [Row<'a>],
    places: BTreeMap<&'a str, Vec<usize>>,
    /// Those about the machine.
    machine: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    fn of(runs: &'a [Row<'a>]) -> Self {
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, (_, run)) in runs.iter().enumerate() {
            for name in run.metrics.keys() {
                places.entry(name).or_default().push(place);
            }
        }
        Self { runs, places, machine: machine::names(runs.iter().map(|(_, run)| *run)) }
    }

    fn chosen<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<(String, Vec<usize>)> {
        names.into_iter().filter_map(|name| Some((name.to_owned(), self.places.get(name)?.clone()))).collect()
    }

    /// The metrics that a name or glob stands for, each with the places of the runs that are meant, and what to say of
    /// it. A name as it is comes first, for it may have a star.
    fn fitting(&self, pattern: &str) -> Result<Fitting<'a>> {
        let bare = pattern.strip_prefix("metrics.").unwrap_or(pattern);
        let exact = [pattern, bare].into_iter().find(|name| self.places.contains_key(name));
        if exact.is_none() && bare.contains('*') {
            let (shown, hidden): (Vec<_>, Vec<_>) = self
                .places
                .iter()
                .filter(|(name, _)| glob(bare, name))
                .partition(|(name, _)| !self.machine.contains(*name) || machine::is_named(bare, name));
            let notes = machine::hidden(hidden.into_iter().map(|(name, _)| *name), "metrics", "").into_iter().collect();
            return Ok((shown.into_iter().map(|(name, places)| (*name, places.clone())).collect(), notes));
        }
        let read = Name::read(&Key::Metric(exact.unwrap_or(bare).to_owned()), self.runs.iter().copied())?;
        let mut found: Vec<(&str, Vec<usize>)> = Vec::new();
        for (name, places) in &self.places {
            let meant = |place: &&usize| self.runs.get(**place).is_some_and(|(tracker, _)| read.on(tracker) == *name);
            let places: Vec<usize> = places.iter().filter(meant).copied().collect();
            found.extend((!places.is_empty()).then_some((*name, places)));
        }
        let mut notes = read.notes();
        notes.extend(self.lacking(read.shown(), found.iter().map(|(_, places)| places.len()).sum()));
        Ok((found, notes))
    }

    fn asked(&self, wanted: &[String]) -> Result<Chosen> {
        let mut chosen = Chosen::default();
        let mut unknown: Vec<String> = Vec::new();
        for text in wanted {
            let pattern = unescape_key(text.trim());
            let (fitting, notes) = self.fitting(&pattern)?;
            if fitting.is_empty() && notes.iter().all(|note| !note.contains("about the machine")) {
                unknown.push(self.unknown(&pattern));
                continue;
            }
            chosen.notes.extend(notes);
            for (name, places) in fitting {
                match chosen.metrics.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) => {
                        known.extend(places);
                        known.sort_unstable();
                        known.dedup();
                    }
                    None => chosen.metrics.push((name.to_owned(), places)),
                }
            }
        }
        if chosen.metrics.is_empty() {
            let first = unknown.first().or(chosen.notes.first()).cloned().unwrap_or_default();
            return Err(Error::not_found(first).into());
        }
        chosen.notes.extend(unknown);
        Ok(chosen)
    }

    /// What to say where only some of the runs have a metric.
    fn lacking(&self, name: &str, with: usize) -> Option<String> {
        let without = self.runs.len() - with;
        (with > 0 && without > 0)
            .then(|| format!("{without} of {} runs have no metric '{}'", self.runs.len(), one_line(name, 80)))
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
        let telling = |name: &&str| direction::better(name).is_some() && !self.machine.contains(*name);
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
        let metric = |place: &usize| self.runs.get(*place)?.1.metrics.get(name);
        let goes_on = |metric: &Metric| metric.step.is_some_and(|step| step > 0) || metric.count > Some(1);
        let single = !places.iter().filter_map(metric).any(goes_on);
        let plain = direction::better(name).is_none();
        let words = direction::words(name);
        let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        let part = match () {
            () if says(&["val", "valid", "validation", "eval", "evaluation", "dev", "test"]) => 0,
            () if says(&["train", "training"]) => 2,
            () => 1,
        };
        (self.machine.contains(name), plain || single, plain, part, Reverse(places.len()))
    }
}

/// Metrics with the places of the runs that are meant, and sentences on them.
type Fitting<'a> = (Vec<(&'a str, Vec<usize>)>, Vec<String>);

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
    use backends::model::{ProjectId, ProjectRef, Run, RunId};

    use super::*;

    /// A run that has these metrics, each last reported at this step.
    fn run(metrics: &[(&str, i64)]) -> Run {
        let metric = |(name, step): &(&str, i64)| {
            let machine = name.starts_with("system/");
            ((*name).to_owned(), Metric { machine, ..Metric::last(0.5, Some(*step)) })
        };
        Run {
            metrics: metrics.iter().map(metric).collect(),
            ..Run::new(RunId::new("4f1c"), ProjectRef { id: ProjectId::new("7"), name: String::new() })
        }
    }

    fn asked(runs: &[Run], wanted: &[&str]) -> Result<Chosen> {
        let runs: Vec<Row<'_>> = runs.iter().map(|run| ("lab", run)).collect();
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
    fn a_name_without_its_title_is_found_and_told() {
        let runs = [run(&[("val_f1/val_f1", 9), ("loss/train", 9), ("loss/val", 9)])];
        let chosen = asked(&runs, &["val_f1", "train"]).unwrap();
        assert_eq!(names(&chosen), ["val_f1/val_f1", "loss/train"]);
        assert_eq!(chosen.notes[0], "metrics.val_f1 read as metrics.val_f1/val_f1");
        let error = asked(&runs, &["loss"]).unwrap_err().to_string();
        assert!(error.contains("it may mean metrics.loss/train, metrics.loss/val"), "{error}");
    }

    #[test]
    fn each_trackers_runs_are_read_by_its_own_name() {
        let (plain, titled) = (run(&[("loss", 9), ("val_loss", 9)]), run(&[("loss/loss", 9)]));
        let chosen = choose("get_metric_history", &[("lab", &plain), ("home", &titled)], &[], &["loss".to_owned()]);
        assert_eq!(chosen.unwrap().metrics, [("loss".to_owned(), vec![0]), ("loss/loss".to_owned(), vec![1])]);
    }

    #[test]
    fn a_star_alone_leaves_the_machine_out() {
        let runs = [run(&[("system/gpu", 9), ("loss", 9)])];
        let chosen = asked(&runs, &["*"]).unwrap();
        assert_eq!(names(&chosen), ["loss"]);
        assert_eq!(chosen.notes, ["1 metric about the machine not shown; metrics ['system/*'] shows"]);
        assert_eq!(names(&asked(&runs, &["*gpu*"]).unwrap()), ["system/gpu"]);
        let only = [run(&[("system/gpu", 9)])];
        assert!(asked(&only, &["*"]).unwrap_err().to_string().contains("metrics ['system/*'] shows"));
    }

    #[test]
    fn a_misspelt_metric_is_answered_with_its_neighbours() {
        let runs = [run(&[("val_accuracy", 9), ("loss", 9)])];
        let error = asked(&runs, &["val_acuracy"]).unwrap_err().to_string();
        let next = r#"Next: get_metric_history {"runs":[],"metrics":["val_accuracy"]}"#;
        assert_eq!(error, format!("no metric 'val_acuracy' in these runs; near: val_accuracy. {next}"));
        let error = asked(&runs, &["zzz*"]).unwrap_err().to_string();
        assert!(
            error.starts_with("no metric of these runs fits 'zzz*'; they have loss, val_accuracy. Next"),
            "{error}"
        );
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

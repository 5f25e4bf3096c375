//! The argument `keys`: which params and metrics of runs are shown.

use std::collections::{BTreeMap, BTreeSet};

use backends::same_key::{Kind, same};

use super::columns::{Row, glob};
use super::machine;
use crate::render::{escape_key, one_line};

/// Names that a sentence lists.
const LISTED: usize = 6;

/// The names that runs of a tracker have.
#[derive(Default)]
struct Known<'a> {
    metrics: BTreeSet<&'a str>,
    params: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    fn all(&self) -> impl Iterator<Item = &'a str> {
        self.metrics.iter().chain(&self.params).copied()
    }
}

/// Which params and metrics are shown: those that patterns fit, or all. Those about the machine have to be named.
pub(super) struct Keys {
    /// Patterns, and in place of a name without its title or section the names that it is short for.
    patterns: Vec<String>,
    /// Metrics about the machine that are not named.
    hidden: BTreeSet<String>,
    notes: Vec<String>,
}

impl Keys {
    /// Reads the patterns, given the runs that are shown. A name that no run of a tracker has stands for all that
    /// mean the same ([`backends::same_key`]).
    pub(super) fn read(keys: &[String], runs: &[Row<'_>]) -> Self {
        let mut known: BTreeMap<&str, Known<'_>> = BTreeMap::new();
        for (tracker, run) in runs {
            let names = known.entry(tracker).or_default();
            names.metrics.extend(run.metrics.keys().map(String::as_str));
            names.params.extend(run.params.keys().map(String::as_str));
        }
        let mut read = Self { patterns: Vec::new(), hidden: BTreeSet::new(), notes: Vec::new() };
        for key in keys {
            let key = key.trim();
            let pattern = ["metrics.", "params."].iter().find_map(|group| key.strip_prefix(group)).unwrap_or(key);
            let pattern = if known.values().any(|names| names.all().any(|name| name == key)) { key } else { pattern };
            read.add(pattern, &known);
        }
        let machine = machine::names(runs.iter().map(|(_, run)| *run));
        let named = |name: &&str| read.patterns.iter().any(|pattern| machine::is_named(pattern, name));
        let (_, hidden): (Vec<&str>, Vec<&str>) = machine.into_iter().partition(named);
        read.hidden = hidden.into_iter().map(ToOwned::to_owned).collect();
        read
    }

    fn add(&mut self, pattern: &str, known: &BTreeMap<&str, Known<'_>>) {
        let mut short: BTreeSet<&str> = BTreeSet::new();
        let mut fits = false;
        for names in known.values() {
            if names.all().any(|name| glob(pattern, name)) {
                fits = true;
            } else {
                short.extend(same(Kind::Metric, pattern, names.metrics.iter().copied()));
                short.extend(same(Kind::Param, pattern, names.params.iter().copied()));
            }
        }
        let shown = one_line(pattern, 80);
        if !short.is_empty() {
            let mut listed: Vec<String> =
                short.iter().take(LISTED).map(|name| one_line(&escape_key(name), 80)).collect();
            listed.extend((short.len() > LISTED).then(|| format!("{} more", short.len() - LISTED)));
            self.notes.push(format!("{shown} read as {}", listed.join(", ")));
        } else if !fits {
            self.notes.push(format!("no param or metric of these runs fits '{shown}'"));
        }
        self.patterns.extend(short.into_iter().map(ToOwned::to_owned));
        self.patterns.push(pattern.to_owned());
    }

    /// Whether there were any.
    pub(super) fn are_given(&self) -> bool {
        !self.patterns.is_empty()
    }

    /// Whether a param is shown.
    pub(super) fn want(&self, name: &str) -> bool {
        self.patterns.is_empty() || self.patterns.iter().any(|pattern| glob(pattern, name))
    }

    /// Whether a metric is shown.
    pub(super) fn want_metric(&self, name: &str) -> bool {
        self.want(name) && !self.hidden.contains(name)
    }

    /// What the patterns were read as, and which fit nothing.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What is not shown because it is about the machine.
    pub(super) fn about_machine(&self) -> Option<String> {
        machine::hidden(self.hidden.iter().map(String::as_str).filter(|name| self.want(name)), "keys", "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_tracker::run;

    fn read(keys: &[&str]) -> Keys {
        let mut run =
            run("a1", &[("General/lr", "0.1"), ("Args/lr", "0.1")], &[("loss/train", 1.0), (":monitor:gpu/load", 5.0)]);
        run.metrics.get_mut(":monitor:gpu/load").unwrap().machine = true;
        Keys::read(&keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>(), &[("lab", &run)])
    }

    #[test]
    fn a_name_shows_all_that_it_is_short_for() {
        let keys = read(&["lr", "params.Args/lr"]);
        assert!(keys.want("General/lr") && keys.want("Args/lr") && !keys.want("loss/train"));
        assert_eq!(keys.notes(), ["lr read as Args/lr, General/lr"]);
    }

    #[test]
    fn what_fits_nothing_is_told() {
        assert_eq!(read(&["wd*"]).notes(), ["no param or metric of these runs fits 'wd*'"]);
    }

    #[test]
    fn metrics_of_the_machine_have_to_be_named() {
        for (keys, shown) in [(&[][..], false), (&["*"], false), (&[":monitor*"], true), (&["load"], true)] {
            let read = read(keys);
            assert_eq!(read.want_metric(":monitor:gpu/load"), shown, "{keys:?}");
            assert_eq!(read.about_machine().is_none(), shown, "{keys:?}");
        }
        assert_eq!(read(&["loss*"]).about_machine(), None);
    }
}

//! Names of metrics and params as people say them: as another tracker has them, or without title or section.

use std::collections::{BTreeMap, BTreeSet};

use backends::model::Run;
use backends::query::Key;
use backends::same_key::{Kind, same};
use backends::{Error, Result};

use crate::render::one_line;

/// What trackers write between a name as it was said and as they read it, and so do we.
const READ_AS: &str = " read as ";
/// What is written of a name that the newest runs do not have.
const OLDER: &str = " is in older runs";
/// Names that a sentence lists.
const LISTED: usize = 6;

/// A name of a metric or param, and what it is called on each tracker: `val_f1` may be `val_f1` on one and
/// `val_f1/val_f1` on another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    said: Key,
    /// The name by tracker, where runs of it have the metric or param.
    meant: BTreeMap<String, String>,
    /// The names that it may mean by tracker, where there are several.
    unclear: BTreeMap<String, Vec<String>>,
}

impl Name {
    /// Reads the name in a key of a metric or param, given runs with their trackers. On a tracker of whose runs none has
    /// exactly this name, it means the only one that means the same ([`backends::same_key`]).
    ///
    /// # Errors
    /// *Bad input* if it may mean several, and is clear on no tracker.
    pub fn read<'r>(said: &Key, runs: impl IntoIterator<Item = (&'r str, &'r Run)>) -> Result<Self> {
        let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (tracker, run) in runs {
            let names = known.entry(tracker).or_default();
            for name in names_like(said, run) {
                if !names.contains(name) {
                    names.insert(name);
                }
            }
        }
        Self::among(said, known)
    }

    /// As [`read`](Self::read), given the names that runs of each tracker have.
    ///
    /// # Errors
    /// As there.
    pub fn among<'r>(said: &Key, known: impl IntoIterator<Item = (&'r str, BTreeSet<&'r str>)>) -> Result<Self> {
        let mut read = Self::exactly(said.clone());
        for (tracker, names) in known {
            match meaning(kind(said), name_in(said).unwrap_or_default(), &names) {
                Meaning::One(name) => drop(read.meant.insert(tracker.to_owned(), name.to_owned())),
                Meaning::Several(names) => {
                    let names = names.into_iter().map(ToOwned::to_owned).collect();
                    drop(read.unclear.insert(tracker.to_owned(), names));
                }
                Meaning::Nothing => {}
            }
        }
        match read.unclear.values().next() {
            Some(names) if read.meant.is_empty() => {
                let (said, names) = (shown(said), read.listed(names));
                Err(Error::bad_input(format!("no run has exactly {said}; it may mean {names}: name one of them")))
            }
            _ => Ok(read),
        }
    }

    /// The name as it stands in the key, on every tracker.
    pub fn exactly(said: Key) -> Self {
        Self { said, meant: BTreeMap::new(), unclear: BTreeMap::new() }
    }

    /// What it is called on a tracker.
    pub fn on(&self, tracker: &str) -> &str {
        self.meant.get(tracker).map_or_else(|| name_in(&self.said).unwrap_or_default(), String::as_str)
    }

    /// All names that it stands for.
    pub fn meant(&self) -> impl Iterator<Item = &str> {
        self.meant.values().map(String::as_str)
    }

    /// Whether any run has it.
    pub fn is_known(&self) -> bool {
        !self.meant.is_empty()
    }

    /// The name to show: what it is called, if it is called the same on all trackers, else as it was said.
    pub fn shown(&self) -> &str {
        let mut names = self.meant.values();
        match names.next() {
            Some(first) if names.all(|name| name == first) => first,
            _ => name_in(&self.said).unwrap_or_default(),
        }
    }

    /// Sentences on what it was read as, where that is not what was said.
    pub fn notes(&self) -> Vec<String> {
        let said = shown(&self.said);
        let everywhere = Some(self.shown()) != name_in(&self.said);
        let others = self.meant.iter().filter(|(_, name)| Some(name.as_str()) != name_in(&self.said));
        let mut notes: Vec<String> = others
            .map(|(tracker, name)| {
                let place = if everywhere { String::new() } else { format!(" on {tracker}") };
                format!("{}{place}", read_as(&self.said, name))
            })
            .collect();
        notes.dedup();
        notes.extend(
            self.unclear.iter().map(|(tracker, names)| {
                format!("on {tracker}, {said} may mean {}: name one of them", self.listed(names))
            }),
        );
        notes
    }

    fn listed(&self, names: &[String]) -> String {
        let mut listed: Vec<String> = names.iter().take(LISTED).map(|name| shown(&renamed(&self.said, name))).collect();
        if names.len() > LISTED {
            listed.push(format!("{} more", names.len() - LISTED));
        }
        listed.join(", ")
    }
}

/// The sentences on what names were read as that are not among others already.
pub fn untold(notes: Vec<String>, told: &[String]) -> Vec<String> {
    let said =
        |note: &String| note.split_once(READ_AS).is_some_and(|(said, _)| told.iter().any(|one| tells(one, said)));
    notes.into_iter().filter(|note| !said(note)).collect()
}

/// A sentence on what a key was read as.
pub(super) fn read_as(said: &Key, meant: &str) -> String {
    format!("{}{READ_AS}{}", shown(said), shown(&renamed(said, meant)))
}

/// A sentence on a key that none of the newest runs has, so many as were looked at, and others have.
pub(super) fn older(said: &Key, newest: usize) -> String {
    format!("{}{OLDER} than the newest {newest}", shown(said))
}

/// Whether a note tells what a key was read as, or that it is in use.
pub fn tells(note: &str, said: &str) -> bool {
    [READ_AS, OLDER].iter().any(|words| note.contains(&format!("{said}{words}")))
}

/// What a name may mean among others.
#[derive(Debug, PartialEq)]
enum Meaning<'a> {
    One(&'a str),
    Several(Vec<&'a str>),
    Nothing,
}

fn meaning<'a>(kind: Kind, said: &str, names: &BTreeSet<&'a str>) -> Meaning<'a> {
    let fitting = same(kind, said, names.iter().copied());
    match fitting.as_slice() {
        [] => Meaning::Nothing,
        [only] => Meaning::One(only),
        _ => Meaning::Several(fitting),
    }
}

/// What the name in a key is of.
pub(super) fn kind(key: &Key) -> Kind {
    if matches!(key, Key::Param(_)) { Kind::Param } else { Kind::Metric }
}

/// The name in a key of a metric, param or tag.
pub(super) fn name_in(key: &Key) -> Option<&str> {
    match key {
        Key::Metric(name) | Key::Min(name) | Key::Max(name) | Key::Param(name) | Key::Tag(name) => Some(name),
        _ => None,
    }
}

/// The same key with another name.
pub fn renamed(key: &Key, name: &str) -> Key {
    let name = name.to_owned();
    match key {
        Key::Metric(_) => Key::Metric(name),
        Key::Min(_) => Key::Min(name),
        Key::Max(_) => Key::Max(name),
        Key::Param(_) => Key::Param(name),
        other => other.clone(),
    }
}

/// The names of a run of the kind that a key is of.
fn names_like<'r>(key: &Key, run: &'r Run) -> Box<dyn Iterator<Item = &'r str> + 'r> {
    match key {
        Key::Metric(_) | Key::Min(_) | Key::Max(_) => Box::new(run.metrics.keys().map(String::as_str)),
        Key::Param(_) => Box::new(run.params.keys().map(String::as_str)),
        _ => Box::new(std::iter::empty()),
    }
}

fn shown(key: &Key) -> String {
    one_line(&key.to_string(), 120)
}

#[cfg(test)]
mod tests {
    use backends::model::{Metric, ProjectId, ProjectRef, RunId};

    use super::*;

    fn run(metrics: &[&str]) -> Run {
        Run {
            metrics: metrics.iter().map(|name| ((*name).to_owned(), Metric::last(0.5, None))).collect(),
            ..Run::new(RunId::new("1"), ProjectRef { id: ProjectId::new("7"), name: String::new() })
        }
    }

    fn metric(name: &str) -> Key {
        Key::Metric(name.to_owned())
    }

    fn read(said: &str, runs: &[(&str, &[&str])]) -> Result<Name> {
        let runs: Vec<(&str, Run)> = runs.iter().map(|(tracker, metrics)| (*tracker, run(metrics))).collect();
        Name::read(&metric(said), runs.iter().map(|(tracker, run)| (*tracker, run)))
    }

    #[test]
    fn a_name_without_its_title_or_series_means_the_only_one_that_has_it() {
        for (said, names, meant) in [
            ("val_f1", ["val_f1/val_f1", "loss/train"], "val_f1/val_f1"),
            ("train", ["val_f1/val_f1", "loss/train"], "loss/train"),
            ("loss", ["val_f1/val_f1", "loss/train"], "loss/train"),
            ("f1", ["val_f1/val_f1", "f1_macro/f1_macro"], "f1"),
        ] {
            let name = read(said, &[("lab", &names)]).unwrap();
            assert_eq!(name.on("lab"), meant, "{said}");
            assert_eq!(name.is_known(), said != meant);
        }
        let name = read("val_f1", &[("lab", &["val_f1/val_f1"])]).unwrap();
        assert_eq!(name.notes(), ["metrics.val_f1 read as metrics.val_f1/val_f1"]);
        assert_eq!(name.shown(), "val_f1/val_f1");
    }

    #[test]
    fn a_name_that_is_there_means_itself_whatever_resembles_it() {
        let name = read("loss", &[("lab", &["loss", "loss/train", "val/loss"])]).unwrap();
        assert_eq!((name.on("lab"), name.notes().len()), ("loss", 0));
    }

    #[test]
    fn several_meanings_are_asked_back() {
        let error = read("loss", &[("lab", &["loss/train", "loss/val"])]).unwrap_err().to_string();
        assert_eq!(
            error,
            "no run has exactly metrics.loss; it may mean metrics.loss/train, metrics.loss/val: name one of them"
        );
    }

    #[test]
    fn each_tracker_has_its_own_word_for_it() {
        let name =
            read("loss", &[("lab", &["loss"]), ("home", &["loss/loss"]), ("shed", &["loss/a", "loss/b"])]).unwrap();
        assert_eq!([name.on("lab"), name.on("home"), name.on("elsewhere")], ["loss", "loss/loss", "loss"]);
        assert_eq!(name.shown(), "loss");
        assert_eq!(
            name.notes(),
            [
                "metrics.loss read as metrics.loss/loss on home",
                "on shed, metrics.loss may mean metrics.loss/a, metrics.loss/b: name one of them"
            ]
        );
    }

    #[test]
    fn what_a_tracker_told_is_not_told_again() {
        let told = ["lab: metrics.loss read as loss/train".to_owned()];
        let notes = ["metrics.loss read as metrics.loss/train", "metrics.f1 read as metrics.f1/f1"];
        assert_eq!(untold(notes.map(ToOwned::to_owned).to_vec(), &told), notes[1..]);
    }
}

//! Datasets side by side: what two runs used is the same if it is the same record, whatever each run calls it.

use std::collections::{BTreeMap, BTreeSet};

use backends::model::DatasetInput;

use super::entries::Entry;
use super::sections::{CONTEXT, Section};
use super::texts::side;

/// The datasets that not all used, or not for the same.
pub(super) fn section(entries: &[Entry]) -> Section {
    let names = Names::of(entries);
    let used: Vec<BTreeMap<String, String>> = entries.iter().map(|entry| used(entry, &names)).collect();
    let (rows, equal) = side(&used.iter().collect::<Vec<_>>(), "dataset ", |_| true, false);
    Section::of_keys(CONTEXT, "fact", ("dataset", "datasets"), entries, rows, equal)
}

/// Each dataset of a run as `name@version`, or its name where it has no version, with what it was used for or where it
/// came from.
fn used(entry: &Entry, names: &Names<'_>) -> BTreeMap<String, String> {
    let mut used: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for dataset in &entry.run.datasets {
        let version = dataset.version.as_deref().map(|version| format!("@{version}")).unwrap_or_default();
        let contexts = used.entry(format!("{}{version}", names.of_input(entry, dataset))).or_default();
        contexts.extend(dataset.context.as_deref().filter(|context| !context.is_empty()));
        if dataset.version.is_none() {
            contexts.extend(dataset.source.as_deref());
        }
    }
    let said = |(name, mut contexts): (String, Vec<&str>)| {
        contexts.sort_unstable();
        contexts.dedup();
        (name, if contexts.is_empty() { "used".to_owned() } else { contexts.join(", ") })
    };
    used.into_iter().map(said).collect()
}

/// The names that runs gave to datasets, the baseline's first.
#[derive(Default)]
struct Names<'a> {
    /// By tracker and reference.
    given: BTreeMap<(&'a str, &'a str), Vec<&'a str>>,
    /// By tracker and name, all that it stands for.
    meant: BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>>,
}

impl<'a> Names<'a> {
    fn of(entries: &'a [Entry]) -> Self {
        let mut names = Self::default();
        for entry in entries {
            let tracker = entry.reference.tracker.name();
            for dataset in &entry.run.datasets {
                // Without a name of its own it is called by its id.
                let Some(reference) = dataset.reference.as_deref().filter(|id| *id != dataset.name) else { continue };
                names.given.entry((tracker, reference)).or_default().push(&dataset.name);
                names.meant.entry((tracker, &dataset.name)).or_default().insert(reference);
            }
        }
        names
    }

    /// The name under which a dataset of a run stands: that of another run, if this one gave none, or if no name that any
    /// gave to it stands for something else.
    fn of_input(&self, entry: &'a Entry, dataset: &'a DatasetInput) -> &'a str {
        let tracker = entry.reference.tracker.name();
        let reference = dataset.reference.as_deref();
        let given = reference.and_then(|id| self.given.get(&(tracker, id))).map(Vec::as_slice).unwrap_or_default();
        let stands_alone = |name: &&str| self.meant.get(&(tracker, *name)).is_some_and(|all| all.len() == 1);
        let is_unnamed = reference == Some(dataset.name.as_str());
        let other = given.first().filter(|_| is_unnamed || given.iter().all(stands_alone));
        other.copied().unwrap_or(&dataset.name)
    }
}

//! What of a tree was passed over because it is broken or half written: counted, and told once.

use std::collections::{BTreeMap, HashSet};

/// What can be passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Experiment,
    Run,
    Param,
    Metric,
    /// Some lines of a metric's file.
    Lines,
    Dataset,
    /// What ties a run to a dataset or model.
    Link,
    Trace,
}

impl What {
    fn words(self, count: usize) -> String {
        let (one, many) = match self {
            Self::Experiment => ("an experiment", "experiments"),
            Self::Run => ("a run", "runs"),
            Self::Param => ("a param", "params"),
            Self::Metric => ("a metric", "metrics"),
            Self::Lines => ("lines of a metric", ""),
            Self::Dataset => ("a dataset", "datasets"),
            Self::Link => ("an input or output", "inputs and outputs"),
            Self::Trace => ("a trace", "traces"),
        };
        match (self, count) {
            (_, 1) => one.to_owned(),
            (Self::Lines, _) => format!("lines of {count} metrics"),
            _ => format!("{count} {many}"),
        }
    }
}

/// What was passed over.
#[derive(Debug, Default)]
pub(super) struct Skipped(BTreeMap<What, Kind>);

#[derive(Debug)]
struct Kind {
    names: HashSet<String>,
    /// The first of them, and what is wrong with it.
    first: String,
}

impl Skipped {
    /// Counts one, unless it was counted before.
    pub(super) fn add(&mut self, what: What, name: &str, why: &str) {
        let new = || Kind { names: HashSet::new(), first: format!("'{name}': {why}") };
        self.0.entry(what).or_insert_with(new).names.insert(name.to_owned());
    }

    /// A sentence for each kind.
    pub(super) fn notes(self) -> Vec<String> {
        let note = |(what, Kind { names, first }): (What, Kind)| {
            let words = what.words(names.len());
            let first = if names.len() > 1 { format!(", the first of them {first}") } else { format!(": {first}") };
            format!("passed over {words} that cannot be read{first}")
        };
        self.0.into_iter().map(note).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Skipped, What};

    #[test]
    fn what_is_skipped_is_told_once_for_each_kind() {
        let mut skipped = Skipped::default();
        skipped.add(What::Run, "a", "it has no meta.yaml");
        skipped.add(What::Lines, "loss", "1 is none");
        skipped.add(What::Run, "b", "its meta.yaml is empty");
        skipped.add(What::Run, "b", "its meta.yaml is empty");
        assert_eq!(
            skipped.notes(),
            [
                "passed over 2 runs that cannot be read, the first of them 'a': it has no meta.yaml",
                "passed over lines of a metric that cannot be read: 'loss': 1 is none"
            ]
        );
    }
}

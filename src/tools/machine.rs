//! Metrics about the machine (GPU load, memory), not the training: shown only where they are named.

use std::collections::BTreeSet;

use backends::model::Run;

use super::columns::glob;
use crate::render::{escape_key, one_line};

/// Patterns that a sentence shows.
const PATTERNS: usize = 4;

/// Whether a pattern names a metric: it fits by more than a `*` alone.
pub(super) fn is_named(pattern: &str, name: &str) -> bool {
    pattern.contains(|c| c != '*') && glob(pattern, name)
}

/// The metrics of these runs that are about the machine.
pub(super) fn names<'r>(runs: impl IntoIterator<Item = &'r Run>) -> BTreeSet<&'r str> {
    let mut found = BTreeSet::new();
    for (name, metric) in runs.into_iter().flat_map(|run| &run.metrics) {
        if metric.machine && !found.contains(name.as_str()) {
            found.insert(name.as_str());
        }
    }
    found
}

/// A sentence on those that are not shown, with what shows them: `argument` and what stands before a pattern in it. None
/// if nothing is hidden.
pub(super) fn hidden<'n>(names: impl IntoIterator<Item = &'n str>, argument: &str, before: &str) -> Option<String> {
    let names: BTreeSet<&str> = names.into_iter().collect();
    let patterns: Vec<String> = patterns(&names)
        .into_iter()
        .take(PATTERNS)
        .map(|pattern| format!("'{before}{}'", one_line(&escape_key(&pattern), 80)))
        .collect();
    let count = names.len();
    let metrics = if count == 1 { "metric" } else { "metrics" };
    (count > 0)
        .then(|| format!("{count} {metrics} about the machine not shown; {argument} [{}] shows", patterns.join(", ")))
}

/// Patterns that fit all of the names: what they begin with, or the group of each.
fn patterns(names: &BTreeSet<&str>) -> BTreeSet<String> {
    let group = |name: &&str| name.split_once('/').map_or((*name).to_owned(), |(group, _)| format!("{group}/*"));
    let groups: BTreeSet<String> = names.iter().map(group).collect();
    let (Some(first), Some(last)) = (groups.first(), groups.last()) else { return groups };
    // In sorted texts, what the first and last begin with, all begin with.
    let common: String = first.chars().zip(last.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect();
    if groups.len() > 1 && common.chars().filter(|c| c.is_alphanumeric()).count() > 2 {
        return BTreeSet::from([format!("{common}*")]);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_alone_names_nothing() {
        let name = ":monitor:gpu/gpu_0_utilization";
        for pattern in ["*", "**"] {
            assert!(!is_named(pattern, name), "{pattern}");
        }
        for pattern in [":monitor*", "*gpu*", name] {
            assert!(is_named(pattern, name), "{pattern}");
        }
        assert!(!is_named("val*", name));
    }

    #[test]
    fn what_is_hidden_is_counted_with_a_pattern_that_shows_it() {
        let told = |names: &[&'static str]| hidden(names.iter().copied(), "keys", "").unwrap();
        assert_eq!(
            told(&["system/cpu", "system/gpu_0"]),
            "2 metrics about the machine not shown; keys ['system/*'] shows"
        );
        assert_eq!(
            told(&[":monitor:gpu/gpu_0", ":monitor:machine/cpu"]),
            "2 metrics about the machine not shown; keys [':monitor:*'] shows"
        );
        assert_eq!(
            told(&[":monitor:gpu/gpu_0", "system/cpu"]),
            "2 metrics about the machine not shown; keys [':monitor:gpu/*', 'system/*'] shows"
        );
        assert_eq!(hidden([], "keys", ""), None);
    }
}

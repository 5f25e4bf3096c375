//! Where runs were executed, side by side.

use std::collections::BTreeMap;

use super::entries::Entry;
use super::sections::{CONTEXT, Section};
use super::texts::side;

/// The facts of a run by their names.
type Facts = BTreeMap<String, String>;

/// The facts that differ: container image, host, Python, GPUs.
pub(super) fn section(entries: &[Entry]) -> Section {
    let facts: Vec<Facts> = entries.iter().map(|entry| entry.run.environment.clone()).collect();
    let facts = together(facts);
    let (rows, equal) = side(&facts.iter().collect::<Vec<_>>(), "environment ", |_| true, false);
    let nouns = ("fact on the environment", "facts on the environment");
    Section::of_keys(CONTEXT, "fact", nouns, entries, rows, equal)
}

/// Where nothing was recorded of some runs, what all others have in common is one fact: a row for each would only say so
/// again.
fn together(mut facts: Vec<Facts>) -> Vec<Facts> {
    let recorded: Vec<&Facts> = facts.iter().filter(|facts| !facts.is_empty()).collect();
    let Some((first, others)) = recorded.split_first() else { return facts };
    if recorded.len() == facts.len() {
        return facts;
    }
    let common = first.iter().filter(|(name, value)| others.iter().all(|other| other.get(*name) == Some(*value)));
    let common: Facts = common.map(|(name, value)| (name.clone(), value.clone())).collect();
    if common.len() < 2 {
        return facts;
    }
    let told: Vec<String> = common.iter().map(|(name, value)| format!("{name} {value}")).collect();
    for facts in facts.iter_mut().filter(|facts| !facts.is_empty()) {
        facts.retain(|name, _| !common.contains_key(name));
        facts.insert(format!("({} facts)", common.len()), told.join(", "));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(facts: &[(&str, &str)]) -> Facts {
        facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_was_recorded_of_some_runs_alone_is_one_fact_where_it_is_equal() {
        let [a, b] = ["3.11", "3.12"].map(|python| of(&[("OS", "Linux"), ("gpu", "A100"), ("python", python)]));
        let told = together(vec![Facts::new(), a.clone(), b.clone()]);
        assert_eq!(told[1], of(&[("(2 facts)", "OS Linux, gpu A100"), ("python", "3.11")]));
        assert_eq!(together(vec![a.clone(), b.clone()]), [a, b]);
        let lone = vec![Facts::new(), of(&[("python", "3.11")])];
        assert_eq!(together(lone.clone()), lone);
    }
}

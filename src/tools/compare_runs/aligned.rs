//! Runs of several trackers under the same names: what one calls `lr` and another `General/lr` stands in one row.

use std::collections::{BTreeMap, BTreeSet};

use backends::model::Run;

use super::entries::Entry;
use crate::references::is_short_for;
use crate::render::{escape_key, one_line};

/// Names that a sentence lists.
const LISTED: usize = 4;

/// Gives the metrics and params of other trackers' runs the names that the baseline's tracker has for them, where that is
/// clear on both sides, and says so.
pub(super) fn align(entries: &mut [Entry]) -> Vec<String> {
    let Some(home) = entries.first().map(|entry| entry.reference.tracker.name().to_owned()) else { return Vec::new() };
    let others: BTreeSet<String> = entries.iter().map(|entry| entry.reference.tracker.name().to_owned()).collect();
    let mut notes = Vec::new();
    for tracker in others.into_iter().filter(|tracker| *tracker != home) {
        let mut told = renamed(entries, &home, &tracker, |run| &mut run.metrics);
        told.extend(renamed(entries, &home, &tracker, |run| &mut run.params));
        let mut listed: Vec<String> =
            told.iter().take(LISTED).map(|(from, to)| format!("{} as {}", shown(from), shown(to))).collect();
        if told.len() > LISTED {
            listed.push(format!("{} more so", told.len() - LISTED));
        }
        if !listed.is_empty() {
            notes.push(format!("names of {tracker} are compared under those of {home}: {}", listed.join(", ")));
        }
    }
    notes
}

/// Renames in the runs of a tracker, and tells what to what.
fn renamed<V>(
    entries: &mut [Entry],
    home: &str,
    tracker: &str,
    values: impl Fn(&mut Run) -> &mut BTreeMap<String, V>,
) -> BTreeMap<String, String> {
    let (mut ours, mut theirs): (BTreeSet<String>, BTreeSet<String>) = Default::default();
    for entry in entries.iter_mut() {
        let names = match entry.reference.tracker.name() {
            name if name == home => &mut ours,
            name if name == tracker => &mut theirs,
            _ => continue,
        };
        names.extend(values(&mut entry.run).keys().cloned());
    }
    let clear = clear(&ours, &theirs);
    for entry in entries.iter_mut().filter(|entry| entry.reference.tracker.name() == tracker) {
        let values = values(&mut entry.run);
        for (from, to) in &clear {
            if let Some(value) = values.remove(from) {
                values.insert(to.clone(), value);
            }
        }
    }
    clear
}

/// The names of theirs that can only mean one of ours, which can only mean them.
fn clear(ours: &BTreeSet<String>, theirs: &BTreeSet<String>) -> BTreeMap<String, String> {
    let alike = |a: &str, b: &str| is_short_for(a, b) || is_short_for(b, a);
    let only = |name: &String, own: &BTreeSet<String>, among: &BTreeSet<String>| -> Option<String> {
        let mut fitting = among.iter().filter(|other| !own.contains(*other) && alike(name, other));
        let first = fitting.next()?;
        fitting.next().is_none().then(|| first.clone())
    };
    let apart = theirs.iter().filter(|name| !ours.contains(*name));
    apart
        .filter_map(|name| {
            let meant = only(name, theirs, ours)?;
            (only(&meant, ours, theirs).as_ref() == Some(name)).then(|| (name.clone(), meant))
        })
        .collect()
}

fn shown(name: &str) -> String {
    one_line(&escape_key(name), 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_clear_on_both_sides_is_renamed() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let ours = names(&["lr", "loss", "both", "val_f1", "seed"]);
        let theirs = names(&[
            "General/lr",
            "loss/train",
            "loss/val",
            "both",
            "x/both",
            "val_f1/val_f1",
            "General/seed",
            "Args/seed",
        ]);

        let clear = clear(&ours, &theirs);

        let told: Vec<(&str, &str)> = clear.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        assert_eq!(told, [("General/lr", "lr"), ("val_f1/val_f1", "val_f1")]);
    }
}

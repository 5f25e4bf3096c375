//! Runs of several trackers under the same names: what one calls `lr` and another `General/lr` stands in one column.

use std::collections::{BTreeMap, BTreeSet};

use backends::model::Run;
use backends::same_key::{Kind, pairs};

use crate::render::{escape_key, one_line};

/// Names that a sentence lists.
const LISTED: usize = 4;

/// Names of trackers that mean the same: by tracker.
type Alike = BTreeMap<String, String>;

/// What was renamed, by tracker: from and to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Aligned {
    metrics: Renamed,
    params: Renamed,
}

/// From and to, by tracker.
type Renamed = BTreeMap<String, BTreeMap<String, String>>;

/// Gives the metrics and params of runs that mean the same on several trackers ([`backends::same_key`]) one name: what the
/// tracker `home` calls them if it is named, else the shortest. Where it is not clear what means what, the names stay.
pub fn align<'r>(runs: impl IntoIterator<Item = (&'r str, &'r mut Run)>, home: Option<&str>) -> Aligned {
    let mut by_tracker: BTreeMap<&str, Vec<&mut Run>> = BTreeMap::new();
    for (tracker, run) in runs {
        by_tracker.entry(tracker).or_default().push(run);
    }
    if by_tracker.len() < 2 {
        return Aligned::default();
    }
    Aligned {
        metrics: rename(&mut by_tracker, home, Kind::Metric, |run| &mut run.metrics),
        params: rename(&mut by_tracker, home, Kind::Param, |run| &mut run.params),
    }
}

impl Aligned {
    /// Sentences on what was renamed to names that are shown: of metrics, of params.
    pub fn notes(&self, metric: impl Fn(&str) -> bool, param: impl Fn(&str) -> bool) -> Vec<String> {
        let mut told: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        let metrics = self.metrics.iter().flat_map(|(tracker, names)| names.iter().map(move |name| (tracker, name)));
        let params = self.params.iter().flat_map(|(tracker, names)| names.iter().map(move |name| (tracker, name)));
        let shown = metrics.filter(|(_, (_, to))| metric(to)).chain(params.filter(|(_, (_, to))| param(to)));
        for (tracker, (from, to)) in shown {
            told.entry(tracker).or_default().push((from, to));
        }
        told.into_iter().map(|(tracker, names)| sentence(tracker, &names)).collect()
    }

    /// Values of a run of this tracker by the names of its metrics, renamed likewise.
    pub fn metrics<V>(&self, tracker: &str, values: BTreeMap<String, V>) -> BTreeMap<String, V> {
        let names = self.metrics.get(tracker);
        let common = |name: String| names.and_then(|names| names.get(&name)).cloned().unwrap_or(name);
        values.into_iter().map(|(name, value)| (common(name), value)).collect()
    }
}

fn sentence(tracker: &str, names: &[(&str, &str)]) -> String {
    let shown = |name: &str| one_line(&escape_key(name), 80);
    let mut listed: Vec<String> =
        names.iter().take(LISTED).map(|(from, to)| format!("{} as {}", shown(from), shown(to))).collect();
    if names.len() > LISTED {
        listed.push(format!("{} more so", names.len() - LISTED));
    }
    format!("names of {tracker} are shown as other trackers have them: {}", listed.join(", "))
}

/// Renames in the runs of each tracker.
fn rename<V>(
    by_tracker: &mut BTreeMap<&str, Vec<&mut Run>>,
    home: Option<&str>,
    kind: Kind,
    values: impl Fn(&mut Run) -> &mut BTreeMap<String, V>,
) -> Renamed {
    let mut renamed = Renamed::new();
    let mut names: Vec<(String, BTreeSet<String>)> = Vec::new();
    for (tracker, runs) in by_tracker.iter_mut() {
        let mut of_tracker: BTreeSet<String> = BTreeSet::new();
        for run in runs {
            for name in values(run).keys() {
                // Most runs have the same names, which then cost nothing.
                if !of_tracker.contains(name) {
                    of_tracker.insert(name.clone());
                }
            }
        }
        names.push(((*tracker).to_owned(), of_tracker));
    }
    names.sort_by_key(|(tracker, _)| Some(tracker.as_str()) != home);
    for alike in groups(kind, &names) {
        let common = common(&alike, home);
        for (tracker, name) in alike.iter().filter(|(_, name)| **name != common) {
            for run in by_tracker.get_mut(tracker.as_str()).into_iter().flatten() {
                let values = values(run);
                if let Some(value) = values.remove(name) {
                    values.insert(common.clone(), value);
                }
            }
            renamed.entry(tracker.clone()).or_default().insert(name.clone(), common.clone());
        }
    }
    renamed
}

/// What to call it: as the home does, else as shortly as any.
fn common(alike: &Alike, home: Option<&str>) -> String {
    let at_home = home.and_then(|home| alike.get(home));
    let shortest = || alike.values().min_by_key(|name| (name.chars().count(), *name));
    at_home.or_else(shortest).cloned().unwrap_or_default()
}

/// The names that mean the same on two trackers or more.
fn groups(kind: Kind, names: &[(String, BTreeSet<String>)]) -> Vec<Alike> {
    // By the shortest of their names so far.
    let mut groups: BTreeMap<String, Alike> = BTreeMap::new();
    for (tracker, theirs) in names {
        let ours: BTreeSet<String> = groups.keys().cloned().collect();
        let ours: BTreeSet<&str> = ours.iter().map(String::as_str).collect();
        let theirs: BTreeSet<&str> = theirs.iter().map(String::as_str).collect();
        let spelt_otherwise = pairs(kind, &ours, &theirs);
        let mut meant: BTreeMap<&str, String> = theirs.iter().map(|their| (*their, (*their).to_owned())).collect();
        meant.extend(spelt_otherwise.into_iter().map(|(our, their)| (their, our.to_owned())));
        for (their, our) in meant {
            let mut alike = groups.remove(&our).unwrap_or_default();
            alike.insert(tracker.clone(), their.to_owned());
            groups.insert(common(&alike, None), alike);
        }
    }
    groups.into_values().filter(|alike| alike.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(of: &[(&str, &[&str])]) -> Vec<(String, BTreeSet<String>)> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        of.iter().map(|(tracker, names)| ((*tracker).to_owned(), owned(names))).collect()
    }

    #[test]
    fn names_of_three_trackers_that_mean_the_same_are_one() {
        let names = names(&[
            ("cml", &["General/lr", "General/seed", "General/x"]),
            ("lab", &["lr", "seed", "y"]),
            ("old", &["lr", "Args/seed"]),
        ]);

        let groups = groups(Kind::Param, &names);

        let told: Vec<(String, String)> =
            groups.iter().map(|alike| (common(alike, None), format!("{alike:?}"))).collect();
        assert_eq!(
            told,
            [
                ("lr".to_owned(), r#"{"cml": "General/lr", "lab": "lr", "old": "lr"}"#.to_owned()),
                ("seed".to_owned(), r#"{"cml": "General/seed", "lab": "seed", "old": "Args/seed"}"#.to_owned()),
            ]
        );
        assert_eq!(common(&groups[1], Some("old")), "Args/seed");
    }
}

//! Runs that are equal but for their seed, compared as groups: mean and deviation of each, and whether the difference from
//! the baseline's group is more than chance.

use std::collections::BTreeSet;

use backends::model::Run;
use backends::query::Direction;

use super::entries::Entry;
use super::metrics::Values;
use super::sections::Section;
use crate::analysis::{Summary, gap};
use crate::direction::{self, words};
use crate::render::{Cell, Column, escape_key, one_line, redact_value};
use crate::tools::own_names::is_own;

/// Words in the names of params by which repeats differ.
const SEEDS: &[&str] = &["seed", "seeds"];
/// Values that tell a group.
const TOLD: usize = 4;
/// Names that the note lists.
const LISTED: usize = 6;

/// Runs put together.
pub(super) struct Groups {
    /// The baseline's first.
    groups: Vec<Group>,
    /// The params that did not part them.
    aside: Vec<String>,
}

struct Group {
    label: String,
    /// The places of its runs.
    members: Vec<usize>,
    /// What it has that others have not.
    told: Vec<(String, String)>,
}

/// The groups; none unless there are two, one of which has repeats.
pub(super) fn of(entries: &[Entry]) -> Option<Groups> {
    let names: BTreeSet<&String> = entries.iter().flat_map(|entry| entry.run.params.keys()).collect();
    let value = |entry: &Entry, name: &str| entry.run.params.get(name).cloned();
    let (aside, parting): (Vec<&String>, Vec<&String>) = names.into_iter().partition(|name| {
        let is_seed = words(name).iter().any(|word| SEEDS.contains(&word.as_str()));
        let values: BTreeSet<Option<String>> = entries.iter().map(|entry| value(entry, name)).collect();
        is_seed || (entries.len() > 2 && values.len() == entries.len() && is_own(name))
    });
    let mut members: Vec<(Vec<Option<String>>, Vec<usize>)> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let traits: Vec<Option<String>> =
            parting.iter().map(|name| value(entry, name)).chain([Some(besides(&entry.run))]).collect();
        match members.iter_mut().find(|(known, _)| *known == traits) {
            Some((_, members)) => members.push(at),
            None => members.push((traits, vec![at])),
        }
    }
    if members.len() < 2 || members.len() == entries.len() {
        return None;
    }
    let varies = |at: usize| members.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a.get(at) != b.get(at)));
    let varying: Vec<(usize, &String)> = parting.into_iter().enumerate().filter(|(at, _)| varies(*at)).collect();
    let told = |traits: &[Option<String>]| {
        let one = |(at, name): &(usize, &String)| {
            let value = traits.get(*at).cloned().flatten().unwrap_or_else(|| "(none)".to_owned());
            ((*name).clone(), value)
        };
        varying.iter().take(TOLD).map(one).collect()
    };
    let group = |(at, (traits, members)): (usize, &(Vec<Option<String>>, Vec<usize>))| Group {
        label: format!("G{}", at + 1),
        members: members.clone(),
        told: told(traits),
    };
    let groups = members.iter().enumerate().map(group).collect();
    let differs =
        |name: &&String| entries.windows(2).any(|pair| matches!(pair, [a, b] if value(a, name) != value(b, name)));
    Some(Groups { groups, aside: aside.into_iter().filter(differs).cloned().collect() })
}

/// What parts runs besides their params: commit, data and configuration.
fn besides(run: &Run) -> String {
    let datasets: BTreeSet<String> = run
        .datasets
        .iter()
        .map(|dataset| format!("{:?}", (&dataset.name, &dataset.version, &dataset.context)))
        .collect();
    format!("{:?}", (&run.code.commit, datasets, &run.configs))
}

impl Groups {
    /// Which runs are in which group.
    pub(super) fn section(&self, entries: &[Entry]) -> Section {
        let letters = |group: &Group| {
            let letters = group.members.iter().filter_map(|at| entries.get(*at)).map(|entry| entry.label.as_str());
            letters.collect::<Vec<_>>().join(", ")
        };
        let told = |group: &Group| match group.told.as_slice() {
            [] => "(code, data or configuration)".to_owned(),
            told => {
                let one = |(name, value): &(String, String)| {
                    format!("{} = {}", one_line(&escape_key(name), 60), one_line(&redact_value(name, value), 60))
                };
                told.iter().map(one).collect::<Vec<_>>().join(", ")
            }
        };
        let row = |group: &Group| {
            let told = Cell::foreign(&told(group));
            vec![Cell::text(&group.label), Cell::text(letters(group)), Cell::from(group.members.len()), told]
        };
        Section {
            name: "groups",
            nouns: ("group", "groups"),
            columns: ["group", "runs", "n", "with"].map(Column::new).to_vec(),
            rows: self.groups.iter().map(row).collect(),
            equal: 0,
        }
    }

    /// Mean and deviation of each metric in each group, and how it stands to the first.
    pub(super) fn metrics(&self, values: &[Values], wanted: impl Fn(&str) -> bool, equal_too: bool) -> Section {
        let names: BTreeSet<&String> = values.iter().flat_map(|values| values.keys()).collect();
        let mut shown: Vec<(&String, Option<Direction>)> = names
            .into_iter()
            .filter(|name| wanted(name))
            .filter(|name| {
                equal_too || values.windows(2).any(|pair| matches!(pair, [a, b] if a.get(*name) != b.get(*name)))
            })
            .map(|name| (name, direction::better(name)))
            .collect();
        shown.sort_by_key(|(_, direction)| direction.is_none());
        let heads =
            ["metric", "group", "n", "mean", "std", "change", "ci95_low", "ci95_high", "is"].map(Column::new).to_vec();
        let rows = shown.into_iter().flat_map(|(name, direction)| self.rows(name, direction, values)).collect();
        Section {
            name: "group_metrics",
            nouns: ("metric of a group", "metrics of groups"),
            columns: heads,
            rows,
            equal: 0,
        }
    }

    fn rows(&self, name: &str, direction: Option<Direction>, values: &[Values]) -> Vec<Vec<Cell>> {
        let finite = |at: &usize| values.get(*at)?.get(name).copied().filter(|value: &f64| value.is_finite());
        let summary = |group: &Group| Summary::of(&group.members.iter().filter_map(finite).collect::<Vec<_>>());
        let baseline = self.groups.first().and_then(summary);
        let row = |(at, group): (usize, &Group)| {
            let own = summary(group);
            let mut cells = vec![Cell::key(name), Cell::text(&group.label), Cell::from(own.map_or(0, |own| own.count))];
            cells.extend([own.map(|own| own.mean).into(), own.and_then(|own| own.deviation).into()]);
            if let (true, Some(own), Some(baseline)) = (at > 0, own, baseline) {
                cells.extend(standing(&own, &baseline, direction));
            }
            cells
        };
        self.groups.iter().enumerate().map(row).collect()
    }

    /// What did not part them.
    pub(super) fn note(&self) -> Option<String> {
        let more = self.aside.len().saturating_sub(LISTED);
        let mut listed: Vec<String> =
            self.aside.iter().take(LISTED).map(|name| one_line(&escape_key(name), 60)).collect();
        listed.extend((more > 0).then(|| format!("{more} more")));
        let but = if listed.is_empty() { String::new() } else { format!(" but for {}", listed.join(", ")) };
        Some(format!(
            "runs equal in params, commit, data and configuration{but} are compared as groups too; G1 is the baseline's"
        ))
    }
}

/// How a group stands to the baseline's: the change, its 95 % interval, and the verdict.
fn standing(own: &Summary, baseline: &Summary, direction: Option<Direction>) -> [Cell; 4] {
    let Some(gap) = gap(own, baseline) else {
        let why = if own.count.min(baseline.count) < 2 { "not known: single run" } else { "not known: no spread" };
        return [Cell::from(own.mean - baseline.mean), Cell::Missing, Cell::Missing, Cell::text(why)];
    };
    let rises = gap.delta > 0.0;
    let verdict = match (gap.is_separable(), direction) {
        (false, _) => "not separable",
        (true, None) => "different",
        (true, Some(direction)) => match rises == (direction == Direction::Descending) {
            true => "better",
            false => "worse",
        },
    };
    [Cell::from(gap.delta), Cell::from(gap.interval.0), Cell::from(gap.interval.1), Cell::text(verdict)]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::memory_tracker::{MemoryTracker, answer, notes, rows, run};

    fn one(id: &str, lr: &str, seed: &str, f1: f64) -> backends::model::Run {
        run(id, &[("lr", lr), ("seed", seed), ("output_dir", id)], &[("val_f1", f1), ("steps", 10.0)])
    }

    async fn compared(runs: Vec<backends::model::Run>) -> Value {
        let names: Vec<String> = runs.iter().map(|run| run.id.to_string()).collect();
        answer(MemoryTracker::of(runs), "compare_runs", json!({"runs": names})).await
    }

    fn objects(answer: &Value, table: &str) -> Vec<Value> {
        rows(answer, table).into_iter().map(Value::Object).collect()
    }

    #[tokio::test]
    async fn runs_that_differ_in_their_seed_alone_are_groups_with_an_interval_between_them() {
        let answer = compared(vec![
            one("aaaa0001", "0.1", "1", 0.50),
            one("aaaa0002", "0.2", "1", 0.90),
            one("aaaa0003", "0.1", "2", 0.52),
            one("aaaa0004", "0.2", "2", 0.91),
            one("aaaa0005", "0.1", "3", 0.51),
            one("aaaa0006", "0.2", "3", 0.92),
        ])
        .await;
        assert_eq!(
            objects(&answer, "groups"),
            [
                json!({"group": "G1", "runs": "A, C, E", "n": 3, "with": "lr = 0.1"}),
                json!({"group": "G2", "runs": "B, D, F", "n": 3, "with": "lr = 0.2"}),
            ]
        );
        assert_eq!(
            objects(&answer, "group_metrics"),
            [
                json!({"metric": "val_f1", "group": "G1", "n": 3, "mean": 0.51, "std": 0.01, "change": "", "ci95_low": "", "ci95_high": "", "is": ""}),
                json!({"metric": "val_f1", "group": "G2", "n": 3, "mean": 0.91, "std": 0.01, "change": 0.4, "ci95_low": 0.37733, "ci95_high": 0.42267, "is": "better"}),
            ]
        );
        assert!(notes(&answer).contains("but for output_dir, seed are compared as groups"), "{answer}");
    }

    #[tokio::test]
    async fn what_may_be_chance_or_is_a_single_run_is_not_called_better() {
        let answer = compared(vec![
            one("aaaa0001", "0.1", "1", 0.50),
            one("aaaa0002", "0.1", "2", 0.60),
            one("aaaa0003", "0.2", "1", 0.55),
            one("aaaa0004", "0.2", "2", 0.62),
            one("aaaa0005", "0.3", "1", 0.90),
        ])
        .await;
        let verdicts: Vec<Value> = rows(&answer, "group_metrics").into_iter().map(|row| row["is"].clone()).collect();
        assert_eq!(verdicts, [json!(""), json!("not separable"), json!("not known: single run")]);
    }

    #[tokio::test]
    async fn what_is_not_finite_counts_for_nothing_in_a_mean() {
        let answer = compared(vec![
            one("aaaa0001", "0.1", "1", 0.50),
            one("aaaa0002", "0.1", "2", f64::NAN),
            one("aaaa0003", "0.2", "1", 0.55),
        ])
        .await;
        let first = &rows(&answer, "group_metrics")[0];
        assert_eq!((&first["n"], &first["mean"]), (&json!(1), &json!(0.5)));
    }

    #[tokio::test]
    async fn runs_that_all_differ_and_runs_that_are_all_alike_are_no_groups() {
        for lrs in [["0.1", "0.2", "0.3"], ["0.1", "0.1", "0.1"]] {
            let runs =
                (1..).zip(lrs).map(|(n, lr)| one(&format!("aaaa000{n}"), lr, &n.to_string(), 0.1 * f64::from(n)));
            let answer = compared(runs.collect()).await;
            assert_eq!(answer.get("groups"), None, "{answer}");
        }
    }

    #[tokio::test]
    async fn other_code_parts_runs_of_equal_params() {
        let mut runs = [("aaaa0001", 0.5), ("aaaa0002", 0.6), ("aaaa0003", 0.7)].map(|(id, f1)| one(id, "0.1", id, f1));
        runs[2].code.commit = Some("abc".to_owned());
        let answer = compared(runs.to_vec()).await;
        assert_eq!(rows(&answer, "groups")[1]["with"], json!("(code, data or configuration)"));
    }
}

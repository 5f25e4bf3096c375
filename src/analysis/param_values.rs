//! The values of a param over several runs, read from text: numbers, numbers of several magnitudes, words, names.

use std::collections::{BTreeMap, BTreeSet};

use crate::direction::words;

/// What the values of a param are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// All runs have the same, or none.
    Constant,
    /// Next to every run has its own: a name, a path, a seed or id. It tells runs apart, and nothing about them.
    Identifier,
    /// Words, or yes and no.
    Category,
    /// Numbers.
    Number,
    /// Positive numbers that are spread evenly over magnitudes: a learning rate. Their axis is logarithmic.
    LogNumber,
}

impl ValueKind {
    /// Whether the values are numbers, which have an order and a distance.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::LogNumber)
    }
}

/// Words that stand for *not set* among numbers.
const NOT_SET: &[&str] = &["", "none", "null", "nan", "na", "n/a", "nil", "~", "auto", "default"];
/// Words in the names of params whose whole numbers only tell runs apart.
const IDENTIFYING: &[&str] = &["seed", "id", "uuid", "pid", "port", "timestamp"];
/// Numbers whose largest is at least this many times the smallest may be of several magnitudes, and with this many surely are.
const MAGNITUDES: (f64, f64) = (10.0, 100.0);

/// The values of a param over several runs.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamValues {
    /// What they are.
    pub kind: ValueKind,
    /// The value of each run as a number, where they are numbers; none where it has none or says *none*.
    pub numbers: Vec<Option<f64>>,
    /// The value of each run as text in one spelling: `True` and `true` are one. None where the run does not have it.
    pub texts: Vec<Option<String>>,
    /// How many different values there are, *not set* not counted.
    pub distinct: usize,
    /// How many runs have none: the param is not set, or says *none* among numbers.
    pub missing: usize,
}

impl ParamValues {
    /// Reads what each run has under a name: the text of its param, or none.
    pub fn read(name: &str, values: &[Option<&str>]) -> Self {
        let texts: Vec<Option<String>> = values.iter().map(|value| value.map(spelt)).collect();
        let not_set = |text: &str| NOT_SET.contains(&text.to_lowercase().as_str());
        let number = |text: &String| text.parse::<f64>().ok().filter(|number| number.is_finite());
        let given = || texts.iter().flatten().filter(|text| !not_set(text));
        let are_numbers = given().next().is_some() && given().all(|text| number(text).is_some());
        let numbers: Vec<Option<f64>> = match are_numbers {
            true => texts.iter().map(|text| text.as_ref().and_then(number)).collect(),
            false => vec![None; texts.len()],
        };
        let distinct = if are_numbers { distinct_numbers(&numbers).len() } else { distinct_texts(&texts) };
        let missing = if are_numbers {
            numbers.iter().filter(|number| number.is_none()).count()
        } else {
            texts.iter().filter(|text| text.is_none()).count()
        };
        let mut read = Self { kind: ValueKind::Constant, numbers, texts, distinct, missing };
        read.kind = read.kind_of(name, are_numbers);
        read
    }

    fn kind_of(&self, name: &str, are_numbers: bool) -> ValueKind {
        let present = self.texts.len() - self.missing;
        if self.distinct + usize::from(self.missing > 0) < 2 {
            return ValueKind::Constant;
        }
        if !are_numbers {
            // Names that a few runs share because they were begun anew are names still.
            let names = self.distinct > 2 && self.distinct * 2 > present;
            return if names { ValueKind::Identifier } else { ValueKind::Category };
        }
        let whole = self.numbers.iter().flatten().all(|number| number.fract() == 0.0);
        let told = || words(name).iter().any(|word| IDENTIFYING.contains(&word.as_str()));
        if whole && present > 2 && self.distinct == present && told() {
            return ValueKind::Identifier;
        }
        if spans_magnitudes(&distinct_numbers(&self.numbers)) { ValueKind::LogNumber } else { ValueKind::Number }
    }

    /// The classes of the runs: equal numbers are one whatever their spelling. Runs without it are of class 0, the
    /// others of 1 and more in the order of the numbers or words.
    pub fn classes(&self) -> Vec<usize> {
        if self.kind.is_number() || self.numbers.iter().any(Option::is_some) {
            let distinct = distinct_numbers(&self.numbers);
            let class = |number: &Option<f64>| number.map_or(0, |n| 1 + distinct.partition_point(|other| *other < n));
            return self.numbers.iter().map(class).collect();
        }
        let distinct: BTreeSet<&String> = self.texts.iter().flatten().collect();
        let places: BTreeMap<&String, usize> = distinct.into_iter().zip(1..).collect();
        let class = |text: &Option<String>| text.as_ref().and_then(|text| places.get(text)).copied().unwrap_or(0);
        self.texts.iter().map(class).collect()
    }
}

/// One spelling for what trackers and languages write differently.
fn spelt(text: &str) -> String {
    let text = text.trim();
    match text.to_lowercase().as_str() {
        "true" => "true".to_owned(),
        "false" => "false".to_owned(),
        _ => text.to_owned(),
    }
}

fn distinct_numbers(numbers: &[Option<f64>]) -> Vec<f64> {
    // −0 and 0 are one.
    let mut distinct: Vec<f64> = numbers.iter().flatten().map(|number| number + 0.0).collect();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    distinct
}

fn distinct_texts(texts: &[Option<String>]) -> usize {
    texts.iter().flatten().collect::<BTreeSet<_>>().len()
}

/// Whether sorted numbers lie more evenly on a logarithmic axis than on a plain one.
#[allow(clippy::cast_precision_loss)] // Counts of runs are far below 2^53.
fn spans_magnitudes(numbers: &[f64]) -> bool {
    let (Some(least), Some(most)) = (numbers.first(), numbers.last()) else { return false };
    if *least <= 0.0 || most / least < MAGNITUDES.0 {
        return false;
    }
    if numbers.len() < 3 {
        return most / least >= MAGNITUDES.1;
    }
    // Where the middle of all lies between the ends: half-way if they are spread evenly.
    let middle = |scale: &dyn Fn(f64) -> f64| {
        let mean = numbers.iter().map(|number| scale(*number)).sum::<f64>() / numbers.len() as f64;
        (mean - scale(*least)) / (scale(*most) - scale(*least))
    };
    (middle(&f64::ln) - 0.5).abs() < (middle(&|number| number) - 0.5).abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kind(name: &str, values: &[&str]) -> ValueKind {
        ParamValues::read(name, &values.iter().copied().map(Some).collect::<Vec<_>>()).kind
    }

    #[test]
    fn kinds_are_told_by_what_the_values_look_like() {
        for (values, expected) in [
            (&["16", "32", "64", "16"][..], ValueKind::Number),
            (&["1e-4", "0.001", "0.01", "0.1"], ValueKind::LogNumber),
            (&["0.001", "0.1"], ValueKind::LogNumber),
            (&["1", "10", "20", "30", "40", "50"], ValueKind::Number),
            (&["adam", "sgd", "adam", "sgd"], ValueKind::Category),
            (&["True", "false", "true"], ValueKind::Category),
            (&["0.1", "0.10", "1e-1"], ValueKind::Constant),
            (&["True", "true"], ValueKind::Constant),
            (&["/out/a", "/out/b", "/out/c"], ValueKind::Identifier),
            (&["/out/a", "/out/b", "/out/c", "/out/c"], ValueKind::Identifier),
            (&["0", "0.1", "0.5"], ValueKind::Number),
        ] {
            assert_eq!(kind("x", values), expected, "{values:?}");
        }
    }

    #[test]
    fn a_seed_of_each_run_is_an_identifier_and_a_few_seeds_are_numbers() {
        assert_eq!(kind("General/seed", &["17", "4", "23"]), ValueKind::Identifier);
        assert_eq!(kind("General/seed", &["1", "2", "3", "1", "2", "3"]), ValueKind::Number);
        assert_eq!(kind("hidden", &["17", "4", "23"]), ValueKind::Number);
    }

    #[test]
    fn none_among_numbers_is_not_set_and_among_words_a_word() {
        let numbers = ParamValues::read("depth", &[Some("3"), Some("None"), Some("5"), None]);
        assert_eq!((numbers.kind, numbers.distinct, numbers.missing), (ValueKind::Number, 2, 2));
        assert_eq!(numbers.classes(), [1, 0, 2, 0]);
        let words = ParamValues::read("norm", &[Some("batch"), Some("none"), Some("batch"), Some("none"), None]);
        assert_eq!((words.kind, words.distinct, words.missing), (ValueKind::Category, 2, 1));
        assert_eq!(words.classes(), [1, 2, 1, 2, 0]);
    }

    #[test]
    fn a_param_that_only_some_runs_have_is_no_constant() {
        assert_eq!(ParamValues::read("dropout", &[Some("0.1"), None, Some("0.1")]).kind, ValueKind::Number);
        assert_eq!(ParamValues::read("dropout", &[None, None]).kind, ValueKind::Constant);
    }

    proptest! {
        #[test]
        fn runs_are_of_one_class_exactly_when_their_values_are_equal(
            values in proptest::collection::vec(proptest::option::of("(1|1.0|2|-3e0|none|a|A|true)"), 0..12)
        ) {
            let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
            let read = ParamValues::read("x", &values);
            let classes = read.classes();
            let classes: BTreeSet<usize> = classes.into_iter().filter(|class| *class > 0).collect();
            prop_assert_eq!(classes.len(), read.distinct);
            prop_assert!(classes.last().is_none_or(|last| *last == read.distinct));
        }
    }
}

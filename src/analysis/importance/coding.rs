//! Params sorted by what they can tell: those that vary, coded for a forest, and those that take no part.

use std::collections::BTreeMap;

use super::super::correlation::Correlation;
use super::super::param_values::{ParamValues, ValueKind};
use super::super::telling::telling;
use super::Collinear;
use super::MOST_PARAMS;
use super::tree::{CLASSES, Feature};

/// Two params that go together as closely as this are named, and pairs that are named at most.
const CLOSE: f64 = 0.9;
const NAMED: usize = 5;
/// Classes up to which a table of two params is looked at.
const TABLE: usize = 24;

/// Params by what they can tell.
pub(super) struct Sorted {
    pub(super) varying: Vec<Varying>,
    pub(super) constant: Vec<String>,
    pub(super) identifiers: Vec<String>,
    pub(super) beyond: Vec<String>,
}

/// A param that varies.
pub(super) struct Varying {
    pub(super) name: String,
    /// Params whose values go one to one with its own.
    pub(super) alike: Vec<String>,
    pub(super) values: ParamValues,
    classes: Vec<usize>,
}

/// Sorts params. Those that go one to one stand under the first of them.
pub(super) fn sort(params: &BTreeMap<String, Vec<Option<&str>>>, target: &[f64]) -> Sorted {
    let mut sorted = Sorted { varying: Vec::new(), constant: Vec::new(), identifiers: Vec::new(), beyond: Vec::new() };
    let mut known: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
    for (name, texts) in params {
        let values = ParamValues::read(name, texts);
        match values.kind {
            ValueKind::Constant => sorted.constant.push(name.clone()),
            ValueKind::Identifier => sorted.identifiers.push(name.clone()),
            _ => {
                let classes = values.classes();
                let next = sorted.varying.len();
                let at = *known.entry(likeness(&values, &classes)).or_insert(next);
                match sorted.varying.get_mut(at) {
                    Some(first) => first.alike.push(name.clone()),
                    None => {
                        let name = name.clone();
                        sorted.varying.push(Varying { name, alike: Vec::new(), values, classes });
                    }
                }
            }
        }
    }
    if sorted.varying.len() > MOST_PARAMS {
        let told = |one: &Varying| {
            let texts = one.values.texts.iter().map(Option::as_deref);
            telling(&texts.zip(target.iter().copied()).collect::<Vec<_>>())
        };
        let mut told: Vec<(f64, Varying)> = sorted.varying.into_iter().map(|one| (told(&one), one)).collect();
        told.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let beyond = told.split_off(MOST_PARAMS);
        sorted.beyond = beyond.into_iter().map(|(_, one)| one.name).collect();
        sorted.varying = told.into_iter().map(|(_, one)| one).collect();
        sorted.varying.sort_by(|a, b| a.name.cmp(&b.name));
    }
    sorted
}

/// What is equal of params that go one to one. Where most runs have a number of their own, that any two params do; they
/// are alike only if one rises or falls with the other.
fn likeness(values: &ParamValues, classes: &[usize]) -> Vec<usize> {
    let present = classes.len() - values.missing;
    if !values.kind.is_number() || values.distinct * 2 <= present {
        return in_order_of_appearance(classes);
    }
    let mirrored = classes.iter().map(|class| if *class == 0 { 0 } else { values.distinct + 1 - class });
    mirrored.collect::<Vec<_>>().min(classes.to_vec())
}

/// Classes numbered as they come, so that params that part the runs alike are equal.
fn in_order_of_appearance(classes: &[usize]) -> Vec<usize> {
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    let number = |class: &usize| {
        let next = numbers.len();
        *numbers.entry(*class).or_insert(next)
    };
    classes.iter().map(number).collect()
}

impl Varying {
    /// Its values as few enough classes: numbers in ranges of about equal numbers of runs, the rarest words as one.
    pub(super) fn feature(&self) -> Feature {
        let ordered = self.values.kind.is_number();
        let codes = if self.values.distinct < CLASSES {
            self.classes.clone()
        } else if ordered {
            ranges(&self.classes)
        } else {
            frequent(&self.classes)
        };
        Feature { classes: codes.into_iter().map(|code| u8::try_from(code).unwrap_or(0)).collect(), ordered }
    }
}

/// Ordered classes put into ranges.
fn ranges(classes: &[usize]) -> Vec<usize> {
    let mut sorted: Vec<usize> = classes.iter().copied().filter(|class| *class > 0).collect();
    sorted.sort_unstable();
    let range = |class: usize| {
        let before = sorted.partition_point(|other| *other < class);
        1 + before * (CLASSES - 1) / sorted.len().max(1)
    };
    classes.iter().map(|class| if *class == 0 { 0 } else { range(*class) }).collect()
}

/// Classes numbered by how many runs have them; the rarest share the last.
fn frequent(classes: &[usize]) -> Vec<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    classes.iter().filter(|class| **class > 0).for_each(|class| *counts.entry(*class).or_default() += 1);
    let mut order: Vec<(usize, usize)> = counts.into_iter().collect();
    order.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
    let codes: BTreeMap<usize, usize> =
        order.into_iter().enumerate().map(|(place, (class, _))| (class, (place + 1).min(CLASSES - 1))).collect();
    classes.iter().map(|class| codes.get(class).copied().unwrap_or(0)).collect()
}

/// Pairs of params that go together closely, the closest first.
pub(super) fn collinear(varying: &[Varying]) -> Vec<Collinear> {
    let mut found = Vec::new();
    for (place, a) in varying.iter().enumerate() {
        for b in varying.iter().skip(place + 1) {
            if let Some(strength) = strength(a, b).filter(|strength| strength.abs() >= CLOSE) {
                found.push(Collinear { names: (a.name.clone(), b.name.clone()), strength });
            }
        }
    }
    found.sort_by(|a, b| b.strength.abs().total_cmp(&a.strength.abs()).then_with(|| a.names.cmp(&b.names)));
    found.truncate(NAMED);
    found
}

fn strength(a: &Varying, b: &Varying) -> Option<f64> {
    if a.values.kind.is_number() && b.values.kind.is_number() {
        let pairs = a.values.numbers.iter().zip(&b.values.numbers).filter_map(|(x, y)| Some(((*x)?, (*y)?)));
        return Correlation::of(&pairs.collect::<Vec<_>>()).map(|found| found.rho);
    }
    (a.values.distinct <= TABLE && b.values.distinct <= TABLE).then(|| cramer(&a.classes, &b.classes)).flatten()
}

/// Cramér's V of two classifications: 0 where neither tells about the other, 1 where one tells the other.
#[allow(clippy::cast_precision_loss)] // Counts of runs are far below 2^53.
fn cramer(a: &[usize], b: &[usize]) -> Option<f64> {
    let mut both: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let (mut rows, mut columns): (BTreeMap<usize, f64>, BTreeMap<usize, f64>) = (BTreeMap::new(), BTreeMap::new());
    for (x, y) in a.iter().zip(b) {
        *both.entry((*x, *y)).or_default() += 1.0;
        *rows.entry(*x).or_default() += 1.0;
        *columns.entry(*y).or_default() += 1.0;
    }
    let of = |counts: &BTreeMap<usize, f64>, at: usize| counts.get(&at).copied().unwrap_or(1.0);
    // χ²/n = Σ n_xy² / (n_x n_y) − 1.
    let square: f64 = both.iter().map(|((x, y), n)| n * n / (of(&rows, *x) * of(&columns, *y))).sum::<f64>() - 1.0;
    let least = rows.len().min(columns.len()).saturating_sub(1);
    (least > 0).then(|| (square.max(0.0) / least as f64).sqrt().min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_many_values_keep_their_order_in_few_classes() {
        let coded = ranges(&(0..1_000).collect::<Vec<_>>());
        assert_eq!((coded[0], coded[1], coded[999]), (0, 1, 63));
        assert!(coded.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn the_rarest_words_are_one_class() {
        let classes: Vec<usize> = (1..=100).chain([7, 7]).collect();
        let coded = frequent(&classes);
        assert_eq!((coded[6], coded[99], coded[98]), (1, 63, 63));
    }

    #[test]
    fn classifications_that_tell_each_other_are_one() {
        assert_eq!(cramer(&[1, 1, 2, 2], &[5, 5, 9, 9]), Some(1.0));
        assert_eq!(cramer(&[1, 1, 2, 2], &[5, 9, 5, 9]), Some(0.0));
        assert_eq!(cramer(&[1, 1], &[1, 2]), None);
    }
}

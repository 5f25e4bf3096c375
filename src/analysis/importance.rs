//! Which params matter for a metric: the share of its variance that is lost to a model without each of them.
//!
//! Each param is given to every run as another run has it, and the model (a random forest and a Gaussian process) is asked
//! again about runs that it has not seen. Half of what the squared error grows by, as a share of the metric's variance, is
//! the param's total effect in functional analysis of variance: alone and together with others (Jansen 1999; Breiman 2001
//! for the forest). As it is measured on runs that were not learnt from, a param that only tells runs apart gets nothing.

mod coding;
mod folds;
mod forest;
mod learning;
mod likeness;
mod matrix;
mod process;
mod random;
mod surrogate;
mod tree;

use std::collections::BTreeMap;

use super::correlation::{Correlation, ranks};
use super::param_values::{ParamValues, ValueKind};
use super::summary::{Summary, widening};
use surrogate::{Errors, Surrogate};
use tree::Feature;

/// Runs that it takes at least.
pub const FEWEST_RUNS: usize = 8;
/// Runs that are learnt from at most: more make it slower, and hardly surer.
pub const MOST_RUNS: usize = 2_000;
/// Params that take part at most, those that tell most by themselves.
pub(super) const MOST_PARAMS: usize = 100;
/// The params of which pairs are looked at, and the share that a pair has to add to be told.
const PAIRED: (usize, f64) = (6, 0.05);
/// Values further than this many times the spread of the middle four fifths from the rest decide alone what the variance is.
const FAR: f64 = 10.0;

/// What matters for a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Importance {
    /// Over how many runs.
    pub runs: usize,
    /// The share of the metric's variance that the model explains of runs it has not seen (R²): 0 or less if
    /// it has learnt nothing.
    pub fit: f64,
    /// The params that vary, the most important first.
    pub params: Vec<ParamImportance>,
    /// Params that are the same in all runs.
    pub constant: Vec<String>,
    /// Params that next to every run has its own value of; they take no part.
    pub identifiers: Vec<String>,
    /// Params that take no part because there are too many.
    pub beyond: Vec<String>,
    /// Pairs of params that go together closely, though not one to one.
    pub collinear: Vec<Collinear>,
    /// The two params that do most together, if it can be told from chance.
    pub together: Option<Together>,
    /// A few values lie so far from the rest that ranks of the metric were taken in place of it.
    pub by_rank: bool,
}

/// How much a param matters.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamImportance {
    /// Its name.
    pub name: String,
    /// Params whose values go one to one with its own: which of them it is cannot be told.
    pub alike: Vec<String>,
    /// What its values are.
    pub kind: ValueKind,
    /// How many different ones.
    pub distinct: usize,
    /// In how many runs it is not set.
    pub missing: usize,
    /// The share of the metric's variance that goes with it, alone and together with others: 0 to about 1.
    pub share: f64,
    /// Half the width of the 95 % interval of the share, over runs.
    pub margin: f64,
    /// Whether the share can be told from none, given that all params were looked at: among dozens some always look as if
    /// they mattered.
    pub is_sure: bool,
    /// Whether its share can be told to be above that of the next, if there is one: of what cannot, the order may be chance.
    pub is_above_next: bool,
    /// Whether the metric rises with it, where it is a number.
    pub trend: Option<Correlation>,
}

/// Two params that go together.
#[derive(Clone, Debug, PartialEq)]
pub struct Collinear {
    /// Their names.
    pub names: (String, String),
    /// How closely: Spearman's coefficient of two numbers, Cramér's V of anything else.
    pub strength: f64,
}

/// What two params do together that neither does alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Together {
    /// Their names.
    pub names: (String, String),
    /// The share of the metric's variance, which is in the shares of both.
    pub share: f64,
    /// Half the width of its 95 % interval.
    pub margin: f64,
}

/// What matters for a metric, given its finite value in each run and the params of each in the same order. The same for
/// the same seed. None of fewer than [`FEWEST_RUNS`] runs, where nothing varies, or where the metric does not.
pub fn importance(params: &BTreeMap<String, Vec<Option<&str>>>, metric: &[f64], seed: u64) -> Option<Importance> {
    let runs = metric.len();
    if runs < FEWEST_RUNS {
        return None;
    }
    let by_rank = has_far_values(metric);
    let target = if by_rank { ranks(metric) } else { metric.to_vec() };
    let variance = variance(&target)?;
    let mut sorted = coding::sort(params, &target);
    let features: Vec<Feature> = sorted.varying.iter().map(|one| one.feature()).collect();
    if features.is_empty() {
        return None;
    }
    let surrogate = Surrogate::of(&features, &target, seed);
    let singles: Vec<Vec<usize>> = (0..features.len()).map(|at| vec![at]).collect();
    let errors: Vec<Errors> = surrogate.errors(&singles).into_iter().flatten().collect();
    let left = errors.iter().map(|one| one.plain).sum::<f64>() / count(errors.len());
    let mut shares: Vec<(f64, f64)> = (0..features.len()).map(|at| share(&errors, variance, &[(at, 1.0)])).collect();
    let mut order: Vec<usize> = (0..features.len()).collect();
    order.sort_by(|a, b| first(&shares, *b).total_cmp(&first(&shares, *a)).then(a.cmp(b)));
    let together = together(&surrogate, &order, &shares, variance, &sorted.varying);
    shares.iter_mut().for_each(|(share, _)| *share = share.clamp(0.0, 1.0));
    let wider = widening(features.len(), count(runs) - 1.0);
    let fit = 1.0 - left / variance;
    let mut ranked = Vec::new();
    for (place, at) in order.iter().copied().enumerate() {
        // What has not been learnt may be of the next as well as of this one.
        let is_above_next = order.get(place + 1).is_none_or(|next| {
            let (more, margin) = share(&errors, variance, &[(at, 1.0), (*next, -1.0)]);
            more > wider * margin && first(&shares, at) * fit > first(&shares, *next)
        });
        let (Some(one), Some((share, margin))) = (sorted.varying.get_mut(at), shares.get(at)) else { continue };
        let ParamValues { kind, ref numbers, distinct, missing, .. } = one.values;
        let pairs: Vec<(f64, f64)> = numbers.iter().zip(metric).filter_map(|(n, y)| Some(((*n)?, *y))).collect();
        ranked.push(ParamImportance {
            name: one.name.clone(),
            alike: std::mem::take(&mut one.alike),
            kind,
            distinct,
            missing,
            share: *share,
            margin: *margin,
            is_sure: *share > wider * margin,
            is_above_next,
            trend: kind.is_number().then(|| Correlation::of(&pairs)).flatten(),
        });
    }
    Some(Importance {
        runs,
        fit,
        params: ranked,
        collinear: coding::collinear(&sorted.varying),
        constant: sorted.constant,
        identifiers: sorted.identifiers,
        beyond: sorted.beyond,
        together,
        by_rank,
    })
}

/// At most [`MOST_RUNS`] places of so many runs, drawn without replacement and in order; the same for the same seed.
pub fn sample(runs: usize, seed: u64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..runs).collect();
    if runs > MOST_RUNS {
        random::Random::new(seed).draw(&mut places, MOST_RUNS);
        places.truncate(MOST_RUNS);
        places.sort_unstable();
    }
    places
}

/// The share of the variance by which sets of params, weighted, make the model worse, and half of its 95 % interval.
fn share(errors: &[Errors], variance: f64, sets: &[(usize, f64)]) -> (f64, f64) {
    let grown = |one: &Errors| -> f64 {
        let of = |(set, weight): &(usize, f64)| weight * (one.shuffled.get(*set).unwrap_or(&one.plain) - one.plain);
        sets.iter().map(of).sum::<f64>() / (2.0 * variance)
    };
    let summary = Summary::of(&errors.iter().map(grown).collect::<Vec<_>>());
    let margin = summary.and_then(|summary| Some((summary.interval?.1 - summary.mean).max(0.0)));
    (summary.map_or(0.0, |summary| summary.mean), margin.unwrap_or(f64::INFINITY))
}

/// What the most important params do in pairs: what both add alone, less what they add at once.
fn together(
    surrogate: &Surrogate<'_>,
    order: &[usize],
    shares: &[(f64, f64)],
    variance: f64,
    varying: &[coding::Varying],
) -> Option<Together> {
    let of_weight = |at: &&usize| shares.get(**at).is_some_and(|(share, margin)| share > margin && *share >= PAIRED.1);
    let chosen: Vec<usize> = order.iter().filter(of_weight).take(PAIRED.0).copied().collect();
    let pairs: Vec<(usize, usize)> =
        chosen.iter().enumerate().flat_map(|(place, a)| chosen.iter().skip(place + 1).map(move |b| (*a, *b))).collect();
    if pairs.is_empty() {
        return None;
    }
    let sets: Vec<Vec<usize>> =
        chosen.iter().map(|at| vec![*at]).chain(pairs.iter().map(|(a, b)| vec![*a, *b])).collect();
    let errors: Vec<Errors> = surrogate.errors(&sets).into_iter().flatten().collect();
    let place = |wanted: usize| chosen.iter().position(|at| *at == wanted).unwrap_or_default();
    let found = pairs.iter().enumerate().map(|(number, (a, b))| {
        let sets = [(place(*a), 1.0), (place(*b), 1.0), (chosen.len() + number, -1.0)];
        (share(&errors, variance, &sets), (*a, *b))
    });
    let ((share, margin), (a, b)) = found.max_by(|((x, _), _), ((y, _), _)| x.total_cmp(y))?;
    let name = |at: usize| varying.get(at).map(|one| one.name.clone());
    (share > widening(pairs.len(), count(errors.len()) - 1.0) * margin && share >= PAIRED.1).then_some(Together {
        names: (name(a)?, name(b)?),
        share,
        margin,
    })
}

/// Whether a few values are so far from the rest that the variance is theirs alone: a loss that exploded.
fn has_far_values(values: &[f64]) -> bool {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: usize| sorted.get((sorted.len() - 1) * share / 10).copied().unwrap_or_default();
    let middle = at(9) - at(1);
    middle > 0.0 && at(10) - at(0) > FAR * middle
}

/// The variance over all values (divided by n); none where it is 0 or beyond the range of numbers.
fn variance(values: &[f64]) -> Option<f64> {
    let mean = values.iter().sum::<f64>() / count(values.len());
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count(values.len());
    let least = f64::EPSILON * mean * mean;
    (variance.is_finite() && variance > least).then_some(variance)
}

/// The mean of values and their deviation; none where they do not vary.
fn mean_and_deviation(values: &[f64]) -> Option<(f64, f64)> {
    Some((values.iter().sum::<f64>() / count(values.len()), variance(values)?.sqrt()))
}

fn first(pairs: &[(f64, f64)], at: usize) -> f64 {
    pairs.get(at).map_or(0.0, |(first, _)| *first)
}

#[allow(clippy::cast_precision_loss)] // Counts of runs are far below 2^53.
fn count(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

/// Numbers of the standard normal distribution.
#[cfg(test)]
pub(super) fn normal_numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut random = random::Random::new(seed);
    move || samples::normal(&mut random)
}

//! How much each param weighs in a Gaussian process: the weights under which the metric of some runs is likeliest.

use super::likeness::{Likeness, Weights};
use super::matrix::{Factor, product};
use super::tree::Feature;
use super::{count, mean_and_deviation};

/// Steps uphill, and how far the first and the longest go, in logarithms of weights.
const STEPS: usize = 30;
const FIRST: f64 = 0.3;
const LONGEST: f64 = 1.5;
const SHORTEST: f64 = 1e-3;
/// A step goes so much further while it is uphill, and so much less far where it went over the top.
const FURTHER: f64 = 1.3;
const LESS_FAR: f64 = 0.5;
/// Logarithms of weights and odds are looked for in between.
const RANGE: (f64, f64) = (-9.0, 4.0);
/// The noise that is begun with, as a share of the variance.
const NOISE: f64 = 0.1;
/// How closely the odds of straight against bent are held to even ones, where the runs do not tell.
const EVEN: f64 = 0.05;

/// Pairs of runs, the rows of a lower triangle one after another, with how alike both are in each param.
pub(super) struct Learning {
    params: Vec<Alike>,
    target: Vec<f64>,
}

/// How alike the runs of each pair are in a param.
struct Alike {
    straight: Vec<f64>,
    bent: Vec<f64>,
}

impl Learning {
    /// The pairs of some runs. None where the metric does not vary over these.
    pub(super) fn of(features: &[Feature], likenesses: &[Likeness], target: &[f64], runs: &[usize]) -> Option<Self> {
        let known: Vec<f64> = runs.iter().filter_map(|run| target.get(*run).copied()).collect();
        let (mean, deviation) = mean_and_deviation(&known)?;
        let alike = |(feature, likeness): (&Feature, &Likeness)| {
            let classes = feature.of_runs(runs);
            let pairs =
                || classes.iter().enumerate().flat_map(|(at, a)| classes.iter().take(at + 1).map(move |b| (a, b)));
            let over = |table: &super::likeness::Table| pairs().map(|(a, b)| table.at(*a, *b)).collect();
            Alike { straight: over(&likeness.straight), bent: over(&likeness.bent) }
        };
        Some(Self {
            params: features.iter().zip(likenesses).map(alike).collect(),
            target: known.iter().map(|value| (value - mean) / deviation).collect(),
        })
    }

    /// The likeliest weights that are found.
    pub(super) fn weights(&self) -> Weights {
        let params = self.params.len();
        let mut place = vec![-count(params).ln(); params];
        place.extend([0.0, NOISE.ln(), 0.0]);
        let mut steps = vec![FIRST; place.len()];
        let mut slopes_before = vec![0.0; place.len()];
        let mut best = (f64::INFINITY, place.clone());
        for _ in 0..STEPS {
            let Some((unlikely, slopes)) = self.unlikely(&place) else { break };
            if unlikely < best.0 {
                best = (unlikely, place.clone());
            }
            // Resilient propagation (Igel and Hüsken 2003): of a slope only the sign counts.
            for (((at, step), before), slope) in place.iter_mut().zip(&mut steps).zip(&mut slopes_before).zip(slopes) {
                let turned = *before * slope < 0.0;
                *step = (*step * if turned { LESS_FAR } else { FURTHER }).clamp(SHORTEST, LONGEST);
                *before = if turned { 0.0 } else { slope };
                *at = (*at - if *before == 0.0 { 0.0 } else { before.signum() * *step }).clamp(RANGE.0, RANGE.1);
            }
        }
        weights_at(&best.1, params)
    }

    /// How unlikely the metric is under weights (less the logarithm of its density), and how that changes with each of them.
    fn unlikely(&self, place: &[f64]) -> Option<(f64, Vec<f64>)> {
        let weights = weights_at(place, self.params.len());
        let runs = self.target.len();
        let mut pairs = vec![weights.scale; runs * (runs + 1) / 2];
        for (param, weight) in self.params.iter().zip(&weights.of_params) {
            for (pair, (straight, bent)) in pairs.iter_mut().zip(param.straight.iter().zip(&param.bent)) {
                *pair *= weights.factor(*weight, *straight, *bent);
            }
        }
        let factor = Factor::of((0..runs).map(|at| row(&pairs, at, weights.noise)).collect())?;
        let solved = factor.solve(&self.target);
        let mut unlikely = 0.5 * product(&self.target, &solved) + factor.half_log_determinant();
        // What the density gains with each pair: half of A⁻¹ − A⁻¹y yᵀA⁻¹, of which the triangle holds one half only.
        let mut of_noise = 0.0;
        let mut rest = pairs.as_mut_slice();
        for (row, a) in factor.inverse().iter().zip(&solved) {
            let (own, after) = rest.split_at_mut_checked(row.len())?;
            own.iter_mut().zip(row).zip(&solved).for_each(|((pair, inverse), b)| *pair *= inverse - a * b);
            own.last_mut().into_iter().for_each(|diagonal| *diagonal *= 0.5);
            of_noise += 0.5 * (row.last()? - a * a);
            rest = after;
        }
        let mut slopes = Vec::with_capacity(place.len());
        let mut of_straight = 0.0;
        for (param, weight) in self.params.iter().zip(&weights.of_params) {
            let (mut of_weight, mut of_bend) = (0.0, 0.0);
            for (pair, (straight, bent)) in pairs.iter().zip(param.straight.iter().zip(&param.bent)) {
                let factor = weights.factor(*weight, *straight, *bent);
                let part = pair / factor;
                of_weight += part * (factor - 1.0);
                of_bend += part * (straight - bent);
            }
            // Weights are expected to be small: exponentially distributed with a mean of 1.
            unlikely += weight;
            slopes.push(of_weight + weight);
            of_straight += weight * of_bend;
        }
        let odds = place.last()?;
        unlikely += EVEN * odds * odds;
        slopes.push(pairs.iter().sum());
        slopes.push(of_noise * weights.noise);
        slopes.push(of_straight * weights.straight * (1.0 - weights.straight) + 2.0 * EVEN * odds);
        let is_known = unlikely.is_finite() && slopes.iter().all(|slope| slope.is_finite());
        is_known.then_some((unlikely, slopes))
    }
}

/// The weights at a place: logarithms of those of the params, of the scale and of the noise, and of the odds of straight.
fn weights_at(place: &[f64], params: usize) -> Weights {
    let at = |at: usize| place.get(at).map_or(1.0, |log| log.exp());
    let odds = at(params + 2);
    Weights {
        of_params: (0..params).map(at).collect(),
        scale: at(params),
        noise: at(params + 1),
        straight: odds / (1.0 + odds),
    }
}

/// A row of the triangle, with the noise on its diagonal.
fn row(pairs: &[f64], at: usize, noise: f64) -> Vec<f64> {
    let start = at * (at + 1) / 2;
    let mut row = pairs.get(start..=start + at).unwrap_or_default().to_vec();
    row.last_mut().into_iter().for_each(|diagonal| *diagonal += noise);
    row
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::super::samples::{normal, uniform};
    use super::*;

    /// So many params of classes drawn at random, and a target that depends on the first two.
    fn learning(params: usize, runs: usize) -> Learning {
        let mut random = Random::new(5);
        let mut feature =
            || Feature { classes: (0..runs).map(|_| 1 + random.below(20) as u8).collect(), ordered: true };
        let features: Vec<Feature> = (0..params).map(|_| feature()).collect();
        let likenesses: Vec<Likeness> = features.iter().map(Likeness::of).collect();
        let class = |param: usize, run: usize| f64::from(features[param].classes[run]) - 10.0;
        let target: Vec<f64> =
            (0..runs).map(|run| class(0, run) + 0.1 * class(1, run).powi(2) + 0.5 * normal(&mut random)).collect();
        Learning::of(&features, &likenesses, &target, &(0..runs).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn slopes_are_those_of_what_is_made_least() {
        let learning = learning(3, 25);
        let mut random = Random::new(6);
        let place: Vec<f64> = (0..6).map(|_| -2.0 * uniform(&mut random)).collect();
        let (_, slopes) = learning.unlikely(&place).unwrap();
        for (at, slope) in slopes.iter().enumerate() {
            let moved = |by: f64| {
                let mut place = place.clone();
                place[at] += by;
                learning.unlikely(&place).unwrap().0
            };
            let measured = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((slope - measured).abs() < 1e-5 * measured.abs().max(1.0), "{at}: {slope}, measured {measured}");
        }
    }

    #[test]
    fn what_does_nothing_weighs_next_to_nothing() {
        let weights = learning(6, 60).weights();
        assert!(weights.of_params[..2].iter().all(|weight| *weight > 0.05), "{weights:?}");
        assert!(weights.of_params[2..].iter().all(|weight| *weight < Weights::NOTHING), "{weights:?}");
    }
}

//! A Gaussian process, and what it answers when params are shuffled.

use super::likeness::{Likeness, Table, Weights};
use super::matrix::Factor;
use super::mean_and_deviation;
use super::surrogate::Answers;
use super::tree::Feature;

/// A Gaussian process that was shown the metric of some runs.
pub(super) struct Process {
    mean: f64,
    /// What each run that was shown adds to an answer about one that is like it in all params.
    pulls: Vec<f64>,
    /// The params that do something.
    params: Vec<Param>,
}

struct Param {
    feature: usize,
    /// By what an answer's part is multiplied, given the classes of the run asked about and of the one shown.
    factors: Table,
    /// The classes of the runs shown.
    shown: Vec<u8>,
}

impl Process {
    /// Shows it runs. None where their metric does not vary.
    pub(super) fn of(
        features: &[Feature],
        likenesses: &[Likeness],
        weights: &Weights,
        target: &[f64],
        shown: &[usize],
    ) -> Option<Self> {
        let known: Vec<f64> = shown.iter().filter_map(|run| target.get(*run).copied()).collect();
        let (mean, deviation) = mean_and_deviation(&known)?;
        let all = features.iter().zip(likenesses).zip(&weights.of_params).enumerate();
        let active = all.filter(|(_, (_, weight))| **weight > Weights::NOTHING);
        let param = |(place, ((feature, likeness), weight)): (usize, ((&Feature, &Likeness), &f64))| Param {
            feature: place,
            factors: likeness.factors(weights, *weight),
            shown: feature.of_runs(shown),
        };
        let mut process = Self { mean, pulls: vec![weights.scale; known.len()], params: active.map(param).collect() };
        let row = |at: usize| {
            let mut row = process.parts(|param| param.shown.get(at).copied().unwrap_or_default());
            row.truncate(at + 1);
            row.last_mut().into_iter().for_each(|diagonal| *diagonal += weights.noise);
            row
        };
        let factor = Factor::of((0..known.len()).map(row).collect())?;
        let solved = factor.solve(&known.iter().map(|value| (value - mean) / deviation).collect::<Vec<_>>());
        process.pulls = solved.into_iter().map(|one| one * weights.scale * deviation).collect();
        Some(process)
    }

    /// What each run that was shown adds to the answer about a run of these classes.
    fn parts(&self, class: impl Fn(&Param) -> u8) -> Vec<f64> {
        let mut parts = self.pulls.clone();
        for param in &self.params {
            multiply(&mut parts, param.factors.row(class(param)), &param.shown);
        }
        parts
    }

    /// What it answers about a run: as it is, and for each set of params with those of each donor.
    pub(super) fn answers(&self, features: &[Feature], run: usize, donors: &[usize], sets: &[Vec<usize>]) -> Answers {
        let class = |param: &Param, run: usize| features.get(param.feature).map_or(0, |feature| feature.class_of(run));
        let parts = self.parts(|param| class(param, run));
        let plain: f64 = parts.iter().sum();
        let mut added = Vec::with_capacity(sets.len() * donors.len());
        for set in sets {
            let shuffled: Vec<&Param> = self.params.iter().filter(|param| set.contains(&param.feature)).collect();
            for donor in donors {
                let mut rest = shuffled.iter();
                let Some(last) = rest.next_back() else {
                    added.push(0.0);
                    continue;
                };
                let ratios = |param: &Param| -> Vec<f64> {
                    let (new, old) = (param.factors.row(class(param, *donor)), param.factors.row(class(param, run)));
                    new.iter().zip(old).map(|(new, old)| new / old).collect()
                };
                let mut others = None;
                for param in rest {
                    multiply(others.get_or_insert_with(|| parts.clone()), &ratios(param), &param.shown);
                }
                added.push(sum(others.as_ref().unwrap_or(&parts), &ratios(last), &last.shown) - plain);
            }
        }
        Answers { plain: self.mean + plain, added }
    }
}

fn multiply(parts: &mut [f64], factors: &[f64], classes: &[u8]) {
    for (part, class) in parts.iter_mut().zip(classes) {
        *part *= factors.get(usize::from(*class)).copied().unwrap_or(1.0);
    }
}

fn sum(parts: &[f64], factors: &[f64], classes: &[u8]) -> f64 {
    let of = |(part, class): (&f64, &u8)| part * factors.get(usize::from(*class)).copied().unwrap_or(1.0);
    parts.iter().zip(classes).map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    fn drawn(runs: usize, random: &mut Random) -> Vec<u8> {
        (0..runs).map(|_| random.below(12) as u8).collect()
    }

    #[test]
    fn what_it_answers_with_params_of_another_run_is_what_it_answers_about_a_run_that_has_them() {
        let mut random = Random::new(3);
        let mut features: Vec<Feature> =
            [true, true, false].map(|ordered| Feature { classes: drawn(41, &mut random), ordered }).into();
        let likenesses: Vec<Likeness> = features.iter().map(Likeness::of).collect();
        let target: Vec<f64> = drawn(41, &mut random).into_iter().map(f64::from).collect();
        let weights = Weights { of_params: vec![0.5, 0.2, 0.9], scale: 0.8, noise: 0.1, straight: 0.4 };
        let process = Process::of(&features, &likenesses, &weights, &target, &(0..39).collect::<Vec<_>>()).unwrap();
        let sets = [vec![0], vec![2], vec![0, 1], vec![]];
        let shuffled = process.answers(&features, 39, &[40], &sets);
        for (set, added) in sets.iter().zip(&shuffled.added) {
            let before: Vec<u8> = features.iter().map(|feature| feature.classes[39]).collect();
            set.iter().for_each(|at| features[*at].classes[39] = features[*at].classes[40]);
            let changed = process.answers(&features, 39, &[], &[]).plain;
            assert!((shuffled.plain + added - changed).abs() < 1e-9, "{set:?}");
            features.iter_mut().zip(before).for_each(|(feature, class)| feature.classes[39] = class);
        }
    }

    #[test]
    fn of_runs_that_differ_in_nothing_else_it_has_learnt_what_it_was_shown() {
        let features = [Feature { classes: (1..=30).collect(), ordered: true }];
        let target: Vec<f64> = (0..30).map(|run| (f64::from(run) / 5.0).sin()).collect();
        let weights = Weights { of_params: vec![1.0], scale: 1.0, noise: 1e-4, straight: 0.5 };
        let likenesses = [Likeness::of(&features[0])];
        let shown: Vec<usize> = (0..30).step_by(2).collect();
        let process = Process::of(&features, &likenesses, &weights, &target, &shown).unwrap();
        for (run, known) in target.iter().enumerate().take(29).skip(1) {
            let answer = process.answers(&features, run, &[], &[]).plain;
            assert!((answer - known).abs() < 0.05, "{run}: {answer}, not {known}");
        }
    }
}

//! Gaussian processes, each asked about a part of the runs that it was not shown.

use super::learning::Learning;
use super::likeness::{Likeness, Weights};
use super::process::Process;
use super::random::Random;
use super::surrogate::Answers;
use super::tree::Feature;

/// Parts that the runs are put into.
const FOLDS: usize = 8;
/// Runs that a process is shown at most: that takes time with the third power.
const SHOWN: usize = 400;
/// Runs that the weights of params are learnt from at most, which is done in many steps.
const LEARNT: usize = 96;

/// Gaussian processes, each with the runs that it was not shown.
pub(super) struct Folds<'a> {
    features: &'a [Feature],
    folds: Vec<(Process, Vec<usize>)>,
}

impl<'a> Folds<'a> {
    /// Parts the runs by chance, and shows each process those of all other parts; the weights of params are learnt from
    /// them, too. None where the metric does not vary without one of the parts.
    pub(super) fn of(features: &'a [Feature], target: &[f64], random: &mut Random) -> Option<Self> {
        let likenesses: Vec<Likeness> = features.iter().map(Likeness::of).collect();
        let runs = target.len();
        let mut order: Vec<usize> = (0..runs).collect();
        random.draw(&mut order, runs);
        let mut learnt: Option<(Vec<usize>, Weights)> = None;
        let mut folds = Vec::new();
        for fold in 0..FOLDS.min(runs) {
            let (start, end) = (fold * runs / FOLDS.min(runs), (fold + 1) * runs / FOLDS.min(runs));
            let others = order.iter().take(start).chain(order.iter().skip(end));
            let shown: Vec<usize> = others.copied().take(SHOWN).collect();
            let first: Vec<usize> = shown.iter().copied().take(LEARNT).collect();
            // Of many runs, all parts but one learn from the same.
            let weights = match learnt.filter(|(same, _)| *same == first) {
                Some((_, weights)) => weights,
                None => Learning::of(features, &likenesses, target, &first)?.weights(),
            };
            let process = Process::of(features, &likenesses, &weights, target, &shown)?;
            folds.push((process, order.get(start..end)?.to_vec()));
            learnt = Some((first, weights));
        }
        Some(Self { features, folds })
    }

    /// What is answered about each run by the process that was not shown it: as it is, and for each set of params with
    /// those of each donor.
    pub(super) fn answers(&self, donors: &[Vec<usize>], sets: &[Vec<usize>]) -> Vec<Option<Answers>> {
        let runs = self.folds.iter().map(|(_, own)| own.len()).sum();
        let mut all = vec![None; runs];
        for (process, own) in &self.folds {
            for run in own {
                let donors: Vec<usize> = donors.iter().filter_map(|donors| donors.get(*run).copied()).collect();
                let answers = process.answers(self.features, *run, &donors, sets);
                all.get_mut(*run).into_iter().for_each(|one| *one = Some(answers.clone()));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(features: &[Feature], target: &[f64]) -> Vec<f64> {
        let folds = Folds::of(features, target, &mut Random::new(2)).unwrap();
        folds.answers(&[], &[]).into_iter().map(|answers| answers.unwrap().plain).collect()
    }

    #[test]
    fn what_is_answered_about_a_run_does_not_depend_on_its_metric() {
        let mut random = Random::new(1);
        let mut feature = |ordered| Feature { classes: (0..40).map(|_| random.below(9) as u8).collect(), ordered };
        let features = [feature(true), feature(true), feature(false)];
        let mut target: Vec<f64> = features[0].classes.iter().map(|class| f64::from(*class)).collect();
        let before = answers(&features, &target);
        target[7] += 3.0;
        let after = answers(&features, &target);
        assert!((before[7] - after[7]).abs() < 1e-12);
        assert!(before.iter().zip(&after).filter(|(before, after)| before != after).count() > 30);
    }

    #[test]
    fn a_metric_that_varies_in_a_single_run_is_not_learnt() {
        let features = [Feature { classes: (1..=20).collect(), ordered: true }];
        let target: Vec<f64> = (0..20).map(|run| if run == 3 { 1.0 } else { 0.0 }).collect();
        assert!(Folds::of(&features, &target, &mut Random::new(2)).is_none());
    }
}

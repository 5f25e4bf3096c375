//! What stands for the metric: a random forest and a Gaussian process, both asked about runs that they have not seen, and
//! how much worse they answer when params are shuffled.

use super::count;
use super::folds::Folds;
use super::forest::Forest;
use super::random::Random;
use super::tree::Feature;

/// Times that each param is shuffled.
const SHUFFLES: usize = 4;

/// What is answered about a run.
#[derive(Clone)]
pub(super) struct Answers {
    /// As it is.
    pub(super) plain: f64,
    /// What is added with the params of a set shuffled: set by set, once for each shuffle.
    pub(super) added: Vec<f64>,
}

/// Squared errors about a run.
pub(super) struct Errors {
    /// As it is.
    pub(super) plain: f64,
    /// With the params of a set shuffled, set by set.
    pub(super) shuffled: Vec<f64>,
}

/// A forest and a process, and how much each counts.
pub(super) struct Surrogate<'a> {
    target: &'a [f64],
    forest: Forest<'a>,
    process: Option<Folds<'a>>,
    /// The part of the process in an answer, from 0 to 1; the rest is the forest's.
    part: f64,
    /// Whose params each run is given, once for each shuffle.
    donors: Vec<Vec<usize>>,
}

impl<'a> Surrogate<'a> {
    /// Grows and shows both all runs. Each counts so much that the error about runs that they have not seen is least.
    pub(super) fn of(features: &'a [Feature], target: &'a [f64], seed: u64) -> Self {
        let mut random = Random::new(seed);
        let runs = target.len();
        let forest = Forest::grow(features, target, &mut random);
        let mut shuffled = || {
            let mut all: Vec<usize> = (0..runs).collect();
            random.draw(&mut all, runs);
            all
        };
        let donors = (0..SHUFFLES).map(|_| shuffled()).collect();
        let process = Folds::of(features, target, &mut random);
        let mut surrogate = Self { target, forest, process, part: 0.0, donors };
        surrogate.part = surrogate.best_part();
        surrogate
    }

    /// Least squares of what the forest leaves over on how the process differs from it.
    fn best_part(&self) -> f64 {
        let Some(process) = &self.process else { return 0.0 };
        let (forest, process) = (self.forest.answers(&[], &[]), process.answers(&[], &[]));
        let (mut product, mut square) = (0.0, 0.0);
        for ((forest, process), target) in forest.iter().zip(&process).zip(self.target) {
            let Some((forest, process)) = forest.as_ref().zip(process.as_ref()) else { continue };
            let apart = process.plain - forest.plain;
            product += (target - forest.plain) * apart;
            square += apart * apart;
        }
        if square > 0.0 { (product / square).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The squared error of each run, by what has not seen it: as it is, and for each set of features the mean over
    /// shuffles of these. None for a run that all trees have seen.
    pub(super) fn errors(&self, sets: &[Vec<usize>]) -> Vec<Option<Errors>> {
        let forest = self.forest.answers(&self.donors, sets);
        let process = self.process.as_ref().filter(|_| self.part > 0.0);
        let process = process.map_or_else(|| vec![None; forest.len()], |process| process.answers(&self.donors, sets));
        let errors = |((forest, process), target): ((Option<Answers>, Option<Answers>), &f64)| {
            let forest = forest?;
            let process = process.unwrap_or_else(|| forest.clone());
            let mixed = |process: f64, forest: f64| self.part * process + (1.0 - self.part) * forest;
            let off = target - mixed(process.plain, forest.plain);
            let added = process.added.iter().zip(&forest.added).map(|(process, forest)| mixed(*process, *forest));
            let squares: Vec<f64> = added.map(|added| (off - added).powi(2)).collect();
            let mean = |squares: &[f64]| squares.iter().sum::<f64>() / count(squares.len());
            Some(Errors { plain: off * off, shuffled: squares.chunks(SHUFFLES).map(mean).collect() })
        };
        forest.into_iter().zip(process).zip(self.target).map(errors).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::normal;
    use super::super::variance;
    use super::*;

    /// A sweep of a learning rate with a best value, an optimizer, a batch size, a dropout that hardly matters, and two
    /// params that do not.
    fn sweep(runs: usize, random: &mut Random) -> (Vec<Feature>, Vec<f64>) {
        let mut feature = |classes: usize, ordered: bool| {
            let classes = (0..runs).map(|_| 1 + random.below(classes) as u8).collect();
            Feature { classes, ordered }
        };
        let features: Vec<Feature> =
            [(60, true), (3, false), (5, true), (60, true), (60, true), (2, false)].map(|(a, b)| feature(a, b)).into();
        let at = |param: usize, run: usize| f64::from(features[param].classes[run]);
        let exact = |run: usize| {
            let of_optimizer = [0.0, 0.05, 0.02][usize::from(features[1].classes[run]) - 1];
            -0.03 * (at(0, run) / 15.0 - 2.0).powi(2)
                - of_optimizer
                - 0.01 * at(2, run)
                - 0.2 * (at(3, run) / 120.0 - 0.2).powi(2)
        };
        let target = (0..runs).map(|run| exact(run) + 0.02 * normal(random)).collect();
        (features, target)
    }

    #[test]
    fn of_a_sweep_both_explain_more_than_a_forest_alone() {
        for (runs, more) in [(30, 0.05), (100, 0.02)] {
            let (mut of_both, mut of_forest) = (0.0, 0.0);
            for seed in 0..10 {
                let (features, target) = sweep(runs, &mut Random::new(seed));
                let mut surrogate = Surrogate::of(&features, &target, 1);
                let (part, all) = (surrogate.part, variance(&target).unwrap());
                of_both += 0.1 - 0.1 * error(&mut surrogate, part) / all;
                of_forest += 0.1 - 0.1 * error(&mut surrogate, 0.0) / all;
            }
            assert!(of_both > of_forest + more, "{runs} runs: a forest explains {of_forest}, both {of_both}");
        }
    }

    /// The mean squared error of a surrogate of which the process has a part.
    fn error(surrogate: &mut Surrogate<'_>, part: f64) -> f64 {
        surrogate.part = part;
        let errors: Vec<f64> = surrogate.errors(&[]).into_iter().flatten().map(|one| one.plain).collect();
        errors.iter().sum::<f64>() / count(errors.len())
    }

    #[test]
    fn each_counts_so_much_that_no_other_part_is_better() {
        let mut random = Random::new(4);
        let features: Vec<Feature> = (0..4)
            .map(|_| Feature { classes: (0..60).map(|_| 1 + random.below(40) as u8).collect(), ordered: true })
            .collect();
        let class = |param: usize, run: usize| f64::from(features[param].classes[run]);
        // A line, which a process learns from fewer runs, and a jump, which a forest does.
        let line = |run: usize| class(0, run) / 40.0;
        let jump = |run: usize| if class(1, run) > 30.0 { 1.0 } else { 0.0 };
        let mixtures: [&dyn Fn(usize) -> f64; 3] = [&line, &jump, &|run| line(run) + jump(run)];
        for mixture in mixtures {
            let target: Vec<f64> = (0..60).map(|run| mixture(run) + 0.1 * normal(&mut random)).collect();
            let mut surrogate = Surrogate::of(&features, &target, 1);
            let part = surrogate.part;
            let least = error(&mut surrogate, part);
            for tenth in 0..=10 {
                let other = error(&mut surrogate, f64::from(tenth) / 10.0);
                assert!(least <= other + 1e-9, "{least} at {part}, {other} at {tenth}/10");
            }
        }
    }
}

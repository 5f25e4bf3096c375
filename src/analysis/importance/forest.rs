//! A random forest, and how much worse it answers about runs that it has not seen when params are shuffled.

use super::random::Random;
use super::tree::{Feature, Growth, Tree};

/// Trees of a forest.
const TREES: usize = 128;
/// Times that each param is shuffled.
const SHUFFLES: usize = 4;
/// Runs on each side of a split at least.
const LEAST: usize = 2;
/// Params that are tried at each split: one in so many, or so many if there are fewer.
const TRIED: (usize, usize) = (3, 6);

/// A forest, with what it answers about each run by the trees that have not seen it.
pub(super) struct Forest<'a> {
    features: &'a [Feature],
    target: &'a [f64],
    /// Each tree with the runs that it has not seen.
    trees: Vec<(Tree, Vec<usize>)>,
    /// How many trees have not seen each run.
    unseen: Vec<usize>,
    /// Whose params each run is given, once for each shuffle.
    donors: Vec<Vec<usize>>,
}

impl<'a> Forest<'a> {
    /// Grows it on all runs: each tree on as many as there are, drawn with replacement.
    pub(super) fn grow(features: &'a [Feature], target: &'a [f64], seed: u64) -> Self {
        let mut random = Random::new(seed);
        let runs = target.len();
        let tried = features.len().div_ceil(TRIED.0).max(TRIED.1.min(features.len()));
        let growth = Growth { tried, least: LEAST };
        let mut unseen = vec![0; runs];
        let trees = (0..TREES).map(|_| {
            let drawn: Vec<usize> = (0..runs).map(|_| random.below(runs)).collect();
            let mut seen = vec![false; runs];
            drawn.iter().filter_map(|run| seen.get_mut(*run).map(|seen| *seen = true)).for_each(drop);
            let others: Vec<usize> = (0..runs).filter(|run| seen.get(*run) == Some(&false)).collect();
            others.iter().filter_map(|run| unseen.get_mut(*run).map(|count| *count += 1)).for_each(drop);
            (Tree::grow(features, target, drawn, &growth, &mut random), others)
        });
        let trees = trees.collect();
        let donors = (0..SHUFFLES).map(|_| {
            let mut all: Vec<usize> = (0..runs).collect();
            random.draw(&mut all, runs);
            all
        });
        let donors = donors.collect();
        Self { features, target, trees, unseen, donors }
    }

    /// The squared error of each run, by the trees that have not seen it: as it is, and for each set of features the mean
    /// over shuffles of these. None for a run that all trees have seen.
    pub(super) fn errors(&self, sets: &[Vec<usize>]) -> Vec<Option<Errors>> {
        let runs = self.target.len();
        let mut plain = vec![0.0; runs];
        let width = sets.len() * self.donors.len();
        // What the shuffles add to the sum of answers, run by run.
        let mut added = vec![0.0; runs * width];
        // The sets that a feature is in, so that only those are looked at that the way to an answer asks for.
        let holding: Vec<Vec<usize>> = (0..self.features.len())
            .map(|feature| (0..sets.len()).filter(|set| sets.get(*set).is_some_and(|s| s.contains(&feature))).collect())
            .collect();
        let mut path = Vec::new();
        let mut first: Vec<Option<usize>> = vec![None; sets.len()];
        for (tree, others) in &self.trees {
            for run in others {
                let answer = tree.path(|feature| self.class(feature, *run), &mut path);
                if let Some(sum) = plain.get_mut(*run) {
                    *sum += answer;
                }
                first.fill(None);
                for (feature, node) in &path {
                    for set in holding.get(*feature).into_iter().flatten() {
                        if let Some(first) = first.get_mut(*set) {
                            first.get_or_insert(*node);
                        }
                    }
                }
                let own = added.get_mut(run * width..(run + 1) * width).unwrap_or_default();
                for ((set, first), sums) in sets.iter().zip(&first).zip(own.chunks_mut(self.donors.len())) {
                    let Some(node) = *first else { continue };
                    for (donors, sum) in self.donors.iter().zip(sums) {
                        let donor = donors.get(*run).copied().unwrap_or(*run);
                        let class = |feature| self.class(feature, if set.contains(&feature) { donor } else { *run });
                        *sum += tree.from(node, class) - answer;
                    }
                }
            }
        }
        (0..runs).map(|run| self.errors_of(run, &plain, added.get(run * width..)?.get(..width)?)).collect()
    }

    #[allow(clippy::cast_precision_loss)] // Counts of runs and trees are far below 2^53.
    fn errors_of(&self, run: usize, plain: &[f64], added: &[f64]) -> Option<Errors> {
        let trees = self.unseen.get(run).copied().filter(|count| *count > 0)? as f64;
        let (target, plain) = (self.target.get(run)?, plain.get(run)?);
        let squared = |sum: f64| (target - sum / trees).powi(2);
        let shuffled = added.chunks(self.donors.len());
        let mean = |added: &[f64]| added.iter().map(|more| squared(plain + more)).sum::<f64>() / added.len() as f64;
        Some(Errors { plain: squared(*plain), shuffled: shuffled.map(mean).collect() })
    }

    fn class(&self, feature: usize, run: usize) -> usize {
        self.features.get(feature).and_then(|feature| feature.classes.get(run)).map_or(0, |class| usize::from(*class))
    }
}

/// Squared errors about a run.
pub(super) struct Errors {
    /// As it is.
    pub(super) plain: f64,
    /// With the params of a set shuffled, set by set.
    pub(super) shuffled: Vec<f64>,
}

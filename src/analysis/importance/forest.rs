//! A random forest, and what it answers about runs that its trees have not seen when params are shuffled.

use super::count;
use super::random::Random;
use super::surrogate::Answers;
use super::tree::{Feature, Growth, Tree};

/// Trees of a forest.
const TREES: usize = 128;
/// Runs on each side of a split at least.
const LEAST: usize = 2;
/// Params that are tried at each split: one in so many, or so many if there are fewer.
const TRIED: (usize, usize) = (3, 6);

/// A forest, with what it answers about each run by the trees that have not seen it.
pub(super) struct Forest<'a> {
    features: &'a [Feature],
    /// Each tree with the runs that it has not seen.
    trees: Vec<(Tree, Vec<usize>)>,
    /// How many trees have not seen each run.
    unseen: Vec<usize>,
}

impl<'a> Forest<'a> {
    /// Grows it on all runs: each tree on as many as there are, drawn with replacement.
    pub(super) fn grow(features: &'a [Feature], target: &[f64], random: &mut Random) -> Self {
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
            (Tree::grow(features, target, drawn, &growth, random), others)
        });
        let trees = trees.collect();
        Self { features, trees, unseen }
    }

    /// What is answered about each run by the trees that have not seen it: as it is, and for each set of features with those
    /// of each donor. None for a run that all trees have seen.
    pub(super) fn answers(&self, donors: &[Vec<usize>], sets: &[Vec<usize>]) -> Vec<Option<Answers>> {
        let runs = self.unseen.len();
        let mut plain = vec![0.0; runs];
        let width = sets.len() * donors.len();
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
                for ((set, first), sums) in sets.iter().zip(&first).zip(own.chunks_mut(donors.len().max(1))) {
                    let Some(node) = *first else { continue };
                    for (donors, sum) in donors.iter().zip(sums) {
                        let donor = donors.get(*run).copied().unwrap_or(*run);
                        let class = |feature| self.class(feature, if set.contains(&feature) { donor } else { *run });
                        *sum += tree.from(node, class) - answer;
                    }
                }
            }
        }
        let of = |run: usize| {
            let trees = self.unseen.get(run).copied().filter(|trees| *trees > 0).map(count)?;
            let added = added.get(run * width..(run + 1) * width)?.iter().map(|sum| sum / trees).collect();
            Some(Answers { plain: plain.get(run)? / trees, added })
        };
        (0..runs).map(of).collect()
    }

    fn class(&self, feature: usize, run: usize) -> usize {
        self.features.get(feature).and_then(|feature| feature.classes.get(run)).map_or(0, |class| usize::from(*class))
    }
}

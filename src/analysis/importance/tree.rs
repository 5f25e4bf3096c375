//! A regression tree on params that are coded as small classes.

use super::count;
use super::random::Random;

/// Classes of a param at most, so that a set of them is a word of the machine.
pub(super) const CLASSES: usize = 64;
/// The class of a run that does not have the param.
const NOT_SET: usize = 0;
/// Fewer runs than this are put in order quicker than counted by class.
const FEW: usize = 24;
/// A split has to explain more than rounding does.
const LEAST_GAIN: f64 = 1e-12;

/// A param over all runs, coded.
pub(super) struct Feature {
    /// The class of each run, below [`CLASSES`]; 0 where it does not have the param.
    pub(super) classes: Vec<u8>,
    /// Whether the classes have an order.
    pub(super) ordered: bool,
}

impl Feature {
    fn class(&self, run: usize) -> usize {
        usize::from(self.class_of(run))
    }

    /// The class of a run.
    pub(super) fn class_of(&self, run: usize) -> u8 {
        self.classes.get(run).copied().unwrap_or_default()
    }

    /// The classes of some runs, one after another.
    pub(super) fn of_runs(&self, runs: &[usize]) -> Vec<u8> {
        runs.iter().map(|run| self.class_of(*run)).collect()
    }
}

/// How trees grow.
pub(super) struct Growth {
    /// Params that are tried at each split, drawn anew each time.
    pub(super) tried: usize,
    /// Runs on each side of a split at least.
    pub(super) least: usize,
}

/// A question to a run, or an answer.
#[derive(Clone, Copy, Default)]
struct Node {
    feature: usize,
    /// The classes that go left, one bit each.
    left_classes: u64,
    /// Where the left and the right child stand; the node is an answer if it has none.
    children: Option<(usize, usize)>,
    value: f64,
}

/// A regression tree.
pub(super) struct Tree(Vec<Node>);

/// How to part runs, and what that explains.
struct Split {
    feature: usize,
    left_classes: u64,
    gain: f64,
}

impl Tree {
    /// Grows a tree on runs, each of which may stand there several times.
    pub(super) fn grow(
        features: &[Feature],
        target: &[f64],
        mut runs: Vec<usize>,
        growth: &Growth,
        random: &mut Random,
    ) -> Self {
        let mut nodes = vec![Node::default()];
        let mut order: Vec<usize> = (0..features.len()).collect();
        let end = runs.len();
        let mut open = vec![(0, 0..end)];
        while let Some((at, range)) = open.pop() {
            let Some(own) = runs.get_mut(range.clone()) else { continue };
            let sum = own.iter().map(|run| value(target, *run)).sum::<f64>();
            let split = best_split(features, target, own, sum, growth, &mut order, random);
            let next = nodes.len();
            let Some(node) = nodes.get_mut(at) else { continue };
            node.value = sum / count(own.len());
            let Some(split) = split else { continue };
            let Some(feature) = features.get(split.feature) else { continue };
            let left = partition(own, |run| goes_left(split.left_classes, feature.class(run)));
            (node.feature, node.left_classes) = (split.feature, split.left_classes);
            node.children = Some((next, next + 1));
            nodes.extend([Node::default(); 2]);
            open.push((next, range.start..range.start + left));
            open.push((next + 1, range.start + left..range.end));
        }
        Self(nodes)
    }

    /// The answer for a run, given what class it is of in each feature, and the questions on the way to it.
    pub(super) fn path(&self, class: impl Fn(usize) -> usize, path: &mut Vec<(usize, usize)>) -> f64 {
        path.clear();
        self.descend(0, class, |at, feature| path.push((feature, at)))
    }

    /// The answer for a run that has come to a node.
    pub(super) fn from(&self, at: usize, class: impl Fn(usize) -> usize) -> f64 {
        self.descend(at, class, |_, _| {})
    }

    fn descend(&self, mut at: usize, class: impl Fn(usize) -> usize, mut seen: impl FnMut(usize, usize)) -> f64 {
        loop {
            let Some(node) = self.0.get(at) else { return 0.0 };
            let Some((left, right)) = node.children else { return node.value };
            seen(at, node.feature);
            at = if goes_left(node.left_classes, class(node.feature)) { left } else { right };
        }
    }
}

/// The best way to part runs by one of some features that are drawn: what lessens the squared error most.
fn best_split(
    features: &[Feature],
    target: &[f64],
    runs: &[usize],
    sum: f64,
    growth: &Growth,
    order: &mut [usize],
    random: &mut Random,
) -> Option<Split> {
    if runs.len() < 2 * growth.least {
        return None;
    }
    let all = Side { count: runs.len(), sum };
    let mut best: Option<Split> = None;
    let mut tried = 0;
    for place in 0..order.len() {
        let rest = order.get_mut(place..).unwrap_or_default();
        random.draw(rest, 1);
        let Some((at, feature)) = rest.first().and_then(|at| Some((*at, features.get(*at)?))) else { continue };
        let Some((left_classes, gain)) = part(feature, target, runs, &all, growth.least) else { continue };
        let least = best.as_ref().map_or(LEAST_GAIN * all.score().abs(), |best| best.gain);
        if gain > least {
            best = Some(Split { feature: at, left_classes, gain });
        }
        // A feature that cannot part these runs does not count as tried.
        tried += 1;
        if tried >= growth.tried {
            break;
        }
    }
    best
}

/// Runs on one side of a split.
#[derive(Clone, Copy, Default)]
struct Side {
    count: usize,
    sum: f64,
}

impl Side {
    /// What its mean explains.
    fn score(self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum * self.sum / count(self.count) }
    }

    fn with(self, other: Self) -> Self {
        Self { count: self.count + other.count, sum: self.sum + other.sum }
    }

    fn without(self, other: Self) -> Self {
        Self { count: self.count - other.count, sum: self.sum - other.sum }
    }
}

/// The best set of classes to go left, and what it explains; none if these runs cannot be parted by it.
fn part(feature: &Feature, target: &[f64], runs: &[usize], all: &Side, least: usize) -> Option<(u64, f64)> {
    let mut there = sums(feature, target, runs);
    if there.len() < 2 {
        return None;
    }
    let mut best: Option<(u64, f64)> = None;
    let mut try_in_order = |classes: &[(usize, Side)], ordered: bool| {
        let (mut left, mut mask) = (Side::default(), 0);
        for (at, (class, side)) in classes.iter().enumerate() {
            let Some((next, _)) = classes.get(at + 1) else { break };
            left = left.with(*side);
            mask |= if ordered { up_to(*class, *next) } else { 1 << class };
            let right = all.without(left);
            if left.count < least || right.count < least {
                continue;
            }
            let gain = left.score() + right.score() - all.score();
            if best.is_none_or(|(_, most)| gain > most) {
                best = Some((mask, gain));
            }
        }
    };
    if feature.ordered {
        // Runs without the number may belong to either end.
        try_in_order(&there, true);
        if there.first().is_some_and(|(class, _)| *class == NOT_SET) {
            there.rotate_left(1);
            try_in_order(&there, true);
        }
    } else {
        // In the order of their means, the best of all sets is among the beginnings (Breiman and others 1984).
        there.sort_by(|(_, a), (_, b)| (a.sum / count(a.count)).total_cmp(&(b.sum / count(b.count))));
        try_in_order(&there, false);
    }
    best
}

/// The classes that go left where the runs are parted between this one and the next: half of those in between, too. *Not
/// set* is no number, and goes for itself.
fn up_to(class: usize, next: usize) -> u64 {
    let last = match (class, next) {
        (NOT_SET, _) => return 1 << NOT_SET,
        (_, NOT_SET) => CLASSES - 1,
        (class, next) => usize::midpoint(class, next.saturating_sub(1)),
    };
    (u64::MAX >> (CLASSES - 1).saturating_sub(last)) & !(1 << NOT_SET)
}

fn goes_left(classes: u64, class: usize) -> bool {
    classes >> class & 1 == 1
}

/// The sum of the target over the runs of each class that is there, in the order of the classes.
fn sums(feature: &Feature, target: &[f64], runs: &[usize]) -> Vec<(usize, Side)> {
    let one = |run: &usize| (feature.class(*run), Side { count: 1, sum: value(target, *run) });
    if runs.len() < FEW {
        let mut there: Vec<(usize, Side)> = runs.iter().map(one).collect();
        there.sort_unstable_by_key(|(class, _)| *class);
        there.dedup_by(|(next, more), (class, side)| {
            let same = next == class;
            *side = if same { side.with(*more) } else { *side };
            same
        });
        return there;
    }
    let mut sides = [Side::default(); CLASSES];
    for (class, side) in runs.iter().map(one) {
        if let Some(sum) = sides.get_mut(class) {
            *sum = sum.with(side);
        }
    }
    sides.into_iter().enumerate().filter(|(_, side)| side.count > 0).collect()
}

/// Puts those that go left first; returns how many they are.
fn partition(runs: &mut [usize], left: impl Fn(usize) -> bool) -> usize {
    let mut end = 0;
    for at in 0..runs.len() {
        if runs.get(at).is_some_and(|run| left(*run)) {
            runs.swap(at, end);
            end += 1;
        }
    }
    end
}

fn value(target: &[f64], run: usize) -> f64 {
    target.get(run).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(feature: Feature, target: &[f64]) -> Tree {
        let growth = Growth { tried: 1, least: 1 };
        Tree::grow(&[feature], target, (0..target.len()).collect(), &growth, &mut Random::new(1))
    }

    fn answers(tree: &Tree, classes: &[u8]) -> Vec<f64> {
        classes.iter().map(|class| tree.from(0, |_| usize::from(*class))).collect()
    }

    #[test]
    fn a_tree_learns_what_it_was_shown() {
        for ordered in [true, false] {
            let classes = [1, 2, 3, 4, 63];
            let target = [5.0, 1.0, 5.0, 1.0, 9.0];
            let tree = grown(Feature { classes: classes.to_vec(), ordered }, &target);
            assert_eq!(answers(&tree, &classes), target);
        }
    }

    #[test]
    fn numbers_in_between_go_with_a_neighbour() {
        let tree = grown(Feature { classes: vec![1, 2, 8, 9], ordered: true }, &[1.0, 1.0, 7.0, 7.0]);
        assert_eq!(answers(&tree, &[3, 4, 5, 6, 63]), [1.0, 1.0, 7.0, 7.0, 7.0]);
    }

    #[test]
    fn runs_without_a_number_may_be_like_the_large_ones() {
        let tree = grown(Feature { classes: vec![0, 1, 2, 3], ordered: true }, &[7.0, 1.0, 1.0, 7.0]);
        assert_eq!((tree.0[0].left_classes, tree.0.len()), (0b0110, 3));
        assert_eq!(answers(&tree, &[0, 1, 2, 3]), [7.0, 1.0, 1.0, 7.0]);
    }

    #[test]
    fn what_does_not_vary_is_not_parted() {
        assert_eq!(grown(Feature { classes: vec![1, 2], ordered: true }, &[3.0, 3.0]).0.len(), 1);
        assert_eq!(grown(Feature { classes: vec![1, 1], ordered: false }, &[3.0, 4.0]).0.len(), 1);
    }
}

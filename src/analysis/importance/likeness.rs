//! How alike runs are in a param, and in all: the kernel of a Gaussian process on params that are coded as small classes.

use super::tree::{CLASSES, Feature};

/// Factors nearer to zero than this are taken for it, so that they can be divided by.
const LEAST: f64 = 1e-9;

/// How alike two runs are in a param, by the classes that they are of: for effects that are straight, and for any that are
/// continuous. Both average to zero over the runs, so that the product over several params stands for what these do
/// together alone (Durrande, Ginsbourger, Roustant and Carraro 2013).
pub(super) struct Likeness {
    pub(super) straight: Table,
    pub(super) bent: Table,
}

/// What a process is made of: two runs are as alike as the scale times the factors of all params.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    /// The variance that each param brings about, in units of the scale.
    pub(super) of_params: Vec<f64>,
    /// The variance that the process has without them.
    pub(super) scale: f64,
    /// The variance of what differs between like runs.
    pub(super) noise: f64,
    /// How much of what a number does is straight, from 0 to 1.
    pub(super) straight: f64,
}

impl Weights {
    /// A param that weighs less does nothing.
    pub(super) const NOTHING: f64 = 1e-3;

    /// By what a param of this weight multiplies how alike two runs are.
    pub(super) fn factor(&self, weight: f64, straight: f64, bent: f64) -> f64 {
        let factor = 1.0 + weight * (self.straight * straight + (1.0 - self.straight) * bent);
        if factor.abs() < LEAST { LEAST } else { factor }
    }
}

/// A number for each two classes.
pub(super) struct Table(Vec<f64>);

impl Table {
    pub(super) fn at(&self, a: u8, b: u8) -> f64 {
        self.row(a).get(usize::from(b)).copied().unwrap_or_default()
    }

    /// The numbers of a class with all others.
    pub(super) fn row(&self, class: u8) -> &[f64] {
        let start = usize::from(class) * CLASSES;
        self.0.get(start..start + CLASSES).unwrap_or_default()
    }

    /// A table that averages to zero over the runs, given how many there are of each class, and to one over pairs of a run
    /// with itself.
    fn centred(of: impl Fn(usize, usize) -> f64, counts: &[f64; CLASSES]) -> Self {
        let runs: f64 = counts.iter().sum();
        let mean = |of: &dyn Fn(usize) -> f64| {
            let there = counts.iter().enumerate().filter(|(_, count)| **count > 0.0);
            there.map(|(class, count)| count * of(class)).sum::<f64>() / runs
        };
        let means: Vec<f64> = (0..CLASSES).map(|class| mean(&|other| of(class, other))).collect();
        let mean_of = |class: usize| means.get(class).copied().unwrap_or_default();
        let of_all = mean(&mean_of);
        let own = |a, b| of(a, b) - mean_of(a) - mean_of(b) + of_all;
        let scale = mean(&|class| own(class, class));
        let scaled = |at: usize| if scale > LEAST { own(at / CLASSES, at % CLASSES) / scale } else { 0.0 };
        Self((0..CLASSES * CLASSES).map(scaled).collect())
    }
}

impl Likeness {
    /// That of a param over all runs. Numbers stand by their ranks; words, and what is not set, are like themselves only.
    pub(super) fn of(feature: &Feature) -> Self {
        let mut counts = [0.0; CLASSES];
        for class in &feature.classes {
            counts.get_mut(usize::from(*class)).into_iter().for_each(|count| *count += 1.0);
        }
        let set: f64 = counts.iter().skip(1).sum();
        let mut before = 0.0;
        let mut ranks = [None; CLASSES];
        for (rank, count) in ranks.iter_mut().zip(&counts).skip(1).filter(|_| feature.ordered && set > 0.0) {
            *rank = Some((before + count / 2.0) / set);
            before += count;
        }
        let rank = |class: usize| ranks.get(class).copied().flatten();
        let of = |numbers: fn(f64, f64) -> f64| {
            let words = |a, b| if a == b { 1.0 } else { 0.0 };
            let of = |a, b| rank(a).zip(rank(b)).map_or_else(|| words(a, b), |(a, b)| numbers(a, b));
            Table::centred(of, &counts)
        };
        Self {
            straight: of(|a, b| 12.0 * (a - 0.5) * (b - 0.5)),
            // Half of both is the smoothing spline of first order (Wahba 1990).
            bent: of(|a, b| 1.0 - 6.0 * (a - b).abs() * (1.0 - (a - b).abs())),
        }
    }

    /// The factors of a param by the classes of two runs.
    pub(super) fn factors(&self, weights: &Weights, weight: f64) -> Table {
        let both = self.straight.0.iter().zip(&self.bent.0);
        Table(both.map(|(straight, bent)| weights.factor(weight, *straight, *bent)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(classes: &[u8], of: impl Fn(u8) -> f64) -> f64 {
        classes.iter().map(|class| of(*class)).sum::<f64>() / classes.len() as f64
    }

    #[test]
    fn effects_average_to_zero_over_the_runs_and_have_a_variance_of_one() {
        for ordered in [true, false] {
            let classes = vec![0, 1, 1, 1, 4, 9, 9, 63];
            let likeness = Likeness::of(&Feature { classes: classes.clone(), ordered });
            for table in [&likeness.straight, &likeness.bent] {
                assert!(classes.iter().all(|a| mean(&classes, |b| table.at(*a, b)).abs() < 1e-12));
                assert!((mean(&classes, |class| table.at(class, class)) - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn numbers_are_more_alike_the_nearer_they_are_and_words_all_the_same() {
        let classes: Vec<u8> = (1..=20).collect();
        let numbers = Likeness::of(&Feature { classes: classes.clone(), ordered: true });
        assert!(
            numbers.straight.at(1, 2) > numbers.straight.at(1, 10) && numbers.bent.at(5, 6) > numbers.bent.at(5, 12)
        );
        let words = Likeness::of(&Feature { classes, ordered: false });
        assert!(
            (words.bent.at(1, 2) - words.bent.at(1, 20)).abs() < 1e-12 && words.bent.at(3, 3) > words.bent.at(3, 4)
        );
    }
}

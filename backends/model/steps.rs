//! The steps of a history that have come so far.

use std::collections::HashSet;

/// A set of steps, exact, and small where steps are evenly spaced: a stretch of them takes 24 bytes whatever its length.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Ascending, without overlap.
    stretches: Vec<Stretch>,
    /// Those that came after a higher one.
    late: HashSet<i64>,
}

/// `first`, `first + stride`, … up to `last`.
#[derive(Debug)]
struct Stretch {
    first: i64,
    last: i64,
    /// 0 for a single step.
    stride: u64,
}

impl Stretch {
    fn contains(&self, step: i64) -> bool {
        let behind = step.abs_diff(self.first);
        step == self.first || (self.stride > 0 && step <= self.last && behind.is_multiple_of(self.stride))
    }

    /// Takes the step in, if it continues the stretch; it must be higher than the last.
    fn extend(&mut self, step: i64) -> bool {
        let stride = step.abs_diff(self.last);
        let continues = self.stride == 0 || self.stride == stride;
        if continues {
            (self.last, self.stride) = (step, stride);
        }
        continues
    }
}

impl Steps {
    /// Adds a step; `false` if it was there.
    pub(super) fn insert(&mut self, step: i64) -> bool {
        if self.stretches.last().is_some_and(|last| step <= last.last) {
            return !self.contains(step) && self.late.insert(step);
        }
        if !self.stretches.last_mut().is_some_and(|last| last.extend(step)) {
            self.stretches.push(Stretch { first: step, last: step, stride: 0 });
        }
        true
    }

    fn contains(&self, step: i64) -> bool {
        let after = self.stretches.partition_point(|stretch| stretch.first <= step);
        let stretch = after.checked_sub(1).and_then(|at| self.stretches.get(at));
        stretch.is_some_and(|stretch| stretch.contains(step))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::Steps;

    #[test]
    fn even_steps_take_one_stretch() {
        let mut steps = Steps::default();
        for step in (0..1_000_000).step_by(10) {
            assert!(steps.insert(step));
        }
        assert_eq!((steps.stretches.len(), steps.late.len()), (1, 0));
        assert!(!steps.insert(500));
        assert!(steps.insert(501));
    }

    #[test]
    fn the_ends_of_the_range_do_not_overflow() {
        let mut steps = Steps::default();
        assert!(steps.insert(i64::MIN));
        assert!(steps.insert(i64::MAX));
        assert!(!steps.insert(i64::MIN));
        assert!(steps.insert(0));
    }

    proptest! {
        #[test]
        fn it_is_a_set(steps in proptest::collection::vec(prop_oneof![0_i64..40, any::<i64>()], 0..200)) {
            let (mut ours, mut plain) = (Steps::default(), HashSet::new());
            for step in steps {
                prop_assert_eq!(ours.insert(step), plain.insert(step), "{}", step);
            }
        }
    }
}

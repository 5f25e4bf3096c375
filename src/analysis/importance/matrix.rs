//! Symmetric positive definite matrices: solved and inverted by Cholesky's factor.

/// Rows of a lower triangle, the diagonal last in each.
pub(super) type Triangle = Vec<Vec<f64>>;

/// Cholesky's factor L of a matrix A = L Lᵀ.
pub(super) struct Factor(Triangle);

impl Factor {
    /// That of a matrix, given its lower triangle; none where it is not positive definite to the precision of numbers.
    pub(super) fn of(mut rows: Triangle) -> Option<Self> {
        for at in 0..rows.len() {
            let (above, rest) = rows.split_at_mut_checked(at)?;
            let (diagonal, row) = rest.first_mut()?.split_last_mut()?;
            for (column, other) in above.iter().enumerate() {
                let (other_diagonal, other) = other.split_last()?;
                let (before, own) = row.split_at_mut_checked(column)?;
                let own = own.first_mut()?;
                *own = (*own - product(before, other)) / other_diagonal;
            }
            let square = *diagonal - product(row, row);
            *diagonal = Some(square.sqrt()).filter(|root| root.is_finite() && *root > 0.0)?;
        }
        Some(Self(rows))
    }

    /// x of A x = b.
    pub(super) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = b.to_vec();
        for (at, row) in self.0.iter().enumerate() {
            let Some(((diagonal, row), (before, own))) = row.split_last().zip(x.split_at_mut_checked(at)) else {
                break;
            };
            own.iter_mut().take(1).for_each(|own| *own = (*own - product(row, before)) / diagonal);
        }
        for (at, row) in self.0.iter().enumerate().rev() {
            let Some(((diagonal, row), (before, own))) = row.split_last().zip(x.split_at_mut_checked(at)) else {
                break;
            };
            let Some(own) = own.first_mut() else { break };
            *own /= diagonal;
            add(before, row, -*own);
        }
        x
    }

    /// The lower triangle of A⁻¹.
    pub(super) fn inverse(&self) -> Triangle {
        // Rows of L⁻¹ first, of which A⁻¹ is the sum of outer products.
        let mut roots: Triangle = Vec::with_capacity(self.0.len());
        for row in &self.0 {
            let mut own = vec![0.0; row.len()];
            let diagonal = row.last().copied().unwrap_or(1.0);
            for (root, weight) in roots.iter().zip(row) {
                add(&mut own, root, -weight / diagonal);
            }
            own.last_mut().into_iter().for_each(|last| *last = 1.0 / diagonal);
            roots.push(own);
        }
        let mut inverse: Triangle = self.0.iter().map(|row| vec![0.0; row.len()]).collect();
        for root in &roots {
            inverse.iter_mut().zip(root).for_each(|(row, weight)| add(row, root, *weight));
        }
        inverse
    }

    /// Half of the logarithm of A's determinant.
    pub(super) fn half_log_determinant(&self) -> f64 {
        self.0.iter().filter_map(|row| row.last()).map(|diagonal| diagonal.ln()).sum()
    }
}

/// The scalar product, as far as both go.
pub(super) fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds a multiple of a row, as far as both go.
fn add(to: &mut [f64], row: &[f64], weight: f64) {
    to.iter_mut().zip(row).for_each(|(to, row)| *to += weight * row);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_matrix_that_is_not_positive_definite_has_no_factor() {
        assert!(Factor::of(vec![vec![1.0], vec![2.0, 1.0]]).is_none());
        assert!(Factor::of(vec![vec![f64::NAN]]).is_none());
    }

    #[test]
    fn the_determinant_is_known() {
        // 4 · 10 − 2 · 2 = 36.
        let factor = Factor::of(vec![vec![4.0], vec![2.0, 10.0]]).unwrap();
        assert!((factor.half_log_determinant() - 6.0_f64.ln()).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn what_is_solved_and_inverted_gives_back_what_was_asked(
            roots in proptest::collection::vec(proptest::collection::vec(-1.0..1.0_f64, 6), 6),
            b in proptest::collection::vec(-9.0..9.0_f64, 6),
        ) {
            let full = |a: usize, b: usize| product(&roots[a], &roots[b]) + if a == b { 0.1 } else { 0.0 };
            let factor = Factor::of((0..6).map(|a| (0..=a).map(|b| full(a, b)).collect()).collect()).unwrap();
            let (x, inverse) = (factor.solve(&b), factor.inverse());
            for at in 0..6 {
                let row: Vec<f64> = (0..6).map(|other| full(at, other)).collect();
                prop_assert!((product(&row, &x) - b[at]).abs() < 1e-9);
                let inverted: Vec<f64> = (0..6).map(|other| inverse[at.max(other)][at.min(other)]).collect();
                prop_assert!((product(&inverted, &b) - x[at]).abs() < 1e-9);
            }
        }
    }
}

//! A filter as alternatives of plain conjunctions, for servers that know only `and`.

use super::{Comparison, Filter, Literal, Predicate, Test};

/// What a server can do with a predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushable {
    /// It answers it as it stands.
    Whole,
    /// It knows `=` and `!=`, but no lists: `in` becomes alternatives, `not in` several predicates.
    ByValue,
    /// It cannot answer it: the predicate is left out.
    No,
}

/// Alternatives, each a list of predicates that must all hold. Together they hold for every run for which the filter
/// is true, and perhaps for others: they only ever widen.
///
/// An alternative without predicates holds for every run; without alternatives nothing matches.
#[derive(Clone, Debug, PartialEq)]
pub struct Conjunctions {
    /// The alternatives.
    pub branches: Vec<Vec<Predicate>>,
    /// The filter is true exactly for the runs for which an alternative is: nothing was widened.
    pub exact: bool,
}

impl Conjunctions {
    fn everything(exact: bool) -> Self {
        Self { branches: vec![Vec::new()], exact }
    }

    fn holds_always(&self) -> bool {
        self.branches.iter().any(Vec::is_empty)
    }
}

impl Predicate {
    /// The predicate that is true where this one is false, and unknown where it is unknown. `None` where there is
    /// none: of several datasets, one may be `squad` and another not.
    pub fn negated(&self) -> Option<Self> {
        let test = match &self.test {
            Test::Null { negated } => Test::Null { negated: !negated },
            _ if self.key.is_plural() => return None,
            Test::Compare(comparison, literal) => Test::Compare(comparison.negated(), literal.clone()),
            Test::In { values, negated } => Test::In { values: values.clone(), negated: !negated },
            Test::Like { pattern, ignore_case, negated } => {
                Test::Like { pattern: pattern.clone(), ignore_case: *ignore_case, negated: !negated }
            }
        };
        Some(Self { key: self.key.clone(), test })
    }
}

impl Filter {
    /// The filter as at most `limit` (at least one) alternatives of predicates that `pushable` lets pass.
    ///
    /// Guaranteed: for every run for which the filter is true, all predicates of some alternative are true. What would
    /// need more alternatives, cannot be pushed, or has no exact negation is widened to *true*, the parts with the
    /// most alternatives first. [`Conjunctions::exact`] tells whether that happened.
    pub fn conjunctions(&self, limit: usize, pushable: impl Fn(&Predicate) -> Pushable) -> Conjunctions {
        Reduction { limit: limit.max(1), pushable }.of(self, false)
    }
}

struct Reduction<F> {
    limit: usize,
    pushable: F,
}

impl<F: Fn(&Predicate) -> Pushable> Reduction<F> {
    fn of(&self, filter: &Filter, negated: bool) -> Conjunctions {
        let reduced = |parts: &[Filter]| parts.iter().map(|part| self.of(part, negated)).collect();
        match (filter, negated) {
            (Filter::And(parts), false) | (Filter::Or(parts), true) => self.all(reduced(parts)),
            (Filter::Or(parts), false) | (Filter::And(parts), true) => self.any(reduced(parts)),
            (Filter::Not(inner), _) => self.of(inner, !negated),
            (Filter::Is(predicate), false) => self.one(predicate),
            (Filter::Is(predicate), true) => {
                predicate.negated().map_or_else(|| Conjunctions::everything(false), |predicate| self.one(&predicate))
            }
        }
    }

    fn one(&self, predicate: &Predicate) -> Conjunctions {
        match ((self.pushable)(predicate), &predicate.test) {
            (Pushable::No, _) => Conjunctions::everything(false),
            (Pushable::ByValue, Test::In { values, negated }) => self.by_value(predicate, values, *negated),
            _ => Conjunctions { branches: vec![vec![predicate.clone()]], exact: true },
        }
    }

    fn by_value(&self, predicate: &Predicate, values: &[Literal], negated: bool) -> Conjunctions {
        let comparison = if negated { Comparison::NotEqual } else { Comparison::Equal };
        let singles = values.iter().map(|value| Predicate::compare(predicate.key.clone(), comparison, value.clone()));
        if negated {
            // One dataset that is neither a nor b is more than one that is not a and another that is not b.
            // Without any value nothing is left that would ask whether the key is there.
            let exact = values.len() == 1 || !predicate.key.is_plural() && !values.is_empty();
            Conjunctions { branches: vec![singles.collect()], exact }
        } else {
            self.any(singles.map(|single| Conjunctions { branches: vec![vec![single]], exact: true }).collect())
        }
    }

    fn any(&self, parts: Vec<Conjunctions>) -> Conjunctions {
        if let Some(always) = parts.iter().find(|part| part.holds_always()) {
            return Conjunctions::everything(always.exact);
        }
        let exact = parts.iter().all(|part| part.exact);
        let branches: Vec<_> = parts.into_iter().flat_map(|part| part.branches).collect();
        if branches.len() > self.limit { Conjunctions::everything(false) } else { Conjunctions { branches, exact } }
    }

    fn all(&self, mut parts: Vec<Conjunctions>) -> Conjunctions {
        parts.sort_by_key(|part| part.branches.len());
        let mut product = Conjunctions::everything(true);
        for part in parts {
            if product.branches.len() * part.branches.len() > self.limit {
                product.exact = false;
                continue;
            }
            product.exact &= part.exact;
            product.branches = multiply(product.branches, part.branches);
        }
        product
    }
}

/// Every branch of one with every branch of the other.
fn multiply(left: Vec<Vec<Predicate>>, right: Vec<Vec<Predicate>>) -> Vec<Vec<Predicate>> {
    if let [only] = right.as_slice() {
        return left
            .into_iter()
            .map(|mut branch| {
                branch.extend_from_slice(only);
                branch
            })
            .collect();
    }
    left.iter().flat_map(|a| right.iter().map(|b| [a.as_slice(), b.as_slice()].concat())).collect()
}

#[cfg(test)]
mod tests {
    use super::{Filter, Pushable};
    use crate::query::Key;

    fn reduce(text: &str, limit: usize, pushable: impl Fn(&super::Predicate) -> Pushable) -> (Vec<String>, bool) {
        let filter = Filter::parse(text, "2026-11-20T09:30:00Z".parse().unwrap()).unwrap();
        let form = filter.conjunctions(limit, pushable);
        let write = |branch: Vec<super::Predicate>| Filter::all(branch.into_iter().map(Filter::Is)).to_string();
        (form.branches.into_iter().map(write).collect(), form.exact)
    }

    fn whole(text: &str, limit: usize) -> (Vec<String>, bool) {
        reduce(text, limit, |_| Pushable::Whole)
    }

    fn exactly(branches: &[&str]) -> (Vec<String>, bool) {
        (branches.iter().map(|branch| (*branch).to_owned()).collect(), true)
    }

    fn wider(branches: &[&str]) -> (Vec<String>, bool) {
        (exactly(branches).0, false)
    }

    #[test]
    fn negations_move_into_the_predicates() {
        assert_eq!(
            whole("not (id = 'a' or metrics.x < 1 or name like 'a%' or user in ('b') or user is null)", 1),
            exactly(&[
                "id != 'a' and metrics.x >= 1 and name not like 'a%' and user not in ('b') and user is not null"
            ])
        );
        assert_eq!(whole("not (id = 'a' and not id != 'b')", 2), exactly(&["id != 'a'", "id != 'b'"]));
    }

    #[test]
    fn alternatives_are_multiplied_out() {
        assert_eq!(
            whole("user = 'u' and (id = 'a' or id = 'b') and (name = 'x' or name = 'y')", 4),
            exactly(&[
                "user = 'u' and id = 'a' and name = 'x'",
                "user = 'u' and id = 'a' and name = 'y'",
                "user = 'u' and id = 'b' and name = 'x'",
                "user = 'u' and id = 'b' and name = 'y'",
            ])
        );
    }

    #[test]
    fn what_exceeds_the_limit_is_widened_the_largest_part_first() {
        let filter = "(id = 'a' or id = 'b' or id = 'c') and user = 'u' and (name = 'x' or name = 'y')";

        assert_eq!(whole(filter, 3), wider(&["user = 'u' and name = 'x'", "user = 'u' and name = 'y'"]));
        assert_eq!(whole(filter, 0), wider(&["user = 'u'"]));
        assert_eq!(whole("id = 'a' or id = 'b'", 1), wider(&["true"]));
    }

    #[test]
    fn what_the_server_cannot_answer_is_left_out() {
        let no_type =
            |predicate: &super::Predicate| if predicate.key == Key::Type { Pushable::No } else { Pushable::Whole };

        assert_eq!(reduce("type = 'a' and id = 'b'", 4, no_type), wider(&["id = 'b'"]));
        assert_eq!(reduce("type = 'a' or id = 'b'", 4, no_type), wider(&["true"]));
        assert_eq!(reduce("type = 'a' and id = 'b' or id = 'c'", 4, no_type), wider(&["id = 'b'", "id = 'c'"]));
    }

    #[test]
    fn lists_are_taken_apart_on_demand() {
        let by_value = |_: &super::Predicate| Pushable::ByValue;

        assert_eq!(whole("id in ('a', 'b')", 1), exactly(&["id in ('a', 'b')"]));
        assert_eq!(reduce("id in ('a', 'b')", 2, by_value), exactly(&["id = 'a'", "id = 'b'"]));
        assert_eq!(reduce("id in ('a', 'b')", 1, by_value), wider(&["true"]));
        assert_eq!(reduce("id not in ('a', 'b')", 1, by_value), exactly(&["id != 'a' and id != 'b'"]));
        assert_eq!(reduce("dataset not in ('a', 'b')", 1, by_value), wider(&["dataset != 'a' and dataset != 'b'"]));
    }

    #[test]
    fn a_negation_over_several_datasets_has_no_predicate() {
        assert_eq!(whole("not dataset = 'a' and id = 'b'", 1), wider(&["id = 'b'"]));
        assert_eq!(whole("not dataset is null", 1), exactly(&["dataset is not null"]));
    }

    #[test]
    fn always_and_never_stay_what_they_are() {
        assert_eq!(whole("true", 1), exactly(&["true"]));
        assert_eq!(whole("false and id = 'a'", 1), exactly(&[]));
        assert_eq!(whole("id = 'a' or true", 1), exactly(&["true"]));
    }
}

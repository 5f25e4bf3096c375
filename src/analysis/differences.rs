//! What differs between several sets of named values.

use std::collections::{BTreeMap, BTreeSet};

/// A name with the value that each of the things compared has under it.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared<'a, V> {
    /// The name.
    pub key: &'a str,
    /// A value per thing, in their order; none where it has no such name.
    pub values: Vec<Option<&'a V>>,
    /// Whether not all have it, or not all have the same.
    pub differs: bool,
}

/// All names of all things, sorted, each with its values side by side. `same` says which values count as equal.
pub fn side_by_side<'a, V>(things: &[&'a BTreeMap<String, V>], same: impl Fn(&V, &V) -> bool) -> Vec<Compared<'a, V>> {
    let keys: BTreeSet<&'a String> = things.iter().flat_map(|thing| thing.keys()).collect();
    keys.into_iter()
        .map(|key| {
            let values: Vec<Option<&'a V>> = things.iter().map(|thing| thing.get(key)).collect();
            let equal = values.windows(2).all(|pair| match pair {
                [Some(a), Some(b)] => same(a, b),
                _ => false,
            });
            Compared { key, differs: !equal && values.len() > 1, values }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn named(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn other_and_absent_values_differ_and_constants_do_not() {
        let a = named(&[("lr", "0.1"), ("model", "vit"), ("warmup", "100")]);
        let b = named(&[("lr", "0.2"), ("model", "vit")]);

        let rows = side_by_side(&[&a, &b], |a, b| a == b);

        let told: Vec<(&str, bool)> = rows.iter().map(|row| (row.key, row.differs)).collect();
        assert_eq!(told, [("lr", true), ("model", false), ("warmup", true)]);
        assert_eq!(rows[2].values, [Some(&"100".to_owned()), None]);
    }

    #[test]
    fn one_alone_differs_from_nothing() {
        let a = named(&[("lr", "0.1")]);
        assert!(!side_by_side(&[&a], |a, b| a == b)[0].differs);
    }

    proptest! {
        #[test]
        fn a_key_differs_exactly_when_the_lookups_do(
            things in proptest::collection::vec(proptest::collection::btree_map("[a-d]", "[xy]", 0..5), 2..5)
        ) {
            let references: Vec<&BTreeMap<String, String>> = things.iter().collect();
            let rows = side_by_side(&references, |a, b| a == b);
            let keys: BTreeSet<&String> = things.iter().flat_map(|thing| thing.keys()).collect();
            prop_assert_eq!(rows.len(), keys.len());
            for row in rows {
                let looked_up: Vec<Option<&String>> = things.iter().map(|thing| thing.get(row.key)).collect();
                prop_assert_eq!(row.differs, looked_up.iter().any(|value| *value != looked_up[0]));
                prop_assert_eq!(row.values, looked_up);
            }
        }
    }
}

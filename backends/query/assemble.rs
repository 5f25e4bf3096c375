//! Filters put together by code instead of read from text.

use super::{Comparison, Filter, Key, Literal, Predicate, Test};

impl Predicate {
    /// `key < value`, or another comparison.
    pub fn compare(key: Key, comparison: Comparison, value: Literal) -> Self {
        Self { key, test: Test::Compare(comparison, value) }
    }

    /// `key = 'text'`
    pub fn equals(key: Key, text: impl Into<String>) -> Self {
        Self::compare(key, Comparison::Equal, Literal::Text(text.into()))
    }

    /// `key in ('a', 'b')`; at least one text is needed for a filter that reads back.
    pub fn is_in<T: Into<String>>(key: Key, texts: impl IntoIterator<Item = T>) -> Self {
        let values = texts.into_iter().map(|text| Literal::Text(text.into())).collect();
        Self { key, test: Test::In { values, negated: false } }
    }

    /// `key is not null`
    pub fn is_present(key: Key) -> Self {
        Self { key, test: Test::Null { negated: true } }
    }
}

impl From<Predicate> for Filter {
    fn from(predicate: Predicate) -> Self {
        Self::Is(predicate)
    }
}

impl Filter {
    /// `key = 'text'`
    pub fn equals(key: Key, text: impl Into<String>) -> Self {
        Predicate::equals(key, text).into()
    }

    /// All of these hold. Conjunctions among them are merged; a lone one stays itself; none is always true.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut merged = Vec::new();
        for part in parts {
            match part {
                Self::And(inner) => merged.extend(inner),
                other => merged.push(other),
            }
        }
        if merged.len() == 1 { merged.remove(0) } else { Self::And(merged) }
    }

    /// At least one of these holds. Disjunctions among them are merged; a lone one stays itself; none is never true.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut merged = Vec::new();
        for part in parts {
            match part {
                Self::Or(inner) => merged.extend(inner),
                other => merged.push(other),
            }
        }
        if merged.len() == 1 { merged.remove(0) } else { Self::Or(merged) }
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Key};

    #[test]
    fn and_flattens() {
        let [a, b, c] = ["a", "b", "c"].map(|text| Filter::equals(Key::Name, text));

        let joined = a.clone().and(b.clone()).and(c.clone());

        assert_eq!(joined, Filter::And(vec![a, b, c]));
    }

    #[test]
    fn a_filter_and_nothing_is_the_filter() {
        let filter = Filter::equals(Key::Name, "a");

        assert_eq!(filter.clone().and(Filter::all([])), filter);
    }
}

//! What a filter or an order speaks of.

use crate::model::Part;

use super::{Comparison, Filter, Key, Literal, Order, Predicate, Test};

impl Test {
    fn literals(&self) -> &[Literal] {
        match self {
            Self::Compare(_, literal) => std::slice::from_ref(literal),
            Self::In { values, .. } => values,
            Self::Like { .. } | Self::Null { .. } => &[],
        }
    }

    fn literals_mut(&mut self) -> &mut [Literal] {
        match self {
            Self::Compare(_, literal) => std::slice::from_mut(literal),
            Self::In { values, .. } => values,
            Self::Like { .. } | Self::Null { .. } => &mut [],
        }
    }
}

impl Key {
    /// The part of a run that has to be fetched to know its value; `None` for what every run comes with.
    pub fn part(&self) -> Option<Part> {
        match self {
            Self::Metric(_) | Self::Min(_) | Self::Max(_) => Some(Part::Metrics),
            Self::Param(_) => Some(Part::Params),
            Self::Tag(_) => Some(Part::Tags),
            Self::Dataset => Some(Part::Datasets),
            Self::Model => Some(Part::Models),
            Self::Commit => Some(Part::Code),
            Self::Id
            | Self::Name
            | Self::Status
            | Self::User
            | Self::Type
            | Self::Project
            | Self::Parent
            | Self::Started
            | Self::Ended
            | Self::Duration
            | Self::Archived
            | Self::Alias
            | Self::Stage
            | Self::Framework
            | Self::OfTrace(_) => None,
        }
    }
}

impl Filter {
    /// Its predicates, from left to right.
    pub fn predicates(&self) -> impl Iterator<Item = &Predicate> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            loop {
                match waiting.pop()? {
                    Self::And(parts) | Self::Or(parts) => waiting.extend(parts.iter().rev()),
                    Self::Not(inner) => waiting.push(inner),
                    Self::Is(predicate) => return Some(predicate),
                }
            }
        })
    }

    /// The keys that it tests, from left to right, repeated as they are.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.predicates().map(|predicate| &predicate.key)
    }

    /// Whether it asks for a status anywhere.
    pub fn names_status(&self) -> bool {
        self.keys().any(|key| *key == Key::Status)
    }

    /// Whether [`Literal::Me`] stands in it, so that [`Filter::with_me`] is needed.
    pub fn names_me(&self) -> bool {
        self.predicates().any(|predicate| predicate.test.literals().contains(&Literal::Me))
    }

    /// The same filter with this user in place of [`Literal::Me`].
    #[must_use]
    pub fn with_me(mut self, user: &str) -> Self {
        self.replace_me(user);
        self
    }

    fn replace_me(&mut self, user: &str) {
        self.for_each_predicate(&mut |predicate| {
            for literal in predicate.test.literals_mut().iter_mut().filter(|literal| **literal == Literal::Me) {
                *literal = Literal::Text(user.to_owned());
            }
        });
    }

    /// The same filter with each key replaced by what `map` makes of it; `None` leaves it.
    #[must_use]
    pub fn map_keys(mut self, map: impl Fn(&Key) -> Option<Key>) -> Self {
        self.for_each_predicate(&mut |predicate| {
            if let Some(key) = map(&predicate.key) {
                predicate.key = key;
            }
        });
        self
    }

    /// The texts that this key is asked to be: those of `=` and `in`.
    pub fn texts_of(&self, key: &Key) -> impl Iterator<Item = &str> {
        self.texts(key, |test| matches!(test, Test::Compare(Comparison::Equal, _) | Test::In { negated: false, .. }))
    }

    /// The texts that this key is asked not to be: those of `!=` and `not in`.
    pub fn texts_not(&self, key: &Key) -> impl Iterator<Item = &str> {
        self.texts(key, |test| matches!(test, Test::Compare(Comparison::NotEqual, _) | Test::In { negated: true, .. }))
    }

    fn texts(&self, key: &Key, of: fn(&Test) -> bool) -> impl Iterator<Item = &str> {
        let predicates = self.predicates().filter(move |one| one.key == *key && of(&one.test));
        predicates.flat_map(|one| one.test.literals()).filter_map(|literal| match literal {
            Literal::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// The same filter with each text that this key is or is not to be replaced by what `map` makes of it, of which any is
    /// meant; `None` leaves it.
    #[must_use]
    pub fn map_texts(mut self, key: &Key, map: impl Fn(&str) -> Option<Vec<String>>) -> Self {
        let several = |literal: &Literal| -> Option<Vec<Literal>> {
            let Literal::Text(text) = literal else { return None };
            map(text).map(|texts| texts.into_iter().map(Literal::Text).collect())
        };
        self.for_each_predicate(&mut |predicate| {
            if predicate.key != *key {
                return;
            }
            match &mut predicate.test {
                Test::Compare(comparison @ (Comparison::Equal | Comparison::NotEqual), literal) => {
                    if let Some(mut values) = several(literal) {
                        predicate.test = match (values.len(), values.pop()) {
                            (1, Some(only)) => Test::Compare(*comparison, only),
                            (_, last) => {
                                values.extend(last);
                                Test::In { values, negated: *comparison == Comparison::NotEqual }
                            }
                        };
                    }
                }
                Test::In { values, .. } => {
                    *values = values.drain(..).flat_map(|one| several(&one).unwrap_or_else(|| vec![one])).collect();
                }
                Test::Compare(..) | Test::Like { .. } | Test::Null { .. } => {}
            }
        });
        self
    }

    fn for_each_predicate(&mut self, change: &mut impl FnMut(&mut Predicate)) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter_mut().for_each(|part| part.for_each_predicate(change)),
            Self::Not(inner) => inner.for_each_predicate(change),
            Self::Is(predicate) => change(predicate),
        }
    }
}

impl Order {
    /// The keys that it sorts by, the most significant first.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.0.iter().map(|(key, _)| key)
    }

    /// The same order with each key replaced by what `map` makes of it; `None` leaves it.
    #[must_use]
    pub fn map_keys(mut self, map: impl Fn(&Key) -> Option<Key>) -> Self {
        for (key, _) in &mut self.0 {
            if let Some(other) = map(key) {
                *key = other;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Key, Order, Part};

    fn read(text: &str) -> Filter {
        Filter::parse(text, "2026-11-20T09:30:00Z".parse().unwrap()).unwrap()
    }

    #[test]
    fn keys_come_from_left_to_right() {
        let filter = read("(name = 'a' or not status = 'failed') and id = '1'");

        assert_eq!(filter.keys().collect::<Vec<_>>(), [&Key::Name, &Key::Status, &Key::Id]);
        assert!(filter.names_status());
        assert!(!read("name = 'status'").names_status());
    }

    #[test]
    fn keys_tell_which_part_of_a_run_they_need() {
        let parts = |text| read(text).keys().filter_map(Key::part).collect::<Vec<_>>();

        assert_eq!(
            parts("max.acc > 1 and commit = 'a' and dataset = 'x'"),
            [Part::Metrics, Part::Code, Part::Datasets]
        );
        assert_eq!(parts("name = 'a' and started > '7d'"), []);
    }

    #[test]
    fn keys_are_replaced_wherever_they_stand() {
        let full = |key: &Key| match key {
            Key::Metric(name) if name == "f1" => Some(Key::Metric("val/f1".to_owned())),
            _ => None,
        };

        let filter = read("metrics.f1 > 1 or not (min.f1 < 1 and metrics.f1 is null)").map_keys(full);
        let order = Order::parse("metrics.f1 desc, name").unwrap().map_keys(full);

        assert_eq!(filter.to_string(), "metrics.val/f1 > 1 or not (min.f1 < 1 and metrics.val/f1 is null)");
        assert_eq!(order.to_string(), "metrics.val/f1 desc, name asc");
    }

    #[test]
    fn texts_are_replaced_by_what_they_stand_for() {
        let filter = read("parent = 'a' or parent != 'a' or parent in ('a', 'b') or parent = 'c' or name = 'a'");

        let both = |text: &str| (text == "a").then(|| vec!["1".to_owned(), "2".to_owned()]);
        let one = |text: &str| (text == "c").then(|| vec!["3".to_owned()]);
        let replaced = filter.clone().map_texts(&Key::Parent, both).map_texts(&Key::Parent, one);

        assert_eq!(filter.texts_of(&Key::Parent).collect::<Vec<_>>(), ["a", "a", "b", "c"]);
        assert_eq!(
            replaced.to_string(),
            "parent in ('1', '2') or parent not in ('1', '2') or parent in ('1', '2', 'b') or parent = '3' or name = 'a'"
        );
    }

    #[test]
    fn me_is_replaced_wherever_it_stands() {
        let filter = read("not user = me or user in ('me', me)");

        let replaced = filter.clone().with_me("ada");

        assert!(filter.names_me());
        assert!(!replaced.names_me());
        assert_eq!(replaced.to_string(), "not user = 'ada' or user in ('me', 'ada')");
    }
}

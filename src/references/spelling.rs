//! The keys of a question as one tracker spells them, and how a cursor remembers that: a page must not be of another
//! metric than the one before it, whatever was logged meanwhile.

use backends::query::{Filter, Key};
use backends::same_key::Kind;
use backends::tracker::RunQuery;
use backends::{Error, Result};

use super::names::{kind, name_in, read_as, renamed};

/// What the token of a question begins with that was asked in another spelling.
const MARK: char = '~';

/// The names of metrics and params in a question, and what a tracker calls them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spelling {
    /// Each name as it was said, once, with its name there if that is another.
    names: Vec<(Key, Option<String>)>,
}

impl Spelling {
    /// As it was said.
    pub(super) fn of(query: &RunQuery) -> Self {
        let mut names: Vec<(Key, Option<String>)> = Vec::new();
        for key in query.filter.iter().flat_map(Filter::keys).chain(query.order.keys()) {
            if let Some(said) = named(key)
                && names.iter().all(|(known, _)| *known != said)
            {
                names.push((said, None));
            }
        }
        Self { names }
    }

    /// The names that are still as they were said.
    pub(super) fn as_said(&self) -> impl Iterator<Item = &Key> {
        self.names.iter().filter(|(_, meant)| meant.is_none()).map(|(said, _)| said)
    }

    /// From now on this one is called otherwise.
    pub(super) fn read(&mut self, said: &Key, meant: &str) {
        for (_, name) in self.names.iter_mut().filter(|(known, _)| known == said) {
            *name = Some(meant.to_owned());
        }
    }

    /// The question as the tracker spells it.
    pub(super) fn put(&self, query: &RunQuery) -> RunQuery {
        let there = |key: &Key| {
            let said = named(key)?;
            let (_, meant) = self.names.iter().find(|(known, _)| *known == said)?;
            Some(renamed(key, meant.as_deref()?))
        };
        RunQuery {
            filter: query.filter.clone().map(|filter| filter.map_keys(there)),
            order: query.order.clone().map_keys(there),
            ..query.clone()
        }
    }

    /// Sentences on what was read as what.
    pub(super) fn notes(&self) -> Vec<String> {
        self.names.iter().filter_map(|(said, meant)| Some(read_as(said, meant.as_deref()?))).collect()
    }

    /// The token of a page, by which the question goes on in the same spelling; without one its first page.
    pub(super) fn mark(&self, token: Option<String>) -> Option<String> {
        let is_open = token.as_ref().is_some_and(|token| token.starts_with(MARK));
        if self.names.iter().all(|(_, meant)| meant.is_none()) && !is_open {
            return token;
        }
        let meant: Vec<&Option<String>> = self.names.iter().map(|(_, meant)| meant).collect();
        serde_json::to_string(&(meant, token)).ok().map(|text| format!("{MARK}{text}"))
    }

    /// Takes the spelling up that stands in a token; left is the tracker's own token.
    ///
    /// # Errors
    /// *Bad input* if it was made for another question.
    pub(super) fn unmark(&mut self, token: &str) -> Result<Option<String>> {
        let Some(text) = token.strip_prefix(MARK) else { return Ok(Some(token.to_owned())) };
        let read: Option<(Vec<Option<String>>, Option<String>)> = serde_json::from_str(text).ok();
        let Some((meant, token)) = read.filter(|(meant, _)| meant.len() == self.names.len()) else {
            return Err(Error::bad_input("the cursor does not fit this question; leave cursor out to begin again"));
        };
        for ((_, name), meant) in self.names.iter_mut().zip(meant) {
            *name = meant;
        }
        Ok(token)
    }
}

/// A key of a metric or param, the same whichever value of a metric it asks for.
fn named(key: &Key) -> Option<Key> {
    let name = name_in(key)?;
    match (key, kind(key)) {
        (Key::Tag(_), _) => None,
        (_, Kind::Metric) => Some(Key::Metric(name.to_owned())),
        (_, Kind::Param) => Some(key.clone()),
    }
}

#[cfg(test)]
mod tests {
    use backends::model::Parts;
    use backends::query::Order;
    use backends::tracker::ProjectScope;

    use super::*;

    fn question() -> RunQuery {
        let filter = "metrics.loss < 1 and not (min.loss is null or params.lr = '1') and tags.loss = 'x'";
        RunQuery {
            projects: ProjectScope::All,
            text: None,
            filter: Some(Filter::parse(filter, jiff::Timestamp::UNIX_EPOCH).unwrap()),
            order: Order::parse("metrics.loss desc, max.acc").unwrap(),
            include_archived: false,
            parts: Parts::NONE,
            limit: 20,
            cursor: None,
        }
    }

    fn read() -> Spelling {
        let mut spelling = Spelling::of(&question());
        spelling.read(&Key::Metric("loss".to_owned()), "loss/train");
        spelling.read(&Key::Param("lr".to_owned()), "Args/lr");
        spelling
    }

    #[test]
    fn a_name_is_spelt_the_same_wherever_it_stands() {
        let there = read().put(&question());

        assert_eq!(
            there.filter.unwrap().to_string(),
            "metrics.loss/train < 1 and not (min.loss/train is null or params.Args/lr = '1') and tags.loss = 'x'"
        );
        assert_eq!(there.order.to_string(), "metrics.loss/train desc, max.acc asc");
        assert_eq!(read().notes(), ["metrics.loss read as metrics.loss/train", "params.lr read as params.Args/lr"]);
        assert_eq!(read().as_said().collect::<Vec<_>>(), [&Key::Metric("acc".to_owned())]);
    }

    #[test]
    fn a_token_brings_the_spelling_along() {
        for token in [None, Some("{\"s\":[0]}".to_owned()), Some("~".to_owned())] {
            let marked = read().mark(token.clone()).unwrap();
            let mut again = Spelling::of(&question());
            assert_eq!(again.unmark(&marked).unwrap(), token);
            assert_eq!(again, read());
        }
    }

    #[test]
    fn a_question_in_the_trackers_own_spelling_has_its_tokens() {
        let mut said = Spelling::of(&question());
        for token in ["[0,[5],0]", "~x"] {
            let marked = said.mark(Some(token.to_owned())).unwrap();
            assert_eq!(said.unmark(&marked).unwrap().as_deref(), Some(token));
        }
        assert_eq!((said.mark(None), said.mark(Some("5".to_owned()))), (None, Some("5".to_owned())));
    }

    #[test]
    fn a_token_of_another_question_is_refused() {
        for token in ["~", "~[[],null]", "~[[null,null],null]", "~[[1,2,3],null]"] {
            let error = Spelling::of(&question()).unmark(token).unwrap_err().to_string();
            assert!(error.contains("does not fit this question"), "{token}: {error}");
        }
    }
}

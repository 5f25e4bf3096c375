//! What names a model: its id or the beginning of one, its name, or its name with a number or a tag.

use super::super::pattern;
use super::super::text::is_id_prefix;
use super::super::web::is_id;

/// Digits of an id.
const ID: usize = 32;

/// A reference with what it may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// All of it: an id, the beginning of one, or a name.
    pub(super) whole: String,
    /// A name, and which of those that are called so.
    pub(super) part: Option<(String, Which)>,
}

/// Which of several models of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// The one that was made as this one, counted from 1.
    Number(usize),
    /// The newest with this tag.
    Tag(String),
    /// The newest.
    Latest,
}

impl Reference {
    pub(super) fn read(text: &str) -> Self {
        let whole = text.strip_prefix("models:").map_or(text, |rest| rest.trim_start_matches('/')).to_owned();
        let tagged = whole.rsplit_once('@').map(|(name, tag)| (name, Which::Tag(tag.to_owned())));
        let numbered = whole.rsplit_once('/').and_then(|(name, word)| match word.parse() {
            Ok(number) => Some((name, Which::Number(number))),
            Err(_) => word.eq_ignore_ascii_case("latest").then_some((name, Which::Latest)),
        });
        let part = numbered.or(tagged).filter(|(name, _)| !name.is_empty());
        let part = part.map(|(name, which)| (name.to_owned(), which));
        Self { part, whole }
    }

    /// Whether it can be the beginning of an id.
    pub(super) fn is_prefix(&self) -> bool {
        is_id_prefix(&self.whole)
    }

    /// Whether it is an id.
    pub(super) fn is_id(&self) -> bool {
        is_id(&self.whole)
    }

    /// Patterns of the names and ids that it may mean.
    pub(super) fn patterns(&self) -> Vec<String> {
        let mut patterns: Vec<String> = pattern::itself(&self.whole).into_iter().collect();
        if self.is_prefix() && !self.is_id() {
            let rest = ID.saturating_sub(self.whole.len());
            patterns.extend(pattern::itself(&self.whole).map(|beginning| format!("{beginning}[0-9a-f]{{{rest}}}")));
        }
        patterns.extend(self.part.iter().filter_map(|(name, _)| pattern::itself(name)));
        patterns
    }
}

#[cfg(test)]
mod tests {
    use super::{Reference, Which};

    #[test]
    fn a_number_or_a_tag_may_stand_behind_a_name() {
        let part = |text: &str| Reference::read(text).part;
        assert_eq!(part("models:/fraud/3"), Some(("fraud".to_owned(), Which::Number(3))));
        assert_eq!(part("a/b@c@best"), Some(("a/b@c".to_owned(), Which::Tag("best".to_owned()))));
        assert_eq!(part("fraud/latest"), Some(("fraud".to_owned(), Which::Latest)));
        assert_eq!((part("fraud"), part("resnet/best"), part("@x")), (None, None, None));
    }

    #[test]
    fn a_reference_is_looked_for_as_all_that_it_may_mean() {
        assert_eq!(Reference::read("it's/3").patterns(), ["it\\'s\\/3", "it\\'s"]);
        assert_eq!(Reference::read("abc123").patterns(), ["abc123", "abc123[0-9a-f]{26}"]);
    }
}

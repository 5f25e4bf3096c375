//! Text that others wrote: cleaned of what hides or commands, without secrets, capped.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::characters::strip;
use super::redact::redact;

/// How many characters of a foreign value a table cell shows.
pub const CELL_CAP: usize = 250;

/// Which end of a text that is too long stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// The beginning.
    #[default]
    Start,
    /// The end: logs.
    End,
}

/// Text of which a part may have been left out; what is shown says how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    text: String,
    left_out: usize,
    keep: Keep,
}

impl Excerpt {
    /// At most `cap` characters of a text as it is.
    pub(super) fn of(text: String, cap: usize, keep: Keep) -> Self {
        let mut excerpt = Self { text, left_out: 0, keep };
        excerpt.shorten(cap);
        excerpt
    }

    /// Foreign text, cleaned: at most `cap` characters.
    pub(super) fn foreign(text: &str, cap: usize, keep: Keep) -> Self {
        Self::of(clean(text), cap, keep)
    }

    /// Leaves at most `cap` characters, and counts the others.
    pub(super) fn shorten(&mut self, cap: usize) {
        let count = self.length();
        let Some(excess) = count.checked_sub(cap).filter(|excess| *excess > 0) else { return };
        self.text = match self.keep {
            Keep::Start => self.text.chars().take(cap).collect(),
            Keep::End => self.text.chars().skip(excess).collect(),
        };
        self.left_out += excess;
    }

    /// The characters that are there, without the count of those that are not.
    pub(super) fn length(&self) -> usize {
        self.text.chars().count()
    }

    /// The text, with `…(+N characters)` where some were left out.
    pub(super) fn shown(&self) -> String {
        match (self.left_out, self.keep) {
            (0, _) => self.text.clone(),
            (n, Keep::Start) => format!("{}…(+{n} characters)", self.text),
            (n, Keep::End) => format!("(+{n} characters)…{}", self.text),
        }
    }
}

/// Foreign text on one line, for a sentence of ours: cleaned, at most `cap` characters.
pub fn one_line(text: &str, cap: usize) -> String {
    Excerpt::foreign(text, cap, Keep::Start).shown().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Foreign text without terminal sequences, invisible and reordering characters, secrets, and images that a client
/// would load. Line breaks are newlines. Cleaning again changes nothing.
pub fn clean(text: &str) -> String {
    defang(&redact(&strip(text)))
}

// An image; the target of a link with a scheme or host; an element that loads or runs something.
const ACTIVE: &str = r"(?x)
    (?P<image>!\[)
  | (?P<link>\]\()(?P<target>\s*<?\s*(?://|[A-Za-z][A-Za-z0-9+.-]*:))
  | <(?P<element>(?i:/?(?:img|iframe|svg|video|audio|picture|embed|script|style|link))\b)";

static ACTIVE_PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(ACTIVE).ok());

fn defang(text: &str) -> String {
    let Some(pattern) = &*ACTIVE_PATTERN else { return text.replace("![", "!\\[") };
    pattern
        .replace_all(text, |found: &Captures<'_>| {
            if found.name("image").is_some() {
                return r"!\[".to_owned();
            }
            if let Some(target) = found.name("target") {
                // The target may itself begin like an element.
                return format!(r"]\({}", defang(target.as_str()));
            }
            format!(r"<\{}", found.name("element").map_or("", |element| element.as_str()))
        })
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::{ACTIVE_PATTERN, Excerpt, Keep, clean, one_line};
    use crate::render::characters::is_forbidden;
    use proptest::prelude::*;

    #[test]
    fn the_pattern_compiles() {
        assert!(ACTIVE_PATTERN.is_some());
    }

    #[test]
    fn an_image_is_no_longer_one() {
        assert_eq!(clean("![x](http://evil/?q=1)"), r"!\[x]\(http://evil/?q=1)");
        assert_eq!(clean("<IMG src=http://evil>"), r"<\IMG src=http://evil>");
        assert_eq!(clean("!\u{200b}[x](//evil)"), r"!\[x]\(//evil)");
        assert_eq!(clean("](<img:"), r"]\(<\img:");
    }

    #[test]
    fn code_that_only_resembles_markup_stays() {
        for text in ["layers[0](x)", "a < b", "List<Image>", "if !x[0]", "<object object at 0x7f>"] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn a_long_text_says_how_much_is_missing() {
        assert_eq!(Excerpt::foreign("abcdef", 4, Keep::Start).shown(), "abcd…(+2 characters)");
        assert_eq!(Excerpt::foreign("abcdef", 4, Keep::End).shown(), "(+2 characters)…cdef");
        assert_eq!(Excerpt::foreign("äöü", 3, Keep::Start).shown(), "äöü");
    }

    #[test]
    fn cutting_twice_counts_everything_that_is_missing() {
        let mut excerpt = Excerpt::foreign("abcdef", 4, Keep::Start);
        excerpt.shorten(1);
        assert_eq!(excerpt.shown(), "a…(+5 characters)");
    }

    #[test]
    fn a_name_in_a_sentence_stays_on_its_line() {
        assert_eq!(one_line("a\n\n# b\tc", 80), "a # b c");
    }

    proptest! {
        #[test]
        fn clean_text_holds_nothing_forbidden_and_stays_as_it_is(parts in proptest::collection::vec(prop_oneof![
            any::<char>().prop_map(String::from),
            proptest::sample::select(vec![
                "![", "](", "http://", "a:b@", "<img", "<", "img", "!", "[", "]", "(", "\\", "password=", "\u{1b}[31m",
                "\u{202e}", "\u{200b}", "\u{e0041}", "\n", "***", "Bearer ", "0123456789abcdefghij",
            ]).prop_map(str::to_owned),
        ], 0..30)) {
            let once = clean(&parts.concat());
            prop_assert!(!once.chars().any(is_forbidden));
            prop_assert!(!once.contains("!["));
            prop_assert_eq!(clean(&once), once);
        }
    }
}

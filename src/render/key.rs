//! Names that others gave to metrics, params and tags: shown so that what is invisible is seen and they can be passed back.

use super::characters::{is_emoji_selector, is_forbidden};
use super::redact::redact;

/// A key in which every character that cannot be seen or would break a table stands as `\u{…}`; all others as they are.
///
/// [`unescape_key`] undoes it exactly, but for what has the shape of a secret, which is masked in names too.
pub fn escape_key(key: &str) -> String {
    let key = redact(key);
    let mut shown = String::with_capacity(key.len());
    let (start, end) = (key.len() - key.trim_start().len(), key.trim_end().len());
    for (at, c) in key.char_indices() {
        let rest = key.get(at..).unwrap_or_default();
        let at_edge = at < start || at >= end;
        if is_forbidden(c)
            || is_emoji_selector(c)
            || matches!(c, '\t' | '\n' | '|')
            || (c.is_whitespace() && (c != ' ' || at_edge))
            || is_markup(rest)
            || rest.starts_with("\\u{")
        {
            shown.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A character that begins what a client might render: an image, the target of a link, an element.
fn is_markup(rest: &str) -> bool {
    let element = || rest.strip_prefix('<').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    rest.starts_with("![") || rest.starts_with("](") || element()
}

/// The key behind what [`escape_key`] showed. Text that holds no `\u{…}` is itself.
pub fn unescape_key(shown: &str) -> String {
    let mut key = String::with_capacity(shown.len());
    let mut rest = shown;
    while let Some((before, after)) = rest.split_once("\\u{") {
        key.push_str(before);
        let escaped = after.split_once('}').and_then(|(digits, after)| {
            let plain = (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
            let c = u32::from_str_radix(digits, 16).ok().filter(|_| plain).and_then(char::from_u32)?;
            Some((c, after))
        });
        if let Some((c, after)) = escaped {
            key.push(c);
            rest = after;
        } else {
            key.push_str("\\u{");
            rest = after;
        }
    }
    key.push_str(rest);
    key
}

#[cfg(test)]
mod tests {
    use super::{escape_key, unescape_key};
    use crate::render::characters::is_forbidden;
    use proptest::prelude::*;

    #[test]
    fn an_ordinary_key_is_shown_as_it_is() {
        for key in ["val_f1", "train/loss", "General/learning rate", "C:\\data", "学習率"] {
            assert_eq!(escape_key(key), key);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(escape_key("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(escape_key("lr "), "lr\\u{20}");
        assert_eq!(escape_key("a|b\nc"), "a\\u{7c}b\\u{a}c");
    }

    #[test]
    fn a_secret_in_a_key_is_masked() {
        assert_eq!(escape_key(&format!("AKIA{}", "IOSFODNN7EXAMPLE")), "***");
    }

    #[test]
    fn an_image_in_a_key_does_not_load() {
        assert_eq!(escape_key("![x](http://h)"), "\\u{21}[x\\u{5d}(http://h)");
    }

    proptest! {
        #[test]
        fn a_key_comes_back_exactly(
            key in proptest::collection::vec(prop_oneof![
                any::<char>(),
                proptest::sample::select(vec!['\\', 'u', '{', '}', '2', '0', ' ', '|', '\u{202e}', '!', '[', ']', '(', '<']),
            ], 0..40)
        ) {
            let key: String = key.into_iter().collect();
            let shown = escape_key(&key);
            prop_assert!(!shown.chars().any(|c| is_forbidden(c) || matches!(c, '\n' | '|')));
            prop_assert_eq!(unescape_key(&shown), key);
        }
    }
}

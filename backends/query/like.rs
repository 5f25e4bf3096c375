//! Patterns of `like` and `ilike`.

/// Whether the whole text matches: `%` is any text (also none), `_` any one character, all else itself; there is no
/// escape character. `ignore_case` compares lower-cased characters (Unicode).
///
/// Takes at most `text × pattern` steps, whatever the pattern: only the last `%` is ever tried again, because a
/// shorter match of an earlier one leaves all that follows at least as much text.
pub(super) fn like(text: &str, pattern: &str, ignore_case: bool) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut at, mut wanted) = (0, 0);
    let mut last_any: Option<(usize, usize)> = None;
    while let Some(&character) = text.get(at) {
        match pattern.get(wanted) {
            Some('%') => {
                last_any = Some((wanted + 1, at));
                wanted += 1;
            }
            Some(&expected) if expected == '_' || same(expected, character, ignore_case) => {
                at += 1;
                wanted += 1;
            }
            _ => match last_any {
                None => return false,
                Some((behind, from)) => {
                    last_any = Some((behind, from + 1));
                    wanted = behind;
                    at = from + 1;
                }
            },
        }
    }
    pattern.iter().skip(wanted).all(|&expected| expected == '%')
}

fn same(a: char, b: char, ignore_case: bool) -> bool {
    a == b || ignore_case && a.to_lowercase().eq(b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::like;

    /// The definition itself, exponential.
    fn naive(text: &[char], pattern: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('%', rest)) => (0..=text.len()).any(|skipped| naive(&text[skipped..], rest)),
            Some((expected, rest)) => {
                text.split_first().is_some_and(|(c, left)| (*expected == '_' || expected == c) && naive(left, rest))
            }
        }
    }

    #[test]
    fn percent_is_any_text_and_underscore_one_character() {
        assert!(like("resnet50", "res%50", false));
        assert!(like("grün", "gr_n", false));
        assert!(like("", "%", false));
        assert!(!like("resnet", "resnet_", false));
        assert!(!like("a\\%", "a\\_b", false));
    }

    #[test]
    fn case_counts_for_like_and_not_for_ilike() {
        assert!(!like("BERT", "bert", false));
        assert!(like("GRÖSSE BERT", "grösse%", true));
        assert!(like("ΟΔΟΣ", "οδοσ", true));
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let text = "a".repeat(5_000);

        assert!(!like(&text, &format!("{}b", "%a".repeat(50)), false));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn it_agrees_with_the_definition(text in "[ab%_é]{0,9}", pattern in "[ab%_é]{0,7}") {
            let (t, p): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());

            prop_assert_eq!(like(&text, &pattern, false), naive(&t, &p));
        }
    }
}

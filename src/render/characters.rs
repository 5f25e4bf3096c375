//! Which characters of foreign text may reach a reader: none that hide, reorder or command.

/// Whether a character is invisible, reorders the text around it, or commands a terminal.
pub(super) fn is_forbidden(c: char) -> bool {
    matches!(c,
        // Control characters but tab and newline.
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // Bidirectional marks, embeddings and isolates.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Zero width, invisible operators, fillers and annotations.
        | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        // Tag characters and the variation selectors that can carry hidden bytes.
        | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// The two selectors that ordinary emoji and keycaps carry (`❤️`, `1️⃣`): allowed once after a character.
pub(super) fn is_emoji_selector(c: char) -> bool {
    matches!(c, '\u{fe0e}' | '\u{fe0f}')
}

/// The text without terminal sequences and forbidden characters; every kind of line break is a newline.
pub(crate) fn strip(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut selector_allowed = false;
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_escape(&mut rest),
            '\u{9b}' => skip_control_sequence(&mut rest),
            '\r' => {
                rest.next_if_eq(&'\n');
                kept.push('\n');
            }
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => kept.push('\n'),
            c if is_emoji_selector(c) => {
                if selector_allowed {
                    kept.push(c);
                }
                selector_allowed = false;
                continue;
            }
            c if is_forbidden(c) => continue,
            c => {
                kept.push(c);
                selector_allowed = !c.is_whitespace();
                continue;
            }
        }
        selector_allowed = false;
    }
    kept
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// What follows an ESC: a control sequence, a string that ends at BEL or ST, or one character.
fn skip_escape(rest: &mut Rest<'_>) {
    match rest.peek() {
        Some('[') => {
            rest.next();
            skip_control_sequence(rest);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            rest.next();
            skip_string(rest);
        }
        Some(' '..='/') => {
            while rest.next_if(|c| (' '..='/').contains(c)).is_some() {}
            rest.next_if(|c| ('0'..='~').contains(c));
        }
        Some('0'..='~') => {
            rest.next();
        }
        _ => {}
    }
}

/// Parameters, intermediates and the final byte of a control sequence.
fn skip_control_sequence(rest: &mut Rest<'_>) {
    while rest.next_if(|c| (' '..='?').contains(c)).is_some() {}
    rest.next_if(|c| ('@'..='~').contains(c));
}

/// A terminal string (a title, a hyperlink). One that does not end on its line is not a string: its text stays.
fn skip_string(rest: &mut Rest<'_>) {
    let mut ahead = rest.clone();
    while let Some(c) = ahead.next() {
        match c {
            '\u{7}' | '\u{9c}' => {
                *rest = ahead;
                return;
            }
            '\u{1b}' => {
                ahead.next_if_eq(&'\\');
                *rest = ahead;
                return;
            }
            '\n' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_forbidden, strip};
    use proptest::prelude::*;

    #[test]
    fn terminal_sequences_leave_only_their_text() {
        assert_eq!(strip("\u{1b}[1;31mError\u{1b}[0m: \u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\"), "Error: link");
        assert_eq!(strip("\u{9b}2Kdone"), "done");
        assert_eq!(strip("a\u{1b}]0;never ended"), "a0;never ended");
    }

    #[test]
    fn every_line_break_is_a_newline() {
        assert_eq!(strip("a\r\nb\rc\u{2028}d"), "a\nb\nc\nd");
    }

    #[test]
    fn hidden_characters_are_gone() {
        assert_eq!(strip("a\u{202e}b\u{200b}c\u{e0041}d\u{feff}e\u{fe00}f\u{e0100}"), "abcdef");
    }

    #[test]
    fn letters_of_all_scripts_and_emoji_stay() {
        for text in ["שלום", "مرحبا", "学習率", "naïve", "❤️", "1️⃣", "🇩🇪", "हिन्दी", "👍🏽"]
        {
            assert_eq!(strip(text), text);
        }
    }

    #[test]
    fn selectors_in_a_row_cannot_carry_a_message() {
        assert_eq!(strip("x\u{fe0f}\u{fe0e}\u{fe0f}"), "x\u{fe0f}");
    }

    proptest! {
        #[test]
        fn stripped_text_holds_nothing_forbidden_and_stays_as_it_is(
            text in proptest::collection::vec(prop_oneof![
                any::<char>(),
                proptest::sample::select(vec!['\u{1b}', '[', ']', '\u{7}', '\r', '\n', '\u{fe0f}', '\u{202e}', 'm', '\u{9b}']),
            ], 0..60)
        ) {
            let text: String = text.into_iter().collect();
            let once = strip(&text);
            prop_assert!(!once.chars().any(is_forbidden));
            prop_assert_eq!(strip(&once), once);
        }
    }
}

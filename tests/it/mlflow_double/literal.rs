//! Quoted text as MLflow's lexer finds its end: the expressions `'(''|\\'|[^'])*'` and `"(""|\\"|[^"])*"`, with all
//! their going back; the outer quotes are stripped, nothing inside is undone.

/// The number of characters that the quoted text at the beginning of `text` takes, both quotes included.
pub(super) fn quoted_length(text: &[char]) -> Option<usize> {
    let quote = *text.first()?;
    // Places where a quote was taken for a part of the text and could be its end instead.
    let mut other_ends = Vec::new();
    let mut at = 1;
    while let Some(&character) = text.get(at) {
        let quote_follows = text.get(at + 1) == Some(&quote);
        if character == quote {
            if !quote_follows {
                return Some(at + 1);
            }
            other_ends.push(at);
            at += 2;
        } else if character == '\\' && quote_follows {
            // The back-slash alone is text too, and the quote behind it then an end, or the first of two.
            other_ends.push(at + 1);
            at += 2;
        } else {
            at += 1;
        }
    }
    other_ends.pop().map(|end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::quoted_length;

    fn read(text: &str) -> Option<String> {
        let characters: Vec<char> = text.chars().collect();
        quoted_length(&characters).map(|length| characters.iter().take(length).collect())
    }

    #[test]
    fn an_end_is_found_as_the_server_finds_it() {
        for (text, literal) in [
            ("'a' AND", Some("'a'")),
            ("'' AND", Some("''")),
            ("'it''s'", Some("'it''s'")),
            (r"'a\'b'", Some(r"'a\'b'")),
            (r"'abc\'", Some(r"'abc\'")),
            (r"'abc\' AND x = 'y'", Some(r"'abc\' AND x = '")),
            ("\"it's\" AND", Some("\"it's\"")),
            ("'abc", None),
        ] {
            assert_eq!(read(text).as_deref(), literal, "{text}");
        }
    }
}

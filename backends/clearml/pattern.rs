//! Regular expressions for the server: text that means itself, and our patterns. Both Python's `re`, which reads them
//! first, and the database's PCRE must take them alike; where case rules differ, they are wider than ours.

/// A longer text is not worth a pattern.
const CHARACTERS: usize = 500;

/// The whole text is one of these.
pub(super) fn exactly<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let alternatives = texts.into_iter().map(itself).collect::<Option<Vec<_>>>()?;
    (!alternatives.is_empty() && alternatives.len() <= 100).then(|| format!("^(?:{})$", alternatives.join("|")))
}

/// This text, each character for itself.
pub(super) fn itself(text: &str) -> Option<String> {
    sayable(text).then(|| text.chars().map(literal).collect())
}

/// The pattern of `like` (or `ilike`).
pub(super) fn like(pattern: &str, ignore_case: bool) -> Option<String> {
    let one = |c: char| match c {
        '%' => ".*".to_owned(),
        '_' => ".".to_owned(),
        c if ignore_case => either_case(c).unwrap_or_else(|| ".".to_owned()),
        c => literal(c),
    };
    let pattern = sayable(pattern).then(|| pattern.chars().map(one).collect::<String>())?;
    Some(format!("(?s{}:^{pattern}$)", if ignore_case { "i" } else { "" }))
}

/// Somewhere this text, in any case.
pub(super) fn contains(text: &str) -> Option<String> {
    // In lower case a letter beyond ASCII may be two, and one may be part of another.
    let one = |c: char| either_case(c).unwrap_or_else(|| ".?".to_owned());
    let lowered = text.to_lowercase();
    sayable(&lowered).then(|| format!("(?si:{})", lowered.chars().map(one).collect::<String>()))
}

/// A pattern for a letter in either case; `None` for those beyond ASCII, whose case rules differ from ours.
fn either_case(c: char) -> Option<String> {
    match c {
        // The two beyond ASCII that are these in lower case.
        'k' | 'K' => Some("[kK\u{212a}]".to_owned()),
        'i' | 'I' => Some("[iI\u{130}]".to_owned()),
        c => c.is_ascii().then(|| literal(c)),
    }
}

fn literal(c: char) -> String {
    if c.is_ascii_punctuation() { format!("\\{c}") } else { c.to_string() }
}

/// The database's patterns end at a NUL.
fn sayable(text: &str) -> bool {
    text.len() <= CHARACTERS && !text.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::{contains, exactly, like};

    #[test]
    fn text_means_itself() {
        assert_eq!(exactly(["a.b (1)"]).unwrap(), r"^(?:a\.b \(1\))$");
        assert_eq!(exactly(["a|b", "größe"]).unwrap(), r"^(?:a\|b|größe)$");
    }

    #[test]
    fn wildcards_become_those_of_the_server() {
        assert_eq!(like("res%_.5", false).unwrap(), r"(?s:^res.*.\.5$)");
        assert_eq!(like("Ünk%", true).unwrap(), "(?si:^.n[kK\u{212a}].*$)");
    }

    #[test]
    fn letters_beyond_ascii_are_any_where_case_does_not_count() {
        assert_eq!(contains("Bi é").unwrap(), "(?si:b[iI\u{130}] .?)");
    }

    #[test]
    fn what_cannot_be_said_is_left_out() {
        assert_eq!(exactly(["a\0b"]), None);
        assert_eq!(exactly([]), None);
        assert_eq!(like(&"a".repeat(501), false), None);
    }
}

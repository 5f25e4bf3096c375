//! Text out of addresses.

/// The text with each `%XX` as the character that it stands for; a `+` stays itself, as it does outside queries.
pub(crate) fn decoded(text: &str) -> String {
    // The query parser of `url` decodes; what means something to it must survive.
    let query = format!("v={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn only_what_is_encoded_changes() {
        for (text, expected) in [
            ("p%40ss%25%23", "p@ss%#"),
            ("%C3%BC", "ü"),
            ("a+b&c=d;e", "a+b&c=d;e"),
            ("100%", "100%"),
            ("%zz", "%zz"),
            ("", ""),
        ] {
            assert_eq!(decoded(text), expected);
        }
    }
}

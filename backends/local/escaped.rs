//! Percent signs in addresses and in the paths that MLflow keeps.

/// The text without percent signs, as Python's `unquote` reads it.
pub(crate) fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let escaped = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match escaped.filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn only_what_is_escaped_is_changed() {
        for (text, plain) in [("a%20b", "a b"), ("100% x", "100% x"), ("%", "%"), ("%2", "%2"), ("%C3%BC%zz", "ü%zz")]
        {
            assert_eq!(unescaped(text), plain);
        }
    }
}

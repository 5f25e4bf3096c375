//! Values that somebody was to replace and did not: they are named, never sent.

/// Whether a key, secret or token is nothing but a placeholder of a guide: `<your-key>`, `your-access-key`, `${input:…}`,
/// `xxxx`, or nothing at all.
pub(super) fn is_placeholder(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let within = |open, close| value.starts_with(open) && value.ends_with(close);
    let word: String = value.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    value.contains("${")
        || within('<', '>')
        || within('{', '}')
        || within('[', ']')
        || within('%', '%')
        || value.chars().all(|c| matches!(c, 'x' | '*' | '.' | '-' | '_' | '…'))
        || word.starts_with("your_")
        || matches!(
            word.as_str(),
            "access_key" | "secret_key" | "my_access_key" | "my_secret_key" | "changeme" | "change_me"
        )
}

#[cfg(test)]
mod tests {
    use super::is_placeholder;

    #[test]
    fn what_guides_write_in_place_of_a_key_is_a_placeholder() {
        for value in [
            "",
            "  ",
            "<your-key>",
            "<ACCESS KEY>",
            "your-access-key",
            "your_secret_key",
            "YOUR ACCESS KEY",
            "Your-Secret",
            "${input:clearml_key}",
            "${CLEARML_API_ACCESS_KEY}",
            "%CLEARML_KEY%",
            "{{key}}",
            "[key]",
            "xxxx",
            "xXx-XxX",
            "***",
            "...",
            "…",
            "access_key",
            "SECRET-KEY",
            "changeme",
        ] {
            assert!(is_placeholder(value), "{value:?}");
        }
    }

    #[test]
    fn a_key_is_none() {
        for value in [
            "GGS9F4M6XB2DXJ5AFT9F",
            "2oGujVFhPfaozhpuz2GzQfA5OyxmMsR3WVJpsCR5hrgHFs20PO",
            "yourself",
            "xX9-",
            "p<w>d",
            "a{b}",
            "$ecret",
            "my-key",
            "eyJhbGciOiJIUzI1NiJ9.e30.-_x",
        ] {
            assert!(!is_placeholder(value), "{value:?}");
        }
    }
}

//! Values that somebody was to replace and did not: they are named, never sent.

/// Words that examples have in the place of a value.
const WORDS: [&str; 6] = ["changeme", "change-me", "xxx", "todo", "...", "…"];

/// Whether a value is nothing but what an example has in its place: `<your-token>`, `${input:token}`, `{{token}}`,
/// `your-token`, `changeme`.
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let within = |open, close| value.starts_with(open) && value.ends_with(close);
    within("<", ">")
        || within("${", "}")
        || within("{{", "}}")
        || value.starts_with("your-")
        || value.starts_with("your_")
        || WORDS.contains(&value.as_str())
}

#[cfg(test)]
mod tests {
    use super::is_placeholder;

    #[test]
    fn what_an_example_has_in_the_place_of_a_value_is_told_from_a_value() {
        for value in [
            "<your-token>",
            "<token>",
            "${input:token}",
            "{{token}}",
            "YOUR_TOKEN",
            "your-password",
            "ChangeMe",
            " <x> ",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["hunter2", "", "a<b>c", "pa${s", "p{{}}", "yours", "xxxy", "dapi0123", "me@<lab>.org"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }
}

//! Patterns of paths: `*.json`, `logs/**`, `*/artifacts/config.yml`.

use backends::{Error, Result};
use regex::Regex;

use crate::render::one_line;

/// A pattern. `*` and `?` stay within a folder, `**` goes through folders. It fits a whole path or any end of one that
/// begins with a name.
#[derive(Clone, Debug)]
pub(crate) struct Glob(Regex);

impl Glob {
    /// The pattern in a text; `None` if the text has nothing of one.
    pub(crate) fn read(text: &str) -> Result<Option<Self>> {
        if !text.contains(['*', '?']) {
            return Ok(None);
        }
        let mut pattern = String::from("^(?:.*/)?");
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let (written, length) = match c {
                '*' if rest.starts_with("**/") => ("(?:.*/)?".to_owned(), 3),
                '*' if rest.starts_with("**") => (".*".to_owned(), 2),
                '*' => ("[^/]*".to_owned(), 1),
                '?' => ("[^/]".to_owned(), 1),
                c => (regex::escape(c.encode_utf8(&mut [0; 4])), c.len_utf8()),
            };
            pattern.push_str(&written);
            rest = rest.get(length..).unwrap_or_default();
        }
        pattern.push('$');
        let compiled = Regex::new(&pattern);
        compiled.map(|regex| Some(Self(regex))).map_err(|_| {
            Error::bad_input(format!(
                "the pattern '{}' is too long; use a shorter one such as logs/**",
                one_line(text, 80)
            ))
        })
    }

    /// Whether a path fits.
    pub(crate) fn fits(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    fn fits(pattern: &str, path: &str) -> bool {
        Glob::read(pattern).unwrap().unwrap().fits(path)
    }

    #[test]
    fn a_star_stays_within_its_folder_and_two_go_through() {
        assert!(fits("*.json", "results.json") && fits("*.json", "a/b/results.json"));
        assert!(fits("logs/**", "logs/train.log") && fits("logs/**", "lm-eval.mmlu/logs/node/0.log"));
        assert!(!fits("logs/**", "my-logs/train.log") && !fits("logs/*", "logs/node/0.log"));
        assert!(fits("**/config.yml", "config.yml") && fits("**/config.yml", "a/b/config.yml"));
        assert!(fits("server-?.log", "x/server-1.log") && !fits("server-?.log", "x/server-10.log"));
        assert!(fits("a+(b).*", "a+(b).txt") && !fits("a+(b).*", "aab.txt"));
    }

    #[test]
    fn a_text_without_a_star_is_no_pattern() {
        assert!(Glob::read("logs/train.log").unwrap().is_none());
    }
}

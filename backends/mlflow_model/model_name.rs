//! What names a version of a registered model.

/// A version of a registered model as people write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ModelName {
    /// `name/3`
    Version(String, String),
    /// `name@champion`
    Alias(String, String),
}

impl ModelName {
    /// Reads `name/3`, `name@alias`, either with `models:/` before it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("models:").map_or(text, |rest| rest.trim_start_matches('/'));
        // No alias has a slash, but the name of a model may have an `@`.
        if let Some((name, alias)) = text.rsplit_once('@').filter(|(_, alias)| !alias.contains('/')) {
            return (!name.is_empty() && !alias.is_empty()).then(|| Self::Alias(name.to_owned(), alias.to_owned()));
        }
        let (name, version) = text.rsplit_once('/')?;
        let numbered = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
        (!name.is_empty() && numbered).then(|| Self::Version(name.to_owned(), version.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::ModelName;

    #[test]
    fn a_version_is_told_by_its_number_and_an_alias_by_its_sign() {
        let version = |name: &str, number: &str| Some(ModelName::Version(name.to_owned(), number.to_owned()));
        let alias = |name: &str, alias: &str| Some(ModelName::Alias(name.to_owned(), alias.to_owned()));
        for (text, expected) in [
            ("fraud/3", version("fraud", "3")),
            ("models:/fraud/3", version("fraud", "3")),
            ("models://fraud/3", version("fraud", "3")),
            ("team/fraud/12", version("team/fraud", "12")),
            ("catalog.schema.model/1", version("catalog.schema.model", "1")),
            ("mein modell ü/3", version("mein modell ü", "3")),
            ("fraud@v2/3", version("fraud@v2", "3")),
            ("fraud@champion", alias("fraud", "champion")),
            ("models:/fraud@champion", alias("fraud", "champion")),
            ("team/fraud@champion", alias("team/fraud", "champion")),
            ("a@b@c", alias("a@b", "c")),
        ] {
            assert_eq!(ModelName::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn what_names_neither_is_no_model() {
        for text in [
            "",
            "fraud",
            "fraud/",
            "/3",
            "fraud/latest",
            "fraud/Production",
            "fraud/3a",
            "fraud/-1",
            "@champion",
            "fraud@",
            "models:/",
            "models:/m-04710e7abfd14f81a22fe20a9e68b978",
        ] {
            assert_eq!(ModelName::parse(text), None, "{text}");
        }
    }
}

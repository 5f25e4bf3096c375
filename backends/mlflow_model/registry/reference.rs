//! What names a model, a version of it, or a logged model.

use crate::mlflow_model::model_name::ModelName;
use crate::mlflow_model::text::is_run_id;
use crate::model::Model;

/// A reference, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// A registered model, and perhaps one of its versions.
    Registered(String, Which),
    /// A logged model, by its id.
    Logged(String),
}

/// Which version of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// None in particular.
    Any,
    /// The one of this number.
    Number(String),
    /// The one that this alias names.
    Alias(String),
    /// The newest of this stage.
    Stage(String),
    /// The newest.
    Latest,
}

/// The stages that MLflow knows.
const STAGES: [&str; 4] = ["None", "Staging", "Production", "Archived"];

/// Whether a text has the shape of a logged model's id.
pub(crate) fn is_logged_id(text: &str) -> bool {
    text.strip_prefix("m-").is_some_and(is_run_id)
}

impl Reference {
    /// Reads `name`, `name/3`, `name@champion`, `name/Production`, `name/latest` and `m-…`, with or without `models:/`.
    pub(crate) fn read(text: &str) -> Self {
        let text = text.strip_prefix("models:").map_or(text, |rest| rest.trim_start_matches('/'));
        if is_logged_id(text) {
            return Self::Logged(text.to_owned());
        }
        match ModelName::parse(text) {
            Some(ModelName::Version(name, number)) => Self::Registered(name, Which::Number(number)),
            Some(ModelName::Alias(name, alias)) => Self::Registered(name, Which::Alias(alias)),
            None => match text.rsplit_once('/') {
                Some((name, word)) if word.eq_ignore_ascii_case("latest") => {
                    Self::Registered(name.to_owned(), Which::Latest)
                }
                Some((name, word)) if STAGES.iter().any(|stage| stage.eq_ignore_ascii_case(word)) => {
                    Self::Registered(name.to_owned(), Which::Stage(word.to_owned()))
                }
                _ => Self::Registered(text.to_owned(), Which::Any),
            },
        }
    }
}

impl Which {
    /// Whether a version is named by its number.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Number(_))
    }

    /// The version of the model that is meant: `None` for none in particular; an error with what there is instead.
    pub(crate) fn of(&self, model: &Model) -> Result<Option<String>, Vec<String>> {
        let found = match self {
            Self::Any => return Ok(None),
            Self::Number(number) => {
                // `03` is the same version as `3`.
                let number = number.trim_start_matches('0');
                model.versions.iter().find(|version| version.version == number).map(|version| version.version.clone())
            }
            Self::Alias(alias) => model.aliases.get(alias).cloned(),
            Self::Latest => model.versions.first().map(|version| version.version.clone()),
            Self::Stage(stage) => {
                let is = |own: &str| own.eq_ignore_ascii_case(stage);
                let of = |own: Option<&str>| own.map_or(is("None"), is);
                let found = model.versions.iter().find(|version| of(version.stage.as_deref()));
                found.map(|version| version.version.clone())
            }
        };
        found.map(Some).ok_or_else(|| {
            let aliases = model.aliases.keys().map(|alias| format!("{}@{alias}", model.name));
            std::iter::once(model.name.clone())
                .chain(aliases)
                .chain(model.versions.iter().take(5).map(|version| version.id.clone()))
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Reference, Which};

    #[test]
    fn a_reference_tells_the_model_and_the_version() {
        let registered = |name: &str, which| Reference::Registered(name.to_owned(), which);
        let id = "m-04710e7abfd14f81a22fe20a9e68b978";
        for (text, expected) in [
            ("fraud", registered("fraud", Which::Any)),
            ("it's \"a\" model", registered("it's \"a\" model", Which::Any)),
            ("models:/team/fraud/3", registered("team/fraud", Which::Number("3".to_owned()))),
            ("fraud@champion", registered("fraud", Which::Alias("champion".to_owned()))),
            ("models:/fraud/Production", registered("fraud", Which::Stage("Production".to_owned()))),
            ("fraud/latest", registered("fraud", Which::Latest)),
            ("fraud/head", registered("fraud/head", Which::Any)),
            (id, Reference::Logged(id.to_owned())),
            ("models:/m-04710e7abfd14f81a22fe20a9e68b978", Reference::Logged(id.to_owned())),
            ("m-odel", registered("m-odel", Which::Any)),
        ] {
            assert_eq!(Reference::read(text), expected, "{text}");
        }
    }
}

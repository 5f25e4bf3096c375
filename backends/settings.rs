//! Settings of a tracker, each with the place that it came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::allowance::Pace;
use crate::secret::{MASK, Secret};
use crate::section::{Names, Section};

/// Where clients look for the name of the operating system's user (Python's `getpass`).
pub const LOGIN_NAMES: [&str; 4] = ["LOGNAME", "USER", "LNAME", "USERNAME"];

/// The process's surroundings, as data: what tests replace. `Debug` shows the names of variables, not their values.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
    folder: Option<PathBuf>,
    section: Option<Arc<Section>>,
    pace: Pace,
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.variables.keys().collect();
        f.debug_struct("Environment").field("variables", &names).field("home", &self.home).finish()
    }
}

impl Environment {
    /// The real surroundings of this process. Variables that are not UTF-8 are left out.
    pub fn of_process() -> Self {
        let variables =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
        Self { variables, home: std::env::home_dir(), folder: std::env::current_dir().ok(), ..Self::default() }
    }

    /// Surroundings made of these variables and this home directory.
    pub fn of(variables: &[(&str, &str)], home: Option<&Path>) -> Self {
        let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Self { variables, home: home.map(Path::to_path_buf), ..Self::default() }
    }

    /// The same surroundings, with this working directory.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_path_buf());
        self
    }

    /// What a section of a server config stands for. Of these surroundings it sees only who the operating system's user
    /// is, and the home directory if `native_files` of the tracker's own client are to be read: credentials belong to
    /// the tracker that they were written for. Paths are seen from the folder of the config.
    #[must_use]
    pub fn of_section(&self, section: Section, native_files: bool) -> Self {
        let who = |name: &&'static str| Some(((*name).to_owned(), self.variables.get(*name)?.clone()));
        Self {
            variables: LOGIN_NAMES.iter().filter_map(who).collect(),
            home: self.home.clone().filter(|_| native_files),
            folder: section.file.parent().map(Path::to_path_buf),
            section: Some(Arc::new(section)),
            pace: self.pace,
        }
    }

    /// The same, where trackers may be asked this hard.
    #[must_use]
    pub fn at_pace(&self, pace: Pace) -> Self {
        Self { pace, ..self.clone() }
    }

    /// How hard a tracker may be asked.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// The name that the operator gave the tracker, if it stands in a section.
    pub fn tracker(&self) -> Option<&str> {
        self.section.as_ref().map(|section| section.tracker.as_str())
    }

    /// Where the value of a variable comes from.
    pub fn source(&self, name: &'static str) -> Source {
        self.section.as_ref().and_then(|section| section.source(name)).unwrap_or(Source::Variable(name))
    }

    /// A setting as the operator knows it: the key of the section with the value that is written there, or else the
    /// name that it has outside.
    pub(crate) fn told(&self, variable: &str, outside: &'static str, value: String) -> (&'static str, String) {
        match self.section.as_ref().and_then(|section| section.key(variable)) {
            Some(key) => (key.name, key.written(&value)),
            None => (outside, value),
        }
    }

    /// How messages name settings.
    pub fn names(&self) -> Names {
        self.section.as_ref().map(|section| section.names()).unwrap_or_default()
    }

    /// Headers of every request, beyond those that the backend sends; with where each was written.
    pub fn headers(&self) -> Vec<(String, Value, Source)> {
        let Some(section) = &self.section else { return Vec::new() };
        let headers = section.headers().into_iter();
        headers.map(|(name, value)| (name.clone(), value, section.header_source(&name))).collect()
    }

    /// The keys that stand in the section, headers among them.
    pub(crate) fn written(&self) -> Vec<String> {
        let Some(section) = &self.section else { return Vec::new() };
        let headers = section.headers.iter().map(|(name, ..)| format!("header.{name}"));
        section.entries.keys().map(|key| (*key).to_owned()).chain(headers).collect()
    }

    /// A variable, if it is set to something. Empty values and placeholders that a client left unexpanded
    /// (`${…}`) count as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        let written = self.section.as_ref().and_then(|section| section.value(name));
        let value = written.or_else(|| self.variables.get(name).map(String::as_str))?.trim();
        (!value.is_empty() && !value.starts_with("${")).then_some(value)
    }

    /// A path with `~/` at its front replaced by the home directory, where that is known.
    pub fn expanded(&self, path: &str) -> PathBuf {
        path.strip_prefix("~/").and_then(|rest| self.home_file(rest)).unwrap_or_else(|| PathBuf::from(path))
    }

    /// The working directory; of a section, the folder of the server config.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// A file below the home directory.
    pub fn home_file(&self, relative: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(relative))
    }
}

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An environment variable.
    Variable(&'static str),
    /// A file, and the section of it.
    File(PathBuf, String),
    /// A line of a file, the first being 1.
    Line(PathBuf, usize),
    /// Part of another setting (user and password inside a URI).
    Within(&'static str),
    /// Not set, but it follows from another setting (one server's address from another's).
    Derived(&'static str),
    /// Nobody set it.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "${name}"),
            Self::File(path, section) if section.is_empty() => write!(f, "{}", path.display()),
            Self::File(path, section) => write!(f, "{} [{section}]", path.display()),
            Self::Line(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Within(setting) => write!(f, "inside {setting}"),
            Self::Derived(setting) => write!(f, "derived from {setting}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// May be shown.
    Plain(String),
    /// Must never be shown.
    Secret(Secret),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::Secret(_) => f.write_str(MASK),
        }
    }
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name (`url`, `password`, …).
    pub key: &'static str,
    /// Its value.
    pub value: Value,
    /// Where it came from.
    pub source: Source,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_set_if_it_says_something() {
        let environment = Environment::of(
            &[
                ("A", " value "),
                ("B", ""),
                ("C", " "),
                ("D", "${input:token}"),
                ("E", "${HOME}/x"),
                ("F", "a${x}"),
                ("G", "$x"),
            ],
            None,
        );
        for (name, value) in [
            ("A", Some("value")),
            ("B", None),
            ("C", None),
            ("D", None),
            ("E", None),
            ("F", Some("a${x}")),
            ("G", Some("$x")),
            ("H", None),
        ] {
            assert_eq!(environment.get(name), value, "{name}");
        }
    }

    #[test]
    fn a_file_of_the_home_directory_needs_one() {
        let home = Environment::of(&[], Some(Path::new("/homes/ada")));
        assert_eq!(home.home_file(".mlflow/credentials"), Some(PathBuf::from("/homes/ada/.mlflow/credentials")));
        assert_eq!(Environment::default().home_file("x"), None);
    }

    #[test]
    fn a_source_is_told_in_words() {
        let file = PathBuf::from("/h/.databrickscfg");
        for (source, words) in [
            (Source::Variable("MLFLOW_TRACKING_URI"), "$MLFLOW_TRACKING_URI"),
            (Source::File(file.clone(), "DEFAULT".to_owned()), "/h/.databrickscfg [DEFAULT]"),
            (Source::File(file.clone(), String::new()), "/h/.databrickscfg"),
            (Source::Line(file, 7), "/h/.databrickscfg:7"),
            (Source::Derived("api_server"), "derived from api_server"),
            (Source::Within("MLFLOW_TRACKING_URI"), "inside MLFLOW_TRACKING_URI"),
            (Source::Default, "default"),
        ] {
            assert_eq!(source.to_string(), words);
        }
    }

    #[test]
    fn a_secret_value_is_never_shown() {
        let setting =
            Setting { key: "password", value: Value::Secret(Secret::new("hunter2")), source: Source::Default };
        assert_eq!(setting.value.to_string(), MASK);
        assert!(!format!("{setting:?}").contains("hunter2"));
        assert_eq!(Value::Plain("ada".to_owned()).to_string(), "ada");
    }
}

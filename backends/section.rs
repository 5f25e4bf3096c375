//! What an operator wrote for one tracker in a server config: a section of keys, each with its line.
//!
//! A section stands in for the environment: its keys take the place of the variables that the tracker's own client
//! reads, so that a backend reads its settings in one way only, and nothing of the real environment mixes with them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::secret::Secret;
use crate::settings::{Source, Value};
use crate::{Error, Result};

/// A key that a section may have.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// How it is written: `password`.
    pub name: &'static str,
    /// The variable of the tracker's own client that it takes the place of; of keys without one, a word of our own.
    pub variable: &'static str,
    /// What its value is.
    pub form: Form,
    /// What it is for, in a clause.
    pub about: &'static str,
}

/// What the value of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text that may be shown.
    Text,
    /// Text that must never be shown.
    Secret,
    /// The path of a file.
    Path,
    /// The address of a server, or a store on this machine by its path, `sqlite:///…` or `file:…`.
    Place,
    /// `yes` or `no`; the variable has `true` or `false`.
    Switch,
    /// `yes` or `no`; the variable has the opposite, `false` or `true`.
    Opposite,
}

impl Key {
    /// What is written for a value of the variable.
    pub(crate) fn written(&self, value: &str) -> String {
        match (self.form, value) {
            (Form::Switch, "true") | (Form::Opposite, "false") => "yes".to_owned(),
            (Form::Switch, "false") | (Form::Opposite, "true") => "no".to_owned(),
            _ => value.to_owned(),
        }
    }

    /// A key.
    pub const fn new(name: &'static str, variable: &'static str, form: Form, about: &'static str) -> Self {
        Self { name, variable, form, about }
    }
}

/// A section `[tracker NAME]`.
#[derive(Clone, Debug)]
pub struct Section {
    /// The name of the tracker.
    pub tracker: String,
    /// The file that it stands in.
    pub file: PathBuf,
    /// The keys of its kind that are set: name → value and line.
    pub entries: BTreeMap<&'static str, (Secret, usize)>,
    /// Further headers of every request, with their lines.
    pub headers: Vec<(String, Secret, usize)>,
    /// All keys of its kind.
    pub keys: &'static [Key],
}

impl Section {
    /// The value of the key that takes the place of this variable.
    pub(crate) fn value(&self, variable: &str) -> Option<&str> {
        self.entry(variable).map(|(value, _)| value.expose())
    }

    /// Where the value for this variable was written.
    pub(crate) fn source(&self, variable: &str) -> Option<Source> {
        self.entry(variable).map(|(_, line)| Source::Line(self.file.clone(), *line))
    }

    /// What is written for a variable, of which several keys may take the place.
    fn entry(&self, variable: &str) -> Option<&(Secret, usize)> {
        self.keys.iter().filter(|key| key.variable == variable).find_map(|key| self.entries.get(key.name))
    }

    /// The key that takes the place of this variable: of several the one that is set.
    pub(crate) fn key(&self, variable: &str) -> Option<&'static Key> {
        let mut keys = self.keys.iter().filter(|key| key.variable == variable);
        let set = keys.clone().find(|key| self.entries.contains_key(key.name));
        set.or_else(|| keys.next())
    }

    /// Where the header of this name was written.
    pub(crate) fn header_source(&self, name: &str) -> Source {
        let line = self.headers.iter().find(|(header, ..)| header == name).map_or(0, |(_, _, line)| *line);
        Source::Line(self.file.clone(), line)
    }

    /// How to name settings of this tracker in messages.
    pub(crate) fn names(&self) -> Names {
        let place = format!("[tracker {}] of {}", self.tracker, self.file.display());
        Names(Some((self.keys.iter().filter_map(|key| self.key(key.variable)).collect(), place)))
    }

    /// The headers that every request gets.
    pub(crate) fn headers(&self) -> Vec<(String, Value)> {
        self.headers.iter().map(|(name, value, _)| (name.clone(), Value::Secret(value.clone()))).collect()
    }
}

/// How messages name settings: as variables, or as keys of a section.
#[derive(Clone, Debug, Default)]
pub struct Names(Option<(Vec<&'static Key>, String)>);

impl Names {
    /// The message with the names that this operator uses.
    pub fn told(&self, message: &str) -> String {
        let Some((keys, place)) = &self.0 else { return message.to_owned() };
        // The longer names first: one may be the beginning of another.
        let mut keys: Vec<&Key> = keys.iter().copied().filter(|key| message.contains(key.variable)).collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.variable.len()));
        if keys.is_empty() {
            return message.to_owned();
        }
        let told = keys.into_iter().fold(message.to_owned(), |text, key| text.replace(key.variable, key.name));
        format!("{told} (in {place})")
    }

    /// The same error in these names.
    pub fn error(&self, error: Error) -> Error {
        Error { message: self.told(&error.message), ..error }
    }

    /// The same outcome in these names.
    ///
    /// # Errors
    /// Those of the outcome.
    pub fn outcome<T>(&self, outcome: Result<T>) -> Result<T> {
        outcome.map_err(|error| self.error(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[Key] = &[
        Key::new("url", "MLFLOW_TRACKING_URI", Form::Text, "the address"),
        Key::new("username", "MLFLOW_TRACKING_USERNAME", Form::Text, "who"),
        Key::new("password", "MLFLOW_TRACKING_PASSWORD", Form::Secret, "the word"),
    ];

    fn section() -> Section {
        Section {
            tracker: "lab".to_owned(),
            file: PathBuf::from("/etc/tracker-mcp.ini"),
            entries: BTreeMap::from([("url", (Secret::new("http://lab:5000"), 3))]),
            headers: Vec::new(),
            keys: KEYS,
        }
    }

    #[test]
    fn a_key_takes_the_place_of_a_variable() {
        let section = section();
        assert_eq!(section.value("MLFLOW_TRACKING_URI"), Some("http://lab:5000"));
        assert_eq!(section.value("MLFLOW_TRACKING_PASSWORD"), None);
        assert_eq!(section.value("HOME"), None);
        let line = Source::Line(PathBuf::from("/etc/tracker-mcp.ini"), 3);
        assert_eq!(section.source("MLFLOW_TRACKING_URI"), Some(line));
    }

    #[test]
    fn messages_name_what_the_operator_wrote() {
        let message = "check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD";
        assert_eq!(
            section().names().told(message),
            "check username and password (in [tracker lab] of /etc/tracker-mcp.ini)"
        );
        assert_eq!(section().names().told("no such run"), "no such run");
        assert_eq!(Names::default().told(message), message);
    }
}

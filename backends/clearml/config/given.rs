//! A setting, looked for in the variables and then in the files.

use std::path::{Path, PathBuf};

use super::conf::{Conf, Fault, Text, Variables};
use super::files::File;
use crate::settings::{Environment, Source};
use crate::{Error, Result};

/// Where a setting may be.
pub(super) struct Key {
    /// Its name in reports.
    pub(super) name: &'static str,
    /// Variables, the first that is set going before the others.
    variables: &'static [&'static str],
    /// Keys in the files, used where no variable is set: the first that says something.
    paths: &'static [&'static str],
}

/// A setting that was found.
pub(super) struct Given {
    pub(super) value: String,
    pub(super) source: Source,
    /// The name of the variable, or of the key in the file.
    pub(super) setting: &'static str,
    /// The same with the place, for messages.
    pub(super) named: String,
}

impl Key {
    pub(super) const fn new(
        name: &'static str,
        variables: &'static [&'static str],
        paths: &'static [&'static str],
    ) -> Self {
        Self { name, variables, paths }
    }

    /// What a variable says.
    pub(super) fn variable(&self, environment: &Environment) -> Option<Given> {
        let variable = |name: &'static str| {
            let value = environment.get(name)?.to_owned();
            Some(Given { value, source: environment.source(name), setting: name, named: name.to_owned() })
        };
        self.variables.iter().copied().find_map(variable)
    }

    /// Its first variable, for which a section of a server config has a key.
    pub(super) fn first(&self) -> &'static str {
        self.variables.first().copied().unwrap_or_default()
    }
}

/// The variables and files.
pub(super) struct Places<'a> {
    pub(super) environment: &'a Environment,
    files: Vec<(&'a Path, Conf<'a>)>,
}

impl<'a> Places<'a> {
    /// Reads the files, of which the later goes before the earlier.
    ///
    /// # Errors
    /// A file is broken: its path, the line and what was expected.
    pub(super) fn read(environment: &'a Environment, files: &'a [File]) -> Result<Self> {
        let read = |file: &'a File| {
            let path = file.path.as_path();
            Ok((path, Conf::read(&file.text).map_err(|fault| Error::bad_input(located(path, &fault)))?))
        };
        Ok(Self { environment, files: files.iter().map(read).collect::<Result<_>>()? })
    }

    /// What is worth knowing about the files.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        self.files.iter().flat_map(|(path, conf)| conf.warnings.iter().map(|fault| located(path, fault)))
    }

    /// The file to name in advice: the last that was read, or the one that would be; none where a section stands for it.
    pub(super) fn file(&self) -> Option<String> {
        match self.files.last() {
            Some((path, _)) => Some(path.display().to_string()),
            None => self.environment.tracker().is_none().then(|| "~/clearml.conf".to_owned()),
        }
    }

    /// Where to set something, in words.
    pub(super) fn of(&self, key: &Key) -> String {
        match (key.paths.first(), self.file()) {
            (Some(path), Some(file)) => format!("{}, or {path} in {file}", key.first()),
            _ => key.first().to_owned(),
        }
    }

    /// The name of a setting where the operator gave it; of one that is not given, where it could be.
    pub(super) fn name(&self, key: &Key, given: Option<&Given>) -> &'static str {
        let setting = given.map_or(key.first(), |given| given.setting);
        self.environment.told(setting, key.name, String::new()).0
    }

    /// A setting; its value is empty where it is set to nothing.
    ///
    /// # Errors
    /// The file has something else there than a text, or needs a `${…}` that is not set.
    pub(super) fn get(&self, key: &Key) -> Result<Option<Given>> {
        let one = |conf: &Conf<'_>, path: &str, variables: Variables<'_>| {
            Ok(conf.text(path, variables)?.into_iter().collect())
        };
        Ok(self.find(key, one)?.into_iter().next())
    }

    /// A setting that may be a list in a file.
    ///
    /// # Errors
    /// As [`Places::get`].
    pub(super) fn all(&self, key: &Key) -> Result<Vec<Given>> {
        self.find(key, |conf, path, variables| conf.list(path, variables))
    }

    fn find(
        &self,
        key: &Key,
        read: impl Fn(&Conf<'_>, &str, Variables<'_>) -> Result<Vec<Text>, Fault>,
    ) -> Result<Vec<Given>> {
        if let Some(given) = key.variable(self.environment) {
            return Ok(vec![given]);
        }
        let variables = |name: &str| self.environment.get(name).map(ToOwned::to_owned);
        let mut empty = Vec::new();
        for path in key.paths {
            for (file, conf) in self.files.iter().rev() {
                let texts = read(conf, path, &variables).map_err(|fault| Error::bad_input(located(file, &fault)))?;
                let found: Vec<Given> = texts.into_iter().map(|text| given(file, path, text)).collect();
                if found.iter().any(|given| !given.value.is_empty()) {
                    return Ok(found);
                }
                // Set to nothing in the later file is set to nothing, whatever the earlier says.
                if !found.is_empty() {
                    empty.extend(found);
                    break;
                }
            }
        }
        Ok(empty)
    }
}

fn given(file: &Path, path: &'static str, Text { text, line }: Text) -> Given {
    Given {
        value: text.trim().to_owned(),
        named: format!("{path} ({} line {line})", file.display()),
        source: Source::Line(PathBuf::from(file), line),
        setting: path,
    }
}

fn located(path: &Path, fault: &Fault) -> String {
    format!("{} line {}: {}", path.display(), fault.line, fault.what)
}

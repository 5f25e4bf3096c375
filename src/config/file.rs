//! The server config `tracker-mcp.ini`: one file for all trackers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use backends::ini_file::IniFile;
use backends::settings::{Environment, Setting, Source, Value};
use backends::{Error, Result};

use super::server::{KEYS, ServerSettings};
use super::tracker::{self, Line};
use super::value::resolve;
use crate::trackers::Configured;
use backends::section::Form;

/// The name of the file.
pub const NAME: &str = "tracker-mcp.ini";
/// The variable that says where it is.
pub const VARIABLE: &str = "TRACKER_MCP_CONFIG";

/// What a server config says.
pub(super) struct FileConfig {
    pub(super) server: ServerSettings,
    /// What its section sets, each with its line.
    pub(super) settings: Vec<Setting>,
    pub(super) trackers: Vec<Configured>,
    /// What is wrong outside the sections of trackers, which tell their own faults.
    pub(super) faults: Vec<String>,
}

/// Where the server config is: as the command line says, then `$TRACKER_MCP_CONFIG`, then the user's own folder of
/// configurations if there is one. Never the working directory: clients start servers inside cloned repositories.
pub(super) fn place(named: Option<&Path>, environment: &Environment) -> Option<PathBuf> {
    let named = named.map(Path::to_path_buf);
    let variable = || environment.get(VARIABLE).map(|path| environment.expanded(path));
    named.or_else(variable).or_else(|| usual_place(environment).filter(|path| path.is_file()))
}

/// Where the file is looked for when nothing names it.
pub fn usual_place(environment: &Environment) -> Option<PathBuf> {
    let folder = match () {
        () if cfg!(windows) => environment.get("APPDATA").map(PathBuf::from),
        () if cfg!(target_os = "macos") => environment.home_file("Library/Application Support"),
        () => {
            let configured = environment.get("XDG_CONFIG_HOME").map(PathBuf::from);
            configured.filter(|path| path.is_absolute()).or_else(|| environment.home_file(".config"))
        }
    };
    // A relative one would lead into the working directory.
    folder.filter(|folder| folder.is_absolute()).map(|folder| folder.join("tracker-mcp").join(NAME))
}

/// Reads a server config.
///
/// # Errors
/// Bad input if the file is not there, cannot be read, or is no INI file.
pub(super) fn read(path: &Path, environment: &Environment) -> Result<FileConfig> {
    let text = std::fs::read(path).map_err(|error| {
        Error::bad_input(format!(
            "the server config {} cannot be read ({}); mend --config or ${VARIABLE}, or write one: tracker-mcp config example",
            path.display(),
            error.kind()
        ))
    })?;
    let file = IniFile::parse(path.to_owned(), &String::from_utf8_lossy(&text))?;
    Ok(FileConfig::of(&file, environment))
}

impl FileConfig {
    fn of(file: &IniFile, environment: &Environment) -> Self {
        let mut config =
            Self { server: ServerSettings::default(), settings: Vec::new(), trackers: Vec::new(), faults: Vec::new() };
        // First, wherever it stands: its limits hold for the trackers.
        config.server_section(&file.path, &lines(file, "server"), environment);
        let environment = &environment.at_pace(config.server.pace);
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (section, line) in &file.sections {
            let place = format!("{}:{line}", file.path.display());
            if let Some(before) = seen.insert(section, *line) {
                config
                    .faults
                    .push(format!("{place}: [{section}] stands here again, after line {before}; make one of both"));
                continue;
            }
            let entries = lines(file, section);
            if let Some(fault) = twice(&file.path, &entries) {
                config.faults.push(fault);
            }
            match section.split_once(char::is_whitespace).map(|(word, name)| (word, name.trim())) {
                None if section == "server" => {}
                Some(("tracker", name)) => match tracker::wrong_name(name) {
                    Some(why) => config.faults.push(format!("{place}: {why}")),
                    None => config.trackers.push(tracker::read(&file.path, name, &entries, environment)),
                },
                _ => config.faults.push(format!(
                    "{place}: [{section}] is no section of this file; expected [server] or [tracker NAME], such as [tracker lab]"
                )),
            }
        }
        config.check_default(&file.path);
        config
    }

    fn server_section(&mut self, path: &Path, lines: &[Line<'_>], environment: &Environment) {
        for line in lines {
            let taken = resolve(line.value, Form::Text, environment, path).and_then(|value| {
                self.server.set(line.key, value.expose())?;
                Ok(value.expose().to_owned())
            });
            let key = KEYS.iter().find(|(name, _)| *name == line.key);
            match (taken, key) {
                (Ok(value), Some((key, _))) => self.settings.push(Setting {
                    key,
                    value: Value::Plain(value),
                    source: Source::Line(path.to_owned(), line.number),
                }),
                (Ok(_), None) => {}
                (Err(why), _) => {
                    self.faults.push(format!("{}:{}: {} {why}", path.display(), line.number, line.key));
                }
            }
        }
    }

    fn check_default(&mut self, path: &Path) {
        let Some(name) = &self.server.default_tracker else { return };
        if !self.server.discover && !self.trackers.iter().any(|tracker| tracker.name == *name) {
            self.faults
                .push(format!("{}: default_tracker is '{name}', but there is no [tracker {name}]", path.display()));
        }
    }
}

/// The lines of a section.
fn lines<'a>(file: &'a IniFile, section: &str) -> Vec<Line<'a>> {
    let entries = file.entries.iter().filter(|entry| entry.section == section);
    entries.map(|entry| Line { key: &entry.key, value: &entry.value, number: entry.line }).collect()
}

/// A key that stands twice in a section.
fn twice(path: &Path, lines: &[Line<'_>]) -> Option<String> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    lines.iter().find_map(|line| {
        let before = seen.insert(line.key, line.number)?;
        Some(format!(
            "{}:{}: {} stands here again, after line {before}; take one out",
            path.display(),
            line.number,
            line.key
        ))
    })
}

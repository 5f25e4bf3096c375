//! `tracker-mcp install`: writes the server into the configuration of a client, and takes it out again.

mod client;
mod document;
mod entry;
mod file;
mod json;
mod json_text;
mod listing;
mod location;
mod notes;
mod own_file;
mod passed;
mod toml;
mod yaml;
mod yaml_tree;

use std::path::{Path, PathBuf};

use backends::settings::Environment;
use clap::Args;

use client::{Client, Facts};
use document::{Entry, Fault, Place};
use entry::Server;
use file::{Opened, Readers};
use location::System;
use passed::Passed;

/// What the command line asks for.
#[derive(Args, Debug)]
pub(super) struct Wanted {
    /// The client
    #[arg(required_unless_present = "list")]
    client: Option<Client>,
    /// Show each client with its file, and whether tracker-mcp is in it
    #[arg(long, conflicts_with_all = ["client", "print", "uninstall"])]
    list: bool,
    /// Show what would be written, and write nothing
    #[arg(long, conflicts_with = "uninstall")]
    print: bool,
    /// Take it out again
    #[arg(long)]
    uninstall: bool,
    /// What the client calls the server
    #[arg(long, default_value = "tracker", value_parser = server_name)]
    name: String,
    /// Write the file of the project in the working directory instead of your own
    #[arg(long)]
    project: bool,
    /// Pass a variable on: NAME lets the file refer to it, NAME=value writes the value into the file
    #[arg(long, value_name = "NAME[=VALUE]", value_parser = Passed::read)]
    env: Vec<Passed>,
}

/// Where the command runs.
pub(super) struct Surroundings {
    environment: Environment,
    folder: PathBuf,
    binary: PathBuf,
    system: System,
}

/// What is said at the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// For stdout.
    pub(super) text: String,
    /// For stderr.
    pub(super) aside: String,
}

impl Surroundings {
    /// Those of this process.
    pub(super) fn of_process() -> Result<Self, String> {
        let failed = |what: &str, error: std::io::Error| format!("{what} is not known ({})", error.kind());
        Ok(Self {
            environment: Environment::of_process(),
            folder: std::env::current_dir().map_err(|error| failed("the working directory", error))?,
            binary: std::env::current_exe().map_err(|error| failed("the place of this program", error))?,
            system: System::of_this_machine(),
        })
    }
}

/// Does what is asked; `config` is the server config that the client is to name.
///
/// # Errors
/// A sentence that says what is wrong and what to do. Nothing was changed then.
pub(super) fn run(wanted: &Wanted, config: Option<&Path>, surroundings: &Surroundings) -> Result<Said, String> {
    let Some(client) = wanted.client else {
        return Ok(Said { text: listing::list(&wanted.name, wanted.project, surroundings), ..Said::default() });
    };
    let task = Task::new(client, wanted, config, surroundings)?;
    match () {
        () if wanted.print => task.print(),
        () if wanted.uninstall => task.uninstall(),
        () => task.install(),
    }
}

/// One client, one file, one name.
struct Task<'a> {
    client: Client,
    facts: Facts,
    wanted: &'a Wanted,
    file: PathBuf,
    command: String,
    args: Vec<String>,
    surroundings: &'a Surroundings,
    /// The server config that the client is to name.
    config: Option<PathBuf>,
}

impl<'a> Task<'a> {
    fn new(
        client: Client,
        wanted: &'a Wanted,
        config: Option<&Path>,
        surroundings: &'a Surroundings,
    ) -> Result<Self, String> {
        let Wanted { name, project, env, .. } = wanted;
        let facts = client.facts();
        if client == Client::ClaudeCode && name == "workspace" {
            return Err("Claude Code keeps the name 'workspace' for itself; choose another --name".to_owned());
        }
        if let Some(twice) =
            env.iter().enumerate().find(|(at, one)| env.iter().take(*at).any(|other| other.name == one.name))
        {
            return Err(format!("--env names {} twice; take one out", twice.1.name));
        }
        let Surroundings { environment, folder, system, .. } = surroundings;
        let file = if *project {
            location::of_project(client, name, folder)
                .ok_or_else(|| format!("{} has no file of its own per project; leave --project out", facts.title))?
        } else {
            location::of_user(client, name, *system, environment).ok_or_else(|| {
                format!("there is no home directory, so the file of {} is not known; set HOME", facts.title)
            })?
        };
        let config = config.map(|config| folder.join(config));
        let text = |path: &Path| {
            path.to_str().map(str::to_owned).ok_or_else(|| format!("the path {} is not UTF-8", path.display()))
        };
        let args = match &config {
            Some(config) => vec!["--config".to_owned(), text(config)?],
            None => Vec::new(),
        };
        let command = text(&surroundings.binary)?;
        Ok(Self { client, facts, wanted, file, command, args, surroundings, config })
    }

    fn place(&self) -> Place<'_> {
        Place { section: self.facts.section, name: &self.wanted.name }
    }

    fn server(&self) -> Server<'_> {
        Server { name: &self.wanted.name, command: &self.command, args: &self.args, passed: &self.wanted.env }
    }

    fn entry(&self) -> Entry {
        entry::entry(self.client, &self.server())
    }

    /// What a file would hold that is not there yet.
    fn snippet(&self) -> Result<String, String> {
        let snippet = self.facts.format.with("", self.place(), &self.entry());
        snippet.map_err(|fault| format!("the entry cannot be written: {}", fault.what))
    }

    fn print(&self) -> Result<Said, String> {
        let aside = format!("nothing was written; this belongs into {}\n", self.file.display());
        Ok(Said { text: self.snippet()?, aside: aside + &notes::before(self).concat() })
    }

    fn install(&self) -> Result<Said, String> {
        let opened = Opened::at(&self.file)?;
        let (format, place, entry) = (self.facts.format, self.place(), self.entry());
        let old = opened.text.as_deref().unwrap_or_default();
        let new = format.with(old, place, &entry).map_err(|fault| self.refused(&fault))?;
        let shown = opened.path.display();
        if opened.text.as_deref() == Some(&new) {
            let text = format!("nothing to do: {shown} has this '{}' already\n", place.name);
            return Ok(Said { text: text + &notes::after(self, &opened.path, None).concat(), ..Said::default() });
        }
        let replaces = matches!(format.entry(old, place), Ok(Some(_)));
        let values = self.wanted.env.iter().any(|one| one.value.is_some());
        let backup = opened.back_up()?;
        opened.replace(&new, if values { Readers::Owner } else { Readers::AsUsual })?;
        let kept = backup.as_ref().map(|path| format!(" (as it was before: {})", path.display())).unwrap_or_default();
        let text = format!("wrote '{}' into {shown}{kept}\n", place.name);
        let notes = notes::after(self, &opened.path, backup.as_deref().filter(|_| replaces));
        Ok(Said { text: text + &notes.concat(), ..Said::default() })
    }

    fn uninstall(&self) -> Result<Said, String> {
        let opened = Opened::at(&self.file)?;
        let (format, place) = (self.facts.format, self.place());
        let shown = opened.path.display();
        let text = opened.text.as_deref().unwrap_or_default();
        let unreadable = |fault: Fault| format!("{shown}:{}: {}; the file was left as it is", fault.line, fault.what);
        let Some(entry) = format.entry(text, place).map_err(unreadable)? else {
            let text = format!("nothing to do: there is no '{}' in {shown}\n", place.name);
            return Ok(Said { text, ..Said::default() });
        };
        let rest = format.without(text, place).map_err(unreadable)?;
        let how = if let Some(original) = self.original(&opened, &entry) {
            opened.replace(&original, Readers::AsUsual)?;
            format!("took '{}' out of {shown}, which is as it was before\n", place.name)
        } else if format.is_blank(&rest) && !opened.linked {
            opened.remove()?;
            format!("took '{}' out and removed {shown}, which held nothing else\n", place.name)
        } else {
            let backup = opened.back_up()?;
            opened.replace(&rest, Readers::AsUsual)?;
            let backup = backup.map(|path| format!(" (as it was before: {})", path.display())).unwrap_or_default();
            format!("took '{}' out of {shown}{backup}\n", place.name)
        };
        Ok(Said { text: format!("{how}next: {}\n", self.facts.next_without()), ..Said::default() })
    }

    /// What the file held before this very entry was put in, if a backup has it.
    fn original(&self, opened: &Opened, entry: &Entry) -> Option<String> {
        let (format, place) = (self.facts.format, self.place());
        let lacks = |old: &str| matches!(format.entry(old, place), Ok(None));
        let gives = |old: &str| format.with(old, place, entry).is_ok_and(|new| opened.text.as_ref() == Some(&new));
        opened.backups().into_iter().map(|(_, old)| old).find(|old| lacks(old) && gives(old))
    }

    fn refused(&self, fault: &Fault) -> String {
        let by_hand = self.snippet().map(|snippet| format!(" To put it in by hand:\n\n{snippet}")).unwrap_or_default();
        format!("{}:{}: {}; the file was left as it is.{by_hand}", self.file.display(), fault.line, fault.what)
    }
}

/// A name that all clients take, and that means nothing else in any of their formats.
fn server_name(text: &str) -> Result<String, String> {
    let letters = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let means_more =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    if letters && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.len() <= 32 && !means_more {
        return Ok(text.to_owned());
    }
    Err("expected at most 32 letters, digits, - and _, beginning with a letter".to_owned())
}

#[cfg(test)]
mod tests;

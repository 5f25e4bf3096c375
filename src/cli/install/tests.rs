mod clients;
mod environment;
mod files;
mod json;
mod listing;
mod locations;
mod toml;
mod yaml;

use std::fs;
use std::path::{Path, PathBuf};

use backends::settings::Environment;
use clap::{Parser, ValueEnum};
use tempfile::TempDir;

use super::client::Client;
use super::location::{self, System};
use super::{Said, Surroundings, Wanted, run};

#[derive(Parser)]
struct Line {
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(flatten)]
    wanted: Wanted,
}

/// A home directory and a project that vanish after the test.
struct Home {
    folder: TempDir,
    variables: Vec<(&'static str, &'static str)>,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("project")).unwrap();
        Self { folder, variables: Vec::new() }
    }

    fn with(variables: &[(&'static str, &'static str)]) -> Self {
        Self { variables: variables.to_vec(), ..Self::new() }
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings {
            environment: Environment::of(&self.variables, Some(self.folder.path())),
            folder: self.path("project"),
            binary: PathBuf::from("/opt/tracker-mcp"),
            system: System::Linux,
        }
    }

    /// Runs `tracker-mcp install` with these words.
    fn run(&self, words: &str) -> Result<Said, String> {
        let line = Line::try_parse_from(["install"].into_iter().chain(words.split_whitespace()))
            .map_err(|error| error.to_string())?;
        run(&line.wanted, line.config.as_deref(), &self.surroundings())
    }

    /// The file of a client.
    fn file(&self, client: Client) -> PathBuf {
        location::of_user(client, "tracker", System::Linux, &self.surroundings().environment).unwrap()
    }

    fn write(&self, client: Client, text: &str) {
        let file = self.file(client);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn read(&self, client: Client) -> Option<String> {
        fs::read_to_string(self.file(client)).ok()
    }
}

/// The names of the files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

fn all() -> &'static [Client] {
    Client::value_variants()
}

//! `tracker-mcp install --list`

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::Value;

use super::client::Client;
use super::document::{Format, Place};
use super::file::Opened;
use super::{Surroundings, location};

/// Each client with its file and whether tracker-mcp is in it: the user's own file, and the project's if it is there
/// or asked for.
pub(super) fn list(name: &str, project: bool, surroundings: &Surroundings) -> String {
    let mut rows = vec![["client".to_owned(), "installed".to_owned(), "file".to_owned()]];
    for client in Client::value_variants() {
        let own = location::of_user(*client, name, surroundings.system, &surroundings.environment);
        let shared = location::of_project(*client, name, &surroundings.folder);
        let files = own.filter(|_| !project).into_iter().chain(shared.filter(|file| project || file.exists()));
        rows.extend(
            files.map(|file: PathBuf| [client.word(), state(*client, name, &file), file.display().to_string()]),
        );
    }
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(String::len).max().unwrap_or_default();
    let (first, second) = (width(0), width(1));
    rows.iter().map(|[client, state, file]| format!("{client:first$}  {state:second$}  {file}\n")).collect()
}

fn state(client: Client, name: &str, file: &Path) -> String {
    let facts = client.facts();
    let text = match Opened::at(file) {
        Ok(Opened { text: Some(text), .. }) => text,
        Ok(_) => return "no (no such file)".to_owned(),
        Err(_) => return "not readable".to_owned(),
    };
    if facts.format == Format::OwnFile {
        return match facts.format.entry(&text, Place { section: facts.section, name }) {
            Ok(Some(entry)) => told(name, &entry.value),
            Ok(None) => "no".to_owned(),
            Err(fault) => format!("broken: line {}", fault.line),
        };
    }
    let whole = match facts.format.read(&text) {
        Ok(whole) => whole,
        Err(fault) => return format!("broken: line {}", fault.line),
    };
    let servers = whole.get(facts.section).and_then(Value::as_object);
    let ours = |(key, value): &(&String, &Value)| *key == name || command(value).is_some_and(is_ours);
    servers.into_iter().flatten().find(ours).map_or_else(|| "no".to_owned(), |(key, value)| told(key, value))
}

fn told(name: &str, entry: &Value) -> String {
    match command(entry).map(Path::new) {
        Some(command) if command.is_absolute() && !command.exists() => format!("as '{name}', but its command is gone"),
        _ => format!("as '{name}'"),
    }
}

fn command(entry: &Value) -> Option<&str> {
    entry.get("command").or_else(|| entry.get("cmd"))?.as_str()
}

fn is_ours(command: &str) -> bool {
    let file = command.rsplit(['/', '\\']).next().unwrap_or_default();
    file == "tracker-mcp" || file == "tracker-mcp.exe"
}

//! What is worth saying besides what was done: the next step, the way back, and what is not passed on.

use std::collections::BTreeSet;
use std::path::Path;

use backends::registry::KINDS;

use super::super::quoted;
use super::client::{Client, Reference};
use super::{Task, entry, file};
use crate::config;

/// What holds before anything is written; a line each.
pub(super) fn before(task: &Task<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let title = task.facts.title;
    let left_out = entry::left_out(task.client, &task.wanted.env);
    if !left_out.is_empty() {
        notes.push(format!(
            "not written, since {title} has no way to refer to variables: {}. Start {title} with them set, or, where it \
             does not hand its own environment to servers, write --env NAME=value or name a server config with --config\n",
            left_out.join(", ")
        ));
    }
    if let Some(config) = task.config.as_ref().filter(|config| !config.is_file()) {
        notes.push(format!("{} is not there yet: tracker-mcp config example shows one\n", config.display()));
    }
    let forgotten = forgotten(task);
    if !forgotten.is_empty() {
        let way = match task.facts.reference {
            Reference::None => "--env NAME=value",
            _ => "--env NAME",
        };
        notes.push(format!(
            "set in this shell and not passed on: {}. {}: add {way} for each, or name a server config with --config\n",
            forgotten.join(", "),
            lack(task)
        ));
    }
    if is_passing(&task.surroundings.binary) {
        notes.push(format!(
            "{} lies in a cache that may be emptied any time: install tracker-mcp for good, then run this again\n",
            task.command
        ));
    }
    notes
}

/// What is to be said when the entry is in its file; a line each. `replaced` is the backup that holds another entry of
/// that name.
pub(super) fn after(task: &Task<'_>, written: &Path, replaced: Option<&Path>) -> Vec<String> {
    let mut notes = before(task);
    let values: Vec<&str> =
        task.wanted.env.iter().filter(|one| one.value.is_some()).map(|one| one.name.as_str()).collect();
    if !values.is_empty() && file::is_open_to_others(written) {
        notes.push(format!(
            "others may read this file, which holds {}: chmod 600 {}\n",
            values.join(", "),
            written.display()
        ));
    }
    if task.wanted.project && task.wanted.env.iter().any(|one| one.value.is_some() && one.is_secret()) {
        notes.push("the file is part of the project and holds a secret: keep it out of version control\n".to_owned());
    }
    if task.client == Client::ClaudeCode {
        notes.push(format!("the same in Claude Code's own words: {}\n", claude_mcp_add(task)));
    }
    notes.push(format!("next: {}\n", task.facts.next));
    notes.push(match replaced {
        Some(backup) => format!("undo: copy {} over {}\n", backup.display(), written.display()),
        None => format!("undo: {}\n", undo(task)),
    });
    notes
}

/// Why variables of this shell may not reach the server.
fn lack(task: &Task<'_>) -> String {
    let title = task.facts.title;
    match task.client {
        Client::Codex => format!("{title} hands no variables on that are not named"),
        Client::Gemini => {
            format!("{title} hands none on whose names look like secrets, and may be started without the others")
        }
        _ => format!("{title} may be started without"),
    }
}

/// Whether a program was put somewhere only to run once, as uvx and npx do.
fn is_passing(binary: &Path) -> bool {
    let caches = [".cache", "Caches", "_npx", "archive-v0"];
    binary.components().any(|part| caches.iter().any(|cache| part.as_os_str() == *cache))
}

fn undo(task: &Task<'_>) -> String {
    let name = &task.wanted.name;
    let name = if name == "tracker" { String::new() } else { format!(" --name {name}") };
    let project = if task.wanted.project { " --project" } else { "" };
    format!("tracker-mcp install {} --uninstall{project}{name}", task.client.word())
}

/// The variables of trackers that this shell has and the client may not have.
fn forgotten(task: &Task<'_>) -> Vec<&'static str> {
    if task.config.is_some() {
        return Vec::new();
    }
    let of_trackers = KINDS.iter().flat_map(|kind| kind.keys).map(|key| key.variable);
    // Other keys have a word of our own in the place of a variable.
    let variables = of_trackers.filter(|name| name.chars().all(|c| !c.is_ascii_lowercase())).chain([config::VARIABLE]);
    let passed = |name: &str| task.wanted.env.iter().any(|one| one.name == name);
    let set = |name: &str| task.surroundings.environment.get(name).is_some();
    variables.filter(|name| set(name) && !passed(name)).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The command of Claude Code that comes to the same; values stay out of it.
fn claude_mcp_add(task: &Task<'_>) -> String {
    let scope = if task.wanted.project { "project" } else { "user" };
    let env = task.wanted.env.iter().map(|one| {
        let reference = entry::reference(task.client, &task.wanted.name, one).unwrap_or_default();
        if one.value.is_some() {
            format!("--env {0}=\"${0}\" ", one.name)
        } else {
            format!("--env '{}={reference}' ", one.name)
        }
    });
    let env: String = env.collect();
    let words: Vec<String> = std::iter::once(&task.command).chain(&task.args).map(|word| quoted(word)).collect();
    // Behind --env the name would be taken for another variable.
    format!("claude mcp add {env}--scope {scope} --transport stdio {} -- {}", task.wanted.name, words.join(" "))
}

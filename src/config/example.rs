//! A server config to begin with, made of the very keys that are read.

use backends::registry::KINDS;

use super::{NAME, server, tracker};

/// A commented server config with every key.
pub fn example() -> String {
    let mut lines = vec![
        format!("# {NAME}: the trackers of tracker-mcp and what its tools may do."),
        "# A value stands as it is, or as env:NAME (a variable) or file:PATH (the first line of a file that is yours alone)."
            .to_owned(),
        "# `tracker-mcp config check` checks this file, `tracker-mcp doctor` also asks the trackers.".to_owned(),
        String::new(),
        "[server]".to_owned(),
    ];
    lines.extend(server::KEYS.iter().map(|(name, about)| key(name, about)));
    for kind in KINDS {
        lines.extend([String::new(), format!("# [tracker my-{}]", kind.name), format!("# kind = {}", kind.name)]);
        lines.extend(kind.keys.iter().map(|key| self::key(key.name, key.about)));
    }
    lines.extend([String::new(), "# In every section of a tracker:".to_owned()]);
    lines.extend(tracker::KEYS.iter().filter(|(name, _)| *name != "kind").map(|(name, about)| key(name, about)));
    lines.extend([
        String::new(),
        "[tracker lab]".to_owned(),
        "kind = mlflow".to_owned(),
        "url = http://127.0.0.1:5000".to_owned(),
    ]);
    lines.join("\n")
}

/// A key that is not set, with what it is for.
fn key(name: &str, about: &str) -> String {
    format!("#   {about}:\n# {name} = ")
}

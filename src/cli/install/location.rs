//! Where each client keeps its configuration.

use std::path::{Path, PathBuf};

use backends::settings::Environment;

use super::client::Client;

/// The operating systems that place files differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    Linux,
    Mac,
    Windows,
}

impl System {
    pub(super) fn of_this_machine() -> Self {
        match () {
            () if cfg!(windows) => Self::Windows,
            () if cfg!(target_os = "macos") => Self::Mac,
            () => Self::Linux,
        }
    }

    /// The user's folder of configurations.
    fn folder(self, environment: &Environment) -> Option<PathBuf> {
        match self {
            Self::Windows => {
                environment.get("APPDATA").map(PathBuf::from).or_else(|| environment.home_file("AppData/Roaming"))
            }
            Self::Mac => environment.home_file("Library/Application Support"),
            Self::Linux => xdg(environment),
        }
    }
}

fn xdg(environment: &Environment) -> Option<PathBuf> {
    environment.get("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| environment.home_file(".config"))
}

/// The file of the user; none without a home directory.
pub(super) fn of_user(client: Client, name: &str, system: System, environment: &Environment) -> Option<PathBuf> {
    let moved = |variable: &str, usual: &str| {
        environment.get(variable).map(PathBuf::from).or_else(|| environment.home_file(usual))
    };
    let folder = || system.folder(environment);
    match client {
        Client::ClaudeDesktop => folder().map(|folder| folder.join("Claude/claude_desktop_config.json")),
        Client::ClaudeCode => moved("CLAUDE_CONFIG_DIR", "").map(|folder| folder.join(".claude.json")),
        Client::Continue => {
            moved("CONTINUE_GLOBAL_DIR", ".continue").map(|folder| folder.join(format!("mcpServers/{name}.yaml")))
        }
        Client::Cursor => environment.home_file(".cursor/mcp.json"),
        Client::VsCode => folder().map(|folder| folder.join("Code/User/mcp.json")),
        Client::Zed if system == System::Windows => folder().map(|folder| folder.join("Zed/settings.json")),
        Client::Zed if system == System::Mac => environment.home_file(".config/zed/settings.json"),
        Client::Zed => xdg(environment).map(|folder| folder.join("zed/settings.json")),
        Client::Windsurf => environment.home_file(".codeium/windsurf/mcp_config.json"),
        Client::Codex => moved("CODEX_HOME", ".codex").map(|folder| folder.join("config.toml")),
        Client::Gemini => environment.home_file(".gemini/settings.json"),
        Client::Goose if system == System::Windows => {
            folder().map(|folder| folder.join("Block/goose/config/config.yaml"))
        }
        Client::Goose => xdg(environment).map(|folder| folder.join("goose/config.yaml")),
        Client::Cody => folder().map(|folder| folder.join("Code/User/settings.json")),
    }
}

/// The file of the project in this folder, where the client has one.
pub(super) fn of_project(client: Client, name: &str, folder: &Path) -> Option<PathBuf> {
    let file = match client {
        Client::ClaudeCode => ".mcp.json".to_owned(),
        Client::Continue => format!(".continue/mcpServers/{name}.yaml"),
        Client::Cursor => ".cursor/mcp.json".to_owned(),
        Client::VsCode => ".vscode/mcp.json".to_owned(),
        Client::Zed => ".zed/settings.json".to_owned(),
        Client::Codex => ".codex/config.toml".to_owned(),
        Client::Gemini => ".gemini/settings.json".to_owned(),
        Client::ClaudeDesktop | Client::Windsurf | Client::Goose | Client::Cody => return None,
    };
    Some(folder.join(file))
}

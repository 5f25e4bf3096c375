//! The clients, and how each writes down a server.

use clap::ValueEnum;

use super::document::Format;

/// A client of MCP servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Client {
    ClaudeDesktop,
    ClaudeCode,
    Continue,
    Cursor,
    #[value(name = "vscode")]
    VsCode,
    Zed,
    Windsurf,
    Codex,
    Gemini,
    Goose,
    Cody,
}

/// What is to be known of a client.
pub(super) struct Facts {
    pub(super) title: &'static str,
    pub(super) format: Format,
    /// Where its servers stand.
    pub(super) section: &'static str,
    /// What it wants done before it sees a change.
    pub(super) next: &'static str,
    pub(super) reference: Reference,
}

/// How a client refers to a variable of its own environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// It has no way to.
    None,
    /// As a value in `env`, with the name between these.
    Value(&'static str, &'static str),
    /// So, but what is secret is asked for and kept by the client.
    Asked(&'static str, &'static str),
    /// As a list of names under this key.
    Names(&'static str),
}

impl Client {
    pub(super) fn facts(self) -> Facts {
        use Format::{Json, Jsonc, OwnFile, Toml, Yaml};
        use Reference::{Asked, Names, Value};
        let (title, format, section, next, reference) = match self {
            Self::ClaudeDesktop => {
                ("Claude Desktop", Json, "mcpServers", "quit Claude Desktop and start it again", Reference::None)
            }
            // Without a default, a variable that is not set would be an error.
            Self::ClaudeCode => (
                "Claude Code",
                Json,
                "mcpServers",
                "start a new session of claude; /mcp shows the server",
                Value("${", ":-}"),
            ),
            Self::Continue => (
                "Continue",
                OwnFile,
                "mcpServers",
                "reload the window; tools are there in agent mode",
                Value("${{ secrets.", " }}"),
            ),
            Self::Cursor => {
                ("Cursor", Jsonc, "mcpServers", "see that it is switched on in Settings > MCP", Value("${env:", "}"))
            }
            Self::VsCode => (
                "VS Code",
                Jsonc,
                "servers",
                "run 'MCP: List Servers' and start it; tools are there in agent mode",
                Asked("${env:", "}"),
            ),
            Self::Zed => (
                "Zed",
                Jsonc,
                "context_servers",
                "see that its dot is green in the settings of the agent panel",
                Reference::None,
            ),
            Self::Windsurf => {
                ("Windsurf", Jsonc, "mcpServers", "press Refresh in the MCP settings of Cascade", Value("${env:", "}"))
            }
            Self::Codex => {
                ("Codex", Toml, "mcp_servers", "start a new session of codex; /mcp shows the server", Names("env_vars"))
            }
            Self::Gemini => {
                ("Gemini CLI", Jsonc, "mcpServers", "start gemini again; /mcp shows the server", Value("${", "}"))
            }
            Self::Goose => ("Goose", Yaml, "extensions", "start a new session of goose", Names("env_keys")),
            Self::Cody => (
                "Cody",
                Jsonc,
                "cody.mcpServers",
                "reload the window; Cody's MCP must be enabled by your Sourcegraph",
                Reference::None,
            ),
        };
        Facts { title, format, section, next, reference }
    }

    /// As it is written on the command line.
    pub(super) fn word(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl Facts {
    /// What to do when the server was taken out.
    pub(super) fn next_without(&self) -> String {
        format!("start {} again, so that it lets go of the server", self.title)
    }
}

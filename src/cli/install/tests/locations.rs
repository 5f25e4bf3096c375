use std::path::Path;

use backends::settings::Environment;

use super::super::client::Client;
use super::super::location::{System, of_project, of_user};
use super::{Home, all};

fn place(client: Client, system: System, variables: &[(&str, &str)]) -> String {
    let environment = Environment::of(variables, Some(Path::new("/h")));
    of_user(client, "lab", system, &environment).unwrap().to_str().unwrap().replace('\\', "/")
}

#[test]
fn each_client_has_its_file_on_each_system() {
    for (client, linux, mac, windows) in [
        (
            Client::ClaudeDesktop,
            "/h/.config/Claude/claude_desktop_config.json",
            "/h/Library/Application Support/Claude/claude_desktop_config.json",
            "/r/Claude/claude_desktop_config.json",
        ),
        (Client::ClaudeCode, "/h/.claude.json", "/h/.claude.json", "/h/.claude.json"),
        (
            Client::Continue,
            "/h/.continue/mcpServers/lab.yaml",
            "/h/.continue/mcpServers/lab.yaml",
            "/h/.continue/mcpServers/lab.yaml",
        ),
        (Client::Cursor, "/h/.cursor/mcp.json", "/h/.cursor/mcp.json", "/h/.cursor/mcp.json"),
        (
            Client::VsCode,
            "/h/.config/Code/User/mcp.json",
            "/h/Library/Application Support/Code/User/mcp.json",
            "/r/Code/User/mcp.json",
        ),
        (Client::Zed, "/h/.config/zed/settings.json", "/h/.config/zed/settings.json", "/r/Zed/settings.json"),
        (
            Client::Windsurf,
            "/h/.codeium/windsurf/mcp_config.json",
            "/h/.codeium/windsurf/mcp_config.json",
            "/h/.codeium/windsurf/mcp_config.json",
        ),
        (Client::Codex, "/h/.codex/config.toml", "/h/.codex/config.toml", "/h/.codex/config.toml"),
        (Client::Gemini, "/h/.gemini/settings.json", "/h/.gemini/settings.json", "/h/.gemini/settings.json"),
        (
            Client::Goose,
            "/h/.config/goose/config.yaml",
            "/h/.config/goose/config.yaml",
            "/r/Block/goose/config/config.yaml",
        ),
        (
            Client::Cody,
            "/h/.config/Code/User/settings.json",
            "/h/Library/Application Support/Code/User/settings.json",
            "/r/Code/User/settings.json",
        ),
    ] {
        assert_eq!(place(client, System::Linux, &[]), linux);
        assert_eq!(place(client, System::Mac, &[]), mac);
        assert_eq!(place(client, System::Windows, &[("APPDATA", "/r")]), windows);
    }
}

#[test]
fn a_folder_that_was_moved_is_found() {
    for (client, variable, file) in [
        (Client::ClaudeCode, "CLAUDE_CONFIG_DIR", "/x/.claude.json"),
        (Client::Continue, "CONTINUE_GLOBAL_DIR", "/x/mcpServers/lab.yaml"),
        (Client::Codex, "CODEX_HOME", "/x/config.toml"),
        (Client::Goose, "XDG_CONFIG_HOME", "/x/goose/config.yaml"),
        (Client::VsCode, "XDG_CONFIG_HOME", "/x/Code/User/mcp.json"),
    ] {
        assert_eq!(place(client, System::Linux, &[(variable, "/x")]), file);
    }
}

#[test]
fn a_project_has_files_of_its_own_where_the_client_reads_them() {
    let files: Vec<String> = all()
        .iter()
        .filter_map(|client| of_project(*client, "lab", Path::new("/p")))
        .map(|file| file.to_str().unwrap().replace('\\', "/"))
        .collect();
    assert_eq!(
        files,
        [
            "/p/.mcp.json",
            "/p/.continue/mcpServers/lab.yaml",
            "/p/.cursor/mcp.json",
            "/p/.vscode/mcp.json",
            "/p/.zed/settings.json",
            "/p/.codex/config.toml",
            "/p/.gemini/settings.json",
        ]
    );
    let refused = Home::new().run("goose --project").unwrap_err();
    assert_eq!(refused, "Goose has no file of its own per project; leave --project out");
}

#[test]
fn without_a_home_directory_it_says_so() {
    let environment = Environment::of(&[], None);
    assert_eq!(of_user(Client::Cursor, "lab", System::Linux, &environment), None);
}

use std::fs;

use super::super::client::Client;
use super::Home;

#[test]
fn the_list_says_of_each_client_whether_it_has_the_server() {
    let home = Home::new();
    home.run("gemini").unwrap();
    home.write(Client::Cursor, "{\"mcpServers\": {\"other\": {\"command\": \"x\"}}}");
    home.write(Client::Zed, "{\n");
    home.write(Client::Codex, "[mcp_servers.mlflow]\ncommand = \"tracker-mcp\"\n");
    home.write(Client::Continue, "name: x\nmcpServers: []\n");
    fs::create_dir(home.path("project/.cursor")).unwrap();
    fs::write(home.path("project/.cursor/mcp.json"), "{\"mcpServers\": {\"tracker\": {\"command\": \"uvx\"}}}")
        .unwrap();

    let text = home.run("--list").unwrap().text;

    let at = home.folder.path().display().to_string();
    let text = text.replace(&at, "~");
    assert_eq!(
        text,
        "client          installed                              file
claude-desktop  no (no such file)                      ~/.config/Claude/claude_desktop_config.json
claude-code     no (no such file)                      ~/.claude.json
continue        broken: line 1                         ~/.continue/mcpServers/tracker.yaml
cursor          no                                     ~/.cursor/mcp.json
cursor          as 'tracker'                           ~/project/.cursor/mcp.json
vscode          no (no such file)                      ~/.config/Code/User/mcp.json
zed             broken: line 1                         ~/.config/zed/settings.json
windsurf        no (no such file)                      ~/.codeium/windsurf/mcp_config.json
codex           as 'mlflow'                            ~/.codex/config.toml
gemini          as 'tracker', but its command is gone  ~/.gemini/settings.json
goose           no (no such file)                      ~/.config/goose/config.yaml
cody            no (no such file)                      ~/.config/Code/User/settings.json
"
    );
}

#[test]
fn the_list_of_a_project_names_its_files() {
    let home = Home::new();
    home.run("vscode --project").unwrap();
    let text = home.run("--list --project").unwrap().text;
    assert!(text.contains("/project/.vscode/mcp.json\n") && text.contains("as 'tracker'"), "{text}");
    assert!(!text.contains("goose") && !text.contains("/.config/"), "{text}");
}

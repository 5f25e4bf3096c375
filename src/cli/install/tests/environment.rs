//! Variables, the server config, and what is said about them.

use std::fs;

use super::super::client::Client;
use super::super::passed::Passed;
use super::{Home, all};

#[test]
fn a_variable_is_referred_to_in_the_clients_own_way() {
    for (client, expected) in [
        (
            Client::ClaudeCode,
            r#""env": {
        "MLFLOW_TRACKING_TOKEN": "${MLFLOW_TRACKING_TOKEN:-}"
      }"#,
        ),
        (
            Client::Continue,
            r#"    env:
      MLFLOW_TRACKING_TOKEN: "${{ secrets.MLFLOW_TRACKING_TOKEN }}""#,
        ),
        (Client::Cursor, r#""MLFLOW_TRACKING_TOKEN": "${env:MLFLOW_TRACKING_TOKEN}""#),
        (Client::VsCode, r#""MLFLOW_TRACKING_TOKEN": "${input:tracker-MLFLOW_TRACKING_TOKEN}""#),
        (Client::Windsurf, r#""MLFLOW_TRACKING_TOKEN": "${env:MLFLOW_TRACKING_TOKEN}""#),
        (Client::Codex, r#"env_vars = ["MLFLOW_TRACKING_TOKEN"]"#),
        (Client::Gemini, r#""MLFLOW_TRACKING_TOKEN": "${MLFLOW_TRACKING_TOKEN}""#),
        (Client::Goose, r#"env_keys: ["MLFLOW_TRACKING_TOKEN"]"#),
    ] {
        let home = Home::with(&[("MLFLOW_TRACKING_TOKEN", "hunter2")]);
        home.run(&format!("{} --env MLFLOW_TRACKING_TOKEN", client.word())).unwrap();
        let text = home.read(client).unwrap();
        assert!(text.contains(expected), "{client:?}: {text}");
        assert!(!text.contains("hunter2"), "{client:?}: {text}");
    }
}

#[test]
fn a_client_that_cannot_refer_to_a_variable_is_not_pretended_to() {
    for client in [Client::ClaudeDesktop, Client::Zed, Client::Cody] {
        let home = Home::new();
        let said = home.run(&format!("{} --env MLFLOW_TRACKING_TOKEN", client.word())).unwrap();
        assert!(said.text.contains("no way to refer to variables: MLFLOW_TRACKING_TOKEN. Start "), "{}", said.text);
        assert!(!home.read(client).unwrap().contains("MLFLOW_TRACKING_TOKEN"));
    }
}

#[test]
fn a_value_is_written_where_it_was_asked_for_and_can_be_taken_out() {
    for &client in all() {
        let home = Home::new();
        home.run(&format!("{} --env MLFLOW_TRACKING_URI=http://lab:5000 --env A=it's", client.word())).unwrap();
        let text = home.read(client).unwrap();
        assert!(text.contains("http://lab:5000") && text.contains("it's"), "{client:?}: {text}");
        home.run(&format!("{} --uninstall", client.word())).unwrap();
        assert_eq!(home.read(client), None);
    }
}

#[test]
fn vs_code_asks_for_secrets_and_reads_the_rest_from_its_environment() {
    let home = Home::new();
    let before = "{\n  \"inputs\": [\n    {\n      \"id\": \"other\"\n    }\n  ],\n  \"servers\": {}\n}\n";
    home.write(Client::VsCode, before);
    home.run("vscode --env MLFLOW_TRACKING_URI --env MLFLOW_TRACKING_PASSWORD").unwrap();
    assert_eq!(
        home.read(Client::VsCode).unwrap(),
        r#"{
  "inputs": [
    {
      "id": "other"
    },
    {
      "type": "promptString",
      "id": "tracker-MLFLOW_TRACKING_PASSWORD",
      "description": "MLFLOW_TRACKING_PASSWORD",
      "password": true
    }
  ],
  "servers": {
    "tracker": {
      "type": "stdio",
      "command": "/opt/tracker-mcp",
      "args": [],
      "env": {
        "MLFLOW_TRACKING_URI": "${env:MLFLOW_TRACKING_URI}",
        "MLFLOW_TRACKING_PASSWORD": "${input:tracker-MLFLOW_TRACKING_PASSWORD}"
      }
    }
  }
}
"#
    );
    home.run("vscode --env MLFLOW_TRACKING_URI").unwrap();
    let text = home.read(Client::VsCode).unwrap();
    assert!(!text.contains("PASSWORD") && text.contains("\"other\""), "{text}");
    home.run("vscode --uninstall").unwrap();
    assert_eq!(home.read(Client::VsCode).unwrap(), before);
}

#[test]
fn vs_codes_list_of_inputs_is_made_and_goes_again() {
    let home = Home::new();
    let before = "{\n  \"servers\": {\n    \"a\": {}\n  }\n}\n";
    home.write(Client::VsCode, before);
    home.run("vscode --env MLFLOW_TRACKING_TOKEN").unwrap();
    let text = home.read(Client::VsCode).unwrap();
    assert!(text.contains("  \"inputs\": [\n    {\n      \"type\": \"promptString\",\n"), "{text}");
    // Another entry that refers to the input keeps it.
    let shared = text.replace("\"a\": {}", "\"a\": { \"env\": { \"B\": \"${input:tracker-MLFLOW_TRACKING_TOKEN}\" } }");
    home.write(Client::VsCode, &shared);
    home.run("vscode --uninstall").unwrap();
    let text = home.read(Client::VsCode).unwrap();
    assert!(text.contains("\"id\": \"tracker-MLFLOW_TRACKING_TOKEN\"") && !text.contains("\"tracker\""), "{text}");

    home.write(Client::VsCode, before);
    home.run("vscode --env MLFLOW_TRACKING_TOKEN").unwrap();
    home.run("vscode --uninstall").unwrap();
    assert_eq!(home.read(Client::VsCode).unwrap(), before);
}

#[test]
fn the_server_config_is_named_with_its_whole_path() {
    for &client in all() {
        let home = Home::new();
        fs::write(home.path("project/lab.ini"), "").unwrap();
        let said = home.run(&format!("{} --config lab.ini", client.word())).unwrap();
        let args = format!("[\"--config\", \"{}\"]", home.path("project/lab.ini").display());
        let text = home.read(client).unwrap();
        assert!(text.contains(&args), "{client:?}: {text}");
        assert!(!said.text.contains("not there yet"), "{}", said.text);
    }
    let said = Home::new().run("cursor --config missing.ini").unwrap();
    assert!(said.text.contains("project/missing.ini is not there yet"), "{}", said.text);
}

#[test]
fn variables_of_this_shell_that_the_client_may_lack_are_named() {
    let home = Home::with(&[("MLFLOW_TRACKING_URI", "http://lab"), ("MLFLOW_TRACKING_TOKEN", "x"), ("OTHER", "y")]);
    let said = home.run("cursor --env MLFLOW_TRACKING_URI").unwrap();
    assert!(said.text.contains("not passed on: MLFLOW_TRACKING_TOKEN. Cursor may"), "{}", said.text);
    let said = home.run("cursor --config lab.ini").unwrap();
    assert!(!said.text.contains("not passed on"), "{}", said.text);
}

#[test]
fn claude_codes_own_command_is_shown_without_values() {
    let home = Home::new();
    let said = home.run("claude-code --env A --env MLFLOW_TRACKING_TOKEN=hunter2 --config lab.ini").unwrap();
    let expected = format!(
        "claude mcp add --env 'A=${{A:-}}' --env MLFLOW_TRACKING_TOKEN=\"$MLFLOW_TRACKING_TOKEN\" --scope user --transport \
         stdio tracker -- /opt/tracker-mcp --config {}/project/lab.ini\n",
        home.folder.path().display()
    );
    assert!(said.text.contains(&expected), "{}", said.text);
    let said = home.run("claude-code --project").unwrap();
    assert!(said.text.contains("claude mcp add --scope project --transport stdio tracker -- "), "{}", said.text);
}

#[test]
fn what_is_no_variable_is_refused() {
    for wrong in ["1A", "=x", "A-B", "A.B=1"] {
        let refused = Home::new().run(&format!("cursor --env {wrong}")).unwrap_err();
        assert!(refused.contains("expected the name of a variable, NAME or NAME=value"), "{refused}");
    }
    let refused = Home::new().run("cursor --env A --env A=1").unwrap_err();
    assert_eq!(refused, "--env names A twice; take one out");
}

#[test]
fn a_value_never_shows_in_what_is_logged() {
    let passed = Passed::read("TOKEN=hunter2").unwrap();
    assert!(!format!("{passed:?}").contains("hunter2"));
}

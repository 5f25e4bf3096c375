//! What each client's file looks like before and after.

mod samples;

use super::super::client::Client;
use super::{Home, all};
use samples::{broken, made, typical};

fn check(client: Client, before: &str, after: &str) {
    let (home, word) = (Home::new(), client.word());
    home.write(client, before);

    home.run(&word).unwrap();
    assert_eq!(home.read(client).unwrap(), after, "{word} with the entry");
    let said = home.run(&word).unwrap();
    assert!(said.text.starts_with("nothing to do"), "{word}: {}", said.text);
    assert_eq!(home.read(client).unwrap(), after, "{word} twice");
    home.run(&format!("{word} --uninstall")).unwrap();
    assert_eq!(home.read(client).unwrap(), before, "{word} without the entry");
    let said = home.run(&format!("{word} --uninstall")).unwrap();
    assert!(said.text.starts_with("nothing to do"), "{word}: {}", said.text);
}

#[test]
fn a_file_that_is_not_there_is_made_and_removed_again() {
    for &client in all() {
        let (home, word) = (Home::new(), client.word());

        home.run(&word).unwrap();
        assert_eq!(home.read(client).as_deref(), Some(made(client)), "{word}");
        home.run(&word).unwrap();
        assert_eq!(home.read(client).as_deref(), Some(made(client)), "{word} twice");
        home.run(&format!("{word} --uninstall")).unwrap();

        assert_eq!(home.read(client), None, "{word}");
    }
}

#[test]
fn an_empty_file_gets_the_entry_and_is_empty_again() {
    for &client in all() {
        for empty in ["", "\n", "  \n\n"] {
            let (home, word) = (Home::new(), client.word());
            home.write(client, empty);
            home.run(&word).unwrap();
            assert_eq!(home.read(client).unwrap().trim_start(), made(client), "{word}");
            home.run(&format!("{word} --uninstall")).unwrap();
            assert_eq!(home.read(client).as_deref(), Some(empty), "{word}");
        }
    }
}

#[test]
fn nothing_else_in_the_file_of_a_client_changes() {
    for &client in all() {
        let Some((text, entry)) = typical(client).filter(|(_, entry)| !entry.is_empty()) else { continue };
        let (before, after) = (text.replace('@', ""), text.replace('@', entry));
        check(client, &before, &after);
        let windows = |text: &str| text.replace('\n', "\r\n");
        check(client, &windows(&before), &windows(&after));
        check(client, &format!("\u{feff}{before}"), &format!("\u{feff}{after}"));
    }
}

#[test]
fn an_empty_section_is_filled_and_is_empty_again() {
    let (before, _) = typical(Client::Cody).unwrap();
    let filled = r#""cody.mcpServers": {
    "tracker": {
      "command": "/opt/tracker-mcp",
      "args": []
    }
  }, /* none yet */"#;
    check(Client::Cody, before, &before.replace(r#""cody.mcpServers": {}, /* none yet */"#, filled));
    check(Client::Goose, "extensions: {}\n", made(Client::Goose));
    check(Client::Goose, "extensions:\n", made(Client::Goose));
    check(Client::Goose, "extensions:", made(Client::Goose));
}

#[test]
fn a_file_without_the_section_gets_it_at_its_end() {
    check(
        Client::Cursor,
        "{ \"a\": 1 }\n",
        "{ \"a\": 1, \"mcpServers\": {\"tracker\": {\"command\": \"/opt/tracker-mcp\", \"args\": []}} }\n",
    );
    check(Client::Codex, "model = \"o9\"", &format!("model = \"o9\"\n\n{}", made(Client::Codex)));
    check(Client::Goose, "A: 1", &format!("A: 1\n{}", made(Client::Goose)));
    check(
        Client::Zed,
        "{\n  \"a\": 1 // one\n}",
        "{\n  \"a\": 1, // one\n  \"context_servers\": {\n    \"tracker\": {\n      \"command\": \"/opt/tracker-mcp\",\n      \
         \"args\": []\n    }\n  }\n}",
    );
    check(Client::Zed, "// nothing yet\n", &format!("// nothing yet\n{}", made(Client::Zed)));
}

#[test]
fn an_old_entry_of_the_name_gives_way_to_the_new_one_where_it_stands() {
    let old = r#"{
  "mcpServers": {
    "tracker": { "command": "/old/tracker-mcp", "env": { "A": "1" } },
    "files": { "command": "npx" }
  }
}
"#;
    for (client, before, after) in [
        (
            Client::ClaudeDesktop,
            old,
            "{
  \"mcpServers\": {
    \"tracker\": {
      \"command\": \"/opt/tracker-mcp\",
      \"args\": []
    },
    \"files\": { \"command\": \"npx\" }
  }
}
",
        ),
        (
            Client::Codex,
            "# first\n[mcp_servers.tracker]\ncommand = \"old\"   # old\n# of the team\n\n[mcp_servers.tracker.env]\nA = \
             \"1\"\n\n# other\n[mcp_servers.other]\ncommand = \"x\"\n",
            "# first\n[mcp_servers.tracker]\ncommand = \"/opt/tracker-mcp\"\nargs = []\n# of the team\n\n\n# \
             other\n[mcp_servers.other]\ncommand = \"x\"\n",
        ),
        (
            Client::Goose,
            "extensions:\n  a:\n    cmd: a\n  tracker:\n    cmd: old\n    args:\n    - x\n\n    # its own\n  # next\n  b:\n    cmd: b\n",
            "extensions:\n  a:\n    cmd: a\n  tracker:\n    enabled: true\n    type: stdio\n    name: tracker\n    \
             description: \"Experiment trackers: MLflow and others\"\n    cmd: /opt/tracker-mcp\n    args: []\n    envs: \
             {}\n    env_keys: []\n    timeout: 300\n  # next\n  b:\n    cmd: b\n",
        ),
        (
            Client::Continue,
            "# mine\nname: x\nversion: 1.0.0\nschema: v1\nmcpServers:\n  - name: tracker\n    command: old\n",
            made(Client::Continue),
        ),
    ] {
        let (home, word) = (Home::new(), client.word());
        home.write(client, before);
        home.run(&word).unwrap();
        assert_eq!(home.read(client).unwrap(), after, "{word}");
    }
}

#[test]
fn an_entry_that_was_there_before_us_can_be_taken_out() {
    for (client, before, after) in [
        (
            Client::ClaudeDesktop,
            "{\n  \"mcpServers\": {\n    \"tracker\": { \"command\": \"x\" },\n    \"files\": {}\n  }\n}\n",
            "{\n  \"mcpServers\": {\n    \"files\": {}\n  }\n}\n",
        ),
        (
            Client::Windsurf,
            "{\"mcpServers\":{\"tracker\":{},\"files\":{}},\"a\":1}",
            "{\"mcpServers\":{\"files\":{}},\"a\":1}",
        ),
        (Client::Windsurf, "{\"mcpServers\":{\"tracker\":{}},\"a\":1}", "{\"a\":1}"),
        (
            Client::Zed,
            "{\n  \"a\": 1, // one\n  \"context_servers\": {\"tracker\": {}} }",
            "{\n  \"a\": 1 // one\n   }",
        ),
        (
            Client::Zed,
            "{\n  \"context_servers\": {\n    // mine\n    \"tracker\": {}\n  }\n}",
            "{\n  \"context_servers\": {\n    // mine\n  }\n}",
        ),
        (Client::Codex, "[mcp_servers.tracker]\ncommand = \"x\"\n\n[b]\nc = 1\n", "\n[b]\nc = 1\n"),
        (Client::Goose, "extensions: # all\n  tracker:\n    cmd: x\nA: 1\n", "extensions: # all\nA: 1\n"),
        (Client::Goose, "A: 1\nextensions:\n  tracker:\n    cmd: x\nB: 1\n", "A: 1\nB: 1\n"),
    ] {
        let (home, word) = (Home::new(), client.word());
        home.write(client, before);
        home.run(&format!("{word} --uninstall")).unwrap();
        assert_eq!(home.read(client).unwrap(), after, "{word}");
    }
}

#[test]
fn a_broken_file_is_refused_with_its_line_and_left_as_it_is() {
    for &client in all() {
        for (text, line) in broken(client) {
            let (home, word) = (Home::new(), client.word());
            home.write(client, text);
            let refused = home.run(&word).unwrap_err();
            let place = format!("{}:{line}: ", home.file(client).display());
            assert!(refused.starts_with(&place), "{word} {text:?}: {refused}");
            assert!(refused.contains("the file was left as it is"), "{refused}");
            assert!(refused.contains("/opt/tracker-mcp"), "no snippet to put in by hand: {refused}");
            assert_eq!(home.read(client).as_deref(), Some(text), "{word}");
            let files = super::names(home.file(client).parent().unwrap());
            assert_eq!(files.iter().filter(|file| *file != "project").count(), 1, "{word}: {files:?}");
        }
    }
}

#[test]
fn what_was_changed_since_stays_when_the_entry_is_taken_out() {
    for (client, from, to) in [
        (Client::Cursor, "\"url\"", "\"serverUrl\""),
        (Client::Codex, "o9", "o10"),
        (Client::Goose, "anthropic", "openai"),
    ] {
        let (home, word) = (Home::new(), client.word());
        let before = typical(client).unwrap().0.replace('@', "");
        home.write(client, &before);
        home.run(&word).unwrap();
        let changed = home.read(client).unwrap().replace(from, to);
        home.write(client, &changed);
        home.run(&format!("{word} --uninstall")).unwrap();
        assert_eq!(home.read(client).unwrap(), before.replace(from, to), "{word}");
    }
}

//! Backups, links, modes, and what is never written.

use std::fs;

use clap::Parser;

use super::super::client::Client;
use super::super::file::{Opened, Readers};
use super::{Home, Line, Surroundings, names, run};

#[test]
fn no_backup_is_ever_overwritten_and_none_is_made_twice() {
    let home = Home::new();
    let folder = home.path(".cursor");
    home.write(Client::Cursor, "{\"a\": 1}");
    home.run("cursor").unwrap();
    home.run("cursor --env A").unwrap();
    home.run("cursor --env B").unwrap();
    assert_eq!(names(&folder), ["mcp.json", "mcp.json.bak", "mcp.json.bak.1", "mcp.json.bak.2"]);
    assert_eq!(fs::read_to_string(folder.join("mcp.json.bak")).unwrap(), "{\"a\": 1}");
    assert!(fs::read_to_string(folder.join("mcp.json.bak.2")).unwrap().contains("${env:A}"));

    home.run("cursor --uninstall").unwrap();
    assert_eq!(home.read(Client::Cursor).unwrap(), "{\"a\": 1}");
    home.run("cursor").unwrap();
    assert_eq!(names(&folder).len(), 4, "the backup of the same text serves again");
}

#[test]
fn the_way_back_and_the_next_step_are_told() {
    let home = Home::new();
    home.write(Client::Cursor, "{\"a\": 1}");
    let said = home.run("cursor --name lab").unwrap().text;
    let file = home.path(".cursor/mcp.json");
    let file = fs::canonicalize(file).unwrap();
    let expected = format!(
        "wrote 'lab' into {0} (as it was before: {0}.bak)\nnext: see that it is switched on in Settings > MCP\nundo: \
         tracker-mcp install cursor --uninstall --name lab\n",
        file.display()
    );
    assert_eq!(said, expected);
    let said = home.run("cursor --name lab --uninstall").unwrap().text;
    assert!(said.starts_with(&format!("took 'lab' out of {}, which is as it was before\n", file.display())), "{said}");
    let said = home.run("cursor --project").unwrap().text;
    assert!(said.contains("undo: tracker-mcp install cursor --uninstall --project\n"), "{said}");
}

#[test]
fn an_entry_that_gave_way_comes_back_with_the_backup() {
    let home = Home::new();
    home.write(Client::Cursor, "{\"mcpServers\": {\"tracker\": {\"command\": \"mine\"}}}");
    let said = home.run("cursor").unwrap().text;
    let file = fs::canonicalize(home.path(".cursor/mcp.json")).unwrap();
    assert!(said.ends_with(&format!("undo: copy {0}.bak over {0}\n", file.display())), "{said}");
}

#[test]
fn a_program_that_will_not_stay_is_told() {
    let home = Home::new();
    let mut surroundings = home.surroundings();
    let line = Line::parse_from(["install", "cursor", "--print"]);
    let aside = |surroundings: &Surroundings| run(&line.wanted, None, surroundings).unwrap().aside;
    assert!(!aside(&surroundings).contains("cache"));
    surroundings.binary = home.path(".cache/uv/archive-v0/x/bin/tracker-mcp");
    assert!(aside(&surroundings).contains("lies in a cache that may be emptied"));
}

#[test]
fn printing_writes_nothing_and_shows_no_foreign_server() {
    let home = Home::new();
    let before = "{\"mcpServers\": {\"other\": {\"env\": {\"TOKEN\": \"hunter2\"}}}}";
    home.write(Client::Cursor, before);
    let said = home.run("cursor --print").unwrap();
    let whole = "{\n  \"mcpServers\": {\n    \"tracker\": {\n      \"command\": \"/opt/tracker-mcp\",\n      \"args\": []\n    }\n  }\n}\n";
    assert_eq!(said.text, whole);
    assert_eq!(
        said.aside,
        format!("nothing was written; this belongs into {}\n", home.path(".cursor/mcp.json").display())
    );
    assert_eq!(home.read(Client::Cursor).unwrap(), before);
    assert_eq!(names(&home.path(".cursor")), ["mcp.json"]);
    home.run("zed --print").unwrap();
    assert_eq!(home.read(Client::Zed), None);
}

#[test]
fn a_file_that_changed_meanwhile_is_left_alone() {
    let home = Home::new();
    home.write(Client::Cursor, "{}");
    let opened = Opened::at(&home.file(Client::Cursor)).unwrap();
    home.write(Client::Cursor, "{\"new\": 1}");
    let refused = opened.replace("{\"ours\": 1}", Readers::AsUsual).unwrap_err();
    assert!(refused.contains("was changed by another program just now"), "{refused}");
    assert!(opened.remove().is_err());
    assert_eq!(home.read(Client::Cursor).unwrap(), "{\"new\": 1}");
    assert_eq!(names(&home.path(".cursor")), ["mcp.json"]);
}

#[test]
fn text_that_is_not_utf_8_is_refused_with_its_line() {
    let home = Home::new();
    home.write(Client::Cursor, "");
    fs::write(home.file(Client::Cursor), b"{\n\"a\": \"\xff\"}").unwrap();
    let refused = home.run("cursor").unwrap_err();
    assert!(refused.ends_with("mcp.json:2: expected text in UTF-8; the file was left as it is"), "{refused}");
}

#[test]
fn a_name_that_clients_stumble_over_is_refused() {
    for wrong in ["true", "1st", "a.b", "on", "-x", "a/b", "abcdefghijklmnopqrstuvwxyzabcdefgh"] {
        assert!(Home::new().run(&format!("cursor --name={wrong}")).is_err(), "{wrong}");
    }
    let refused = Home::new().run("claude-code --name workspace").unwrap_err();
    assert!(refused.contains("choose another --name"), "{refused}");
}

#[test]
fn a_misspelt_client_finds_its_neighbour() {
    let refused = Home::new().run("curser").unwrap_err();
    assert!(refused.contains("'cursor'") && refused.contains("possible values"), "{refused}");
    assert!(Home::new().run("").is_err());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(home: &Home, relative: &str) -> u32 {
        fs::metadata(home.path(relative)).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_mode_stays_and_a_file_with_values_is_its_owners_alone() {
        let home = Home::new();
        home.write(Client::Cursor, "{\"a\": 1}");
        fs::set_permissions(home.path(".cursor/mcp.json"), fs::Permissions::from_mode(0o640)).unwrap();
        let said = home.run("cursor --env TOKEN=hunter2").unwrap().text;
        assert_eq!((mode(&home, ".cursor/mcp.json"), mode(&home, ".cursor/mcp.json.bak")), (0o640, 0o640));
        assert!(said.contains("others may read this file, which holds TOKEN: chmod 600 "), "{said}");
        assert!(!said.contains("hunter2"), "{said}");

        let said = home.run("gemini --env TOKEN=hunter2").unwrap().text;
        assert_eq!(mode(&home, ".gemini/settings.json"), 0o600);
        assert!(!said.contains("others may read"), "{said}");
    }

    #[test]
    fn a_link_is_followed_and_stays() {
        let home = Home::new();
        fs::create_dir(home.path("dotfiles")).unwrap();
        fs::create_dir(home.path(".cursor")).unwrap();
        fs::write(home.path("dotfiles/cursor.json"), "{}\n").unwrap();
        symlink(home.path("dotfiles/cursor.json"), home.path(".cursor/mcp.json")).unwrap();
        home.run("cursor").unwrap();
        assert!(fs::symlink_metadata(home.path(".cursor/mcp.json")).unwrap().is_symlink());
        assert!(fs::read_to_string(home.path("dotfiles/cursor.json")).unwrap().contains("tracker"));
        assert_eq!(names(&home.path("dotfiles")), ["cursor.json", "cursor.json.bak"]);

        // Even if nothing is left in it, the file that the link leads to stays.
        fs::remove_file(home.path("dotfiles/cursor.json.bak")).unwrap();
        home.run("cursor --uninstall").unwrap();
        assert_eq!(home.read(Client::Cursor).as_deref(), Some("{}\n"));
    }

    #[test]
    fn a_link_that_leads_nowhere_is_refused() {
        let home = Home::new();
        fs::create_dir(home.path(".cursor")).unwrap();
        symlink(home.path("gone.json"), home.path(".cursor/mcp.json")).unwrap();
        let refused = home.run("cursor").unwrap_err();
        assert!(refused.contains("is a link that leads nowhere"), "{refused}");
        assert!(!home.path("gone.json").exists());
    }
}

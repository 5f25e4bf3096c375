use proptest::prelude::*;
use serde_json::json;

use super::super::document::{Entry, Format, Place};

const PLACE: Place<'static> = Place { section: "mcp_servers", name: "tracker" };

fn entry() -> Entry {
    let value =
        json!({ "command": "C:\\tracker \"mcp\"", "args": ["--config", "/x"], "env_vars": ["A"], "env": { "B": "1" } });
    Entry { value, inputs: Vec::new() }
}

#[test]
fn texts_are_written_so_that_they_are_read_the_same() {
    let with = Format::Toml.with("", PLACE, &entry()).unwrap();
    assert_eq!(
        with,
        r#"[mcp_servers.tracker]
command = "C:\\tracker \"mcp\""
args = ["--config", "/x"]
env_vars = ["A"]
env = { B = "1" }
"#
    );
}

#[test]
fn documents_of_all_kinds_stay() {
    for text in [
        "a = 1 # one\n",
        "a = 1\n\n\n",
        "# only a comment\n",
        "text = '''\n[mcp_servers.tracker]\n'''\n",
        "[mcp_servers]\n# none\n[[x]]\na = 1\n[[x]]\n",
        "mcp_servers.other.command = \"x\"\n",
        "[mcp_servers.\"tracker two\"]\ncommand = \"x\"\r\nt = 1979-05-27T07:32:00Z\nf = inf\n",
        "[mcp_servers.tracker2]\n[mcp_servers.tracker2.env]\n",
    ] {
        let with = Format::Toml.with(text, PLACE, &entry()).unwrap();
        assert!(with.starts_with(text), "{with}");
        assert_eq!(Format::Toml.with(&with, PLACE, &entry()).unwrap(), with);
        assert_eq!(Format::Toml.without(&with, PLACE).unwrap(), text, "{with}");
    }
}

#[test]
fn all_tables_of_an_entry_go_and_no_other() {
    let text = "[mcp_servers.tracker.env]\nA = \"1\"\n\n[mcp_servers.tracker.tools.x]\nb.c = 1 # c\n[other]\nx = 1\n[mcp_servers.tracker]\ncommand = \"x\"";
    assert_eq!(Format::Toml.without(text, PLACE).unwrap(), "[other]\nx = 1\n");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[a-z\\[\\].= \"'\n#{}1\r]{0,40}") {
        if let Ok(with) = Format::Toml.with(&text, PLACE, &entry()) {
            prop_assert_eq!(Format::Toml.entry(&with, PLACE).unwrap(), Some(entry()));
        }
    }
}

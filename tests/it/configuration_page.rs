//! docs/configuration.md says what is so: its tables are the keys that are read, its examples are configs that work.

use std::path::Path;

use backends::registry::KINDS;
use backends::settings::Environment;
use tracker_mcp::config::{Config, SERVER_KEYS, TRACKER_KEYS};

fn read(page: &str) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    text.replace("\r\n", "\n")
}

/// The rows of the first table below a heading.
fn table(heading: &str) -> Vec<String> {
    let page = read("docs/configuration.md");
    let (_, below) = page.split_once(&format!("\n### {heading}\n")).unwrap_or_else(|| panic!("no heading {heading}"));
    let rows = below.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    rows.take_while(|line| line.starts_with('|')).map(ToOwned::to_owned).collect()
}

fn rows<'a>(keys: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    keys.map(|(name, about)| format!("| `{name}` | {about} |")).collect()
}

#[test]
fn its_tables_are_the_keys_that_are_read() {
    assert_eq!(table("`[server]`"), rows(SERVER_KEYS.iter().copied()));
    assert_eq!(table("Every `[tracker NAME]`"), rows(TRACKER_KEYS.iter().copied()));
    for kind in KINDS {
        let keys = kind.keys.iter().map(|key| (key.name, key.about));
        assert_eq!(table(&format!("`kind = {}`", kind.name)), rows(keys), "{}", kind.name);
    }
}

#[test]
fn its_examples_and_that_of_the_readme_are_configs_that_work() {
    for page in ["docs/configuration.md", "README.md"] {
        let text = read(page);
        let examples: Vec<&str> =
            text.split("\n```ini\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
        assert!(!examples.is_empty(), "{page}");
        for example in examples {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("tracker-mcp.ini");
            std::fs::write(&path, example).unwrap();
            let named = example.split("env:").skip(1).filter_map(|rest| rest.split_whitespace().next());
            let variables: Vec<(&str, &str)> = named.map(|name| (name, "value-of-it")).collect();

            let config = Config::load(Some(&path), &Environment::of(&variables, None));

            assert_eq!(config.faults, [""; 0], "{page}");
            assert!(config.trackers.all().len() > 1, "{page}");
            for tracker in config.trackers.all() {
                assert!(tracker.tracker.is_ok(), "{page}: {}: {:?}", tracker.name, tracker.tracker.as_ref().err());
            }
        }
    }
}

//! Files: how long they are, and that none is forgotten.

use std::collections::BTreeSet;
use std::fs;

use super::{before_tests, files, holds_only_tests, none, read, root};

/// Lines that a file may have; the tests at the end of a source do not count.
const LONGEST: usize = 400;

/// How many lines of a file count.
fn length(path: &str, text: &str) -> usize {
    if holds_only_tests(path) { text.lines().count() } else { before_tests(text).lines().count() }
}

#[test]
fn no_file_is_long() {
    let sources = files(&["src", "backends", "tests/it"], &[".rs"]);
    let lengths = sources.iter().map(|(path, text)| (path, length(path, text)));
    none(
        &format!("longer than {LONGEST} lines without the tests at the end"),
        lengths.filter(|(_, lines)| *lines > LONGEST).map(|(path, lines)| format!("{path}: {lines}")),
    );
}

#[test]
fn lines_are_counted_up_to_the_tests() {
    let tested = "a\nb\n#[cfg(test)]\nmod tests {\n}\n";
    assert_eq!(length("src/a.rs", tested), 2);
    assert_eq!(length("src/a/tests.rs", tested), 5);
    assert_eq!(length("src/a/tests/b.rs", tested), 5);
    assert_eq!(length("tests/it/a.rs", tested), 5);
    assert_eq!(length("src/a.rs", "a\n#[cfg(test)]\nfn only_for_tests() {}\nb\n"), 4);
}

/// The files that a file of Rust brings in with `mod`, seen from `tests/it/`.
fn modules(path: &str, text: &str) -> Vec<String> {
    let parent = path.strip_suffix("main.rs").map(str::to_owned).unwrap_or_else(|| {
        format!("{}/", path.strip_suffix("/mod.rs").or_else(|| path.strip_suffix(".rs")).unwrap_or_default())
    });
    let names = text.lines().filter_map(|line| {
        let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    names.flat_map(|name| [format!("{parent}{name}.rs"), format!("{parent}{name}/mod.rs")]).collect()
}

#[test]
fn every_file_of_tests_is_part_of_the_one_test_binary() {
    let sources = files(&["tests/it"], &[".rs"]);
    let named: BTreeSet<String> = sources.iter().flat_map(|(path, text)| modules(path, text)).collect();
    let forgotten = sources.keys().filter(|path| *path != "tests/it/main.rs" && !named.contains(*path));
    none("no module of tests/it/main.rs: it is never compiled", forgotten.cloned());
    let manifest = read("Cargo.toml");
    assert_eq!(manifest.matches("[[test]]").count(), 1, "there is one binary of integration tests");
    let beside =
        fs::read_dir(root().join("tests")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    none("cargo makes a second binary of it", beside.filter(|name| name.ends_with(".rs")));
}

#[test]
fn modules_of_a_file_are_found_below_it() {
    assert!(modules("tests/it/main.rs", "mod a;\n").contains(&"tests/it/a.rs".to_owned()));
    assert!(modules("tests/it/a.rs", "mod b;\n").contains(&"tests/it/a/b.rs".to_owned()));
    assert!(modules("tests/it/a/mod.rs", "pub(crate) mod b;\n").contains(&"tests/it/a/b.rs".to_owned()));
}

#[test]
fn every_tool_has_a_guide_and_every_guide_of_a_tool_a_tool() {
    let guides: BTreeSet<String> = files(&["guides/tools"], &[""]).into_keys().collect();
    let tools: BTreeSet<String> =
        tracker_mcp::catalogue::CATALOGUE.iter().map(|entry| format!("guides/tools/{}.md", entry.name)).collect();
    assert_eq!(guides, tools);
    for guide in tracker_mcp::catalogue::guides().unwrap() {
        let text = read(&format!("guides/tools/{}.md", guide.name)).replace("\r\n", "\n");
        assert!(
            text.contains(guide.body) && text.contains(guide.summary),
            "{} is not the guide of its file",
            guide.name
        );
    }
}
